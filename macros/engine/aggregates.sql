{# What engines do differently about aggregates. #}

{# Median and p90 of a double, linearly interpolated, in one pass over the values; read them with `percentile_item`. #}
{% macro median_and_p90(column) -%}
{{ return(adapter.dispatch("median_and_p90", "cxmart")(column)) }}
{%- endmacro %}

{% macro duckdb__median_and_p90(column) -%}
quantile_cont(cast({{ column }} as double), [0.5, 0.9])
{%- endmacro %}


{# One of the values of `median_and_p90`: 1 is the median, 2 the p90. #}
{% macro percentile_item(percentiles, position) -%}
{{ return(adapter.dispatch("percentile_item", "cxmart")(percentiles, position)) }}
{%- endmacro %}

{% macro duckdb__percentile_item(percentiles, position) -%}
{{ percentiles }}[{{ position }}]
{%- endmacro %}


{# The values of a group as a list in the order of another column. #}
{% macro values_in_order(column, order_column) -%}
{{ return(adapter.dispatch("values_in_order", "cxmart")(column, order_column)) }}
{%- endmacro %}

{% macro duckdb__values_in_order(column, order_column) -%}
list({{ column }} order by {{ order_column }} nulls last)
{%- endmacro %}


{# The texts of a group in the order of another column, as one text with commas between; null where there are none. #}
{% macro texts_in_order(column, order_column) -%}
{{ return(adapter.dispatch("texts_in_order", "cxmart")(column, order_column)) }}
{%- endmacro %}

{% macro duckdb__texts_in_order(column, order_column) -%}
string_agg({{ column }}, ', ' order by {{ order_column }} nulls last)
{%- endmacro %}


{# The last value that is not null of a window, whose `over` follows. #}
{% macro last_known_value(expression) -%}
{{ return(adapter.dispatch("last_known_value", "cxmart")(expression)) }}
{%- endmacro %}

{% macro duckdb__last_known_value(expression) -%}
last_value({{ expression }} ignore nulls)
{%- endmacro %}
