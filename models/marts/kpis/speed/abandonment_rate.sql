-- Inbound calls that ended unanswered / inbound calls, dated by the queue entry.
select
    queued_at as measured_at,
    call_id as observation_id,
    case when is_abandoned then 1 else 0 end as numerator,
    1 as denominator,
    exclusion_reason,
    source,
    queue,
    topic
from {{ ref("fct_calls") }}
where is_inbound
