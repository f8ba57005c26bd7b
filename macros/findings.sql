{#
    The columns of one finding: its name, the table and the row that shows it, and when it happened. `from` follows.

    name: the finding, as cxmart build tells it in a sentence.
    table: the table whose row it is.
    id_column, time_column: the columns of its id and of its time.
    of: the alias of the relation, where more than one is joined.
#}
{% macro finding(name, table, id_column, time_column, of=none) -%}
{% set prefix = of ~ "." if of else "" -%}
select
    '{{ name }}' as finding,
    {{ prefix }}source,
    '{{ table }}' as table_name,
    {{ prefix }}{{ id_column }} as row_id,
    {{ prefix }}{{ time_column }} as happened_at
{%- endmacro %}


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
