-- One row a call.

with

raw_calls as (
    select * from {{ source('standard', 'calls') }}
)

select
    -- ids
    'standard:' || nullif(trim(call_id), '') as call_id,
    'standard:' || nullif(trim(ticket_id), '') as ticket_id,
    'standard:' || nullif(trim(customer_id), '') as customer_id,
    'standard:' || nullif(trim(agent_id), '') as agent_id,

    -- attributes
    nullif(trim(direction), '') as direction,
    nullif(trim(queue), '') as queue,
    nullif(trim(topic), '') as topic,

    -- measures
    cast(hold_seconds as double) as hold_seconds,
    cast(talk_seconds as double) as talk_seconds,
    cast(wrap_up_seconds as double) as wrap_up_seconds,

    -- times
    cast(queued_at as timestamp) as queued_at,
    cast(answered_at as timestamp) as answered_at,
    cast(ended_at as timestamp) as ended_at,

    -- meta
    'standard' as source,
    cast(updated_at as timestamp) as updated_at,
    cast(is_deleted as boolean) as is_deleted,
    cast(_loaded_at as timestamp) as loaded_at,
    nullif(trim(_date_columns), '') as date_columns
from raw_calls
