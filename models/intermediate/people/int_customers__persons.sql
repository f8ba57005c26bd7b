-- One row a customer account with its person: the account's person_id, else the one person_id that shares its
-- email_hash, else the first account that has the email_hash, else the account itself; each prefixed by its kind. The
-- hash itself tells of an address, and goes no further.
with customers as (
    select
        customer_id,
        source,
        person_id,
        email_hash,
        country,
        is_test
    from {{ ref("int_customers__unioned") }}
    where left_out_reason is null
),

-- A hash that several persons share says nothing of who an account without a person is.
email_hashes as (
    select
        email_hash,
        min(customer_id) as first_customer_id,
        case when count(distinct person_id) = 1 then min(person_id) end as person_id
    from customers
    where email_hash is not null
    group by email_hash
)

select
    customers.customer_id,
    customers.source,
    case
        when customers.person_id is not null then 'person:' || customers.person_id
        when email_hashes.person_id is not null then 'person:' || email_hashes.person_id
        when email_hashes.first_customer_id is not null then 'email:' || email_hashes.first_customer_id
        else 'customer:' || customers.customer_id
    end as person_id,
    customers.country,
    customers.is_test
from customers
left join email_hashes on customers.email_hash = email_hashes.email_hash
