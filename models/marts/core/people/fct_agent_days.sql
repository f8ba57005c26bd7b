-- One row an agent and local day with a shift, a reply or a closing; days without worked minutes stay, with the reason.
select
    days.agent_id || ':' || cast(days.work_date as string) as agent_day_id,
    days.agent_id,
    days.source,
    days.work_date,
    {{ to_utc("cast(days.work_date as timestamp)", reporting_timezone()) }} as day_starts_at,
    days.team,
    days.shift_count,
    days.scheduled_minutes,
    days.worked_minutes,
    days.worked_minutes > 0 as is_worked,
    days.absence_reason,
    days.handled_tickets,
    coalesce(coverage.has_messages, false) as is_message_known,
    days.closed_tickets,
    days.exclusion_reason
from {{ ref("int_agents__days") }} as days
left join {{ ref("int_warehouse__source_coverage") }} as coverage on days.source = coverage.source
