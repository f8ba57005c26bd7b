{# Reviews, and what marketplaces judge. #}
{% macro kpis_of_marketplace() %}
{% set kpis %}
- kpi_id: reviews_received
  version: 1
  title: Reviews received
  kind: count
  direction: more
  anchor: "event: the review"
  needs: [reviews]
  definition: Reviews, those removed later included.
  exclusions: [on_test_order, test_customer]
  slices: [marketplace, category: own_rows, rating]
- kpi_id: days_since_last_review
  version: 2
  title: Days since the last positive review
  kind: stock
  unit: days
  sample: observations
  needs: [reviews]
  definition: Local days from the newest standing review of 4 stars or more to the period's last day.
  slices: [marketplace: own_rows, source: own_rows]
- kpi_id: negative_feedback_rate
  version: 2
  title: Customers with negative feedback
  kind: distinct
  direction: less
  anchor: "cohort: the order"
  window_days: {{ window_days("review") }}
  needs: [orders, reviews]
  definition: >-
    Distinct people who left a standing review of at most 2 stars on a valid order of the period within
    {{ window_text("review") }} of it / distinct people with a valid order in the period.
  exclusions: [test, cancelled, nobody, source_has_no_reviews_of_orders]
  slices: [marketplace, category: own_rows, country]
- kpi_id: positive_review_rate
  version: 2
  title: Customers with a positive review
  kind: distinct
  direction: more
  anchor: "cohort: the order"
  window_days: {{ window_days("review") }}
  needs: [orders, reviews]
  definition: >-
    Distinct people who left a standing review of 4 stars or more on a valid order of the period within
    {{ window_text("review") }} of it / distinct people with a valid order in the period.
  exclusions: [test, cancelled, nobody, source_has_no_reviews_of_orders]
  slices: [marketplace, category: own_rows, country]
- kpi_id: negative_review_share
  version: 2
  title: Negative reviews
  kind: ratio
  direction: less
  anchor: "event: the review"
  needs: [reviews]
  definition: Standing reviews of at most 2 stars / standing reviews.
  exclusions: [on_test_order, test_customer, removed]
  slices: [marketplace, category: own_rows]
- kpi_id: positive_review_share
  version: 2
  title: Positive reviews
  kind: ratio
  direction: more
  anchor: "event: the review"
  needs: [reviews]
  definition: Standing reviews of 4 stars or more / standing reviews.
  exclusions: [on_test_order, test_customer, removed]
  slices: [marketplace, category: own_rows]
- kpi_id: order_defect_rate
  version: 2
  title: Order defect rate
  kind: ratio
  direction: less
  anchor: "cohort: the order"
  window_days: {{ window_days("defect") }}
  is_standard: true
  needs: [orders, reviews or claims]
  definition: >-
    Valid orders of the period with a standing review of at most 2 stars, an A-to-z claim not denied or a chargeback
    within {{ window_text("defect") }} / valid orders.
  exclusions: [test, cancelled, source_has_no_defects]
  slices: [marketplace]
- kpi_id: on_time_shipping_rate
  version: 2
  title: On-time shipping
  kind: ratio
  direction: more
  anchor: "event: the promised shipping"
  is_standard: true
  needs: [orders]
  definition: >-
    Orders shipped by the promise / valid orders whose promise fell in the period; unshipped past it is late. A promise
    that is a date holds to its end.
  exclusions: [test, cancelled, source_does_not_tell_shipping, unknown_time, unknown_time_of_day]
  slices: [marketplace, country]
- kpi_id: on_time_delivery_rate
  version: 1
  title: On-time delivery
  kind: ratio
  direction: more
  anchor: "event: the promised delivery"
  needs: [orders]
  definition: >-
    Orders delivered by the promise / valid orders whose promise fell in the period; undelivered past it is late. A
    promise that is a date holds to its end.
  exclusions: [test, cancelled, source_does_not_tell_deliveries, unknown_time, unknown_time_of_day]
  slices: [marketplace, country]
- kpi_id: cancellation_rate
  version: 2
  title: Cancellation rate
  kind: ratio
  direction: less
  anchor: "cohort: the order"
  window_days: {{ window_days("cancellation") }}
  is_standard: true
  needs: [orders]
  definition: >-
    Orders of the period that the seller cancelled before shipping, within {{ window_text("cancellation") }} of the
    order / orders that are no test and of which that is known.
  exclusions: [test, source_does_not_tell_cancellations, source_does_not_tell_who_cancels, unknown_status,
    cancelled_by_unknown, unknown_time_of_day]
  slices: [marketplace, country]
- kpi_id: message_sla_rate
  version: 2
  title: Marketplace messages answered in {{ window("marketplace_reply") }} h
  kind: ratio
  direction: more
  anchor: "event: the deadline"
  is_standard: true
  needs: [tickets, ticket_messages]
  definition: >-
    Turns of marketplace tickets answered within {{ window_text("marketplace_reply") }}, with a reply or in an answered
    call, nights and weekends included / turns due, those left out that need no reply, or were closed by then without an
    answer.
  exclusions: [deleted, test, spam, not_inbound, needs_no_reply, closed_unanswered, unknown_time_of_day]
  slices: [marketplace]
- kpi_id: return_sla_rate
  version: 2
  title: Returns answered in {{ window("return_answer") }} h
  kind: ratio
  direction: more
  anchor: "event: the deadline"
  is_standard: true
  needs: [returns]
  definition: Return requests answered (or refunded) within {{ window_text("return_answer") }} / requests due.
  exclusions: [on_test_order, source_does_not_tell_return_answers, unknown_time, unknown_time_of_day]
  slices: [marketplace]
{% endset %}
{{ return(fromyaml(kpis)) }}
{% endmacro %}
