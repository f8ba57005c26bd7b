-- One row a turn of a ticket: a customer waits for a reply from `begins_at` until the next reply, or until the ticket
-- is resolved without one. Messages and resolutions are one stream, in which the side changes: what follows on a
-- message of the same side begins and ends nothing. A merged ticket's turns are those of the ticket at the end of its
-- merges. An answered call ends no turn; it is an answer by voice to the one that waits then (`spoken_to_at`). What is
-- told as a date happened at some instant of it: the first answer not before `answered_earliest_at` and not after
-- `answered_latest_at`.
with tickets as (
    select
        tickets.ticket_id,
        tickets.source,
        tickets.created_at,
        {{ is_date_only("tickets.created_at") }} as is_created_on_date,
        tickets.initiated_by
    from {{ ref("int_tickets__classified") }} as tickets
    inner join {{ ref("int_warehouse__source_coverage") }} as coverage on tickets.source = coverage.source
    where coverage.has_messages and tickets.ticket_id = tickets.root_ticket_id
),

-- A reply before the ticket is a finding, and ends nothing, unless it is but two clocks that differ.
messages as (
    select
        messages.ticket_id,
        messages.message_id,
        case
            when messages.is_reply then {{ without_clock_skew("tickets.created_at", "messages.sent_at") }}
            else messages.sent_at
        end as sent_at,
        messages.is_date_only,
        messages.is_customer_message,
        messages.no_reply_needed,
        messages.agent_id,
        messages.team
    from {{ ref("int_tickets__messages") }} as messages
    inner join tickets on messages.ticket_id = tickets.ticket_id
    where
        messages.is_customer_message
        or (messages.is_reply and messages.sent_at >= tickets.created_at - {{ clock_skew() }})
),

first_messages as (
    select
        ticket_id,
        min(case when is_customer_message then sent_at end) as first_customer_message_at,
        min(case when not is_customer_message then sent_at end) as first_reply_at
    from messages
    group by ticket_id
),

-- At one instant, a customer's message comes before a reply, a reply before a resolution.
stream as (
    -- What the customer asked before the first reply is in no message, so it was asked with the ticket.
    select
        tickets.ticket_id,
        tickets.created_at as happened_at,
        tickets.is_created_on_date as is_date_only,
        0 as happening_rank,
        cast(null as string) as happening_id,
        true as is_question,
        cast(null as timestamp) as no_reply_needed_at,
        cast(null as string) as reply_message_id,
        cast(null as string) as agent_id,
        cast(null as string) as team,
        cast(null as string) as closed_by
    from tickets
    left join first_messages on tickets.ticket_id = first_messages.ticket_id
    where
        tickets.initiated_by = 'customer'
        and coalesce(
            first_messages.first_customer_message_at > coalesce(first_messages.first_reply_at, {{ last_instant() }}),
            true
        )
    union all
    select
        ticket_id,
        sent_at as happened_at,
        is_date_only,
        case when is_customer_message then 1 else 2 end as happening_rank,
        message_id as happening_id,
        is_customer_message as is_question,
        case when is_customer_message and no_reply_needed then sent_at end as no_reply_needed_at,
        case when not is_customer_message then message_id end as reply_message_id,
        agent_id,
        team,
        cast(null as string) as closed_by
    from messages
    union all
    select
        tickets.ticket_id,
        status_changes.effective_at as happened_at,
        status_changes.is_date_only,
        3 as happening_rank,
        status_changes.event_id as happening_id,
        false as is_question,
        cast(null as timestamp) as no_reply_needed_at,
        cast(null as string) as reply_message_id,
        cast(null as string) as agent_id,
        cast(null as string) as team,
        -- A change of status without an actor is the assignee's, as everywhere.
        case
            when status_changes.actor_type is null then 'agent'
            when status_changes.actor_type in ('agent', 'automation', 'customer') then status_changes.actor_type
            else 'system'
        end as closed_by
    from tickets
    inner join {{ ref("int_tickets__status_changes") }} as status_changes
        on tickets.ticket_id = status_changes.ticket_id
    where status_changes.step = 'resolved'
),

-- Questions and what ends them, by turns; the next mark from a question on is of its turn unless that ended before.
side_changes as (
    select
        ticket_id,
        happened_at,
        is_date_only,
        happening_rank,
        happening_id,
        is_question,
        reply_message_id,
        agent_id,
        team,
        closed_by,
        min(no_reply_needed_at) over (
            partition by ticket_id
            order by happened_at nulls last, happening_rank nulls last, happening_id nulls last
            rows between current row and unbounded following
        ) as next_no_reply_needed_at
    from stream
    qualify
        is_question <> coalesce(
            lag(is_question) over (
                partition by ticket_id
                order by happened_at nulls last, happening_rank nulls last, happening_id nulls last
            ),
            false
        )
),

