-- Value of repeat orders / value of all valid orders of people, in the reporting currency; by category, that of the
-- category's lines. What has no amount that is known, no exchange rate or no lines is in neither.
select
    ordered_at as measured_at,
    order_id as observation_id,
    case when is_repeat then order_value else 0 end as numerator,
    order_value as denominator,
    coalesce(exclusion_reason, case when person_id is null then 'nobody' end, unknown_value_reason) as exclusion_reason,
    {{ slices_of_rows(none, ["marketplace", "category", "country"]) }}
from {{ ref("fct_orders") }}
union all
select
    ordered_at as measured_at,
    order_id as observation_id,
    case when is_repeat then category_value else 0 end as numerator,
    category_value as denominator,
    coalesce(exclusion_reason, case when person_id is null then 'nobody' end, unknown_value_reason) as exclusion_reason,
    {{ slices_of_rows("category", ["marketplace", "category", "country"]) }}
from {{ ref("fct_order_categories") }}
