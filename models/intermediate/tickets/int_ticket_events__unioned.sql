-- One row a status change or assignment of any enabled source, as staged.
with united as (
    {{ unite_sources("ticket_events") }}
)

select
    united.*,
    {{ left_out_reason("ticket_events") }} as left_out_reason
from united
cross join {{ ref("int_warehouse__as_of") }}
