-- Distinct people with a repeat order in the period / distinct people with a valid order in it. In a slice, the
-- slice's orders are looked at; whether an order repeats looks at all.
{% for only_slice, rows in [(none, ref("fct_orders")), ("category", ref("fct_order_categories"))] -%}
select
    ordered_at as measured_at,
    order_id as observation_id,
    person_id as subject_id,
    case when is_repeat then 1 else 0 end as numerator,
    1 as denominator,
    coalesce(exclusion_reason, case when person_id is null then 'nobody' end) as exclusion_reason,
    {{ slices_of_rows(only_slice, ["marketplace", "category", "country"]) }}
from {{ rows }}
{{ "union all" if not loop.last }}
{% endfor -%}
