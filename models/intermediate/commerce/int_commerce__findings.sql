-- One row a finding: what is odd in orders, their lines and refunds. What was deleted is known all the same: unknown is
-- what no row describes.
with orders as (
    select
        order_id,
        source,
        ordered_at,
        unknown_value_reason,
        total_amount,
        is_cancelled,
        cancelled_at
    from {{ ref("int_orders__classified") }}
    where not is_test
),

lines as (
    select
        lines.order_line_id,
        lines.source,
        lines.product_id,
        orders.order_id as known_order_id,
        orders.ordered_at
    from {{ ref("int_order_lines__unioned") }} as lines
    left join {{ ref("int_orders__unioned") }} as orders on lines.order_id = orders.order_id
    where lines.left_out_reason is null
),

returns as (
    select
        return_id,
        source,
        order_id,
        requested_at,
        refunded_at,
        refund_amount
    from {{ ref("int_returns__unioned") }}
    where left_out_reason is null
),

refunds as (
    select
        returns.return_id,
        returns.source,
        returns.refunded_at,
        returns.refund_amount,
        orders.ordered_at,
        orders.total_amount,
        sum(returns.refund_amount) over (
            partition by returns.order_id order by returns.refunded_at nulls last, returns.return_id nulls last
            rows between unbounded preceding and current row
        ) as refunded_amount
    from returns
    inner join orders on returns.order_id = orders.order_id
    cross join {{ ref("int_warehouse__as_of") }} as now
    where returns.refunded_at <= now.as_of
)

{{ finding("order_without_exchange_rate", "orders", "order_id", "ordered_at") }}
from orders
where unknown_value_reason = 'no_exchange_rate'
union all
{{ finding("order_without_amount", "orders", "order_id", "ordered_at") }}
from orders
where unknown_value_reason = 'unknown_amount'
union all
{{ finding("order_cancelled_at_unknown_time", "orders", "order_id", "ordered_at") }}
from orders
where is_cancelled and cancelled_at is null
union all
{{ finding("order_cancelled_before_it_was_placed", "orders", "order_id", "ordered_at") }}
from orders
where cancelled_at < ordered_at
union all
select
    'line_of_unknown_order' as finding,
    source,
    'order_lines' as table_name,
    order_line_id as row_id,
    cast(null as timestamp) as happened_at
from lines
where known_order_id is null
union all
{{ finding("line_of_unknown_product", "order_lines", "order_line_id", "ordered_at", of="lines") }}
from lines
left join {{ ref("int_products__unioned") }} as products on lines.product_id = products.product_id
where products.product_id is null
union all
{{ finding("return_refund_above_order_value", "returns", "return_id", "refunded_at") }}
from refunds
where refund_amount > 0 and refunded_amount > total_amount
union all
{{ finding("refund_before_its_order", "returns", "return_id", "refunded_at") }}
from refunds
where refunded_at < ordered_at
union all
{{ finding("refund_without_amount", "returns", "return_id", "refunded_at") }}
from refunds
where refund_amount is null
union all
{{ finding("refund_at_unknown_time", "returns", "return_id", "requested_at") }}
from returns
where refund_amount <> 0 and refunded_at is null
union all
-- One line a source: what was paid back for its credited orders is not told, and their value stands whole.
select distinct
    'refunds_not_told' as finding,
    orders.source,
    'returns' as table_name,
    cast(null as string) as row_id,
    cast(null as timestamp) as happened_at
from {{ ref("int_orders__credited_tickets") }} as credits
inner join orders on credits.order_id = orders.order_id
inner join {{ ref("int_warehouse__source_coverage") }} as coverage on orders.source = coverage.source
where credits.exclusion_reason is null and not coverage.has_returns
