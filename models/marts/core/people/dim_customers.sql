-- One row a customer account, with the person that it belongs to.
select
    customer_id,
    source,
    person_id,
    country,
    is_test
from {{ ref("int_customers__persons") }}
