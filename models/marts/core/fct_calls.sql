-- One row a call that exists at `as_of`; those in no KPI stay, with the reason.
with calls as (
    select
        *,
        coalesce(ended_at < queued_at, false) or coalesce(ended_at < answered_at, false) as is_end_before_start,
        coalesce(least(talk_seconds, hold_seconds, wrap_up_seconds) < 0, false) as has_negative_part,
        cast(talk_seconds + coalesce(hold_seconds, 0) as double) as talk_and_hold_seconds
    from {{ ref("int_calls__classified") }}
)

select
    call_id,
    source,
    ticket_id,
    has_ticket,
    customer_id,
    person_id,
    country,
    direction,
    direction = 'inbound' as is_inbound,
    queue,
    topic,
    agent_id,
    team,
    queued_at,
    answered_at,
    ended_at,
    answered_at is not null as is_answered,
    answered_at is null and ended_at is not null as is_abandoned,
    is_end_before_start,
    case when answered_at >= queued_at then {{ seconds_between("queued_at", "answered_at") }} end as wait_seconds,
    talk_seconds,
    hold_seconds,
    wrap_up_seconds,
    case when answered_at is not null and not has_negative_part then talk_and_hold_seconds end as handle_seconds,
    case
        when answered_at is not null and not has_negative_part
            then talk_and_hold_seconds + coalesce(wrap_up_seconds, 0)
    end as handle_seconds_with_wrap_up,
    exclusion_reason,
    case
        when answered_at is null or exclusion_reason is not null then exclusion_reason
        when ended_at is null then 'not_ended'
        when is_end_before_start or has_negative_part then 'negative_duration'
        when talk_seconds is null then 'unknown_talk_time'
    end as handle_exclusion_reason
from calls
