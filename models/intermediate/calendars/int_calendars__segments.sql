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

-- An opening meets the dates that it touches by equality, so that no opening is compared with every date.
openings as (
    select
        calendar,
        opens_at,
        closes_at,
        {{ dates_touched("opens_at", "closes_at") }} as utc_date
    from {{ ref("int_calendars__intervals") }}
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
        greatest(openings.opens_at, midnights.midnight_at) as starts_at,
        least(openings.closes_at, midnights.midnight_at + interval 1 day) as closes_at
    from openings
    inner join midnights
        on openings.calendar = midnights.calendar
        and openings.utc_date = midnights.utc_date
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
