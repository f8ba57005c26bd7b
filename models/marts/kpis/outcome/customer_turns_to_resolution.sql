-- Turns of the customer in a spell, per standing resolution (no reopening within the window `standing`) with a turn.
select
    resolved_at as measured_at,
    resolution_id as observation_id,
    turn_count as numerator,
    1 as denominator,
    case
        when exclusion_reason is not null then exclusion_reason
        when not is_message_known then 'source_has_no_messages'
        when resolved_at is null then 'unknown_time'
        when turn_count = 0 then 'no_turn'
    end as exclusion_reason,
    source,
    channel,
    complexity,
    topic
from {{ ref("fct_ticket_resolutions") }}
where is_standing
