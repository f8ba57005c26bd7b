-- Seconds from the creation of a ticket that a customer began to its first automated reply, acknowledgements left out.
select
    first_automated_reply_at as measured_at,
    ticket_id as observation_id,
    first_automated_reply_seconds as numerator,
    1 as denominator,
    case
        when exclusion_reason is not null then exclusion_reason
        when first_automated_reply_seconds is null then 'negative_duration'
    end as exclusion_reason,
    source,
    channel
from {{ ref("fct_tickets") }}
where is_inbound and first_automated_reply_at is not null
