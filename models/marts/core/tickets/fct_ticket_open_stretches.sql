-- One row a stretch [starts_at, ends_at) of a ticket in which it was unresolved and neither its team nor its age band
-- changed; an open stretch has no end. A ticket resolved at the very instant it was opened has one of length 0. Nothing
-- is open before its creation, whatever its events say. Tickets that are in no KPI have stretches with the reason, and
-- so do those of which nobody can tell whether they are open.
with tickets as (
    select
        ticket_id,
        source,
        channel,
        complexity,
        coalesce(exclusion_reason, state_unknown_reason) as exclusion_reason,
        created_at
    from {{ ref("int_tickets__classified") }}
),

resolutions as (
    select
        tickets.ticket_id,
        resolutions.resolution_number,
        greatest(resolutions.effective_at, tickets.created_at) as closed_at,
        case
            when resolutions.reopened_at is not null then greatest(resolutions.reopened_at, tickets.created_at)
        end as reopened_at
    from tickets
    inner join {{ ref("int_tickets__resolutions") }} as resolutions on tickets.ticket_id = resolutions.ticket_id
),

openings as (
    select
        ticket_id,
        1 as opening_number,
        created_at as opened_at
    from tickets
    union all
    select
        ticket_id,
        resolution_number + 1 as opening_number,
        reopened_at as opened_at
    from resolutions
    where reopened_at is not null
),

open_spans as (
    select
        openings.ticket_id,
        openings.opening_number,
        openings.opened_at,
        resolutions.closed_at
    from openings
    left join resolutions
        on openings.ticket_id = resolutions.ticket_id
        and openings.opening_number = resolutions.resolution_number
),

-- Who had the ticket when, with the team of that agent on each local date; the stretches cover all time.
assignee_spans as (
    select
        tickets.ticket_id,
        cast(null as timestamp) as starts_at,
        min(assignments.assigned_at) as ends_at,
        cast(null as string) as team
    from tickets
    left join {{ ref("int_tickets__assignments") }} as assignments on tickets.ticket_id = assignments.ticket_id
    group by tickets.ticket_id
    union all
    select
        assignments.ticket_id,
        case
            when versions.valid_from > cast('0001-01-01' as date)
                then greatest(
                        assignments.assigned_at,
                        {{ to_utc("cast(versions.valid_from as timestamp)", reporting_timezone()) }}
                    )
            else assignments.assigned_at
        end as starts_at,
        case
            when versions.valid_to is null then assignments.ended_at
            else least(
                    coalesce(assignments.ended_at, {{ last_instant() }}),
                    {{ to_utc("cast(versions.valid_to as timestamp)", reporting_timezone()) }}
                )
        end as ends_at,
        versions.team
    from {{ ref("int_tickets__assignments") }} as assignments
    left join {{ ref("int_agents__versions") }} as versions
        on assignments.assignee_id = versions.agent_id
        and {{ to_local_date("coalesce(assignments.ended_at, " ~ last_instant() ~ ")", reporting_timezone()) }}
        >= versions.valid_from
        and {{ to_local_date("assignments.assigned_at", reporting_timezone()) }}
        < coalesce(versions.valid_to, {{ last_date() }})
),

-- From one agent to another of the same team is no change here.
team_changes as (
    select
        ticket_id,
        starts_at,
        team
    from assignee_spans
    where starts_at is null or ends_at is null or starts_at < ends_at
    qualify
        starts_at is null
        or team is distinct from lag(team) over (partition by ticket_id order by starts_at nulls first)
),

team_spans as (
    select
        ticket_id,
        starts_at,
        lead(starts_at) over (partition by ticket_id order by starts_at nulls first) as ends_at,
        team
    from team_changes
),

-- Bounds of age are closed at their end: at exactly one day a ticket is still 0-1 d old.
age_bands as (
    select
        '0-1 d' as age_band,
        0 as from_day,
        1 as to_day
    union all
    select
        '1-3 d' as age_band,
        1 as from_day,
        3 as to_day
    union all
    select
        '3-7 d' as age_band,
        3 as from_day,
        7 as to_day
    union all
    select
        'over 7 d' as age_band,
        7 as from_day,
        cast(null as integer) as to_day
),

age_spans as (
    select
        tickets.ticket_id,
        age_bands.age_band,
        tickets.created_at + age_bands.from_day * interval 1 day as starts_at,
        case
            when tickets.created_at + age_bands.to_day * interval 1 day < now.as_of
                then tickets.created_at + age_bands.to_day * interval 1 day
        end as ends_at
    from tickets
    cross join age_bands
    cross join {{ ref("int_warehouse__as_of") }} as now
    -- A band that a ticket has not outgrown at `as_of` has no end yet.
    where age_bands.from_day = 0 or tickets.created_at + age_bands.from_day * interval 1 day < now.as_of
),

stretches as (
    select
        open_spans.ticket_id,
        open_spans.opening_number,
        open_spans.opened_at,
        open_spans.closed_at,
        team_spans.team,
        age_spans.age_band,
        greatest(open_spans.opened_at, coalesce(team_spans.starts_at, open_spans.opened_at), age_spans.starts_at)
            as starts_at,
        least(
            coalesce(open_spans.closed_at, {{ last_instant() }}),
            coalesce(team_spans.ends_at, {{ last_instant() }}),
            coalesce(age_spans.ends_at, {{ last_instant() }})
        ) as ends_at
    from open_spans
    inner join team_spans
        on open_spans.ticket_id = team_spans.ticket_id
        and (team_spans.ends_at is null or open_spans.opened_at < team_spans.ends_at)
        and (
            team_spans.starts_at is null
            or open_spans.closed_at is null
            or open_spans.closed_at > team_spans.starts_at
            or open_spans.opened_at = team_spans.starts_at
        )
    inner join age_spans
        on open_spans.ticket_id = age_spans.ticket_id
        and (age_spans.ends_at is null or open_spans.opened_at < age_spans.ends_at)
        and (
            open_spans.closed_at is null
            or open_spans.closed_at > age_spans.starts_at
            or open_spans.opened_at = age_spans.starts_at
        )
)

select
    stretches.ticket_id,
    tickets.source,
    tickets.channel,
    tickets.complexity,
    tickets.exclusion_reason,
    stretches.team,
    stretches.age_band,
    stretches.starts_at,
    case when stretches.ends_at <= now.as_of then stretches.ends_at end as ends_at,
    stretches.starts_at = stretches.opened_at as is_opening,
    stretches.opening_number > 1 as is_after_reopening,
    coalesce(stretches.ends_at = stretches.closed_at, false) as is_closing
from stretches
inner join tickets on stretches.ticket_id = tickets.ticket_id
cross join {{ ref("int_warehouse__as_of") }} as now
where
    stretches.starts_at <= now.as_of
    and (
        stretches.starts_at < stretches.ends_at
        or (stretches.starts_at = stretches.opened_at and stretches.ends_at = stretches.closed_at)
    )
