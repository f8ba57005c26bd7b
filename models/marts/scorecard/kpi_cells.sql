{{ config(schema="intermediate") }}
-- One row a cell, with the parts of its value: KPI, grain, period, slice and slice value. Overall has a cell for every
-- period from the KPI's first data to `as_of`, a stock's slices too; other slices have cells where something was
-- observed. This is not published; kpi_values is, with what the parts come to.
with sums as (
    {% for grain in grains() -%}
    select
        daily.kpi_id,
        '{{ grain }}' as grain,
        {{ period_start(grain, "daily.local_date") }} as period_start,
        daily.slice,
        daily.slice_value,
        sum(daily.numerator) as numerator,
        sum(daily.denominator) as denominator,
        sum(daily.observations) as observations,
        false as is_withheld
    from {{ ref("kpi_daily") }} as daily
    inner join {{ ref("kpi_catalog") }} as catalog on daily.kpi_id = catalog.kpi_id
    where
        catalog.kind <> 'stock'
        and {{ has_grain("catalog.grains", "daily.slice", "'" ~ grain ~ "'") }}
    group by daily.kpi_id, {{ period_start(grain, "daily.local_date") }}, daily.slice, daily.slice_value
    union all
    {% endfor -%}
    select
        kpi_id,
        grain,
        period_start,
        slice,
        slice_value,
        numerator,
        denominator,
        denominator as observations,
        coalesce(is_withheld, false) as is_withheld
    from {{ ref("kpi_by_grain") }}
),

-- A period's stock is that of its last day, or of the day of `as_of` in an unfinished one. The day is a column of its
-- own so that stocks join by equality: a condition on an expression of two tables compares every row with every other.
stock_days as (
    select
        periods.grain,
        periods.period_start,
        least(
            cast(periods.period_end - interval 1 day as date),
            {{ to_local_date("now.as_of", reporting_timezone()) }}
        ) as stock_date
    from {{ ref("dim_periods") }} as periods
    cross join {{ ref("int_warehouse__as_of") }} as now
    where periods.grain <> 'hour'
),

stocks as (
    select
        daily.kpi_id,
        stock_days.grain,
        stock_days.period_start,
        daily.slice,
        daily.slice_value,
        daily.numerator,
        daily.denominator,
        daily.observations
    from {{ ref("kpi_daily") }} as daily
    inner join stock_days on daily.local_date = stock_days.stock_date
    inner join {{ ref("kpi_catalog") }} as catalog on daily.kpi_id = catalog.kpi_id
    where
        catalog.kind = 'stock'
        and {{ has_grain("catalog.grains", "daily.slice", "stock_days.grain") }}
),

-- Hours are told apart by the instant at which they start; all other periods by their first date.
rolled_up as (
    select
        kpi_id,
        grain,
        period_start,
        {{ last_instant() }} as hour_start_at,
        slice,
        slice_value,
        numerator,
        denominator,
        observations,
        is_withheld
    from sums
    union all
    select
        kpi_id,
        grain,
        period_start,
        {{ last_instant() }} as hour_start_at,
        slice,
        slice_value,
        numerator,
        denominator,
        observations,
        false as is_withheld
    from stocks
    union all
    select
        kpi_id,
        'hour' as grain,
        local_date as period_start,
        hour_start_at,
        slice,
        slice_value,
        numerator,
        cast(null as decimal(38, 12)) as denominator,
        observations,
        false as is_withheld
    from {{ ref("kpi_hourly") }}
),

-- A KPI without one of its tables says nothing; nor does a source by itself that gives not all of them.
observed as (
    select
        rolled_up.kpi_id,
        rolled_up.grain,
        rolled_up.period_start,
        rolled_up.hour_start_at,
        rolled_up.slice,
        rolled_up.slice_value,
        rolled_up.numerator,
        rolled_up.denominator,
        rolled_up.observations,
        rolled_up.is_withheld
    from rolled_up
    left join {{ ref("kpi_coverage") }} as coverage
        on rolled_up.kpi_id = coverage.kpi_id
        and case when rolled_up.slice = 'source' then rolled_up.slice_value else 'all' end = coverage.source
    where coverage.is_covered is not false
),

periods as (
    select
        grain,
        period_start,
        case when grain = 'hour' then period_start_at else {{ last_instant() }} end as hour_start_at
    from {{ ref("dim_periods") }}
),

first_periods as (
    select
        kpi_id,
        grain,
        min(period_start) as first_period_start,
        min(hour_start_at) as first_hour_start_at
    from observed
    group by kpi_id, grain
),

spine as (
    select
        first_periods.kpi_id,
        periods.grain,
        periods.period_start,
        periods.hour_start_at
    from first_periods
    inner join periods
        on first_periods.grain = periods.grain
        and first_periods.first_period_start <= periods.period_start
        and first_periods.first_hour_start_at <= periods.hour_start_at
),

overall as (
    select
        spine.kpi_id,
        spine.grain,
        spine.period_start,
        spine.hour_start_at,
        observed.numerator,
        observed.denominator,
        observed.observations,
        coalesce(observed.is_withheld, false) as is_withheld
    from spine
    left join observed
        on spine.kpi_id = observed.kpi_id
        and spine.grain = observed.grain
        and spine.period_start = observed.period_start
        and spine.hour_start_at = observed.hour_start_at
        and observed.slice = 'overall'
)

-- The cells of a share are told by overall's denominator.
select
    observed.kpi_id,
    observed.grain,
    observed.period_start,
    observed.hour_start_at,
    observed.slice,
    observed.slice_value,
    observed.numerator,
    case
        when {{ in_comma_list("observed.slice", "catalog.share_slices") }} then overall.denominator
        else observed.denominator
    end as denominator,
    cast(observed.observations as bigint) as observations,
    observed.is_withheld
from observed
inner join {{ ref("kpi_catalog") }} as catalog on observed.kpi_id = catalog.kpi_id
left join overall
    on observed.kpi_id = overall.kpi_id
    and observed.grain = overall.grain
    and observed.period_start = overall.period_start
    and observed.hour_start_at = overall.hour_start_at
where observed.slice <> 'overall'
union all
select
    kpi_id,
    grain,
    period_start,
    hour_start_at,
    'overall' as slice,
    'all' as slice_value,
    numerator,
    denominator,
    cast(observations as bigint) as observations,
    is_withheld
from overall
