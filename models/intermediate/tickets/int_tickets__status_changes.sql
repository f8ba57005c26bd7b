-- One row a step of a ticket from open to resolved (`resolved`) or back (`reopened`), in order: the status events
-- replayed by their new status, open at first. Where a ticket has no status events at all, what it says of itself
-- stands in as one resolution; its `changed_at` may be unknown, `effective_at` then is its last known event.
with tickets as (
    select
        tickets.ticket_id,
        tickets.created_at,
        tickets.status,
        tickets.resolved_at,
        tickets.updated_at,
        now.as_of
    from {{ ref("int_tickets__classified") }} as tickets
    cross join {{ ref("int_warehouse__as_of") }} as now
),

events as (
    select
        ticket_id,
        event_id,
        occurred_at,
        new_status in ('solved', 'closed') as is_resolved,
        actor_type,
        actor_id,
        left_out_reason
    from {{ ref("int_ticket_events__unioned") }}
    where new_status is not null and {{ exists_ever() }}
),

replayed_events as (
    select
        ticket_id,
        event_id,
        occurred_at,
        is_resolved,
        actor_type,
        actor_id
    from events
    where left_out_reason is null
    qualify
        is_resolved <> coalesce(
            lag(is_resolved) over (partition by ticket_id order by occurred_at nulls last, event_id nulls last),
            false
        )
),

-- Events after `as_of` count here: a ticket that has them was not resolved in some other way before.
tickets_with_events as (
    select distinct ticket_id
    from events
),

stand_ins as (
    select
        tickets.ticket_id,
        tickets.created_at,
        case
            when tickets.resolved_at is not null then tickets.resolved_at
            when tickets.status = 'solved' then tickets.updated_at
        end as changed_at,
        tickets.as_of
    from tickets
    left join tickets_with_events on tickets.ticket_id = tickets_with_events.ticket_id
    where tickets_with_events.ticket_id is null and tickets.status in ('solved', 'closed')
),

-- A merged ticket's messages count for the ticket at the end of its chain. What comes after `as_of` counts too: a
-- ticket that is still at work then was not resolved before.
last_messages as (
    select
        tickets.counting_ticket_id as ticket_id,
        max(messages.sent_at) as last_at
    from {{ ref("int_ticket_messages__unioned") }} as messages
    inner join {{ ref("int_tickets__classified") }} as tickets on messages.ticket_id = tickets.ticket_id
    where {{ exists_ever("messages") }}
    group by tickets.counting_ticket_id
),

last_assignments as (
    select
        ticket_id,
        max(occurred_at) as last_at
    from {{ ref("int_ticket_events__unioned") }}
    where event_type = 'assigned' and {{ exists_ever() }}
    group by ticket_id
),

steps as (
    select
        tickets.ticket_id,
        replayed_events.is_resolved,
        replayed_events.occurred_at as changed_at,
        replayed_events.occurred_at as effective_at,
        replayed_events.event_id,
        replayed_events.actor_type,
        replayed_events.actor_id
    from replayed_events
    inner join tickets on replayed_events.ticket_id = tickets.ticket_id
    union all
    select
        stand_ins.ticket_id,
        true as is_resolved,
        stand_ins.changed_at,
        coalesce(stand_ins.changed_at, greatest(stand_ins.created_at, last_messages.last_at, last_assignments.last_at))
            as effective_at,
        cast(null as varchar) as event_id,
        cast(null as varchar) as actor_type,
        cast(null as varchar) as actor_id
    from stand_ins
    left join last_messages on stand_ins.ticket_id = last_messages.ticket_id
    left join last_assignments on stand_ins.ticket_id = last_assignments.ticket_id
    -- What is resolved after `as_of` is open at `as_of`.
    where
        coalesce(stand_ins.changed_at, greatest(stand_ins.created_at, last_messages.last_at, last_assignments.last_at))
        <= stand_ins.as_of
)

select
    ticket_id,
    row_number() over (partition by ticket_id order by effective_at nulls last, event_id nulls last) as step_number,
    case when is_resolved then 'resolved' else 'reopened' end as step,
    changed_at,
    effective_at,
    event_id,
    actor_type,
    actor_id
from steps
