-- Valid orders delivered by the promise / valid orders whose promise fell in the period. Not delivered by then is late;
-- delivered at a time that does not tell is in neither.
select
    promised_delivery_at as measured_at,
    order_id as observation_id,
    case when is_delivered_on_time then 1 else 0 end as numerator,
    1 as denominator,
    delivery_exclusion_reason as exclusion_reason,
    source,
    marketplace,
    country
from {{ ref("fct_orders") }}
where is_delivery_due
