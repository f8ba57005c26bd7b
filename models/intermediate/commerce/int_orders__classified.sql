-- One row an order that exists at `as_of`, with whose it is, its value in the reporting currency, whether it kept its
-- promises, and until when it counted as an order of its person (`counts_until`): not at all where it is a test or was
-- cancelled at once or at an unknown time, for good where it never was cancelled.
with told_orders as (
    select
        orders.order_id,
        orders.source,
        orders.customer_id,
        orders.marketplace,
        orders.status,
        orders.currency,
        orders.total_amount,
        orders.is_test,
        orders.cancelled_by,
        orders.ordered_at,
        {{ to_local_date("orders.ordered_at", reporting_timezone()) }} as ordered_date,
        orders.promised_ship_at,
        orders.promised_delivery_at,
        {{ without_clock_skew("orders.ordered_at", "orders.shipped_at") }} as told_shipped_at,
        {{ without_clock_skew("orders.ordered_at", "orders.delivered_at") }} as told_delivered_at,
        {{ without_clock_skew("orders.ordered_at", "orders.cancelled_at") }} as told_cancelled_at,
        {{ is_date_only("orders.shipped_at") }} as is_shipped_on_a_date,
        {{ is_date_only("orders.delivered_at") }} as is_delivered_on_a_date,
        {{ is_date_only("orders.cancelled_at") }} as is_cancelled_on_a_date,
        now.as_of
    from {{ ref("int_orders__unioned") }} as orders
    cross join {{ ref("int_warehouse__as_of") }} as now
    where orders.left_out_reason is null
),

-- What is cancelled, shipped or delivered after `as_of` is not so yet. Whether a promise that is over was kept, the
-- times say as they were told: what came after `as_of` came too late.
orders as (
    select
        order_id,
        source,
        customer_id,
        marketplace,
        status,
        currency,
        total_amount,
        is_test,
        cancelled_by,
        ordered_at,
        ordered_date,
        promised_ship_at,
        promised_delivery_at,
        told_shipped_at,
        told_delivered_at,
        (told_cancelled_at is not null or coalesce(status = 'cancelled', false))
        and (told_cancelled_at is null or told_cancelled_at <= as_of) as is_cancelled,
        case when told_cancelled_at <= as_of then told_cancelled_at end as cancelled_at,
        case when told_shipped_at <= as_of then told_shipped_at end as shipped_at,
        case when told_delivered_at <= as_of then told_delivered_at end as delivered_at,
        {{ is_in_time("told_shipped_at", "is_shipped_on_a_date", "promised_ship_at") }} as is_shipped_in_time,
        {{ is_in_time("told_delivered_at", "is_delivered_on_a_date", "promised_ship_at") }}
            as is_delivered_by_promised_shipping,
        {{ is_in_time("told_delivered_at", "is_delivered_on_a_date", "promised_delivery_at") }} as is_delivered_in_time,
        told_delivered_at is not null or coalesce(status in ('shipped', 'delivered'), false) as is_told_as_shipped,
        is_cancelled_on_a_date
        or case when told_shipped_at is null then is_delivered_on_a_date else is_shipped_on_a_date end
            as is_cancelled_or_shipped_on_a_date
    from told_orders
),

classified as (
    select
        orders.order_id,
        orders.source,
        orders.customer_id,
        coalesce(persons.person_id, 'customer:' || orders.customer_id) as person_id,
        persons.country,
        orders.marketplace,
        orders.status,
        orders.currency,
        orders.total_amount,
        rates.rate as exchange_rate,
        cast(orders.total_amount as double) * rates.rate as order_value,
        case
            when orders.total_amount is null or orders.currency is null then 'unknown_amount'
            when rates.rate is null then 'no_exchange_rate'
        end as unknown_value_reason,
        coalesce(orders.is_test, false) or coalesce(persons.is_test, false) as is_test,
        orders.is_cancelled,
        orders.cancelled_by,
        orders.ordered_at,
        orders.ordered_date,
        orders.promised_ship_at,
        orders.shipped_at,
        case
            when orders.told_shipped_at is not null then orders.is_shipped_in_time
            when orders.is_told_as_shipped then nullif(orders.is_delivered_by_promised_shipping, false)
            else false
        end as is_shipped_on_time,
        case when orders.told_shipped_at is not null then 'unknown_time_of_day' else 'unknown_time' end
            as unknown_shipping_reason,
        orders.promised_delivery_at,
        orders.delivered_at,
        case
            when orders.told_delivered_at is not null then orders.is_delivered_in_time
            when orders.status = 'delivered' then cast(null as boolean)
            else false
        end as is_delivered_on_time,
        case when orders.told_delivered_at is not null then 'unknown_time_of_day' else 'unknown_time' end
            as unknown_delivery_reason,
        orders.cancelled_at,
        -- What was delivered was shipped. Of a date and an instant of it nobody knows which came first.
        case
            when not orders.is_cancelled then false
            when coalesce(orders.shipped_at, orders.delivered_at) is null then true
            when orders.cancelled_at is null then false
            when
                orders.is_cancelled_or_shipped_on_a_date
                and {{ to_local_date("orders.cancelled_at", reporting_timezone()) }}
                = {{ to_local_date("coalesce(orders.shipped_at, orders.delivered_at)", reporting_timezone()) }}
                then cast(null as boolean)
            else orders.cancelled_at < coalesce(orders.shipped_at, orders.delivered_at)
        end as is_cancelled_before_shipping
    from orders
    left join {{ ref("int_customers__persons") }} as persons on orders.customer_id = persons.customer_id
    left join {{ ref("int_exchange_rates__by_date") }} as rates
        on orders.source = rates.source
        and orders.currency = rates.currency
        and orders.ordered_date = rates.ordered_date
)

select
    order_id,
    source,
    customer_id,
    person_id,
    country,
    marketplace,
    status,
    currency,
    total_amount,
    exchange_rate,
    order_value,
    unknown_value_reason,
    is_test,
    is_cancelled,
    cancelled_by,
    ordered_at,
    ordered_date,
    promised_ship_at,
    shipped_at,
    is_shipped_on_time,
    case when is_shipped_on_time is null and promised_ship_at is not null then unknown_shipping_reason end
        as unknown_shipping_reason,
    promised_delivery_at,
    delivered_at,
    is_delivered_on_time,
    case when is_delivered_on_time is null and promised_delivery_at is not null then unknown_delivery_reason end
        as unknown_delivery_reason,
    cancelled_at,
    is_cancelled_before_shipping,
    case
        when is_test or person_id is null then cast(null as timestamp)
        when not is_cancelled then {{ last_instant() }}
        when cancelled_at > ordered_at then cancelled_at
    end as counts_until
from classified
