-- One row an order that was placed within the window `conversion` after an answered inbound ticket of its person, with
-- the newest such ticket, which it credits unless it is left out.
select
    credits.order_id,
    credits.ticket_id,
    tickets.source,
    credits.person_id,
    credits.ticket_created_at,
    credits.ordered_at,
    answers.agent_id,
    answers.team,
    tickets.channel,
    tickets.topic,
    answers.handled_by,
    credits.order_value,
    credits.refund_value,
    credits.order_value - credits.refund_value as credited_value,
    credits.unknown_value_reason,
    credits.exclusion_reason
from {{ ref("int_orders__credited_tickets") }} as credits
inner join {{ ref("int_tickets__classified") }} as tickets on credits.ticket_id = tickets.ticket_id
inner join {{ ref("int_tickets__first_answers") }} as answers on credits.ticket_id = answers.ticket_id
