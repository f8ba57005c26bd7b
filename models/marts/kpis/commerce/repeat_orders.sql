-- Valid orders of a person who had an earlier order that counted when this one was placed. An order belongs to every
-- category of its lines; those rows stand apart (`only_slice`).
select
    ordered_at as measured_at,
    order_id as observation_id,
    1 as numerator,
    cast(null as double) as denominator,
    exclusion_reason,
    cast(null as string) as only_slice,
    source,
    marketplace,
    cast(null as string) as category,
    country,
    order_number_band
from {{ ref("fct_orders") }}
where is_repeat
union all
select
    ordered_at as measured_at,
    order_id as observation_id,
    1 as numerator,
    cast(null as double) as denominator,
    exclusion_reason,
    'category' as only_slice,
    source,
    cast(null as string) as marketplace,
    category,
    cast(null as string) as country,
    cast(null as string) as order_number_band
from {{ ref("fct_order_categories") }}
where is_repeat
