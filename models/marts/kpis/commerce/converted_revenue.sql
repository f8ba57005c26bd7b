-- Value of the orders that credit a ticket less refunds within the window `refund` of the order, dated by the ticket's
-- creation. An order without a known amount or an exchange rate has no value: it is out of the sum.
select
    ticket_created_at as measured_at,
    order_id as observation_id,
    credited_value as numerator,
    cast(null as double) as denominator,
    coalesce(exclusion_reason, unknown_value_reason) as exclusion_reason,
    source,
    channel,
    topic,
    handled_by
from {{ ref("fct_credited_orders") }}
