-- Inbound tickets answered by the deadline of their SLA policy / inbound tickets whose deadline fell in the period. A
-- ticket without a deadline is left out, with the reason.
select
    coalesce(due_at, begins_at) as measured_at,
    deadline_id as observation_id,
    case when is_in_time then 1 else 0 end as numerator,
    1 as denominator,
    exclusion_reason,
    source,
    channel,
    team,
    priority,
    marketplace
from {{ ref("fct_reply_deadlines") }}
where deadline_kind = 'first_response' and (is_due or due_at is null)
