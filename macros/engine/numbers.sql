{# What engines do differently about numbers. #}

{# The number that a text is; null where it is none (`nan` is a word here). #}
{% macro to_number(text) -%}
{% set trimmed = "trim(cast(" ~ text ~ " as string))" -%}
case
    when {{ matches_pattern(trimmed, "^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?$") }}
        then try_cast({{ trimmed }} as double)
end
{%- endmacro %}


{# A number as people write it: without a point where it is whole. #}
{% macro number_as_text(number) -%}
{{ return(adapter.dispatch("number_as_text", "cxmart")(number)) }}
{%- endmacro %}

{% macro duckdb__number_as_text(number) -%}
case
    when {{ number }} = floor({{ number }}) then cast(cast({{ number }} as bigint) as string)
    else cast({{ number }} as string)
end
{%- endmacro %}
