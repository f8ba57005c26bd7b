-- Guards against a KPI that falls silent: overall has exactly one cell for every period from its first data to `as_of`,
-- and so has each slice value of a stock from its own first day.
with stocks as (
    select kpi_id
    from {{ ref("kpi_catalog") }}
    where kind = 'stock'
),

counted as (
    select
        kpi_values.kpi_id,
        kpi_values.grain,
        kpi_values.slice,
        kpi_values.slice_value,
        min(kpi_values.period_start_at) as first_period_start_at,
        count(*) as cells,
        count(distinct kpi_values.period_start_at) as periods
    from {{ ref("kpi_values") }} as kpi_values
    left join stocks on kpi_values.kpi_id = stocks.kpi_id
    where kpi_values.slice = 'overall' or stocks.kpi_id is not null
    group by kpi_values.kpi_id, kpi_values.grain, kpi_values.slice, kpi_values.slice_value
),

expected as (
    select
        counted.kpi_id,
        counted.grain,
        counted.slice,
        counted.slice_value,
        count(*) as periods
    from counted
    inner join {{ ref("dim_periods") }} as periods
        on counted.grain = periods.grain
        and counted.first_period_start_at <= periods.period_start_at
    group by counted.kpi_id, counted.grain, counted.slice, counted.slice_value
)

select
    counted.kpi_id,
    counted.grain,
    counted.slice,
    counted.slice_value,
    counted.cells,
    expected.periods
from counted
inner join expected
    on counted.kpi_id = expected.kpi_id
    and counted.grain = expected.grain
    and counted.slice = expected.slice
    and counted.slice_value = expected.slice_value
where counted.cells <> expected.periods or counted.periods <> expected.periods
