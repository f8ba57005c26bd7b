-- One row a ticket: its first replies, whether it still waits for one, and what it took until the end of the window
-- `resolution` after its creation (closed: what happened at its very end had happened).
with tickets as (
    select
        tickets.ticket_id,
        tickets.created_at,
        tickets.initiated_by,
        tickets.created_at + {{ window_interval("resolution") }} as window_ends_at,
        least(tickets.created_at + {{ window_interval("resolution") }}, now.as_of) as assignee_at
    from {{ ref("int_tickets__classified") }} as tickets
    cross join {{ ref("int_warehouse__as_of") }} as now
),

replies as (
    select
        tickets.ticket_id,
        min(
            case
                when messages.is_reply and messages.sent_at >= tickets.created_at - {{ clock_skew() }}
                    then greatest(messages.sent_at, tickets.created_at)
            end
        ) as first_reply_at,
        count_if(messages.is_reply and messages.sent_at <= tickets.window_ends_at) as reply_count_at_window_end
    from tickets
    inner join {{ ref("int_tickets__messages") }} as messages on tickets.ticket_id = messages.ticket_id
    where messages.is_reply
    group by tickets.ticket_id
),

first_automated_replies as (
    select
        tickets.ticket_id,
        {{ without_clock_skew("tickets.created_at", "messages.sent_at") }} as sent_at,
        messages.is_date_only
    from tickets
    inner join {{ ref("int_tickets__messages") }} as messages on tickets.ticket_id = messages.ticket_id
    where messages.is_automated_reply
    qualify
        row_number() over (
            partition by tickets.ticket_id order by messages.sent_at nulls last, messages.message_id nulls last
        ) = 1
),

waiting as (
    select ticket_id
    from {{ ref("int_tickets__turns") }}
    where
        turn_number = 1
        and replied_at is null
        and closed_at is null
        and spoken_to_at is null
        and not needs_no_reply
),

-- Where the first resolution holds, there was no reopening.
resolved_once as (
    select tickets.ticket_id
    from tickets
    inner join {{ ref("int_tickets__resolutions") }} as resolutions
        on tickets.ticket_id = resolutions.ticket_id
        and tickets.window_ends_at >= resolutions.effective_at
        and tickets.window_ends_at < coalesce(resolutions.reopened_at, {{ last_instant() }})
    where resolutions.resolution_number = 1
),

assignees as (
    select
        tickets.ticket_id,
        versions.team
    from tickets
    inner join {{ ref("int_tickets__assignments") }} as assignments
        on tickets.ticket_id = assignments.ticket_id
        and tickets.assignee_at >= assignments.assigned_at
        and tickets.assignee_at < coalesce(assignments.ended_at, {{ last_instant() }})
    -- An outer join stays where it stands: tickets would else meet all agents of their dates first.
    left join {{ ref("int_agents__versions") }} as versions
        on assignments.assignee_id = versions.agent_id
        and {{ to_local_date("tickets.assignee_at", reporting_timezone()) }} >= versions.valid_from
        and {{ to_local_date("tickets.assignee_at", reporting_timezone()) }}
        < coalesce(versions.valid_to, {{ last_date() }})
)

select
    tickets.ticket_id,
    replies.first_reply_at,
    first_automated_replies.sent_at as first_automated_reply_at,
    coalesce(first_automated_replies.is_date_only, false) as is_first_automated_reply_date_only,
    tickets.initiated_by = 'customer' and waiting.ticket_id is not null as is_awaiting_first_reply,
    cast(coalesce(replies.reply_count_at_window_end, 0) as bigint) as reply_count_at_window_end,
    resolved_once.ticket_id is not null as is_resolved_once_at_window_end,
    assignees.team as assignee_at_window_end_team
from tickets
left join replies on tickets.ticket_id = replies.ticket_id
left join first_automated_replies on tickets.ticket_id = first_automated_replies.ticket_id
left join waiting on tickets.ticket_id = waiting.ticket_id
left join resolved_once on tickets.ticket_id = resolved_once.ticket_id
left join assignees on tickets.ticket_id = assignees.ticket_id
