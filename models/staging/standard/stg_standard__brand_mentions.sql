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

    -- flags
    coalesce(cast(is_own_account as boolean), false) as is_own_account,

    -- times
    cast(mentioned_at as timestamp) as mentioned_at,

    -- meta
    'standard' as source,
    cast(updated_at as timestamp) as updated_at,
    coalesce(cast(is_deleted as boolean), false) as is_deleted,
    cast(_loaded_at as timestamp) as loaded_at
from raw_brand_mentions
