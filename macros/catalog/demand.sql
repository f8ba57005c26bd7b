{# How much the customers ask for. #}
{% macro kpis_of_demand() %}
{% set kpis %}
- kpi_id: tickets_created
  version: 1
  headline: true
  title: Tickets created
  kind: count
  direction: neither
  anchor: "event: the creation"
  shortest_grain: hour
  needs: [tickets]
  definition: Valid tickets created in the period.
  exclusions: [invalid_ticket]
  slices: [channel, team, complexity, priority, topic, marketplace, country]
- kpi_id: unresolved_tickets
  version: 2
  headline: true
  title: Unresolved tickets
  kind: stock
  needs: [tickets]
  stretches: fct_ticket_open_stretches
  movements:
    table: fct_backlog_daily
    added: [created_tickets, reopened_tickets, moved_in_tickets]
    taken: [resolved_tickets, moved_out_tickets]
  definition: >-
    Valid tickets created before the period's end and not resolved at that instant; pending and on hold are unresolved.
    A ticket whose state nobody tells is in none.
  slices: [channel, team, complexity, age_band]
- kpi_id: social_tickets
  version: 2
  title: Social tickets
  kind: count
  direction: neither
  anchor: "event: the creation"
  shortest_grain: hour
  needs: [tickets]
  definition: Valid tickets created in a channel of social networks (seed channels).
  exclusions: [invalid_ticket, unknown_channel]
  slices: [channel]
- kpi_id: brand_mentions
  version: 1
  title: Brand mentions
  kind: count
  direction: neither
  anchor: "event: the mention"
  shortest_grain: hour
  needs: [brand_mentions]
  definition: Public mentions of the brand, those of its own accounts left out.
  exclusions: [own_account]
  slices: [brand, network, sentiment]
- kpi_id: contact_rate
  version: 1
  headline: true
  title: Contact rate
  kind: ratio
  direction: less
  anchor: "event: the creation of a ticket, the placing of an order"
  range: [0, null]
  needs: [tickets, orders]
  definition: Inbound tickets created in the period / valid orders placed in it.
  exclusions: [invalid_ticket, cancelled]
  slices: [marketplace, country]
{% endset %}
{{ return(fromyaml(kpis)) }}
{% endmacro %}
