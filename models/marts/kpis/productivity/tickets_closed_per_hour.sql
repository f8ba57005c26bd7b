-- Standing resolutions of agents on days with worked minutes / hours worked on those days: the two halves of the ratio.
select
    resolved_at as measured_at,
    resolution_id as observation_id,
    1 as numerator,
    0 as denominator,
    exclusion_reason,
    source,
    agent_id as agent,
    team
from {{ ref("fct_agent_closings") }}
union all
select
    day_starts_at as measured_at,
    agent_day_id as observation_id,
    0 as numerator,
    worked_minutes / 60 as denominator,
    exclusion_reason,
    source,
    agent_id as agent,
    team
from {{ ref("fct_agent_days") }}
where shift_count > 0
