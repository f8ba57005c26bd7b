-- Seconds that a customer waited for a reply, each time: the waits of all answered turns of tickets that customers
-- began.
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
    marketplace,
    turn_kind as turn
from {{ ref("fct_ticket_turns") }}
where is_inbound and replied_at is not null
