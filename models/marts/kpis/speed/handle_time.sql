-- Talk and hold of answered calls in seconds, both directions, dated by the end of the call.
select
    ended_at as measured_at,
    call_id as observation_id,
    handle_seconds as numerator,
    1 as denominator,
    handle_exclusion_reason as exclusion_reason,
    source,
    agent_id as agent,
    team
from {{ ref("fct_calls") }}
where is_answered
