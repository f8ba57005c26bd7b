-- One row an article.

with

raw_articles as (
    select * from {{ source('standard', 'articles') }}
)

select
    -- ids
    'standard:' || nullif(trim(article_id), '') as article_id,

    -- attributes
    nullif(trim(title), '') as title,
    nullif(trim(topic), '') as topic,
    lower(nullif(trim(resource_type), '')) as resource_type,

    -- times
    cast(published_at as timestamp) as published_at,

    -- meta
    'standard' as source,
    cast(updated_at as timestamp) as updated_at,
    coalesce(cast(is_deleted as boolean), false) as is_deleted,
    cast(_loaded_at as timestamp) as loaded_at
from raw_articles
