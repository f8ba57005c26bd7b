-- One turn of every ticket that has so many: asked, waited for in staffed time, answered by somebody who is there.
insert into turns
with asked as (
    select
        plans.*,
        plans.first_pool as pool,
        plans.arrived_at as asked_at,
        cast(null as bigint) as previous_agent_no
    from plans
    where plans.fate = 'answered' and plans.first_turn = getvariable('turn_no') and plans.last_turn >= getvariable('turn_no')
        and plans.initiated_by <> 'automation'
    union all
    -- A customer reacts to what automation has sent.
    select
        plans.*,
        plans.first_pool as pool,
        later(plans.arrived_at, 1800 + long_tail('reaction', plans.ticket_no, 30000)) as asked_at,
        cast(null as bigint) as previous_agent_no
    from plans
    where plans.fate = 'answered' and plans.initiated_by = 'automation' and getvariable('turn_no') = 1
        and plans.last_turn >= 1
    union all
    select
        plans.*,
        plans.later_pool as pool,
        case
            -- Most reopenings come within a week of the solution, some later.
            when before.ends_spell and chance('reopened late', plans.ticket_no, 220)
                then later(before.solved_at, 640000 + draw('reopened after', plans.ticket_no, 1300000))
            when before.ends_spell
                then later(before.solved_at, 3600 + draw('reopened after', plans.ticket_no, 560000))
            else later(
                before.replied_at,
                30
                + case
                    when plans.promise = 'within minutes'
                        then draw('pause', concat_ws('/', plans.ticket_no, getvariable('turn_no')), 900)
                    else long_tail('pause', concat_ws('/', plans.ticket_no, getvariable('turn_no')), plans.usual_pause)
                end
            )
        end as asked_at,
        before.agent_no as previous_agent_no
    from turns as before
    inner join plans on before.ticket_no = plans.ticket_no
    where before.turn_no = getvariable('turn_no') - 1 and plans.last_turn >= getvariable('turn_no')
),
waiting as (
    select
        *,
        concat_ws('/', ticket_no, getvariable('turn_no')) as turn_key,
        case
            when getvariable('turn_no') = 0 then 0
            else long_tail(
                'wait',
                concat_ws('/', ticket_no, getvariable('turn_no')),
                case
                    when pool = 'returns_desk' and asked_at >= getvariable('returns_faster_from') then 700
                    when pool = 'returns_desk' then 19000
                    when pool in ('technical', 'technical_hard') then 4500
                    else usual_wait
                end
                -- Whoever is on the line gets an answer now, however hard the question.
                * case when channel in ('chat', 'phone') and pool = 'live' or promise is not null then 100 else hardness end
                // 100
                * congestion // 100
            )
        end as working_seconds
    from asked
    where asked_at < getvariable('export_at')
),
placed_in_time as (
    select
        waiting.*,
        clocks.hours_before * 3600
        + case when clocks.is_staffed then wait_seconds(clocks.hour_at, waiting.asked_at) else 0 end
        + waiting.working_seconds
            as answered_position
    from waiting
    inner join clocks on waiting.pool = clocks.pool and date_trunc('hour', waiting.asked_at) = clocks.hour_at
),
answered as (
    select
        placed_in_time.*,
        clocks.hour_at as answered_hour_at,
        clocks.agents,
        least(
            clocks.hour_at + to_seconds(placed_in_time.answered_position % 3600),
            case
                when
                    placed_in_time.channel = 'amazon'
                    and placed_in_time.asked_at >= cast(getvariable('amazon_keeps_from') as timestamp)
                    then later(placed_in_time.asked_at, 43200 + draw('hurry', turn_key, 39600))
                when placed_in_time.promise = 'within minutes'
                    then later(placed_in_time.asked_at, 90 + draw('hurry', turn_key, 180))
            end
        ) as replied_at
    from placed_in_time
    inner join clocks
        on placed_in_time.pool = clocks.pool
        and clocks.is_staffed
        and placed_in_time.answered_position // 3600 = clocks.hours_before
),
manned as (
    select
        answered.*,
        -- Whoever has the ticket keeps it while on duty.
        coalesce(stays.agent_no, takes.agent_no) as agent_no,
        getvariable('turn_no') >= greatest(answered.spell_turns, answered.first_turn) as ends_spell,
        case
            when answered.is_live or answered.promise is not null then 'agent'
            else ['agent', 'agent', 'agent', 'agent', 'agent', 'agent', 'agent', 'automation', 'automation', 'customer'][
                1 + draw('solver', answered.turn_key, 10)
            ]
        end as solver
    from answered
    left join rosters as stays
        on answered.pool = stays.pool
        and answered.answered_hour_at = stays.hour_at
        and answered.previous_agent_no = stays.agent_no
    inner join rosters as takes
        on answered.pool = takes.pool
        and answered.answered_hour_at = takes.hour_at
        and draw('who', answered.turn_key, answered.agents) = takes.place
)
select
    ticket_no,
    getvariable('turn_no') as turn_no,
    pool,
    asked_at,
    replied_at,
    agent_no,
    previous_agent_no,
    ends_spell,
    ends_spell and getvariable('turn_no') > greatest(spell_turns, first_turn) as is_reopening,
    case when ends_spell then solver end as solved_by,
    case
        when not ends_spell then null
        when solver = 'agent'
            then later(replied_at, case when channel = 'phone' then 90 + long_tail('talk', turn_key, 240) else 1 + draw('solved after', turn_key, 60) end)
        when solver = 'customer' then later(replied_at, 600 + long_tail('confirmed after', turn_key, 9000))
        else later(replied_at, 172800 + draw('closed after', turn_key, 7200))
    end as solved_at
from manned;
