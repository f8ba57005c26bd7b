-- One row a contact (a valid inbound ticket, or an inbound call of no ticket) with its issue. All contacts of one
-- issue_id are one issue; the others are chained by person and topic: the next joins if it begins within the window
-- `issue` after the latest end so far. An unresolved contact has no end, so the next joins.
with contacts as (
    select
        'ticket:' || tickets.ticket_id as contact_id,
        'ticket' as contact_kind,
        0 as kind_rank,
        tickets.ticket_id,
        cast(null as string) as call_id,
        tickets.source,
        tickets.issue_id,
        tickets.person_id,
        tickets.topic,
        tickets.channel,
        tickets.complexity,
        case
            when resolutions.reply_count > 0 and resolutions.automated_reply_count > 0 then 'both'
            when resolutions.reply_count > 0 then 'agent'
            when resolutions.automated_reply_count > 0 then 'automation'
        end as handled_by,
        tickets.created_at as starts_at,
        resolutions.resolved_at as ended_at,
        resolutions.ticket_id is not null as is_resolved,
        -- What was resolved at an unknown time was done with its last known event.
        coalesce(resolutions.effective_at, {{ last_instant() }}) as chain_ends_at
    from {{ ref("int_tickets__classified") }} as tickets
    -- The standing resolution of the first spell is the ticket's first.
    left join {{ ref("int_tickets__resolutions") }} as resolutions
        on tickets.ticket_id = resolutions.ticket_id
        and resolutions.is_standing
        and resolutions.spell_number = 1
    where tickets.exclusion_reason is null and tickets.initiated_by = 'customer'
    union all
    select
        'call:' || call_id as contact_id,
        'call' as contact_kind,
        1 as kind_rank,
        cast(null as string) as ticket_id,
        call_id,
        source,
        cast(null as string) as issue_id,
        person_id,
        topic,
        cast(null as string) as channel,
        cast(null as string) as complexity,
        cast(null as string) as handled_by,
        queued_at as starts_at,
        ended_at,
        is_answered and ended_at is not null as is_resolved,
        coalesce(ended_at, {{ last_instant() }}) as chain_ends_at
    from {{ ref("int_calls__classified") }}
    where exclusion_reason is null and direction = 'inbound' and not has_ticket
),

-- Only contacts of one group can be of one issue.
grouped as (
    select
        *,
        case
            when issue_id is not null then 'issue_id'
            when person_id is not null and topic is not null then 'person_and_topic'
            else 'alone'
        end as linked_by,
        case
            when issue_id is not null then issue_id
            when person_id is not null and topic is not null then person_id
            else contact_id
        end as group_key,
        case when issue_id is null and person_id is not null then topic end as group_topic
    from contacts
),

ranked as (
    select
        *,
        row_number() over (
            partition by linked_by, group_key, group_topic
            order by starts_at nulls last, kind_rank nulls last, contact_id nulls last
        ) as group_rank
    from grouped
),

-- Two passes in that order: the end of everything before, then the latest contact that begins an issue.
with_previous_ends as (
    select
        *,
        max(chain_ends_at) over (
            partition by linked_by, group_key, group_topic
            order by group_rank nulls last
            rows between unbounded preceding and 1 preceding
        ) as previous_end
    from ranked
),

with_beginnings as (
    select
        *,
        previous_end is null
        or (linked_by = 'person_and_topic' and previous_end < starts_at - {{ window_interval("issue") }})
            as begins_issue
    from with_previous_ends
),

with_first_contacts as (
    select
        *,
        {{ last_known_value("case when begins_issue then contact_id end") }} over so_far as first_contact_id,
        max(case when begins_issue then group_rank end) over so_far as first_rank
    from with_beginnings
    window so_far as (
        partition by linked_by, group_key, group_topic
        order by group_rank nulls last
        rows between unbounded preceding and current row
    )
)

select
    contact_id,
    contact_kind,
    ticket_id,
    call_id,
    source,
    case when linked_by = 'issue_id' then 'issue:' || issue_id else first_contact_id end as issue_key,
    linked_by,
    group_rank - first_rank + 1 as contact_number,
    issue_id,
    person_id,
    topic,
    channel,
    complexity,
    handled_by,
    starts_at,
    ended_at,
    is_resolved
from with_first_contacts
