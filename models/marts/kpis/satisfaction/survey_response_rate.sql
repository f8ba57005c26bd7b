-- Customer surveys answered within the window `survey_answer` / customer surveys sent; all but surveys of agents are of
-- customers.
select
    sent_at as measured_at,
    survey_id as observation_id,
    case when is_answered_in_window then 1 else 0 end as numerator,
    1 as denominator,
    sent_exclusion_reason as exclusion_reason,
    source,
    channel,
    team_when_sent as team,
    survey_type
from {{ ref("fct_survey_responses") }}
where survey_type <> 'agent_satisfaction'
