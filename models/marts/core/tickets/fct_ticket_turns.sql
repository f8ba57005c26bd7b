-- One row a turn of a ticket, in which a customer waits for a reply; turns of tickets in no KPI stay, with the reason.
select
    turns.ticket_id || ':' || turns.turn_number as turn_id,
    turns.ticket_id,
    turns.source,
    turns.turn_number,
    turns.turn_kind,
    tickets.exclusion_reason,
    tickets.initiated_by = 'customer' as is_inbound,
    tickets.channel,
    tickets.topic,
    tickets.complexity,
    tickets.priority,
    tickets.marketplace,
    tickets.country,
    turns.begins_at,
    turns.replied_at,
    turns.reply_message_id,
    turns.agent_id,
    turns.team,
    turns.closed_at,
    turns.closed_by,
    turns.spoken_to_at,
    turns.no_reply_needed_at,
    turns.needs_no_reply,
    turns.wait_seconds,
    case when turns.wait_seconds is not null then business_times.business_wait_seconds end as business_wait_seconds,
    turns.is_begin_date_only or turns.is_reply_date_only as is_wait_unknown
from {{ ref("int_tickets__turns") }} as turns
inner join {{ ref("int_tickets__classified") }} as tickets on turns.ticket_id = tickets.ticket_id
left join {{ ref("int_calendars__turn_times") }} as business_times
    on turns.ticket_id = business_times.ticket_id
    and turns.turn_number = business_times.turn_number
