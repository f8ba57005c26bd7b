-- One row a KPI and a slice that it is cut by, with how its cells relate to overall: `partition` (they add up to it),
-- `overlap`, `own_rows` or `share` (they do not).
{% for kpi in kpi_catalog() -%}
{% set is_last_kpi = loop.last -%}
{% for slice, form in kpi_slices(kpi).items() -%}
select
    {{ literal(kpi.kpi_id) }} as kpi_id,
    {{ literal(slice) }} as slice,
    {{ literal(form) }} as slice_form,
    {{ literal(shortest_grain_of_slice(kpi, slice)) }} as shortest_grain
{{ "union all" if not (loop.last and is_last_kpi) }}
{% endfor -%}
{% endfor %}
