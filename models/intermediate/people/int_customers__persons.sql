-- One row a customer account with its person: the account's person_id, else the one person_id that shares its
-- email_hash, else the email_hash, else the account itself; each prefixed by its kind.
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
persons_of_hashes as (
    select
        email_hash,
        min(person_id) as person_id
    from customers
    where email_hash is not null and person_id is not null
    group by email_hash
    having count(distinct person_id) = 1
)

select
    customers.customer_id,
    customers.source,
    case
        when customers.person_id is not null then 'person:' || customers.person_id
        when persons_of_hashes.person_id is not null then 'person:' || persons_of_hashes.person_id
        when customers.email_hash is not null then 'email:' || customers.email_hash
        else 'customer:' || customers.customer_id
    end as person_id,
    customers.country,
    customers.is_test
from customers
left join persons_of_hashes on customers.email_hash = persons_of_hashes.email_hash
