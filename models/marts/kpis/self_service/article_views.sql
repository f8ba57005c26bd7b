-- Views of help-centre articles, FAQs and videos, dated by the view.
select
    viewed_at as measured_at,
    view_id as observation_id,
    1 as numerator,
    cast(null as double) as denominator,
    cast(null as string) as exclusion_reason,
    source,
    article_id as article,
    topic,
    resource_type
from {{ ref("fct_article_views") }}
