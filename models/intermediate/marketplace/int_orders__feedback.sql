-- One row an order that has a review or a claim: what stands of them within the windows `review` and `defect` of the
-- order.
with pieces as (
    select
        order_id,
        is_standing and is_in_review_window and rating_kind = 'negative' as is_negative_in_review_window,
        is_standing and is_in_review_window and rating_kind = 'positive' as is_positive_in_review_window,
        is_standing and is_in_defect_window and rating_kind = 'negative' as is_negative_in_defect_window,
        false as is_a_to_z_in_defect_window,
        false as is_chargeback_in_defect_window
    from {{ ref("int_reviews__classified") }}
    where order_id is not null
    union all
    select
        order_id,
        false as is_negative_in_review_window,
        false as is_positive_in_review_window,
        false as is_negative_in_defect_window,
        is_defect and is_in_defect_window and claim_type = 'a_to_z' as is_a_to_z_in_defect_window,
        is_defect and is_in_defect_window and claim_type = 'chargeback' as is_chargeback_in_defect_window
    from {{ ref("int_claims__classified") }}
    where order_id is not null
)

select
    order_id,
    bool_or(is_negative_in_review_window) as has_negative_review_in_review_window,
    bool_or(is_positive_in_review_window) as has_positive_review_in_review_window,
    bool_or(is_negative_in_defect_window) as has_negative_review_in_defect_window,
    bool_or(is_a_to_z_in_defect_window) as has_a_to_z_claim_in_defect_window,
    bool_or(is_chargeback_in_defect_window) as has_chargeback_in_defect_window
from pieces
group by order_id
