-- Guards against a target that never holds because of a slip of the pen: a KPI, grain or slice that does not exist,
-- bounds or dates the wrong way round. Returns each such row of the seed with what is wrong with it.
with judged as (
    select
        targets.kpi_id,
        targets.grain,
        targets.slice,
        targets.slice_value,
        targets.lower,
        targets.upper,
        targets.valid_from,
        targets.valid_to,
        case
            when catalog.kpi_id is null then 'the catalogue has no such KPI'
            when not {{ in_comma_list("targets.grain", "catalog.grains") }} then 'the KPI has no such grain'
            when not {{ in_comma_list("targets.slice", "catalog.slices") }} then 'the KPI has no such slice'
            when not ({{ has_grain("catalog.grains", "targets.slice", "targets.grain") }}) then 'the slice has no days'
            when targets.slice is null and targets.slice_value is not null then 'the value has no slice'
            when targets.slice = 'overall' and targets.slice_value <> 'all' then 'the one value of overall is all'
            when targets.lower is null and targets.upper is null then 'there is no bound'
            when targets.lower > targets.upper then 'lower is above upper'
            when targets.valid_from is null then 'valid_from is empty'
            when targets.valid_to <= targets.valid_from then 'it holds on no day'
            when targets.source is null then 'source is empty'
        end as problem
    from {{ ref("kpi_targets") }} as targets
    left join {{ ref("kpi_catalog") }} as catalog on targets.kpi_id = catalog.kpi_id
)

select
    kpi_id,
    grain,
    slice,
    slice_value,
    lower,
    upper,
    valid_from,
    valid_to,
    problem
from judged
where problem is not null
