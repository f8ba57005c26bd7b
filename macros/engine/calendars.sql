{# What engines do differently about opening hours: zones that are a column, and wall-clock times that are text. #}

{# The wall clock at a UTC timestamp, in the IANA zone that a column holds; `to_local` is for the zone of a setting. #}
{% macro to_local_of_zone(timestamp, zone_column) -%}
timezone({{ zone_column }}, timezone('UTC', {{ timestamp }}))
{%- endmacro %}


{# The UTC timestamp of a wall-clock time in the zone that a column holds; skipped and repeated times as in `to_utc`. #}
{% macro to_utc_of_zone(timestamp, zone_column) -%}
{%- set plain = "timezone('UTC', timezone(" ~ zone_column ~ ", " ~ timestamp ~ "))" -%}
{%- set day_before = "(" ~ plain ~ " - interval 1 day)" -%}
{%- set by_offset_before =
    "(" ~ timestamp ~ " - (" ~ to_local_of_zone(day_before, zone_column) ~ " - " ~ day_before ~ "))" -%}
case
    when {{ to_local_of_zone(by_offset_before, zone_column) }} = {{ timestamp }} then {{ by_offset_before }}
    when {{ to_local_of_zone(plain, zone_column) }} = {{ timestamp }} then {{ plain }}
    else {{ by_offset_before }}
end
{%- endmacro %}


{# The names of all zones that the engine knows, as a relation with the column `name`. #}
{% macro known_timezones() -%}
pg_timezone_names()
{%- endmacro %}


{# Minutes since midnight of a wall-clock time as people write it (8:00, 08:00, 08:00:00, 24:00); null where it is none. #}
{% macro minutes_of_day(text) -%}
case
    when regexp_matches(trim({{ text }}), '^(([01]?[0-9]|2[0-3]):[0-5][0-9]|24:00)(:00)?$')
        then cast(split_part(trim({{ text }}), ':', 1) as integer) * 60
            + cast(split_part(trim({{ text }}), ':', 2) as integer)
end
{%- endmacro %}


{# A timestamp so many whole minutes later. #}
{% macro plus_minutes(timestamp, minutes) -%}
({{ timestamp }} + to_minutes({{ minutes }}))
{%- endmacro %}


{# A timestamp so many whole microseconds later. #}
{% macro plus_microseconds(timestamp, microseconds) -%}
({{ timestamp }} + to_microseconds({{ microseconds }}))
{%- endmacro %}


{# Microseconds from one timestamp to another, a whole number: sums and differences of them are exact. #}
{% macro microseconds_between(starts_at, ends_at) -%}
date_diff('microsecond', {{ starts_at }}, {{ ends_at }})
{%- endmacro %}


{# The UTC dates that a stretch [starts_at, ends_at) touches, a row each. #}
{% macro dates_touched(starts_at, ends_at) -%}
cast(
    unnest(
        generate_series(date_trunc('day', {{ starts_at }}), {{ ends_at }} - interval 1 microsecond, interval 1 day)
    ) as date
)
{%- endmacro %}
