-- Valid tickets that customers began and that wait for their first reply at the end of the day (at `as_of` on an
-- unfinished one). One row a day and a mix of slices, dated by the start of its local day: a stock is counted.
select
    {{ to_utc("cast(local_date as timestamp)", reporting_timezone()) }} as measured_at,
    cast(null as string) as observation_id,
    unanswered_tickets as numerator,
    cast(null as double) as denominator,
    cast(null as string) as exclusion_reason,
    source,
    channel,
    complexity,
    topic,
    marketplace
from {{ ref("fct_unanswered_daily") }}
