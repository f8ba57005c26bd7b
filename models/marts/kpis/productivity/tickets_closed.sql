-- Standing resolutions (no reopening within the window `standing`), dated by their resolution.
select
    resolved_at as measured_at,
    resolution_id as observation_id,
    1 as numerator,
    cast(null as double) as denominator,
    case
        when exclusion_reason is not null then exclusion_reason
        when resolved_at is null then 'unknown_time'
    end as exclusion_reason,
    source,
    agent_id as agent,
    team,
    channel,
    handled_by
from {{ ref("fct_ticket_resolutions") }}
where is_standing
