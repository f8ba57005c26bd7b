-- Distinct people whose repeat orders in the period hold a more expensive version of what they had (a product new to
-- them, of a family they had, at a higher tier, or price where one is unknown) / distinct people with a repeat order.
select
    ordered_at as measured_at,
    order_id as observation_id,
    person_id as subject_id,
    case when has_more_expensive_version then 1 else 0 end as numerator,
    1 as denominator,
    novelty_exclusion_reason as exclusion_reason,
    cast(null as string) as only_slice,
    source,
    marketplace,
    cast(null as string) as category,
    country
from {{ ref("fct_orders") }}
where is_repeat
union all
select
    ordered_at as measured_at,
    order_id as observation_id,
    person_id as subject_id,
    case when has_more_expensive_version then 1 else 0 end as numerator,
    1 as denominator,
    novelty_exclusion_reason as exclusion_reason,
    'category' as only_slice,
    source,
    cast(null as string) as marketplace,
    category,
    cast(null as string) as country
from {{ ref("fct_order_categories") }}
where is_repeat
