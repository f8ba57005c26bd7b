{#
    The staged contract: the entities that a source can give, with the columns and types of their staging models
    (stg_<source>__<entity>). It is a macro because what SQL is compiled must be known when dbt parses.

    columns      name: type, in order. Every entity but row_accounting also has `meta` (below).
    happened_at  the instant at which a row came to exist: after `as_of`, it does not exist yet. Of several columns, the
                 first that is told. Entities without one (people, products, articles …) describe things, and always exist.
    happened_on  the date of a row that has no such instant; without it, the row says nothing.
    holds_from   the date from which a row holds; none means always.
    precedes_landing  what is later than the landing of its own row is a clock that is wrong, and never happened.
    happenings   the timestamps of which the newest is the default `as_of`.
    planned      times that may lie years ahead: they say what is to come, not what came.
    promised     times until whose end something was promised: given as a date, the whole day is meant.
    defaults     what a value that is not told means. Staging says what was told; it is filled in where sources are united.
    describes    a deleted row still says who or what the rows of the past are about, and leaves nothing out.
    names        columns of names, with their kind: each spelling gets its one name (int_warehouse__names).
    identities   columns that say who somebody is; a placeholder there is nobody (int_warehouse__placeholders).
    is_somebody  its key says who somebody is: a row whose key is a placeholder describes nobody.
    coverage     columns of which int_warehouse__source_coverage says whether a source ever tells them.

    Ids are text and carry their source (`standard:4711`), so equal ids of two sources never clash. person_id and
    email_hash do not: they say who is the same person across sources. Timestamps are UTC.
#}
{% macro entities() %}
{% set contract %}
tickets:
  happened_at: created_at
  happenings: [created_at, resolved_at]
  defaults: {initiated_by: customer, is_spam: false, is_test: false}
  coverage: [status, resolved_at, customer_id, topic, issue_id]
  names:
    channel: channel
    topic: topic
    complexity: complexity
    priority: priority
    marketplace: marketplace
    status: ticket_status
    initiated_by: author
  identities: [customer_id, assigned_agent_id]
  columns:
    ticket_id: string
    customer_id: string
    channel: string
    created_at: timestamp
    status: string
    initiated_by: string
    topic: string
    complexity: string
    priority: string
    assigned_agent_id: string
    order_id: string
    marketplace: string
    issue_id: string
    resolved_at: timestamp
    is_spam: boolean
    is_test: boolean
    merged_into_ticket_id: string
ticket_messages:
  happened_at: sent_at
  happenings: [sent_at]
  defaults: {is_public: true, is_acknowledgement: false, no_reply_needed: false}
  coverage: [template_id, is_acknowledgement, is_public]
  names: {author_type: author}
  identities: [author_id]
  columns:
    message_id: string
    ticket_id: string
    author_type: string
    author_id: string
    is_public: boolean
    is_acknowledgement: boolean
    no_reply_needed: boolean
    sent_at: timestamp
    template_id: string
ticket_events:
  happened_at: occurred_at
  precedes_landing: true
  happenings: [occurred_at]
  names: {old_status: ticket_status, new_status: ticket_status, actor_type: author}
  identities: [old_agent_id, new_agent_id, actor_id]
  columns:
    event_id: string
    ticket_id: string
    event_type: string
    old_status: string
    new_status: string
    old_agent_id: string
    new_agent_id: string
    actor_type: string
    actor_id: string
    occurred_at: timestamp
agents:
  describes: true
  holds_from: valid_from
  planned: [hired_on, left_on]
  defaults: {is_queue: false}
  coverage: [hired_on, left_on]
  names: {team: team}
  is_somebody: true
  columns:
    agent_id: string
    valid_from: date
    agent_name: string
    team: string
    is_queue: boolean
    hired_on: date
    left_on: date
agent_shifts:
  happened_on: shift_date
  planned: [shift_date, starts_at, ends_at]
  identities: [agent_id]
  columns:
    shift_id: string
    agent_id: string
    shift_date: date
    starts_at: timestamp
    ends_at: timestamp
    scheduled_minutes: double
    worked_minutes: double
    absence_reason: string
calls:
  happened_at: queued_at
  happenings: [queued_at]
  defaults: {direction: inbound}
  coverage: [answered_at, hold_seconds, talk_seconds, wrap_up_seconds]
  names: {queue: queue, topic: topic, direction: direction}
  identities: [customer_id, agent_id]
  columns:
    call_id: string
    ticket_id: string
    customer_id: string
    agent_id: string
    direction: string
    queue: string
    topic: string
    queued_at: timestamp
    answered_at: timestamp
    ended_at: timestamp
    hold_seconds: double
    talk_seconds: double
    wrap_up_seconds: double
survey_responses:
  happened_at: [sent_at, responded_at]
  happenings: [sent_at, responded_at]
  coverage: [sent_at]
  names: {survey_type: survey_type, survey_dimension: survey_dimension}
  identities: [customer_id, agent_id]
  columns:
    survey_id: string
    survey_type: string
    survey_dimension: string
    ticket_id: string
    article_id: string
    customer_id: string
    agent_id: string
    score: double
    score_word: string
    scale_min: double
    scale_max: double
    sent_at: timestamp
    responded_at: timestamp
customers:
  describes: true
  defaults: {is_test: false}
  names: {country: country}
  identities: [person_id, email_hash]
  is_somebody: true
  columns:
    customer_id: string
    person_id: string
    email_hash: string
    country: string
    created_at: timestamp
    is_test: boolean
orders:
  happened_at: ordered_at
  happenings: [ordered_at, shipped_at, delivered_at, cancelled_at]
  planned: [promised_ship_at, promised_delivery_at]
  promised: [promised_ship_at, promised_delivery_at]
  defaults: {is_test: false}
  coverage:
    - status
    - shipped_at
    - delivered_at
    - promised_ship_at
    - promised_delivery_at
    - cancelled_at
    - cancelled_by
    - total_amount
    - customer_id
  names: {marketplace: marketplace, status: order_status, cancelled_by: canceller}
  identities: [customer_id]
  columns:
    order_id: string
    customer_id: string
    marketplace: string
    ordered_at: timestamp
    status: string
    currency: string
    total_amount: decimal(18,4)
    promised_ship_at: timestamp
    shipped_at: timestamp
    promised_delivery_at: timestamp
    delivered_at: timestamp
    cancelled_at: timestamp
    cancelled_by: string
    is_test: boolean
order_lines:
  columns:
    order_line_id: string
    order_id: string
    product_id: string
    quantity: decimal(18,4)
    unit_price: decimal(18,4)
products:
  describes: true
  names: {category: category, family: family}
  coverage: [family]
  columns:
    product_id: string
    product_name: string
    category: string
    family: string
    tier: double
reviews:
  happened_at: reviewed_at
  happenings: [reviewed_at]
  coverage: [order_id]
  names: {marketplace: marketplace}
  identities: [customer_id]
  columns:
    review_id: string
    order_id: string
    product_id: string
    customer_id: string
    marketplace: string
    rating: double
    reviewed_at: timestamp
    removed_at: timestamp
    is_verified: boolean
claims:
  happened_at: opened_at
  names: {claim_type: claim_type, status: claim_status}
  columns:
    claim_id: string
    order_id: string
    claim_type: string
    opened_at: timestamp
    status: string
    decided_at: timestamp
returns:
  happened_at: requested_at
  coverage: [responded_at, refunded_at]
  columns:
    return_id: string
    order_id: string
    requested_at: timestamp
    responded_at: timestamp
    refunded_at: timestamp
    refund_amount: decimal(18,4)
articles:
  describes: true
  planned: [published_at]
  names: {topic: topic, resource_type: resource_type}
  columns:
    article_id: string
    title: string
    topic: string
    resource_type: string
    published_at: timestamp
article_views:
  happened_at: viewed_at
  happenings: [viewed_at]
  coverage: [resources_opened, session_id, reader_id]
  identities: [reader_id, customer_id]
  columns:
    view_id: string
    article_id: string
    reader_id: string
    customer_id: string
    session_id: string
    viewed_at: timestamp
    read_seconds: double
    resources_opened: integer
brand_mentions:
  happened_at: mentioned_at
  happenings: [mentioned_at]
  defaults: {is_own_account: false}
  coverage: [is_own_account]
  names: {network: network, sentiment: sentiment, brand: brand}
  columns:
    mention_id: string
    network: string
    mentioned_at: timestamp
    is_own_account: boolean
    sentiment: string
    brand: string
templates:
  describes: true
  columns:
    template_id: string
    template_name: string
exchange_rates:
  happened_on: rate_date
  columns:
    currency: string
    rate_date: date
    rate: decimal(18,8)
row_accounting:
  columns:
    raw_table: string
    outcome: string
    reason: string
    row_count: bigint
{% endset %}
{{ return(fromyaml(contract)) }}
{% endmacro %}


{#
    The columns that every entity but row_accounting has beside its own. `date_columns` names the timestamps of a row that
    were given as a date, separated by commas: their time of day is not known (`is_date_only`).
#}
{% macro meta_columns() %}
{{ return({
    "source": "string",
    "updated_at": "timestamp",
    "is_deleted": "boolean",
    "loaded_at": "timestamp",
    "date_columns": "string",
}) }}
{% endmacro %}


{# All columns of an entity with their types: its own, then the meta columns. #}
{% macro entity_columns(entity) %}
{% set columns = dict(entities()[entity].columns) %}
{% if entity == "row_accounting" %}
    {% do columns.update({"source": "string"}) %}
{% else %}
    {% do columns.update(meta_columns()) %}
{% endif %}
{{ return(columns) }}
{% endmacro %}


{# What columns of an entity mean where they are not told, as SQL. #}
{% macro entity_defaults(entity) %}
{% set defaults = {} %}
{% if entity != "row_accounting" %}{% do defaults.update({"is_deleted": "false"}) %}{% endif %}
{% for column, value in entities()[entity].get("defaults", {}).items() %}
    {% do defaults.update({column: literal(value) if value is string else value | string | lower}) %}
{% endfor %}
{{ return(defaults) }}
{% endmacro %}
