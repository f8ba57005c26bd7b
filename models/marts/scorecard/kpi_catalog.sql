-- One row a KPI of the catalogue (macros/catalog), in the order of the scorecard.
{% for kpi in kpi_catalog() -%}
select
    {{ literal(kpi.kpi_id) }} as kpi_id,
    {{ kpi.version }} as kpi_version,
    {{ loop.index }} as kpi_order,
    {{ "true" if kpi.headline else "false" }} as is_headline,
    {{ literal(kpi.group) }} as kpi_group,
    {{ literal(kpi.title) }} as title,
    {{ literal(kpi.unit) }} as unit,
    {{ literal(kpi.display_unit) }} as display_unit,
    {{ literal(kpi.direction) }} as direction,
    {{ literal(kpi.kind) }} as kind,
    {% for trait in ["is_divided", "is_additive", "grows_with_period", "largest_first", "counts_people"] -%}
    {{ "true" if kpi[trait] else "false" }} as {{ trait }},
    {% endfor -%}
    {{ literal(kpi.anchor) }} as anchor,
    {{ kpi.window_days }} as window_days,
    {{ kpi.min_sample }} as min_sample,
    {{ literal(kpi.withheld_by) if kpi.withheld_by else "cast(null as string)" }} as withheld_by,
    cast({{ kpi.min_respondents or "null" }} as integer) as min_respondents,
    {{ literal(kpi.sample) if kpi.sample else "cast(null as string)" }} as sample_from,
    cast({{ "null" if kpi.range[0] is none else kpi.range[0] }} as double) as least_value,
    cast({{ "null" if kpi.range[1] is none else kpi.range[1] }} as double) as greatest_value,
    {{ literal(kpi.grains | join(",")) }} as grains,
    {{ literal(kpi_slices(kpi).keys() | join(",")) }} as slices,
    {% set people = [] -%}
    {% for slice in kpi_slices(kpi) if slice not in slices_of_groups() %}{% do people.append(slice) %}{% endfor -%}
    {{ literal(people | join(",")) }} as people_slices,
    {% set shares = [] -%}
    {% for slice, form in kpi_slices(kpi).items() if form == "share" %}{% do shares.append(slice) %}{% endfor -%}
    {{ literal(shares | join(",")) }} as share_slices,
    {{ literal(kpi.stretches) if kpi.stretches else "cast(null as string)" }} as stretches_in,
    {{ literal(kpi.movements.table) if kpi.movements else "cast(null as string)" }} as movements_in,
    {{ literal(kpi.configured_by | join(",")) }} as configured_by,
    {{ literal(kpi.definition) }} as definition
{{ "union all" if not loop.last }}
{% endfor %}
