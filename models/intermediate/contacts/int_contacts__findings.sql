-- One row a finding: what is odd in calls, shifts and closings, and lost nowhere. What was deleted is known all the
-- same: unknown is what no row describes.
with existing_calls as (
    select
        calls.call_id,
        calls.source,
        calls.queued_at,
        calls.ticket_id is not null and tickets.ticket_id is null as has_unknown_ticket,
        calls.customer_id is not null and customers.customer_id is null as has_unknown_customer,
        calls.agent_id
    from {{ ref("int_calls__unioned") }} as calls
    left join {{ ref("int_tickets__unioned") }} as tickets on calls.ticket_id = tickets.ticket_id
    left join {{ ref("int_customers__unioned") }} as customers on calls.customer_id = customers.customer_id
    where calls.left_out_reason is null
),

known_agents as (
    select distinct agent_id
    from {{ ref("int_agents__unioned") }}
)

{{ finding("call_ends_before_it_starts", "calls", "call_id", "queued_at") }}
from {{ ref("int_calls__classified") }}
where ended_at < queued_at or ended_at < answered_at
union all
{{ finding("answered_before_queued", "calls", "call_id", "queued_at") }}
from {{ ref("int_calls__classified") }}
where answered_at < queued_at
union all
{{ finding("clock_skew", "calls", "call_id", "queued_at") }}
from {{ ref("int_calls__classified") }}
where is_clock_skew
union all
{{ finding("answered_call_without_talk_time", "calls", "call_id", "queued_at") }}
from {{ ref("int_calls__classified") }}
where is_answered and ended_at is not null and talk_seconds is null
union all
{{ finding("call_of_unknown_ticket", "calls", "call_id", "queued_at") }}
from existing_calls
where has_unknown_ticket
union all
{{ finding("unknown_customer_of_call", "calls", "call_id", "queued_at") }}
from existing_calls
where has_unknown_customer
union all
{{ finding("unknown_agent_of_call", "calls", "call_id", "queued_at", of="existing_calls") }}
from existing_calls
left join known_agents on existing_calls.agent_id = known_agents.agent_id
where existing_calls.agent_id is not null and known_agents.agent_id is null
union all
{{ finding("shift_of_unknown_agent", "agent_shifts", "shift_id", "starts_at", of="shifts") }}
from {{ ref("int_agent_shifts__unioned") }} as shifts
cross join {{ ref("int_warehouse__as_of") }} as now
left join known_agents on shifts.agent_id = known_agents.agent_id
where
    shifts.left_out_reason is null
    and shifts.shift_date <= {{ to_local_date("now.as_of", reporting_timezone()) }}
    and shifts.agent_id is not null
    and known_agents.agent_id is null
union all
{{ finding("closing_on_day_without_work", "tickets", "ticket_id", "resolved_at") }}
from {{ ref("int_agents__closings") }}
where exclusion_reason in ('no_shift', 'not_worked')
