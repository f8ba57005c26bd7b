-- One row a product.

with

raw_products as (
    select * from {{ source('standard', 'products') }}
)

select
    -- ids
    'standard:' || nullif(trim(product_id), '') as product_id,

    -- attributes
    nullif(trim(product_name), '') as product_name,
    nullif(trim(category), '') as category,
    nullif(trim(family), '') as family,

    -- measures
    cast(tier as double) as tier,

    -- meta
    'standard' as source,
    cast(updated_at as timestamp) as updated_at,
    cast(is_deleted as boolean) as is_deleted,
    cast(_loaded_at as timestamp) as loaded_at,
    nullif(trim(_date_columns), '') as date_columns
from raw_products
