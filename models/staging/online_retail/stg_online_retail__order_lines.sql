-- One row a product line of an order. A product can stand on an order more than once; the number at the end of the id
-- counts such lines by what they hold, so it does not depend on the order of the rows in the file.

with

order_lines as (
    select * from {{ ref('stg_online_retail__invoice_lines') }}
    where reason = 'order_line'
),

numbered as (
    select
        invoice_no,
        product_code,
        quantity,
        unit_price,
        loaded_at,
        row_number() over (
            partition by invoice_no, product_code
            order by quantity nulls last, unit_price nulls last, loaded_at nulls last
        ) as line_number
    from order_lines
)

select
    -- ids
    'online_retail:' || invoice_no || ':' || product_code || ':' || line_number as order_line_id,
    'online_retail:' || invoice_no as order_id,
    'online_retail:' || product_code as product_id,

    -- measures
    quantity,
    unit_price,

    -- meta
    'online_retail' as source,
    cast(null as timestamp) as updated_at,
    false as is_deleted,
    loaded_at,
    cast(null as string) as date_columns
from numbered
