{#
    The KPI catalogue: what each KPI is, in the order in which a scorecard shows it. A KPI is one entry here, its
    observations in models/marts/kpis/<group>/<kpi_id>.sql, and its test. It is a macro because what SQL the roll-ups
    compile to must be known when dbt parses.

    kind         count         numerators are added up; no denominator
                 sum           the same, of amounts
                 ratio         sum of numerators / sum of denominators
                 duration      the same, of seconds, with median and p90 beside it
                 stock         the numerator at the end of the period
                 distinct      distinct subjects with a numerator / distinct subjects with a denominator
                 retained      distinct subjects of both this period and the one before / of the one before
                 per_period    a ratio whose observations are of one grain each (`only_grain`)
                 confidential  a ratio without numbers in cells of fewer than `min_respondents` subjects, or by which
                               such a cell could be worked out; of months and quarters, in slices that are partitions
    headline     whether a scorecard shows it first
    window_days  days after the period's end in which a value still changes of itself
    min_sample   fewer things observed than this, and the status of a cell is `too_few`
    sample       what the sample is, where it is not the denominator (of counts and sums the observations, of stocks the
                 numerator): numerator or observations
    range        the least and the greatest value that can be; `null` for none
    exclusions   why an observation may be left out, of macros/exclusion_reasons.sql
    needs        the tables that some source must give for the KPI to say anything (`a or b`: one of them will do); without
                 one of them it is `no_data` (kpi_coverage). What a source must tell beside that is a reason of
                 `exclusions`, since rows are joined by ids, which carry their source
    stretches    of a stock, the fact that has a row for each stretch [starts_at, ends_at) in which a ticket is in it
    slices       name: partition  its cells add up to overall
                       overlap    a subject is in several cells (distinct people)
                       own_rows   an observation is in several cells; the KPI's view has rows of their own for it,
                                  marked in `only_slice`
                       share      its cells' numerators by overall's denominator
                 `source` is a slice of every KPI, and listed only where it is not the usual form.
#}
{% macro kpi_catalog() %}
{% set catalog %}
- kpi_id: tickets_created
  version: 1
  group: demand
  headline: true
  title: Tickets created
  unit: count
  direction: neither
  kind: count
  anchor: "event: the creation"
  window_days: 0
  min_sample: 0
  grains: [hour, day, week, month, quarter]
  needs: [tickets]
  definition: Valid tickets created in the period.
  exclusions: [deleted, test, spam, merged]
  slices:
    channel: partition
    team: partition
    complexity: partition
    topic: partition
    marketplace: partition
    country: partition
- kpi_id: unresolved_tickets
  version: 2
  group: demand
  headline: true
  title: Unresolved tickets
  unit: count
  direction: less
  kind: stock
  anchor: "stock: the period's end"
  window_days: 0
  min_sample: 0
  range: [0, null]
  grains: [day, week, month, quarter]
  needs: [tickets]
  stretches: fct_ticket_open_stretches
  definition: >-
    Valid tickets created before the period's end and not resolved at that instant; pending and on hold are unresolved.
    A ticket whose state nobody tells is in none.
  slices:
    channel: partition
    team: partition
    complexity: partition
    age_band: partition
- kpi_id: social_tickets
  version: 2
  group: demand
  title: Social tickets
  unit: count
  direction: neither
  kind: count
  anchor: "event: the creation"
  window_days: 0
  min_sample: 0
  grains: [hour, day, week, month, quarter]
  needs: [tickets]
  definition: Valid tickets created in a channel of social networks (seed channels).
  exclusions: [deleted, test, spam, merged, unknown_channel]
  slices:
    channel: partition
- kpi_id: brand_mentions
  version: 1
  group: demand
  title: Brand mentions
  unit: count
  direction: neither
  kind: count
  anchor: "event: the mention"
  window_days: 0
  min_sample: 0
  grains: [hour, day, week, month, quarter]
  needs: [brand_mentions]
  definition: Public mentions of the brand, those of its own accounts left out.
  exclusions: [own_account]
  slices:
    brand: partition
    network: partition
    sentiment: partition
- kpi_id: contact_rate
  version: 1
  group: demand
  headline: true
  title: Contact rate
  unit: ratio
  direction: less
  kind: ratio
  anchor: "event: the creation of a ticket, the placing of an order"
  window_days: 0
  min_sample: 10
  range: [0, null]
  grains: [day, week, month, quarter]
  needs: [tickets, orders]
  definition: Inbound tickets created in the period / valid orders placed in it.
  exclusions: [deleted, test, spam, merged, cancelled]
  slices:
    marketplace: partition
    country: partition
- kpi_id: first_response_time
  version: 2
  group: speed
  headline: true
  title: First response time
  unit: s
  direction: less
  kind: duration
  anchor: "event: the first reply"
  window_days: 0
  min_sample: 10
  range: [0, null]
  grains: [day, week, month, quarter]
  needs: [tickets, ticket_messages]
  definition: Time from the start of an inbound ticket's first turn to the agent's reply that ends it.
  exclusions: [deleted, test, spam, unknown_time_of_day]
  slices:
    channel: partition
    agent: partition
    team: partition
    complexity: partition
    topic: partition
    marketplace: partition
- kpi_id: unanswered_tickets
  version: 2
  group: speed
  headline: true
  title: Tickets waiting for a first reply
  unit: count
  direction: less
  kind: stock
  anchor: "stock: the period's end"
  window_days: 0
  min_sample: 0
  range: [0, null]
  grains: [day, week, month, quarter]
  needs: [tickets, ticket_messages]
  stretches: fct_ticket_first_waits
  definition: >-
    Valid inbound tickets whose first turn waits at the period's end, for a reply or an answered call: what the first
    response time does not tell of yet.
  slices:
    channel: partition
    complexity: partition
    topic: partition
    marketplace: partition
- kpi_id: first_response_time_business
  version: 2
  group: speed
  title: First response time in opening hours
  unit: s
  direction: less
  kind: duration
  anchor: "event: the first reply"
  window_days: 0
  min_sample: 10
  range: [0, null]
  grains: [day, week, month, quarter]
  needs: [tickets, ticket_messages]
  definition: >-
    The first response time, counting only the opening hours of the calendar that the ticket's SLA policy names.
  exclusions: [deleted, test, spam, unknown_time_of_day]
  slices:
    channel: partition
    agent: partition
    team: partition
    complexity: partition
    topic: partition
    marketplace: partition
- kpi_id: automated_first_response_time
  version: 2
  group: speed
  title: First automated response time
  unit: s
  direction: less
  kind: duration
  anchor: "event: the first automated reply"
  window_days: 0
  min_sample: 10
  range: [0, null]
  grains: [day, week, month, quarter]
  needs: [tickets, ticket_messages]
  definition: Time from an inbound ticket's creation to its first automated reply; acknowledgements are none.
  exclusions: [deleted, test, spam, negative_duration, source_does_not_tell_acknowledgements, unknown_time_of_day]
  slices:
    channel: partition
- kpi_id: response_time
  version: 2
  group: speed
  title: Response time
  unit: s
  direction: less
  kind: duration
  anchor: "event: the reply"
  window_days: 0
  min_sample: 10
  range: [0, null]
  grains: [day, week, month, quarter]
  needs: [tickets, ticket_messages]
  definition: Time from the start of a turn of an inbound ticket to the reply that ends it, first turns included.
  exclusions: [deleted, test, spam, unknown_time_of_day]
  slices:
    channel: partition
    agent: partition
    team: partition
    complexity: partition
    topic: partition
    marketplace: partition
    turn: partition
- kpi_id: resolution_time
  version: 2
  group: speed
  headline: true
  title: Resolution time
  unit: s
  direction: less
  kind: duration
  anchor: "event: the standing resolution"
  window_days: 7
  min_sample: 10
  range: [0, null]
  grains: [day, week, month, quarter]
  needs: [tickets]
  definition: >-
    Time from the start of a spell (the creation, or a reopening more than 7 days after a resolution) to its resolution
    that was not reopened within 7 days.
  exclusions: [deleted, test, spam, merged, unknown_time, negative_duration, unknown_time_of_day]
  slices:
    channel: partition
    agent: partition
    team: partition
    complexity: partition
    topic: partition
    marketplace: partition
    handled_by: partition
- kpi_id: resolution_time_business
  version: 2
  group: speed
  title: Resolution time in opening hours
  unit: s
  direction: less
  kind: duration
  anchor: "event: the standing resolution"
  window_days: 7
  min_sample: 10
  range: [0, null]
  grains: [day, week, month, quarter]
  needs: [tickets]
  definition: The resolution time, counting only the opening hours of the calendar that the ticket's SLA policy names.
  exclusions: [deleted, test, spam, merged, unknown_time, negative_duration, unknown_time_of_day]
  slices:
    channel: partition
    agent: partition
    team: partition
    complexity: partition
    topic: partition
    marketplace: partition
    handled_by: partition
- kpi_id: first_response_sla_rate
  version: 2
  group: speed
  headline: true
  title: First responses in time
  unit: ratio
  direction: more
  kind: ratio
  anchor: "event: the deadline"
  window_days: 0
  min_sample: 10
  range: [0, 1]
  grains: [day, week, month, quarter]
  needs: [tickets, ticket_messages]
  definition: >-
    Inbound tickets answered by their first-reply deadline, with a reply or in an answered call / inbound tickets whose
    deadline fell in the period, those left out that need no reply, or were closed by then without an answer. Still
    waiting at the deadline is a miss.
  exclusions: [deleted, test, spam, merged, source_has_no_messages, no_policy, no_deadline, needs_no_reply,
    closed_by_agent, closed_by_automation, closed_by_system, unknown_time_of_day]
  slices:
    channel: partition
    team: partition
    marketplace: partition
- kpi_id: call_wait_time
  version: 2
  group: speed
  title: Hold time of callers
  unit: s
  direction: less
  kind: duration
  anchor: "event: the answer"
  window_days: 0
  min_sample: 10
  range: [0, null]
  grains: [day, week, month, quarter]
  needs: [calls]
  definition: Time from a caller's entry into the queue to an agent's answer, of answered inbound calls.
  exclusions: [test, on_deleted_ticket, on_test_ticket, on_spam_ticket, negative_duration, unknown_time,
    unknown_time_of_day]
  slices:
    agent: partition
    team: partition
- kpi_id: handle_time
  version: 2
  group: speed
  title: Handle time of calls
  unit: s
  direction: less
  kind: duration
  anchor: "event: the end of the call"
  window_days: 0
  min_sample: 10
  range: [0, null]
  grains: [week, month, quarter]
  needs: [calls]
  definition: Talk and hold time of answered calls / answered calls.
  exclusions: [test, on_deleted_ticket, on_test_ticket, on_spam_ticket, not_ended, negative_duration, unknown_talk_time]
  slices:
    agent: partition
    team: partition
- kpi_id: handle_time_with_wrap_up
  version: 2
  group: speed
  title: Handle time with wrap-up
  unit: s
  direction: less
  kind: duration
  anchor: "event: the end of the call"
  window_days: 0
  min_sample: 10
  range: [0, null]
  grains: [week, month, quarter]
  needs: [calls]
  definition: Talk, hold and wrap-up time of answered calls / answered calls, in sources that tell of wrap-up.
  exclusions: [test, on_deleted_ticket, on_test_ticket, on_spam_ticket, not_ended, negative_duration, unknown_talk_time,
    source_does_not_tell_wrap_up]
  slices:
    agent: partition
    team: partition
- kpi_id: abandonment_rate
  version: 2
  group: speed
  title: Abandoned calls
  unit: ratio
  direction: less
  kind: ratio
  anchor: "event: the entry into the queue"
  window_days: 0
  min_sample: 10
  range: [0, 1]
  grains: [day, week, month, quarter]
  needs: [calls]
  definition: Inbound calls that ended unanswered / inbound calls, in sources that tell which were answered.
  exclusions: [test, on_deleted_ticket, on_test_ticket, on_spam_ticket, source_does_not_tell_call_answers]
  slices:
    queue: partition
    topic: partition
- kpi_id: tickets_closed
  version: 2
  group: productivity
  title: Tickets closed
  unit: count
  direction: more
  kind: count
  anchor: "event: the standing resolution"
  window_days: 7
  min_sample: 0
  grains: [day, week, month, quarter]
  needs: [tickets]
  definition: Resolutions that were not reopened within 7 days.
  exclusions: [deleted, test, spam, merged, unknown_time]
  slices:
    agent: partition
    team: partition
    channel: partition
    handled_by: partition
- kpi_id: tickets_closed_per_hour
  version: 2
  group: productivity
  title: Tickets closed per hour
  unit: per hour
  direction: more
  kind: ratio
  anchor: "event: the standing resolution, the day worked"
  window_days: 7
  min_sample: 10
  sample: numerator
  range: [0, null]
  grains: [day, week, month, quarter]
  needs: [tickets, agent_shifts]
  definition: Standing resolutions of agents on days on which they worked / hours worked on those days.
  exclusions: [deleted, test, spam, merged, unknown_time, nobody, source_has_no_shifts, no_shift, unknown_minutes,
    not_worked]
  slices:
    agent: partition
    team: partition
- kpi_id: tickets_handled_per_day
  version: 2
  group: productivity
  title: Tickets handled per agent and day
  unit: mean
  direction: more
  kind: ratio
  anchor: "event: the reply, the day worked"
  window_days: 0
  min_sample: 10
  range: [0, null]
  grains: [day, week, month, quarter]
  needs: [tickets, ticket_messages, agent_shifts]
  definition: Tickets that an agent replied to on a day that they worked, each once a day / days worked by agents.
  exclusions: [nobody, source_has_no_shifts, no_shift, unknown_minutes, not_worked, source_has_no_messages]
  slices:
    agent: partition
    team: partition
- kpi_id: template_usage_rate
  version: 2
  group: productivity
  title: Replies from templates
  unit: ratio
  direction: neither
  kind: ratio
  anchor: "event: the reply"
  window_days: 0
  min_sample: 10
  range: [0, 1]
  grains: [day, week, month, quarter]
  needs: [tickets, ticket_messages]
  definition: Replies written from a template / replies; by template, replies from it / all replies.
  exclusions: [deleted, test, spam, source_does_not_tell_templates]
  slices:
    agent: partition
    team: partition
    channel: partition
    template: share
- kpi_id: reassignments_per_ticket
  version: 2
  group: productivity
  title: Reassignments per ticket
  unit: ratio
  direction: less
  kind: ratio
  anchor: "event: the standing resolution"
  window_days: 7
  min_sample: 10
  range: [0, null]
  grains: [day, week, month, quarter]
  needs: [tickets, ticket_events]
  definition: >-
    Changes from one agent or team to another in a spell, whether or not nobody had the ticket in between / resolutions
    that were not reopened within 7 days.
  exclusions: [deleted, test, spam, merged, source_has_no_assignments, unknown_time]
  slices:
    channel: partition
    team: partition
    complexity: partition
    topic: partition
- kpi_id: agent_turnover_rate
  version: 2
  group: productivity
  title: Agent turnover
  unit: ratio
  direction: less
  kind: per_period
  anchor: "event: the last day of an agent"
  window_days: 0
  min_sample: 0
  range: [0, null]
  grains: [month, quarter]
  needs: [agents]
  definition: >-
    Agents who left in the period / mean of the agents there on its first and on its last day. One who was deleted without
    a last day left when they were deleted.
  exclusions: [source_has_no_employment_dates, unknown_time, left_before_hired, left_before_first_data]
  slices:
    team: partition
- kpi_id: resolution_rate
  version: 2
  group: outcome
  title: Resolution rate
  unit: ratio
  direction: more
  kind: ratio
  anchor: "cohort: the creation"
  window_days: 7
  min_sample: 10
  range: [0, 1]
  grains: [day, week, month, quarter]
  needs: [tickets]
  definition: >-
    Valid tickets created in the period that are resolved 7 days after their creation / valid tickets created. By agent,
    resolved by them / ever assigned to them within the 7 days; by team, resolved by it / in the hands of one who was in
    it within the 7 days.
  exclusions: [deleted, test, spam, merged, unknown_time, unknown_time_of_day, unknown_status,
    source_does_not_tell_resolutions]
  slices:
    agent: own_rows
    team: own_rows
    channel: partition
    complexity: partition
- kpi_id: reopen_rate
  version: 2
  group: outcome
  headline: true
  title: Reopen rate
  unit: ratio
  direction: less
  kind: ratio
  anchor: "cohort: the resolution"
  window_days: 7
  min_sample: 10
  range: [0, 1]
  grains: [day, week, month, quarter]
  needs: [tickets, ticket_events]
  definition: Resolutions of the period that were reopened within 7 days / resolutions.
  exclusions: [deleted, test, spam, merged, source_has_no_status_events, unknown_time]
  slices:
    agent: partition
    team: partition
    channel: partition
    complexity: partition
    handled_by: partition
- kpi_id: single_reply_resolution_rate
  version: 2
  group: outcome
  title: Resolved with one reply
  unit: ratio
  direction: more
  kind: ratio
  anchor: "cohort: the creation"
  window_days: 7
  min_sample: 10
  range: [0, 1]
  grains: [day, week, month, quarter]
  needs: [tickets, ticket_messages]
  definition: >-
    Inbound tickets created in the period that are resolved 7 days later, with exactly one reply until then and no
    reopening / inbound tickets created.
  exclusions: [deleted, test, spam, merged, source_has_no_messages, unknown_time, unknown_time_of_day, unknown_status,
    source_does_not_tell_resolutions]
  slices:
    channel: partition
    team: partition
    complexity: partition
    topic: partition
- kpi_id: automated_resolution_rate
  version: 2
  group: outcome
  title: Resolved by automation
  unit: ratio
  direction: more
  kind: ratio
  anchor: "event: the standing resolution"
  window_days: 7
  min_sample: 10
  range: [0, 1]
  grains: [day, week, month, quarter]
  needs: [tickets, ticket_messages]
  definition: >-
    Standing resolutions of spells with an automated reply, without a reply or an answered call of the ticket, and
    without a new ticket or call of that person within 72 hours / standing resolutions.
  exclusions: [deleted, test, spam, merged, source_has_no_messages, unknown_time, source_does_not_tell_acknowledgements]
  slices:
    channel: partition
    topic: partition
- kpi_id: contacts_to_resolution
  version: 2
  group: outcome
  title: Contacts per resolved issue
  unit: mean
  direction: less
  kind: ratio
  anchor: "event: the end of the issue"
  window_days: 7
  min_sample: 10
  range: [1, null]
  grains: [day, week, month, quarter]
  needs: [tickets or calls]
  definition: Contacts (inbound tickets, and inbound calls of no ticket) of resolved issues / resolved issues.
  exclusions: [unresolved, unknown_time, no_person_or_topic]
  slices:
    topic: partition
    complexity: partition
- kpi_id: first_contact_resolution_rate
  version: 2
  group: outcome
  title: Resolved at first contact
  unit: ratio
  direction: more
  kind: ratio
  anchor: "event: the end of the issue"
  window_days: 7
  min_sample: 10
  range: [0, 1]
  grains: [day, week, month, quarter]
  needs: [tickets or calls]
  definition: Resolved issues of one contact / resolved issues.
  exclusions: [unresolved, unknown_time, no_person_or_topic]
  slices:
    topic: partition
    channel: partition
    handled_by: partition
- kpi_id: customer_turns_to_resolution
  version: 2
  group: outcome
  title: Customer turns per resolution
  unit: mean
  direction: less
  kind: ratio
  anchor: "event: the standing resolution"
  window_days: 7
  min_sample: 10
  range: [1, null]
  grains: [day, week, month, quarter]
  needs: [tickets, ticket_messages]
  definition: Turns of the spells that ended with a standing resolution / standing resolutions with a turn.
  exclusions: [deleted, test, spam, merged, source_has_no_messages, unknown_time, no_turn]
  slices:
    channel: partition
    complexity: partition
    topic: partition
- kpi_id: csat_score
  version: 2
  group: satisfaction
  headline: true
  title: CSAT
  unit: mean 1-5
  direction: more
  kind: ratio
  anchor: "event: the answer"
  window_days: 0
  min_sample: 10
  range: [1, 5]
  grains: [day, week, month, quarter]
  needs: [survey_responses]
  definition: Mean of the answers to "how satisfied are you", in points or in words, mapped on 1 to 5.
  exclusions: [no_score, unknown_time, unknown_scale, score_outside_scale, on_deleted_ticket, on_test_ticket,
    on_spam_ticket, test_customer, older_answer]
  slices:
    channel: partition
    agent: partition
    team: partition
    complexity: partition
    topic: partition
    handled_by: partition
    survey_scope: partition
- kpi_id: csat_satisfied_rate
  version: 2
  group: satisfaction
  title: Satisfied customers
  unit: ratio
  direction: more
  kind: ratio
  anchor: "event: the answer"
  window_days: 0
  min_sample: 10
  range: [0, 1]
  grains: [day, week, month, quarter]
  needs: [survey_responses]
  definition: >-
    Satisfied answers / answers, in points or in words (satisfied is 4 and above on 1 to 5, 8 and above on 1 to 10).
  exclusions: [no_score, unknown_time, unknown_scale, score_outside_scale, on_deleted_ticket, on_test_ticket,
    on_spam_ticket, test_customer, older_answer, scale_without_limit]
  slices:
    channel: partition
    agent: partition
    team: partition
    complexity: partition
    topic: partition
    handled_by: partition
    survey_scope: partition
- kpi_id: net_promoter_score
  version: 2
  group: satisfaction
  title: Net promoter score
  unit: points
  direction: more
  kind: ratio
  anchor: "event: the answer"
  window_days: 0
  min_sample: 10
  range: [-100, 100]
  grains: [day, week, month, quarter]
  needs: [survey_responses]
  definition: 100 x (promoters, 9 and 10, less detractors, 0 to 6) / answers.
  exclusions: [no_score, unknown_time, unknown_scale, score_outside_scale, on_deleted_ticket, on_test_ticket,
    on_spam_ticket, test_customer, older_answer, scale_without_limit]
  slices:
    channel: partition
    country: partition
    survey_scope: partition
- kpi_id: customer_effort_score
  version: 2
  group: satisfaction
  title: Customer effort score
  unit: mean 1-7
  direction: more
  kind: ratio
  anchor: "event: the answer"
  window_days: 0
  min_sample: 10
  range: [1, 7]
  grains: [day, week, month, quarter]
  needs: [survey_responses]
  definition: Mean of the answers to "how easy was it", in points or in words, mapped on 1 to 7; 7 is very easy.
  exclusions: [no_score, unknown_time, unknown_scale, score_outside_scale, on_deleted_ticket, on_test_ticket,
    on_spam_ticket, test_customer, older_answer]
  slices:
    channel: partition
    agent: partition
    team: partition
- kpi_id: agent_satisfaction
  version: 2
  group: satisfaction
  title: Agent satisfaction
  unit: mean 1-5
  direction: more
  kind: confidential
  min_respondents: 5
  anchor: "event: the answer"
  window_days: 0
  min_sample: 0
  range: [1, 5]
  grains: [month, quarter]
  needs: [survey_responses]
  definition: Mean of the answers of agents, mapped on 1 to 5. Withheld are cells of fewer than 5 respondents, those from
    which such a cell could be worked out, and periods that are not over.
  exclusions: [no_score, unknown_time, unknown_scale, score_outside_scale, on_deleted_ticket, on_test_ticket,
    on_spam_ticket, test_customer]
  slices:
    team: partition
    survey_dimension: partition
- kpi_id: survey_response_rate
  version: 2
  group: satisfaction
  title: Survey response rate
  unit: ratio
  direction: more
  kind: ratio
  anchor: "cohort: the sending of the survey"
  window_days: 7
  min_sample: 10
  range: [0, 1]
  grains: [day, week, month, quarter]
  needs: [survey_responses]
  definition: Customer surveys of the period answered within 7 days / customer surveys sent, in sources
    that tell of unanswered ones too.
  exclusions: [on_deleted_ticket, on_test_ticket, on_spam_ticket, test_customer, sent_at_unknown,
    source_tells_of_answers_only, unknown_time]
  slices:
    channel: partition
    team: partition
    survey_type: partition
- kpi_id: reviews_received
  version: 1
  group: marketplace
  title: Reviews received
  unit: count
  direction: more
  kind: count
  anchor: "event: the review"
  window_days: 0
  min_sample: 0
  grains: [day, week, month, quarter]
  needs: [reviews]
  definition: Reviews, those removed later included.
  exclusions: [on_test_order, test_customer]
  slices:
    marketplace: partition
    category: own_rows
    rating: partition
- kpi_id: days_since_last_review
  version: 2
  group: marketplace
  title: Days since the last positive review
  unit: days
  direction: less
  kind: stock
  anchor: "stock: the period's end"
  window_days: 0
  min_sample: 0
  sample: observations
  range: [0, null]
  grains: [day, week, month, quarter]
  needs: [reviews]
  definition: Local days from the newest standing review of 4 stars or more to the period's last day.
  slices:
    marketplace: own_rows
    source: own_rows
- kpi_id: negative_feedback_rate
  version: 2
  group: marketplace
  title: Customers with negative feedback
  unit: ratio
  direction: less
  kind: distinct
  anchor: "cohort: the order"
  window_days: 30
  min_sample: 10
  range: [0, 1]
  grains: [day, week, month, quarter]
  needs: [orders, reviews]
  definition: >-
    Distinct people who left a standing review of at most 2 stars on a valid order of the period within 30 days of it /
    distinct people with a valid order in the period.
  exclusions: [test, cancelled, nobody, source_has_no_reviews_of_orders]
  slices:
    marketplace: overlap
    category: own_rows
    country: overlap
- kpi_id: positive_review_rate
  version: 2
  group: marketplace
  title: Customers with a positive review
  unit: ratio
  direction: more
  kind: distinct
  anchor: "cohort: the order"
  window_days: 30
  min_sample: 10
  range: [0, 1]
  grains: [day, week, month, quarter]
  needs: [orders, reviews]
  definition: >-
    Distinct people who left a standing review of 4 stars or more on a valid order of the period within 30 days of it /
    distinct people with a valid order in the period.
  exclusions: [test, cancelled, nobody, source_has_no_reviews_of_orders]
  slices:
    marketplace: overlap
    category: own_rows
    country: overlap
- kpi_id: negative_review_share
  version: 2
  group: marketplace
  title: Negative reviews
  unit: ratio
  direction: less
  kind: ratio
  anchor: "event: the review"
  window_days: 0
  min_sample: 10
  range: [0, 1]
  grains: [day, week, month, quarter]
  needs: [reviews]
  definition: Standing reviews of at most 2 stars / standing reviews.
  exclusions: [on_test_order, test_customer, removed]
  slices:
    marketplace: partition
    category: own_rows
- kpi_id: positive_review_share
  version: 2
  group: marketplace
  title: Positive reviews
  unit: ratio
  direction: more
  kind: ratio
  anchor: "event: the review"
  window_days: 0
  min_sample: 10
  range: [0, 1]
  grains: [day, week, month, quarter]
  needs: [reviews]
  definition: Standing reviews of 4 stars or more / standing reviews.
  exclusions: [on_test_order, test_customer, removed]
  slices:
    marketplace: partition
    category: own_rows
- kpi_id: order_defect_rate
  version: 2
  group: marketplace
  title: Order defect rate
  unit: ratio
  direction: less
  kind: ratio
  anchor: "cohort: the order"
  window_days: 60
  min_sample: 10
  range: [0, 1]
  grains: [day, week, month, quarter]
  needs: [orders, reviews or claims]
  definition: >-
    Valid orders of the period with a standing review of at most 2 stars, an A-to-z claim not denied or a chargeback
    within 60 days / valid orders.
  exclusions: [test, cancelled, source_has_no_defects]
  slices:
    marketplace: partition
- kpi_id: on_time_shipping_rate
  version: 2
  group: marketplace
  title: On-time shipping
  unit: ratio
  direction: more
  kind: ratio
  anchor: "event: the promised shipping"
  window_days: 0
  min_sample: 10
  range: [0, 1]
  grains: [day, week, month, quarter]
  needs: [orders]
  definition: >-
    Orders shipped by the promise / valid orders whose promise fell in the period; unshipped past it is late. A promise
    that is a date holds to its end.
  exclusions: [test, cancelled, source_does_not_tell_shipping, unknown_time, unknown_time_of_day]
  slices:
    marketplace: partition
    country: partition
- kpi_id: on_time_delivery_rate
  version: 1
  group: marketplace
  title: On-time delivery
  unit: ratio
  direction: more
  kind: ratio
  anchor: "event: the promised delivery"
  window_days: 0
  min_sample: 10
  range: [0, 1]
  grains: [day, week, month, quarter]
  needs: [orders]
  definition: >-
    Orders delivered by the promise / valid orders whose promise fell in the period; undelivered past it is late. A
    promise that is a date holds to its end.
  exclusions: [test, cancelled, source_does_not_tell_deliveries, unknown_time, unknown_time_of_day]
  slices:
    marketplace: partition
    country: partition
- kpi_id: cancellation_rate
  version: 2
  group: marketplace
  title: Cancellation rate
  unit: ratio
  direction: less
  kind: ratio
  anchor: "cohort: the order"
  window_days: 30
  min_sample: 10
  range: [0, 1]
  grains: [day, week, month, quarter]
  needs: [orders]
  definition: >-
    Orders of the period that the seller cancelled before shipping, within 30 days of the order / orders that are no
    test and of which that is known.
  exclusions: [test, source_does_not_tell_cancellations, source_does_not_tell_who_cancels, unknown_status,
    cancelled_by_unknown, unknown_time_of_day]
  slices:
    marketplace: partition
    country: partition
- kpi_id: message_sla_rate
  version: 2
  group: marketplace
  title: Marketplace messages answered in 24 h
  unit: ratio
  direction: more
  kind: ratio
  anchor: "event: the deadline"
  window_days: 0
  min_sample: 10
  range: [0, 1]
  grains: [day, week, month, quarter]
  needs: [tickets, ticket_messages]
  definition: >-
    Turns of marketplace tickets answered within 24 hours, with a reply or in an answered call, nights and weekends
    included / turns due, those left out that need no reply, or were closed by then without an answer.
  exclusions: [deleted, test, spam, not_inbound, needs_no_reply, closed_by_agent, closed_by_automation,
    closed_by_system, unknown_time_of_day]
  slices:
    marketplace: partition
- kpi_id: return_sla_rate
  version: 2
  group: marketplace
  title: Returns answered in 48 h
  unit: ratio
  direction: more
  kind: ratio
  anchor: "event: the deadline"
  window_days: 0
  min_sample: 10
  range: [0, 1]
  grains: [day, week, month, quarter]
  needs: [returns]
  definition: Return requests answered (or refunded) within 48 hours / requests due.
  exclusions: [on_test_order, source_does_not_tell_return_answers, unknown_time, unknown_time_of_day]
  slices:
    marketplace: partition
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
  needs: [orders]
  definition: >-
    Valid orders of a person who had an earlier order that was no test and not cancelled when this one was placed.
  exclusions: [cancelled]
  slices:
    marketplace: partition
    category: own_rows
    country: partition
    order_number_band: partition
- kpi_id: repeat_revenue
  version: 2
  group: commerce
  title: Repeat revenue
  unit: money
  direction: more
  kind: sum
  anchor: "event: the order"
  window_days: 0
  min_sample: 0
  grains: [day, week, month, quarter]
  needs: [orders]
  definition: Value of the repeat orders in the reporting currency.
  exclusions: [cancelled, unknown_amount, no_exchange_rate, no_lines]
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
  range: [0, 1]
  grains: [day, week, month, quarter]
  needs: [orders]
  definition: Repeat orders / valid orders of people.
  exclusions: [test, cancelled, nobody]
  slices:
    marketplace: partition
    category: own_rows
    country: partition
- kpi_id: repeat_revenue_rate
  version: 2
  group: commerce
  title: Repeat revenue rate
  unit: ratio
  direction: more
  kind: ratio
  anchor: "event: the order"
  window_days: 0
  min_sample: 10
  sample: observations
  grains: [day, week, month, quarter]
  needs: [orders]
  definition: Repeat revenue / revenue of people, in the reporting currency.
  exclusions: [test, cancelled, nobody, unknown_amount, no_exchange_rate, no_lines]
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
  range: [0, 1]
  grains: [day, week, month, quarter]
  needs: [orders]
  definition: Distinct people with a repeat order in the period / distinct people with a valid order in it.
  exclusions: [test, cancelled, nobody]
  slices:
    marketplace: overlap
    category: own_rows
    country: overlap
- kpi_id: customer_retention_rate
  version: 1
  group: commerce
  title: Customer retention
  unit: ratio
  direction: more
  kind: retained
  anchor: "event: the order of this period"
  window_days: 0
  min_sample: 10
  range: [0, 1]
  grains: [month, quarter]
  needs: [orders]
  definition: Distinct people with a valid order both in this period and in the one before / in the one before.
  exclusions: [test, cancelled, nobody]
  slices:
    marketplace: overlap
    country: overlap
- kpi_id: cross_sell_rate
  version: 3
  group: commerce
  title: Cross-sell rate
  unit: ratio
  direction: more
  kind: distinct
  anchor: "event: the order"
  window_days: 0
  min_sample: 10
  range: [0, 1]
  grains: [day, week, month, quarter]
  needs: [orders, order_lines, products]
  definition: >-
    Distinct people who bought in a repeat order of the period a product family that none of their earlier orders had /
    distinct people with a repeat order in the period whose
    lines are told.
  exclusions: [cancelled, source_has_no_order_lines, source_does_not_tell_families, no_lines]
  slices:
    marketplace: overlap
    category: own_rows
    country: overlap
- kpi_id: up_sell_rate
  version: 3
  group: commerce
  title: Up-sell rate
  unit: ratio
  direction: more
  kind: distinct
  anchor: "event: the order"
  window_days: 0
  min_sample: 10
  range: [0, 1]
  grains: [day, week, month, quarter]
  needs: [orders, order_lines, products]
  definition: >-
    Distinct people who bought in a repeat order of the period a more expensive version of what they had (a product new
    to them, of a family they had, at a higher tier than any, or where a tier is unknown at a higher unit price than
    any) / distinct people with a repeat order in the period whose
    lines are told.
  exclusions: [cancelled, source_has_no_order_lines, source_does_not_tell_families, no_lines]
  slices:
    marketplace: overlap
    category: own_rows
    country: overlap
- kpi_id: converted_tickets
  version: 1
  group: commerce
  title: Converted tickets
  unit: count
  direction: more
  kind: count
  anchor: "cohort: the creation"
  window_days: 5
  min_sample: 0
  grains: [day, week, month, quarter]
  needs: [tickets, ticket_messages, orders]
  definition: >-
    Inbound tickets credited with an order: the newest answered ticket of its person in the 5 days before it.
  slices:
    channel: partition
    agent: partition
    topic: partition
    handled_by: partition
- kpi_id: ticket_conversion_rate
  version: 1
  group: commerce
  title: Ticket conversion rate
  unit: ratio
  direction: more
  kind: ratio
  anchor: "cohort: the creation"
  window_days: 5
  min_sample: 10
  range: [0, 1]
  grains: [day, week, month, quarter]
  needs: [tickets, ticket_messages, orders]
  definition: Converted tickets / inbound tickets of people.
  exclusions: [deleted, test, spam, merged, nobody, source_has_no_messages]
  slices:
    channel: partition
    topic: partition
    handled_by: partition
- kpi_id: converted_revenue
  version: 2
  group: commerce
  title: Revenue of converted tickets
  unit: money
  direction: more
  kind: sum
  anchor: "cohort: the creation"
  window_days: 35
  min_sample: 0
  grains: [day, week, month, quarter]
  needs: [tickets, ticket_messages, orders]
  definition: Value of the orders credited to tickets, refunds within 30 days of the order taken off.
  exclusions: [test, cancelled, unknown_amount, no_exchange_rate]
  slices:
    channel: partition
    topic: partition
    handled_by: partition
- kpi_id: articles_published
  version: 2
  group: self_service
  title: Help articles published
  unit: count
  direction: neither
  kind: count
  anchor: "event: the publication"
  window_days: 0
  min_sample: 0
  grains: [day, week, month, quarter]
  needs: [articles]
  definition: Help-centre articles, answers to frequent questions and videos published in the period.
  exclusions: [not_published]
  slices:
    resource_type: partition
    topic: partition
- kpi_id: article_views
  version: 1
  group: self_service
  title: Article views
  unit: count
  direction: more
  kind: count
  anchor: "event: the view"
  window_days: 0
  min_sample: 0
  grains: [day, week, month, quarter]
  needs: [article_views]
  definition: Views of help articles.
  slices:
    article: partition
    topic: partition
    resource_type: partition
- kpi_id: views_per_ticket
  version: 1
  group: self_service
  title: Article views per ticket
  unit: mean
  direction: more
  kind: ratio
  anchor: "event: the view, the creation of a ticket"
  window_days: 0
  min_sample: 10
  range: [0, null]
  grains: [day, week, month, quarter]
  needs: [article_views, tickets]
  definition: Article views / tickets created in the period.
  exclusions: [deleted, test, spam, merged]
  slices:
    topic: partition
- kpi_id: reader_ticket_rate
  version: 1
  group: self_service
  title: Readers who write after all
  unit: ratio
  direction: less
  kind: ratio
  anchor: "cohort: the first view of the session"
  window_days: 1
  min_sample: 10
  range: [0, 1]
  grains: [day, week, month, quarter]
  needs: [article_views, tickets]
  definition: >-
    Reading sessions of known people followed by an inbound ticket of theirs within 24 hours of the first view / such
    sessions.
  slices:
    article: own_rows
    topic: own_rows
- kpi_id: article_read_time
  version: 1
  group: self_service
  title: Read time of articles
  unit: s
  direction: neither
  kind: duration
  anchor: "event: the view"
  window_days: 0
  min_sample: 10
  range: [0, 1800]
  grains: [day, week, month, quarter]
  needs: [article_views]
  definition: Time that a view was read, at most 30 minutes each.
  exclusions: [unknown_duration, negative_duration]
  slices:
    article: partition
    topic: partition
- kpi_id: article_revisit_rate
  version: 1
  group: self_service
  title: Revisited articles
  unit: ratio
  direction: less
  kind: ratio
  anchor: "event: the view"
  window_days: 0
  min_sample: 10
  range: [0, 1]
  grains: [day, week, month, quarter]
  needs: [article_views]
  definition: >-
    Views of an article that the same reader had viewed in another session in the 7 days before / views with a reader.
  exclusions: [nobody]
  slices:
    article: partition
- kpi_id: article_engagement_rate
  version: 2
  group: self_service
  title: Views with a resource opened
  unit: ratio
  direction: more
  kind: ratio
  anchor: "event: the view"
  window_days: 0
  min_sample: 10
  range: [0, 1]
  grains: [day, week, month, quarter]
  needs: [article_views]
  definition: Views in which a video or another resource was opened / views that tell of resources.
  exclusions: [unknown_resources]
  slices:
    article: partition
- kpi_id: article_helpful_rate
  version: 2
  group: self_service
  title: Articles that helped
  unit: ratio
  direction: more
  kind: ratio
  anchor: "event: the answer"
  window_days: 0
  min_sample: 10
  range: [0, 1]
  grains: [day, week, month, quarter]
  needs: [survey_responses]
  definition: Answers of yes to "did this solve it" / answers.
  exclusions: [no_score, unknown_time, unknown_scale, score_outside_scale, on_deleted_ticket, on_test_ticket,
    on_spam_ticket, test_customer, scale_without_limit]
  slices:
    article: partition
    topic: partition
{% endset %}
{% set kpis = fromyaml(catalog) %}
{{ return(representative_kpis(kpis) if var("only_representative_kpis", false) else kpis) }}
{% endmacro %}


{#
    The first KPI of each kind, with each form of slices, and with each other trait that SQL depends on. The linter looks
    at these alone (.sqlfluff): for the others, roll-ups repeat the same lines with other names.
#}
{% macro representative_kpis(kpis) %}
{% set seen, kept = [], [] %}
{% for kpi in kpis %}
{% set traits = [
    "hour " ~ ("hour" in kpi.grains), "sample " ~ kpi.sample, "range " ~ (kpi.range is defined),
    "exclusions " ~ (kpi.exclusions is defined), "stretches " ~ (kpi.stretches is defined),
    "standard " ~ (kpi.kpi_id in standard_kpis())
] %}
{% for form in kpi_slices(kpi).values() %}{% do traits.append([kpi.kind, form]) %}{% endfor %}
{% if traits | reject("in", seen) | list %}
{% do kept.append(kpi) %}
{% do seen.extend(traits) %}
{% endif %}
{% endfor %}
{{ return(kept) }}
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
{% do slices.setdefault("source", "overlap" if kpi.kind in ("distinct", "retained") else "partition") %}
{{ return(slices) }}
{% endmacro %}


{# Text as a SQL literal. #}
{% macro literal(text) %}{{ return("'" ~ (text | replace("'", "''")) ~ "'") }}{% endmacro %}
