-- One row a KPI of the catalogue (macros/kpi_catalog.sql), in the order of the scorecard.
{% for kpi in kpi_catalog() -%}
select
    {{ literal(kpi.kpi_id) }} as kpi_id,
    {{ kpi.version }} as kpi_version,
    {{ loop.index }} as kpi_order,
    {{ "true" if kpi.headline else "false" }} as is_headline,
    {{ literal(kpi.group) }} as kpi_group,
    {{ literal(kpi.title) }} as title,
    {{ literal(kpi.unit) }} as unit,
    {{ literal(kpi.direction) }} as direction,
    {{ literal(kpi.kind) }} as kind,
    {{ literal(kpi.anchor) }} as anchor,
    {{ kpi.window_days }} as window_days,
    {{ kpi.min_sample }} as min_sample,
    {{ literal(kpi.sample) if kpi.sample else "cast(null as varchar)" }} as sample_from,
    cast({{ kpi.range[0] if kpi.range and kpi.range[0] is not none else "null" }} as double) as least_value,
    cast({{ kpi.range[1] if kpi.range and kpi.range[1] is not none else "null" }} as double) as greatest_value,
    {{ literal(kpi.grains | join(",")) }} as grains,
    {{ literal(kpi_slices(kpi).keys() | join(",")) }} as slices,
    {% set shares = [] -%}
    {% for slice, form in kpi_slices(kpi).items() if form == "share" %}{% do shares.append(slice) %}{% endfor -%}
    {{ literal(shares | join(",")) }} as share_slices,
    {{ literal(kpi.stretches) if kpi.stretches else "cast(null as varchar)" }} as stretches_in,
    {{ literal(kpi.definition) }} as definition
{{ "union all" if not loop.last }}
{% endfor %}
