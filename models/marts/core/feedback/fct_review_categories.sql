-- One row a review and a product category that it belongs to: its product's where that is known, else its order's. A
-- review of neither has one row without a category.
select
    review_id,
    source,
    order_id,
    product_category as category,
    rating,
    rating_kind,
    reviewed_at,
    is_standing,
    is_in_review_window,
    exclusion_reason
from {{ ref("fct_reviews") }}
where is_product_known
union all
select
    reviews.review_id,
    reviews.source,
    reviews.order_id,
    categories.category,
    reviews.rating,
    reviews.rating_kind,
    reviews.reviewed_at,
    reviews.is_standing,
    reviews.is_in_review_window,
    reviews.exclusion_reason
from {{ ref("fct_reviews") }} as reviews
left join {{ ref("fct_order_categories") }} as categories on reviews.order_id = categories.order_id
where not reviews.is_product_known
