-- Calls that are tickets. Who waits for more than ten minutes hangs up, and is called back. Other calls leave no ticket.
create table calls as
with of_tickets as (
    select
        plans.ticket_no,
        plans.account_no,
        plans.topic,
        plans.opened_at as queued_at,
        turns.replied_at,
        turns.agent_no,
        coalesce(wait_seconds(plans.opened_at, turns.replied_at) <= 600, false) as is_answered,
        concat_ws('/', 'ticket', plans.ticket_no) as call_key
    from opened as plans
    left join turns on plans.ticket_no = turns.ticket_no and turns.turn_no = 1
    where plans.channel = 'phone'
),
drawn as (
    select
        drawn.draw_no,
        concat_ws('/', 'call', drawn.draw_no) as call_key,
        later(
            days.midnight_at,
            3600 * getvariable('hours_of_talking')[1 + draw('call hour', drawn.draw_no, 100)]
            + draw('call second', drawn.draw_no, 3600)
        ) as queued_at,
        getvariable('topics')[1 + draw('call topic', drawn.draw_no, 100)] as topic,
        case
            when chance('caller known', drawn.draw_no, 700) then skewed('caller', drawn.draw_no, getvariable('accounts'))
        end as account_no,
        chance('outbound', drawn.draw_no, 90) as is_outbound,
        long_tail('call wait', drawn.draw_no, 45) as wait_seconds
    from (
        select draw_no, draw('call day', draw_no, getvariable('ticket_weight')) as place
        from range(getvariable('calls')) as numbers (draw_no)
    ) as drawn
    asof inner join ticket_days as days on drawn.place >= days.first_weight
    where days.iso_weekday < 7 and not days.is_holiday
),
without_tickets as (
    select
        drawn.*,
        rosters.agent_no,
        rosters.agent_no is not null and (drawn.is_outbound or drawn.wait_seconds <= 200) as is_answered
    from drawn
    left join clocks on clocks.pool = 'live' and date_trunc('hour', drawn.queued_at) = clocks.hour_at
    left join rosters
        on rosters.pool = 'live'
        and clocks.hour_at = rosters.hour_at
        and draw('call agent', drawn.draw_no, greatest(clocks.agents, 1)) = rosters.place
    -- Nobody calls a customer when nobody is there.
    where not drawn.is_outbound or rosters.agent_no is not null
),
all_calls as (
    select
        call_key,
        ticket_no,
        account_no,
        case when is_answered then agent_no end as agent_no,
        'inbound' as direction,
        topic,
        queued_at,
        case when is_answered then replied_at end as answered_at
    from of_tickets
    union all
    select
        concat_ws('/', call_key, 'back'),
        ticket_no,
        account_no,
        agent_no,
        'outbound',
        topic,
        replied_at,
        replied_at
    from of_tickets
    where not is_answered and replied_at < getvariable('export_at')
    union all
    select
        call_key,
        cast(null as bigint),
        account_no,
        case when is_answered then agent_no end,
        case when is_outbound then 'outbound' else 'inbound' end,
        topic,
        queued_at,
        case when is_answered then later(queued_at, case when is_outbound then 0 else wait_seconds end) end
    from without_tickets
),
timed as (
    select
        *,
        case when answered_at is not null then 45 + long_tail('talking', call_key, 210) end as talk_seconds,
        case
            when answered_at is not null
                then case when chance('on hold', call_key, 300) then 15 + long_tail('holding', call_key, 60) else 0 end
        end as hold_seconds,
        case when answered_at is not null then 10 + long_tail('wrapping up', call_key, 45) end as wrap_up_seconds
    from all_calls
),
ended as (
    select
        *,
        coalesce(
            later(answered_at, talk_seconds + hold_seconds), later(queued_at, 30 + draw('gives up', call_key, 400))
        ) as ended_at
    from timed
)
select
    'L' || lpad(cast(row_number() over (order by queued_at, call_key) as varchar), 7, '0') as call_id,
    ticket_id(ticket_no) as ticket_id,
    customer_id(account_no) as customer_id,
    'A' || lpad(cast(agent_no as varchar), 3, '0') as agent_id,
    direction,
    case
        when direction = 'outbound' then null
        when topic in ('delivery', 'order_change', 'payment') then 'orders'
        when topic in ('returns', 'complaint') then 'after_sales'
        else 'service'
    end as queue,
    topic,
    queued_at,
    answered_at,
    ended_at,
    hold_seconds,
    talk_seconds,
    wrap_up_seconds,
    ended_at as updated_at,
    false as is_deleted
