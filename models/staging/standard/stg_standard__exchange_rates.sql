-- One row a currency and date.

with

raw_exchange_rates as (
    select * from {{ source('standard', 'exchange_rates') }}
)

select
    -- attributes
    upper(nullif(trim(currency), '')) as currency,

    -- measures
    cast(rate as decimal(18, 8)) as rate,

    -- times
    cast(rate_date as date) as rate_date,

    -- meta
    'standard' as source,
    cast(updated_at as timestamp) as updated_at,
    cast(is_deleted as boolean) as is_deleted,
    cast(_loaded_at as timestamp) as loaded_at,
    nullif(trim(_date_columns), '') as date_columns
from raw_exchange_rates
