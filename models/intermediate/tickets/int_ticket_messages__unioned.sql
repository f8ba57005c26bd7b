{{ config(materialized="view") }}
-- One row a message of any enabled source, as staged. A view: messages are the largest table, and read few times.
with united as (
    {{ unite_sources("ticket_messages") }}
)

select
    united.*,
    {{ left_out_reason("ticket_messages") }} as left_out_reason
from united
cross join {{ ref("int_warehouse__as_of") }}
