{#
    The windows of the definitions: how long something is waited for, or counts. Models, the catalogue's sentences and
    the dictionary take them from here. docs/change-a-definition.md says what else a change of one touches.

    standing           a resolution stands if the ticket is not reopened within it
    resolution         tickets of a cohort are looked at so long after their creation
    silence            automation resolved a ticket if the person does not come back within it
    issue              contacts of one person and topic are one issue if no longer than this lies between them
    survey_answer      a survey is answered if the answer comes within it
    review             reviews of an order count for the customer if they come within it
    defect             reviews, claims and chargebacks make an order defective within it
    cancellation       cancellations by the seller count within it
    marketplace_reply  marketplaces expect an answer to a message within it
    return_answer      marketplaces expect an answer to a return request within it
    conversion         an order is credited to a ticket of its person within it
    refund             refunds of a credited order are taken off within it
    reading            readers who write within it after their first view did not find what they needed
    revisit            a reader who comes back to an article within it revisits it
    view               a view counts as read for no longer
    exchange_rate      an exchange rate is good for so long
    deadline           deadlines are looked for within it: longer than any target, in a calendar that hardly opens
#}
{% macro windows() %}
{{ return({
    "standing": "7 day",
    "resolution": "7 day",
    "silence": "72 hour",
    "issue": "7 day",
    "survey_answer": "7 day",
    "review": "30 day",
    "defect": "60 day",
    "cancellation": "30 day",
    "marketplace_reply": "24 hour",
    "return_answer": "48 hour",
    "conversion": "5 day",
    "refund": "30 day",
    "reading": "24 hour",
    "revisit": "7 day",
    "view": "30 minute",
    "exchange_rate": "7 day",
    "deadline": "366 day",
}) }}
{% endmacro %}


{# The length of a window as [number, unit]. #}
{% macro window_parts(name) %}
{% if name not in windows() %}
    {{ exceptions.raise_compiler_error("there is no window '" ~ name ~ "'; macros/windows.sql names them") }}
{% endif %}
{% set number, unit = windows()[name].split(" ") %}
{{ return([number | int, unit]) }}
{% endmacro %}


{# The length of a window as a number of its unit: 7. #}
{% macro window(name) %}{{ return(window_parts(name)[0]) }}{% endmacro %}


{# The same for SQL: interval 7 day. #}
{% macro window_interval(name) %}{{ return("interval " ~ window_parts(name) | join(" ")) }}{% endmacro %}


{# The same for people: 7 days. #}
{% macro window_text(name) %}
{% set number, unit = window_parts(name) %}
{{ return(number ~ " " ~ unit ~ ("s" if number != 1 else "")) }}
{% endmacro %}


{# The same in seconds. #}
{% macro window_seconds(name) %}
{% set number, unit = window_parts(name) %}
{{ return(number * {"minute": 60, "hour": 3600, "day": 86400}[unit]) }}
{% endmacro %}


{# The same in days, a part of a day as a whole one: so long after a period its values may still change. #}
{% macro window_days(name) %}{{ return((window_seconds(name) / 86400) | round(0, "ceil") | int) }}{% endmacro %}
