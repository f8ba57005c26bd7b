-- Standing resolutions (no reopening within 7 d), dated by their resolution.
select
    resolved_at as measured_at,
    resolution_id as observation_id,
    1 as numerator,
    cast(null as double) as denominator,
    source,
    agent_id as agent,
    team,
    channel,
    handled_by
from {{ ref("fct_ticket_resolutions") }}
where is_valid and is_standing and resolved_at is not null
