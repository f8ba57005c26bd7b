-- One row a ticket. Names are as written.

with

raw_tickets as (
    select * from {{ source('standard', 'tickets') }}
)

select
    -- ids
    'standard:' || nullif(trim(ticket_id), '') as ticket_id,
    'standard:' || nullif(trim(customer_id), '') as customer_id,
    'standard:' || nullif(trim(assigned_agent_id), '') as assigned_agent_id,
    'standard:' || nullif(trim(order_id), '') as order_id,
    'standard:' || nullif(trim(issue_id), '') as issue_id,
    'standard:' || nullif(trim(merged_into_ticket_id), '') as merged_into_ticket_id,

    -- attributes
    nullif(trim(channel), '') as channel,
    nullif(trim(status), '') as status,
    nullif(trim(initiated_by), '') as initiated_by,
    nullif(trim(topic), '') as topic,
    nullif(trim(complexity), '') as complexity,
    nullif(trim(priority), '') as priority,
    nullif(trim(marketplace), '') as marketplace,

    -- flags
    cast(is_spam as boolean) as is_spam,
    cast(is_test as boolean) as is_test,

    -- times
    cast(created_at as timestamp) as created_at,
    cast(resolved_at as timestamp) as resolved_at,

    -- meta
    'standard' as source,
    cast(updated_at as timestamp) as updated_at,
    cast(is_deleted as boolean) as is_deleted,
    cast(_loaded_at as timestamp) as loaded_at,
    nullif(trim(_date_columns), '') as date_columns
from raw_tickets
