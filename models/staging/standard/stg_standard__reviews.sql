-- One row a review. A removed one stays.

with

raw_reviews as (
    select * from {{ source('standard', 'reviews') }}
)

select
    -- ids
    'standard:' || nullif(trim(review_id), '') as review_id,
    'standard:' || nullif(trim(order_id), '') as order_id,
    'standard:' || nullif(trim(product_id), '') as product_id,
    'standard:' || nullif(trim(customer_id), '') as customer_id,

    -- attributes
    nullif(trim(marketplace), '') as marketplace,

    -- flags
    cast(is_verified as boolean) as is_verified,

    -- measures
    cast(rating as double) as rating,

    -- times
    cast(reviewed_at as timestamp) as reviewed_at,
    cast(removed_at as timestamp) as removed_at,

    -- meta
    'standard' as source,
    cast(updated_at as timestamp) as updated_at,
    cast(is_deleted as boolean) as is_deleted,
    cast(_loaded_at as timestamp) as loaded_at,
    nullif(trim(_date_columns), '') as date_columns
from raw_reviews
