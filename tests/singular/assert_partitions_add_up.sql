-- Guards against rows that a slice loses (a null that is no value) or counts twice: the cells of a partition slice add
-- up to overall, numerators and denominators, in every KPI, grain and period. Distinct people do not add up, and
-- withheld cells have no numbers: both are out. So are the sources of a KPI that takes its tables from several: one
-- that gives not all of them has no cells.
with joint_kpis as (
    select distinct kpi_id
    from {{ ref("kpi_coverage") }}
    where source <> 'all' and not is_covered
),

cells as (
    select
        kpi_values.kpi_id,
        kpi_values.grain,
        kpi_values.period_start_at,
        kpi_values.slice,
        catalog.kind,
        sum(kpi_values.numerator) as numerator,
        sum(coalesce(kpi_values.denominator, 0)) as denominator,
        sum(kpi_values.sample_size) as sample_size
    from {{ ref("kpi_values") }} as kpi_values
    inner join {{ ref("kpi_slices") }} as slices
        on kpi_values.kpi_id = slices.kpi_id
        and kpi_values.slice = slices.slice
        and slices.slice_form = 'partition'
    inner join {{ ref("kpi_catalog") }} as catalog
        on kpi_values.kpi_id = catalog.kpi_id
        and catalog.kind not in ('distinct', 'retained', 'confidential')
    group by kpi_values.kpi_id, kpi_values.grain, kpi_values.period_start_at, kpi_values.slice, catalog.kind
),

overall as (
    select
        kpi_id,
        grain,
        period_start_at,
        kind,
        numerator,
        denominator,
        sample_size
    from cells
    where slice = 'overall'
),

-- Every slice that the catalogue names, so that a slice without any cell is found too.
expected as (
    select
        overall.kpi_id,
        overall.grain,
        overall.period_start_at,
        overall.kind,
        slices.slice,
        overall.numerator,
        overall.denominator,
        overall.sample_size
    from overall
    inner join {{ ref("kpi_slices") }} as slices
        on overall.kpi_id = slices.kpi_id
        and slices.slice_form = 'partition'
    left join joint_kpis on overall.kpi_id = joint_kpis.kpi_id
    where
        not {{ is_too_short("overall.grain", "slices.slice") }}
        and not (slices.slice = 'source' and joint_kpis.kpi_id is not null)
)

select
    expected.kpi_id,
    expected.grain,
    expected.period_start_at,
    expected.slice,
    expected.numerator as overall_numerator,
    cells.numerator as slice_numerator,
    expected.denominator as overall_denominator,
    cells.denominator as slice_denominator
from expected
left join cells
    on expected.kpi_id = cells.kpi_id
    and expected.grain = cells.grain
    and expected.period_start_at = cells.period_start_at
    and expected.slice = cells.slice
-- Money and seconds are doubles here; what they are sums of is exact.
where
    abs(expected.numerator - coalesce(cells.numerator, 0)) > 1e-9 * greatest(1, abs(expected.numerator))
    or abs(expected.denominator - coalesce(cells.denominator, 0)) > 1e-9 * greatest(1, abs(expected.denominator))
    -- Halves of agents are rounded cell by cell.
    or (expected.sample_size <> coalesce(cells.sample_size, 0) and expected.kind <> 'per_period')
