{#
    Why an observation is in no KPI: each reason that a column `exclusion_reason` can hold, with a sentence for people.
    Which of them a KPI knows is in its entry of the catalogue (macros/catalog, `exclusions`).
#}
{% macro exclusion_reasons() %}
{% set reasons %}
deleted: The ticket was deleted in the help desk.
test: It is a test, or of a test customer.
spam: The ticket is spam.
merged: The ticket was merged into another one, which counts in its place.
on_deleted_ticket: The call or survey is on a ticket that was deleted.
on_test_ticket: The call or survey is on a ticket that is a test, or of a test customer.
on_spam_ticket: The call or survey is on a ticket that is spam.
not_inbound: The ticket was not begun by a customer, so that its messages fall under no marketplace's standard.
needs_no_reply: By the deadline it was known that the message needs no reply.
closed_by_agent: An agent closed it by the deadline without having written or spoken to the customer.
closed_by_automation: A bot or a rule closed it by the deadline, so that nobody waited for an agent any more.
closed_by_system: The help desk closed it by itself by the deadline, so that nobody waited any more.
no_policy: No SLA policy (seed sla_policies) covers the ticket, so that it has no deadline.
no_deadline: The policy's calendar never opens long enough for the deadline, or not until {{ window_text("deadline") }} after `as_of`.
no_turn: The customer wrote nothing in the spell that ended with this resolution.
unresolved: The issue is not resolved yet.
no_person_or_topic: It names no issue and no person or topic, so that no other contact could be told to belong to it.
unknown_time: It happened, or was answered, at a time that the source does not tell.
unknown_time_of_day: "It is told as a date, and what counts is the time of day."
unknown_channel: No list says whether its channel is a social network (seed channels).
unknown_duration: The source does not tell how long it took.
unknown_talk_time: The source does not tell how long caller and agent talked.
negative_duration: It ended before it began, or a part of it lasted less than nothing.
not_ended: The call has not ended yet.
nobody: "There is nobody to count it for: it has no customer or no reader, or its agent is a queue."
source_has_no_messages: The source tells of no messages, so that no reply can be seen.
source_does_not_tell_resolutions: The source tells neither states of tickets nor when they were resolved.
source_does_not_tell_acknowledgements: "The source never says which messages are acknowledgements: automated ones may be."
source_does_not_tell_templates: The source never tells which replies were written from a template.
source_does_not_tell_call_answers: The source never tells when calls were answered.
source_does_not_tell_wrap_up: The source never tells how long the work after a call took.
source_has_no_status_events: The source tells of no changes of status, so that no reopening can be seen.
source_has_no_assignments: The source tells of no assignments, so that no reassignment can be seen.
source_has_no_shifts: The source tells of no shifts, so that no working day can be seen.
source_has_no_employment_dates: The source does not tell when its agents came and left.
no_shift: The agent had no shift on this day.
unknown_minutes: The agent had a shift on this day, but the source does not tell how long they worked.
not_worked: "The agent had a shift on this day and worked none of it: they were on holiday or sick."
left_before_hired: The agent's last day is before the first one.
left_before_first_data: The agent left before the first quarter of which the source tells.
no_answer: The survey has no answer.
no_score: The survey came back without a score.
unknown_scale: The answer is on a scale that the seed survey_scales does not know.
score_outside_scale: The score lies outside of its scale.
scale_without_limit: The seed survey_scales does not say from where on an answer on this scale is satisfied or promotes.
sent_at_unknown: The source does not tell when the survey was sent.
source_tells_of_answers_only: "The source gives no survey of this type that went unanswered: it tells of answers alone."
older_answer: The same ticket, or without one the same person on the same day, has a newer answer.
test_customer: The survey or review is of a test customer.
cancelled: The order was cancelled.
on_test_order: The review, claim or return is on an order that is a test, or of a test customer.
cancelled_by_unknown: The order was cancelled, and nobody knows by whom.
unknown_status: The source does not tell its state, or in a word that nobody knows.
source_does_not_tell_cancellations: The source tells neither states of orders nor when they were cancelled.
source_does_not_tell_who_cancels: The source tells of cancelled orders, and never who cancelled them.
source_does_not_tell_shipping: The source never tells when orders were shipped.
source_does_not_tell_deliveries: The source never tells when orders were delivered.
source_does_not_tell_return_answers: The source never tells when returns were answered or refunded.
source_has_no_defects: The source tells neither of reviews of orders nor of claims, so that no defect can be seen.
source_has_no_reviews_of_orders: The source tells of no reviews that name an order.
source_has_no_order_lines: The source does not tell what was ordered.
source_does_not_tell_families: "The source tells of no product's family, so that nobody knows what is new or a version of another."
unknown_amount: The source does not tell the amount, the price of a line or the currency.
no_exchange_rate: No exchange rate is known on the order's day, so that it has no value in the reporting currency.
no_lines: The order has no line that was bought, or none with a price in this category.
removed: The marketplace took the review down.
own_account: The mention is by an account of the brand itself.
unknown_resources: The view does not tell whether a resource was opened.
not_published: The article is not published yet.
{% endset %}
{{ return(fromyaml(reasons)) }}
{% endmacro %}


{# Reasons that go together; `exclusions` of an entry may name a group in their place. #}
{% macro exclusion_groups() %}
{{ return({
    "invalid_ticket": ["deleted", "test", "spam", "merged"],
    "invalid_call": ["test", "on_deleted_ticket", "on_test_ticket", "on_spam_ticket"],
    "invalid_answer": [
        "no_score", "unknown_time", "unknown_scale", "score_outside_scale", "on_deleted_ticket", "on_test_ticket",
        "on_spam_ticket", "test_customer"
    ],
    "closed_unanswered": ["closed_by_agent", "closed_by_automation", "closed_by_system"],
    "unknown_state": ["unknown_time", "unknown_time_of_day", "unknown_status", "source_does_not_tell_resolutions"],
    "unknown_value": ["unknown_amount", "no_exchange_rate"],
}) }}
{% endmacro %}


{# The reasons of a list of reasons and groups. #}
{% macro reasons_of(names) %}
{% set reasons = [] %}
{% for name in names %}{% do reasons.extend(exclusion_groups().get(name, [name])) %}{% endfor %}
{{ return(reasons) }}
{% endmacro %}
