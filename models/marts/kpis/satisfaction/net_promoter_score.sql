-- 100 x (promoters - detractors) / answers to "how likely are you to recommend us". One answer counts: the newest on a
-- ticket, else of a person on a local day.
select
    responded_at as measured_at,
    survey_id as observation_id,
    case nps_class when 'promoter' then 100 when 'passive' then 0 when 'detractor' then -100 end as numerator,
    1 as denominator,
    coalesce(exclusion_reason, case when nps_class is null then 'scale_without_limit' end) as exclusion_reason,
    source,
    channel,
    country,
    survey_scope
from {{ ref("fct_survey_responses") }}
where survey_type = 'nps' and has_response
