-- One row an order and a product category of its lines, with the reviews on the order that belong to the category: a
-- review of a product is none of the order's other categories.
with reviews as (
    select
        order_id,
        category,
        bool_or(rating_kind = 'negative') as has_negative_review,
        bool_or(rating_kind = 'positive') as has_positive_review
    from {{ ref("fct_review_categories") }}
    where order_id is not null and is_standing and is_in_review_window
    group by order_id, category
)

select
    orders.order_id,
    orders.source,
    categories.category,
    orders.person_id,
    orders.ordered_at,
    orders.review_exclusion_reason as exclusion_reason,
    coalesce(reviews.has_negative_review, false) as has_negative_review_in_review_window,
    coalesce(reviews.has_positive_review, false) as has_positive_review_in_review_window
from {{ ref("fct_order_categories") }} as categories
inner join {{ ref("fct_orders") }} as orders on categories.order_id = orders.order_id
left join reviews
    on categories.order_id = reviews.order_id
    and categories.category is not distinct from reviews.category
