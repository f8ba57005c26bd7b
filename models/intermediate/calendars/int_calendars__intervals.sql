-- One row an opening of a calendar, in UTC. Hours are local, so that a night over a change of the clock is an hour
-- shorter or longer. Hours belong to the local date on which they begin: a holiday closes those and no others.
with hours as (
    select
        lower(trim(calendar)) as calendar,
        trim(timezone) as timezone,
        iso_weekday,
        {{ minutes_of_day("opens_at") }} as opens_minute,
        {{ minutes_of_day("closes_at") }} as closes_minute
    from {{ ref("business_hours") }}
),

closed_dates as (
    select distinct
        lower(trim(calendar)) as calendar,
        holiday_date
    from {{ ref("holidays") }}
),

-- A closing time that is not after the opening is on the next day.
local_openings as (
    select
        hours.calendar,
        hours.timezone,
        cast(dates.date_day as timestamp) as local_midnight,
        {{ plus_minutes("cast(dates.date_day as timestamp)", "hours.opens_minute") }} as opens_at,
        {{ plus_minutes(
            "cast(dates.date_day as timestamp)",
            "hours.closes_minute + case when hours.closes_minute <= hours.opens_minute then 1440 else 0 end"
        ) }} as closes_at
    from hours
    inner join {{ ref("int_calendars__dates") }} as dates on hours.iso_weekday = {{ iso_weekday("dates.date_day") }}
    left join closed_dates
        on hours.calendar = closed_dates.calendar
        and dates.date_day = closed_dates.holiday_date
    where closed_dates.holiday_date is null
),

openings as (
    select
        calendar,
        timezone,
        local_midnight,
        {{ to_utc_of_zone("local_midnight", "timezone") }} as midnight_at,
        {{ to_utc_of_zone("opens_at", "timezone") }} as opens_at,
        {{ to_utc_of_zone("closes_at", "timezone") }} as closes_at
    from local_openings
),

-- Not on a date that the zone left out; and not where the opening is in the hour that clocks skip and, moved on by it,
-- comes after the closing.
real_openings as (
    select
        calendar,
        opens_at,
        closes_at,
        max(closes_at) over (
            partition by calendar order by opens_at nulls last, closes_at nulls last
            rows between unbounded preceding and 1 preceding
        ) as closed_before_at
    from openings
    where
        opens_at < closes_at
        and cast({{ to_local_of_zone("midnight_at", "timezone") }} as date) = cast(local_midnight as date)
),

numbered as (
    select
        calendar,
        opens_at,
        closes_at,
        sum(case when opens_at <= closed_before_at then 0 else 1 end) over (
            partition by calendar order by opens_at nulls last, closes_at nulls last
            rows between unbounded preceding and current row
        ) as opening_number
    from real_openings
)

select
    calendar,
    min(opens_at) as opens_at,
    max(closes_at) as closes_at
from numbered
group by calendar, opening_number
