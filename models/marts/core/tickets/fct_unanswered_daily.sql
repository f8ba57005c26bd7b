-- One row a local date and a source, channel, complexity, topic and marketplace that ever had a ticket waiting for its
-- first reply, from its first day to that of `as_of`: tickets that wait at its end (at `as_of` in an unfinished one)
-- and what moved them. unanswered_tickets = the day before's + begun - answered - left, on every day and row.
with waits as (
    select
        source,
        channel,
        complexity,
        topic,
        marketplace,
        is_answered,
        {{ to_local_date("starts_at", reporting_timezone()) }} as begin_date,
        {{ to_local_date("ends_at", reporting_timezone()) }} as end_date
    from {{ ref("fct_ticket_first_waits") }}
    where exclusion_reason is null
),

movements as (
    select
        begin_date as local_date,
        source,
        channel,
        complexity,
        topic,
        marketplace,
        count(*) as begun_tickets,
        0 as answered_tickets,
        0 as left_tickets
    from waits
    group by all
    union all
    select
        end_date as local_date,
        source,
        channel,
        complexity,
        topic,
        marketplace,
        0 as begun_tickets,
        count_if(is_answered) as answered_tickets,
        count_if(not is_answered) as left_tickets
    from waits
    where end_date is not null
    group by all
),

daily_movements as (
    select
        local_date,
        source,
        channel,
        complexity,
        topic,
        marketplace,
        sum(begun_tickets) as begun_tickets,
        sum(answered_tickets) as answered_tickets,
        sum(left_tickets) as left_tickets
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
        complexity,
        topic,
        marketplace,
        min(local_date) as first_date
    from daily_movements
    group by all
),

filled as (
    select
        dates.date_day as local_date,
        combinations.source,
        combinations.channel,
        combinations.complexity,
        combinations.topic,
        combinations.marketplace,
        coalesce(daily_movements.begun_tickets, 0) as begun_tickets,
        coalesce(daily_movements.answered_tickets, 0) as answered_tickets,
        coalesce(daily_movements.left_tickets, 0) as left_tickets
    from combinations
    inner join dates on combinations.first_date <= dates.date_day
    left join daily_movements
        on dates.date_day = daily_movements.local_date
        and combinations.source = daily_movements.source
        and combinations.channel is not distinct from daily_movements.channel
        and combinations.complexity is not distinct from daily_movements.complexity
        and combinations.topic is not distinct from daily_movements.topic
        and combinations.marketplace is not distinct from daily_movements.marketplace
)

select
    local_date,
    source,
    channel,
    complexity,
    topic,
    marketplace,
    cast(
        sum(begun_tickets - answered_tickets - left_tickets) over (
            partition by source, channel, complexity, topic, marketplace order by local_date nulls last
            rows between unbounded preceding and current row
        ) as bigint
    ) as unanswered_tickets,
    cast(begun_tickets as bigint) as begun_tickets,
    cast(answered_tickets as bigint) as answered_tickets,
    cast(left_tickets as bigint) as left_tickets
from filled
