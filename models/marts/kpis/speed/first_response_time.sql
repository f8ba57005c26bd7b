-- Seconds that a customer waited for the first reply: the wait of the first turn of tickets that customers began.
select
    replied_at as measured_at,
    turn_id as observation_id,
    wait_seconds as numerator,
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
where is_inbound and turn_kind = 'first' and replied_at is not null
