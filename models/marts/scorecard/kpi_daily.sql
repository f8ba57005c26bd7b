-- One row a KPI, local day, slice and slice value with the parts that add up (and the stock at the day's end): weeks,
-- months and quarters are sums of them.
{% set kpis = additive_kpis() -%}
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
    '{{ slice }}' as slice,
    {{ slice_value(slice) }} as slice_value,
    sum(numerator) as numerator,
    sum(denominator) as denominator,
    count(numerator) as observations
from {{ kpi.kpi_id }}
{{ rows_of_slice(kpi, slice) }}
group by local_date, {{ slice_value(slice) }}
{{ "union all" if not (loop.last and is_last_kpi) }}
{% endfor -%}
{% endfor %}
