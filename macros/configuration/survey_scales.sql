{# What is wrong with the seed survey_scales: one row a problem, naming the row. None, and answers can be read. #}
{% macro survey_scales_problems(relation) %}
with scales as (
    select
        survey_type,
        scale_min,
        scale_max,
        satisfied_min,
        promoter_min,
        detractor_max,
        is_reversed,
        source,
        'survey scale ' || coalesce(survey_type, '(no type)')
        || ' ' || coalesce(cast(scale_min as varchar), '(none)')
        || ' to ' || coalesce(cast(scale_max as varchar), '(none)') as scale_name
    from {{ relation }}
)

select scale_name || ': survey_type is not one of csat, nps, ces, agent_satisfaction, article_helpful' as problem
from scales
where coalesce(survey_type, '') not in ('csat', 'nps', 'ces', 'agent_satisfaction', 'article_helpful')
union all
select scale_name || ': scale_min and scale_max must be given, and scale_min be below scale_max' as problem
from scales
where not coalesce(scale_min < scale_max, false)
union all
select scale_name || ': the scale has more than one row' as problem
from scales
group by survey_type, scale_min, scale_max, scale_name
having count(*) > 1
union all
select scale_name || ': satisfied_min lies outside the scale' as problem
from scales
where satisfied_min < scale_min or satisfied_min > scale_max
union all
select scale_name || ': satisfied_min is empty' as problem
from scales
where survey_type in ('csat', 'article_helpful') and satisfied_min is null
union all
select scale_name || ': nps needs promoter_min and detractor_max' as problem
from scales
where survey_type = 'nps' and (promoter_min is null or detractor_max is null)
union all
select scale_name || ': promoter_min or detractor_max lies outside the scale' as problem
from scales
where
    promoter_min < scale_min
    or promoter_min > scale_max
    or detractor_max < scale_min
    or detractor_max > scale_max
union all
select scale_name || ': detractor_max is not below promoter_min' as problem
from scales
where detractor_max >= promoter_min
union all
select scale_name || ': promoter_min and detractor_max are for nps alone' as problem
from scales
where survey_type <> 'nps' and (promoter_min is not null or detractor_max is not null)
union all
select scale_name || ': is_reversed is empty; write true or false' as problem
from scales
where is_reversed is null
union all
select scale_name || ': source is empty; say where the limits come from' as problem
from scales
where coalesce(trim(source), '') = ''
{% endmacro %}
