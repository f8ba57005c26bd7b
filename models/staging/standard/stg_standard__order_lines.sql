-- One row a line of an order.

with

raw_order_lines as (
    select * from {{ source('standard', 'order_lines') }}
)

select
    -- ids
    'standard:' || nullif(trim(order_line_id), '') as order_line_id,
    'standard:' || nullif(trim(order_id), '') as order_id,
    'standard:' || nullif(trim(product_id), '') as product_id,

    -- measures
    cast(quantity as decimal(18, 4)) as quantity,
    cast(unit_price as decimal(18, 4)) as unit_price,

    -- meta
    'standard' as source,
    cast(updated_at as timestamp) as updated_at,
    cast(is_deleted as boolean) as is_deleted,
    cast(_loaded_at as timestamp) as loaded_at,
    nullif(trim(_date_columns), '') as date_columns
from raw_order_lines
