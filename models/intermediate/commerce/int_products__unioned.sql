-- One row a product of any enabled source.
with united as (
    {{ unite_sources("products") }}
)

select
    united.*,
    {{ left_out_reason("products") }} as left_out_reason
from united
cross join {{ ref("int_warehouse__as_of") }}
