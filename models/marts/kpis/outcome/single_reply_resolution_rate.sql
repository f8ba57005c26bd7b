-- Tickets that customers began, resolved at the end of the window `resolution` after their creation with exactly one
-- reply until then and no reopening / tickets that customers began, where that can be told.
select
    created_at as measured_at,
    ticket_id as observation_id,
    case when is_resolved_by_one_reply_at_window_end then 1 else 0 end as numerator,
    1 as denominator,
    case
        when exclusion_reason is not null then exclusion_reason
        when not is_message_known then 'source_has_no_messages'
        else unknown_at_window_end_reason
    end as exclusion_reason,
    source,
    channel,
    assignee_at_window_end_team as team,
    complexity,
    topic
from {{ ref("fct_tickets") }}
where is_inbound
