{{ config(schema="intermediate") }}
-- One row a cell of kpi_cells that has a target: the one valid at the period's start; one for the slice's value before
-- one for the slice before one for all slices, then one for the grain before one for all. This is not published.
-- A target may write a slice's value in its own way.
with named_targets as (
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
)

select
    cells.kpi_id,
    cells.grain,
    cells.period_start,
    cells.hour_start_at,
    cells.slice,
    cells.slice_value,
    targets.lower,
    targets.upper
from {{ ref("kpi_cells") }} as cells
inner join named_targets as targets
    on cells.kpi_id = targets.kpi_id
    and (targets.grain is null or cells.grain = targets.grain)
    and (targets.slice is null or cells.slice = targets.slice)
    and (targets.slice_value is null or cells.slice_value = targets.slice_value)
    and cells.period_start >= targets.valid_from
    and (targets.valid_to is null or cells.period_start < targets.valid_to)
qualify
    row_number() over (
        partition by
            cells.kpi_id,
            cells.grain,
            cells.period_start,
            cells.hour_start_at,
            cells.slice,
            cells.slice_value
        order by
            targets.slice_value is null,
            targets.slice is null,
            targets.grain is null,
            targets.lower nulls last,
            targets.upper nulls last
    ) = 1
