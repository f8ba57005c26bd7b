-- One row an assignee: a person in a group, a group without a person (a queue), or a person without a group. A person
-- works in up to 38 groups, so both together are the agent, and the group is the team. Nobody's dates are known.

with

updates as (
    select * from {{ ref('stg_uci_incidents__updates') }}
    where
        reason not in ('unreadable', 'exact_duplicate')
        and assignee is not null
),

assignees as (
    select
        assignee,
        assignment_group,
        assigned_to,
        min(loaded_at) as loaded_at
    from updates
    group by assignee, assignment_group, assigned_to
)

select
    -- ids
    'uci_incidents:' || assignee as agent_id,

    -- attributes
    coalesce(assigned_to, assignment_group) as agent_name,
    assignment_group as team,

    -- flags
    assigned_to is null as is_queue,

    -- times
    cast('0001-01-01' as date) as valid_from,
    cast(null as date) as hired_on,
    cast(null as date) as left_on,

    -- meta
    'uci_incidents' as source,
    cast(null as timestamp) as updated_at,
    false as is_deleted,
    loaded_at,
    cast(null as string) as date_columns
from assignees
