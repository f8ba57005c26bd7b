-- One row a claim against an order of any enabled source, as staged. `left_out_reason` marks what is not in
-- the world at `as_of`.
with united as (
    {{ unite_sources("claims") }}
)

select
    united.*,
    {{ left_out_reason("claims") }} as left_out_reason
from united
cross join {{ ref("int_warehouse__as_of") }}
