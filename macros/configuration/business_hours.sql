{# What is wrong with the seed business_hours: one row a problem, as a sentence that names the row. #}
{% macro business_hours_problems(relation) %}
{%- set no_time = "written as HH:MM, for example 08:00" -%}
with hours as (
    select
        row_number() over (
            order by
                calendar nulls last,
                iso_weekday nulls last,
                opens_at nulls last,
                closes_at nulls last,
                timezone nulls last,
                source nulls last
        ) as row_number,
        nullif(lower(trim(calendar)), '') as calendar,
        nullif(trim(timezone), '') as timezone,
        iso_weekday,
        opens_at,
        closes_at,
        {{ minutes_of_day("opens_at") }} as opens_minute,
        {{ minutes_of_day("closes_at") }} as closes_minute,
        nullif(trim(source), '') as source,
        {{ line_of_row() }} || 'calendar ' || coalesce(nullif(lower(trim(calendar)), ''), '(none)')
        || ', weekday ' || coalesce(cast(iso_weekday as string), '(none)')
        || ', ' || coalesce(nullif(trim(opens_at), ''), '(none)')
        || ' to ' || coalesce(nullif(trim(closes_at), ''), '(none)') as row_name
    from {{ relation }}
),

zones as (
    select
        calendar,
        count(distinct timezone) as zone_count,
        min(timezone) as first_zone,
        max(timezone) as last_zone
    from hours
    where calendar is not null
    group by calendar
),

-- Minutes since the start of the week; a closing time that is not after the opening is on the next day.
openings as (
    select
        row_number,
        row_name,
        calendar,
        (iso_weekday - 1) * 1440 + opens_minute as opens_minute,
        (iso_weekday - 1) * 1440 + closes_minute + case when closes_minute <= opens_minute then 1440 else 0 end
            as closes_minute
    from hours
    where iso_weekday between 1 and 7 and opens_minute < 1440
),

-- The end of a week meets the start of the next.
weeks as (
    select 0 as shift_minutes
    union all
    select 7 * 1440 as shift_minutes
    union all
    select -7 * 1440 as shift_minutes
)

select row_name || ': calendar is empty' as problem
from hours
where calendar is null
union all
select row_name || ': timezone is empty; write an IANA name, for example Europe/Berlin' as problem
from hours
where timezone is null
union all
select
    hours.row_name || ': timezone ' || hours.timezone
    || ' is not known; write an IANA name, for example Europe/Berlin'
    || {{ did_you_mean("hours.timezone", "(select list(every.name) from " ~ known_timezones() ~ " as every)") }} as problem
from hours
left join {{ known_timezones() }} as known on lower(hours.timezone) = lower(known.name)
where hours.timezone is not null and known.name is null
union all
select 'calendar ' || calendar || ': has the zones ' || first_zone || ' and ' || last_zone || '; a calendar has one'
    as problem
from zones
where zone_count > 1
union all
select row_name || ': iso_weekday ' || coalesce(cast(iso_weekday as string), '(none)') || ' is not one of 1 (Monday) to 7 (Sunday)' as problem
from hours
where iso_weekday is null or iso_weekday not between 1 and 7
union all
select row_name || ': opens_at is not a time {{ no_time }}' as problem
from hours
where opens_minute is null
union all
select row_name || ': opens_at is 24:00; write 00:00 of the next weekday' as problem
from hours
where opens_minute = 1440
union all
select row_name || ': closes_at is not a time {{ no_time }}' as problem
from hours
where closes_minute is null
union all
select row_name || ': source is empty' as problem
from hours
where source is null
union all
select earlier.row_name || ': overlaps ' || later.row_name as problem
from openings as earlier
inner join openings as later
    on earlier.calendar = later.calendar
    and earlier.row_number < later.row_number
cross join weeks
where
    earlier.opens_minute < later.closes_minute + weeks.shift_minutes
    and later.opens_minute + weeks.shift_minutes < earlier.closes_minute
{% endmacro %}
