{# What engines do differently about queries that refer to themselves. #}

{#
    The body of the recursive CTE `name`: every pair of columns that steps of `steps` lead from and to, one or more, each
    pair once. Steps in a circle come to an end.
#}
{% macro transitive_closure(name, steps, start_column, end_column) -%}
{{ return(adapter.dispatch("transitive_closure", "cxmart")(name, steps, start_column, end_column)) }}
{%- endmacro %}

{# `union` drops the pairs that are there already, so that a circle ends. #}
{% macro duckdb__transitive_closure(name, steps, start_column, end_column) -%}
select
    {{ start_column }},
    {{ end_column }}
from {{ steps }}
union
select
    {{ name }}.{{ start_column }},
    {{ steps }}.{{ end_column }}
from {{ name }}
inner join {{ steps }} on {{ name }}.{{ end_column }} = {{ steps }}.{{ start_column }}
{%- endmacro %}
