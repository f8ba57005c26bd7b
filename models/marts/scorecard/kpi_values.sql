-- One row a cell: KPI, grain, period, slice and slice value. Overall has a cell for every period from the KPI's first
-- data to `as_of`, a stock's slices too; other slices have cells where something was observed. What BI reads.
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
        sum(daily.observations) as observations
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
        denominator as observations
    from {{ ref("kpi_distinct") }}
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
        daily.numerator as observations
    from {{ ref("kpi_daily") }} as daily
    inner join stock_days on daily.local_date = stock_days.stock_date
    inner join {{ ref("kpi_catalog") }} as catalog on daily.kpi_id = catalog.kpi_id
    where
        catalog.kind = 'stock'
        and {{ has_grain("catalog.grains", "daily.slice", "stock_days.grain") }}
),

observed as (
    select
        kpi_id,
        grain,
        period_start,
        slice,
        slice_value,
        numerator,
        denominator,
        observations
    from sums
    union all
    select
        kpi_id,
        grain,
        period_start,
        slice,
        slice_value,
        numerator,
        denominator,
        observations
    from stocks
),

first_periods as (
    select
        kpi_id,
        grain,
        min(period_start) as first_period_start
    from observed
    group by kpi_id, grain
),

spine as (
    select
        first_periods.kpi_id,
        periods.grain,
        periods.period_start
    from first_periods
    inner join {{ ref("dim_periods") }} as periods
        on first_periods.grain = periods.grain
        and first_periods.first_period_start <= periods.period_start
),

cells as (
    select
        kpi_id,
        grain,
        period_start,
        slice,
        slice_value,
        numerator,
        denominator,
        observations
    from observed
    where slice <> 'overall'
    union all
    select
        spine.kpi_id,
        spine.grain,
        spine.period_start,
        'overall' as slice,
        'all' as slice_value,
        observed.numerator,
        observed.denominator,
        observed.observations
    from spine
    left join observed
        on spine.kpi_id = observed.kpi_id
        and spine.grain = observed.grain
        and spine.period_start = observed.period_start
        and observed.slice = 'overall'
),

valued as (
    select
        cells.kpi_id,
        catalog.kpi_version,
        cells.grain,
        cells.period_start,
        periods.period_start_at,
        periods.period_end_at,
        cells.slice,
        cells.slice_value,
        cast(coalesce(cells.numerator, 0) as double) as numerator,
        case
            when catalog.kind in ('ratio', 'duration', 'distinct')
                then cast(coalesce(cells.denominator, 0) as double)
        end as denominator,
        case
            when catalog.kind in ('ratio', 'duration', 'distinct')
                then cast(coalesce(cells.numerator, 0) as double) / nullif(cast(cells.denominator as double), 0)
            else cast(coalesce(cells.numerator, 0) as double)
        end as value,
        case
            when catalog.kind in ('ratio', 'duration', 'distinct') then cast(coalesce(cells.denominator, 0) as bigint)
            else cast(coalesce(cells.observations, 0) as bigint)
        end as sample_size,
        catalog.min_sample,
        case
            when periods.period_end_at > now.as_of then 'partial'
            when periods.period_end_at + catalog.window_days * interval 1 day > now.as_of then 'immature'
            else 'final'
        end as maturity
    from cells
    inner join {{ ref("kpi_catalog") }} as catalog on cells.kpi_id = catalog.kpi_id
    inner join {{ ref("dim_periods") }} as periods
        on cells.grain = periods.grain
        and cells.period_start = periods.period_start
    cross join {{ ref("int_warehouse__as_of") }} as now
),

-- The target valid at the period's start; a slice's value before the slice before all slices, then a grain before all.
targets as (
    select
        valued.kpi_id,
        valued.grain,
        valued.period_start,
        valued.slice,
        valued.slice_value,
        targets.lower,
        targets.upper
    from valued
    inner join {{ ref("kpi_targets") }} as targets
        on valued.kpi_id = targets.kpi_id
        and (targets.grain is null or valued.grain = targets.grain)
        and (targets.slice is null or valued.slice = targets.slice)
        and (targets.slice_value is null or valued.slice_value = targets.slice_value)
        and valued.period_start >= targets.valid_from
        and (targets.valid_to is null or valued.period_start < targets.valid_to)
    qualify
        row_number() over (
            partition by valued.kpi_id, valued.grain, valued.period_start, valued.slice, valued.slice_value
            order by
                targets.slice_value is null,
                targets.slice is null,
                targets.grain is null,
                targets.lower nulls last,
                targets.upper nulls last
        ) = 1
)

select
    valued.kpi_id,
    valued.kpi_version,
    valued.grain,
    valued.period_start,
    valued.period_start_at,
    valued.period_end_at,
    valued.slice,
    valued.slice_value,
    valued.numerator,
    valued.denominator,
    valued.value,
    valued.sample_size,
    distributions.median,
    distributions.p90,
    targets.lower as target_lower,
    targets.upper as target_upper,
    case
        when valued.value is null then 'no_data'
        when valued.sample_size < valued.min_sample then 'too_few'
        when targets.lower is null and targets.upper is null then 'no_target'
        when valued.value < targets.lower or valued.value > targets.upper then 'breach'
        else 'ok'
    end as status,
    valued.maturity
from valued
left join targets
    on valued.kpi_id = targets.kpi_id
    and valued.grain = targets.grain
    and valued.period_start = targets.period_start
    and valued.slice = targets.slice
    and valued.slice_value = targets.slice_value
left join {{ ref("kpi_distributions") }} as distributions
    on valued.kpi_id = distributions.kpi_id
    and valued.grain = distributions.grain
    and valued.period_start = distributions.period_start
    and valued.slice = distributions.slice
    and valued.slice_value = distributions.slice_value
