-- Seconds from the start of a spell (creation, or a reopening after a standing resolution) to its standing resolution.
select
    resolved_at as measured_at,
    resolution_id as observation_id,
    resolution_seconds as numerator,
    1 as denominator,
    case
        when exclusion_reason is not null then exclusion_reason
        when resolved_at is null then 'unknown_time'
        when resolution_seconds is null then 'negative_duration'
    end as exclusion_reason,
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
