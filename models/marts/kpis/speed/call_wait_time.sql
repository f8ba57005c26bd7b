-- Seconds from the queue entry to an agent's answer, answered inbound calls.
select
    answered_at as measured_at,
    call_id as observation_id,
    wait_seconds as numerator,
    1 as denominator,
    wait_exclusion_reason as exclusion_reason,
    source,
    agent_id as agent,
    team
from {{ ref("fct_calls") }}
where is_inbound and is_answered
