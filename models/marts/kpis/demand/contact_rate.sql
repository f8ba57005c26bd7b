-- Inbound tickets created in the period / valid orders placed in it. One row an inbound ticket, then one an order:
-- tickets are the numerator alone, orders the denominator.
select
    created_at as measured_at,
    ticket_id as observation_id,
    1 as numerator,
    0 as denominator,
    exclusion_reason,
    source,
    marketplace,
    country
from {{ ref("fct_tickets") }}
where is_inbound
union all
select
    ordered_at as measured_at,
    order_id as observation_id,
    0 as numerator,
    1 as denominator,
    exclusion_reason,
    source,
    marketplace,
    country
from {{ ref("fct_orders") }}
