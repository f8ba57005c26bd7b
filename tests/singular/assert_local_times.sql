-- Guards against instants that move to another day: wall clocks that come twice or never, in zones whose clocks change
-- by an hour, by half an hour, at midnight or by a whole day. Returns the cases that are not converted as written here.
{% set zones = {
    "UTC": [
        ["2024-03-31 02:30:00", "2024-03-31 02:30:00", "2024-03-31 02:30:00"],
    ],
    "Europe/Berlin": [
        ["2024-03-31 01:59:59.999999", "2024-03-31 00:59:59.999999", "2024-03-31 01:59:59.999999"],
        ["2024-03-31 02:00:00", "2024-03-31 01:00:00", "2024-03-31 03:00:00"],
        ["2024-03-31 02:30:00", "2024-03-31 01:30:00", "2024-03-31 03:30:00"],
        ["2024-03-31 03:00:00", "2024-03-31 01:00:00", "2024-03-31 03:00:00"],
        ["2024-10-27 01:59:59.999999", "2024-10-26 23:59:59.999999", "2024-10-27 01:59:59.999999"],
        ["2024-10-27 02:00:00", "2024-10-27 00:00:00", "2024-10-27 02:00:00"],
        ["2024-10-27 02:59:59.999999", "2024-10-27 00:59:59.999999", "2024-10-27 02:59:59.999999"],
        ["2024-10-27 03:00:00", "2024-10-27 02:00:00", "2024-10-27 03:00:00"],
        ["2024-12-31 23:59:59.999999", "2024-12-31 22:59:59.999999", "2024-12-31 23:59:59.999999"],
        ["2025-01-01 00:00:00", "2024-12-31 23:00:00", "2025-01-01 00:00:00"],
    ],
    "America/New_York": [
        ["2024-02-29 00:00:00", "2024-02-29 05:00:00", "2024-02-29 00:00:00"],
        ["2024-03-10 02:30:00", "2024-03-10 07:30:00", "2024-03-10 03:30:00"],
        ["2024-11-03 01:30:00", "2024-11-03 05:30:00", "2024-11-03 01:30:00"],
    ],
    "Australia/Lord_Howe": [
        ["2024-04-07 01:29:59", "2024-04-06 14:29:59", "2024-04-07 01:29:59"],
        ["2024-04-07 01:45:00", "2024-04-06 14:45:00", "2024-04-07 01:45:00"],
        ["2024-04-07 02:00:00", "2024-04-06 15:30:00", "2024-04-07 02:00:00"],
        ["2024-10-06 02:15:00", "2024-10-05 15:45:00", "2024-10-06 02:45:00"],
        ["2024-10-06 02:30:00", "2024-10-05 15:30:00", "2024-10-06 02:30:00"],
    ],
    "America/Sao_Paulo": [
        ["2018-11-03 23:59:59.999999", "2018-11-04 02:59:59.999999", "2018-11-03 23:59:59.999999"],
        ["2018-11-04 00:00:00", "2018-11-04 03:00:00", "2018-11-04 01:00:00"],
        ["2018-02-17 23:30:00", "2018-02-18 01:30:00", "2018-02-17 23:30:00"],
        ["2018-02-18 00:00:00", "2018-02-18 03:00:00", "2018-02-18 00:00:00"],
    ],
    "America/Havana": [
        ["2024-11-03 00:00:00", "2024-11-03 04:00:00", "2024-11-03 00:00:00"],
        ["2024-11-03 00:59:59.999999", "2024-11-03 04:59:59.999999", "2024-11-03 00:59:59.999999"],
        ["2024-11-03 01:00:00", "2024-11-03 06:00:00", "2024-11-03 01:00:00"],
    ],
    "Asia/Kathmandu": [
        ["2024-07-01 00:00:00", "2024-06-30 18:15:00", "2024-07-01 00:00:00"],
    ],
    "Pacific/Apia": [
        ["2011-12-29 23:59:59", "2011-12-30 09:59:59", "2011-12-29 23:59:59"],
        ["2011-12-30 12:00:00", "2011-12-30 22:00:00", "2011-12-31 12:00:00"],
        ["2011-12-31 00:00:00", "2011-12-30 10:00:00", "2011-12-31 00:00:00"],
    ],
} -%}
-- A wall clock, the instant that it means, and the wall clock at that instant: another one where the first was skipped.
with cases as (
    {% for zone, rows in zones.items() -%}
    {% set is_last_zone = loop.last -%}
    {% for wall_clock, instant, wall_clock_then in rows -%}
    select
        '{{ zone }}' as timezone,
        timestamp '{{ wall_clock }}' as wall_clock,
        timestamp '{{ instant }}' as instant,
        timestamp '{{ wall_clock_then }}' as wall_clock_then
    {{ "union all" if not (loop.last and is_last_zone) }}
    {% endfor -%}
    {% endfor -%}
),

converted as (
    {% for zone in zones -%}
    select
        timezone,
        wall_clock,
        instant,
        wall_clock_then,
        {{ to_utc("wall_clock", zone) }} as converted_instant,
        {{ to_local("instant", zone) }} as converted_wall_clock,
        {{ to_local_date("instant", zone) }} as converted_date
    from cases
    where timezone = '{{ zone }}'
    {{ "union all" if not loop.last }}
    {% endfor -%}
),

-- The second of two equal wall clocks is an instant of its own.
second_times as (
    select
        {{ to_local("timestamp '2024-10-27 01:30:00'", "Europe/Berlin") }} as berlin,
        {{ to_local("timestamp '2024-11-03 05:30:00'", "America/Havana") }} as havana,
        {{ to_local("timestamp '2018-02-18 02:30:00'", "America/Sao_Paulo") }} as sao_paulo
)

select
    timezone,
    wall_clock,
    instant,
    converted_instant,
    wall_clock_then,
    converted_wall_clock
from converted
where
    converted_instant is distinct from instant
    or converted_wall_clock is distinct from wall_clock_then
    or converted_date is distinct from cast(wall_clock_then as date)
union all
select
    'the second of two' as timezone,
    null as wall_clock,
    null as instant,
    null as converted_instant,
    null as wall_clock_then,
    null as converted_wall_clock
from second_times
where
    berlin is distinct from timestamp '2024-10-27 02:30:00'
    or havana is distinct from timestamp '2024-11-03 00:30:00'
    or sao_paulo is distinct from timestamp '2018-02-17 23:30:00'
