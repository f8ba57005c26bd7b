{# What engines do differently about aggregates. #}

{# Median and p90 of a double, linearly interpolated, in one pass over the values; read them with `percentile_item`. #}
{% macro median_and_p90(column) -%}
quantile_cont(cast({{ column }} as double), [0.5, 0.9])
{%- endmacro %}


{# One of the values of `median_and_p90`: 1 is the median, 2 the p90. #}
{% macro percentile_item(percentiles, position) -%}
{{ percentiles }}[{{ position }}]
{%- endmacro %}


{# The values of a group as a list in the order of another column. #}
{% macro values_in_order(column, order_column) -%}
list({{ column }} order by {{ order_column }} nulls last)
{%- endmacro %}


{# The texts of a group in the order of another column, as one text with commas between; null where there are none. #}
{% macro texts_in_order(column, order_column) -%}
string_agg({{ column }}, ', ' order by {{ order_column }} nulls last)
{%- endmacro %}
