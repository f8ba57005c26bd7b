{{ config(schema="confidential") }}
-- One row a survey of agents about their work, with who answered what: the part of fct_survey_responses that is not
-- published. Every answer counts, so there is no newest one to choose.
with surveys as (
    select
        surveys.survey_id,
        surveys.source,
        scored.survey_dimension,
        scored.surveyed_agent_id,
        scored.score,
        scored.common_score,
        surveys.sent_at,
        surveys.responded_at,
        {{ to_local_date("coalesce(surveys.responded_at, surveys.sent_at)", reporting_timezone()) }} as team_date,
        surveys.has_response,
        surveys.exclusion_reason
    from {{ ref("fct_survey_responses") }} as surveys
    inner join {{ ref("int_survey_responses__scored") }} as scored on surveys.survey_id = scored.survey_id
    where surveys.survey_type = 'agent_satisfaction'
)

select
    surveys.survey_id,
    surveys.source,
    surveys.survey_dimension,
    coalesce(surveys.surveyed_agent_id, surveys.survey_id) as respondent_id,
    versions.team,
    surveys.score,
    surveys.common_score,
    surveys.sent_at,
    surveys.responded_at,
    surveys.has_response,
    surveys.exclusion_reason
from surveys
left join {{ ref("int_agents__versions") }} as versions
    on surveys.surveyed_agent_id = versions.agent_id
    and surveys.team_date >= versions.valid_from
    and surveys.team_date < coalesce(versions.valid_to, {{ last_date() }})
