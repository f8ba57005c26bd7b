{# The other figures of a standard, which are no KPIs, with their units: they look at the turns begun in the window. #}
{% macro standard_turn_figures() %}{{ return({"turns_answered_rate": "ratio", "turn_response_time": "s"}) }}{% endmacro %}


{# All figures of standards, with their units. #}
{% macro standard_figures() %}
{% set figures = {} %}
{% for kpi in kpi_catalog() if kpi.is_standard %}{% do figures.update({kpi.kpi_id: kpi.unit}) %}{% endfor %}
{% do figures.update(standard_turn_figures()) %}
{{ return(figures) }}
{% endmacro %}


{# What is wrong with the rows of the seed marketplace_standards. #}
{% macro marketplace_standards_problems(relation) %}
{% set row_name -%}
{{ line_of_row() }} || 'standard ' || coalesce(standard_id, '(no standard_id)') || coalesce(' on ' || marketplace, '') || coalesce(', ' || kpi_id, '')
{%- endset %}
{% set figures = standard_figures() %}
{% set shares = [] %}
{% for figure, unit in figures.items() if unit == "ratio" %}{% do shares.append(figure) %}{% endfor %}
select
    {{ row_name }} || ': ' || case
        when standard_id is null then 'standard_id is empty'
        when marketplace is null then 'marketplace is empty'
        when kpi_id is null or kpi_id not in ('{{ figures | join("', '") }}')
            then 'kpi_id is none of {{ figures | join(", ") }}'
                || {{ did_you_mean("coalesce(kpi_id, '')", names_in_text(literal(figures | join(",")))) }}
        when comparison is null or comparison not in ('<', '<=', '>=', '>')
            then 'comparison is ' || coalesce(comparison, 'empty') || '; write <, <=, >= or >'
        when window_days is null or window_days < 1 then 'window_days must be 1 or more'
        when lag_days is null or lag_days < 0 then 'lag_days must be 0 or more'
        when lag_days > 0 and kpi_id in ('{{ standard_turn_figures() | join("', '") }}')
            then 'turns are judged at the day''s end; lag_days must be 0'
        when limit_value is null then 'limit_value is empty'
        when kpi_id in ('{{ shares | join("', '") }}') and limit_value not between 0 and 1
            then 'limit_value of a rate must lie between 0 and 1 (1 is 100 %)'
        when source is null then 'source is empty: where does the rule come from?'
    end as problem
from {{ relation }}
union all
{{ validity_problems(relation, ["lower(marketplace)", "standard_id", "kpi_id"], row_name) }}
{% endmacro %}
