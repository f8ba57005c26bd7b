-- One row a ticket that exists at `as_of`; those in no KPI stay, with the reason.
select
    tickets.ticket_id,
    tickets.source,
    tickets.root_ticket_id,
    tickets.customer_id,
    tickets.person_id,
    tickets.order_id,
    tickets.issue_id,
    tickets.channel,
    tickets.topic,
    tickets.complexity,
    tickets.priority,
    tickets.marketplace,
    tickets.country,
    tickets.initiated_by,
    tickets.initiated_by = 'customer' as is_inbound,
    tickets.status,
    tickets.exclusion_reason,
    tickets.state_unknown_reason,
    tickets.exclusion_reason is null as is_valid,
    tickets.merge_finding,
    tickets.created_at,
    {{ to_local_date("tickets.created_at", reporting_timezone()) }} as created_date,
    lifecycle.first_agent_id,
    lifecycle.first_team,
    lifecycle.is_resolved,
    lifecycle.resolution_count,
    lifecycle.reopen_count,
    lifecycle.first_resolved_at,
    lifecycle.last_resolved_at,
    lifecycle.unknown_at_window_end_reason,
    lifecycle.is_resolved_at_window_end,
    lifecycle.resolver_at_window_end_agent_id,
    lifecycle.resolver_at_window_end_team,
    case
        when lifecycle.unknown_at_window_end_reason is null
            then replies.is_resolved_once_at_window_end and replies.reply_count_at_window_end = 1
    end as is_resolved_by_one_reply_at_window_end,
    replies.assignee_at_window_end_team,
    replies.first_reply_at,
    replies.first_automated_reply_at,
    case
        when replies.is_first_automated_reply_date_only or {{ is_date_only("tickets.created_at") }}
            then cast(null as double)
        when replies.first_automated_reply_at >= tickets.created_at
            then {{ seconds_between("tickets.created_at", "replies.first_automated_reply_at") }}
    end as first_automated_reply_seconds,
    case
        when replies.first_automated_reply_at is null then cast(null as string)
        when not coverage.tells_ticket_messages__is_acknowledgement then 'source_does_not_tell_acknowledgements'
        when replies.is_first_automated_reply_date_only or {{ is_date_only("tickets.created_at") }}
            then 'unknown_time_of_day'
        when replies.first_automated_reply_at < tickets.created_at then 'negative_duration'
    end as no_first_automated_reply_reason,
    replies.is_awaiting_first_reply,
    coverage.has_messages as is_message_known
from {{ ref("int_tickets__classified") }} as tickets
inner join {{ ref("int_tickets__lifecycle") }} as lifecycle on tickets.ticket_id = lifecycle.ticket_id
inner join {{ ref("int_tickets__replies") }} as replies on tickets.ticket_id = replies.ticket_id
inner join {{ ref("int_warehouse__source_coverage") }} as coverage on tickets.source = coverage.source