turns as (
    select
        ticket_id,
        happened_at as begins_at,
        is_date_only as is_begin_date_only,
        next_no_reply_needed_at,
        lead(happened_at) over following_change as ended_at,
        lead(is_date_only) over following_change as is_end_date_only,
        lead(reply_message_id) over following_change as reply_message_id,
        lead(agent_id) over following_change as agent_id,
        lead(team) over following_change as team,
        lead(closed_by) over following_change as closed_by
    from side_changes
    window
        following_change as (
            partition by ticket_id
            order by happened_at nulls last, happening_rank nulls last, happening_id nulls last
        )
    qualify is_question
),

-- No two turns of a ticket begin at one instant: between them is what ended the first, which comes after questions.
numbered as (
    select
        ticket_id,
        row_number() over (partition by ticket_id order by begins_at nulls last) as turn_number,
        begins_at,
        coalesce(is_begin_date_only, false) as is_begin_date_only,
        case when reply_message_id is not null then ended_at end as replied_at,
        coalesce(reply_message_id is not null and is_end_date_only, false) as is_reply_date_only,
        reply_message_id,
        agent_id,
        team,
        case when reply_message_id is null then ended_at end as closed_at,
        closed_by,
        ended_at,
        coalesce(
            case
                when next_no_reply_needed_at <= coalesce(ended_at, {{ last_instant() }}) then next_no_reply_needed_at
            end,
            case when closed_by = 'customer' then ended_at end
        ) as no_reply_needed_at
    from turns
),

calls as (
    select
        calls.ticket_id,
        calls.answered_at,
        {{ is_date_only("calls.answered_at") }} as is_date_only
    from {{ ref("int_calls__classified") }} as calls
    inner join tickets on calls.ticket_id = tickets.ticket_id
    where calls.answered_at is not null and calls.exclusion_reason is null
),

-- Turns do not overlap, so a call is in one at most. What was answered before any turn began is what the ticket was
-- made from.
answers_by_voice as (
    select
        numbered.ticket_id,
        numbered.turn_number,
        min(calls.answered_at) as spoken_to_at,
        min(case when calls.is_date_only then {{ day_starts_at("calls.answered_at") }} else calls.answered_at end)
            as earliest_at,
        min(case when calls.is_date_only then {{ day_ends_at("calls.answered_at") }} else calls.answered_at end)
            as latest_at
    from numbered
    inner join calls
        on numbered.ticket_id = calls.ticket_id
        and (numbered.begins_at <= calls.answered_at or numbered.turn_number = 1)
        and coalesce(numbered.ended_at, {{ last_instant() }}) >= calls.answered_at
    group by numbered.ticket_id, numbered.turn_number
)

select
    numbered.ticket_id,
    tickets.source,
    numbered.turn_number,
    case when numbered.turn_number = 1 then 'first' else 'follow_up' end as turn_kind,
    numbered.begins_at,
    numbered.is_begin_date_only,
    numbered.replied_at,
    numbered.is_reply_date_only,
    numbered.reply_message_id,
    numbered.agent_id,
    numbered.team,
    numbered.closed_at,
    numbered.closed_by,
    answers_by_voice.spoken_to_at,
    least(
        case
            when numbered.is_reply_date_only then {{ day_starts_at("numbered.replied_at") }}
            else numbered.replied_at
        end,
        answers_by_voice.earliest_at
    ) as answered_earliest_at,
    least(
        case
            when numbered.is_reply_date_only then {{ day_ends_at("numbered.replied_at") }}
            else numbered.replied_at
        end,
        answers_by_voice.latest_at
    ) as answered_latest_at,
    numbered.no_reply_needed_at,
    numbered.no_reply_needed_at is not null as needs_no_reply,
    case
        when not numbered.is_begin_date_only and not numbered.is_reply_date_only
            then {{ seconds_between("numbered.begins_at", "numbered.replied_at") }}
    end as wait_seconds
from numbered
inner join tickets on numbered.ticket_id = tickets.ticket_id
left join answers_by_voice
    on numbered.ticket_id = answers_by_voice.ticket_id
    and numbered.turn_number = answers_by_voice.turn_number
