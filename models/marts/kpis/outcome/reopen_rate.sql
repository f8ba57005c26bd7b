-- Resolutions reopened within the window `standing` / resolutions, dated by the resolution; only sources that tell of
-- status changes.
select
    resolved_at as measured_at,
    resolution_id as observation_id,
    case when is_reopened_in_window then 1 else 0 end as numerator,
    1 as denominator,
    case
        when exclusion_reason is not null then exclusion_reason
        when not is_reopening_known then 'source_has_no_status_events'
        when resolved_at is null then 'unknown_time'
    end as exclusion_reason,
    source,
    agent_id as agent,
    team,
    channel,
    complexity,
    handled_by
from {{ ref("fct_ticket_resolutions") }}
