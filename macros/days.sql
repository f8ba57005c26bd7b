{# The local day of a UTC timestamp in the reporting zone: what is but a date happened at some instant of it. #}

{# Its first instant. #}
{% macro day_starts_at(timestamp) -%}
{{ to_utc("cast(" ~ to_local_date(timestamp, reporting_timezone()) ~ " as timestamp)", reporting_timezone()) }}
{%- endmacro %}


{# Its last microsecond. #}
{% macro day_ends_at(timestamp) -%}
{%- set next_date = "cast(" ~ to_local_date(timestamp, reporting_timezone()) ~ " + interval 1 day as timestamp)" -%}
({{ to_utc(next_date, reporting_timezone()) }} - interval 1 microsecond)
{%- endmacro %}


{# What is but the date on which its ticket was created was not before it; any other time as it is. #}
{% macro placed_after_creation(timestamp, is_date, created_at) -%}
case
    when
        {{ is_date }}
        and {{ to_local_date(timestamp, reporting_timezone()) }} = {{ to_local_date(created_at, reporting_timezone()) }}
        then greatest({{ timestamp }}, {{ created_at }})
    else {{ timestamp }}
end
{%- endmacro %}
