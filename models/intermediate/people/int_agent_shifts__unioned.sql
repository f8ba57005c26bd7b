-- One row an agent's shift of any enabled source, as staged. `left_out_reason` marks what is not in
-- the world at `as_of`.
with united as (
    {{ unite_sources("agent_shifts") }}
)

select
    united.*,
    {{ left_out_reason("agent_shifts") }} as left_out_reason
from united
cross join {{ ref("int_warehouse__as_of") }}
