{#
    The KPI catalogue: what each KPI is, in the order in which a scorecard shows it. A KPI is one entry here, its
    observations in models/marts/kpis/<group>/<kpi_id>.sql, and its test. It is a macro because what SQL the roll-ups
    compile to must be known when dbt parses.

    kind         count     numerators are added up; no denominator
                 sum       the same, of amounts
                 ratio     sum of numerators / sum of denominators
                 duration  the same, of seconds, with median and p90 beside it
                 stock     the numerator at the end of the period
                 distinct  distinct subjects with a numerator / distinct subjects with a denominator
    window_days  days after the period's end in which a value still changes of itself
    min_sample   fewer things observed than this, and the status of a cell is `too_few`
    slices       name: partition  its cells add up to overall
                       overlap    a subject is in several cells (distinct people)
                       own_rows   an observation is in several cells; the KPI's view has rows of their own for it,
                                  marked in `only_slice`
                 `source` is a slice of every KPI and is not listed.
#}
{% macro kpi_catalog() %}
{% set catalog %}
- kpi_id: tickets_created
  version: 1
  group: demand
  title: Tickets created
  unit: count
  direction: neither
  kind: count
  anchor: "event: the creation"
  window_days: 0
  min_sample: 0
  grains: [day, week, month, quarter]
  definition: Valid tickets created in the period.
  slices:
    channel: partition
    team: partition
    complexity: partition
    topic: partition
    marketplace: partition
    country: partition
- kpi_id: unresolved_tickets
  version: 1
  group: demand
  title: Unresolved tickets
  unit: count
  direction: less
  kind: stock
  anchor: "stock: the period's end"
  window_days: 0
  min_sample: 0
  grains: [day, week, month, quarter]
  definition: >-
    Valid tickets created before the period's end and not resolved at that instant; pending and on hold are unresolved.
  slices:
    channel: partition
    team: partition
    complexity: partition
    age_band: partition
- kpi_id: resolution_time
  version: 1
  group: speed
  title: Resolution time
  unit: s
  direction: less
  kind: duration
  anchor: "event: the standing resolution"
  window_days: 7
  min_sample: 10
  grains: [day, week, month, quarter]
  definition: >-
    Time from the start of a spell (the creation, or a reopening more than 7 days after a resolution) to its
    resolution that was not reopened within 7 days.
  slices:
    channel: partition
    agent: partition
    team: partition
    complexity: partition
    topic: partition
    marketplace: partition
    handled_by: partition
- kpi_id: tickets_closed
  version: 1
  group: productivity
  title: Tickets closed
  unit: count
  direction: more
  kind: count
  anchor: "event: the standing resolution"
  window_days: 7
  min_sample: 0
  grains: [day, week, month, quarter]
  definition: Resolutions that were not reopened within 7 days.
  slices:
    agent: partition
    team: partition
    channel: partition
    handled_by: partition
- kpi_id: reassignments_per_ticket
  version: 1
  group: productivity
  title: Reassignments per ticket
  unit: ratio
  direction: less
  kind: ratio
  anchor: "event: the standing resolution"
  window_days: 7
  min_sample: 10
  grains: [day, week, month, quarter]
  definition: Changes from one agent or team to another in a spell / resolutions that were not reopened within 7 days.
  slices:
    channel: partition
    team: partition
    complexity: partition
    topic: partition
- kpi_id: resolution_rate
  version: 1
  group: outcome
  title: Resolution rate
  unit: ratio
  direction: more
  kind: ratio
  anchor: "cohort: the creation"
  window_days: 7
  min_sample: 10
  grains: [day, week, month, quarter]
  definition: >-
    Valid tickets created in the period that are resolved 7 days after their creation / valid tickets created. By agent
    and team, resolved by them / ever assigned to them within the 7 days.
  slices:
    agent: own_rows
    team: own_rows
    channel: partition
    complexity: partition
- kpi_id: reopen_rate
  version: 1
  group: outcome
  title: Reopen rate
  unit: ratio
  direction: less
  kind: ratio
  anchor: "cohort: the resolution"
  window_days: 7
  min_sample: 10
  grains: [day, week, month, quarter]
  definition: Resolutions of the period that were reopened within 7 days / resolutions.
  slices:
    agent: partition
    team: partition
    channel: partition
    complexity: partition
    handled_by: partition
- kpi_id: cancellation_rate
  version: 1
  group: marketplace
  title: Cancellation rate
  unit: ratio
  direction: less
  kind: ratio
  anchor: "cohort: the order"
  window_days: 30
  min_sample: 10
  grains: [day, week, month, quarter]
  definition: >-
    Orders of the period that the seller cancelled before shipping, within 30 days of the order / orders that are no test.
  slices:
    marketplace: partition
    country: partition
- kpi_id: repeat_orders
  version: 1
  group: commerce
  title: Repeat orders
  unit: count
  direction: more
  kind: count
  anchor: "event: the order"
  window_days: 0
  min_sample: 0
  grains: [day, week, month, quarter]
  definition: >-
    Valid orders of a person who had an earlier order that was no test and not cancelled when this one was placed.
  slices:
    marketplace: partition
    category: own_rows
    country: partition
    order_number_band: partition
- kpi_id: repeat_revenue
  version: 1
  group: commerce
  title: Repeat revenue
  unit: money
  direction: more
  kind: sum
  anchor: "event: the order"
  window_days: 0
  min_sample: 0
  grains: [day, week, month, quarter]
  definition: Value of the repeat orders in the reporting currency.
  slices:
    marketplace: partition
    category: own_rows
    country: partition
    order_number_band: partition
- kpi_id: repeat_order_rate
  version: 1
  group: commerce
  title: Repeat order rate
  unit: ratio
  direction: more
  kind: ratio
  anchor: "event: the order"
  window_days: 0
  min_sample: 10
  grains: [day, week, month, quarter]
  definition: Repeat orders / valid orders of people.
  slices:
    marketplace: partition
    category: own_rows
    country: partition
- kpi_id: repeat_customer_rate
  version: 1
  group: commerce
  title: Repeat customer rate
  unit: ratio
  direction: more
  kind: distinct
  anchor: "event: the order"
  window_days: 0
  min_sample: 10
  grains: [day, week, month, quarter]
  definition: Distinct people with a repeat order in the period / distinct people with a valid order in it.
  slices:
    marketplace: overlap
    category: own_rows
    country: overlap
- kpi_id: cross_sell_rate
  version: 1
  group: commerce
  title: Cross-sell rate
  unit: ratio
  direction: more
  kind: distinct
  anchor: "event: the order"
  window_days: 0
  min_sample: 10
  grains: [day, week, month, quarter]
  definition: >-
    Distinct people who bought in a repeat order of the period a product family that none of their earlier orders had /
    distinct people with a repeat order in the period.
  slices:
    marketplace: overlap
    category: own_rows
    country: overlap
- kpi_id: up_sell_rate
  version: 1
  group: commerce
  title: Up-sell rate
  unit: ratio
  direction: more
  kind: distinct
  anchor: "event: the order"
  window_days: 0
  min_sample: 10
  grains: [day, week, month, quarter]
  definition: >-
    Distinct people who bought in a repeat order of the period a more expensive version of what they had (a product new
    to them, of a family they had, at a higher tier than any, or where a tier is unknown at a higher unit price than
    any) / distinct people with a repeat order in the period.
  slices:
    marketplace: overlap
    category: own_rows
    country: overlap
{% endset %}
{{ return(fromyaml(catalog)) }}
{% endmacro %}


{# The entries of some kinds, in the catalogue's order. #}
{% macro kpis_of_kind(kinds) %}
{{ return(kpi_catalog() | selectattr("kind", "in", kinds) | list) }}
{% endmacro %}


{#
    All slices of a KPI as name: form, `overall` first and `source` last; a partition but for distinct people, of whom
    one may buy from two sources.
#}
{% macro kpi_slices(kpi) %}
{% set slices = {"overall": "partition"} %}
{% do slices.update(kpi.slices) %}
{% do slices.update({"source": "overlap" if kpi.kind == "distinct" else "partition"}) %}
{{ return(slices) }}
{% endmacro %}


{# Text as a SQL literal. #}
{% macro literal(text) %}{{ return("'" ~ (text | replace("'", "''")) ~ "'") }}{% endmacro %}
