-- One row a return request.

with

raw_returns as (
    select * from {{ source('standard', 'returns') }}
)

select
    -- ids
    'standard:' || nullif(trim(return_id), '') as return_id,
    'standard:' || nullif(trim(order_id), '') as order_id,

    -- measures
    cast(refund_amount as decimal(18, 4)) as refund_amount,

    -- times
    cast(requested_at as timestamp) as requested_at,
    cast(responded_at as timestamp) as responded_at,
    cast(refunded_at as timestamp) as refunded_at,

    -- meta
    'standard' as source,
    cast(updated_at as timestamp) as updated_at,
    cast(is_deleted as boolean) as is_deleted,
    cast(_loaded_at as timestamp) as loaded_at,
    nullif(trim(_date_columns), '') as date_columns
from raw_returns
