-- Standing reviews of at most 2 stars / standing reviews. A review belongs to its product's category, else to those of
-- its order; those rows stand apart (`only_slice`).
{% for only_slice, rows in [(none, ref("fct_reviews")), ("category", ref("fct_review_categories"))] -%}
select
    reviewed_at as measured_at,
    review_id as observation_id,
    case when rating_kind = 'negative' then 1 else 0 end as numerator,
    1 as denominator,
    coalesce(exclusion_reason, case when not is_standing then 'removed' end) as exclusion_reason,
    {{ slices_of_rows(only_slice, ["marketplace", "category"]) }}
from {{ rows }}
{{ "union all" if not loop.last }}
{% endfor -%}
