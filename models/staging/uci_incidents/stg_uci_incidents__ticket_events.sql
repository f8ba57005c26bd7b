-- One row a change of state or of assignee. Who made a change is named in other anonymised names than who has the
-- incident, so the actor is unknown, and a change of state counts for the assignee.

with

updates as (
    select * from {{ ref('stg_uci_incidents__updates') }}
),

events as (
    select
        incident_no,
        update_no,
        repeat_no,
        'status_changed' as event_type,
        previous_status as old_status,
        status as new_status,
        cast(null as string) as old_assignee,
        cast(null as string) as new_assignee,
        updated_at,
        loaded_at
    from updates
    where has_new_status
    union all
    select
        incident_no,
        update_no,
        repeat_no,
        'assigned' as event_type,
        cast(null as string) as old_status,
        cast(null as string) as new_status,
        previous_assignee as old_assignee,
        assignee as new_assignee,
        updated_at,
        loaded_at
    from updates
    where has_new_assignee
)

select
    -- ids
    -- Times are to the minute and ties go by id: ids sort as the updates do, an assignment before a change of state.
    'uci_incidents:' || incident_no
    || ':' || lpad(cast(update_no as string), 6, '0')
    || ':' || repeat_no
    || ':' || event_type as event_id,
    'uci_incidents:' || incident_no as ticket_id,
    'uci_incidents:' || old_assignee as old_agent_id,
    'uci_incidents:' || new_assignee as new_agent_id,
    cast(null as string) as actor_id,

    -- attributes
    event_type,
    old_status,
    new_status,
    cast(null as string) as actor_type,

    -- times
    updated_at as occurred_at,

    -- meta
    'uci_incidents' as source,
    cast(null as timestamp) as updated_at,
    false as is_deleted,
    loaded_at,
    cast(null as string) as date_columns
from events
