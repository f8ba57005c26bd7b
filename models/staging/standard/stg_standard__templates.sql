-- One row a template.

with

raw_templates as (
    select * from {{ source('standard', 'templates') }}
)

select
    -- ids
    'standard:' || nullif(trim(template_id), '') as template_id,

    -- attributes
    nullif(trim(template_name), '') as template_name,

    -- meta
    'standard' as source,
    cast(updated_at as timestamp) as updated_at,
    cast(is_deleted as boolean) as is_deleted,
    cast(_loaded_at as timestamp) as loaded_at,
    nullif(trim(_date_columns), '') as date_columns
from raw_templates
