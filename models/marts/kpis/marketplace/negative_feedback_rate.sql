-- Distinct people who left a standing review of at most 2 stars on an order of the period within the window `review` of
-- it / distinct people with a valid order in the period. Rows by category stand apart (`only_slice`) and look at the
-- reviews of the category.
select
    ordered_at as measured_at,
    order_id as observation_id,
    person_id as subject_id,
    case when has_negative_review_in_review_window then 1 else 0 end as numerator,
    1 as denominator,
    review_exclusion_reason as exclusion_reason,
    {{ slices_of_rows(none, ["marketplace", "category", "country"]) }}
from {{ ref("fct_orders") }}
union all
select
    ordered_at as measured_at,
    order_id as observation_id,
    person_id as subject_id,
    case when has_negative_review_in_review_window then 1 else 0 end as numerator,
    1 as denominator,
    exclusion_reason,
    {{ slices_of_rows("category", ["marketplace", "category", "country"]) }}
from {{ ref("fct_order_category_reviews") }}
