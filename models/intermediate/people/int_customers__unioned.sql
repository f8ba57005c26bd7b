-- One row a customer account of any enabled source; one person may have several.
with united as (
    {{ unite_sources("customers") }}
)

select
    united.*,
    {{ left_out_reason("customers") }} as left_out_reason
from united
cross join {{ ref("int_warehouse__as_of") }}
