-- One row a local date of the reporting time zone, from the first day of the quarter in which anything happened to that
-- of `as_of`. A period's last date is that of `as_of` where the period is not over.
with bounds as (
    select
        cast(
            date_trunc('quarter', {{ to_local_date("first_happened_at", reporting_timezone()) }}) as date
        ) as first_date,
        {{ to_local_date("as_of", reporting_timezone()) }} as last_date,
        as_of
    from {{ ref("int_warehouse__as_of") }}
),

dates as (
    {{ local_dates_between(
        "(select first_date from bounds)", "(select last_date from bounds)", reporting_timezone()
    ) }}
),

dates_with_periods as (
    select
        date_day,
        {{ to_utc("cast(date_day as timestamp)", reporting_timezone()) }} as day_starts_at,
        {{ to_utc("cast(date_day + interval 1 day as timestamp)", reporting_timezone()) }} as day_ends_at,
        cast(date_trunc('week', date_day) as date) as week_start_date,
        cast(date_trunc('month', date_day) as date) as month_start_date,
        cast(date_trunc('quarter', date_day) as date) as quarter_start_date
    from dates
)

select
    dates.date_day,
    dates.day_starts_at,
    dates.day_ends_at,
    dates.day_ends_at <= bounds.as_of as is_complete,
    cast({{ iso_weekday("dates.date_day") }} as integer) as iso_weekday,
    dates.week_start_date,
    dates.month_start_date,
    max(dates.date_day) over (partition by dates.month_start_date) as month_last_date,
    dates.quarter_start_date,
    max(dates.date_day) over (partition by dates.quarter_start_date) as quarter_last_date,
    {{ period_label("week", "dates.date_day") }} as week_label,
    {{ period_label("month", "dates.date_day") }} as month_label,
    {{ period_label("quarter", "dates.date_day") }} as quarter_label
from dates_with_periods as dates
cross join bounds
