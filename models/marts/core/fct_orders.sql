-- One row an order that exists at `as_of`. A valid order is neither cancelled nor a test (in a window, at its end); a
-- repeat order has an earlier order of the same person that was no test and not cancelled when this one was placed.
with orders as (
    select
        orders.*,
        orders.is_cancelled and coalesce(orders.cancelled_at <= orders.ordered_at + interval 30 day, true)
            as is_cancelled_after_30d,
        orders.is_cancelled and coalesce(orders.cancelled_at <= orders.ordered_at + interval 60 day, true)
            as is_cancelled_after_60d
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
    case when orders.is_test then 'test' when orders.is_cancelled_after_30d then 'cancelled' end
        as exclusion_reason_after_30d,
    case when orders.is_test then 'test' when orders.is_cancelled_after_60d then 'cancelled' end
        as exclusion_reason_after_60d,
    not orders.is_test and not orders.is_cancelled_after_30d as is_valid_after_30d,
    not orders.is_test and not orders.is_cancelled_after_60d as is_valid_after_60d,
    orders.ordered_at,
    orders.ordered_date,
    orders.promised_ship_at,
    orders.shipped_at,
    coalesce(orders.promised_ship_at <= now.as_of, false) as is_ship_due,
    coalesce(orders.shipped_at <= orders.promised_ship_at, false) as is_shipped_on_time,
    orders.cancelled_at,
    orders.cancelled_by,
    coalesce(
        orders.is_cancelled
        and orders.cancelled_by = 'seller'
        and case
            when orders.cancelled_at is null then orders.shipped_at is null
            else
                orders.cancelled_at between orders.ordered_at and orders.ordered_at + interval 30 day
                and (orders.shipped_at is null or orders.shipped_at > orders.cancelled_at)
        end,
        false
    ) as is_cancelled_by_seller_within_30d,
    orders.currency,
    orders.total_amount,
    orders.exchange_rate,
    orders.order_value,
    numbered.order_number,
    coalesce(numbered.order_number > 1, false) as is_repeat,
    case
        when numbered.order_number <= 3 then cast(numbered.order_number as varchar)
        when numbered.order_number <= 6 then '4-6'
        when numbered.order_number >= 7 then '7 and more'
    end as order_number_band,
    coalesce(order_novelty.has_new_family, false) as has_new_family,
    coalesce(order_novelty.has_more_expensive_version, false) as has_more_expensive_version,
    coalesce(feedback.has_negative_review_within_30d, false) as has_negative_review_within_30d,
    coalesce(feedback.has_positive_review_within_30d, false) as has_positive_review_within_30d,
    coalesce(feedback.has_negative_review_within_60d, false) as has_negative_review_within_60d,
    coalesce(feedback.has_a_to_z_claim_within_60d, false) as has_a_to_z_claim_within_60d,
    coalesce(feedback.has_chargeback_within_60d, false) as has_chargeback_within_60d,
    coalesce(
        feedback.has_negative_review_within_60d
        or feedback.has_a_to_z_claim_within_60d
        or feedback.has_chargeback_within_60d,
        false
    ) as has_defect_within_60d
from orders
cross join {{ ref("int_warehouse__as_of") }} as now
left join {{ ref("int_orders__numbered") }} as numbered on orders.order_id = numbered.order_id
left join order_novelty on orders.order_id = order_novelty.order_id
left join {{ ref("int_orders__feedback") }} as feedback on orders.order_id = feedback.order_id
