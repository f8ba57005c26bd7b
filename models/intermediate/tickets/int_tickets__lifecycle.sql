-- One row a ticket: its state at `as_of`, and at the end of the 7 d after its creation (both ends closed: resolved at
-- exactly 7 d counts, reopened at exactly 7 d does not), with whoever resolved it then.
with tickets as (
    select
        ticket_id,
        created_at
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
    coalesce(resolutions.is_resolved, false) as is_resolved,
    coalesce(resolutions.resolution_count, 0) as resolution_count,
    cast(coalesce(resolutions.reopen_count, 0) as bigint) as reopen_count,
    resolutions.first_resolved_at,
    resolutions.last_resolved_at,
    resolved_after_7d.ticket_id is not null as is_resolved_after_7d,
    resolved_after_7d.agent_id as resolver_after_7d_agent_id,
    resolved_after_7d.team as resolver_after_7d_team
from tickets
left join resolutions on tickets.ticket_id = resolutions.ticket_id
left join resolved_after_7d on tickets.ticket_id = resolved_after_7d.ticket_id
left join first_assignees on tickets.ticket_id = first_assignees.ticket_id
