-- One row a duration KPI, grain, period, slice and slice value with median, p90 and bounds of the durations themselves:
-- percentiles do not roll up, so each grain looks at every observation.
{% set branches = [] -%}
{% for kpi in kpis_of_kind(["duration"]) -%}
{% for slice in kpi_slices(kpi) -%}
{% for grain in grains_of_slice(kpi, slice) -%}
{% do branches.append([kpi, slice, grain]) -%}
{% endfor -%}
{% endfor -%}
{% endfor -%}
with
{%- for kpi in kpis_of_kind(["duration"]) %}
{{ kpi.kpi_id }} as (
    {{ kpi_observations(kpi) | indent(4) }}
),
{% endfor %}
percentiles as (
    {% for kpi, slice, grain in branches -%}
    select
        '{{ kpi.kpi_id }}' as kpi_id,
        '{{ grain }}' as grain,
        {{ period_start(grain, "local_date") }} as period_start,
        '{{ slice }}' as slice,
        {{ slice_value(slice) }} as slice_value,
        {{ median_and_p90("numerator") }} as median_and_p90,
        cast(min(numerator) as double) as shortest,
        cast(max(numerator) as double) as longest
    from {{ kpi.kpi_id }}
    {{ rows_of_slice(kpi, slice) }}
    group by {{ period_start(grain, "local_date") }}, {{ slice_value(slice) }}
    {{ "union all" if not loop.last }}
    {% endfor -%}
)

select
    kpi_id,
    grain,
    period_start,
    slice,
    slice_value,
    {{ percentile_item("median_and_p90", 1) }} as median,
    {{ percentile_item("median_and_p90", 2) }} as p90,
    shortest,
    longest
from percentiles
