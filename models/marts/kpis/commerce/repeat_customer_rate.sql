-- Distinct people with a repeat order in the period / distinct people with a valid order in it. In a slice, the
-- slice's orders are looked at; whether an order repeats looks at all.
select
    ordered_at as measured_at,
    order_id as observation_id,
    person_id as subject_id,
    case when is_repeat then 1 else 0 end as numerator,
    1 as denominator,
    coalesce(exclusion_reason, case when person_id is null then 'nobody' end) as exclusion_reason,
    cast(null as string) as only_slice,
    source,
    marketplace,
    cast(null as string) as category,
    country
from {{ ref("fct_orders") }}
union all
select
    ordered_at as measured_at,
    order_id as observation_id,
    person_id as subject_id,
    case when is_repeat then 1 else 0 end as numerator,
    1 as denominator,
    coalesce(exclusion_reason, case when person_id is null then 'nobody' end) as exclusion_reason,
    'category' as only_slice,
    source,
    cast(null as string) as marketplace,
    category,
    cast(null as string) as country
from {{ ref("fct_order_categories") }}
