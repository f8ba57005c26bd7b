{#
    The slices: what KPIs are cut by. A slice is a column of the views of the KPIs that list it; what is the same in all
    of them stands here.

    audience        marts         its values are groups or things
                    marts_people  its values are single people: its cells are in the people's file alone
    shortest_grain  the shortest grain that it has, where a cell a day would say little and cost much

    `overall` and `source` are slices of every KPI. Of the others, an entry of the catalogue lists its own.
#}
{% macro slice_definitions() %}
{{ return({
    "overall": {"audience": "marts"},
    "source": {"audience": "marts"},
    "channel": {"audience": "marts"},
    "agent": {"audience": "marts_people", "shortest_grain": "week"},
    "team": {"audience": "marts"},
    "handled_by": {"audience": "marts"},
    "queue": {"audience": "marts"},
    "turn": {"audience": "marts"},
    "topic": {"audience": "marts"},
    "complexity": {"audience": "marts"},
    "priority": {"audience": "marts"},
    "age_band": {"audience": "marts"},
    "marketplace": {"audience": "marts"},
    "country": {"audience": "marts"},
    "category": {"audience": "marts"},
    "rating": {"audience": "marts"},
    "order_number_band": {"audience": "marts"},
    "survey_type": {"audience": "marts"},
    "survey_dimension": {"audience": "marts"},
    "survey_scope": {"audience": "marts"},
    "template": {"audience": "marts"},
    "article": {"audience": "marts", "shortest_grain": "week"},
    "resource_type": {"audience": "marts"},
    "network": {"audience": "marts"},
    "sentiment": {"audience": "marts"},
    "brand": {"audience": "marts"},
}) }}
{% endmacro %}


{# The slices whose values are groups or things; everybody may read their cells. #}
{% macro slices_of_groups() %}
{% set names = [] %}
{% for name, slice in slice_definitions().items() if slice.audience == "marts" %}{% do names.append(name) %}{% endfor %}
{{ return(names) }}
{% endmacro %}


{# The slices that exist from the week up. #}
{% macro slices_without_days() %}
{% set names = [] %}
{% for name, slice in slice_definitions().items() if slice.get("shortest_grain") == "week" %}{% do names.append(name) %}{% endfor %}
{{ return(names) }}
{% endmacro %}


{# The grains that a KPI has in a slice, but for hours. #}
{% macro grains_of_slice(kpi, slice) %}
{% set names = kpi.grains | reject("equalto", "hour") | list %}
{% if slice in slices_without_days() %}{% set names = names | reject("equalto", "day") | list %}{% endif %}
{{ return(names) }}
{% endmacro %}


{# The shortest grain that a KPI has in a slice. #}
{% macro shortest_grain_of_slice(kpi, slice) %}
{{ return("hour" if "hour" in kpi.grains and slice not in slices_without_days() else grains_of_slice(kpi, slice)[0]) }}
{% endmacro %}


{# Whether a grain is none that a slice has, as a condition on columns. #}
{% macro is_too_short(grain, slice) -%}
({{ grain }} in ('hour', 'day') and {{ slice }} in ('{{ slices_without_days() | join("', '") }}'))
{%- endmacro %}


{# All slices of a KPI as name: form, `overall` first and `source` last unless the KPI puts it elsewhere. #}
{% macro kpi_slices(kpi) %}
{% set slices = {"overall": "partition"} %}
{% do slices.update(kpi.slices) %}
{% do slices.setdefault("source", kpi.slice_form) %}
{{ return(slices) }}
{% endmacro %}
