-- One row a deadline of an answer, in writing or by voice: of the first one to an inbound ticket, by its SLA policy,
-- and of each turn of a ticket of a marketplace, at the end of the window `marketplace_reply` after it begins. It is
-- judged at the deadline: what happens later changes nothing; an answer told as a date counts if its whole day does.
-- What was closed by then without an answer waits for none, and is left out by who closed it.
{% set marketplace_seconds = window_seconds("marketplace_reply") -%}
with tickets as (
    select
        ticket_id,
        source,
        exclusion_reason,
        created_at,
        initiated_by = 'customer' as is_inbound,
        channel,
        marketplace,
        priority
    from {{ ref("int_tickets__classified") }}
),

deadlines as (
    -- Tickets of a source without messages have no turns.
    select
        tickets.ticket_id || ':first_response' as deadline_id,
        'first_response' as deadline_kind,
        tickets.ticket_id,
        turns.turn_number,
        case
            when turns.ticket_id is null then 'source_has_no_messages'
            when policy_deadlines.policy_id is null then 'no_policy'
            when turns.is_begin_date_only then 'unknown_time_of_day'
            when policy_deadlines.due_at is null then 'no_deadline'
        end as missing_reason,
        coalesce(turns.begins_at, tickets.created_at) as begins_at,
        policy_deadlines.due_at,
        turns.replied_at,
        turns.spoken_to_at,
        turns.answered_earliest_at,
        turns.answered_latest_at,
        turns.closed_at,
        turns.closed_by,
        turns.no_reply_needed_at,
        policy_deadlines.policy_id,
        policy_deadlines.target_seconds
    from tickets
    left join {{ ref("int_tickets__turns") }} as turns
        on tickets.ticket_id = turns.ticket_id
        and turns.turn_kind = 'first'
    left join {{ ref("int_calendars__first_reply_deadlines") }} as policy_deadlines
        on tickets.ticket_id = policy_deadlines.ticket_id
    where tickets.is_inbound
    union all
    select
        turns.ticket_id || ':marketplace_message:' || turns.turn_number as deadline_id,
        'marketplace_message' as deadline_kind,
        turns.ticket_id,
        turns.turn_number,
        case
            when not tickets.is_inbound then 'not_inbound'
            when turns.is_begin_date_only then 'unknown_time_of_day'
        end as missing_reason,
        turns.begins_at,
        case
            when turns.is_begin_date_only is not true
                then turns.begins_at + interval {{ marketplace_seconds }} second
        end as due_at,
        turns.replied_at,
        turns.spoken_to_at,
        turns.answered_earliest_at,
        turns.answered_latest_at,
        turns.closed_at,
        turns.closed_by,
        turns.no_reply_needed_at,
        cast(null as string) as policy_id,
        {{ marketplace_seconds }} as target_seconds
    from {{ ref("int_tickets__turns") }} as turns
    inner join tickets on turns.ticket_id = tickets.ticket_id
    where tickets.marketplace is not null
),

-- Whoever has the ticket at the deadline; at the instant of a handover, who takes it.
assigned as (
    select
        deadlines.deadline_id,
        deadlines.deadline_kind,
        deadlines.ticket_id,
        deadlines.turn_number,
        deadlines.missing_reason,
        deadlines.begins_at,
        deadlines.due_at,
        deadlines.replied_at,
        deadlines.spoken_to_at,
        deadlines.answered_earliest_at,
        deadlines.answered_latest_at,
        deadlines.closed_at,
        deadlines.closed_by,
        deadlines.no_reply_needed_at,
        deadlines.policy_id,
        deadlines.target_seconds,
        assignments.assignee_id,
        assignments.agent_id
    from deadlines
    left join {{ ref("int_tickets__assignments") }} as assignments
        on deadlines.ticket_id = assignments.ticket_id
        and deadlines.due_at >= assignments.assigned_at
        and deadlines.due_at < coalesce(assignments.ended_at, {{ last_instant() }})
)

select
    assigned.deadline_id,
    assigned.deadline_kind,
    assigned.ticket_id,
    assigned.turn_number,
    tickets.source,
    coalesce(
        tickets.exclusion_reason,
        assigned.missing_reason,
        case
            when assigned.no_reply_needed_at <= assigned.due_at then 'needs_no_reply'
            when assigned.answered_latest_at <= assigned.due_at then cast(null as string)
            when assigned.answered_earliest_at <= assigned.due_at then 'unknown_time_of_day'
            when assigned.closed_at <= assigned.due_at then 'closed_by_' || assigned.closed_by
        end
    ) as exclusion_reason,
    assigned.begins_at,
    assigned.due_at,
    assigned.replied_at,
    assigned.spoken_to_at,
    coalesce(assigned.due_at <= now.as_of, false) as is_due,
    case
        when assigned.answered_latest_at <= assigned.due_at then true
        when assigned.answered_earliest_at <= assigned.due_at then cast(null as boolean)
        when assigned.due_at <= now.as_of then false
    end as is_in_time,
    assigned.agent_id,
    versions.team,
    tickets.channel,
    tickets.marketplace,
    tickets.priority,
    assigned.policy_id,
    assigned.target_seconds
from assigned
inner join tickets on assigned.ticket_id = tickets.ticket_id
left join {{ ref("int_agents__versions") }} as versions
    on assigned.assignee_id = versions.agent_id
    and {{ to_local_date("assigned.due_at", reporting_timezone()) }} >= versions.valid_from
    and {{ to_local_date("assigned.due_at", reporting_timezone()) }} < coalesce(versions.valid_to, {{ last_date() }})
cross join {{ ref("int_warehouse__as_of") }} as now
