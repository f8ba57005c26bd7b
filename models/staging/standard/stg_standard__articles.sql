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
    nullif(trim(resource_type), '') as resource_type,

    -- times
    cast(published_at as timestamp) as published_at,

    -- meta
    'standard' as source,
    cast(updated_at as timestamp) as updated_at,
    cast(is_deleted as boolean) as is_deleted,
    cast(_loaded_at as timestamp) as loaded_at,
    nullif(trim(_date_columns), '') as date_columns
from raw_articles
