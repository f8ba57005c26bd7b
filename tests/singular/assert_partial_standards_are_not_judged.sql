-- Guards against a judgement of a window of a marketplace's standard whose last day runs on, and against a standard
-- that is kept, as it were, by figures of which one is not judged yet.
select
    standard_id,
    marketplace,
    kpi_id,
    local_date,
    maturity,
    status,
    standard_status
from {{ ref("kpi_marketplace_standards") }}
where
    (maturity = 'partial' and (status in ('ok', 'breach') or standard_status = 'ok'))
    or (maturity <> 'partial' and status = 'partial')
