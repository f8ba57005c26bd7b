-- One row a standing resolution that is an agent's, with its local day and why it is no closing of a working day
-- (`exclusion_reason`, else null).
with closings as (
    select
        resolutions.ticket_id || ':' || resolutions.resolution_number as resolution_id,
        resolutions.ticket_id,
        tickets.source,
        resolutions.agent_id,
        resolutions.team,
        resolutions.resolved_at,
        {{ to_local_date("resolutions.resolved_at", reporting_timezone()) }} as resolved_date,
        tickets.exclusion_reason as ticket_exclusion_reason
    from {{ ref("int_tickets__resolutions") }} as resolutions
    inner join {{ ref("int_tickets__classified") }} as tickets on resolutions.ticket_id = tickets.ticket_id
    where resolutions.is_standing and resolutions.agent_id is not null
)

select
    closings.resolution_id,
    closings.ticket_id,
    closings.source,
    closings.agent_id,
    closings.team,
    closings.resolved_at,
    closings.resolved_date,
    case
        when closings.ticket_exclusion_reason is not null then closings.ticket_exclusion_reason
        when closings.resolved_at is null then 'unknown_time'
        else days.exclusion_reason
    end as exclusion_reason
from closings
left join {{ ref("int_agents__days") }} as days
    on closings.agent_id = days.agent_id
    and closings.resolved_date = days.work_date
    and closings.source = days.source
