-- One row a reading session of a known person, with the first inbound ticket of theirs after its first view. Sessions
-- and tickets are one stream a person, in which a session looks ahead.
with sessions as (
    select
        reading_session_id,
        min(source) as source,
        person_id,
        min(session_id) as session_id,
        min(viewed_at) as first_viewed_at,
        count(*) as view_count
    from {{ ref("int_article_views__classified") }}
    where reading_session_id is not null
    group by reading_session_id, person_id
),

tickets as (
    select
        ticket_id,
        person_id,
        created_at,
        row_number() over (partition by person_id order by created_at nulls last, ticket_id nulls last)
            as ticket_number
    from {{ ref("int_tickets__classified") }}
    where exclusion_reason is null and initiated_by = 'customer' and person_id is not null
),

-- At the same instant the ticket comes first: it is not after the view.
steps as (
    select
        person_id,
        created_at as happened_at,
        0 as step_rank,
        ticket_id as step_id,
        ticket_number,
        cast(null as string) as reading_session_id
    from tickets
    union all
    select
        person_id,
        first_viewed_at as happened_at,
        1 as step_rank,
        reading_session_id as step_id,
        cast(null as bigint) as ticket_number,
        reading_session_id
    from sessions
),

next_tickets as (
    select
        person_id,
        reading_session_id,
        min(ticket_number) over (
            partition by person_id
            order by happened_at nulls last, step_rank nulls last, step_id nulls last
            rows between 1 following and unbounded following
        ) as ticket_number
    from steps
    qualify reading_session_id is not null
)

select
    sessions.reading_session_id,
    sessions.source,
    sessions.person_id,
    sessions.session_id,
    sessions.first_viewed_at,
    sessions.view_count,
    tickets.ticket_id as next_ticket_id,
    tickets.created_at as next_ticket_at
from sessions
inner join next_tickets on sessions.reading_session_id = next_tickets.reading_session_id
left join tickets
    on next_tickets.person_id = tickets.person_id
    and next_tickets.ticket_number = tickets.ticket_number
