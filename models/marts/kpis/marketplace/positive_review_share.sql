-- Standing reviews of 4 stars or more / standing reviews. A review belongs to its product's category, else to those of
-- its order; those rows stand apart (`only_slice`).
select
    reviewed_at as measured_at,
    review_id as observation_id,
    case when rating_kind = 'positive' then 1 else 0 end as numerator,
    1 as denominator,
    coalesce(exclusion_reason, case when not is_standing then 'removed' end) as exclusion_reason,
    cast(null as string) as only_slice,
    source,
    marketplace,
    cast(null as string) as category
from {{ ref("fct_reviews") }}
union all
select
    reviewed_at as measured_at,
    review_id as observation_id,
    case when rating_kind = 'positive' then 1 else 0 end as numerator,
    1 as denominator,
    coalesce(exclusion_reason, case when not is_standing then 'removed' end) as exclusion_reason,
    'category' as only_slice,
    source,
    cast(null as string) as marketplace,
    category
from {{ ref("fct_review_categories") }}
