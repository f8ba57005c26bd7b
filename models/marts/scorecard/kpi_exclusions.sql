-- One row a KPI, source and reason with how many observations were left out of the KPI for it, and when the first and
-- the last of them were. What a KPI is not about at all is no exclusion.
{% for kpi in kpi_catalog() -%}
select
    {{ literal(kpi.kpi_id) }} as kpi_id,
    source,
    exclusion_reason,
    count(distinct observation_id) as observations,
    min(measured_at) as first_measured_at,
    max(measured_at) as last_measured_at
from {{ ref(kpi.kpi_id) }}
where exclusion_reason is not null
group by source, exclusion_reason
{{ "union all" if not loop.last }}
{% endfor %}
