-- One row an event of a ticket. old_value and new_value are read as the event's type says: as a status, as written, or
-- as agents.

with

raw_ticket_events as (
    select * from {{ source('standard', 'ticket_events') }}
),

tidied as (
    select
        event_id,
        ticket_id,
        case {{ name_key("event_type") }}
            when 'statuschanged' then 'status_changed'
            when 'assigned' then 'assigned'
            else nullif(trim(event_type), '')
        end as event_type,
        nullif(trim(old_value), '') as old_value,
        nullif(trim(new_value), '') as new_value,
        actor_type,
        actor_id,
        occurred_at,
        updated_at,
        is_deleted,
        _loaded_at,
        _date_columns
    from raw_ticket_events
)

select
    -- ids
    'standard:' || nullif(trim(event_id), '') as event_id,
    'standard:' || nullif(trim(ticket_id), '') as ticket_id,
    case when event_type = 'assigned' then 'standard:' || old_value end as old_agent_id,
    case when event_type = 'assigned' then 'standard:' || new_value end as new_agent_id,
    'standard:' || nullif(trim(actor_id), '') as actor_id,

    -- attributes
    event_type,
    case when event_type = 'status_changed' then old_value end as old_status,
    case when event_type = 'status_changed' then new_value end as new_status,
    nullif(trim(actor_type), '') as actor_type,

    -- times
    cast(occurred_at as timestamp) as occurred_at,

    -- meta
    'standard' as source,
    cast(updated_at as timestamp) as updated_at,
    cast(is_deleted as boolean) as is_deleted,
    cast(_loaded_at as timestamp) as loaded_at,
    nullif(trim(_date_columns), '') as date_columns
from tidied
