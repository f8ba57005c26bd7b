-- One row a claim.

with

raw_claims as (
    select * from {{ source('standard', 'claims') }}
)

select
    -- ids
    'standard:' || nullif(trim(claim_id), '') as claim_id,
    'standard:' || nullif(trim(order_id), '') as order_id,

    -- attributes
    nullif(trim(claim_type), '') as claim_type,
    nullif(trim(status), '') as status,

    -- times
    cast(opened_at as timestamp) as opened_at,
    cast(decided_at as timestamp) as decided_at,

    -- meta
    'standard' as source,
    cast(updated_at as timestamp) as updated_at,
    cast(is_deleted as boolean) as is_deleted,
    cast(_loaded_at as timestamp) as loaded_at,
    nullif(trim(_date_columns), '') as date_columns
from raw_claims
