-- Valid tickets, dated by their creation; the team is the first assignee's.
select
    created_at as measured_at,
    ticket_id as observation_id,
    1 as numerator,
    cast(null as double) as denominator,
    exclusion_reason,
    source,
    channel,
    first_team as team,
    complexity,
    priority,
    topic,
    marketplace,
    country
from {{ ref("fct_tickets") }}
