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
    lower(nullif(trim(author_type), '')) as author_type,

    -- flags
    coalesce(cast(is_public as boolean), true) as is_public,
    coalesce(cast(is_acknowledgement as boolean), false) as is_acknowledgement,
    coalesce(cast(no_reply_needed as boolean), false) as no_reply_needed,

    -- times
    cast(sent_at as timestamp) as sent_at,

    -- meta
    'standard' as source,
    cast(updated_at as timestamp) as updated_at,
    coalesce(cast(is_deleted as boolean), false) as is_deleted,
    cast(_loaded_at as timestamp) as loaded_at
from raw_ticket_messages
