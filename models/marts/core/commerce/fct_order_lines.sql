-- One row a line of an order that exists at `as_of`. New family and more expensive version are told of lines that
-- people bought (a quantity above 0) and false on all others; both are true of a product on all its lines of an order.
select
    lines.order_line_id,
    lines.order_id,
    lines.source,
    lines.person_id,
    lines.ordered_at,
    lines.product_id,
    lines.category,
    lines.family_id,
    lines.tier,
    lines.quantity,
    lines.unit_price,
    lines.unit_price_value,
    lines.line_value,
    coalesce(lines.quantity > 0 and novelty.is_new_family, false) as is_new_family,
    coalesce(lines.quantity > 0 and novelty.is_more_expensive_version, false) as is_more_expensive_version
from {{ ref("int_order_lines__priced") }} as lines
left join {{ ref("int_order_lines__novelty") }} as novelty
    on lines.order_id = novelty.order_id
    and lines.product_id = novelty.product_id
