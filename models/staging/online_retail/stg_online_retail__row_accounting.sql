-- One row an outcome and reason of the raw rows; the counts add up to the raw table. Credit notes are no orders, so
-- their rows are left out; stg_online_retail__invoices reads them all the same, for the whole orders that they cancel.

with

invoice_lines as (
    select * from {{ ref('stg_online_retail__invoice_lines') }}
)

select
    'online_retail' as raw_table,
    outcome,
    reason,
    count(*) as row_count,
    'online_retail' as source
from invoice_lines
group by outcome, reason
