-- One row a ticket that exists at `as_of`, with whose it is, and why it is in no KPI (`exclusion_reason`, the first
-- that fits of deleted, test, spam, merged, else null). Excluded tickets stay: a reader may ask where one went. What
-- was said on a ticket counts for `counting_ticket_id`, the end of its merges; spam and tests keep it to themselves.
select
    tickets.ticket_id,
    tickets.source,
    roots.root_ticket_id,
    case
        when tickets.is_test or coalesce(persons.is_test, false) or tickets.is_spam then tickets.ticket_id
        else roots.root_ticket_id
    end as counting_ticket_id,
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
    case
        when tickets.is_deleted then 'deleted'
        when tickets.is_test or coalesce(persons.is_test, false) then 'test'
        when tickets.is_spam then 'spam'
        when roots.is_merged then 'merged'
    end as exclusion_reason
from {{ ref("int_tickets__unioned") }} as tickets
inner join {{ ref("int_tickets__roots") }} as roots on tickets.ticket_id = roots.ticket_id
left join {{ ref("int_customers__persons") }} as persons on tickets.customer_id = persons.customer_id
