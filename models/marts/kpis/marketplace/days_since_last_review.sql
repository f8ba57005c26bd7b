-- Local days since the newest standing review of 4 stars or more, at the end of a local day (at `as_of` on an
-- unfinished one). Days of marketplaces do not add up to those of all, so every slice has rows of its own
-- (`only_slice`).
select
    {{ to_utc("cast(local_date as timestamp)", reporting_timezone()) }} as measured_at,
    last_positive_review_id as observation_id,
    days_since_last_review as numerator,
    cast(null as double) as denominator,
    cast(null as string) as exclusion_reason,
    case when scope <> 'overall' then scope end as only_slice,
    source,
    marketplace
from {{ ref("fct_review_recency_daily") }}
