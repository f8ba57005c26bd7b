-- One row a resolution (a change from an open status to solved or closed) of a ticket, reopened ones included.
select
    resolutions.ticket_id || ':' || resolutions.resolution_number as resolution_id,
    resolutions.ticket_id,
    tickets.source,
    resolutions.resolution_number,
    resolutions.spell_number,
    tickets.exclusion_reason,
    tickets.exclusion_reason is null as is_valid,
    resolutions.is_standing,
    resolutions.agent_id,
    resolutions.team,
    tickets.channel,
    tickets.topic,
    tickets.complexity,
    tickets.marketplace,
    case
        when resolutions.reply_count > 0 and resolutions.automated_reply_count > 0 then 'both'
        when resolutions.reply_count > 0 then 'agent'
        when resolutions.automated_reply_count > 0 then 'automation'
    end as handled_by,
    resolutions.spell_started_at,
    resolutions.resolved_at,
    resolutions.reopened_at,
    greatest(resolutions.effective_at, tickets.created_at) as left_backlog_at,
    case
        when resolutions.unknown_duration_reason is null and resolutions.resolved_at >= resolutions.spell_started_at
            then {{ seconds_between("resolutions.spell_started_at", "resolutions.resolved_at") }}
    end as resolution_seconds,
    case when resolutions.unknown_duration_reason is null then business_times.business_resolution_seconds end
        as business_resolution_seconds,
    coalesce(
        resolutions.unknown_duration_reason,
        case when resolutions.resolved_at < resolutions.spell_started_at then 'negative_duration' end
    ) as no_duration_reason,
    coalesce(resolutions.reopened_at <= resolutions.resolved_at + {{ window_interval("standing") }}, false)
        as is_reopened_in_window,
    resolutions.reply_count,
    resolutions.automated_reply_count,
    resolutions.answered_call_count,
    resolutions.reassignment_count,
    spell_turns.turn_count,
    coalesce(not automated_resolutions.is_followed_by_contact, false) as is_automated_resolution,
    coverage.has_messages as is_message_known,
    -- Where no message says whether it is one, what automation wrote may be an acknowledgement.
    coverage.tells_ticket_messages__is_acknowledgement
    or resolutions.automated_reply_count = 0
    or resolutions.reply_count > 0 as is_automation_known,
    coverage.has_status_events as is_reopening_known,
    coverage.has_assignments as is_assignment_known
from {{ ref("int_tickets__resolutions") }} as resolutions
inner join {{ ref("int_tickets__classified") }} as tickets on resolutions.ticket_id = tickets.ticket_id
inner join {{ ref("int_warehouse__source_coverage") }} as coverage on tickets.source = coverage.source
inner join {{ ref("int_tickets__spell_turns") }} as spell_turns
    on resolutions.ticket_id = spell_turns.ticket_id
    and resolutions.resolution_number = spell_turns.resolution_number
left join {{ ref("int_calendars__resolution_times") }} as business_times
    on resolutions.ticket_id = business_times.ticket_id
    and resolutions.resolution_number = business_times.resolution_number
left join {{ ref("int_tickets__automated_resolutions") }} as automated_resolutions
    on resolutions.ticket_id = automated_resolutions.ticket_id
    and resolutions.resolution_number = automated_resolutions.resolution_number
