-- One row a view of an article.

with

raw_article_views as (
    select * from {{ source('standard', 'article_views') }}
)

select
    -- ids
    'standard:' || nullif(trim(view_id), '') as view_id,
    'standard:' || nullif(trim(article_id), '') as article_id,
    'standard:' || nullif(trim(reader_id), '') as reader_id,
    'standard:' || nullif(trim(customer_id), '') as customer_id,
    'standard:' || nullif(trim(session_id), '') as session_id,

    -- measures
    cast(read_seconds as double) as read_seconds,
    cast(resources_opened as integer) as resources_opened,

    -- times
    cast(viewed_at as timestamp) as viewed_at,

    -- meta
    'standard' as source,
    cast(updated_at as timestamp) as updated_at,
    cast(is_deleted as boolean) as is_deleted,
    cast(_loaded_at as timestamp) as loaded_at,
    nullif(trim(_date_columns), '') as date_columns
from raw_article_views
