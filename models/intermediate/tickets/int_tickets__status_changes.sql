-- One row a step of a ticket from open to resolved (`resolved`) or back (`reopened`), in order: the status events
-- replayed by their new status. Before the first, a ticket is as the old status of that one says: open, or resolved
-- before the log began. Where a ticket has no status events at all, what it says of itself stands in as one resolution.
-- `changed_at` may be unknown; `effective_at` then is its last known event before the next step. What lies before the
-- creation by no more than clocks differ is at the creation (`is_clock_skew`); `is_date_only` marks a time that is but
-- a date.
with tickets as (
    select
        tickets.ticket_id,
        tickets.created_at,
        tickets.status,
        tickets.resolved_at,
        {{ is_date_only("tickets.resolved_at") }} as is_resolved_at_date_only,
        tickets.updated_at,
        {{ is_date_only("tickets.updated_at") }} as is_updated_at_date_only,
        now.as_of
    from {{ ref("int_tickets__classified") }} as tickets
    cross join {{ ref("int_warehouse__as_of") }} as now
),

-- Events after `as_of` count for what was before them: that a ticket has any, and in what state the first found it.
events as (
    select
        ticket_id,
        event_id,
        occurred_at,
        {{ is_date_only("occurred_at") }} as is_date_only,
        coalesce(old_status in ('solved', 'closed'), false) as was_resolved,
        new_status in ('solved', 'closed') as is_resolved,
        actor_type,
        actor_id,
        left_out_reason,
        row_number() over (partition by ticket_id order by occurred_at nulls last, event_id nulls last) as event_number
    from {{ ref("int_ticket_events__unioned") }}
    where new_status is not null and {{ exists_ever() }}
),

first_events as (
    select
        ticket_id,
        occurred_at,
        was_resolved
    from events
    where event_number = 1
),

replayed_events as (
    select
        ticket_id,
        event_id,
        event_number,
        occurred_at,
        is_date_only,
        is_resolved,
        actor_type,
        actor_id
    from events
    where left_out_reason is null
    qualify
        is_resolved <> coalesce(
            lag(is_resolved) over (partition by ticket_id order by event_number nulls last), was_resolved
        )
),

-- What no event tells: the one resolution of a ticket without events, and the one before a log that begins with a
-- resolved ticket. That was not after the log began, nor before the ticket.
untold as (
    select
        tickets.ticket_id,
        tickets.created_at,
        first_events.occurred_at as log_begins_at,
        case
            when
                tickets.resolved_at <= first_events.occurred_at
                and tickets.resolved_at >= tickets.created_at - {{ clock_skew() }}
                then tickets.resolved_at
            when first_events.ticket_id is not null then cast(null as timestamp)
            when tickets.resolved_at is not null then tickets.resolved_at
            when tickets.status = 'solved' then tickets.updated_at
        end as told_at,
        case
            when tickets.resolved_at is not null then tickets.is_resolved_at_date_only
            else tickets.is_updated_at_date_only
        end as is_date_only,
        tickets.as_of
    from tickets
    left join first_events on tickets.ticket_id = first_events.ticket_id
    where
        first_events.was_resolved
        or (
            first_events.ticket_id is null
            and (
                tickets.status in ('solved', 'closed')
                -- A time of resolution says what an unknown status does not.
                or (
                    tickets.resolved_at is not null
                    and coalesce(tickets.status not in ('new', 'open', 'pending', 'on_hold'), true)
                )
            )
        )
),

-- Messages count for the ticket that they are of in KPIs. What comes after `as_of` counts too: a ticket that is still
-- at work then was not resolved before.
last_messages as (
    select
        untold.ticket_id,
        max(
            {{ placed_after_creation(
                "messages.sent_at", is_date_only("messages.sent_at"), "tickets.counting_created_at"
            ) }}
        ) as last_at
    from untold
    inner join {{ ref("int_tickets__classified") }} as tickets on untold.ticket_id = tickets.counting_ticket_id
    inner join {{ ref("int_ticket_messages__unioned") }} as messages on tickets.ticket_id = messages.ticket_id
    where
        {{ exists_ever("messages") }}
        and coalesce(untold.log_begins_at, {{ last_instant() }}) >= {{ placed_after_creation(
            "messages.sent_at", is_date_only("messages.sent_at"), "tickets.counting_created_at"
        ) }}
    group by untold.ticket_id
),

last_assignments as (
    select
        untold.ticket_id,
        max(events.occurred_at) as last_at
    from untold
    inner join {{ ref("int_ticket_events__unioned") }} as events on untold.ticket_id = events.ticket_id
    where
        events.event_type = 'assigned'
        and {{ exists_ever("events") }}
        and coalesce(untold.log_begins_at, {{ last_instant() }}) >= events.occurred_at
    group by untold.ticket_id
),

steps as (
    select
        tickets.ticket_id,
        replayed_events.event_number,
        replayed_events.is_resolved,
        {{ placed_after_creation("replayed_events.occurred_at", "replayed_events.is_date_only", "tickets.created_at") }}
            as told_at,
        tickets.created_at,
        cast(null as timestamp) as last_known_at,
        replayed_events.is_date_only,
        replayed_events.event_id,
        replayed_events.actor_type,
        replayed_events.actor_id
    from replayed_events
    inner join tickets on replayed_events.ticket_id = tickets.ticket_id
    union all
    select
        untold.ticket_id,
        0 as event_number,
        true as is_resolved,
        untold.told_at,
        untold.created_at,
        greatest(untold.created_at, last_messages.last_at, last_assignments.last_at) as last_known_at,
        untold.told_at is not null and untold.is_date_only as is_date_only,
        cast(null as string) as event_id,
        cast(null as string) as actor_type,
        cast(null as string) as actor_id
    from untold
    left join last_messages on untold.ticket_id = last_messages.ticket_id
    left join last_assignments on untold.ticket_id = last_assignments.ticket_id
    -- What is resolved after `as_of` is open at `as_of`.
    where
        coalesce(untold.told_at, greatest(untold.created_at, last_messages.last_at, last_assignments.last_at))
        <= untold.as_of
),

placed as (
    select
        ticket_id,
        event_number,
        is_resolved,
        {{ without_clock_skew("created_at", "told_at") }} as changed_at,
        last_known_at,
        coalesce({{ is_clock_skew("created_at", "told_at") }}, false) as is_clock_skew,
        is_date_only,
        event_id,
        actor_type,
        actor_id
    from steps
)

select
    ticket_id,
    row_number() over by_event as step_number,
    case when is_resolved then 'resolved' else 'reopened' end as step,
    changed_at,
    -- Not after the step that follows, which is in the log.
    coalesce(changed_at, least(last_known_at, lead(changed_at) over by_event)) as effective_at,
    is_clock_skew,
    is_date_only,
    event_id,
    actor_type,
    actor_id
from placed
window by_event as (partition by ticket_id order by event_number nulls last)
