-- Distinct tickets that an agent replied to on a day with worked minutes / such days; holidays and sickness are in
-- neither.
select
    day_starts_at as measured_at,
    agent_day_id as observation_id,
    handled_tickets as numerator,
    1 as denominator,
    case
        when exclusion_reason is not null then exclusion_reason
        when not is_message_known then 'source_has_no_messages'
    end as exclusion_reason,
    source,
    agent_id as agent,
    team
from {{ ref("fct_agent_days") }}
where shift_count > 0 or handled_tickets > 0
