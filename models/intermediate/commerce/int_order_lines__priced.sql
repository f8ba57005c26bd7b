-- One row an order line of an order that exists at `as_of`, with product, family and money in the reporting currency.
-- A product that no source describes is its own family.
select
    lines.order_line_id,
    lines.order_id,
    lines.source,
    orders.person_id,
    orders.ordered_at,
    orders.counts_until,
    lines.product_id,
    products.category,
    coalesce(products.family_id, lines.product_id) as family_id,
    products.tier,
    lines.quantity,
    lines.unit_price,
    cast(lines.unit_price as double) * orders.exchange_rate as unit_price_value,
    cast(lines.quantity as double) * cast(lines.unit_price as double) * orders.exchange_rate as line_value
from {{ ref("int_order_lines__unioned") }} as lines
inner join {{ ref("int_orders__classified") }} as orders on lines.order_id = orders.order_id
left join {{ ref("int_products__families") }} as products on lines.product_id = products.product_id
where lines.left_out_reason is null
