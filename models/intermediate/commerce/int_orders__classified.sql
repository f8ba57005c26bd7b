-- One row an order that exists at `as_of`, with whose it is, its value in the reporting currency, and until when it
-- counted as an order of its person (`counts_until`): not at all where it is a test or was cancelled at once or at an
-- unknown time, for good where it never was cancelled.
with orders as (
    select
        orders.*,
        {{ to_local_date("orders.ordered_at", reporting_timezone()) }} as ordered_date,
        -- What is cancelled or shipped after `as_of` is not cancelled or shipped yet.
        (orders.cancelled_at is not null or coalesce(orders.status = 'cancelled', false))
        and (orders.cancelled_at is null or orders.cancelled_at <= now.as_of) as is_cancelled,
        case when orders.cancelled_at <= now.as_of then orders.cancelled_at end as known_cancelled_at,
        case when orders.shipped_at <= now.as_of then orders.shipped_at end as known_shipped_at
    from {{ ref("int_orders__unioned") }} as orders
    cross join {{ ref("int_warehouse__as_of") }} as now
    where orders.left_out_reason is null
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
        coalesce(orders.is_test, false) or coalesce(persons.is_test, false) as is_test,
        orders.is_cancelled,
        orders.cancelled_by,
        orders.ordered_at,
        orders.ordered_date,
        orders.promised_ship_at,
        orders.known_shipped_at as shipped_at,
        orders.known_cancelled_at as cancelled_at
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
    is_test,
    is_cancelled,
    cancelled_by,
    ordered_at,
    ordered_date,
    promised_ship_at,
    shipped_at,
    cancelled_at,
    case
        when is_test or person_id is null then cast(null as timestamp)
        when not is_cancelled then {{ last_instant() }}
        when cancelled_at > ordered_at then cancelled_at
    end as counts_until
from classified
