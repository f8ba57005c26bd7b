-- One row a message of a ticket. author_type is the role in which it was written, whatever the author does today.

with

raw_ticket_messages as (
    select * from {{ source('standard', 'ticket_messages') }}
)

select
    -- ids
    'standard:' || nullif(trim(message_id), '') as message_id,
    'standard:' || nullif(trim(ticket_id), '') as ticket_id,
    'standard:' || nullif(trim(author_id), '') as author_id,
    'standard:' || nullif(trim(template_id), '') as template_id,

    -- attributes
    nullif(trim(author_type), '') as author_type,

    -- flags
    cast(is_public as boolean) as is_public,
    cast(is_acknowledgement as boolean) as is_acknowledgement,
    cast(no_reply_needed as boolean) as no_reply_needed,

    -- times
    cast(sent_at as timestamp) as sent_at,

    -- meta
    'standard' as source,
    cast(updated_at as timestamp) as updated_at,
    cast(is_deleted as boolean) as is_deleted,
    cast(_loaded_at as timestamp) as loaded_at,
    nullif(trim(_date_columns), '') as date_columns
from raw_ticket_messages
