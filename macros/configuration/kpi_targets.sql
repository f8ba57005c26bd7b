{# What is wrong with the rows of the seed kpi_targets: every fault of a row, not the first alone. #}
{% macro kpi_targets_problems(relation) %}
{% set row_name -%}
{{ line_of_row() }} || 'target of ' || coalesce(kpi_id, '(no KPI)') || coalesce(', ' || grain, '') || coalesce(', ' || slice, '')
    || coalesce(' = ' || slice_value, '')
{%- endset %}
{% set checks = [
    (
        "known_kpi_id is null",
        "'kpi_id is ' || coalesce(kpi_id, 'empty') || ', and the catalogue has no such KPI' || "
        ~ did_you_mean("coalesce(kpi_id, '')", names_in_text("all_kpis")),
    ),
    ("unit is distinct from known_unit", "'its unit is ' || coalesce(unit, 'empty') || ', that of the KPI is ' || known_unit"),
    (
        "not " ~ in_comma_list("grain", "grains"),
        "'grain is ' || grain || '; the KPI has the grains ' || grains || " ~ did_you_mean("grain", names_in_text("grains")),
    ),
    (
        "not " ~ in_comma_list("slice", "slices"),
        "'slice is ' || slice || '; the KPI has the slices ' || slices || " ~ did_you_mean("slice", names_in_text("slices"))
        ~ " || case when lower(trim(slice)) in ('all', 'total', 'brand', 'gesamt') then '; for the whole brand write slice=overall, slice_value=all' else '' end",
    ),
    (
        is_too_short("grain", "slice"),
        "'grain is ' || grain || '; the slice has no hours or days'",
    ),
    ("slice is null and slice_value is not null", "'slice_value is ' || slice_value || ', a value without a slice'"),
    ("slice = 'overall' and slice_value <> 'all'", "'slice_value is ' || slice_value || '; the one value of overall is all: for the whole brand write slice=overall, slice_value=all'"),
    ("lower is null and upper is null", "'no bound: lower and upper are empty'"),
    ("lower > upper", "'lower ' || lower || ' is above upper ' || upper"),
    ("source is null", "'source is empty: where does the target come from?'"),
] %}
with catalog as (
    {% for kpi in kpi_catalog() -%}
    select
        {{ literal(kpi.kpi_id) }} as known_kpi_id,
        {{ literal(kpi.unit) }} as known_unit,
        {{ literal(kpi.grains | join(",")) }} as grains,
        {{ literal(kpi_slices(kpi).keys() | join(",")) }} as slices
    {{ "union all" if not loop.last }}
    {% endfor -%}
),

targets as (
    select
        seed.*,
        catalog.*,
        {{ literal(kpi_catalog() | map(attribute="kpi_id") | join(",")) }} as all_kpis
    from {{ relation }} as seed
    left join catalog on seed.kpi_id = catalog.known_kpi_id
)

{% for condition, sentence in checks -%}
select {{ row_name }} || ': ' || {{ sentence }} as problem
from targets
where {{ condition }}
union all
{% endfor -%}
{{ validity_problems(relation, ["kpi_id", "grain", "slice", "slice_value"], row_name) }}
{% endmacro %}
