{#
    Findings about rows that name what no row describes, with the table that would describe it. Where a source does not
    give that table, there is one finding for all of them: table_not_given.
#}
{% macro findings_of_unknown() %}
{% set findings %}
unknown_customer: customers
unknown_customer_of_call: customers
order_of_unknown_customer: customers
view_of_unknown_customer: customers
unknown_agent: agents
unknown_agent_of_call: agents
shift_of_unknown_agent: agents
message_of_unknown_ticket: tickets
event_of_unknown_ticket: tickets
call_of_unknown_ticket: tickets
survey_on_unknown_ticket: tickets
merge_into_unknown_ticket: tickets
line_of_unknown_order: orders
review_of_unknown_order: orders
claim_on_unknown_order: orders
return_of_unknown_order: orders
line_of_unknown_product: products
review_of_unknown_product: products
view_of_unknown_article: articles
{% endset %}
{{ return(fromyaml(findings)) }}
{% endmacro %}