from ended
where ended_at < getvariable('export_at');

-- One row a survey on a solved ticket. `quality` is 0 … 100, from which an answer on any scale follows: hard and slow
-- cases are liked less, and so are the returns desk since it is in a hurry, and technical cases in the outage.
create table ticket_surveys as
with solved as (
    select
        turns.ticket_no,
        turns.solved_at,
        turns.agent_no,
        turns.pool,
        people.crew,
        wait_seconds(plans.opened_at, turns.solved_at) as resolution_seconds
    from turns
    inner join opened as plans on turns.ticket_no = plans.ticket_no and turns.turn_no = plans.last_turn
    inner join agent_people as people on turns.agent_no = people.agent_no
    where turns.ends_spell and turns.turn_no > 0
    union all
    select ticket_no, later(opened_at, 1200), null, 'bot', null, 1200
    from opened
    where fate = 'bot'
),
asked as (
    select
        solved.*,
        plans.account_no,
        plans.channel,
        draw('which survey', solved.ticket_no, 1000) as place,
        80
        - case plans.complexity when 'low' then 0 when 'medium' then 6 else 46 end
        - case when solved.resolution_seconds > 172800 then 7 else 0 end
        - case when plans.channel = 'contact_form' then 6 else 0 end
        - case when solved.pool = 'bot' then 7 else 0 end
        - case when plans.is_outage and plans.topic = 'technical' then 15 else 0 end
        - case when solved.pool = 'returns_desk' and solved.solved_at >= getvariable('returns_faster_from') then 36 else 0 end
        -- The brand is judged more kindly than its answer.
        + case when draw('which survey', solved.ticket_no, 1000) >= 440 then 16 else 0 end
        + case when solved.crew = 'specialist' then 27 else 0 end
        + coalesce(draw('skill', solved.agent_no, 9) - 4, 0)
        + draw('mood', solved.ticket_no, 66) - 38
            as quality
    from solved
    inner join opened as plans on solved.ticket_no = plans.ticket_no
    where plans.initiated_by = 'customer' and not plans.is_spam
),
typed as (
    select
        *,
        case when place < 380 then 'csat' when place < 440 then 'ces' when place < 490 then 'nps' end as survey_type,
        later(solved_at, 1800 + draw('survey sent', ticket_no, 600)) as sent_at
    from asked
    where place < 490 and solved_at is not null
)
select
    *,
    case survey_type when 'nps' then 0 else 1 end as scale_min,
    case
        when survey_type = 'nps' or (survey_type = 'csat' and channel = 'chat') then 10
        when survey_type = 'ces' then 7
        else 5
    end as scale_max,
    case
        when chance('survey answered', ticket_no, 470)
            then later(sent_at, 60 + long_tail('survey answer', ticket_no, 36000))
    end as responded_at
from typed
where sent_at < getvariable('export_at');

