-- Contacts (inbound tickets, and inbound calls of no ticket) / resolved issues, dated by the issue's latest end.
select
    resolved_at as measured_at,
    issue_key as observation_id,
    contact_count as numerator,
    1 as denominator,
    exclusion_reason,
    source,
    topic,
    complexity
from {{ ref("fct_issues") }}
