-- One row a survey sent that exists at `as_of`, with its answer on the common scale of its type, more being better.
-- `unread_reason` says why there is no answer that can be read. What was answered after `as_of` is not answered yet.
with common_scales as (
    select
        'csat' as survey_type,
        cast(1 as double) as common_min,
        cast(5 as double) as common_max
    union all
    select
        'nps' as survey_type,
        cast(0 as double) as common_min,
        cast(10 as double) as common_max
    union all
    select
        'ces' as survey_type,
        cast(1 as double) as common_min,
        cast(7 as double) as common_max
    union all
    select
        'agent_satisfaction' as survey_type,
        cast(1 as double) as common_min,
        cast(5 as double) as common_max
    union all
    select
        'article_helpful' as survey_type,
        cast(0 as double) as common_min,
        cast(1 as double) as common_max
),

-- A survey that does not say its scale has the common one of its type.
surveys as (
    select
        surveys.survey_id,
        surveys.source,
        surveys.survey_type,
        surveys.survey_dimension,
        surveys.ticket_id as raw_ticket_id,
        surveys.article_id,
        surveys.customer_id,
        surveys.agent_id as surveyed_agent_id,
        surveys.sent_at,
        case when surveys.responded_at <= now.as_of then surveys.responded_at end as responded_at,
        case when coalesce(surveys.responded_at, now.as_of) <= now.as_of then surveys.score end as score,
        coalesce(surveys.scale_min, common_scales.common_min) as scale_min,
        coalesce(surveys.scale_max, common_scales.common_max) as scale_max,
        common_scales.common_min,
        common_scales.common_max
    from {{ ref("int_survey_responses__unioned") }} as surveys
    cross join {{ ref("int_warehouse__as_of") }} as now
    left join common_scales on surveys.survey_type = common_scales.survey_type
    where surveys.left_out_reason is null
),

-- `points` are the answer turned round where its scale is reversed; the limits of a scale are of these.
with_scales as (
    select
        surveys.*,
        case
            when surveys.score is null and surveys.responded_at is null then 'no_answer'
            when surveys.score is null then 'no_score'
            when surveys.responded_at is null then 'unknown_time'
            when scales.survey_type is null then 'unknown_scale'
            when surveys.score not between surveys.scale_min and surveys.scale_max then 'score_outside_scale'
        end as unread_reason,
        case when scales.is_reversed then surveys.scale_min + surveys.scale_max - surveys.score else surveys.score end
            as points,
        scales.satisfied_min,
        scales.promoter_min,
        scales.detractor_max
    from surveys
    left join {{ ref("survey_scales") }} as scales
        on surveys.survey_type = scales.survey_type
        and surveys.scale_min = scales.scale_min
        and surveys.scale_max = scales.scale_max
)

select
    survey_id,
    source,
    survey_type,
    survey_dimension,
    raw_ticket_id,
    article_id,
    customer_id,
    surveyed_agent_id,
    sent_at,
    responded_at,
    score,
    scale_min,
    scale_max,
    case
        when unread_reason is null
            then common_min + (points - scale_min) * (common_max - common_min) / (scale_max - scale_min)
    end as common_score,
    case when unread_reason is null then points >= satisfied_min end as is_satisfied,
    case
        when unread_reason is not null or survey_type <> 'nps' then cast(null as varchar)
        when points >= promoter_min then 'promoter'
        when points <= detractor_max then 'detractor'
        else 'passive'
    end as nps_class,
    unread_reason
from with_scales
