-- One row an outcome and reason of the raw rows; the counts add up to the raw table. `no_change` is kept: such a row
-- was read, and says that state and assignee stayed (or became unknown); the newest one describes the ticket.

with

updates as (
    select * from {{ ref('stg_uci_incidents__updates') }}
)

select
    'uci_incidents' as raw_table,
    outcome,
    reason,
    count(*) as row_count,
    'uci_incidents' as source
from updates
group by outcome, reason
