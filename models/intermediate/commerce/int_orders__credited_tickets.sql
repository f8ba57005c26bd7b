-- One row an order that was placed within the window `conversion` after an answered inbound ticket of its person, with
-- the newest such ticket. Tickets and orders are one stream a person: a ticket comes in when it was created and
-- answered, and an order sees the newest ticket that came in before it. Then the window `conversion` is checked, so
-- that no order meets every ticket.
with answered_tickets as (
    select
        tickets.ticket_id,
        tickets.person_id,
        tickets.created_at,
        greatest(tickets.created_at, answers.first_answered_at) as answered_at,
        row_number() over (
            partition by tickets.person_id order by tickets.created_at nulls last, tickets.ticket_id nulls last
        ) as ticket_number
    from {{ ref("int_tickets__classified") }} as tickets
    inner join {{ ref("int_tickets__first_answers") }} as answers on tickets.ticket_id = answers.ticket_id
    where tickets.exclusion_reason is null and tickets.person_id is not null
),

-- At the same instant the order comes first: ticket and answer are before it.
steps as (
    select
        person_id,
        ordered_at as happened_at,
        0 as step_rank,
        order_id as step_id,
        order_id,
        cast(null as bigint) as ticket_number
    from {{ ref("int_orders__classified") }}
    where person_id is not null
    union all
    select
        person_id,
        answered_at as happened_at,
        1 as step_rank,
        ticket_id as step_id,
        cast(null as string) as order_id,
        ticket_number
    from answered_tickets
),

newest_tickets as (
    select
        person_id,
        order_id,
        max(ticket_number) over (
            partition by person_id
            order by happened_at nulls last, step_rank nulls last, step_id nulls last
            rows between unbounded preceding and 1 preceding
        ) as ticket_number
    from steps
    qualify order_id is not null
),

refunds as (
    select
        orders.order_id,
        sum(returns.refund_amount) as refund_amount
    from {{ ref("int_orders__classified") }} as orders
    inner join {{ ref("int_returns__unioned") }} as returns
        on orders.order_id = returns.order_id
        and orders.ordered_at <= returns.refunded_at
        and orders.ordered_at + {{ window_interval("refund") }} >= returns.refunded_at
    cross join {{ ref("int_warehouse__as_of") }} as now
    where returns.left_out_reason is null and returns.refunded_at <= now.as_of
    group by orders.order_id
)

select
    orders.order_id,
    tickets.ticket_id,
    orders.person_id,
    tickets.created_at as ticket_created_at,
    orders.ordered_at,
    orders.order_value,
    orders.unknown_value_reason,
    coalesce(cast(refunds.refund_amount as double), 0) * orders.exchange_rate as refund_value,
    case
        when orders.is_test then 'test'
        when
            orders.is_cancelled
            and coalesce(orders.cancelled_at <= tickets.created_at + {{ window_interval("conversion") }}, true)
            then 'cancelled'
    end as exclusion_reason
from newest_tickets
inner join answered_tickets as tickets
    on newest_tickets.person_id = tickets.person_id
    and newest_tickets.ticket_number = tickets.ticket_number
inner join {{ ref("int_orders__classified") }} as orders on newest_tickets.order_id = orders.order_id
left join refunds on orders.order_id = refunds.order_id
where orders.ordered_at <= tickets.created_at + {{ window_interval("conversion") }}
