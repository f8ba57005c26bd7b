{# What is wrong with the rows of the seed kpi_targets. #}
{% macro kpi_targets_problems(relation) %}
{% set row_name -%}
'target of ' || coalesce(kpi_id, '(no KPI)') || coalesce(', ' || grain, '') || coalesce(', ' || slice, '')
    || coalesce(' = ' || slice_value, '')
{%- endset %}
with catalog as (
    {% for kpi in kpi_catalog() -%}
    select
        {{ literal(kpi.kpi_id) }} as known_kpi_id,
        {{ literal(kpi.unit) }} as known_unit,
        {{ literal(kpi.grains | join(",")) }} as grains,
        {{ literal(kpi_slices(kpi).keys() | join(",")) }} as slices
    {{ "union all" if not loop.last }}
    {% endfor -%}
)

select
    {{ row_name }} || ': ' || case
        when catalog.known_kpi_id is null then 'the catalogue has no such KPI'
        when unit is distinct from known_unit
            then 'its unit is ' || coalesce(unit, 'empty') || ', that of the KPI is ' || known_unit
        when not {{ in_comma_list("grain", "grains") }} then 'the KPI has the grains ' || grains
        when not {{ in_comma_list("slice", "slices") }} then 'the KPI has the slices ' || slices
        when not ({{ has_grain("grains", "slice", "grain") }}) then 'the slice has no hours or days'
        when slice is null and slice_value is not null then 'a value without a slice'
        when slice = 'overall' and slice_value <> 'all' then 'the one value of overall is all'
        when lower is null and upper is null then 'no bound'
        when lower > upper then 'lower is above upper'
        when source is null then 'source is empty: where does the target come from?'
    end as problem
from {{ relation }}
left join catalog on kpi_id = catalog.known_kpi_id
union all
{{ validity_problems(relation, ["kpi_id", "grain", "slice", "slice_value"], row_name) }}
{% endmacro %}
