-- Satisfied answers / answers to "how satisfied were you", the limit being that of the answer's scale. One answer
-- counts: the newest on a ticket, else of a person on a local day.
select
    responded_at as measured_at,
    survey_id as observation_id,
    case when is_satisfied then 1 else 0 end as numerator,
    1 as denominator,
    coalesce(exclusion_reason, case when is_satisfied is null then 'scale_without_limit' end) as exclusion_reason,
    source,
    channel,
    agent_id as agent,
    team,
    complexity,
    topic,
    handled_by,
    survey_scope
from {{ ref("fct_survey_responses") }}
where survey_type = 'csat' and has_response
