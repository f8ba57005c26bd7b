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
        words,
        source,
        _line,
        'survey scale ' || coalesce(survey_type, '(no type)')
        || ' ' || coalesce(cast(scale_min as string), '(none)')
        || ' to ' || coalesce(cast(scale_max as string), '(none)') as name_of_scale,
        {{ line_of_row() }} || 'survey scale ' || coalesce(survey_type, '(no type)')
        || ' ' || coalesce(cast(scale_min as string), '(none)')
        || ' to ' || coalesce(cast(scale_max as string), '(none)') as scale_name
    from {{ relation }}
),

words as (
    select
        survey_type,
        scale_name,
        scale_min,
        scale_max,
        item,
        trim(split_part(item, '=', 1)) as word,
        nullif(trim(split_part(item, '=', 2)), '') as points_text,
        {{ to_number("split_part(item, '=', 2)") }} as points
    from (
        select
            scales.*,
            {{ rows_of_text_list("words", "|") }} as item
        from scales
    )
)

select
    scale_name || ': survey_type is not one of csat, nps, ces, agent_satisfaction, article_helpful'
    || {{ did_you_mean("coalesce(survey_type, '')", names_in_text("'csat,nps,ces,agent_satisfaction,article_helpful'")) }} as problem
from scales
where coalesce(survey_type, '') not in ('csat', 'nps', 'ces', 'agent_satisfaction', 'article_helpful')
union all
select scale_name || ': scale_min and scale_max must be given, and scale_min be below scale_max' as problem
from scales
where not coalesce(scale_min < scale_max, false)
union all
select {{ line_of_row() | replace('_line', 'max(_line)') }} || name_of_scale || ': the scale has more than one row' as problem
from scales
group by survey_type, scale_min, scale_max, name_of_scale
having count(*) > 1
union all
select scale_name || ': satisfied_min lies outside the scale' as problem
from scales
where satisfied_min < scale_min or satisfied_min > scale_max
union all
select scale_name || ': promoter_min and detractor_max are given together or not at all' as problem
from scales
where survey_type = 'nps' and (promoter_min is null) <> (detractor_max is null)
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
select scale_name || ': ''' || trim(item) || ''' in words is not word=points, or word= for no answer' as problem
from words
where
    word = ''
    or length(item) - length(replace(item, '=', '')) <> 1
    or (points_text is not null and points is null)
union all
select scale_name || ': the points of the word ''' || word || ''' lie outside the scale' as problem
from words
where points < scale_min or points > scale_max
union all
select
    min(scale_name) || ': the word ''' || min(word) || ''' is there ' || count(*) || ' times for ' || survey_type
    || ', so that nobody knows what it means' as problem
from words
where word <> ''
group by survey_type, {{ name_key("word") }}
having count(*) > 1
union all
select scale_name || ': source is empty; say where the limits come from' as problem
from scales
where coalesce(trim(source), '') = ''
{% endmacro %}
