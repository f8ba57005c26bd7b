-- One row a calendar and stretch of a UTC date, from midnight or an opening up to the next one: the table in which a
-- timestamp finds its business position by equality of calendar and date, and one comparison.
with calendars as (
    select distinct lower(trim(calendar)) as calendar
    from {{ ref("business_hours") }}
),

midnights as (
    select
        calendars.calendar,
        dates.date_day as utc_date,
        cast(dates.date_day as timestamp) as midnight_at
    from calendars
    cross join {{ ref("int_calendars__dates") }} as dates
),

-- Every date has a stretch at midnight, closed where no opening is cut there.
stretches as (
    select
        calendar,
        utc_date,
        midnight_at as starts_at,
        midnight_at as closes_at
    from midnights
    union all
    select
        midnights.calendar,
        midnights.utc_date,
        greatest(intervals.opens_at, midnights.midnight_at) as starts_at,
        least(intervals.closes_at, midnights.midnight_at + interval 1 day) as closes_at
    from midnights
    inner join {{ ref("int_calendars__intervals") }} as intervals
        on midnights.calendar = intervals.calendar
        and midnights.midnight_at < intervals.closes_at
        and midnights.midnight_at + interval 1 day > intervals.opens_at
),

segments as (
    select
        calendar,
        utc_date,
        starts_at,
        max(closes_at) as closes_at
    from stretches
    group by calendar, utc_date, starts_at
)

select
    calendar,
    utc_date,
    starts_at,
    closes_at,
    coalesce(
        lead(starts_at) over (partition by calendar, utc_date order by starts_at nulls last),
        cast(utc_date as timestamp) + interval 1 day
    ) as ends_at,
    cast(
        coalesce(
            sum({{ microseconds_between("starts_at", "closes_at") }}) over (
                partition by calendar order by starts_at nulls last rows between unbounded preceding and 1 preceding
            ),
            0
        ) as bigint
    ) as open_microseconds_before
from segments
