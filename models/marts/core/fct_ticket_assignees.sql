-- One row a ticket and an agent (`assignee_kind` = agent) or team (= team) that it was assigned to within 7 d of its
-- creation; a ticket of nobody has one row without assignee of each kind. A queue is a team's, and nobody.
with assignments as (
    select
        tickets.ticket_id,
        assignments.agent_id,
        assignments.team
    from {{ ref("int_tickets__classified") }} as tickets
    inner join {{ ref("int_tickets__assignments") }} as assignments
        on tickets.ticket_id = assignments.ticket_id
        and tickets.created_at + interval 7 day >= assignments.assigned_at
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
        ticket_id,
        'team' as assignee_kind,
        team as assignee
    from assignments
    where team is not null
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
    tickets.exclusion_reason,
    tickets.exclusion_reason is null as is_valid,
    tickets.created_at,
    lifecycle.is_resolved_after_7d
    and (
        case kinds.assignee_kind
            when 'agent' then lifecycle.resolver_after_7d_agent_id
            else lifecycle.resolver_after_7d_team
        end is not distinct from assignees.assignee
    ) as is_resolved_by_assignee_after_7d
from {{ ref("int_tickets__classified") }} as tickets
inner join {{ ref("int_tickets__lifecycle") }} as lifecycle on tickets.ticket_id = lifecycle.ticket_id
cross join kinds
left join assignees
    on tickets.ticket_id = assignees.ticket_id
    and kinds.assignee_kind = assignees.assignee_kind
