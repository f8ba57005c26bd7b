{# What engines do differently about opening hours: zones and wall-clock times that are text, exact lengths. #}

{# The names of all zones that the engine knows, as a relation with the column `name`. #}
{% macro known_timezones() -%}
{{ return(adapter.dispatch("known_timezones", "cxmart")()) }}
{%- endmacro %}

{% macro duckdb__known_timezones() -%}
pg_timezone_names()
{%- endmacro %}


{# Minutes since midnight of a wall-clock time as people write it (8:00, 08:00, 08:00:00, 24:00); null where it is none. #}
{% macro minutes_of_day(text) -%}
case
    when {{ matches_pattern("trim(" ~ text ~ ")", "^(([01]?[0-9]|2[0-3]):[0-5][0-9]|24:00)(:00)?$") }}
        then cast(split_part(trim({{ text }}), ':', 1) as integer) * 60
            + cast(split_part(trim({{ text }}), ':', 2) as integer)
end
{%- endmacro %}


{# A timestamp so many whole minutes later. #}
{% macro plus_minutes(timestamp, minutes) -%}
{{ return(adapter.dispatch("plus_minutes", "cxmart")(timestamp, minutes)) }}
{%- endmacro %}

{% macro duckdb__plus_minutes(timestamp, minutes) -%}
({{ timestamp }} + to_minutes({{ minutes }}))
{%- endmacro %}


{# A timestamp so many whole microseconds later. #}
{% macro plus_microseconds(timestamp, microseconds) -%}
{{ return(adapter.dispatch("plus_microseconds", "cxmart")(timestamp, microseconds)) }}
{%- endmacro %}

{% macro duckdb__plus_microseconds(timestamp, microseconds) -%}
({{ timestamp }} + to_microseconds({{ microseconds }}))
{%- endmacro %}


{# Microseconds from one timestamp to another, a whole number: sums and differences of them are exact. #}
{% macro microseconds_between(starts_at, ends_at) -%}
{{ return(adapter.dispatch("microseconds_between", "cxmart")(starts_at, ends_at)) }}
{%- endmacro %}

{% macro duckdb__microseconds_between(starts_at, ends_at) -%}
date_diff('microsecond', {{ starts_at }}, {{ ends_at }})
{%- endmacro %}


{# The UTC dates that a stretch [starts_at, ends_at) touches, a row each. #}
{% macro dates_touched(starts_at, ends_at) -%}
{{ return(adapter.dispatch("dates_touched", "cxmart")(starts_at, ends_at)) }}
{%- endmacro %}

{% macro duckdb__dates_touched(starts_at, ends_at) -%}
cast(
    unnest(
        generate_series(date_trunc('day', {{ starts_at }}), {{ ends_at }} - interval 1 microsecond, interval 1 day)
    ) as date
)
{%- endmacro %}
