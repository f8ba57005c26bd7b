-- One row a ticket and an agent (`assignee_kind` = agent) or team (= team) that had it within the window `resolution`
-- of its creation. A team is each one that its assignee was in while having the ticket, and none (null) where that
-- agent had no team. A ticket of nobody has one row without assignee of each kind. A queue is a team's, and nobody.
with assignments as (
    select
        tickets.ticket_id,
        assignments.assignee_id,
        assignments.agent_id,
        {{ to_local_date("assignments.assigned_at", reporting_timezone()) }} as first_date,
        -- The last instant of having it that the window `resolution`, and the world at `as_of`, hold.
        {{ to_local_date(
            "greatest(assignments.assigned_at, least("
            ~ "assignments.ended_at - interval 1 microsecond, "
            ~ "tickets.created_at + " ~ window_interval("resolution") ~ ", now.as_of))",
            reporting_timezone()
        ) }} as last_date
    from {{ ref("int_tickets__classified") }} as tickets
    inner join {{ ref("int_tickets__assignments") }} as assignments
        on tickets.ticket_id = assignments.ticket_id
        and tickets.created_at + {{ window_interval("resolution") }} >= assignments.assigned_at
    cross join {{ ref("int_warehouse__as_of") }} as now
    where assignments.assignee_id is not null
),

assignees as (
    select distinct
        ticket_id,
        'agent' as assignee_kind,
        agent_id as assignee
    from assignments
    where agent_id is not null
    union all
    select distinct
        assignments.ticket_id,
        'team' as assignee_kind,
        versions.team as assignee
    from assignments
    left join {{ ref("int_agents__versions") }} as versions
        on assignments.assignee_id = versions.agent_id
        and assignments.last_date >= versions.valid_from
        and assignments.first_date < coalesce(versions.valid_to, {{ last_date() }})
),

kinds as (
    select 'agent' as assignee_kind
    union all
    select 'team' as assignee_kind
)

select
    tickets.ticket_id,
    tickets.source,
    kinds.assignee_kind,
    assignees.assignee,
    coalesce(tickets.exclusion_reason, lifecycle.unknown_at_window_end_reason) as exclusion_reason,
    tickets.exclusion_reason is null as is_valid,
    tickets.created_at,
    lifecycle.is_resolved_at_window_end
    and (
        case kinds.assignee_kind
            when 'agent' then lifecycle.resolver_at_window_end_agent_id
            else lifecycle.resolver_at_window_end_team
        end is not distinct from assignees.assignee
    ) as is_resolved_by_assignee_at_window_end
from {{ ref("int_tickets__classified") }} as tickets
inner join {{ ref("int_tickets__lifecycle") }} as lifecycle on tickets.ticket_id = lifecycle.ticket_id
cross join kinds
left join assignees
    on tickets.ticket_id = assignees.ticket_id
    and kinds.assignee_kind = assignees.assignee_kind
