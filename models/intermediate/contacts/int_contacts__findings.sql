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

select
    'call_ends_before_it_starts' as finding,
    source,
    'calls' as table_name,
    call_id as row_id,
    queued_at as happened_at
from {{ ref("int_calls__classified") }}
where ended_at < queued_at or ended_at < answered_at
union all
select
    'answered_before_queued' as finding,
    source,
    'calls' as table_name,
    call_id as row_id,
    queued_at as happened_at
from {{ ref("int_calls__classified") }}
where answered_at < queued_at
union all
select
    'clock_skew' as finding,
    source,
    'calls' as table_name,
    call_id as row_id,
    queued_at as happened_at
from {{ ref("int_calls__classified") }}
where is_clock_skew
union all
select
    'answered_call_without_talk_time' as finding,
    source,
    'calls' as table_name,
    call_id as row_id,
    queued_at as happened_at
from {{ ref("int_calls__classified") }}
where is_answered and ended_at is not null and talk_seconds is null
union all
select
    'call_of_unknown_ticket' as finding,
    source,
    'calls' as table_name,
    call_id as row_id,
    queued_at as happened_at
from existing_calls
where has_unknown_ticket
union all
select
    'unknown_customer_of_call' as finding,
    source,
    'calls' as table_name,
    call_id as row_id,
    queued_at as happened_at
from existing_calls
where has_unknown_customer
union all
select
    'unknown_agent_of_call' as finding,
    existing_calls.source,
    'calls' as table_name,
    existing_calls.call_id as row_id,
    existing_calls.queued_at as happened_at
from existing_calls
left join known_agents on existing_calls.agent_id = known_agents.agent_id
where existing_calls.agent_id is not null and known_agents.agent_id is null
union all
select
    'shift_of_unknown_agent' as finding,
    shifts.source,
    'agent_shifts' as table_name,
    shifts.shift_id as row_id,
    shifts.starts_at as happened_at
from {{ ref("int_agent_shifts__unioned") }} as shifts
cross join {{ ref("int_warehouse__as_of") }} as now
left join known_agents on shifts.agent_id = known_agents.agent_id
where
    shifts.left_out_reason is null
    and shifts.shift_date <= {{ to_local_date("now.as_of", reporting_timezone()) }}
    and shifts.agent_id is not null
    and known_agents.agent_id is null
union all
select
    'closing_on_day_without_work' as finding,
    source,
    'tickets' as table_name,
    ticket_id as row_id,
    resolved_at as happened_at
from {{ ref("int_agents__closings") }}
where exclusion_reason in ('no_shift', 'not_worked')
