-- Inbound tickets that an order credits / inbound tickets of people, dated by their creation. Tickets of nobody are in
-- neither, as nobody knows who ordered after them.
select
    created_at as measured_at,
    ticket_id as observation_id,
    case when is_converted then 1 else 0 end as numerator,
    1 as denominator,
    exclusion_reason,
    source,
    channel,
    topic,
    handled_by
from {{ ref("fct_ticket_conversions") }}
