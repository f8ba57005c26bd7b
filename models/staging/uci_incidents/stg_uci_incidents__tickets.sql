-- One row an incident, described by its newest update; opened_at is the same on all of them. The log has no complexity
-- (impact is another thing), and resolved_at is null because the history of states says when, and how often.

with

updates as (
    select * from {{ ref('stg_uci_incidents__updates') }}
    where reason not in ('unreadable', 'exact_duplicate')
),

incidents as (
    select
        incident_no,
        max(caller) filter (where is_newest) as caller,
        max(contact_type) filter (where is_newest) as contact_type,
        max(category) filter (where is_newest) as category,
        max(priority) filter (where is_newest) as priority,
        max(assignee) filter (where is_newest) as assignee,
        max_by(status, place) filter (where status is not null) as last_known_status,
        max(opened_at) filter (where is_newest) as opened_at,
        min(loaded_at) as loaded_at
    from updates
    group by incident_no
)

select
    -- ids
    'uci_incidents:' || incident_no as ticket_id,
    'uci_incidents:' || caller as customer_id,
    'uci_incidents:' || assignee as assigned_agent_id,
    cast(null as string) as order_id,
    cast(null as string) as issue_id,
    cast(null as string) as merged_into_ticket_id,

    -- attributes
    lower(contact_type) as channel,
    last_known_status as status,
    cast(null as string) as initiated_by,
    category as topic,
    cast(null as string) as complexity,
    -- 3 - Moderate
    lower(coalesce(nullif(split_part(priority, ' - ', 2), ''), priority)) as priority,
    cast(null as string) as marketplace,

    -- flags
    cast(null as boolean) as is_spam,
    cast(null as boolean) as is_test,

    -- times
    opened_at as created_at,
    cast(null as timestamp) as resolved_at,

    -- meta
    'uci_incidents' as source,
    cast(null as timestamp) as updated_at,
    false as is_deleted,
    loaded_at,
    cast(null as string) as date_columns
from incidents
