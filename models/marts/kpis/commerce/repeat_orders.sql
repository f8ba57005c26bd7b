-- Valid orders of a person who had an earlier order that counted when this one was placed. An order belongs to every
-- category of its lines; those rows stand apart (`only_slice`).
{% for only_slice, rows in [(none, ref("fct_orders")), ("category", ref("fct_order_categories"))] -%}
select
    ordered_at as measured_at,
    order_id as observation_id,
    1 as numerator,
    cast(null as double) as denominator,
    exclusion_reason,
    {{ slices_of_rows(only_slice, ["marketplace", "category", "country", "order_number_band"]) }}
from {{ rows }}
where is_repeat
{{ "union all" if not loop.last }}
{% endfor -%}
