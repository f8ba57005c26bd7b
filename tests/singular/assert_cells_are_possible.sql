-- Guards against numbers that can't be: a value out of the range that the catalogue gives (shares 0 to 1, NPS -100 to
-- 100), a negative duration or count, a median out of its order, numbers in a cell that is withheld, a numerator
-- without anything observed, a status that does not follow from value, sample and target.
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
left join {{ ref("kpi_distributions") }} as distributions
    on kpi_values.kpi_id = distributions.kpi_id
    and kpi_values.grain = distributions.grain
    and kpi_values.period_start = distributions.period_start
    and kpi_values.slice = distributions.slice
    and kpi_values.slice_value = distributions.slice_value
where
    -- A quotient of doubles may miss its bound by its last digit.
    kpi_values.value < catalog.least_value - 1e-9
    or kpi_values.value > catalog.greatest_value + 1e-9
    or (catalog.kind in ('count', 'stock', 'duration') and kpi_values.numerator < 0)
    -- Lines that were given back may leave a category with less than no revenue.
    or (kpi_values.denominator < 0 and kpi_values.kpi_id <> 'repeat_revenue_rate')
    or kpi_values.sample_size < 0
    or kpi_values.median not between distributions.shortest and kpi_values.p90
    or kpi_values.p90 > distributions.longest
    or distributions.shortest < 0
    or (catalog.kind = 'duration' and kpi_values.sample_size > 0 and kpi_values.median is null)
    or (
        kpi_values.numerator is null
        and (
            catalog.kind <> 'confidential'
            or kpi_values.status <> 'too_few'
            or coalesce(kpi_values.denominator, kpi_values.value, kpi_values.sample_size) is not null
        )
    )
    or (
        kpi_values.numerator is not null
        and (
            (catalog.is_divided and (kpi_values.value is null) <> (kpi_values.denominator = 0))
            or (kpi_values.value is null) <> (kpi_values.status = 'no_data')
        )
    )
    or (
        kpi_values.status in ('ok', 'breach', 'partial')
        and kpi_values.target_lower is null
        and kpi_values.target_upper is null
    )
    or (kpi_values.status in ('ok', 'breach') and kpi_values.maturity = 'partial')
    or (kpi_values.status = 'partial' and kpi_values.maturity <> 'partial')
    or kpi_values.status not in ('no_data', 'too_few', 'no_target', 'partial', 'breach', 'ok')
    or kpi_values.maturity not in ('partial', 'immature', 'final')
