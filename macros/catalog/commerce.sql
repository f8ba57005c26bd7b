{# What customers buy. #}
{% macro kpis_of_commerce() %}
{% set kpis %}
- kpi_id: repeat_orders
  version: 1
  title: Repeat orders
  kind: count
  direction: more
  anchor: "event: the order"
  needs: [orders]
  definition: >-
    Valid orders of a person who had an earlier order that was no test and not cancelled when this one was placed.
  exclusions: [cancelled]
  slices: [marketplace, category: own_rows, country, order_number_band]
- kpi_id: repeat_revenue
  version: 2
  title: Repeat revenue
  kind: sum
  direction: more
  anchor: "event: the order"
  needs: [orders]
  definition: Value of the repeat orders in the reporting currency.
  exclusions: [cancelled, unknown_value, no_lines]
  slices: [marketplace, category: own_rows, country, order_number_band]
- kpi_id: repeat_order_rate
  version: 1
  title: Repeat order rate
  kind: ratio
  direction: more
  anchor: "event: the order"
  needs: [orders]
  definition: Repeat orders / valid orders of people.
  exclusions: [test, cancelled, nobody]
  slices: [marketplace, category: own_rows, country]
- kpi_id: repeat_revenue_rate
  version: 2
  title: Repeat revenue rate
  kind: ratio
  direction: more
  anchor: "event: the order"
  sample: observations
  range: [null, null]
  needs: [orders]
  definition: Repeat revenue / revenue of people, in the reporting currency.
  exclusions: [test, cancelled, nobody, unknown_value, no_lines]
  slices: [marketplace, category: own_rows, country]
- kpi_id: repeat_customer_rate
  version: 1
  title: Repeat customer rate
  kind: distinct
  direction: more
  anchor: "event: the order"
  needs: [orders]
  definition: Distinct people with a repeat order in the period / distinct people with a valid order in it.
  exclusions: [test, cancelled, nobody]
  slices: [marketplace, category: own_rows, country]
- kpi_id: customer_retention_rate
  version: 1
  title: Customer retention
  kind: retained
  direction: more
  anchor: "event: the order of this period"
  needs: [orders]
  definition: Distinct people with a valid order both in this period and in the one before / in the one before.
  exclusions: [test, cancelled, nobody]
  slices: [marketplace, country]
- kpi_id: cross_sell_rate
  version: 3
  title: Cross-sell rate
  kind: distinct
  direction: more
  anchor: "event: the order"
  needs: [orders, order_lines, products]
  definition: >-
    Distinct people who bought in a repeat order of the period a product family that none of their earlier orders had /
    distinct people with a repeat order in the period whose lines are told.
  exclusions: [cancelled, source_has_no_order_lines, source_does_not_tell_families, no_lines]
  slices: [marketplace, category: own_rows, country]
- kpi_id: up_sell_rate
  version: 3
  title: Up-sell rate
  kind: distinct
  direction: more
  anchor: "event: the order"
  needs: [orders, order_lines, products]
  definition: >-
    Distinct people who bought in a repeat order of the period a more expensive version of what they had (a product new
    to them, of a family they had, at a higher tier than any, or where a tier is unknown at a higher unit price than
    any) / distinct people with a repeat order in the period whose lines are told.
  exclusions: [cancelled, source_has_no_order_lines, source_does_not_tell_families, no_lines]
  slices: [marketplace, category: own_rows, country]
- kpi_id: converted_tickets
  version: 1
  title: Converted tickets
  kind: count
  direction: more
  anchor: "cohort: the creation"
  window_days: {{ window_days("conversion") }}
  needs: [tickets, ticket_messages, orders]
  definition: >-
    Inbound tickets credited with an order: the newest answered ticket of its person in the
    {{ window_text("conversion") }} before it.
  slices: [channel, agent, topic, handled_by]
- kpi_id: ticket_conversion_rate
  version: 1
  title: Ticket conversion rate
  kind: ratio
  direction: more
  anchor: "cohort: the creation"
  window_days: {{ window_days("conversion") }}
  needs: [tickets, ticket_messages, orders]
  definition: Converted tickets / inbound tickets of people.
  exclusions: [invalid_ticket, nobody, source_has_no_messages]
  slices: [channel, topic, handled_by]
- kpi_id: converted_revenue
  version: 2
  title: Revenue of converted tickets
  kind: sum
  direction: more
  anchor: "cohort: the creation"
  window_days: {{ window_days("conversion") + window_days("refund") }}
  needs: [tickets, ticket_messages, orders]
  definition: >-
    Value of the orders credited to tickets, refunds within {{ window_text("refund") }} of the order taken off.
  exclusions: [test, cancelled, unknown_value]
  slices: [channel, topic, handled_by]
{% endset %}
{{ return(fromyaml(kpis)) }}
{% endmacro %}
