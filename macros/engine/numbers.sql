{# What engines do differently about numbers. #}

{# The number that a text is; null where it is none (`nan` is a word here). #}
{% macro to_number(text) -%}
case
    when regexp_matches(trim(cast({{ text }} as varchar)), '^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?$')
        then try_cast(trim(cast({{ text }} as varchar)) as double)
end
{%- endmacro %}


{# A number as people write it: without a point where it is whole. #}
{% macro number_as_text(number) -%}
case
    when {{ number }} = floor({{ number }}) then cast(cast({{ number }} as bigint) as varchar)
    else cast({{ number }} as varchar)
end
{%- endmacro %}
