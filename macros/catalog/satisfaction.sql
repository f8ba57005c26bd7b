{# What customers and agents say when asked. #}
{% macro kpis_of_satisfaction() %}
{% set kpis %}
- kpi_id: csat_score
  version: 2
  headline: true
  title: CSAT
  kind: ratio
  unit: mean 1-5
  direction: more
  anchor: "event: the answer"
  range: [1, 5]
  needs: [survey_responses]
  definition: Mean of the answers to "how satisfied are you", in points or in words, mapped on 1 to 5.
  exclusions: [invalid_answer, older_answer]
  slices: [channel, agent, team, complexity, topic, handled_by, survey_scope]
- kpi_id: csat_satisfied_rate
  version: 2
  title: Satisfied customers
  kind: ratio
  direction: more
  anchor: "event: the answer"
  needs: [survey_responses]
  definition: >-
    Satisfied answers / answers, in points or in words (satisfied is 4 and above on 1 to 5, 8 and above on 1 to 10).
  exclusions: [invalid_answer, older_answer, scale_without_limit]
  slices: [channel, agent, team, complexity, topic, handled_by, survey_scope]
- kpi_id: net_promoter_score
  version: 2
  title: Net promoter score
  kind: ratio
  unit: points
  direction: more
  anchor: "event: the answer"
  range: [-100, 100]
  needs: [survey_responses]
  definition: 100 x (promoters, 9 and 10, less detractors, 0 to 6) / answers.
  exclusions: [invalid_answer, older_answer, scale_without_limit]
  slices: [channel, country, survey_scope]
- kpi_id: customer_effort_score
  version: 2
  title: Customer effort score
  kind: ratio
  unit: mean 1-7
  direction: more
  anchor: "event: the answer"
  range: [1, 7]
  needs: [survey_responses]
  definition: Mean of the answers to "how easy was it", in points or in words, mapped on 1 to 7; 7 is very easy.
  exclusions: [invalid_answer, older_answer]
  slices: [channel, agent, team]
- kpi_id: agent_satisfaction
  version: 2
  title: Agent satisfaction
  kind: confidential
  unit: mean 1-5
  direction: more
  anchor: "event: the answer"
  min_respondents: 5
  range: [1, 5]
  needs: [survey_responses]
  definition: >-
    Mean of the answers of agents, mapped on 1 to 5. Withheld are cells of fewer than 5 respondents, those from which
    such a cell could be worked out, and periods that are not over.
  exclusions: [invalid_answer]
  slices: [team, survey_dimension]
- kpi_id: survey_response_rate
  version: 2
  title: Survey response rate
  kind: ratio
  direction: more
  anchor: "cohort: the sending of the survey"
  window_days: {{ window_days("survey_answer") }}
  needs: [survey_responses]
  definition: >-
    Customer surveys of the period answered within {{ window_text("survey_answer") }} / customer surveys sent, in
    sources that tell of unanswered ones too.
  exclusions: [on_deleted_ticket, on_test_ticket, on_spam_ticket, test_customer, sent_at_unknown,
    source_tells_of_answers_only, unknown_time]
  slices: [channel, team, survey_type]
{% endset %}
{{ return(fromyaml(kpis)) }}
{% endmacro %}
