-- One row a caller on any update that could be read. The log says nothing of them but their number.

with

callers as (
    select
        caller,
        min(loaded_at) as loaded_at
    from {{ ref('stg_uci_incidents__updates') }}
    where
        reason <> 'unreadable'
        and caller is not null
    group by caller
)

select
    -- ids
    'uci_incidents:' || caller as customer_id,
    cast(null as string) as person_id,
    cast(null as string) as email_hash,

    -- attributes
    cast(null as string) as country,

    -- flags
    cast(null as boolean) as is_test,

    -- times
    cast(null as timestamp) as created_at,

    -- meta
    'uci_incidents' as source,
    cast(null as timestamp) as updated_at,
    false as is_deleted,
    loaded_at,
    cast(null as string) as date_columns
from callers
