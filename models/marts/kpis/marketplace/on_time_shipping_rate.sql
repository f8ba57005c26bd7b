-- Valid orders shipped by the promise / valid orders whose promise fell in the period. Not shipped by then is late;
-- shipped at a time that does not tell is in neither.
select
    promised_ship_at as measured_at,
    order_id as observation_id,
    case when is_shipped_on_time then 1 else 0 end as numerator,
    1 as denominator,
    shipping_exclusion_reason as exclusion_reason,
    source,
    marketplace,
    country
from {{ ref("fct_orders") }}
where is_ship_due
