-- Mean of the answers of agents about their work, mapped on 1 to 5. `subject_id` is the respondent: cells with few of
-- them are withheld, and those from which they could be worked out.
select
    responded_at as measured_at,
    survey_id as observation_id,
    respondent_id as subject_id,
    common_score as numerator,
    1 as denominator,
    exclusion_reason,
    source,
    team,
    survey_dimension
from {{ ref("fct_agent_survey_responses") }}
where has_response
