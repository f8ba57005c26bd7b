-- Seconds from the creation of a ticket that a customer began to its first automated reply, acknowledgements left out.
select
    first_automated_reply_at as measured_at,
    ticket_id as observation_id,
    first_automated_reply_seconds as numerator,
    1 as denominator,
    coalesce(exclusion_reason, no_first_automated_reply_reason) as exclusion_reason,
    source,
    channel
from {{ ref("fct_tickets") }}
where is_inbound and first_automated_reply_at is not null
