-- One row a customer number on any row, returns and unreadable rows included. A few customers have two countries: the
-- one on their newest row that names a country stands.

with

customer_rows as (
    select * from {{ ref('stg_online_retail__invoice_lines') }}
    where customer_no is not null
),

ranked as (
    select
        customer_no,
        country,
        loaded_at,
        row_number() over (
            partition by customer_no
            order by
                case when country is null then 1 else 0 end asc,
                invoiced_at desc nulls last,
                country asc nulls last
        ) as newest_first
    from customer_rows
),

customers as (
    select
        customer_no,
        max(country) filter (where newest_first = 1) as country,
        min(loaded_at) as loaded_at
    from ranked
    group by customer_no
)

select
    -- ids
    'online_retail:' || customer_no as customer_id,
    cast(null as string) as person_id,
    cast(null as string) as email_hash,

    -- attributes
    country,

    -- flags
    cast(null as boolean) as is_test,

    -- times
    cast(null as timestamp) as created_at,

    -- meta
    'online_retail' as source,
    cast(null as timestamp) as updated_at,
    false as is_deleted,
    loaded_at,
    cast(null as string) as date_columns
from customers
