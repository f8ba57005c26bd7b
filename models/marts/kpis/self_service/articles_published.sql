-- Help-centre articles, FAQs and videos, dated by their publication. What is not published by `as_of` has no date.
select
    published_at as measured_at,
    article_id as observation_id,
    1 as numerator,
    cast(null as double) as denominator,
    case when published_at is null then 'not_published' end as exclusion_reason,
    source,
    resource_type,
    topic
from {{ ref("dim_articles") }}
