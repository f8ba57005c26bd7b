-- Reviews written, removed ones included. A review belongs to its product's category, else to those of its order;
-- those rows stand apart (`only_slice`).
select
    reviewed_at as measured_at,
    review_id as observation_id,
    1 as numerator,
    cast(null as double) as denominator,
    exclusion_reason,
    cast(null as string) as only_slice,
    source,
    marketplace,
    cast(null as string) as category,
    {{ number_as_text("rating") }} as rating
from {{ ref("fct_reviews") }}
union all
select
    reviewed_at as measured_at,
    review_id as observation_id,
    1 as numerator,
    cast(null as double) as denominator,
    exclusion_reason,
    'category' as only_slice,
    source,
    cast(null as string) as marketplace,
    category,
    cast(null as string) as rating
from {{ ref("fct_review_categories") }}
