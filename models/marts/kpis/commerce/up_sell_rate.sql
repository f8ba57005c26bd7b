-- Distinct people whose repeat orders in the period hold a more expensive version of what they had (a product new to
-- them, of a family they had, at a higher tier, or price where one is unknown) / distinct people with a repeat order.
{% for only_slice, rows in [(none, ref("fct_orders")), ("category", ref("fct_order_categories"))] -%}
select
    ordered_at as measured_at,
    order_id as observation_id,
    person_id as subject_id,
    case when has_more_expensive_version then 1 else 0 end as numerator,
    1 as denominator,
    novelty_exclusion_reason as exclusion_reason,
    {{ slices_of_rows(only_slice, ["marketplace", "category", "country"]) }}
from {{ rows }}
where is_repeat
{{ "union all" if not loop.last }}
{% endfor -%}