create table survey_responses as
with odd_one as (
    select min(ticket_no) as ticket_no
    from ticket_surveys
    where survey_type = 'csat' and responded_at < getvariable('export_at') and ticket_no > getvariable('tickets') // 4
),
on_tickets as (
    select
        'U-' || ticket_id(surveys.ticket_no) as survey_id,
        surveys.survey_type,
        cast(null as varchar) as survey_dimension,
        ticket_id(surveys.ticket_no) as ticket_id,
        cast(null as varchar) as article_id,
        customer_id(surveys.account_no) as customer_id,
        case
            when chance('names the agent', surveys.ticket_no, 500)
                then 'A' || lpad(cast(surveys.agent_no as varchar), 3, '0')
        end as agent_id,
        surveys.scale_min
        + greatest(0, least(100, surveys.quality)) * (surveys.scale_max - surveys.scale_min + 1) // 101
            as score,
        surveys.scale_min,
        -- A finding: an answer on a scale of 50 points, which nobody knows. The score is on it all the same.
        case when odd_one.ticket_no is not null then 50 else surveys.scale_max end as scale_max,
        odd_one.ticket_no is not null as is_odd,
        surveys.sent_at,
        surveys.responded_at
    from ticket_surveys as surveys
    left join odd_one on surveys.ticket_no = odd_one.ticket_no
),
-- The brand asks customers, whatever they last wanted.
on_brand as (
    select
        'U-N' || lpad(cast(draw_no as varchar), 7, '0') as survey_id,
        draw_no,
        skewed('asked for the brand', draw_no, getvariable('accounts')) as account_no,
        [0, 2, 4, 6, 6, 7, 7, 8, 8, 8, 9, 9, 9, 9, 10, 10, 10, 10, 10, 10][1 + draw('brand score', draw_no, 20)] as score,
        later(
            getvariable('from_date') + interval 9 hours,
            86400 * draw('brand survey day', draw_no, getvariable('period_days')) + draw('brand survey second', draw_no, 3600)
        ) as sent_at
    from range(getvariable('brand_surveys')) as drawn (draw_no)
),
-- Every month, every agent, four questions.
of_agents as (
    select
        terms.agent_no,
        terms.team,
        days.day_no,
        days.local_date,
        days.midnight_at + interval 10 hours as sent_at,
        dimensions.dimension,
        dimensions.scores[
            1 + draw('agent score', concat_ws('/', terms.agent_no, days.day_no, dimensions.dimension), 8)
        ] as score
    from agent_terms as terms
    inner join days
        on days.local_date >= terms.valid_from
        and days.local_date < terms.valid_until
        and days.is_in_period
        and day(days.local_date) = 15
    cross join (
        values
            ('training', [2, 3, 3, 4, 4, 4, 5, 5]),
            ('tools', [1, 2, 3, 3, 3, 4, 4, 5]),
            ('empowerment', [2, 3, 3, 4, 4, 5, 5, 5]),
            ('workload', [1, 2, 2, 3, 3, 3, 4, 5])
    ) as dimensions (dimension, scores)
),
-- "Did this help?" below an article.
on_articles as (
    select
        'U-' || view_id as survey_id,
        article_id,
        customer_id,
        case when chance('helpful', view_id, 690) then 1 else 0 end as score,
        later(viewed_at, coalesce(read_seconds, 0)) as sent_at,
        case
            when chance('helpful answered', view_id, 620)
                then later(viewed_at, coalesce(read_seconds, 0) + 5 + draw('helpful after', view_id, 40))
        end as responded_at
    from article_views
    where chance('asked for help', view_id, 40)
),
all_surveys as (
    select
        survey_id,
        survey_type,
        survey_dimension,
        ticket_id,
        article_id,
        customer_id,
        agent_id,
        score,
        case when is_odd then 0 else scale_min end as scale_min,
        scale_max,
        sent_at,
        responded_at
    from on_tickets
    union all
    select
        survey_id,
        'nps',
        null,
        null,
        null,
        customer_id(account_no),
        null,
        score,
        0,
        10,
        sent_at,
        case when chance('brand answered', draw_no, 380) then later(sent_at, 120 + long_tail('brand answer', draw_no, 50000)) end
    from on_brand
    union all
    select
        'U-A' || lpad(cast(agent_no as varchar), 3, '0') || '-' || strftime(local_date, '%Y%m') || '-' || dimension,
        'agent_satisfaction',
        dimension,
        null,
        null,
        null,
        'A' || lpad(cast(agent_no as varchar), 3, '0'),
        score,
        1,
        5,
        sent_at,
        -- Who answers, answers all four questions.
        case
            when chance('agent answers', concat_ws('/', agent_no, day_no), 800)
                then later(sent_at, 600 + long_tail('agent answer', concat_ws('/', agent_no, day_no), 30000))
        end
    from of_agents
    union all
    select
        survey_id, 'article_helpful', null, null, article_id, customer_id, null, score, 0, 1, sent_at, responded_at
    from on_articles
)
select
    survey_id,
    survey_type,
    survey_dimension,
    ticket_id,
    article_id,
    customer_id,
    agent_id,
    case when if_past(responded_at) is not null then score end as score,
    -- Where the scale is the usual one, some systems don't say it.
    case when survey_type <> 'csat' or scale_max <> 5 or not chance('usual scale', survey_id, 250) then scale_min end
        as scale_min,
    case when survey_type <> 'csat' or scale_max <> 5 or not chance('usual scale', survey_id, 250) then scale_max end
        as scale_max,
    sent_at,
    if_past(responded_at) as responded_at,
    coalesce(if_past(responded_at), sent_at) as updated_at,
    chance('deleted survey', survey_id, 1) as is_deleted
from all_surveys
where sent_at < getvariable('export_at');
