-- One row a claim that exists at `as_of`, with its order.
select
    claim_id,
    source,
    order_id,
    person_id,
    marketplace,
    country,
    claim_type,
    status,
    opened_at,
    decided_at,
    is_defect,
    is_in_defect_window,
    exclusion_reason
from {{ ref("int_claims__classified") }}
