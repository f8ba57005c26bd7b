-- One row a finding and the row that shows it: what is odd about tickets, messages and events, and is lost nowhere.
with tickets as (
    select
        ticket_id,
        source,
        customer_id,
        assigned_agent_id,
        created_at
    from {{ ref("int_tickets__unioned") }}
    where left_out_reason is null
),

classified as (
    select
        ticket_id,
        source,
        channel,
        merge_finding,
        created_at
    from {{ ref("int_tickets__classified") }}
    where exclusion_reason is distinct from 'deleted'
),

messages as (
    select
        message_id,
        ticket_id,
        source,
        sent_at,
        case when author_type = 'agent' then author_id end as agent_id
    from {{ ref("int_ticket_messages__unioned") }}
    where left_out_reason is null
),

events as (
    select
        event_id,
        ticket_id,
        source,
        new_agent_id,
        case when actor_type = 'agent' then actor_id end as acting_agent_id,
        occurred_at
    from {{ ref("int_ticket_events__unioned") }}
    where left_out_reason is null
),

-- A ticket that does not exist yet is known all the same.
known_tickets as (
    select ticket_id
    from {{ ref("int_tickets__unioned") }}
),

known_customers as (
    select customer_id
    from {{ ref("int_customers__unioned") }}
),

known_agents as (
    select distinct agent_id
    from {{ ref("int_agents__unioned") }}
)

select
    case
        when {{ is_clock_skew("classified.created_at", "messages.sent_at") }} then 'clock_skew'
        else 'reply_before_ticket'
    end as finding,
    messages.source,
    'ticket_messages' as table_name,
    messages.message_id as row_id,
    messages.sent_at as happened_at
from {{ ref("int_tickets__messages") }} as messages
inner join classified on messages.ticket_id = classified.ticket_id
where (messages.is_reply or messages.is_automated_reply) and messages.sent_at < classified.created_at
union all
select
    case when status_changes.is_clock_skew then 'clock_skew' else 'resolved_before_created' end as finding,
    classified.source,
    case when status_changes.event_id is not null then 'ticket_events' else 'tickets' end as table_name,
    coalesce(status_changes.event_id, classified.ticket_id) as row_id,
    status_changes.changed_at as happened_at
from {{ ref("int_tickets__status_changes") }} as status_changes
inner join classified on status_changes.ticket_id = classified.ticket_id
where
    status_changes.step = 'resolved'
    and (status_changes.is_clock_skew or status_changes.changed_at < classified.created_at)
union all
select
    'resolved_at_unknown_time' as finding,
    classified.source,
    'tickets' as table_name,
    classified.ticket_id as row_id,
    status_changes.changed_at as happened_at
from {{ ref("int_tickets__status_changes") }} as status_changes
inner join classified on status_changes.ticket_id = classified.ticket_id
where status_changes.changed_at is null
union all
select
    case merge_finding when 'circle' then 'merge_circle' else 'merge_into_unknown_ticket' end as finding,
    source,
    'tickets' as table_name,
    ticket_id as row_id,
    created_at as happened_at
from classified
where merge_finding is not null
union all
{{ finding("unknown_channel", "tickets", "ticket_id", "created_at", of="classified") }}
from classified
inner join {{ ref("int_tickets__channels") }} as channels on classified.channel = channels.channel
where not channels.is_known
union all
{{ finding("unknown_customer", "tickets", "ticket_id", "created_at", of="tickets") }}
from tickets
left join known_customers on tickets.customer_id = known_customers.customer_id
where tickets.customer_id is not null and known_customers.customer_id is null
union all
{{ finding("unknown_agent", "tickets", "ticket_id", "created_at", of="tickets") }}
from tickets
left join known_agents on tickets.assigned_agent_id = known_agents.agent_id
where tickets.assigned_agent_id is not null and known_agents.agent_id is null
union all
{{ finding("unknown_agent", "ticket_messages", "message_id", "sent_at", of="messages") }}
from messages
left join known_agents on messages.agent_id = known_agents.agent_id
where messages.agent_id is not null and known_agents.agent_id is null
union all
{{ finding("unknown_agent", "ticket_events", "event_id", "occurred_at", of="events") }}
from events
left join known_agents as known_assignees on events.new_agent_id = known_assignees.agent_id
left join known_agents as known_actors on events.acting_agent_id = known_actors.agent_id
where
    (events.new_agent_id is not null and known_assignees.agent_id is null)
    or (events.acting_agent_id is not null and known_actors.agent_id is null)
union all
{{ finding("message_of_unknown_ticket", "ticket_messages", "message_id", "sent_at", of="messages") }}
from messages
left join known_tickets on messages.ticket_id = known_tickets.ticket_id
where known_tickets.ticket_id is null
union all
{{ finding("event_of_unknown_ticket", "ticket_events", "event_id", "occurred_at", of="events") }}
from events
left join known_tickets on events.ticket_id = known_tickets.ticket_id
where known_tickets.ticket_id is null
union all
{{ finding("after_as_of", "tickets", "ticket_id", "created_at") }}
from {{ ref("int_tickets__unioned") }}
where left_out_reason = 'after_as_of'
union all
{{ finding("after_as_of", "ticket_messages", "message_id", "sent_at") }}
from {{ ref("int_ticket_messages__unioned") }}
where left_out_reason = 'after_as_of'
union all
{{ finding("after_as_of", "ticket_events", "event_id", "occurred_at") }}
from {{ ref("int_ticket_events__unioned") }}
where left_out_reason = 'after_as_of'
