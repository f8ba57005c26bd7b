-- Changes from one agent or team to another in a spell, per standing resolution; only sources that tell of assignments.
select
    resolved_at as measured_at,
    resolution_id as observation_id,
    reassignment_count as numerator,
    1 as denominator,
    case
        when exclusion_reason is not null then exclusion_reason
        when not is_assignment_known then 'source_has_no_assignments'
        when resolved_at is null then 'unknown_time'
    end as exclusion_reason,
    source,
    channel,
    team,
    complexity,
    topic
from {{ ref("fct_ticket_resolutions") }}
where is_standing
