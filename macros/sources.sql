{# The enabled sources, in the order that CXMART_SOURCES gives them; an unknown one is an error that names those known. #}
{% macro enabled_sources() %}
{% set names = [] %}
{% for name in env_var("CXMART_SOURCES", "standard").split(",") if name | trim %}
    {% if name | trim not in var("sources") %}
        {{ exceptions.raise_compiler_error(
            "CXMART_SOURCES names the unknown source '" ~ (name | trim) ~ "'; dbt_project.yml declares: "
            ~ (var("sources").keys() | join(", "))
        ) }}
    {% endif %}
    {% if name | trim not in names %}{% do names.append(name | trim) %}{% endif %}
{% endfor %}
{% if not names %}
    {{ exceptions.raise_compiler_error("CXMART_SOURCES names no source") }}
{% endif %}
{{ return(names) }}
{% endmacro %}


{# The enabled sources that give an entity. #}
{% macro sources_with(entity) %}
{% set names = [] %}
{% for name in enabled_sources() if entity in var("sources")[name] %}
    {% do names.append(name) %}
{% endfor %}
{{ return(names) }}
{% endmacro %}


{#
    All rows of an entity from every enabled source that gives it, as one select; where none does, an empty select
    of the same columns and types. Rows are as staged, but for what is not told and has a default; nothing is left out.
#}
{% macro unite_sources(entity) %}
{% set columns = entity_columns(entity) %}
{% set defaults = entity_defaults(entity) %}
{% for source_name in sources_with(entity) %}
    select
        {%- for column, type in columns.items() %}
        {% if column in defaults -%}
        coalesce(cast({{ column }} as {{ type }}), {{ defaults[column] }}) as {{ column }}
        {%- else -%}
        cast({{ column }} as {{ type }}) as {{ column }}
        {%- endif -%}
        {{ "," if not loop.last }}
        {%- endfor %}
    from {{ ref("stg_" ~ source_name ~ "__" ~ entity) }}
    {{ "union all" if not loop.last }}
{% else %}
    select
        {%- for column, type in columns.items() %}
        cast(null as {{ type }}) as {{ column }}{{ "," if not loop.last }}
        {%- endfor %}
    where 1 = 0
{% endfor %}
{% endmacro %}
