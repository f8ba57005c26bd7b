-- One row a customer account. person_id and email_hash have no prefix: they say who is the same person across sources.

with

raw_customers as (
    select * from {{ source('standard', 'customers') }}
)

select
    -- ids
    'standard:' || nullif(trim(customer_id), '') as customer_id,

    -- attributes
    nullif(trim(person_id), '') as person_id,
    nullif(trim(email_hash), '') as email_hash,
    nullif(trim(country), '') as country,

    -- flags
    cast(is_test as boolean) as is_test,

    -- times
    cast(created_at as timestamp) as created_at,

    -- meta
    'standard' as source,
    cast(updated_at as timestamp) as updated_at,
    cast(is_deleted as boolean) as is_deleted,
    cast(_loaded_at as timestamp) as loaded_at,
    nullif(trim(_date_columns), '') as date_columns
from raw_customers
