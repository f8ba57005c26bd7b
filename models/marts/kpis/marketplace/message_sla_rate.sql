-- Turns of tickets of a marketplace answered within the window `marketplace_reply`, nights, weekends and holidays
-- included / such turns due.
select
    due_at as measured_at,
    deadline_id as observation_id,
    case when is_in_time then 1 else 0 end as numerator,
    1 as denominator,
    exclusion_reason,
    source,
    marketplace
from {{ ref("fct_reply_deadlines") }}
where deadline_kind = 'marketplace_message' and is_due
