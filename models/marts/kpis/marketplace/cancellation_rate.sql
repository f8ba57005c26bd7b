-- Orders cancelled by the seller before shipping, within the window `cancellation` of the order / orders that are no
-- test. Where nobody knows whether or by whom an order was cancelled, it is in neither.
select
    ordered_at as measured_at,
    order_id as observation_id,
    case when is_cancelled_by_seller_in_window then 1 else 0 end as numerator,
    1 as denominator,
    cancellation_exclusion_reason as exclusion_reason,
    source,
    marketplace,
    country
from {{ ref("fct_orders") }}
