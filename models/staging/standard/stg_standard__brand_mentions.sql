-- One row a mention.

with

raw_brand_mentions as (
    select * from {{ source('standard', 'brand_mentions') }}
)

select
    -- ids
    'standard:' || nullif(trim(mention_id), '') as mention_id,

    -- attributes
    nullif(trim(network), '') as network,
    nullif(trim(sentiment), '') as sentiment,
    nullif(trim(brand), '') as brand,

    -- flags
    cast(is_own_account as boolean) as is_own_account,

    -- times
    cast(mentioned_at as timestamp) as mentioned_at,

    -- meta
    'standard' as source,
    cast(updated_at as timestamp) as updated_at,
    cast(is_deleted as boolean) as is_deleted,
    cast(_loaded_at as timestamp) as loaded_at,
    nullif(trim(_date_columns), '') as date_columns
from raw_brand_mentions
