-- Inbound calls that ended unanswered / inbound calls, dated by the queue entry; only sources that tell which calls
-- were answered.
select
    queued_at as measured_at,
    call_id as observation_id,
    case when is_abandoned then 1 else 0 end as numerator,
    1 as denominator,
    case
        when exclusion_reason is not null then exclusion_reason
        when not is_answer_known then 'source_does_not_tell_call_answers'
    end as exclusion_reason,
    source,
    queue,
    topic
from {{ ref("fct_calls") }}
where is_inbound
