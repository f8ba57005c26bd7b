-- One row an order.

with

raw_orders as (
    select * from {{ source('standard', 'orders') }}
)

select
    -- ids
    'standard:' || nullif(trim(order_id), '') as order_id,
    'standard:' || nullif(trim(customer_id), '') as customer_id,

    -- attributes
    nullif(trim(marketplace), '') as marketplace,
    nullif(trim(status), '') as status,
    upper(nullif(trim(currency), '')) as currency,
    nullif(trim(cancelled_by), '') as cancelled_by,

    -- flags
    cast(is_test as boolean) as is_test,

    -- measures
    cast(total_amount as decimal(18, 4)) as total_amount,

    -- times
    cast(ordered_at as timestamp) as ordered_at,
    cast(promised_ship_at as timestamp) as promised_ship_at,
    cast(shipped_at as timestamp) as shipped_at,
    cast(promised_delivery_at as timestamp) as promised_delivery_at,
    cast(delivered_at as timestamp) as delivered_at,
    cast(cancelled_at as timestamp) as cancelled_at,

    -- meta
    'standard' as source,
    cast(updated_at as timestamp) as updated_at,
    cast(is_deleted as boolean) as is_deleted,
    cast(_loaded_at as timestamp) as loaded_at,
    nullif(trim(_date_columns), '') as date_columns
from raw_orders
