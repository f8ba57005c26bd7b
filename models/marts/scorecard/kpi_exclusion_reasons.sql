-- One row a reason why something is in no KPI (macros/exclusion_reasons.sql), with a sentence for people.
{% for reason, meaning in exclusion_reasons().items() -%}
select
    {{ literal(reason) }} as exclusion_reason,
    {{ literal(meaning) }} as meaning
{{ "union all" if not loop.last }}
{% endfor %}
