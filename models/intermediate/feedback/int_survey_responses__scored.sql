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

-- The answer as it was told, whatever `as_of`: a word is read by the seed, and one that means no answer came with none.
told_surveys as (
    select
        surveys.survey_id,
        surveys.source,
        surveys.survey_type,
        surveys.survey_dimension,
        surveys.ticket_id,
        surveys.article_id,
        surveys.customer_id,
        surveys.agent_id,
        surveys.sent_at,
        case
            when words.word_key is null or words.points is not null
                then {{ without_clock_skew("surveys.sent_at", "surveys.responded_at") }}
        end as responded_at,
        coalesce(surveys.score, words.points) as score,
        surveys.score_word is not null and words.word_key is null as is_unknown_word,
        case when words.word_key is null then surveys.scale_min else words.scale_min end as told_scale_min,
        case when words.word_key is null then surveys.scale_max else words.scale_max end as told_scale_max,
        words.word_key is null and surveys.scale_min is null and surveys.scale_max is null as is_without_scale,
        common_scales.common_min,
        common_scales.common_max,
        surveys.is_deleted,
        surveys.left_out_reason
    from {{ ref("int_survey_responses__unioned") }} as surveys
    left join common_scales on surveys.survey_type = common_scales.survey_type
    left join {{ ref("int_survey_responses__words") }} as words
        on surveys.survey_type = words.survey_type
        and {{ name_key("surveys.score_word") }} = words.word_key
),

-- What a source does with a type of surveys, looking at all of them, so that a later `as_of` changes nothing: whether
-- it tells of surveys that nobody answered, and whether answers without a scale can be on the type's usual one. If more
-- than one in ten lies off it, they are on another, which nobody knows.
habits as (
    select
        source,
        survey_type,
        bool_or(score is null and responded_at is null and not is_unknown_word) as tells_of_unanswered,
        10 * sum(case when is_without_scale and score not between common_min and common_max then 1 else 0 end)
        <= sum(case when is_without_scale and score is not null then 1 else 0 end) as is_on_usual_scale
    from told_surveys
    where is_deleted is not true
    group by source, survey_type
),

-- A survey that says one end of its scale has the other end of its type's usual scale.
surveys as (
    select
        told_surveys.survey_id,
        told_surveys.source,
        told_surveys.survey_type,
        told_surveys.survey_dimension,
        told_surveys.ticket_id as raw_ticket_id,
        told_surveys.article_id,
        told_surveys.customer_id,
        told_surveys.agent_id as surveyed_agent_id,
        told_surveys.sent_at,
        case when told_surveys.responded_at <= now.as_of then told_surveys.responded_at end as responded_at,
        case when coalesce(told_surveys.responded_at, now.as_of) <= now.as_of then told_surveys.score end as score,
        told_surveys.is_unknown_word and coalesce(told_surveys.responded_at, now.as_of) <= now.as_of as is_unknown_word,
        coalesce(
            told_surveys.told_scale_min,
            case
                when not told_surveys.is_without_scale or habits.is_on_usual_scale then told_surveys.common_min
            end
        ) as scale_min,
        coalesce(
            told_surveys.told_scale_max,
            case
                when not told_surveys.is_without_scale or habits.is_on_usual_scale then told_surveys.common_max
            end
        ) as scale_max,
        told_surveys.common_min,
        told_surveys.common_max,
        not habits.tells_of_unanswered as is_of_answers_only
    from told_surveys
    cross join {{ ref("int_warehouse__as_of") }} as now
    left join habits
        on told_surveys.source = habits.source
        and told_surveys.survey_type = habits.survey_type
    where told_surveys.left_out_reason is null
),

-- `points` are the answer turned round where its scale is reversed; the limits of a scale are of these.
with_scales as (
    select
        surveys.*,
        case
            when surveys.score is null and not surveys.is_unknown_word and surveys.responded_at is null then 'no_answer'
            when surveys.score is null and not surveys.is_unknown_word then 'no_score'
            when surveys.responded_at is null then 'unknown_time'
            when surveys.is_unknown_word or scales.survey_type is null then 'unknown_scale'
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
    score is not null or is_unknown_word as has_score,
    scale_min,
    scale_max,
    case
        when unread_reason is null
            then common_min + (points - scale_min) * (common_max - common_min) / (scale_max - scale_min)
    end as common_score,
    case when unread_reason is null then points >= satisfied_min end as is_satisfied,
    case
        when unread_reason is not null or survey_type <> 'nps' then cast(null as string)
        when promoter_min is null or detractor_max is null then cast(null as string)
        when points >= promoter_min then 'promoter'
        when points <= detractor_max then 'detractor'
        else 'passive'
    end as nps_class,
    unread_reason,
    is_of_answers_only
from with_scales
