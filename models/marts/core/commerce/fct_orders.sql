-- One row an order that exists at `as_of`. A valid order is neither cancelled nor a test (in a window, at its end); a
-- repeat order has an earlier order of the same person that was no test and not cancelled when this one was placed.
-- What the order or its whole source does not tell is no answer: the reasons say which KPI leaves the order out.
with cancelling_sources as (
    select distinct source
    from {{ ref("int_orders__unioned") }}
    where is_deleted is not true and (cancelled_at is not null or status = 'cancelled')
),

orders as (
    select
        orders.*,
        orders.is_cancelled
        and coalesce(orders.cancelled_at <= orders.ordered_at + {{ window_interval("review") }}, true)
            as is_cancelled_at_review_window_end,
        orders.is_cancelled
        and coalesce(orders.cancelled_at <= orders.ordered_at + {{ window_interval("defect") }}, true)
            as is_cancelled_at_defect_window_end,
        -- Whoever did it: what was cancelled later, or after shipping, is no cancellation of the seller in any case.
        orders.is_cancelled
        and orders.is_cancelled_before_shipping
        and coalesce(
            orders.cancelled_at between orders.ordered_at and orders.ordered_at + {{ window_interval("cancellation") }},
            true
        )
            as is_cancelled_before_shipping_in_window
    from {{ ref("int_orders__classified") }} as orders
),

order_novelty as (
    select
        order_id,
        bool_or(is_new_family) as has_new_family,
        bool_or(is_more_expensive_version) as has_more_expensive_version
    from {{ ref("int_order_lines__novelty") }}
    group by order_id
)

select
    orders.order_id,
    orders.source,
    orders.customer_id,
    orders.person_id,
    orders.country,
    orders.marketplace,
    orders.status,
    orders.is_test,
    orders.is_cancelled,
    not orders.is_test and not orders.is_cancelled as is_valid,
    case when orders.is_test then 'test' when orders.is_cancelled then 'cancelled' end as exclusion_reason,
    case when orders.is_test then 'test' when orders.is_cancelled_at_review_window_end then 'cancelled' end
        as exclusion_reason_at_review_window_end,
    case when orders.is_test then 'test' when orders.is_cancelled_at_defect_window_end then 'cancelled' end
        as exclusion_reason_at_defect_window_end,
    not orders.is_test and not orders.is_cancelled_at_review_window_end as is_valid_at_review_window_end,
    not orders.is_test and not orders.is_cancelled_at_defect_window_end as is_valid_at_defect_window_end,
    orders.ordered_at,
    orders.ordered_date,
    orders.promised_ship_at,
    orders.shipped_at,
    coalesce(orders.promised_ship_at <= now.as_of, false) as is_ship_due,
    orders.is_shipped_on_time,
    case
        when orders.is_test then 'test'
        when orders.is_cancelled then 'cancelled'
        when not coalesce(coverage.tells_orders__shipped_at, false) then 'source_does_not_tell_shipping'
        else orders.unknown_shipping_reason
    end as shipping_exclusion_reason,
    orders.promised_delivery_at,
    orders.delivered_at,
    coalesce(orders.promised_delivery_at <= now.as_of, false) as is_delivery_due,
    orders.is_delivered_on_time,
    case
        when orders.is_test then 'test'
        when orders.is_cancelled then 'cancelled'
        when not coalesce(coverage.tells_orders__delivered_at, false) then 'source_does_not_tell_deliveries'
        else orders.unknown_delivery_reason
    end as delivery_exclusion_reason,
    orders.cancelled_at,
    orders.cancelled_by,
    coalesce(orders.is_cancelled_before_shipping_in_window and orders.cancelled_by = 'seller', false)
        as is_cancelled_by_seller_in_window,
    case
        when orders.is_test then 'test'
        when
            not coalesce(coverage.tells_orders__status or coverage.tells_orders__cancelled_at, false)
            then 'source_does_not_tell_cancellations'
        when
            cancelling_sources.source is not null and not coalesce(coverage.tells_orders__cancelled_by, false)
            then 'source_does_not_tell_who_cancels'
        when
            orders.status is null and not coalesce(coverage.tells_orders__cancelled_at, false)
            then 'unknown_status'
        when
            orders.cancelled_by is null and coalesce(orders.is_cancelled_before_shipping_in_window, true)
            then 'cancelled_by_unknown'
        when
            orders.cancelled_by = 'seller' and orders.is_cancelled_before_shipping_in_window is null
            then 'unknown_time_of_day'
    end as cancellation_exclusion_reason,
    orders.currency,
    orders.total_amount,
    orders.exchange_rate,
    orders.order_value,
    orders.unknown_value_reason,
    numbered.order_number,
    coalesce(numbered.order_number > 1, false) as is_repeat,
    case
        when numbered.order_number <= 3 then cast(numbered.order_number as string)
        when numbered.order_number <= 6 then '4-6'
        when numbered.order_number >= 7 then '7 and more'
    end as order_number_band,
    order_novelty.has_new_family,
    order_novelty.has_more_expensive_version,
    case
        when orders.is_test then 'test'
        when orders.is_cancelled then 'cancelled'
        when not coalesce(coverage.has_order_lines, false) then 'source_has_no_order_lines'
        when not coalesce(coverage.tells_products__family, false) then 'source_does_not_tell_families'
        when order_novelty.order_id is null then 'no_lines'
    end as novelty_exclusion_reason,
    coalesce(feedback.has_negative_review_in_review_window, false) as has_negative_review_in_review_window,
    coalesce(feedback.has_positive_review_in_review_window, false) as has_positive_review_in_review_window,
    coalesce(feedback.has_negative_review_in_defect_window, false) as has_negative_review_in_defect_window,
    coalesce(feedback.has_a_to_z_claim_in_defect_window, false) as has_a_to_z_claim_in_defect_window,
    coalesce(feedback.has_chargeback_in_defect_window, false) as has_chargeback_in_defect_window,
    coalesce(
        feedback.has_negative_review_in_defect_window
        or feedback.has_a_to_z_claim_in_defect_window
        or feedback.has_chargeback_in_defect_window,
        false
    ) as has_defect_in_window,
    case
        when orders.is_test then 'test'
        when orders.is_cancelled_at_review_window_end then 'cancelled'
        when orders.person_id is null then 'nobody'
        when not coalesce(coverage.tells_reviews__order_id, false) then 'source_has_no_reviews_of_orders'
    end as review_exclusion_reason,
    case
        when orders.is_test then 'test'
        when orders.is_cancelled_at_defect_window_end then 'cancelled'
        when not coalesce(coverage.tells_reviews__order_id or coverage.has_claims, false) then 'source_has_no_defects'
    end as defect_exclusion_reason
from orders
cross join {{ ref("int_warehouse__as_of") }} as now
left join {{ ref("int_orders__numbered") }} as numbered on orders.order_id = numbered.order_id
left join order_novelty on orders.order_id = order_novelty.order_id
left join {{ ref("int_orders__feedback") }} as feedback on orders.order_id = feedback.order_id
left join {{ ref("int_warehouse__source_coverage") }} as coverage on orders.source = coverage.source
left join cancelling_sources on orders.source = cancelling_sources.source
