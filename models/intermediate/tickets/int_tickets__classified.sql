-- One row a ticket that exists at `as_of`, with whose it is, and why it is in no KPI (`exclusion_reason`, the first
-- that fits of deleted, test, spam, merged, else null). Excluded tickets stay: a reader may ask where one went. What
-- was said on a ticket counts for `counting_ticket_id`, the end of its merges; spam and tests keep it to themselves.
-- `state_unknown_reason` says why nobody can tell whether it is resolved, else null.
with status_events as (
    select distinct ticket_id
    from {{ ref("int_ticket_events__unioned") }}
    where new_status is not null and {{ exists_ever() }}
)

select
    tickets.ticket_id,
    tickets.source,
    roots.root_ticket_id,
    case
        when tickets.is_test or coalesce(persons.is_test, false) or tickets.is_spam then tickets.ticket_id
        else roots.root_ticket_id
    end as counting_ticket_id,
    case
        when tickets.is_test or coalesce(persons.is_test, false) or tickets.is_spam then tickets.created_at
        else root_tickets.created_at
    end as counting_created_at,
    roots.merge_finding,
    tickets.customer_id,
    coalesce(persons.person_id, 'customer:' || tickets.customer_id) as person_id,
    persons.country,
    tickets.order_id,
    tickets.issue_id,
    tickets.channel,
    tickets.topic,
    tickets.complexity,
    tickets.priority,
    tickets.marketplace,
    tickets.initiated_by,
    tickets.status,
    tickets.assigned_agent_id,
    tickets.created_at,
    tickets.resolved_at,
    tickets.updated_at,
    tickets.date_columns,
    case
        when tickets.is_deleted then 'deleted'
        when tickets.is_test or coalesce(persons.is_test, false) then 'test'
        when tickets.is_spam then 'spam'
        when roots.is_merged then 'merged'
    end as exclusion_reason,
    -- A source that tells but the times of resolutions tells of an open ticket by none.
    case
        when
            status_events.ticket_id is not null
            or tickets.resolved_at is not null
            or tickets.status in ('new', 'open', 'pending', 'on_hold', 'solved', 'closed')
            then cast(null as string)
        when coverage.tells_tickets__status then 'unknown_status'
        when not coverage.has_status_events and not coverage.tells_tickets__resolved_at
            then 'source_does_not_tell_resolutions'
    end as state_unknown_reason
from {{ ref("int_tickets__unioned") }} as tickets
inner join {{ ref("int_tickets__roots") }} as roots on tickets.ticket_id = roots.ticket_id
inner join {{ ref("int_tickets__unioned") }} as root_tickets on roots.root_ticket_id = root_tickets.ticket_id
left join {{ ref("int_warehouse__source_coverage") }} as coverage on tickets.source = coverage.source
left join status_events on tickets.ticket_id = status_events.ticket_id
left join {{ ref("int_customers__persons") }} as persons on tickets.customer_id = persons.customer_id
