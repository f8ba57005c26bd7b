-- One row a ticket: its state at `as_of`, and at the end of the 7 d after its creation (both ends closed: resolved at
-- exactly 7 d counts, reopened at exactly 7 d does not), with whoever resolved it then. Where nobody can tell the state
-- after the 7 d, `unknown_after_7d_reason` says why.
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
resolved_after_7d as (
    select
        tickets.ticket_id,
        resolutions.agent_id,
        resolutions.team
    from tickets
    inner join {{ ref("int_tickets__resolutions") }} as resolutions
        on tickets.ticket_id = resolutions.ticket_id
        and tickets.created_at + interval 7 day >= resolutions.effective_at
        and (
            resolutions.reopened_at is null
            or tickets.created_at + interval 7 day < resolutions.reopened_at
        )
),

-- The newest step until then: what was resolved at an unknown time may have been open still, and so may what happened
-- at some time of the very day on which the 7 d end.
last_steps_in_7d as (
    select
        tickets.ticket_id,
        case
            when steps.changed_at is null then 'unknown_time'
            when
                steps.is_date_only
                and tickets.created_at + interval 7 day < {{ day_ends_at("steps.changed_at") }}
                then 'unknown_time_of_day'
        end as unknown_reason
    from tickets
    inner join {{ ref("int_tickets__status_changes") }} as steps
        on tickets.ticket_id = steps.ticket_id
        and tickets.created_at + interval 7 day >= steps.effective_at
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
    coalesce(last_steps_in_7d.unknown_reason, tickets.state_unknown_reason) as unknown_after_7d_reason,
    case
        when coalesce(last_steps_in_7d.unknown_reason, tickets.state_unknown_reason) is null
            then resolved_after_7d.ticket_id is not null
    end as is_resolved_after_7d,
    resolved_after_7d.agent_id as resolver_after_7d_agent_id,
    resolved_after_7d.team as resolver_after_7d_team
from tickets
left join resolutions on tickets.ticket_id = resolutions.ticket_id
left join resolved_after_7d on tickets.ticket_id = resolved_after_7d.ticket_id
left join last_steps_in_7d on tickets.ticket_id = last_steps_in_7d.ticket_id
left join first_assignees on tickets.ticket_id = first_assignees.ticket_id
