-- Changes from one agent or team to another in a spell, per standing resolution; only sources that tell of assignments.
select
    resolved_at as measured_at,
    resolution_id as observation_id,
    reassignment_count as numerator,
    1 as denominator,
    source,
    channel,
    team,
    complexity,
    topic
from {{ ref("fct_ticket_resolutions") }}
where is_valid and is_standing and resolved_at is not null and is_assignment_known
