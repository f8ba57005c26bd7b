{# What engines do differently about numbers. #}

{# The number that a text is; null where it is none. #}
{% macro to_number(text) -%}
try_cast(cast({{ text }} as varchar) as double)
{%- endmacro %}
