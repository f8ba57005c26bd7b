-- One row a source of orders, currency and local order date with the rate to the reporting currency: the newest on or
-- before the date and no older than the window `exchange_rate`. The source's own rates come first; a source without any
-- for the currency uses those of another. No row where there is no rate: the money is then left out of sums, and a
-- finding.
with order_dates as (
    select distinct
        source,
        currency,
        {{ to_local_date("ordered_at", reporting_timezone()) }} as ordered_date
    from {{ ref("int_orders__unioned") }}
    where left_out_reason is null and currency is not null
),

-- Currencies that differ in case alone are one; of two rates of a day the higher, so that the choice is no accident.
rates as (
    select
        source,
        upper(currency) as currency,
        rate_date,
        max(rate) as rate
    from {{ ref("int_exchange_rates__unioned") }}
    where left_out_reason is null
    group by source, upper(currency), rate_date
),

rate_sources as (
    select
        order_dates.source,
        order_dates.currency,
        coalesce(
            max(case when rates.source = order_dates.source then rates.source end),
            min(rates.source)
        ) as rate_source
    from order_dates
    inner join rates on order_dates.currency = rates.currency
    group by order_dates.source, order_dates.currency
),

newest_rates as (
    select
        order_dates.source,
        order_dates.currency,
        order_dates.ordered_date,
        max_by(rates.rate, rates.rate_date) as rate
    from order_dates
    inner join rate_sources
        on order_dates.source = rate_sources.source
        and order_dates.currency = rate_sources.currency
    inner join rates
        on rate_sources.rate_source = rates.source
        and order_dates.currency = rates.currency
        and order_dates.ordered_date >= rates.rate_date
        and {{ days_between("rates.rate_date", "order_dates.ordered_date") }} <= {{ window("exchange_rate") }}
    where order_dates.currency <> '{{ reporting_currency() }}'
    group by order_dates.source, order_dates.currency, order_dates.ordered_date
)

select
    source,
    currency,
    ordered_date,
    cast(rate as double) as rate
from newest_rates
union all
select
    source,
    currency,
    ordered_date,
    1.0 as rate
from order_dates
where currency = '{{ reporting_currency() }}'
