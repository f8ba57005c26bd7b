-- One row an agent and a stretch of local dates [valid_from, valid_to) with one team; the last stretch is open.
-- The stretches of a known agent cover all time: before the first `valid_from` the team is unknown.
with versions as (
    select
        agent_id,
        source,
        valid_from,
        agent_name,
        team,
        is_queue,
        hired_on,
        left_on,
        is_deleted,
        updated_at,
        lead(valid_from) over (partition by agent_id order by valid_from nulls last) as valid_to,
        row_number() over (partition by agent_id order by valid_from nulls last) as version_number
    from {{ ref("int_agents__unioned") }}
    where left_out_reason is null
),

before_first_version as (
    select
        agent_id,
        source,
        cast('0001-01-01' as date) as valid_from,
        agent_name,
        cast(null as string) as team,
        is_queue,
        hired_on,
        left_on,
        is_deleted,
        updated_at,
        valid_from as valid_to
    from versions
    where version_number = 1 and valid_from > cast('0001-01-01' as date)
)

select
    agent_id,
    source,
    valid_from,
    valid_to,
    agent_name,
    team,
    is_queue,
    hired_on,
    left_on,
    is_deleted,
    updated_at
from versions
union all
select
    agent_id,
    source,
    valid_from,
    valid_to,
    agent_name,
    team,
    is_queue,
    hired_on,
    left_on,
    is_deleted,
    updated_at
from before_first_version
