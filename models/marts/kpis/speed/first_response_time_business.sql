-- Seconds that the first turn of an inbound ticket waited for its reply, within the opening hours of its calendar.
select
    replied_at as measured_at,
    turn_id as observation_id,
    business_wait_seconds as numerator,
    1 as denominator,
    case
        when exclusion_reason is not null then exclusion_reason
        when is_wait_unknown then 'unknown_time_of_day'
    end as exclusion_reason,
    source,
    channel,
    agent_id as agent,
    team,
    complexity,
    topic,
    marketplace
from {{ ref("fct_ticket_turns") }}
where turn_kind = 'first' and is_inbound and replied_at is not null
