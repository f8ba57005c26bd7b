-- One row a review that exists at `as_of`, removed ones included.
select
    review_id,
    source,
    order_id,
    product_id,
    is_product_known,
    product_category,
    customer_id,
    person_id,
    country,
    marketplace,
    rating,
    rating_kind,
    is_verified,
    reviewed_at,
    {{ to_local_date("reviewed_at", reporting_timezone()) }} as reviewed_date,
    removed_at,
    is_standing,
    is_in_review_window,
    is_in_defect_window,
    exclusion_reason
from {{ ref("int_reviews__classified") }}
