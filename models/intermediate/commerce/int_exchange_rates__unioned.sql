-- One row a currency and day of any enabled source: reporting currency per unit.
with united as (
    {{ unite_sources("exchange_rates") }}
)

select
    united.*,
    {{ left_out_reason("exchange_rates") }} as left_out_reason
from united
cross join {{ ref("int_warehouse__as_of") }}
