{# A schema is named as its layer (staging, intermediate, marts, kpis, seeds), without the target's prefix. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
