-- Seconds from the start of a spell (creation, or a reopening after a standing resolution) to its standing resolution.
select
    resolved_at as measured_at,
    resolution_id as observation_id,
    resolution_seconds as numerator,
    1 as denominator,
    coalesce(exclusion_reason, no_duration_reason) as exclusion_reason,
    source,
    channel,
    agent_id as agent,
    team,
    complexity,
    topic,
    marketplace,
    handled_by
from {{ ref("fct_ticket_resolutions") }}
where is_standing
