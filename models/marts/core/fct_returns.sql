-- One row a return that exists at `as_of`, with its order, and whether it was answered within 48 h.
with returns as (
    select
        returns.return_id,
        returns.source,
        orders.order_id,
        orders.person_id,
        orders.marketplace,
        orders.country,
        returns.requested_at,
        returns.requested_at + interval 48 hour as due_at,
        case when returns.responded_at <= now.as_of then returns.responded_at end as responded_at,
        case when returns.refunded_at <= now.as_of then returns.refunded_at end as refunded_at,
        case when coalesce(returns.refunded_at, now.as_of) <= now.as_of then returns.refund_amount end
            as refund_amount,
        case when orders.is_test then 'on_test_order' end as exclusion_reason,
        now.as_of
    from {{ ref("int_returns__unioned") }} as returns
    cross join {{ ref("int_warehouse__as_of") }} as now
    left join {{ ref("int_orders__classified") }} as orders on returns.order_id = orders.order_id
    where returns.left_out_reason is null
)

select
    return_id,
    source,
    order_id,
    person_id,
    marketplace,
    country,
    requested_at,
    due_at,
    responded_at,
    due_at <= as_of as is_due,
    coalesce(responded_at <= due_at, false) as is_in_time,
    refunded_at,
    refund_amount,
    exclusion_reason
from returns
