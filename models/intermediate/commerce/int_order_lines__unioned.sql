-- One row an order line of any enabled source.
with united as (
    {{ unite_sources("order_lines") }}
)

select
    united.*,
    {{ left_out_reason("order_lines") }} as left_out_reason
from united
cross join {{ ref("int_warehouse__as_of") }}
