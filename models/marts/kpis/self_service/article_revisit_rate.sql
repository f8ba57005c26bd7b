-- Views of an article that the same reader viewed in the window `revisit` before in another visit / views with a
-- reader.
select
    viewed_at as measured_at,
    view_id as observation_id,
    case when is_revisit then 1 else 0 end as numerator,
    1 as denominator,
    case when reader_id is null then 'nobody' end as exclusion_reason,
    source,
    article_id as article
from {{ ref("fct_article_views") }}
