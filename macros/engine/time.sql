{#
    What engines do differently about time. UTC timestamps are naive `timestamp`s with the session's zone set to UTC.
#}

{# ISO 8601 text with seconds, with or without an offset (then UTC), as a UTC timestamp; an error where it is none. #}
{% macro parse_utc(text) -%}
{{ return(adapter.dispatch("parse_utc", "cxmart")(text)) }}
{%- endmacro %}

{% macro duckdb__parse_utc(text) -%}
cast(cast({{ text }} as timestamptz) as timestamp)
{%- endmacro %}


{# The wall clock of an IANA zone at a UTC timestamp. #}
{% macro to_local(timestamp, timezone) -%}
{{ timestamp if timezone == "UTC" else to_local_of_zone(timestamp, "'" ~ timezone ~ "'") }}
{%- endmacro %}


{# The same for a zone that is an SQL expression, such as a column. #}
{% macro to_local_of_zone(timestamp, zone) -%}
{{ return(adapter.dispatch("to_local_of_zone", "cxmart")(timestamp, zone)) }}
{%- endmacro %}

{% macro duckdb__to_local_of_zone(timestamp, zone) -%}
timezone({{ zone }}, timezone('UTC', {{ timestamp }}))
{%- endmacro %}


{# The local date of a UTC timestamp. #}
{% macro to_local_date(timestamp, timezone) -%}
cast({{ to_local(timestamp, timezone) }} as date)
{%- endmacro %}


{#
    The UTC timestamp of a wall-clock time in an IANA zone. A time that comes twice is the first, a skipped one is
    moved on by the gap.
#}
{% macro to_utc(timestamp, timezone) -%}
{{ timestamp if timezone == "UTC" else to_utc_of_zone(timestamp, "'" ~ timezone ~ "'") }}
{%- endmacro %}


{#
    The same for a zone that is an SQL expression. Which of two times the engine takes is its own affair; so the offset
    of the day before is tried first.
#}
{% macro to_utc_of_zone(timestamp, zone) -%}
{%- set plain = some_utc_of_zone(timestamp, zone) -%}
{%- set day_before = "(" ~ plain ~ " - interval 1 day)" -%}
{%- set by_offset_before = "(" ~ timestamp ~ " - (" ~ to_local_of_zone(day_before, zone) ~ " - " ~ day_before ~ "))" -%}
case
    when {{ to_local_of_zone(by_offset_before, zone) }} = {{ timestamp }} then {{ by_offset_before }}
    when {{ to_local_of_zone(plain, zone) }} = {{ timestamp }} then {{ plain }}
    else {{ by_offset_before }}
end
{%- endmacro %}


{# The UTC timestamp of a wall-clock time as the engine has it: of a time that comes twice, either. #}
{% macro some_utc_of_zone(timestamp, zone) -%}
{{ return(adapter.dispatch("some_utc_of_zone", "cxmart")(timestamp, zone)) }}
{%- endmacro %}

{% macro duckdb__some_utc_of_zone(timestamp, zone) -%}
timezone('UTC', timezone({{ zone }}, {{ timestamp }}))
{%- endmacro %}


{# Seconds from one timestamp to another as a double, exact to the microsecond; negative where the end is first. #}
{% macro seconds_between(starts_at, ends_at) -%}
{{ return(adapter.dispatch("seconds_between", "cxmart")(starts_at, ends_at)) }}
{%- endmacro %}

{% macro duckdb__seconds_between(starts_at, ends_at) -%}
(date_diff('microsecond', {{ starts_at }}, {{ ends_at }}) / 1e6)
{%- endmacro %}


{# Whole days from one date to another. #}
{% macro days_between(start_date, end_date) -%}
{{ return(adapter.dispatch("days_between", "cxmart")(start_date, end_date)) }}
{%- endmacro %}

{% macro duckdb__days_between(start_date, end_date) -%}
date_diff('day', {{ start_date }}, {{ end_date }})
{%- endmacro %}


{# ISO weekday, Monday 1 to Sunday 7. #}
{% macro iso_weekday(date) -%}
{{ return(adapter.dispatch("iso_weekday", "cxmart")(date)) }}
{%- endmacro %}

{% macro duckdb__iso_weekday(date) -%}
isodow({{ date }})
{%- endmacro %}


{#
    One row a local date of an IANA zone from the first to the last, both included, in the column `date_day`; none where
    either is null. A date that a zone left out (Samoa had no 30 December 2011) is none.
#}
{% macro local_dates_between(first_date, last_date, timezone) -%}
{{ return(adapter.dispatch("local_dates_between", "cxmart")(first_date, last_date, timezone)) }}
{%- endmacro %}

{% macro duckdb__local_dates_between(first_date, last_date, timezone) -%}
select date_day
from (
    select cast(date_at as date) as date_day
    from (select unnest(generate_series({{ first_date }}, {{ last_date }}, interval 1 day)) as date_at)
)
{%- if timezone != "UTC" %}
where {{ to_local_date(to_utc("cast(date_day as timestamp)", timezone), timezone) }} = date_day
{%- endif %}
{%- endmacro %}


{#
    The instants `hour_start_at` at which hours start on the local dates of a relation, from `first_date` on, with the end
    of their day `day_end_at`, all UTC. Hours count from local midnight; the last of a day may be shorter.
#}
{% macro hour_starts_of_days(relation, date_column, first_date, timezone) -%}
{{ return(adapter.dispatch("hour_starts_of_days", "cxmart")(relation, date_column, first_date, timezone)) }}
{%- endmacro %}

{% macro duckdb__hour_starts_of_days(relation, date_column, first_date, timezone) -%}
select
    {{ date_column }},
    unnest(generate_series(day_start_at, day_end_at - interval 1 microsecond, interval 1 hour)) as hour_start_at,
    day_end_at
from (
    select
        {{ date_column }},
        {{ to_utc("cast(" ~ date_column ~ " as timestamp)", timezone) }} as day_start_at,
        {{ to_utc("cast(" ~ date_column ~ " + interval 1 day as timestamp)", timezone) }} as day_end_at
    from {{ relation }}
    where {{ date_column }} >= {{ first_date }}
)
{%- endmacro %}


{#
    What people call a period: 2026-03-05 14:00, 2026-03-05, 2026-W10, 2026-03, 2026-Q1. The year of a week is that of its
    Thursday. An hour is given by its local wall clock.
#}
{% macro period_label(grain, period_start) -%}
{{ return(adapter.dispatch("period_label", "cxmart")(grain, period_start)) }}
{%- endmacro %}

{% macro duckdb__period_label(grain, period_start) -%}
{%- if grain == "hour" -%}
strftime({{ period_start }}, '%Y-%m-%d %H:%M')
{%- elif grain == "day" -%}
strftime({{ period_start }}, '%Y-%m-%d')
{%- elif grain == "week" -%}
strftime({{ period_start }}, '%G-W%V')
{%- elif grain == "month" -%}
strftime({{ period_start }}, '%Y-%m')
{%- else -%}
strftime({{ period_start }}, '%Y') || '-Q' || quarter({{ period_start }})
{%- endif -%}
{%- endmacro %}


{# The end of what has no end, so that open stretches join by plain comparisons: an `or … is null` in the condition of an
   outer join makes the engine compare every row with every other. #}
{% macro last_instant() %}{{ return("cast('9999-12-31' as timestamp)") }}{% endmacro %}

{% macro last_date() %}{{ return("cast('9999-12-31' as date)") }}{% endmacro %}

{# The first date of all: what holds from it on always holds. #}
{% macro first_date() %}{{ return("cast('0001-01-01' as date)") }}{% endmacro %}
