-- When tickets arrive and in which channel. The number of a ticket follows the time of its arrival.
create table arrivals as
with drawn as (
    select
        draw_no,
        draw('ticket day', draw_no, getvariable('ticket_weight')) as place,
        getvariable('channels')[1 + draw('channel', draw_no, 100)] as drawn_channel
    from range(getvariable('tickets')) as drawn (draw_no)
),
dated as (
    select
        drawn.*,
        days.local_date,
        days.midnight_at,
        days.is_outage,
        days.local_date >= getvariable('bot_from') as has_bot,
        days.local_date >= getvariable('messenger_fast_from') as has_messenger_hours,
        -- Nobody is on the phone or in the chat on Sundays and holidays; but the bot is in the chat, once there is one.
        case
            when
                (days.is_holiday or days.iso_weekday = 7)
                and (
                    drawn.drawn_channel = 'phone'
                    or (drawn.drawn_channel = 'chat' and days.local_date < getvariable('bot_from'))
                )
                then 'email'
            else drawn.drawn_channel
        end as channel
    from drawn
    asof inner join ticket_days as days on drawn.place >= days.first_weight
),
timed as (
    select
        *,
        later(
            midnight_at,
            3600
            * case
                when
                    channel = 'phone'
                    or (channel = 'chat' and not has_bot)
                    or (channel = 'facebook' and has_messenger_hours)
                    then getvariable('hours_of_talking')[1 + draw('hour', draw_no, 100)]
                when channel = 'contact_form' then getvariable('hours_of_shopping')[1 + draw('hour', draw_no, 100)]
                else getvariable('hours_of_writing')[1 + draw('hour', draw_no, 100)]
            end
            + draw('second', draw_no, 3600)
        ) as arrived_at
    from dated
),
numbered as (
    select
        row_number() over (order by arrived_at, draw_no) as ticket_no,
        *
    from timed
),
-- A finding: a channel that nobody has told the reports about yet.
telegram as (
    select ticket_no
    from numbered
    where
        local_date > getvariable('to_date') - 61
        and channel in ('email', 'whatsapp', 'instagram')
    order by draw('telegram', ticket_no, 1000000), ticket_no
    limit 20
)
select
    numbered.ticket_no,
    numbered.local_date,
    numbered.arrived_at,
    numbered.is_outage,
    numbered.has_bot,
    case when telegram.ticket_no is not null then 'telegram' else numbered.channel end as channel,
    case when numbered.channel in ('amazon', 'ebay', 'facebook') then numbered.channel end as marketplace
from numbered
left join telegram on numbered.ticket_no = telegram.ticket_no;

-- What a ticket is about and whose it is. Most are about an order of the days before; who asks for advice often orders
-- soon after; and one in twelve comes from somebody who has asked the same a few days before.
create table cases as
with topics as (
    select
        *,
        case
            when is_outage then getvariable('topics_in_outage')[1 + draw('topic', ticket_no, 100)]
            else getvariable('topics')[1 + draw('topic', ticket_no, 100)]
        end as topic
    from arrivals
),
with_orders as (
    select
        topics.*,
        placed.marketplace_no
        - case
            when topics.topic = 'product_advice' and chance('orders after advice', topics.ticket_no, 450)
                then -1 - draw('order after advice', topics.ticket_no, 1 + getvariable('orders_in_3_days'))
            when topics.topic not in ('product_advice', 'account') and chance('about an order', topics.ticket_no, 800)
                then draw('order before ticket', topics.ticket_no, 1 + 4 * getvariable('orders_in_3_days'))
        end as linked_no
    from topics
    asof left join placed
        on placed.marketplace = coalesce(topics.marketplace, 'webshop') and topics.arrived_at >= placed.ordered_at
),
of_somebody as (
    select
        tickets.*,
        orders.order_no,
        case
            when chance('nobody writes', tickets.ticket_no, 50) then null
            else coalesce(orders.account_no, skewed('writer', tickets.ticket_no, getvariable('accounts')))
        end as account_no,
        case
            when chance('asks again', tickets.ticket_no, 85)
                then tickets.ticket_no - 1 - draw('asked before', tickets.ticket_no, getvariable('tickets_in_4_days'))
        end as first_asked_no
    from with_orders as tickets
    left join order_plans as orders
        on coalesce(tickets.marketplace, 'webshop') = orders.marketplace
        and tickets.linked_no = orders.marketplace_no
)
select
    tickets.ticket_no,
    tickets.local_date,
    tickets.arrived_at,
    tickets.is_outage,
    tickets.has_bot,
    tickets.channel,
    tickets.marketplace,
    coalesce(earlier.topic, tickets.topic) as topic,
    -- An order placed after the ticket came of it, and is not what it was about.
    case
        when coalesce(earlier.topic, tickets.topic) <> 'product_advice'
            then case when earlier.ticket_no is null then tickets.order_no else earlier.order_no end
    end as order_no,
    case when earlier.ticket_no is null then tickets.account_no else earlier.account_no end as account_no,
    earlier.ticket_no as first_asked_no
from of_somebody as tickets
left join of_somebody as earlier
    on tickets.first_asked_no = earlier.ticket_no
    and tickets.marketplace is not distinct from earlier.marketplace
    and earlier.account_no is not null;

