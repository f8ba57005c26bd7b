-- One row a claim that exists at `as_of`, with its order. What is decided after `as_of` is pending. A claim that the
-- marketplace denied is no defect; a chargeback is one whatever the bank decides.
with claims as (
    select
        claims.claim_id,
        claims.source,
        orders.order_id,
        orders.person_id,
        orders.marketplace,
        orders.country,
        claims.claim_type,
        case when claims.decided_at > now.as_of then 'pending' else claims.status end as status,
        claims.opened_at,
        case when claims.decided_at <= now.as_of then claims.decided_at end as decided_at,
        coalesce(
            claims.opened_at between orders.ordered_at and orders.ordered_at + {{ window_interval("defect") }}, false
        ) as is_in_defect_window,
        case when orders.is_test then 'on_test_order' end as exclusion_reason
    from {{ ref("int_claims__unioned") }} as claims
    cross join {{ ref("int_warehouse__as_of") }} as now
    left join {{ ref("int_orders__classified") }} as orders on claims.order_id = orders.order_id
    where claims.left_out_reason is null
)

select
    claim_id,
    source,
    order_id,
    person_id,
    marketplace,
    country,
    claim_type,
    status,
    opened_at,
    decided_at,
    claim_type = 'chargeback' or coalesce(status, 'pending') <> 'denied' as is_defect,
    is_in_defect_window,
    exclusion_reason
from claims
