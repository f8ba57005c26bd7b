-- One row an order that has a review or a claim: what stands of them within 30 and 60 d of the order.
with pieces as (
    select
        order_id,
        is_standing and is_within_30d and rating_kind = 'negative' as is_negative_within_30d,
        is_standing and is_within_30d and rating_kind = 'positive' as is_positive_within_30d,
        is_standing and is_within_60d and rating_kind = 'negative' as is_negative_within_60d,
        false as is_a_to_z_within_60d,
        false as is_chargeback_within_60d
    from {{ ref("int_reviews__classified") }}
    where order_id is not null
    union all
    select
        order_id,
        false as is_negative_within_30d,
        false as is_positive_within_30d,
        false as is_negative_within_60d,
        is_defect and is_within_60d and claim_type = 'a_to_z' as is_a_to_z_within_60d,
        is_defect and is_within_60d and claim_type = 'chargeback' as is_chargeback_within_60d
    from {{ ref("int_claims__classified") }}
    where order_id is not null
)

select
    order_id,
    bool_or(is_negative_within_30d) as has_negative_review_within_30d,
    bool_or(is_positive_within_30d) as has_positive_review_within_30d,
    bool_or(is_negative_within_60d) as has_negative_review_within_60d,
    bool_or(is_a_to_z_within_60d) as has_a_to_z_claim_within_60d,
    bool_or(is_chargeback_within_60d) as has_chargeback_within_60d
from pieces
group by order_id
