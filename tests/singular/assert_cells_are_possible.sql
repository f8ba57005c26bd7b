-- Guards against numbers that can't be: a share outside 0–1, a negative duration or count, a median above the p90, a
-- numerator without anything observed, a status that does not follow from value, sample and target.
select
    kpi_values.kpi_id,
    kpi_values.grain,
    kpi_values.period_start,
    kpi_values.slice,
    kpi_values.slice_value,
    kpi_values.numerator,
    kpi_values.denominator,
    kpi_values.value,
    kpi_values.status
from {{ ref("kpi_values") }} as kpi_values
inner join {{ ref("kpi_catalog") }} as catalog on kpi_values.kpi_id = catalog.kpi_id
where
    (kpi_values.kpi_id like '%\_rate' escape '\' and kpi_values.value not between 0 and 1)
    or (catalog.kind in ('count', 'stock', 'duration') and kpi_values.numerator < 0)
    or kpi_values.denominator < 0
    or kpi_values.sample_size < 0
    or kpi_values.median > kpi_values.p90
    or kpi_values.median < 0
    or (catalog.kind = 'duration' and kpi_values.sample_size > 0 and kpi_values.median is null)
    or (
        catalog.kind in ('ratio', 'duration', 'distinct') and (kpi_values.value is null) <> (kpi_values.denominator = 0)
    )
    or (kpi_values.value is null) <> (kpi_values.status = 'no_data')
    or (kpi_values.status in ('ok', 'breach') and kpi_values.target_lower is null and kpi_values.target_upper is null)
    or kpi_values.status not in ('no_data', 'too_few', 'no_target', 'breach', 'ok')
    or kpi_values.maturity not in ('partial', 'immature', 'final')
