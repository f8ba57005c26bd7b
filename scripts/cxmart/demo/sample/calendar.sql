-- One row a local day (Europe/Berlin) of the period, and some before and after for what reaches beyond it. Weights say
-- how many of all tickets and orders fall on a day of the period.
create table days as
with dates as (
    select
        cast(local_date as date) as local_date,
        date_diff('day', getvariable('from_date'), cast(local_date as date)) as day_no,
        cast(local_date as date) between getvariable('from_date') and getvariable('to_date') as is_in_period
    from
        generate_series(
            getvariable('from_date') - interval 3 days, getvariable('to_date') + interval 60 days, interval 1 day
        ) as series (local_date)
),
described as (
    select
        dates.*,
        isodow(dates.local_date) as iso_weekday,
        month(dates.local_date) as month_no,
        holidays.holiday_date is not null as is_holiday,
        -- So that adding hours gives local times after the change of clocks, on its two days too.
        timezone('UTC', timezone('Europe/Berlin', dates.local_date + interval 12 hours)) - interval 12 hours
            as midnight_at,
        dates.local_date >= getvariable('outage_from') and dates.local_date < getvariable('outage_until') as is_outage
    from dates
    left join holidays on dates.local_date = holidays.holiday_date
)
select
    *,
    case
        when is_in_period
            then
                [120, 112, 106, 100, 94, 62, 46][iso_weekday]
                * [112, 92, 90, 92, 97, 95, 88, 86, 94, 104, 138, 156][month_no]
                * (900 + draw('busy day', day_no + 100, 200))
                * (1000 + day_no // 3)
                * case when is_holiday then 5 else 10 end
                * case when is_outage then 130 else 100 end
                // 1000000
        else 0
    end as ticket_weight,
    case
        when is_in_period
            then
                [100, 96, 94, 96, 92, 98, 124][iso_weekday]
                * [94, 82, 92, 98, 106, 102, 96, 92, 94, 100, 158, 146][month_no]
                * (880 + draw('selling day', day_no + 100, 240))
                * (1000 + day_no // 3)
                // 100000
        else 0
    end as order_weight
from described;

set variable ticket_weight = (select sum(ticket_weight) from days);
set variable order_weight = (select sum(order_weight) from days);

-- One row a day with the first of the weights that stand for it; a number drawn falls on the newest row not above it.
create table ticket_days as
select *, sum(ticket_weight) over (order by local_date) - ticket_weight as first_weight
from days
where ticket_weight > 0;

create table order_days as
select *, sum(order_weight) over (order by local_date) - order_weight as first_weight
from days
where order_weight > 0;
