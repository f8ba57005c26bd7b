-- Value of repeat orders in the reporting currency; by category, the value of the category's lines. What has no
-- amount that is known, no exchange rate or no lines is out of the sum.
select
    ordered_at as measured_at,
    order_id as observation_id,
    order_value as numerator,
    cast(null as double) as denominator,
    coalesce(exclusion_reason, unknown_value_reason) as exclusion_reason,
    {{ slices_of_rows(none, ["marketplace", "category", "country", "order_number_band"]) }}
from {{ ref("fct_orders") }}
where is_repeat
union all
select
    ordered_at as measured_at,
    order_id as observation_id,
    category_value as numerator,
    cast(null as double) as denominator,
    coalesce(exclusion_reason, unknown_value_reason) as exclusion_reason,
    {{ slices_of_rows("category", ["marketplace", "category", "country", "order_number_band"]) }}
from {{ ref("fct_order_categories") }}
where is_repeat
