-- Guards against tickets that vanish from the backlog or stay in it: on every day, what is open is what was open the
-- day before + created + reopened - resolved, with the flows counted from tickets and resolutions, not from the
-- backlog; and each row of the backlog keeps the same identity with what moved in and out. Tickets of which nobody can
-- tell whether they are open are in neither.
with flows as (
    select
        source,
        {{ to_local_date("created_at", reporting_timezone()) }} as local_date,
        1 as tickets
    from {{ ref("fct_tickets") }}
    where is_valid and state_unknown_reason is null
    union all
    select
        source,
        {{ to_local_date("left_backlog_at", reporting_timezone()) }} as local_date,
        -1 as tickets
    from {{ ref("fct_ticket_resolutions") }}
    where is_valid
    union all
    select
        resolutions.source,
        {{ to_local_date("greatest(resolutions.reopened_at, tickets.created_at)", reporting_timezone()) }}
            as local_date,
        1 as tickets
    from {{ ref("fct_ticket_resolutions") }} as resolutions
    inner join {{ ref("fct_tickets") }} as tickets on resolutions.ticket_id = tickets.ticket_id
    where resolutions.is_valid and resolutions.reopened_at is not null
),

daily_flows as (
    select
        source,
        local_date,
        sum(tickets) as net_tickets
    from flows
    group by source, local_date
),

open_tickets as (
    select
        source,
        local_date,
        sum(open_tickets) as open_tickets
    from {{ ref("fct_backlog_daily") }}
    group by source, local_date
),

days as (
    select
        coalesce(open_tickets.source, daily_flows.source) as source,
        coalesce(open_tickets.local_date, daily_flows.local_date) as local_date,
        open_tickets.open_tickets,
        coalesce(daily_flows.net_tickets, 0) as net_tickets
    from open_tickets
    full outer join daily_flows
        on open_tickets.source = daily_flows.source
        and open_tickets.local_date = daily_flows.local_date
),

days_with_day_before as (
    select
        source,
        local_date,
        open_tickets,
        net_tickets,
        coalesce(lag(open_tickets) over (partition by source order by local_date nulls last), 0) as open_the_day_before
    from days
),

rows_with_day_before as (
    select
        source,
        local_date,
        open_tickets,
        created_tickets + reopened_tickets + moved_in_tickets - resolved_tickets - moved_out_tickets as net_tickets,
        coalesce(
            lag(open_tickets) over (
                partition by source, channel, team, complexity, age_band order by local_date nulls last
            ),
            0
        ) as open_the_day_before
    from {{ ref("fct_backlog_daily") }}
)

select
    'day' as level,
    source,
    local_date,
    open_tickets,
    open_the_day_before,
    net_tickets
from days_with_day_before
where open_tickets is null or open_tickets < 0 or open_tickets <> open_the_day_before + net_tickets
union all
select
    'row' as level,
    source,
    local_date,
    open_tickets,
    open_the_day_before,
    net_tickets
from rows_with_day_before
where open_tickets < 0 or open_tickets <> open_the_day_before + net_tickets
