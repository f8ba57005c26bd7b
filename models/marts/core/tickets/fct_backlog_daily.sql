-- One row a local date and a source, channel, team, complexity and age band that ever had an open ticket, from its
-- first day to that of `as_of`: tickets open at its end (at `as_of` in an unfinished one) and what moved them.
-- open_tickets = the day before's + created + reopened + moved in - resolved - moved out, on every day and row.
with stretches as (
    select
        source,
        channel,
        team,
        complexity,
        age_band,
        is_opening,
        is_after_reopening,
        is_closing,
        {{ to_local_date("starts_at", reporting_timezone()) }} as start_date,
        {{ to_local_date("ends_at", reporting_timezone()) }} as end_date
    from {{ ref("fct_ticket_open_stretches") }}
    where exclusion_reason is null
),

movements as (
    select
        start_date as local_date,
        source,
        channel,
        team,
        complexity,
        age_band,
        count_if(is_opening and not is_after_reopening) as created_tickets,
        count_if(is_opening and is_after_reopening) as reopened_tickets,
        count_if(not is_opening) as moved_in_tickets,
        0 as resolved_tickets,
        0 as moved_out_tickets
    from stretches
    group by all
    union all
    select
        end_date as local_date,
        source,
        channel,
        team,
        complexity,
        age_band,
        0 as created_tickets,
        0 as reopened_tickets,
        0 as moved_in_tickets,
        count_if(is_closing) as resolved_tickets,
        count_if(not is_closing) as moved_out_tickets
    from stretches
    where end_date is not null
    group by all
),

daily_movements as (
    select
        local_date,
        source,
        channel,
        team,
        complexity,
        age_band,
        sum(created_tickets) as created_tickets,
        sum(reopened_tickets) as reopened_tickets,
        sum(moved_in_tickets) as moved_in_tickets,
        sum(resolved_tickets) as resolved_tickets,
        sum(moved_out_tickets) as moved_out_tickets
    from movements
    group by all
),

bounds as (
    select
        min(daily_movements.local_date) as first_date,
        max({{ to_local_date("now.as_of", reporting_timezone()) }}) as last_date
    from daily_movements
    cross join {{ ref("int_warehouse__as_of") }} as now
),

dates as (
    {{ local_dates_between(
        "(select first_date from bounds)", "(select last_date from bounds)", reporting_timezone()
    ) }}
),

combinations as (
    select
        source,
        channel,
        team,
        complexity,
        age_band,
        min(local_date) as first_date
    from daily_movements
    group by all
),

filled as (
    select
        dates.date_day as local_date,
        combinations.source,
        combinations.channel,
        combinations.team,
        combinations.complexity,
        combinations.age_band,
        coalesce(daily_movements.created_tickets, 0) as created_tickets,
        coalesce(daily_movements.reopened_tickets, 0) as reopened_tickets,
        coalesce(daily_movements.moved_in_tickets, 0) as moved_in_tickets,
        coalesce(daily_movements.resolved_tickets, 0) as resolved_tickets,
        coalesce(daily_movements.moved_out_tickets, 0) as moved_out_tickets
    from combinations
    inner join dates on combinations.first_date <= dates.date_day
    left join daily_movements
        on dates.date_day = daily_movements.local_date
        and combinations.source = daily_movements.source
        and combinations.channel is not distinct from daily_movements.channel
        and combinations.team is not distinct from daily_movements.team
        and combinations.complexity is not distinct from daily_movements.complexity
        and combinations.age_band = daily_movements.age_band
)

select
    local_date,
    source,
    channel,
    team,
    complexity,
    age_band,
    cast(
        sum(created_tickets + reopened_tickets + moved_in_tickets - resolved_tickets - moved_out_tickets) over (
            partition by source, channel, team, complexity, age_band order by local_date nulls last
            rows between unbounded preceding and current row
        ) as bigint
    ) as open_tickets,
    cast(created_tickets as bigint) as created_tickets,
    cast(reopened_tickets as bigint) as reopened_tickets,
    cast(moved_in_tickets as bigint) as moved_in_tickets,
    cast(resolved_tickets as bigint) as resolved_tickets,
    cast(moved_out_tickets as bigint) as moved_out_tickets
from filled
