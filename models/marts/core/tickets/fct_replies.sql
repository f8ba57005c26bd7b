-- One row a reply, of an agent or automated; replies of tickets in no KPI stay, with the reason.
select
    messages.message_id,
    messages.ticket_id,
    messages.source,
    case when messages.is_reply then 'agent' else 'automation' end as reply_kind,
    tickets.exclusion_reason,
    messages.sent_at,
    messages.agent_id,
    messages.team,
    tickets.channel,
    messages.template_id,
    coverage.tells_ticket_messages__template_id as is_template_known
from {{ ref("int_tickets__messages") }} as messages
inner join {{ ref("int_tickets__classified") }} as tickets on messages.ticket_id = tickets.ticket_id
inner join {{ ref("int_warehouse__source_coverage") }} as coverage on messages.source = coverage.source
where messages.is_reply or messages.is_automated_reply
