-- Valid tickets created before the end of the day (before `as_of` on an unfinished one) and not resolved then.
-- One row a day and a mix of slices, dated by the start of its local day: a stock is counted, not observed.
select
    {{ to_utc("cast(local_date as timestamp)", reporting_timezone()) }} as measured_at,
    cast(null as string) as observation_id,
    open_tickets as numerator,
    cast(null as double) as denominator,
    cast(null as string) as exclusion_reason,
    source,
    channel,
    team,
    complexity,
    age_band
from {{ ref("fct_backlog_daily") }}
