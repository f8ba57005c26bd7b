-- Resolutions reopened within 7 d / resolutions, dated by the resolution; only sources that tell of status changes.
select
    resolved_at as measured_at,
    resolution_id as observation_id,
    case when is_reopened_within_7d then 1 else 0 end as numerator,
    1 as denominator,
    source,
    agent_id as agent,
    team,
    channel,
    complexity,
    handled_by
from {{ ref("fct_ticket_resolutions") }}
where is_valid and resolved_at is not null and is_reopening_known
