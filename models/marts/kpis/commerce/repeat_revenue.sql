-- Value of repeat orders in the reporting currency; by category, the value of the category's lines. An order without
-- an exchange rate has no value: it is out of the sum.
select
    ordered_at as measured_at,
    order_id as observation_id,
    order_value as numerator,
    cast(null as double) as denominator,
    cast(null as varchar) as only_slice,
    source,
    marketplace,
    cast(null as varchar) as category,
    country,
    order_number_band
from {{ ref("fct_orders") }}
where is_valid and is_repeat and order_value is not null
union all
select
    ordered_at as measured_at,
    order_id as observation_id,
    category_value as numerator,
    cast(null as double) as denominator,
    'category' as only_slice,
    source,
    cast(null as varchar) as marketplace,
    category,
    cast(null as varchar) as country,
    cast(null as varchar) as order_number_band
from {{ ref("fct_order_categories") }}
where is_valid and is_repeat and category_value is not null
