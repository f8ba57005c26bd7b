-- One row an agent and local day with a shift, a reply or a closing; days without worked minutes stay, with the reason.
select
    agent_id || ':' || cast(work_date as varchar) as agent_day_id,
    agent_id,
    source,
    work_date,
    {{ to_utc("cast(work_date as timestamp)", reporting_timezone()) }} as day_starts_at,
    team,
    shift_count,
    scheduled_minutes,
    worked_minutes,
    coalesce(worked_minutes > 0, false) as is_worked,
    absence_reason,
    handled_tickets,
    closed_tickets,
    exclusion_reason
from {{ ref("int_agents__days") }}
