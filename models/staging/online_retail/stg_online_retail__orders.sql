-- One row an order invoice. Its total is that of its goods, postage and other charges. Who cancelled an order is not in
-- the file, so cancelled_by is null: no cancellation is held against the seller.

with

orders as (
    select * from {{ ref('stg_online_retail__invoices') }}
    where kind = 'order'
)

select
    -- ids
    'online_retail:' || invoice_no as order_id,
    'online_retail:' || customer_no as customer_id,

    -- attributes
    'web' as marketplace,
    case when cancelled_by_invoice_no is null then 'completed' else 'cancelled' end as status,
    'GBP' as currency,
    cast(null as string) as cancelled_by,

    -- flags
    cast(null as boolean) as is_test,

    -- measures
    total_amount,

    -- times
    invoiced_at as ordered_at,
    cast(null as timestamp) as promised_ship_at,
    cast(null as timestamp) as shipped_at,
    cast(null as timestamp) as promised_delivery_at,
    cast(null as timestamp) as delivered_at,
    cancelled_at,

    -- meta
    'online_retail' as source,
    cast(null as timestamp) as updated_at,
    false as is_deleted,
    loaded_at,
    cast(null as string) as date_columns
from orders
