-- One row a ticket: its state at `as_of`, and at the end of the window `resolution` after its creation (both ends
-- closed: resolved at its very end counts, reopened then does not), with whoever resolved it then. Where nobody can
-- tell the state after the window `resolution`, `unknown_at_window_end_reason` says why.
with tickets as (
    select
        ticket_id,
        created_at,
        state_unknown_reason
    from {{ ref("int_tickets__classified") }}
),

resolutions as (
    select
        tickets.ticket_id,
        count(*) as resolution_count,
        count_if(resolutions.reopened_at is not null) as reopen_count,
        min(resolutions.resolved_at) as first_resolved_at,
        max(resolutions.resolved_at) as last_resolved_at,
        count_if(resolutions.reopened_at is null) = 1 as is_resolved
    from tickets
    inner join {{ ref("int_tickets__resolutions") }} as resolutions on tickets.ticket_id = resolutions.ticket_id
    group by tickets.ticket_id
),

-- At most one resolution of a ticket holds at an instant.
resolved_at_window_end as (
    select
        tickets.ticket_id,
        resolutions.agent_id,
        resolutions.team
    from tickets
    inner join {{ ref("int_tickets__resolutions") }} as resolutions
        on tickets.ticket_id = resolutions.ticket_id
        and tickets.created_at + {{ window_interval("resolution") }} >= resolutions.effective_at
        and (
            resolutions.reopened_at is null
            or tickets.created_at + {{ window_interval("resolution") }} < resolutions.reopened_at
        )
),

-- The newest step until then: what was resolved at an unknown time may have been open still, and so may what happened
-- at some time of the very day on which the window `resolution` ends.
last_steps_in_window as (
    select
        tickets.ticket_id,
        case
            when steps.changed_at is null then 'unknown_time'
            when
                steps.is_date_only
                and tickets.created_at + {{ window_interval("resolution") }} < {{ day_ends_at("steps.changed_at") }}
                then 'unknown_time_of_day'
        end as unknown_reason
    from tickets
    inner join {{ ref("int_tickets__status_changes") }} as steps
        on tickets.ticket_id = steps.ticket_id
        and tickets.created_at + {{ window_interval("resolution") }} >= steps.effective_at
    qualify row_number() over (partition by tickets.ticket_id order by steps.step_number desc nulls last) = 1
),

first_assignees as (
    select
        ticket_id,
        agent_id,
        team
    from {{ ref("int_tickets__assignments") }}
    where assignment_number = 1
)

select
    tickets.ticket_id,
    first_assignees.agent_id as first_agent_id,
    first_assignees.team as first_team,
    case when tickets.state_unknown_reason is null then coalesce(resolutions.is_resolved, false) end as is_resolved,
    coalesce(resolutions.resolution_count, 0) as resolution_count,
    cast(coalesce(resolutions.reopen_count, 0) as bigint) as reopen_count,
    resolutions.first_resolved_at,
    resolutions.last_resolved_at,
    coalesce(last_steps_in_window.unknown_reason, tickets.state_unknown_reason) as unknown_at_window_end_reason,
    case
        when coalesce(last_steps_in_window.unknown_reason, tickets.state_unknown_reason) is null
            then resolved_at_window_end.ticket_id is not null
    end as is_resolved_at_window_end,
    resolved_at_window_end.agent_id as resolver_at_window_end_agent_id,
    resolved_at_window_end.team as resolver_at_window_end_team
from tickets
left join resolutions on tickets.ticket_id = resolutions.ticket_id
left join resolved_at_window_end on tickets.ticket_id = resolved_at_window_end.ticket_id
left join last_steps_in_window on tickets.ticket_id = last_steps_in_window.ticket_id
left join first_assignees on tickets.ticket_id = first_assignees.ticket_id
