-- Return requests answered within 48 h / return requests whose 48 h are over.
select
    due_at as measured_at,
    return_id as observation_id,
    case when is_in_time then 1 else 0 end as numerator,
    1 as denominator,
    exclusion_reason,
    source,
    marketplace
from {{ ref("fct_returns") }}
where is_due
