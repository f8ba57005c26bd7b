-- Repeat orders / valid orders of people. Orders of nobody are in neither. Rows by category stand apart (`only_slice`).
select
    ordered_at as measured_at,
    order_id as observation_id,
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
    case when is_repeat then 1 else 0 end as numerator,
    1 as denominator,
    coalesce(exclusion_reason, case when person_id is null then 'nobody' end) as exclusion_reason,
    'category' as only_slice,
    source,
    cast(null as string) as marketplace,
    category,
    cast(null as string) as country
from {{ ref("fct_order_categories") }}
