-- Guards what is withheld in confidence against the nearest ways of working it out: overall less all other values of
-- its slice, and a quarter less all other months. There is never one cell alone that is withheld of such a sum.
with cells as (
    select
        kpi_values.kpi_id,
        kpi_values.grain,
        kpi_values.period_start,
        {{ period_start("quarter", "kpi_values.period_start") }} as quarter_start,
        kpi_values.slice,
        kpi_values.slice_value,
        kpi_values.numerator is null as is_withheld
    from {{ ref("kpi_values") }} as kpi_values
    inner join {{ ref("kpi_catalog") }} as catalog on kpi_values.kpi_id = catalog.kpi_id
    where catalog.kind = 'confidential'
),

slices as (
    select distinct
        kpi_id,
        slice
    from cells
    where slice <> 'overall'
),

-- The values of a slice and overall, and the months of a value and their quarter.
sums as (
    select
        values_of.kpi_id,
        values_of.slice || ', ' || values_of.grain || ' of ' || values_of.period_start as about,
        values_of.is_withheld
    from cells as values_of
    where values_of.slice <> 'overall'
    union all
    select
        overall.kpi_id,
        slices.slice || ', ' || overall.grain || ' of ' || overall.period_start as about,
        overall.is_withheld
    from cells as overall
    inner join slices on overall.kpi_id = slices.kpi_id
    where overall.slice = 'overall'
    union all
    select
        kpi_id,
        slice || ' ' || slice_value || ', months and quarter of ' || quarter_start as about,
        is_withheld
    from cells
)

select
    kpi_id,
    about,
    count_if(is_withheld) as withheld
from sums
group by kpi_id, about
having count_if(is_withheld) = 1
