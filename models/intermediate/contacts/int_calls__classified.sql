-- One row a call that exists at `as_of`, with the ticket that it counts for, its person and agent, and why it is in no
-- KPI (`exclusion_reason`, else null). A time after `as_of` has not happened yet; one before the time that it follows,
-- by no more than clocks differ, is at that time (`is_clock_skew`). Whoever talked was answered, at whatever time.
with calls as (
    select
        calls.call_id,
        calls.source,
        calls.ticket_id,
        calls.customer_id,
        calls.direction,
        calls.queue,
        calls.topic,
        calls.agent_id,
        calls.queued_at,
        case
            when calls.answered_at <= now.as_of then {{ without_clock_skew("calls.queued_at", "calls.answered_at") }}
        end as answered_at,
        {{ is_clock_skew("calls.queued_at", "calls.answered_at") }} as is_answer_skewed,
        coalesce(calls.answered_at <= now.as_of, calls.talk_seconds > 0, false) as is_answered,
        case when calls.ended_at <= now.as_of then calls.ended_at end as told_ended_at,
        calls.hold_seconds,
        calls.talk_seconds,
        calls.wrap_up_seconds,
        calls.date_columns
    from {{ ref("int_calls__unioned") }} as calls
    cross join {{ ref("int_warehouse__as_of") }} as now
    where calls.left_out_reason is null
),

-- The team is the agent's on the day of the answer, else of the queue entry.
with_dates as (
    select
        *,
        greatest(queued_at, coalesce(answered_at, queued_at)) as ends_after,
        {{ to_local_date("coalesce(answered_at, queued_at)", reporting_timezone()) }} as agent_date
    from calls
)

select
    calls.call_id,
    calls.source,
    tickets.counting_ticket_id as ticket_id,
    calls.ticket_id is not null as has_ticket,
    calls.customer_id,
    coalesce(persons.person_id, 'customer:' || calls.customer_id) as person_id,
    persons.country,
    calls.direction,
    calls.queue,
    calls.topic,
    case when not coalesce(versions.is_queue, false) then calls.agent_id end as agent_id,
    versions.team,
    calls.queued_at,
    calls.answered_at,
    calls.is_answered,
    {{ without_clock_skew("calls.ends_after", "calls.told_ended_at") }} as ended_at,
    coalesce(calls.is_answer_skewed, false)
    or coalesce({{ is_clock_skew("calls.ends_after", "calls.told_ended_at") }}, false) as is_clock_skew,
    calls.hold_seconds,
    calls.talk_seconds,
    calls.wrap_up_seconds,
    calls.date_columns,
    case
        when coalesce(persons.is_test, false) then 'test'
        else 'on_' || counting_tickets.exclusion_reason || '_ticket'
    end as exclusion_reason
from with_dates as calls
left join {{ ref("int_tickets__classified") }} as tickets on calls.ticket_id = tickets.ticket_id
left join {{ ref("int_tickets__classified") }} as counting_tickets
    on tickets.counting_ticket_id = counting_tickets.ticket_id
left join {{ ref("int_customers__persons") }} as persons on calls.customer_id = persons.customer_id
left join {{ ref("int_agents__versions") }} as versions
    on calls.agent_id = versions.agent_id
    and calls.agent_date >= versions.valid_from
    and calls.agent_date < coalesce(versions.valid_to, {{ last_date() }})
