-- One row a survey sent. An unanswered one has no score. A rating in words is no score either: score_word has it.

with

raw_survey_responses as (
    select * from {{ source('standard', 'survey_responses') }}
)

select
    -- ids
    'standard:' || nullif(trim(survey_id), '') as survey_id,
    'standard:' || nullif(trim(ticket_id), '') as ticket_id,
    'standard:' || nullif(trim(article_id), '') as article_id,
    'standard:' || nullif(trim(customer_id), '') as customer_id,
    'standard:' || nullif(trim(agent_id), '') as agent_id,

    -- attributes
    nullif(trim(survey_type), '') as survey_type,
    nullif(trim(survey_dimension), '') as survey_dimension,
    case when {{ to_number("score") }} is null then lower(nullif(trim(cast(score as string)), '')) end as score_word,

    -- measures
    {{ to_number("score") }} as score,
    cast(scale_min as double) as scale_min,
    cast(scale_max as double) as scale_max,

    -- times
    cast(sent_at as timestamp) as sent_at,
    cast(responded_at as timestamp) as responded_at,

    -- meta
    'standard' as source,
    cast(updated_at as timestamp) as updated_at,
    cast(is_deleted as boolean) as is_deleted,
    cast(_loaded_at as timestamp) as loaded_at,
    nullif(trim(_date_columns), '') as date_columns
from raw_survey_responses
