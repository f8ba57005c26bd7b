-- Mean of the answers to "how easy was it", mapped on 1 to 7 (very easy). One answer counts: the newest on a ticket,
-- else of a person on a local day.
select
    responded_at as measured_at,
    survey_id as observation_id,
    common_score as numerator,
    1 as denominator,
    exclusion_reason,
    source,
    channel,
    agent_id as agent,
    team
from {{ ref("fct_survey_responses") }}
where survey_type = 'ces' and has_response
