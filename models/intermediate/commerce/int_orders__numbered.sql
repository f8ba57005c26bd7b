-- One row an order of a person that is no test: its place among the person's orders, by (ordered_at, order_id), that
-- counted when it was placed. Orders that were cancelled later count until then: a running sum over placements and
-- cancellations, a cancellation coming before an order of the same instant.
with steps as (
    select
        person_id,
        ordered_at as happened_at,
        1 as step_rank,
        order_id,
        case when counts_until is not null then 1 else 0 end as orders_added
    from {{ ref("int_orders__classified") }}
    where person_id is not null and not is_test
    union all
    select
        person_id,
        counts_until as happened_at,
        0 as step_rank,
        order_id,
        -1 as orders_added
    from {{ ref("int_orders__classified") }}
    where is_cancelled and counts_until is not null
),

counted as (
    select
        order_id,
        step_rank,
        coalesce(
            sum(orders_added) over (
                partition by person_id
                order by happened_at nulls last, step_rank nulls last, order_id nulls last
                rows between unbounded preceding and 1 preceding
            ),
            0
        ) as earlier_orders
    from steps
)

select
    order_id,
    cast(earlier_orders + 1 as integer) as order_number
from counted
where step_rank = 1
