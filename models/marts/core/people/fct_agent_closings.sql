-- One row a standing resolution that is an agent's; those that are no closing of a working day stay, with the reason.
select
    resolution_id,
    ticket_id,
    source,
    agent_id,
    team,
    resolved_at,
    resolved_date,
    exclusion_reason
from {{ ref("int_agents__closings") }}
