-- One row a shift of an agent.

with

raw_agent_shifts as (
    select * from {{ source('standard', 'agent_shifts') }}
)

select
    -- ids
    'standard:' || nullif(trim(shift_id), '') as shift_id,
    'standard:' || nullif(trim(agent_id), '') as agent_id,

    -- attributes
    nullif(trim(absence_reason), '') as absence_reason,

    -- measures
    cast(scheduled_minutes as double) as scheduled_minutes,
    cast(worked_minutes as double) as worked_minutes,

    -- times
    cast(shift_date as date) as shift_date,
    cast(starts_at as timestamp) as starts_at,
    cast(ends_at as timestamp) as ends_at,

    -- meta
    'standard' as source,
    cast(updated_at as timestamp) as updated_at,
    cast(is_deleted as boolean) as is_deleted,
    cast(_loaded_at as timestamp) as loaded_at,
    nullif(trim(_date_columns), '') as date_columns
from raw_agent_shifts
