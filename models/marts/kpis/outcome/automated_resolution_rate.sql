-- Standing resolutions (no reopening within the window `standing`) in whose spell automation replied and no agent did,
-- in writing or by voice, and after which the person had no new ticket or call within the window `silence` / standing
-- resolutions; only sources that tell of messages.
select
    resolved_at as measured_at,
    resolution_id as observation_id,
    case when is_automated_resolution then 1 else 0 end as numerator,
    1 as denominator,
    case
        when exclusion_reason is not null then exclusion_reason
        when not is_message_known then 'source_has_no_messages'
        when not is_automation_known then 'source_does_not_tell_acknowledgements'
        when resolved_at is null then 'unknown_time'
    end as exclusion_reason,
    source,
    channel,
    topic
from {{ ref("fct_ticket_resolutions") }}
where is_standing
