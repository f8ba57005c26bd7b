-- Inbound tickets that an order credits, dated by their creation: a valid order credits the newest inbound ticket of
-- its person that was created before it, within the window `conversion` before it, and answered before it.
select
    created_at as measured_at,
    ticket_id as observation_id,
    1 as numerator,
    cast(null as double) as denominator,
    exclusion_reason,
    source,
    channel,
    agent_id as agent,
    topic,
    handled_by
from {{ ref("fct_ticket_conversions") }}
where is_converted
