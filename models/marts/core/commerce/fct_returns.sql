-- One row a return that exists at `as_of`, with its order, and whether it was answered within the window
-- `return_answer`. A refund is an answer too: where no answer is told, it came at the refund at the latest.
with told_returns as (
    select
        returns.return_id,
        returns.source,
        returns.order_id,
        returns.requested_at,
        returns.requested_at + {{ window_interval("return_answer") }} as due_at,
        {{ is_date_only("returns.requested_at") }} as is_requested_on_a_date,
        {{ without_clock_skew("returns.requested_at", "returns.responded_at") }} as told_responded_at,
        {{ is_date_only("returns.responded_at") }} as is_responded_on_a_date,
        returns.refunded_at as told_refunded_at,
        {{ is_date_only("returns.refunded_at") }} as is_refunded_on_a_date,
        returns.refund_amount,
        now.as_of
    from {{ ref("int_returns__unioned") }} as returns
    cross join {{ ref("int_warehouse__as_of") }} as now
    where returns.left_out_reason is null
),

-- Whether a request that is due was answered in time, the times say as they were told: what came after `as_of` came
-- late.
returns as (
    select
        return_id,
        source,
        order_id,
        requested_at,
        due_at,
        told_responded_at,
        told_refunded_at,
        refund_amount,
        as_of,
        case
            when is_requested_on_a_date then cast(null as boolean)
            when told_responded_at is not null
                then {{ is_in_time("told_responded_at", "is_responded_on_a_date", "due_at") }}
            when told_refunded_at is not null
                then nullif({{ is_in_time("told_refunded_at", "is_refunded_on_a_date", "due_at") }}, false)
            else false
        end as is_in_time,
        case
            when is_requested_on_a_date or told_responded_at is not null then 'unknown_time_of_day'
            else 'unknown_time'
        end as unknown_answer_reason
    from told_returns
)

select
    returns.return_id,
    returns.source,
    orders.order_id,
    orders.person_id,
    orders.marketplace,
    orders.country,
    returns.requested_at,
    returns.due_at,
    case when returns.told_responded_at <= returns.as_of then returns.told_responded_at end as responded_at,
    returns.due_at <= returns.as_of as is_due,
    returns.is_in_time,
    case when returns.told_refunded_at <= returns.as_of then returns.told_refunded_at end as refunded_at,
    case when coalesce(returns.told_refunded_at, returns.as_of) <= returns.as_of then returns.refund_amount end
        as refund_amount,
    case when orders.is_test then 'on_test_order' end as exclusion_reason,
    case
        when orders.is_test then 'on_test_order'
        when
            not coalesce(coverage.tells_returns__responded_at or coverage.tells_returns__refunded_at, false)
            then 'source_does_not_tell_return_answers'
        when returns.is_in_time is null then returns.unknown_answer_reason
    end as answer_exclusion_reason
from returns
left join {{ ref("int_orders__classified") }} as orders on returns.order_id = orders.order_id
left join {{ ref("int_warehouse__source_coverage") }} as coverage on returns.source = coverage.source
