-- One row a cell of kpi_cells: its value, its sample, what it is judged by and how. What BI reads.
{% set divided = "catalog.kind in ('" ~ divided_kinds() | join("', '") ~ "')" -%}
with periods as (
    select
        grain,
        period_start,
        case when grain = 'hour' then period_start_at else {{ last_instant() }} end as hour_start_at,
        period_start_at,
        period_end_at
    from {{ ref("dim_periods") }}
),

valued as (
    select
        cells.kpi_id,
        catalog.kpi_version,
        cells.grain,
        cells.period_start,
        cells.hour_start_at,
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
    from {{ ref("kpi_cells") }} as cells
    inner join periods
        on cells.grain = periods.grain
        and cells.period_start = periods.period_start
        and cells.hour_start_at = periods.hour_start_at
    -- Every KPI is in the catalogue; an outer join stays where it stands, where periods would else meet all KPIs first.
    left join {{ ref("kpi_catalog") }} as catalog on cells.kpi_id = catalog.kpi_id
    cross join {{ ref("int_warehouse__as_of") }} as now
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
left join {{ ref("kpi_cell_targets") }} as targets
    on valued.kpi_id = targets.kpi_id
    and valued.grain = targets.grain
    and valued.period_start = targets.period_start
    and valued.hour_start_at = targets.hour_start_at
    and valued.slice = targets.slice
    and valued.slice_value = targets.slice_value
left join {{ ref("kpi_distributions") }} as distributions
    on valued.kpi_id = distributions.kpi_id
    and valued.grain = distributions.grain
    and valued.period_start = distributions.period_start
    and valued.slice = distributions.slice
    and valued.slice_value = distributions.slice_value
