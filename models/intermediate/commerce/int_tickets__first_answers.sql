-- One row an inbound ticket that got a reply or an automated reply by the end of the window `conversion` after its
-- creation: the first of either, whose the first reply is, and who answered in that time.
with answers as (
    select
        messages.ticket_id,
        messages.sent_at,
        messages.is_reply,
        messages.agent_id,
        messages.team,
        row_number() over (
            partition by messages.ticket_id, messages.is_reply
            order by messages.sent_at nulls last, messages.message_id nulls last
        ) as answer_number
    from {{ ref("int_tickets__messages") }} as messages
    inner join {{ ref("int_tickets__classified") }} as tickets
        on messages.ticket_id = tickets.ticket_id
        and tickets.created_at + {{ window_interval("conversion") }} >= messages.sent_at
    where
        (messages.is_reply or messages.is_automated_reply)
        and tickets.initiated_by = 'customer'
)

select
    ticket_id,
    min(sent_at) as first_answered_at,
    max(case when is_reply and answer_number = 1 then agent_id end) as agent_id,
    max(case when is_reply and answer_number = 1 then team end) as team,
    case
        when bool_and(is_reply) then 'agent'
        when bool_or(is_reply) then 'both'
        else 'automation'
    end as handled_by
from answers
group by ticket_id
