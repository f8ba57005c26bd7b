-- One row a finding about calendars, by source and the policy that names the calendar. It is no row a ticket: one name
-- that business_hours does not have would be millions of them.
select
    'unknown_calendar' as finding,
    source,
    case when policy_id is null or calendar = 'default' then 'business_hours' else 'sla_policies' end as table_name,
    case when policy_id is null or calendar = 'default' then calendar else policy_id end as row_id,
    min(created_at) as happened_at
from {{ ref("int_calendars__ticket_policies") }}
where not is_known_calendar
group by all
