{#
    Whether something happened by a deadline, that instant included; null where nobody can tell, as it happened on a
    date that holds the deadline. A date (`is_date`, a condition) is in time if its whole local day is, and late if it
    begins after the deadline.
#}
{% macro is_in_time(happened_at, is_date, deadline) -%}
{% set local_date = to_local_date(happened_at, reporting_timezone()) -%}
{% set starts_at = to_utc("cast(" ~ local_date ~ " as timestamp)", reporting_timezone()) -%}
{% set ends_at = to_utc("cast(" ~ local_date ~ " + interval 1 day as timestamp)", reporting_timezone()) -%}
case
    when not {{ is_date }} then {{ happened_at }} <= {{ deadline }}
    when {{ ends_at }} - interval 1 microsecond <= {{ deadline }} then true
    when {{ starts_at }} > {{ deadline }} then false
end
{%- endmacro %}
