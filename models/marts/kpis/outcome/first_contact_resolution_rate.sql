-- Resolved issues of one contact / resolved issues, dated by the issue's latest end.
select
    resolved_at as measured_at,
    issue_key as observation_id,
    case when contact_count = 1 then 1 else 0 end as numerator,
    1 as denominator,
    exclusion_reason,
    source,
    topic,
    channel,
    handled_by
from {{ ref("fct_issues") }}
