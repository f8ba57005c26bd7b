-- One row an inbound ticket whose first turn began: the stretch [starts_at, ends_at) in which the customer waited for
-- an answer. It ends with the reply, an answer by voice, the resolution or what says that no reply is needed, whichever
-- is first, and has no end while it lasts. A ticket that does not exist yet waits for nothing. Tickets that are in no
-- KPI are there with the reason.
with waits as (
    select
        turns.ticket_id,
        turns.source,
        tickets.channel,
        tickets.complexity,
        tickets.topic,
        tickets.marketplace,
        tickets.exclusion_reason,
        greatest(turns.begins_at, tickets.created_at) as starts_at,
        least(turns.replied_at, turns.spoken_to_at) as answered_at,
        least(turns.replied_at, turns.spoken_to_at, turns.closed_at, turns.no_reply_needed_at) as ended_at
    from {{ ref("int_tickets__turns") }} as turns
    inner join {{ ref("int_tickets__classified") }} as tickets on turns.ticket_id = tickets.ticket_id
    where turns.turn_number = 1 and tickets.initiated_by = 'customer'
)

select
    ticket_id,
    source,
    channel,
    complexity,
    topic,
    marketplace,
    exclusion_reason,
    starts_at,
    case when ended_at is not null then greatest(ended_at, starts_at) end as ends_at,
    coalesce(answered_at = ended_at, false) as is_answered
from waits
