-- One row a KPI of distinct people, grain, period, slice and slice value: a person counts once in each of them, so
-- nothing here adds up to a longer period or another slice.
{% set branches = [] -%}
{% for kpi in kpis_of_kind(["distinct"]) -%}
{% for slice in kpi_slices(kpi) -%}
{% for grain in grains_of_slice(kpi, slice) -%}
{% do branches.append([kpi, slice, grain]) -%}
{% endfor -%}
{% endfor -%}
{% endfor -%}
with
{%- for kpi in kpis_of_kind(["distinct"]) %}
{{ kpi.kpi_id }} as (
    {{ kpi_observations(kpi) | indent(4) }}
){{ "," if not loop.last }}
{% endfor %}
{% for kpi, slice, grain in branches -%}
select
    '{{ kpi.kpi_id }}' as kpi_id,
    '{{ grain }}' as grain,
    {{ period_start(grain, "local_date") }} as period_start,
    '{{ slice }}' as slice,
    {{ slice_value(slice) }} as slice_value,
    count(distinct case when numerator > 0 then subject_id end) as numerator,
    count(distinct case when denominator > 0 then subject_id end) as denominator
from {{ kpi.kpi_id }}
{{ rows_of_slice(kpi, slice) }}
group by {{ period_start(grain, "local_date") }}, {{ slice_value(slice) }}
{{ "union all" if not loop.last }}
{% endfor %}
