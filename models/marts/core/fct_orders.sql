-- One row an order that exists at `as_of`. A valid order is neither cancelled nor a test; a repeat order has an
-- earlier order of the same person that was no test and not cancelled when this one was placed.
with order_novelty as (
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
    orders.ordered_at,
    orders.ordered_date,
    orders.promised_ship_at,
    orders.shipped_at,
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
    coalesce(order_novelty.has_more_expensive_version, false) as has_more_expensive_version
from {{ ref("int_orders__classified") }} as orders
left join {{ ref("int_orders__numbered") }} as numbered on orders.order_id = numbered.order_id
left join order_novelty on orders.order_id = order_novelty.order_id
