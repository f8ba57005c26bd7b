-- One row a finding: what is odd in surveys, reviews, claims, returns and orders, and lost nowhere. What was deleted
-- is known all the same: unknown is what no row describes.
with surveys as (
    select
        survey_id,
        source,
        raw_ticket_id,
        sent_at,
        responded_at,
        coalesce(responded_at, sent_at) as happened_at,
        unread_reason
    from {{ ref("int_survey_responses__scored") }}
),

reviews as (
    select * from {{ ref("int_reviews__unioned") }}
    where left_out_reason is null
),

claims as (
    select * from {{ ref("int_claims__unioned") }}
    where left_out_reason is null
),

returns as (
    select * from {{ ref("int_returns__unioned") }}
    where left_out_reason is null
),

orders as (
    select * from {{ ref("int_orders__unioned") }}
),

-- Ends that lie before their start by no more than clocks differ: they are taken as the start.
skewed as (
    select
        source,
        'survey_responses' as table_name,
        survey_id as row_id,
        sent_at as happened_at
    from {{ ref("int_survey_responses__unioned") }}
    where left_out_reason is null and {{ is_clock_skew("sent_at", "responded_at") }}
    union all
    select
        source,
        'returns' as table_name,
        return_id as row_id,
        requested_at as happened_at
    from returns
    where {{ is_clock_skew("requested_at", "responded_at") }}
    union all
    select
        source,
        'orders' as table_name,
        order_id as row_id,
        ordered_at as happened_at
    from orders
    where
        left_out_reason is null
        and (
            {{ is_clock_skew("ordered_at", "shipped_at") }}
            or {{ is_clock_skew("ordered_at", "delivered_at") }}
            or {{ is_clock_skew("ordered_at", "cancelled_at") }}
        )
)

select
    unread_reason as finding,
    source,
    'survey_responses' as table_name,
    survey_id as row_id,
    happened_at
from surveys
where unread_reason in ('unknown_scale', 'score_outside_scale')
union all
{{ finding("responded_before_sent", "survey_responses", "survey_id", "happened_at") }}
from surveys
where responded_at < sent_at
union all
{{ finding("survey_on_unknown_ticket", "survey_responses", "survey_id", "happened_at", of="surveys") }}
from surveys
left join {{ ref("int_tickets__unioned") }} as tickets on surveys.raw_ticket_id = tickets.ticket_id
where surveys.raw_ticket_id is not null and tickets.ticket_id is null
union all
{{ finding("review_before_its_order", "reviews", "review_id", "reviewed_at", of="reviews") }}
from reviews
inner join orders on reviews.order_id = orders.order_id
where orders.left_out_reason is null and reviews.reviewed_at < orders.ordered_at
union all
{{ finding("review_of_unknown_order", "reviews", "review_id", "reviewed_at", of="reviews") }}
from reviews
left join orders on reviews.order_id = orders.order_id
where reviews.order_id is not null and orders.order_id is null
union all
{{ finding("review_of_unknown_product", "reviews", "review_id", "reviewed_at", of="reviews") }}
from reviews
left join {{ ref("int_products__unioned") }} as products on reviews.product_id = products.product_id
where reviews.product_id is not null and products.product_id is null
union all
{{ finding("claim_before_order", "claims", "claim_id", "opened_at", of="claims") }}
from claims
inner join orders on claims.order_id = orders.order_id
where orders.left_out_reason is null and claims.opened_at < orders.ordered_at
union all
{{ finding("claim_on_unknown_order", "claims", "claim_id", "opened_at", of="claims") }}
from claims
left join orders on claims.order_id = orders.order_id
where claims.order_id is not null and orders.order_id is null
union all
{{ finding("return_before_its_order", "returns", "return_id", "requested_at", of="returns") }}
from returns
inner join orders on returns.order_id = orders.order_id
where orders.left_out_reason is null and returns.requested_at < orders.ordered_at
union all
{{ finding("return_of_unknown_order", "returns", "return_id", "requested_at", of="returns") }}
from returns
left join orders on returns.order_id = orders.order_id
where returns.order_id is not null and orders.order_id is null
union all
{{ finding("return_answered_before_request", "returns", "return_id", "requested_at") }}
from returns
where responded_at < requested_at - {{ clock_skew() }}
union all
{{ finding("shipped_before_ordered", "orders", "order_id", "ordered_at") }}
from orders
where left_out_reason is null and shipped_at < ordered_at - {{ clock_skew() }}
union all
{{ finding("delivered_before_ordered", "orders", "order_id", "ordered_at") }}
from orders
where left_out_reason is null and delivered_at < ordered_at - {{ clock_skew() }}
union all
select
    'clock_skew' as finding,
    source,
    table_name,
    row_id,
    happened_at
from skewed
union all
-- One line a source: which mentions are the brand's own is not told, and all of them count.
select
    'own_accounts_not_told' as finding,
    source,
    'brand_mentions' as table_name,
    cast(null as string) as row_id,
    cast(null as timestamp) as happened_at
from {{ ref("int_warehouse__source_coverage") }}
where has_brand_mentions and not tells_brand_mentions__is_own_account
union all
{{ finding("order_of_unknown_customer", "orders", "order_id", "ordered_at", of="orders") }}
from orders
left join {{ ref("int_customers__unioned") }} as customers on orders.customer_id = customers.customer_id
where orders.left_out_reason is null and orders.customer_id is not null and customers.customer_id is null
