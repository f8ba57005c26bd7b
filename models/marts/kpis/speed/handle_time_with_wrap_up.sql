-- Talk, hold and wrap-up of answered calls in seconds, both directions, dated by the end of the call; only sources that
-- tell of wrap-up.
select
    ended_at as measured_at,
    call_id as observation_id,
    handle_seconds_with_wrap_up as numerator,
    1 as denominator,
    handle_with_wrap_up_exclusion_reason as exclusion_reason,
    source,
    agent_id as agent,
    team
from {{ ref("fct_calls") }}
where is_answered
