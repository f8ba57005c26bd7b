-- One row an agent and the date from which it holds (`valid_from`), of any enabled source.
with united as (
    {{ unite_sources("agents") }}
)

select
    united.*,
    {{ left_out_reason("agents") }} as left_out_reason
from united
cross join {{ ref("int_warehouse__as_of") }}
