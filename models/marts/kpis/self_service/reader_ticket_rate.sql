-- Reading sessions of known people that an inbound ticket of theirs followed within the window `reading` of the first
-- view / such sessions. By article and topic a session has a row of its own for each that was viewed in it
-- (`only_slice`).
select
    first_viewed_at as measured_at,
    reading_session_id as observation_id,
    case when is_followed_by_ticket then 1 else 0 end as numerator,
    1 as denominator,
    cast(null as string) as exclusion_reason,
    cast(null as string) as only_slice,
    source,
    cast(null as string) as article,
    cast(null as string) as topic
from {{ ref("fct_reading_sessions") }}
union all
select
    first_viewed_at as measured_at,
    reading_session_id as observation_id,
    case when is_followed_by_ticket then 1 else 0 end as numerator,
    1 as denominator,
    cast(null as string) as exclusion_reason,
    content_kind as only_slice,
    source,
    case when content_kind = 'article' then content end as article,
    case when content_kind = 'topic' then content end as topic
from {{ ref("fct_reading_session_contents") }}
