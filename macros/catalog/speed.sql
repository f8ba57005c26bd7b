{# How long customers wait. #}
{% macro kpis_of_speed() %}
{% set kpis %}
- kpi_id: first_response_time
  version: 2
  headline: true
  title: First response time
  kind: duration
  anchor: "event: the first reply"
  needs: [tickets, ticket_messages]
  definition: Time from the start of an inbound ticket's first turn to the agent's reply that ends it.
  exclusions: [deleted, test, spam, unknown_time_of_day]
  slices: [channel, agent, team, complexity, topic, marketplace]
- kpi_id: unanswered_tickets
  version: 2
  headline: true
  title: Tickets waiting for a first reply
  kind: stock
  needs: [tickets, ticket_messages]
  stretches: fct_ticket_first_waits
  movements:
    table: fct_unanswered_daily
    added: [begun_tickets]
    taken: [answered_tickets, left_tickets]
  definition: >-
    Valid inbound tickets whose first turn waits at the period's end, for a reply or an answered call: what the first
    response time does not tell of yet.
  slices: [channel, complexity, topic, marketplace]
- kpi_id: first_response_time_business
  version: 2
  title: First response time in opening hours
  kind: duration
  anchor: "event: the first reply"
  configured_by: [business_hours, sla_policies]
  needs: [tickets, ticket_messages]
  definition: >-
    The first response time, counting only the opening hours of the calendar that the ticket's SLA policy names.
  exclusions: [deleted, test, spam, unknown_time_of_day]
  slices: [channel, agent, team, complexity, topic, marketplace]
- kpi_id: automated_first_response_time
  version: 2
  title: First automated response time
  kind: duration
  anchor: "event: the first automated reply"
  needs: [tickets, ticket_messages]
  definition: Time from an inbound ticket's creation to its first automated reply; acknowledgements are none.
  exclusions: [deleted, test, spam, negative_duration, source_does_not_tell_acknowledgements, unknown_time_of_day]
  slices: [channel]
- kpi_id: response_time
  version: 2
  title: Response time
  kind: duration
  anchor: "event: the reply"
  needs: [tickets, ticket_messages]
  definition: Time from the start of a turn of an inbound ticket to the reply that ends it, first turns included.
  exclusions: [deleted, test, spam, unknown_time_of_day]
  slices: [channel, agent, team, complexity, topic, marketplace, turn]
- kpi_id: resolution_time
  version: 2
  headline: true
  title: Resolution time
  kind: duration
  anchor: "event: the standing resolution"
  window_days: {{ window_days("standing") }}
  needs: [tickets]
  definition: >-
    Time from the start of a spell (the creation, or a reopening more than {{ window_text("standing") }} after a
    resolution) to its resolution that was not reopened within {{ window_text("standing") }}.
  exclusions: [invalid_ticket, unknown_time, negative_duration, unknown_time_of_day]
  slices: [channel, agent, team, complexity, topic, marketplace, handled_by]
- kpi_id: resolution_time_business
  version: 2
  title: Resolution time in opening hours
  kind: duration
  anchor: "event: the standing resolution"
  window_days: {{ window_days("standing") }}
  configured_by: [business_hours, sla_policies]
  needs: [tickets]
  definition: The resolution time, counting only the opening hours of the calendar that the ticket's SLA policy names.
  exclusions: [invalid_ticket, unknown_time, negative_duration, unknown_time_of_day]
  slices: [channel, agent, team, complexity, topic, marketplace, handled_by]
- kpi_id: first_response_sla_rate
  version: 2
  headline: true
  title: First responses in time
  kind: ratio
  direction: more
  anchor: "event: the deadline"
  configured_by: [business_hours, sla_policies]
  needs: [tickets, ticket_messages]
  definition: >-
    Inbound tickets answered by their first-reply deadline, with a reply or in an answered call / inbound tickets whose
    deadline fell in the period, those left out that need no reply, or were closed by then without an answer. Still
    waiting at the deadline is a miss.
  exclusions: [invalid_ticket, source_has_no_messages, no_policy, no_deadline, needs_no_reply, closed_unanswered,
    unknown_time_of_day]
  slices: [channel, team, priority, marketplace]
- kpi_id: call_wait_time
  version: 2
  title: Hold time of callers
  kind: duration
  anchor: "event: the answer"
  needs: [calls]
  definition: Time from a caller's entry into the queue to an agent's answer, of answered inbound calls.
  exclusions: [invalid_call, negative_duration, unknown_time, unknown_time_of_day]
  slices: [agent, team]
- kpi_id: handle_time
  version: 2
  title: Handle time of calls
  kind: duration
  anchor: "event: the end of the call"
  shortest_grain: week
  needs: [calls]
  definition: Talk and hold time of answered calls / answered calls.
  exclusions: [invalid_call, not_ended, negative_duration, unknown_talk_time]
  slices: [agent, team]
- kpi_id: handle_time_with_wrap_up
  version: 2
  title: Handle time with wrap-up
  kind: duration
  anchor: "event: the end of the call"
  shortest_grain: week
  needs: [calls]
  definition: Talk, hold and wrap-up time of answered calls / answered calls, in sources that tell of wrap-up.
  exclusions: [invalid_call, not_ended, negative_duration, unknown_talk_time, source_does_not_tell_wrap_up]
  slices: [agent, team]
- kpi_id: abandonment_rate
  version: 2
  title: Abandoned calls
  kind: ratio
  direction: less
  anchor: "event: the entry into the queue"
  needs: [calls]
  definition: Inbound calls that ended unanswered / inbound calls, in sources that tell which were answered.
  exclusions: [invalid_call, source_does_not_tell_call_answers]
  slices: [queue, topic]
{% endset %}
{{ return(fromyaml(kpis)) }}
{% endmacro %}
