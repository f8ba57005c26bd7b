-- Valid orders with a defect (a standing review of at most 2 stars, an A-to-z claim not denied, a chargeback) within 60
-- d of the order / valid orders. An order with several counts once.
select
    ordered_at as measured_at,
    order_id as observation_id,
    case when has_defect_in_window then 1 else 0 end as numerator,
    1 as denominator,
    defect_exclusion_reason as exclusion_reason,
    source,
    marketplace
from {{ ref("fct_orders") }}
