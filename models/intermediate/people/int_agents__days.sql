-- One row an agent and local day with a shift, a reply or a closing: the hours, what was done, and why the day is in no
-- KPI of working days (`exclusion_reason`, else null). A shift that begins after `as_of`, or on a later date, does not
-- exist yet; one of nobody is no agent's day.
with shifts as (
    select
        shifts.agent_id,
        shifts.source,
        shifts.shift_date as work_date,
        count(*) as shift_count,
        sum(shifts.scheduled_minutes) as scheduled_minutes,
        sum(shifts.worked_minutes) as worked_minutes,
        min(shifts.absence_reason) as absence_reason
    from {{ ref("int_agent_shifts__unioned") }} as shifts
    cross join {{ ref("int_warehouse__as_of") }} as now
    where
        shifts.left_out_reason is null
        and shifts.agent_id is not null
        and shifts.shift_date <= {{ to_local_date("now.as_of", reporting_timezone()) }}
        and coalesce(shifts.starts_at, now.as_of) <= now.as_of
    group by shifts.agent_id, shifts.source, shifts.shift_date
),

-- Shifts after `as_of` count here, so that a later `as_of` changes no day's reason.
sources_with_shifts as (
    select distinct source
    from {{ ref("int_agent_shifts__unioned") }}
    where {{ exists_ever() }}
),

handled_tickets as (
    select distinct
        messages.agent_id,
        messages.source,
        {{ to_local_date("messages.sent_at", reporting_timezone()) }} as work_date,
        messages.ticket_id
    from {{ ref("int_tickets__messages") }} as messages
    inner join {{ ref("int_tickets__classified") }} as tickets on messages.ticket_id = tickets.ticket_id
    where messages.is_reply and messages.agent_id is not null and tickets.exclusion_reason is null
),

closings as (
    select
        resolutions.agent_id,
        tickets.source,
        {{ to_local_date("resolutions.resolved_at", reporting_timezone()) }} as work_date
    from {{ ref("int_tickets__resolutions") }} as resolutions
    inner join {{ ref("int_tickets__classified") }} as tickets on resolutions.ticket_id = tickets.ticket_id
    where
        resolutions.is_standing
        and resolutions.agent_id is not null
        and resolutions.resolved_at is not null
        and tickets.exclusion_reason is null
),

parts as (
    select
        agent_id,
        source,
        work_date,
        shift_count,
        scheduled_minutes,
        worked_minutes,
        absence_reason,
        0 as handled_tickets,
        0 as closed_tickets
    from shifts
    union all
    select
        agent_id,
        source,
        work_date,
        0 as shift_count,
        cast(null as double) as scheduled_minutes,
        cast(null as double) as worked_minutes,
        cast(null as string) as absence_reason,
        count(*) as handled_tickets,
        0 as closed_tickets
    from handled_tickets
    group by agent_id, source, work_date
    union all
    select
        agent_id,
        source,
        work_date,
        0 as shift_count,
        cast(null as double) as scheduled_minutes,
        cast(null as double) as worked_minutes,
        cast(null as string) as absence_reason,
        0 as handled_tickets,
        count(*) as closed_tickets
    from closings
    group by agent_id, source, work_date
),

days as (
    select
        agent_id,
        source,
        work_date,
        cast(sum(shift_count) as bigint) as shift_count,
        sum(scheduled_minutes) as scheduled_minutes,
        sum(worked_minutes) as worked_minutes,
        min(absence_reason) as absence_reason,
        cast(sum(handled_tickets) as bigint) as handled_tickets,
        cast(sum(closed_tickets) as bigint) as closed_tickets
    from parts
    group by agent_id, source, work_date
)

select
    days.agent_id,
    days.source,
    days.work_date,
    versions.team,
    days.shift_count,
    days.scheduled_minutes,
    days.worked_minutes,
    days.absence_reason,
    days.handled_tickets,
    days.closed_tickets,
    case
        when versions.is_queue then 'nobody'
        when sources_with_shifts.source is null then 'source_has_no_shifts'
        when days.shift_count = 0 then 'no_shift'
        when days.worked_minutes is null then 'unknown_minutes'
        when days.worked_minutes <= 0 then 'not_worked'
    end as exclusion_reason
from days
left join sources_with_shifts on days.source = sources_with_shifts.source
left join {{ ref("int_agents__versions") }} as versions
    on days.agent_id = versions.agent_id
    and days.work_date >= versions.valid_from
    and days.work_date < coalesce(versions.valid_to, {{ last_date() }})
