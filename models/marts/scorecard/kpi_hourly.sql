-- One row a KPI that has hours, hour, slice and slice value with the number of things observed. An hour is keyed by the
-- instant at which it starts: when clocks go back, the same local hour comes twice.
{% set kpis = [] -%}
{% for kpi in kpi_catalog() if "hour" in kpi.grains %}{% do kpis.append(kpi) %}{% endfor -%}
with
{%- for kpi in kpis %}
{{ kpi.kpi_id }} as (
    {{ kpi_observations(kpi) | indent(4) }}
){{ "," if not loop.last }}
{% endfor %}
{% for kpi in kpis -%}
{% set is_last_kpi = loop.last -%}
{% for slice in kpi_slices(kpi) -%}
select
    '{{ kpi.kpi_id }}' as kpi_id,
    local_date,
    hour_start_at,
    '{{ slice }}' as slice,
    {{ slice_value(slice) }} as slice_value,
    sum(numerator) as numerator,
    count(numerator) as observations
from {{ kpi.kpi_id }}
{{ rows_of_slice(kpi, slice) }}
group by local_date, hour_start_at, {{ slice_value(slice) }}
{{ "union all" if not (loop.last and is_last_kpi) }}
{% endfor -%}
{% endfor %}
