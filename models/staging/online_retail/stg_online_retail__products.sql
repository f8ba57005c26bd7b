-- One row a product code that was ordered. Letters after the five digits tell colours, sizes or patterns of one design
-- apart: 85099B and 85099C are of the family 85099. Descriptions are on lines only; the most frequent one is the name.

with

order_lines as (
    select * from {{ ref('stg_online_retail__invoice_lines') }}
    where reason = 'order_line'
),

descriptions as (
    select
        product_code,
        description,
        min(loaded_at) as loaded_at,
        row_number() over (
            partition by product_code
            order by count(description) desc nulls last, description nulls last
        ) as choice
    from order_lines
    group by product_code, description
),

products as (
    select
        product_code,
        max(description) filter (where choice = 1) as product_name,
        coalesce(nullif(regexp_extract(product_code, '^([0-9]{5})[A-Z]*$', 1), ''), product_code) as family,
        min(loaded_at) as loaded_at
    from descriptions
    group by product_code
)

select
    -- ids
    'online_retail:' || product_code as product_id,

    -- attributes
    product_name,
    cast(null as string) as category,
    family,

    -- measures
    cast(null as double) as tier,

    -- meta
    'online_retail' as source,
    cast(null as timestamp) as updated_at,
    false as is_deleted,
    loaded_at,
    cast(null as string) as date_columns
from products
