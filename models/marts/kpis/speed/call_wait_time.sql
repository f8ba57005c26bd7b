-- Seconds from the queue entry to an agent's answer, answered inbound calls.
select
    answered_at as measured_at,
    call_id as observation_id,
    wait_seconds as numerator,
    1 as denominator,
    case
        when exclusion_reason is not null then exclusion_reason
        when wait_seconds is null then 'negative_duration'
    end as exclusion_reason,
    source,
    agent_id as agent,
    team
from {{ ref("fct_calls") }}
where is_inbound and is_answered
