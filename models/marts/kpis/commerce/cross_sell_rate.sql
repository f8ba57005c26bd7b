-- Distinct people whose repeat orders in the period hold a product family that none of their earlier orders had /
-- distinct people with a repeat order in the period. Of orders whose lines nobody tells, it is unknown what is in them.
{% for only_slice, rows in [(none, ref("fct_orders")), ("category", ref("fct_order_categories"))] -%}
select
    ordered_at as measured_at,
    order_id as observation_id,
    person_id as subject_id,
    case when has_new_family then 1 else 0 end as numerator,
    1 as denominator,
    novelty_exclusion_reason as exclusion_reason,
    {{ slices_of_rows(only_slice, ["marketplace", "category", "country"]) }}
from {{ rows }}
where is_repeat
{{ "union all" if not loop.last }}
{% endfor -%}
