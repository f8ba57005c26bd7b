-- One row a reading session of a known person, with whether an inbound ticket of theirs followed within the window
-- `reading` of its first view.
select
    reading_session_id,
    source,
    person_id,
    session_id,
    first_viewed_at,
    view_count,
    next_ticket_id,
    next_ticket_at,
    coalesce(next_ticket_at <= first_viewed_at + {{ window_interval("reading") }}, false) as is_followed_by_ticket
from {{ ref("int_reading_sessions__next_tickets") }}
