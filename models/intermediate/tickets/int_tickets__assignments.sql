-- One row a stretch [assigned_at, ended_at) of a ticket with one assignee, or with nobody after it was taken from one;
-- the last is open. An assignment event to the assignee of the moment is none. Where a ticket has no assignment events
-- at all, its assigned_agent_id stands in from its creation; where the first event names who had it before, that agent
-- had it from creation.
with tickets as (
    select
        ticket_id,
        created_at,
        assigned_agent_id
    from {{ ref("int_tickets__classified") }}
),

events as (
    select
        ticket_id,
        event_id,
        occurred_at,
        old_agent_id,
        new_agent_id,
        left_out_reason,
        row_number() over (
            partition by ticket_id order by occurred_at nulls last, event_id nulls last
        ) as event_number
    from {{ ref("int_ticket_events__unioned") }}
    where event_type = 'assigned' and {{ exists_ever() }}
),

first_events as (
    select
        ticket_id,
        occurred_at,
        old_agent_id
    from events
    where event_number = 1
),

-- The assignee from creation comes before any event of the same instant.
assignees as (
    select
        tickets.ticket_id,
        case when first_events.ticket_id is null then tickets.assigned_agent_id else first_events.old_agent_id end
            as assignee_id,
        least(tickets.created_at, coalesce(first_events.occurred_at, tickets.created_at)) as assigned_at,
        0 as event_number
    from tickets
    left join first_events on tickets.ticket_id = first_events.ticket_id
    where case when first_events.ticket_id is null then tickets.assigned_agent_id else first_events.old_agent_id end
        is not null
    union all
    select
        tickets.ticket_id,
        events.new_agent_id as assignee_id,
        events.occurred_at as assigned_at,
        events.event_number
    from events
    inner join tickets on events.ticket_id = tickets.ticket_id
    where events.left_out_reason is null
),

changes as (
    select
        ticket_id,
        assignee_id,
        assigned_at,
        event_number
    from assignees
    qualify
        assignee_id is distinct from lag(assignee_id) over (
            partition by ticket_id order by event_number nulls last
        )
),

-- The team is the agent's on the local date of the assignment.
with_teams as (
    select
        changes.ticket_id,
        changes.assignee_id,
        coalesce(versions.is_queue, false) as is_queue,
        case when not coalesce(versions.is_queue, false) then changes.assignee_id end as agent_id,
        versions.team,
        changes.assigned_at,
        row_number() over (partition by changes.ticket_id order by changes.event_number nulls last)
            as assignment_number,
        lead(changes.assigned_at) over (partition by changes.ticket_id order by changes.event_number nulls last)
            as ended_at
    from changes
    left join {{ ref("int_agents__versions") }} as versions
        on changes.assignee_id = versions.agent_id
        and {{ to_local_date("changes.assigned_at", reporting_timezone()) }} >= versions.valid_from
        and {{ to_local_date("changes.assigned_at", reporting_timezone()) }}
        < coalesce(versions.valid_to, {{ last_date() }})
),

-- To nobody and on is as if it had gone straight on; whoever gets it back had it before.
with_previous_teams as (
    select
        ticket_id,
        assignment_number,
        agent_id,
        team,
        assignee_id,
        lag(assignee_id) over (partition by ticket_id order by assignment_number nulls last) as previous_assignee_id,
        lag(team) over (partition by ticket_id order by assignment_number nulls last) as previous_team
    from with_teams
    where assignee_id is not null
),

team_runs as (
    select
        ticket_id,
        assignment_number,
        agent_id,
        coalesce(previous_team <> team and previous_assignee_id <> assignee_id, false) as is_team_change,
        sum(case when previous_team <> team and previous_assignee_id <> assignee_id then 1 else 0 end) over (
            partition by ticket_id order by assignment_number nulls last
            rows between unbounded preceding and current row
        ) as team_run
    from with_previous_teams
),

-- Within one team, a person is followed through the team's queue: back to the queue and on to a colleague is a
-- change of agent; out of the queue to the first person is none.
with_previous_agents as (
    select
        ticket_id,
        assignment_number,
        agent_id,
        is_team_change,
        {{ last_known_value("agent_id") }} over (
            partition by ticket_id, team_run order by assignment_number nulls last
            rows between unbounded preceding and 1 preceding
        ) as previous_agent_id
    from team_runs
)

select
    with_teams.ticket_id,
    with_teams.assignment_number,
    with_teams.assignee_id,
    with_teams.agent_id,
    with_teams.is_queue,
    with_teams.team,
    with_teams.assigned_at,
    with_teams.ended_at,
    coalesce(
        with_previous_agents.is_team_change
        or with_previous_agents.previous_agent_id <> with_previous_agents.agent_id,
        false
    ) as is_reassignment
from with_teams
left join with_previous_agents
    on with_teams.ticket_id = with_previous_agents.ticket_id
    and with_teams.assignment_number = with_previous_agents.assignment_number
