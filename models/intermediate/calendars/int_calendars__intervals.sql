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

-- How far the clocks of a zone are ahead two days before and after a date: where that is the same, as it nearly always
-- is, nothing else has to be asked for what lies between. To ask for each time costs more than all else here.
clocks as (
    select
        timezone,
        local_midnight,
        {{ to_local_of_zone("(local_midnight - interval 2 day)", "timezone") }} as clock_before,
        {{ to_local_of_zone("(local_midnight + interval 3 day)", "timezone") }} as clock_after
    from (
        select distinct
            timezone,
            local_midnight
        from local_openings
    ) as zone_midnights
),

zone_dates as (
    select
        timezone,
        local_midnight,
        clock_before - (local_midnight - interval 2 day) as ahead,
        clock_before + interval 5 day = clock_after as is_steady
    from clocks
),

-- The zone of the second select is that of the date, so that no time is asked for before its date is known to be one.
openings as (
    select
        openings.calendar,
        zone_dates.timezone,
        openings.local_midnight,
        openings.local_midnight - zone_dates.ahead as midnight_at,
        openings.opens_at - zone_dates.ahead as opens_at,
        openings.closes_at - zone_dates.ahead as closes_at,
        zone_dates.is_steady
    from local_openings as openings
    inner join zone_dates
        on openings.timezone = zone_dates.timezone
        and openings.local_midnight = zone_dates.local_midnight
    where zone_dates.is_steady
    union all
    select
        openings.calendar,
        zone_dates.timezone,
        openings.local_midnight,
        {{ to_utc_of_zone("openings.local_midnight", "zone_dates.timezone") }} as midnight_at,
        {{ to_utc_of_zone("openings.opens_at", "zone_dates.timezone") }} as opens_at,
        {{ to_utc_of_zone("openings.closes_at", "zone_dates.timezone") }} as closes_at,
        zone_dates.is_steady
    from local_openings as openings
    inner join zone_dates
        on openings.timezone = zone_dates.timezone
        and openings.local_midnight = zone_dates.local_midnight
    where not zone_dates.is_steady
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
        and case
            when is_steady then true
            else cast({{ to_local_of_zone("midnight_at", "timezone") }} as date) = cast(local_midnight as date)
        end
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
