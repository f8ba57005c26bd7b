{# What help articles do. #}
{% macro kpis_of_self_service() %}
{% set kpis %}
- kpi_id: articles_published
  version: 2
  title: Help articles published
  kind: count
  direction: neither
  anchor: "event: the publication"
  needs: [articles]
  definition: Help-centre articles, answers to frequent questions and videos published in the period.
  exclusions: [not_published]
  slices: [resource_type, topic]
- kpi_id: article_views
  version: 1
  title: Article views
  kind: count
  direction: more
  anchor: "event: the view"
  needs: [article_views]
  definition: Views of help articles.
  slices: [article, topic, resource_type]
- kpi_id: views_per_ticket
  version: 1
  title: Article views per ticket
  kind: ratio
  unit: mean
  direction: more
  anchor: "event: the view, the creation of a ticket"
  range: [0, null]
  needs: [article_views, tickets]
  definition: Article views / tickets created in the period.
  exclusions: [invalid_ticket]
  slices: [topic]
- kpi_id: reader_ticket_rate
  version: 1
  title: Readers who write after all
  kind: ratio
  direction: less
  anchor: "cohort: the first view of the session"
  window_days: {{ window_days("reading") }}
  needs: [article_views, tickets]
  definition: >-
    Reading sessions of known people followed by an inbound ticket of theirs within {{ window_text("reading") }} of the
    first view / such sessions.
  slices: [article: own_rows, topic: own_rows]
- kpi_id: article_read_time
  version: 1
  title: Read time of articles
  kind: duration
  direction: neither
  anchor: "event: the view"
  range: [0, {{ window_seconds("view") }}]
  needs: [article_views]
  definition: Time that a view was read, at most {{ window_text("view") }} each.
  exclusions: [unknown_duration, negative_duration]
  slices: [article, topic]
- kpi_id: article_revisit_rate
  version: 1
  title: Revisited articles
  kind: ratio
  direction: less
  anchor: "event: the view"
  needs: [article_views]
  definition: >-
    Views of an article that the same reader had viewed in another session in the {{ window_text("revisit") }} before /
    views with a reader.
  exclusions: [nobody]
  slices: [article]
- kpi_id: article_engagement_rate
  version: 2
  title: Views with a resource opened
  kind: ratio
  direction: more
  anchor: "event: the view"
  needs: [article_views]
  definition: Views in which a video or another resource was opened / views that tell of resources.
  exclusions: [unknown_resources]
  slices: [article]
- kpi_id: article_helpful_rate
  version: 2
  title: Articles that helped
  kind: ratio
  direction: more
  anchor: "event: the answer"
  needs: [survey_responses]
  definition: Answers of yes to "did this solve it" / answers.
  exclusions: [invalid_answer, scale_without_limit]
  slices: [article, topic]
{% endset %}
{{ return(fromyaml(kpis)) }}
{% endmacro %}
