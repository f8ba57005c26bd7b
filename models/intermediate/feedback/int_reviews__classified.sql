-- One row a review that exists at `as_of`, with whose it is, where it stands, and in which windows of its order it was
-- written. A review on an order was left by the order's person. What is removed after `as_of` is not removed yet.
with reviews as (
    select
        reviews.review_id,
        reviews.source,
        orders.order_id,
        reviews.product_id,
        products.product_id is not null as is_product_known,
        products.category as product_category,
        reviews.customer_id,
        case
            when orders.order_id is not null then orders.person_id
            else coalesce(persons.person_id, 'customer:' || reviews.customer_id)
        end as person_id,
        case when orders.order_id is not null then orders.country else persons.country end as country,
        coalesce(reviews.marketplace, orders.marketplace) as marketplace,
        reviews.rating,
        reviews.is_verified,
        reviews.reviewed_at,
        case when reviews.removed_at <= now.as_of then reviews.removed_at end as removed_at,
        orders.ordered_at,
        case
            when orders.is_test then 'on_test_order'
            when orders.order_id is null and persons.is_test then 'test_customer'
        end as exclusion_reason
    from {{ ref("int_reviews__unioned") }} as reviews
    cross join {{ ref("int_warehouse__as_of") }} as now
    left join {{ ref("int_orders__classified") }} as orders on reviews.order_id = orders.order_id
    left join {{ ref("int_customers__persons") }} as persons on reviews.customer_id = persons.customer_id
    left join {{ ref("int_products__unioned") }} as products
        on reviews.product_id = products.product_id
        and products.left_out_reason is null
    where reviews.left_out_reason is null
)

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
    case
        when rating <= 2 then 'negative'
        when rating >= 4 then 'positive'
        when rating > 2 then 'neutral'
    end as rating_kind,
    is_verified,
    reviewed_at,
    removed_at,
    removed_at is null as is_standing,
    coalesce(reviewed_at between ordered_at and ordered_at + {{ window_interval("review") }}, false)
        as is_in_review_window,
    coalesce(reviewed_at between ordered_at and ordered_at + {{ window_interval("defect") }}, false)
        as is_in_defect_window,
    exclusion_reason
from reviews
