{#
    Who may read a published mart. Its model says so in its YAML:

    config: {meta: {audience: marts}}         no row of it is about a single agent or person
    config: {meta: {audience: marts_people}}  it has such rows; a model that says nothing is taken for one

    The file (or schema) `marts` has the tables of the first kind, without the columns whose own `meta` says
    `audience: marts_people` and, where there is a column `slice`, with the rows of the slices below only. The file
    `marts_people` has everything.
#}

{# The audience of a column or a model, by its node; of anything but `marts` it is that of the people's file. #}
{% macro audience_of(node) %}
{{ return("marts" if node.config.get("meta", {}).get("audience") == "marts" else "marts_people") }}
{% endmacro %}


{# The columns of a model that are about a single person, as a list of names. #}
{% macro people_columns(node) %}
{% set names = [] %}
{% for name, column in node.columns.items() %}
    {% set meta = (column.get("config") or {}).get("meta") or column.get("meta") or {} %}
    {% if meta.get("audience", "marts") != "marts" %}{% do names.append(name) %}{% endif %}
{% endfor %}
{{ return(names) }}
{% endmacro %}


{# The condition on the rows of a model that are about no single person; none where all are. #}
{% macro condition_of_groups(node) %}
{% if "slice" in node.columns %}
    {{ return("slice in ('" ~ slices_of_groups() | join("', '") ~ "')") }}
{% endif %}
{{ return(none) }}
{% endmacro %}
