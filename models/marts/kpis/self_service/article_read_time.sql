-- Seconds spent reading a view, at most 30 min each, dated by the view. Views whose time is unknown are left out.
select
    viewed_at as measured_at,
    view_id as observation_id,
    capped_read_seconds as numerator,
    1 as denominator,
    case
        when read_seconds is null then 'unknown_duration'
        when read_seconds < 0 then 'negative_duration'
    end as exclusion_reason,
    source,
    article_id as article,
    topic
from {{ ref("fct_article_views") }}
