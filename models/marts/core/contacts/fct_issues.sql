-- One row an issue: the contacts that belong together. It is resolved when all its tickets are or, if it has only
-- calls, its last call was answered; it is dated by its latest end. Unresolved issues stay, with the reason, and so do
-- contacts that nothing could join to others: nobody knows whether they are the whole issue.
with issues as (
    select
        issue_key,
        linked_by,
        min_by(source, contact_number) as source,
        min(issue_id) as issue_id,
        min_by(person_id, contact_number) filter (where person_id is not null) as person_id,
        min_by(topic, contact_number) filter (where topic is not null) as topic,
        min_by(complexity, contact_number) filter (where complexity is not null) as complexity,
        min_by(channel, contact_number) filter (where channel is not null) as channel,
        min_by(handled_by, contact_number) filter (where handled_by is not null) as handled_by,
        count(*) as contact_count,
        cast(count_if(contact_kind = 'ticket') as bigint) as ticket_count,
        cast(count_if(contact_kind = 'call') as bigint) as call_count,
        min(starts_at) as first_contact_at,
        count_if(contact_kind = 'ticket' and not is_resolved) as open_tickets,
        count_if(contact_kind = 'ticket' and is_resolved and ended_at is null) as tickets_of_unknown_end,
        max_by(is_resolved, contact_number) as is_last_contact_resolved,
        max(ended_at) as last_ended_at
    from {{ ref("int_contacts__contacts") }}
    group by issue_key, linked_by
),

judged as (
    select
        *,
        case when ticket_count > 0 then open_tickets = 0 else is_last_contact_resolved end as is_resolved
    from issues
)

select
    issue_key,
    source,
    linked_by,
    issue_id,
    person_id,
    topic,
    complexity,
    channel,
    handled_by,
    contact_count,
    ticket_count,
    call_count,
    first_contact_at,
    is_resolved,
    case when is_resolved and tickets_of_unknown_end = 0 then last_ended_at end as resolved_at,
    case
        when linked_by = 'alone' then 'no_person_or_topic'
        when not is_resolved then 'unresolved'
        when tickets_of_unknown_end > 0 then 'unknown_time'
    end as exclusion_reason
from judged
