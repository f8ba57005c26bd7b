-- Return requests answered within the window `return_answer` / return requests whose window `return_answer` is over. A
-- request answered at a time that does not tell is in neither.
select
    due_at as measured_at,
    return_id as observation_id,
    case when is_in_time then 1 else 0 end as numerator,
    1 as denominator,
    answer_exclusion_reason as exclusion_reason,
    source,
    marketplace
from {{ ref("fct_returns") }}
where is_due
