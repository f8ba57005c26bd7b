-- One row a resolution of a ticket: its spell, who resolved it, whether it stands, and when it was reopened. A
-- resolution stands if no reopening follows within the window `standing` (closed at the end); the next spell begins at
-- a later one, but not before the creation. `unknown_duration_reason` says why nobody can tell how long the spell took,
-- else null.
with resolutions as (
    select
        ticket_id,
        step_number,
        changed_at as resolved_at,
        effective_at,
        is_date_only,
        actor_type,
        actor_id,
        lead(changed_at) over (partition by ticket_id order by step_number nulls last) as reopened_at,
        lead(is_date_only) over (partition by ticket_id order by step_number nulls last) as is_reopened_date_only,
        step
    from {{ ref("int_tickets__status_changes") }}
),

standing as (
    select
        ticket_id,
        row_number() over (partition by ticket_id order by step_number nulls last) as resolution_number,
        resolved_at,
        effective_at,
        is_date_only,
        actor_type,
        actor_id,
        reopened_at,
        reopened_at is null or reopened_at > effective_at + {{ window_interval("standing") }} as is_standing,
        case
            when resolved_at is null then 'unknown_time'
            when is_reopened_date_only then 'unknown_time_of_day'
            else 'known'
        end as start_after
    from resolutions
    where step = 'resolved'
),

-- Times never fall from one resolution to the next, so the newest standing one before is the maximum.
spells as (
    select
        ticket_id,
        resolution_number,
        resolved_at,
        effective_at,
        is_date_only,
        actor_type,
        actor_id,
        reopened_at,
        is_standing,
        1 + coalesce(sum(case when is_standing then 1 else 0 end) over earlier, 0) as spell_number,
        max(case when is_standing then effective_at end) over earlier as previous_standing_at,
        max(case when is_standing then reopened_at end) over earlier as reopened_after_standing_at,
        -- Whether what was resolved at an unknown time stood for the window `standing`, nobody knows, nor when the next
        -- spell began.
        {{ last_known_value("case when is_standing then start_after end") }} over earlier as start_after_standing
    from standing
    window earlier as (
        partition by ticket_id order by resolution_number nulls last
        rows between unbounded preceding and 1 preceding
    )
),

-- The agent who set the status; where automation did, nobody; else the assignee at that moment.
resolvers as (
    select
        spells.ticket_id,
        spells.resolution_number,
        case
            when spells.actor_type = 'automation' then cast(null as string)
            when spells.actor_type = 'agent' and spells.actor_id is not null then spells.actor_id
            else assignments.assignee_id
        end as resolver_id
    from spells
    left join {{ ref("int_tickets__assignments") }} as assignments
        on spells.ticket_id = assignments.ticket_id
        and spells.effective_at >= assignments.assigned_at
        and spells.effective_at < coalesce(assignments.ended_at, {{ last_instant() }})
),

-- A merged ticket's messages count for the ticket at the end of its chain.
messages as (
    select
        tickets.counting_ticket_id as ticket_id,
        {{ placed_after_creation(
            "messages.sent_at", is_date_only("messages.sent_at"), "tickets.counting_created_at"
        ) }} as sent_at,
        messages.author_type = 'agent' as is_reply,
        messages.author_type = 'automation' and not messages.is_acknowledgement as is_automated_reply
    from {{ ref("int_ticket_messages__unioned") }} as messages
    inner join {{ ref("int_tickets__classified") }} as tickets on messages.ticket_id = tickets.ticket_id
    where
        messages.left_out_reason is null
        and messages.is_public
        and messages.author_type in ('agent', 'automation')
),

-- What happened between the last standing resolution and this one, this instant included, is of this spell.
replies as (
    select
        spells.ticket_id,
        spells.resolution_number,
        count_if(messages.is_reply) as reply_count,
        count_if(messages.is_automated_reply) as automated_reply_count
    from spells
    inner join messages
        on spells.ticket_id = messages.ticket_id
        and spells.effective_at >= messages.sent_at
        and (spells.previous_standing_at is null or spells.previous_standing_at < messages.sent_at)
    group by spells.ticket_id, spells.resolution_number
),

answered_calls as (
    select
        spells.ticket_id,
        spells.resolution_number,
        count(*) as answered_call_count
    from spells
    inner join {{ ref("int_calls__classified") }} as calls
        on spells.ticket_id = calls.ticket_id
        and spells.effective_at >= calls.answered_at
        and (spells.previous_standing_at is null or spells.previous_standing_at < calls.answered_at)
    where calls.exclusion_reason is null
    group by spells.ticket_id, spells.resolution_number
),

reassignments as (
    select
        spells.ticket_id,
        spells.resolution_number,
        count(*) as reassignment_count
    from spells
    inner join {{ ref("int_tickets__assignments") }} as assignments
        on spells.ticket_id = assignments.ticket_id
        and spells.effective_at >= assignments.assigned_at
        and (spells.previous_standing_at is null or spells.previous_standing_at < assignments.assigned_at)
    where assignments.is_reassignment
    group by spells.ticket_id, spells.resolution_number
)

select
    spells.ticket_id,
    spells.resolution_number,
    cast(spells.spell_number as bigint) as spell_number,
    greatest(coalesce(spells.reopened_after_standing_at, tickets.created_at), tickets.created_at) as spell_started_at,
    spells.resolved_at,
    spells.effective_at,
    spells.reopened_at,
    spells.is_date_only,
    spells.is_standing,
    case
        when spells.resolved_at is null then 'unknown_time'
        when spells.is_date_only then 'unknown_time_of_day'
        when spells.reopened_after_standing_at > tickets.created_at then nullif(spells.start_after_standing, 'known')
        when {{ is_date_only("tickets.created_at") }} then 'unknown_time_of_day'
    end as unknown_duration_reason,
    case when not coalesce(versions.is_queue, false) then resolvers.resolver_id end as agent_id,
    versions.team,
    cast(coalesce(replies.reply_count, 0) as bigint) as reply_count,
    cast(coalesce(replies.automated_reply_count, 0) as bigint) as automated_reply_count,
    coalesce(answered_calls.answered_call_count, 0) as answered_call_count,
    coalesce(reassignments.reassignment_count, 0) as reassignment_count
from spells
inner join {{ ref("int_tickets__classified") }} as tickets on spells.ticket_id = tickets.ticket_id
inner join resolvers
    on spells.ticket_id = resolvers.ticket_id
    and spells.resolution_number = resolvers.resolution_number
left join {{ ref("int_agents__versions") }} as versions
    on resolvers.resolver_id = versions.agent_id
    and {{ to_local_date("spells.effective_at", reporting_timezone()) }} >= versions.valid_from
    and {{ to_local_date("spells.effective_at", reporting_timezone()) }}
    < coalesce(versions.valid_to, {{ last_date() }})
left join replies
    on spells.ticket_id = replies.ticket_id
    and spells.resolution_number = replies.resolution_number
left join answered_calls
    on spells.ticket_id = answered_calls.ticket_id
    and spells.resolution_number = answered_calls.resolution_number
left join reassignments
    on spells.ticket_id = reassignments.ticket_id
    and spells.resolution_number = reassignments.resolution_number
