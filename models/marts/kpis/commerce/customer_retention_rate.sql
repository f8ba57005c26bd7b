-- Distinct people with a valid order in both this and the period before / distinct people with a valid order in the
-- period before. One row a valid order: who ordered in two periods running is seen when they are rolled up.
select
    ordered_at as measured_at,
    order_id as observation_id,
    person_id as subject_id,
    1 as numerator,
    1 as denominator,
    coalesce(exclusion_reason, case when person_id is null then 'nobody' end) as exclusion_reason,
    source,
    marketplace,
    country
from {{ ref("fct_orders") }}
