-- "Did this solve it?" answered yes / answers, dated by the answer. Every answer counts, not only a reader's newest.
select
    responses.responded_at as measured_at,
    responses.survey_id as observation_id,
    case when responses.is_satisfied then 1 else 0 end as numerator,
    1 as denominator,
    coalesce(
        responses.exclusion_reason,
        case when responses.is_satisfied is null then 'scale_without_limit' end
    ) as exclusion_reason,
    responses.source,
    responses.article_id as article,
    articles.topic
from {{ ref("fct_survey_responses") }} as responses
left join {{ ref("dim_articles") }} as articles on responses.article_id = articles.article_id
where responses.survey_type = 'article_helpful' and responses.has_response
