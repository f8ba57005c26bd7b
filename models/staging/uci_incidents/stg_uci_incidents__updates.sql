-- One row a raw row, read and judged once for all models: what an update changed. Times have no zone: taken as UTC.
-- Columns of the case are not read, they look ahead: resolved_at is on the first row already. The states agree with it:
-- the last change to Resolved is at that time in 19,084 incidents and before it in 266; 1,418 have no resolved_at.
{{ config(materialized='table') }}

with

raw_rows as (
    select * from {{ source('uci_incidents', 'uci_incidents') }}
),

parsed as (
    select
        nullif(trim(number), '?') as incident_no,
        try_cast(sys_mod_count as integer) as update_no,
        {{ slashed_time('sys_updated_at') }} as updated_at,
        {{ slashed_time('opened_at') }} as opened_at,
        nullif(trim(incident_state), '?') as incident_state,
        nullif(trim(assignment_group), '?') as assignment_group,
        nullif(trim(assigned_to), '?') as assigned_to,
        nullif(trim(caller_id), '?') as caller,
        nullif(trim(contact_type), '?') as contact_type,
        nullif(trim(category), '?') as category,
        nullif(trim(priority), '?') as priority,
        _loaded_at as loaded_at
    from raw_rows
),

read as (
    select
        incident_no,
        update_no,
        updated_at,
        opened_at,
        incident_state,
        -- -100, on two rows of one incident, is no state that anybody knows: no event, and a finding.
        case incident_state
            when 'New' then 'new'
            when 'Active' then 'open'
            when 'Awaiting User Info' then 'pending'
            when 'Awaiting Vendor' then 'on_hold'
            when 'Awaiting Problem' then 'on_hold'
            when 'Awaiting Evidence' then 'on_hold'
            when 'Resolved' then 'solved'
            when 'Closed' then 'closed'
        end as status,
        assignment_group,
        assigned_to,
        case
            when assignment_group is not null or assigned_to is not null
                then coalesce(assignment_group, '') || coalesce('/' || assigned_to, '')
        end as assignee,
        caller,
        contact_type,
        category,
        priority,
        loaded_at,
        coalesce(
            incident_no <> ''
            and update_no is not null
            and updated_at is not null
            and opened_at is not null,
            false
        ) as is_readable,
        -- Copies are equal in every column that is read, so it does not matter which one is the first.
        row_number() over (
            partition by
                incident_no,
                update_no,
                updated_at,
                opened_at,
                incident_state,
                assignment_group,
                assigned_to,
                caller,
                contact_type,
                category,
                priority
            order by loaded_at nulls last
        ) as copy_number
    from parsed
),

-- The number orders the updates of an incident. Where it comes twice (in five incidents) the time decides, then what
-- the rows hold: the order is total, whatever the order of the rows in the file. In each of the five an early row has
-- the number of a later one. So one of 277 reopenings in this order (INC0000135) is none by time; reopen_count has 276.
in_order as (
    select
        incident_no,
        update_no,
        row_number() over (
            partition by incident_no, is_readable and copy_number = 1
            order by
                update_no nulls last,
                updated_at nulls last,
                incident_state nulls last,
                assignment_group nulls last,
                assigned_to nulls last,
                caller nulls last,
                contact_type nulls last,
                category nulls last,
                priority nulls last,
                opened_at nulls last
        ) as place,
        updated_at,
        opened_at,
        incident_state,
        status,
        assignment_group,
        assigned_to,
        assignee,
        caller,
        contact_type,
        category,
        priority,
        is_readable,
        is_readable and copy_number = 1 as is_update,
        loaded_at
    from read
),

with_previous as (
    select
        incident_no,
        update_no,
        row_number() over (partition by incident_no, is_update, update_no order by place nulls last) as repeat_no,
        place,
        is_update and lead(place) over (partition by incident_no, is_update order by place nulls last) is null
            as is_newest,
        updated_at,
        opened_at,
        incident_state,
        status,
        -- An incident begins as new, so a first row in that state changes nothing.
        lag(status, 1, 'new') over (partition by incident_no, is_update order by place nulls last) as previous_status,
        assignment_group,
        assigned_to,
        assignee,
        lag(assignee) over (partition by incident_no, is_update order by place nulls last) as previous_assignee,
        lag(updated_at) over (partition by incident_no, is_update order by place nulls last) as previous_updated_at,
        caller,
        contact_type,
        category,
        priority,
        is_readable,
        is_update,
        loaded_at
    from in_order
),

compared as (
    select
        incident_no,
        update_no,
        repeat_no,
        place,
        is_newest,
        updated_at,
        opened_at,
        incident_state,
        status,
        previous_status,
        is_update and status is not null and status <> coalesce(previous_status, '') as has_new_status,
        assignment_group,
        assigned_to,
        assignee,
        -- Where the row before is a later one in time, who had the incident before is not known.
        case when previous_updated_at <= updated_at then previous_assignee end as previous_assignee,
        -- A change to nobody (968) is no event: the ticket waits for its next assignee.
        is_update and assignee is not null and assignee <> coalesce(previous_assignee, '') as has_new_assignee,
        caller,
        contact_type,
        category,
        priority,
        is_readable,
        is_update,
        loaded_at
    from with_previous
),

judged as (
    select
        incident_no,
        update_no,
        repeat_no,
        place,
        is_newest,
        updated_at,
        opened_at,
        incident_state,
        status,
        previous_status,
        has_new_status,
        assignment_group,
        assigned_to,
        assignee,
        previous_assignee,
        has_new_assignee,
        caller,
        contact_type,
        category,
        priority,
        case
            when not is_readable then 'unreadable'
            when not is_update then 'exact_duplicate'
            when has_new_status and has_new_assignee then 'status_change_and_assignment'
            when has_new_status then 'status_change'
            when has_new_assignee then 'assignment'
            when status is null then 'unknown_state'
            else 'no_change'
        end as reason,
        loaded_at
    from compared
)

select
    -- ids
    incident_no,
    update_no,
    repeat_no,
    caller,

    -- attributes
    incident_state,
    status,
    previous_status,
    assignment_group,
    assigned_to,
    assignee,
    previous_assignee,
    contact_type,
    category,
    priority,
    case when reason in ('unreadable', 'exact_duplicate', 'unknown_state') then 'left_out' else 'kept' end as outcome,
    reason,

    -- flags
    is_newest,
    has_new_status,
    has_new_assignee,

    -- measures
    place,

    -- times
    opened_at,
    updated_at,
    loaded_at
from judged
