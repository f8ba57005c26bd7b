-- One row an agent and a stretch of local dates [valid_from, valid_to) with one team; the last stretch is open.
select
    agent_id,
    source,
    valid_from,
    valid_to,
    agent_name,
    team,
    is_queue,
    hired_on,
    left_on
from {{ ref("int_agents__versions") }}
