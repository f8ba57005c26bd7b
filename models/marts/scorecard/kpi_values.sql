-- One row a cell: KPI, grain, period, slice and slice value. Overall has a cell for every period from the KPI's first
-- data to `as_of`, a stock's slices too; other slices have cells where something was observed. What BI reads.
{% set divided = "catalog.kind in ('" ~ divided_kinds() | join("', '") ~ "')" -%}
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
        case when grain = 'hour' then period_start_at else {{ last_instant() }} end as hour_start_at,
        period_start_at,
        period_end_at
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
),

-- The cells of a share are told by overall's denominator.
cells as (
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
        observed.observations,
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
        observations,
        is_withheld
    from overall
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
        cells.is_withheld,
        case when not cells.is_withheld then coalesce(cast(cells.numerator as double), 0) end as numerator,
        case
            when {{ divided }} and not cells.is_withheld then coalesce(cast(cells.denominator as double), 0)
        end as denominator,
        case
            when cells.is_withheld then cast(null as double)
            when {{ divided }}
                then coalesce(cast(cells.numerator as double), 0) / nullif(cast(cells.denominator as double), 0)
            else coalesce(cast(cells.numerator as double), 0)
        end as value,
        case
            when cells.is_withheld then cast(null as bigint)
            when catalog.sample_from = 'numerator' then coalesce(cast(cells.numerator as bigint), 0)
            when catalog.sample_from = 'observations' then coalesce(cast(cells.observations as bigint), 0)
            when {{ divided }} then coalesce(cast(cells.denominator as bigint), 0)
            when catalog.kind = 'stock' then coalesce(cast(cells.numerator as bigint), 0)
            else coalesce(cast(cells.observations as bigint), 0)
        end as sample_size,
        catalog.min_sample,
        case
            when periods.period_end_at > now.as_of then 'partial'
            when periods.period_end_at + catalog.window_days * interval 1 day > now.as_of then 'immature'
            else 'final'
        end as maturity
    from cells
    inner join periods
        on cells.grain = periods.grain
        and cells.period_start = periods.period_start
        and cells.hour_start_at = periods.hour_start_at
    -- Every KPI is in the catalogue; an outer join stays where it stands, where periods would else meet all KPIs first.
    left join {{ ref("kpi_catalog") }} as catalog on cells.kpi_id = catalog.kpi_id
    cross join {{ ref("int_warehouse__as_of") }} as now
),

-- A target may write a slice's value in its own way.
named_targets as (
    select
        targets.kpi_id,
        targets.grain,
        targets.slice,
        {{ name_of("names", "targets.slice_value") }} as slice_value,
        targets.lower,
        targets.upper,
        targets.valid_from,
        targets.valid_to
    from {{ ref("kpi_targets") }} as targets
    left join {{ ref("int_warehouse__names") }} as names
        on targets.slice = names.kind and targets.slice_value = names.spelling
    where {{ target_judges("targets") }}
),

-- The target valid at the period's start; a slice's value before the slice before all slices, then a grain before all.
targets as (
    select
        valued.kpi_id,
        valued.grain,
        valued.period_start,
        valued.period_start_at,
        valued.slice,
        valued.slice_value,
        targets.lower,
        targets.upper
    from valued
    inner join named_targets as targets
        on valued.kpi_id = targets.kpi_id
        and (targets.grain is null or valued.grain = targets.grain)
        and (targets.slice is null or valued.slice = targets.slice)
        and (targets.slice_value is null or valued.slice_value = targets.slice_value)
        and valued.period_start >= targets.valid_from
        and (targets.valid_to is null or valued.period_start < targets.valid_to)
    qualify
        row_number() over (
            partition by
                valued.kpi_id,
                valued.grain,
                valued.period_start,
                valued.period_start_at,
                valued.slice,
                valued.slice_value
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
        when valued.is_withheld then 'too_few'
        when valued.value is null then 'no_data'
        when valued.sample_size < valued.min_sample then 'too_few'
        when targets.lower is null and targets.upper is null then 'no_target'
        -- What runs on is not judged: a target is for the whole period.
        when valued.maturity = 'partial' then 'partial'
        when valued.value < targets.lower or valued.value > targets.upper then 'breach'
        else 'ok'
    end as status,
    valued.maturity
from valued
left join targets
    on valued.kpi_id = targets.kpi_id
    and valued.grain = targets.grain
    and valued.period_start = targets.period_start
    and valued.period_start_at is not distinct from targets.period_start_at
    and valued.slice = targets.slice
    and valued.slice_value = targets.slice_value
left join {{ ref("kpi_distributions") }} as distributions
    on valued.kpi_id = distributions.kpi_id
    and valued.grain = distributions.grain
    and valued.period_start = distributions.period_start
    and valued.slice = distributions.slice
    and valued.slice_value = distributions.slice_value
