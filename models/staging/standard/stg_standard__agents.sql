-- One row an agent and date from which the row holds; a row without a date holds always.

with

raw_agents as (
    select * from {{ source('standard', 'agents') }}
)

select
    -- ids
    'standard:' || nullif(trim(agent_id), '') as agent_id,

    -- attributes
    nullif(trim(agent_name), '') as agent_name,
    nullif(trim(team), '') as team,

    -- flags
    cast(is_queue as boolean) as is_queue,

    -- times
    cast(valid_from as date) as valid_from,
    cast(hired_on as date) as hired_on,
    cast(left_on as date) as left_on,

    -- meta
    'standard' as source,
    cast(updated_at as timestamp) as updated_at,
    cast(is_deleted as boolean) as is_deleted,
    cast(_loaded_at as timestamp) as loaded_at,
    nullif(trim(_date_columns), '') as date_columns
from raw_agents
