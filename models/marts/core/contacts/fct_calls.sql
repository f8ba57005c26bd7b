-- One row a call that exists at `as_of`; those in no KPI stay, with the reason. A part of it that lasted less than
-- nothing is none, and takes the call out of the durations that need it, and of nothing else.
{% set local_dates = {} -%}
{% for column in ("queued_at", "answered_at", "ended_at") -%}
{% do local_dates.update({column: to_local_date("calls." ~ column, reporting_timezone())}) -%}
{% endfor -%}
with calls as (
    select
        calls.*,
        {{ is_date_only("calls.queued_at") }} or {{ is_date_only("calls.answered_at") }} as is_wait_date_only,
        -- A date is not before another time of that day.
        {% for column in ("queued_at", "answered_at") -%}
        coalesce(
            calls.ended_at < calls.{{ column }}
            and (
                {{ local_dates["ended_at"] }} < {{ local_dates[column] }}
                or not ({{ is_date_only("calls.ended_at") }} or {{ is_date_only("calls." ~ column) }})
            ),
            false
        ){{ " or " if not loop.last else " as is_end_before_start," }}
        {% endfor -%}
        coalesce(least(calls.talk_seconds, calls.hold_seconds) < 0, false) as has_negative_part,
        coalesce(calls.wrap_up_seconds < 0, false) as has_negative_wrap_up,
        cast(calls.talk_seconds + coalesce(calls.hold_seconds, 0) as double) as talk_and_hold_seconds,
        coalesce(coverage.tells_calls__answered_at, false) as is_answer_known,
        coalesce(coverage.tells_calls__wrap_up_seconds, false) as is_wrap_up_known
    from {{ ref("int_calls__classified") }} as calls
    left join {{ ref("int_warehouse__source_coverage") }} as coverage on calls.source = coverage.source
),

judged as (
    select
        *,
        case
            when not is_answered or exclusion_reason is not null then exclusion_reason
            when ended_at is null then 'not_ended'
            when is_end_before_start or has_negative_part then 'negative_duration'
            when talk_seconds is null then 'unknown_talk_time'
        end as handle_exclusion_reason
    from calls
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
    is_answered,
    is_answer_known,
    not is_answered and ended_at is not null as is_abandoned,
    is_end_before_start,
    case
        when answered_at >= queued_at and not is_wait_date_only
            then {{ seconds_between("queued_at", "answered_at") }}
    end as wait_seconds,
    case
        when not is_answered or exclusion_reason is not null then exclusion_reason
        when answered_at is null then 'unknown_time'
        when is_wait_date_only then 'unknown_time_of_day'
        when answered_at < queued_at then 'negative_duration'
    end as wait_exclusion_reason,
    case when talk_seconds >= 0 then talk_seconds end as talk_seconds,
    case when hold_seconds >= 0 then hold_seconds end as hold_seconds,
    case when wrap_up_seconds >= 0 then wrap_up_seconds end as wrap_up_seconds,
    case when is_answered and not has_negative_part then talk_and_hold_seconds end as handle_seconds,
    case
        when is_answered and not has_negative_part and not has_negative_wrap_up and is_wrap_up_known
            then talk_and_hold_seconds + coalesce(wrap_up_seconds, 0)
    end as handle_seconds_with_wrap_up,
    exclusion_reason,
    handle_exclusion_reason,
    case
        when not is_answered or handle_exclusion_reason is not null then handle_exclusion_reason
        when not is_wrap_up_known then 'source_does_not_tell_wrap_up'
        when has_negative_wrap_up then 'negative_duration'
    end as handle_with_wrap_up_exclusion_reason
from judged
