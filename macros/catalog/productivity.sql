{# What agents get done. #}
{% macro kpis_of_productivity() %}
{% set kpis %}
- kpi_id: tickets_closed
  version: 2
  title: Tickets closed
  kind: count
  direction: more
  anchor: "event: the standing resolution"
  window_days: {{ window_days("standing") }}
  needs: [tickets]
  definition: Resolutions that were not reopened within {{ window_text("standing") }}.
  exclusions: [invalid_ticket, unknown_time]
  slices: [agent, team, channel, handled_by]
- kpi_id: tickets_closed_per_hour
  version: 2
  title: Tickets closed per hour
  kind: ratio
  unit: per hour
  direction: more
  anchor: "event: the standing resolution, the day worked"
  window_days: {{ window_days("standing") }}
  sample: numerator
  range: [0, null]
  needs: [tickets, agent_shifts]
  definition: Standing resolutions of agents on days on which they worked / hours worked on those days.
  exclusions: [invalid_ticket, unknown_time, nobody, source_has_no_shifts, no_shift, unknown_minutes, not_worked]
  slices: [agent, team]
- kpi_id: tickets_handled_per_day
  version: 2
  title: Tickets handled per agent and day
  kind: ratio
  unit: mean
  direction: more
  anchor: "event: the reply, the day worked"
  range: [0, null]
  needs: [tickets, ticket_messages, agent_shifts]
  definition: Tickets that an agent replied to on a day that they worked, each once a day / days worked by agents.
  exclusions: [nobody, source_has_no_shifts, no_shift, unknown_minutes, not_worked, source_has_no_messages]
  slices: [agent, team]
- kpi_id: template_usage_rate
  version: 2
  title: Replies from templates
  kind: ratio
  direction: neither
  anchor: "event: the reply"
  needs: [tickets, ticket_messages]
  definition: Replies written from a template / replies; by template, replies from it / all replies.
  exclusions: [deleted, test, spam, source_does_not_tell_templates]
  slices: [agent, team, channel, template: share]
- kpi_id: reassignments_per_ticket
  version: 2
  title: Reassignments per ticket
  kind: ratio
  unit: mean
  direction: less
  anchor: "event: the standing resolution"
  window_days: {{ window_days("standing") }}
  range: [0, null]
  needs: [tickets, ticket_events]
  definition: >-
    Changes from one agent or team to another in a spell, whether or not nobody had the ticket in between / resolutions
    that were not reopened within {{ window_text("standing") }}.
  exclusions: [invalid_ticket, source_has_no_assignments, unknown_time]
  slices: [channel, team, complexity, topic]
- kpi_id: agent_turnover_rate
  version: 2
  title: Agent turnover
  kind: per_period
  direction: less
  anchor: "event: the last day of an agent"
  needs: [agents]
  definition: >-
    Agents who left in the period / mean of the agents there on its first and on its last day. One who was deleted
    without a last day left when they were deleted.
  exclusions: [source_has_no_employment_dates, unknown_time, left_before_hired, left_before_first_data]
  slices: [team]
{% endset %}
{{ return(fromyaml(kpis)) }}
{% endmacro %}
