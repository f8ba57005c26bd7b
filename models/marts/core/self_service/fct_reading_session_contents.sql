-- One row a reading session and article that was viewed in it, then one a reading session and topic, so that a session
-- counts once for each. Session columns are repeated, so that a KPI needs no join.
with contents as (
    select
        reading_session_id,
        'article' as content_kind,
        article_id as content
    from {{ ref("fct_article_views") }}
    where reading_session_id is not null
    group by all
    union all
    select
        reading_session_id,
        'topic' as content_kind,
        topic as content
    from {{ ref("fct_article_views") }}
    where reading_session_id is not null
    group by all
)

select
    sessions.reading_session_id,
    contents.content_kind,
    contents.content,
    sessions.source,
    sessions.person_id,
    sessions.first_viewed_at,
    sessions.is_followed_by_ticket
from contents
inner join {{ ref("fct_reading_sessions") }} as sessions
    on contents.reading_session_id = sessions.reading_session_id