-- How each ticket will go: who answers, how long an answer usually takes, how many turns it has and how it ends.
create table plans as
with described as (
    select
        *,
        case
            when topic = 'technical'
                then getvariable('technical_complexities')[1 + draw('complexity', ticket_no, 100)]
            else getvariable('complexities')[1 + draw('complexity', ticket_no, 100)]
        end as complexity,
        case
            -- Not in the last days: the agent must be back on duty to begin it.
            when
                channel in ('email', 'whatsapp')
                and local_date < getvariable('to_date') - 5
                and chance('agent begins', ticket_no, 70)
                then 'agent'
            when channel = 'email' and chance('automation begins', ticket_no, 65) then 'automation'
            else 'customer'
        end as initiated_by,
        -- Where a platform's standard asks for every message, every message is answered in time.
        case
            when channel = 'amazon' and local_date >= getvariable('amazon_keeps_from') - 3 then 'within a day'
            when channel = 'facebook' and local_date >= getvariable('messenger_fast_from') then 'within minutes'
        end as promise,
        channel in ('chat', 'phone', 'whatsapp', 'telegram') as is_live
    from cases
),
routed as (
    select
        *,
        channel in ('email', 'contact_form') and initiated_by = 'customer' and chance('spam', ticket_no, 35) as is_spam,
        chance('test ticket', ticket_no, 4) as is_test,
        promise is null and chance('deleted ticket', ticket_no, 5) as is_deleted,
        promise is null
        and first_asked_no is not null
        and not is_live
        and chance('merged', ticket_no, 400)
            as is_merged,
        case
            when marketplace is not null then 'marketplace'
            when channel = 'contact_form' then 'contact_form'
            when channel <> 'email' then 'live'
            when topic = 'returns' then 'returns_desk'
            when topic = 'technical' and complexity = 'high' and chance('hard case', ticket_no, 920) then 'technical_hard'
            when topic = 'technical' then 'technical'
            else 'mail'
        end as first_pool,
        initiated_by = 'customer'
        and (
            (channel = 'chat' and has_bot and chance('bot answers', ticket_no, 880))
            or (channel = 'whatsapp' and chance('bot answers', ticket_no, 400))
        ) as bot_answers
    from described
),
passed_on as (
    select
        *,
        case
            when first_pool = 'live' and topic = 'technical' and complexity = 'high' and chance('hard case', ticket_no, 920)
                then 'technical_hard'
            when first_pool in ('live', 'mail') and topic = 'technical' and complexity <> 'low' then 'technical'
            when first_pool = 'live' and topic = 'returns' and chance('to the returns desk', ticket_no, 500)
                then 'returns_desk'
            when first_pool = 'mail' and topic in ('payment', 'complaint') and chance('to the returns desk', ticket_no, 120)
                then 'returns_desk'
            else first_pool
        end as later_pool,
        bot_answers
        and topic not in ('technical', 'complaint')
        and complexity <> 'high'
        and chance('bot solves', ticket_no, case when channel = 'whatsapp' then 250 when complexity = 'low' then 780 else 420 end)
            as bot_solves,
        case
            when initiated_by = 'customer' then 1
            else cast(chance('customer reacts', ticket_no, 550) as integer)
        end as has_turns
    from routed
),
fated as (
    select
        *,
        case
            when is_spam then 'spam'
            when bot_solves then 'bot'
            when promise is null and chance('never answered', ticket_no, 14) then 'expires'
            when promise is null and initiated_by = 'customer' and chance('forgotten', ticket_no, 3) then 'forgotten'
            else 'answered'
        end as fate,
        case
            when has_turns = 0 then 0
            when complexity = 'low' then [1, 1, 1, 1, 1, 1, 1, 2, 2, 3][1 + draw('turns', ticket_no, 10)]
            when complexity = 'medium' then [1, 1, 1, 1, 2, 2, 2, 2, 3, 4][1 + draw('turns', ticket_no, 10)]
            else [1, 1, 2, 2, 2, 3, 3, 3, 4, 5][1 + draw('turns', ticket_no, 10)]
        end as spell_turns
    from passed_on
)
select
    *,
    case initiated_by when 'agent' then 0 else 1 end as first_turn,
    spell_turns + case
        when spell_turns = 0 or promise = 'within minutes' then 0
        when chance('reopened', ticket_no, 75) then 1 + cast(chance('reopened twice', ticket_no, 150) as integer)
        else 0
    end as last_turn,
    case channel
        when 'email' then 6000
        when 'contact_form' then 9000
        when 'chat' then 70
        when 'phone' then 40
        when 'whatsapp' then 1500
        when 'telegram' then 2400
        when 'instagram' then 5400
        when 'amazon' then 7200
        when 'ebay' then 9000
        when 'facebook' then case when promise is not null then 60 else 7200 end
    end as usual_wait,
    -- How much longer than usual an answer takes, in percent.
    case
        when complexity = 'low' then 60
        when complexity = 'medium' then 100
        -- The specialist knows what to do.
        when later_pool = 'technical_hard' then 170
        when topic = 'technical' then 1600
        else 500
    end as hardness,
    case when is_outage then case when topic = 'technical' then 400 else 130 end else 100 end as congestion,
    case when is_live or channel = 'facebook' then 240 else 18000 end as usual_pause
from fated;

-- One row a turn; turn.sql adds turn after turn, since each begins when the one before has ended. Turn 0 is the
-- message with which an agent begins a ticket.
create table turns (
    ticket_no bigint,
    turn_no integer,
    pool varchar,
    asked_at timestamp,
    replied_at timestamp,
    agent_no bigint,
    previous_agent_no bigint,
    ends_spell boolean,
    is_reopening boolean,
    solved_by varchar,
    solved_at timestamp
);
