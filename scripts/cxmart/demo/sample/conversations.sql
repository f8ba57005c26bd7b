-- When each ticket is there: where an agent begins it, with that message.
create table opened as
select
    plans.*,
    coalesce(openers.replied_at, plans.arrived_at) as opened_at,
    case plans.first_pool
        when 'live' then 'frontline'
        when 'mail' then 'frontline'
        when 'contact_form' then 'frontline'
        when 'technical_hard' then 'technical'
        else plans.first_pool
    end as first_team
from plans
left join turns as openers on plans.ticket_no = openers.ticket_no and openers.turn_no = 0;

-- Everything that is written. Where two come at the same instant, `rank` says which is first.
create table written as
-- What the customer asks.
select
    ticket_no,
    asked_at as sent_at,
    1 as rank,
    'customer' as author_type,
    cast(null as bigint) as agent_no,
    true as is_public,
    false as is_acknowledgement,
    false as no_reply_needed,
    cast(null as bigint) as template_no
from turns
where turn_no > 0
union all
select ticket_no, opened_at, 1, 'customer', null, true, false, false, null
from opened
where fate <> 'answered' and initiated_by = 'customer'
union all
-- A notice of the shop's system begins a ticket that automation begins.
select ticket_no, opened_at, 1, 'system', null, true, false, false, null
from opened
where initiated_by = 'automation'
union all
-- Customers who wait for long write once more.
select ticket_no, later(asked_at, wait_seconds(asked_at, replied_at) // 3), 1, 'customer', null, true, false, false, null
from turns
where turn_no > 0 and wait_seconds(asked_at, replied_at) > 14400 and chance('asks once more', ticket_no || '/' || turn_no, 140)
union all
-- What agents answer, and with what they begin a ticket.
select
    turns.ticket_no,
    turns.replied_at,
    3,
    'agent',
    turns.agent_no,
    true,
    false,
    false,
    case
        when plans.channel <> 'phone' and chance('template', turns.ticket_no || '/' || turns.turn_no, 360)
            then skewed('which template', turns.ticket_no || '/' || turns.turn_no, 36)
    end
from turns
inner join plans on turns.ticket_no = plans.ticket_no
union all
-- A few answers come in two parts.
select ticket_no, later(replied_at, 20), 4, 'agent', agent_no, true, false, false, null
from turns
where chance('second part', ticket_no || '/' || turn_no, 35)
union all
-- Notes among colleagues.
select
    ticket_no,
    later(replied_at, -least(wait_seconds(asked_at, replied_at) // 2, 240)),
    2,
    'agent',
    agent_no,
    false,
    false,
    false,
    null
from turns
where turn_no > 0 and chance('note', ticket_no || '/' || turn_no, 120)
union all
-- "We got your mail."
select ticket_no, later(opened_at, 4 + draw('acknowledged', ticket_no, 30)), 2, 'automation', null, true, true, false, null
from opened
where initiated_by = 'customer' and channel in ('email', 'contact_form')
union all
-- The bot answers, and in half of the cases is asked once more.
select ticket_no, later(opened_at, 2 + draw('bot', ticket_no, 9)), 2, 'automation', null, true, false, false, null
from opened
where bot_answers
union all
select ticket_no, later(opened_at, 60 + draw('bot once more', ticket_no, 60)), 1, 'customer', null, true, false, false, null
from opened
where fate = 'bot' and chance('asks the bot once more', ticket_no, 500)
union all
select ticket_no, later(opened_at, 124 + draw('bot again', ticket_no, 9)), 2, 'automation', null, true, false, false, null
from opened
where fate = 'bot' and chance('asks the bot once more', ticket_no, 500)
union all
-- Thanks, to which nobody needs to reply.
select ticket_no, later(solved_at, -1), 1, 'customer', null, true, false, true, null
from turns
where solved_by = 'customer'
union all
select
    turns.ticket_no,
    later(turns.solved_at, 60 + long_tail('thanks', turns.ticket_no, 5000)),
    1,
    'customer',
    null,
    true,
    false,
    true,
    null
from turns
inner join plans on turns.ticket_no = plans.ticket_no and turns.turn_no = plans.last_turn
where turns.solved_by = 'agent' and turns.turn_no > 0 and plans.channel <> 'phone' and chance('says thanks', turns.ticket_no, 110)
union all
-- A finding: an answer that is older than its ticket.
(
    select opened.ticket_no, later(opened.opened_at, -3600), 3, 'agent', turns.agent_no, true, false, false, null
    from opened
    inner join turns on opened.ticket_no = turns.ticket_no and turns.turn_no = 1
    where
        opened.ticket_no > getvariable('tickets') // 3
        and opened.channel = 'email'
        and opened.initiated_by = 'customer'
    order by opened.ticket_no
    limit 1
);

create table ticket_messages as
select
    ticket_id(written.ticket_no) || '-m' || row_number() over (
        partition by written.ticket_no
        order by
            written.sent_at,
            written.rank,
            written.author_type,
            written.is_public,
            written.no_reply_needed,
            written.agent_no,
            written.template_no
    ) as message_id,
    ticket_id(written.ticket_no) as ticket_id,
    written.author_type,
    case written.author_type
        when 'agent' then 'A' || lpad(cast(written.agent_no as varchar), 3, '0')
        when 'customer' then customer_id(cases.account_no)
        when 'automation' then 'bot'
    end as author_id,
    written.is_public,
    written.is_acknowledgement,
    written.no_reply_needed,
    written.sent_at,
    'M' || lpad(cast(written.template_no as varchar), 2, '0') as template_id,
    written.sent_at as updated_at,
    chance('deleted message', written.ticket_no || strftime(written.sent_at, '/%H%M%S'), 1) as is_deleted
from written
inner join cases on written.ticket_no = cases.ticket_no
where written.sent_at < getvariable('export_at');

-- Everything that changes a ticket's status or assignee.
create table changes as
-- The inbox of the team that the ticket is for.
select
    ticket_no,
    later(opened_at, 1 + draw('routed', ticket_no, 5)) as occurred_at,
    1 as rank,
    'assigned' as event_type,
    'Q-' || first_team as new_value,
    'automation' as actor_type,
    cast(null as bigint) as actor_no
from opened
where initiated_by <> 'agent' and fate in ('answered', 'expires', 'forgotten')
union all
-- Whoever answers takes the ticket first.
select
    ticket_no,
    later(replied_at, -least(wait_seconds(asked_at, replied_at) // 3, 300)),
    3,
    'assigned',
    'A' || lpad(cast(agent_no as varchar), 3, '0'),
    'agent',
    agent_no
from turns
where agent_no is distinct from previous_agent_no
union all
-- From one team to another.
select
    turns.ticket_no,
    later(before.replied_at, 25),
    2,
    'assigned',
    'Q-' || case turns.pool when 'technical_hard' then 'technical' else turns.pool end,
    'agent',
    before.agent_no
from turns
inner join turns as before on turns.ticket_no = before.ticket_no and turns.turn_no = before.turn_no + 1
where
    turns.pool <> before.pool
    and turns.pool in ('returns_desk', 'technical', 'technical_hard')
    and not (before.pool in ('technical', 'technical_hard'))
union all
-- The customer's move, or a supplier's.
select
    turns.ticket_no,
    later(turns.replied_at, 1),
    4,
    'status_changed',
    case
        when plans.topic in ('technical', 'complaint') and chance('on hold', turns.ticket_no, 400) then 'on_hold'
        else 'pending'
    end,
    'agent',
    turns.agent_no
from turns
inner join plans on turns.ticket_no = plans.ticket_no
where (not turns.ends_spell or turns.solved_by = 'automation') and not plans.is_live
union all
select turns.ticket_no, turns.asked_at, 5, 'status_changed', 'open', 'customer', plans.account_no
from turns
inner join turns as before on turns.ticket_no = before.ticket_no and turns.turn_no = before.turn_no + 1
inner join plans on turns.ticket_no = plans.ticket_no
where before.ends_spell or not plans.is_live
union all
select
    turns.ticket_no,
    turns.solved_at,
    6,
    'status_changed',
    'solved',
    turns.solved_by,
    case turns.solved_by when 'agent' then turns.agent_no when 'customer' then plans.account_no end
from turns
inner join plans on turns.ticket_no = plans.ticket_no
where turns.ends_spell
union all
-- What stays solved for four days is closed for good, in some channels.
select turns.ticket_no, later(turns.solved_at, 345600), 7, 'status_changed', 'closed', 'automation', null
from turns
inner join plans on turns.ticket_no = plans.ticket_no
where turns.ends_spell and turns.turn_no = plans.last_turn and plans.channel in ('email', 'amazon', 'ebay', 'chat')
union all
select ticket_no, later(opened_at, 600 + draw('bot done', ticket_no, 600)), 6, 'status_changed', 'solved', 'automation', null
from opened
where fate = 'bot'
union all
select ticket_no, later(opened_at, 60), 6, 'status_changed', 'solved', 'automation', null
from opened
where fate = 'answered' and initiated_by = 'automation' and last_turn = 0
union all
select
    ticket_no,
    later(opened_at, case fate when 'spam' then 45 else 1814400 end),
    6,
    'status_changed',
    'closed',
    'automation',
    null
from opened
where fate in ('spam', 'expires')
union all
-- A finding: five tickets that were given to an agent whom nobody knows.
(
    select ticket_no, later(opened_at, 9), 2, 'assigned', 'A9999', 'system', null
    from opened
    where fate = 'answered' and initiated_by = 'customer'
    order by draw('unknown agent', ticket_no, 1000000), ticket_no
    limit 5
);

create table ticket_events as
select
    ticket_id(ticket_no) || '-e' || row_number() over in_order as event_id,
    ticket_id(ticket_no) as ticket_id,
    event_type,
    lag(new_value) over (partition by ticket_no, event_type order by occurred_at, rank, new_value) as old_value,
    new_value,
    actor_type,
    case actor_type
        when 'agent' then 'A' || lpad(cast(actor_no as varchar), 3, '0')
        when 'customer' then customer_id(actor_no)
    end as actor_id,
    occurred_at,
    occurred_at as updated_at,
    false as is_deleted
from changes
where occurred_at < getvariable('export_at')
window in_order as (partition by ticket_no order by occurred_at, rank, event_type, new_value);

-- Tickets of one person within ten days of each other, of which the brand has linked some.
create table issues as
with gaps as (
    select
        ticket_no,
        account_no,
        opened_at,
        opened_at > later(lag(opened_at) over (partition by account_no order by opened_at, ticket_no), 864000) as is_apart
    from opened
    where account_no is not null and not is_spam
),
grouped as (
    select
        ticket_no,
        account_no,
        count(*) filter (is_apart) over (
            partition by account_no order by opened_at, ticket_no rows unbounded preceding
        ) as group_no
    from gaps
)
select
    ticket_no,
    'I' || lpad(cast(min(ticket_no) over (partition by account_no, group_no) as varchar), 7, '0') as issue_id
from grouped
qualify
    count(*) over (partition by account_no, group_no) between 2 and 6
    and chance('linked', min(ticket_no) over (partition by account_no, group_no), 300);

create table tickets as
with changed as (
    select
        ticket_no,
        max(occurred_at) as changed_at,
        max_by(new_value, (occurred_at, rank)) filter (event_type = 'status_changed') as status,
        max_by(new_value, (occurred_at, rank)) filter (event_type = 'assigned') as assigned_agent_id,
        max(occurred_at) filter (new_value = 'solved' or (new_value = 'closed' and actor_type = 'automation' and rank = 6))
            as resolved_at
    from changes
    where occurred_at < getvariable('export_at')
    group by ticket_no
),
wrote as (
    select
        ticket_no,
        max(sent_at) as sent_at,
        bool_or(author_type = 'agent' and is_public) as has_reply
    from written
    where sent_at < getvariable('export_at')
    group by ticket_no
),
-- A finding: two tickets that were merged into each other.
circle as (
    select ticket_no, lead(ticket_no) over (order by ticket_no) as next_no, lag(ticket_no) over (order by ticket_no) as last_no
    from (
        select ticket_no
        from opened
        where
            ticket_no > getvariable('tickets') // 2
            and channel = 'email'
            and not (is_spam or is_test or is_deleted or is_merged)
        order by ticket_no
        limit 2
    )
)
select
    ticket_id(opened.ticket_no) as ticket_id,
    customer_id(opened.account_no) as customer_id,
    opened.channel,
    opened.opened_at as created_at,
    coalesce(changed.status, case when wrote.has_reply then 'open' else 'new' end) as status,
    opened.initiated_by,
    case when not chance('no topic', opened.ticket_no, 15) then opened.topic end as topic,
    case when not chance('not rated', opened.ticket_no, 15) then opened.complexity end as complexity,
    case
        when opened.is_outage and opened.topic = 'technical' then 'urgent'
        when chance('urgent', opened.ticket_no, 40) then 'urgent'
        when opened.topic = 'complaint' or chance('high priority', opened.ticket_no, 90) then 'high'
        else 'normal'
    end as priority,
    changed.assigned_agent_id,
    order_id(opened.order_no) as order_id,
    opened.marketplace,
    issues.issue_id,
    case when changed.status in ('solved', 'closed') then changed.resolved_at end as resolved_at,
    opened.is_spam,
    opened.is_test,
    ticket_id(coalesce(circle.next_no, circle.last_no, case when opened.is_merged then opened.first_asked_no end))
        as merged_into_ticket_id,
    greatest(opened.opened_at, changed.changed_at, wrote.sent_at) as updated_at,
    opened.is_deleted
from opened
left join changed on opened.ticket_no = changed.ticket_no
left join wrote on opened.ticket_no = wrote.ticket_no
left join circle on opened.ticket_no = circle.ticket_no
left join issues on opened.ticket_no = issues.ticket_no;

-- One row a customer account, registered before anything is known of it.
create table customers as
with seen as (
    select account_no, min(seen_at) as seen_at
    from (
        select account_no, ordered_at as seen_at from order_plans
        union all
        select account_no, opened_at as seen_at from opened
    )
    where account_no is not null
    group by account_no
)
select
    customer_id(accounts.account_no) as customer_id,
    case when accounts.kind = 'registered' then 'N' || lpad(cast(accounts.person_no as varchar), 7, '0') end as person_id,
    case
        when accounts.kind <> 'unknown'
            then md5(concat_ws(':', getvariable('seed'), 'address', accounts.person_no))
    end as email_hash,
    case
        when not chance('no country', accounts.person_no, 1)
            then getvariable('countries')[1 + draw('country', accounts.person_no, 100)]
    end as country,
    later(
        coalesce(seen.seen_at, getvariable('from_date') + interval 30 days),
        -60 - long_tail('known before', accounts.account_no, 400000)
    ) as created_at,
    accounts.is_test,
    coalesce(seen.seen_at, getvariable('from_date') + interval 30 days) as updated_at,
    chance('deleted account', accounts.account_no, 1) as is_deleted
from accounts
left join seen on accounts.account_no = seen.account_no;
