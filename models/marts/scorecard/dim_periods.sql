-- One row a grain and a period that touches the time from the first observation of any KPI to `as_of`: its local dates
-- [period_start, period_end) and the same in UTC, cut in the reporting time zone with its changes of clock. Hours begin
-- with the first day that a KPI of hours has; they count from local midnight, and have the local date of their day.
with last_dates as (
    select max({{ to_local_date("as_of", reporting_timezone()) }}) as last_date
    from {{ ref("int_warehouse__as_of") }}
),

-- Of a period whose days do not add up some day is known to be in it, its last: it makes no days before its first.
first_dates as (
    select min(local_date) as first_date
    from {{ ref("kpi_daily") }}
    union all
    select
        min(
            cast(
                case grain
                    when 'day' then period_start
                    when 'week' then period_start + interval 6 day
                    when 'month' then period_start + interval 1 month - interval 1 day
                    when 'quarter' then period_start + interval 3 month - interval 1 day
                end as date
            )
        ) as first_date
    from {{ ref("kpi_by_grain") }}
),

bounds as (
    select
        least(min(first_dates.first_date), max(last_dates.last_date)) as first_date,
        max(last_dates.last_date) as last_date
    from first_dates
    cross join last_dates
    where first_dates.first_date is not null
),

dates as (
    {{ local_dates_between(
        "(select first_date from bounds)", "(select last_date from bounds)", reporting_timezone()
    ) }}
),

periods as (
    {% for grain in grains() -%}
    {% set length = "3 month" if grain == "quarter" else "1 " ~ grain -%}
    select distinct
        '{{ grain }}' as grain,
        {{ period_start(grain, "date_day") }} as period_start,
        cast({{ period_start(grain, "date_day") }} + interval {{ length }} as date) as period_end,
        {{ period_label(grain, period_start(grain, "date_day")) }} as period_label
    from dates
    {{ "union all" if not loop.last }}
    {% endfor -%}
),

-- The instants at which hours start, of each day from its first to the last before the next day.
hour_starts as (
    {{ hour_starts_of_days(
        "dates", "date_day", "(select min(local_date) from " ~ ref("kpi_hourly") ~ ")", reporting_timezone()
    ) }}
),

hours as (
    select
        date_day as period_start,
        cast(date_day + interval 1 day as date) as period_end,
        hour_start_at as period_start_at,
        least(hour_start_at + interval 1 hour, day_end_at) as period_end_at
    from hour_starts
),

periods_in_utc as (
    select
        grain,
        period_start,
        period_end,
        period_label,
        {{ to_utc("cast(period_start as timestamp)", reporting_timezone()) }} as period_start_at,
        {{ to_utc("cast(period_end as timestamp)", reporting_timezone()) }} as period_end_at
    from periods
    union all
    select
        'hour' as grain,
        hours.period_start,
        hours.period_end,
        {{ period_label("hour", to_local("hours.period_start_at", reporting_timezone())) }} as period_label,
        hours.period_start_at,
        hours.period_end_at
    from hours
    cross join {{ ref("int_warehouse__as_of") }} as now
    where hours.period_start_at <= now.as_of
)

select
    periods_in_utc.grain,
    periods_in_utc.period_start,
    periods_in_utc.period_end,
    periods_in_utc.period_label,
    periods_in_utc.period_start_at,
    periods_in_utc.period_end_at,
    periods_in_utc.period_end_at <= now.as_of as is_complete
from periods_in_utc
cross join {{ ref("int_warehouse__as_of") }} as now
