{# What becomes of tickets. #}
{% macro kpis_of_outcome() %}
{% set kpis %}
- kpi_id: resolution_rate
  version: 2
  title: Resolution rate
  kind: ratio
  direction: more
  anchor: "cohort: the creation"
  window_days: {{ window_days("resolution") }}
  needs: [tickets]
  definition: >-
    Valid tickets created in the period that are resolved {{ window_text("resolution") }} after their creation / valid
    tickets created. By agent, resolved by them / ever assigned to them within the {{ window_text("resolution") }}; by
    team, resolved by it / in the hands of one who was in it within the {{ window_text("resolution") }}.
  exclusions: [invalid_ticket, unknown_state]
  slices: [agent: own_rows, team: own_rows, channel, complexity]
- kpi_id: reopen_rate
  version: 2
  headline: true
  title: Reopen rate
  kind: ratio
  direction: less
  anchor: "cohort: the resolution"
  window_days: {{ window_days("standing") }}
  needs: [tickets, ticket_events]
  definition: Resolutions of the period that were reopened within {{ window_text("standing") }} / resolutions.
  exclusions: [invalid_ticket, source_has_no_status_events, unknown_time]
  slices: [agent, team, channel, complexity, handled_by]
- kpi_id: single_reply_resolution_rate
  version: 2
  title: Resolved with one reply
  kind: ratio
  direction: more
  anchor: "cohort: the creation"
  window_days: {{ window_days("resolution") }}
  needs: [tickets, ticket_messages]
  definition: >-
    Inbound tickets created in the period that are resolved {{ window_text("resolution") }} later, with exactly one
    reply until then and no reopening / inbound tickets created.
  exclusions: [invalid_ticket, source_has_no_messages, unknown_state]
  slices: [channel, team, complexity, topic]
- kpi_id: automated_resolution_rate
  version: 2
  title: Resolved by automation
  kind: ratio
  direction: more
  anchor: "event: the standing resolution"
  window_days: {{ [window_days("standing"), window_days("silence")] | max }}
  needs: [tickets, ticket_messages]
  definition: >-
    Standing resolutions of spells with an automated reply, without a reply or an answered call of the ticket, and
    without a new ticket or call of that person within {{ window_text("silence") }} / standing resolutions.
  exclusions: [invalid_ticket, source_has_no_messages, unknown_time, source_does_not_tell_acknowledgements]
  slices: [channel, topic]
- kpi_id: contacts_to_resolution
  version: 2
  title: Contacts per resolved issue
  kind: ratio
  unit: mean
  direction: less
  anchor: "event: the end of the issue"
  window_days: {{ [window_days("standing"), window_days("issue")] | max }}
  range: [1, null]
  needs: [tickets or calls]
  definition: Contacts (inbound tickets, and inbound calls of no ticket) of resolved issues / resolved issues.
  exclusions: [unresolved, unknown_time, no_person_or_topic]
  slices: [topic, complexity]
- kpi_id: first_contact_resolution_rate
  version: 2
  title: Resolved at first contact
  kind: ratio
  direction: more
  anchor: "event: the end of the issue"
  window_days: {{ [window_days("standing"), window_days("issue")] | max }}
  needs: [tickets or calls]
  definition: Resolved issues of one contact / resolved issues.
  exclusions: [unresolved, unknown_time, no_person_or_topic]
  slices: [topic, channel, handled_by]
- kpi_id: customer_turns_to_resolution
  version: 2
  title: Customer turns per resolution
  kind: ratio
  unit: mean
  direction: less
  anchor: "event: the standing resolution"
  window_days: {{ window_days("standing") }}
  range: [1, null]
  needs: [tickets, ticket_messages]
  definition: Turns of the spells that ended with a standing resolution / standing resolutions with a turn.
  exclusions: [invalid_ticket, source_has_no_messages, unknown_time, no_turn]
  slices: [channel, complexity, topic]
{% endset %}
{{ return(fromyaml(kpis)) }}
{% endmacro %}
