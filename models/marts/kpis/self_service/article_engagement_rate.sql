-- Views in which a video or another resource was opened / views that tell of resources.
select
    viewed_at as measured_at,
    view_id as observation_id,
    case when has_opened_resource then 1 else 0 end as numerator,
    1 as denominator,
    case when has_opened_resource is null then 'unknown_resources' end as exclusion_reason,
    source,
    article_id as article
from {{ ref("fct_article_views") }}
