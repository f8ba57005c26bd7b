-- One row a ticket with the SLA policy that holds for it, if any, and its calendar. Which policy holds is worked out
-- for each kind of ticket (channel, marketplace and priority) and stretch of dates, of which there are few.
with tickets as (
    select
        ticket_id,
        source,
        created_at,
        {{ to_local_date("created_at", reporting_timezone()) }} as created_date,
        coalesce(channel, '') as channel,
        coalesce(marketplace, '') as marketplace,
        coalesce(priority, '') as priority
    from {{ ref("int_tickets__classified") }}
),

kinds as (
    select distinct
        channel,
        marketplace,
        priority
    from tickets
),

-- An empty name is for all.
policies as (
    select
        policies.policy_id,
        coalesce({{ name_of("channel_name", "trim(policies.channel)") }}, '') as channel,
        coalesce({{ name_of("marketplace_name", "trim(policies.marketplace)") }}, '') as marketplace,
        coalesce({{ name_of("priority_name", "trim(policies.priority)") }}, '') as priority,
        policies.target_seconds,
        lower(trim(policies.clock)) as clock,
        nullif(lower(trim(policies.calendar)), '') as calendar,
        coalesce(policies.valid_from, cast('0001-01-01' as date)) as valid_from,
        coalesce(policies.valid_to, {{ last_date() }}) as valid_to
    from {{ ref("sla_policies") }} as policies
    {{ joined_names("channel_name", "channel", "trim(policies.channel)") }}
    {{ joined_names("marketplace_name", "marketplace", "trim(policies.marketplace)") }}
    {{ joined_names("priority_name", "priority", "trim(policies.priority)") }}
    where lower(trim(policies.metric)) = 'first_response'
),

-- Three names come before two, two before one; the digits after that put marketplace before channel before priority.
fitting as (
    select
        kinds.channel,
        kinds.marketplace,
        kinds.priority,
        policies.policy_id,
        policies.target_seconds,
        policies.clock,
        policies.calendar,
        policies.valid_from,
        policies.valid_to,
        case when policies.marketplace <> '' then 1400 else 0 end
        + case when policies.channel <> '' then 1200 else 0 end
        + case when policies.priority <> '' then 1100 else 0 end as specificity
    from kinds
    cross join policies
    where
        policies.channel in ('', kinds.channel)
        and policies.marketplace in ('', kinds.marketplace)
        and policies.priority in ('', kinds.priority)
),

changes as (
    select
        channel,
        marketplace,
        priority,
        valid_from as holds_from
    from fitting
    union
    select
        channel,
        marketplace,
        priority,
        valid_to as holds_from
    from fitting
),

stretches as (
    select
        channel,
        marketplace,
        priority,
        holds_from,
        lead(holds_from) over (partition by channel, marketplace, priority order by holds_from nulls last) as holds_to
    from changes
),

-- From the last change on, none holds: no policy is valid after its end.
holding as (
    select
        stretches.channel,
        stretches.marketplace,
        stretches.priority,
        stretches.holds_from,
        stretches.holds_to,
        fitting.policy_id,
        fitting.target_seconds,
        fitting.clock,
        fitting.calendar
    from stretches
    inner join fitting
        on stretches.channel = fitting.channel
        and stretches.marketplace = fitting.marketplace
        and stretches.priority = fitting.priority
        and stretches.holds_from >= fitting.valid_from
        and stretches.holds_from < fitting.valid_to
    qualify
        row_number() over (
            partition by stretches.channel, stretches.marketplace, stretches.priority, stretches.holds_from
            order by fitting.specificity desc nulls last, fitting.policy_id asc nulls last
        ) = 1
),

known_calendars as (
    select distinct lower(trim(calendar)) as calendar
    from {{ ref("business_hours") }}
)

select
    tickets.ticket_id,
    tickets.source,
    tickets.created_at,
    holding.policy_id,
    holding.target_seconds,
    holding.clock,
    coalesce(holding.calendar, 'default') as calendar,
    known_calendars.calendar is not null as is_known_calendar
from tickets
left join holding
    on tickets.channel = holding.channel
    and tickets.marketplace = holding.marketplace
    and tickets.priority = holding.priority
    and tickets.created_date >= holding.holds_from
    and tickets.created_date < holding.holds_to
left join known_calendars on coalesce(holding.calendar, 'default') = known_calendars.calendar
