-- One row an order and a product category of its lines; an order without lines has one row without a category.
-- Money is the category's lines. Order columns are repeated, so that a KPI can be cut by category without a join.
select
    orders.order_id,
    orders.source,
    orders.person_id,
    orders.exclusion_reason,
    orders.is_valid,
    orders.is_repeat,
    orders.ordered_at,
    orders.exchange_rate,
    lines.category,
    -- Sums of decimals do not depend on the order of the rows, sums of doubles do.
    cast(sum(cast(lines.line_value as decimal(38, 12))) as double) as category_value,
    coalesce(bool_or(lines.is_new_family), false) as has_new_family,
    coalesce(bool_or(lines.is_more_expensive_version), false) as has_more_expensive_version
from {{ ref("fct_orders") }} as orders
left join {{ ref("fct_order_lines") }} as lines on orders.order_id = lines.order_id
group by all
