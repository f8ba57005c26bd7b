-- Repeat orders / valid orders of people. Orders of nobody are in neither. Rows by category stand apart (`only_slice`).
{% for only_slice, rows in [(none, ref("fct_orders")), ("category", ref("fct_order_categories"))] -%}
select
    ordered_at as measured_at,
    order_id as observation_id,
    case when is_repeat then 1 else 0 end as numerator,
    1 as denominator,
    coalesce(exclusion_reason, case when person_id is null then 'nobody' end) as exclusion_reason,
    {{ slices_of_rows(only_slice, ["marketplace", "category", "country"]) }}
from {{ rows }}
{{ "union all" if not loop.last }}
{% endfor -%}
