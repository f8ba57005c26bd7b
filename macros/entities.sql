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
    ticket_id: varchar
    customer_id: varchar
    channel: varchar
    created_at: timestamp
    status: varchar
    initiated_by: varchar
    topic: varchar
    complexity: varchar
    priority: varchar
    assigned_agent_id: varchar
    order_id: varchar
    marketplace: varchar
    issue_id: varchar
    resolved_at: timestamp
    is_spam: boolean
    is_test: boolean
    merged_into_ticket_id: varchar
ticket_messages:
  happened_at: sent_at
  happenings: [sent_at]
  defaults: {is_public: true, is_acknowledgement: false, no_reply_needed: false}
  coverage: [template_id, is_acknowledgement, is_public]
  names: {author_type: author}
  identities: [author_id]
  columns:
    message_id: varchar
    ticket_id: varchar
    author_type: varchar
    author_id: varchar
    is_public: boolean
    is_acknowledgement: boolean
    no_reply_needed: boolean
    sent_at: timestamp
    template_id: varchar
ticket_events:
  happened_at: occurred_at
  precedes_landing: true
  happenings: [occurred_at]
  names: {old_status: ticket_status, new_status: ticket_status, actor_type: author}
  identities: [old_agent_id, new_agent_id, actor_id]
  columns:
    event_id: varchar
    ticket_id: varchar
    event_type: varchar
    old_status: varchar
    new_status: varchar
    old_agent_id: varchar
    new_agent_id: varchar
    actor_type: varchar
    actor_id: varchar
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
    agent_id: varchar
    valid_from: date
    agent_name: varchar
    team: varchar
    is_queue: boolean
    hired_on: date
    left_on: date
agent_shifts:
  happened_on: shift_date
  planned: [shift_date, starts_at, ends_at]
  identities: [agent_id]
  columns:
    shift_id: varchar
    agent_id: varchar
    shift_date: date
    starts_at: timestamp
    ends_at: timestamp
    scheduled_minutes: double
    worked_minutes: double
    absence_reason: varchar
calls:
  happened_at: queued_at
  happenings: [queued_at]
  defaults: {direction: inbound}
  coverage: [answered_at, hold_seconds, talk_seconds, wrap_up_seconds]
  names: {queue: queue, topic: topic, direction: direction}
  identities: [customer_id, agent_id]
  columns:
    call_id: varchar
    ticket_id: varchar
    customer_id: varchar
    agent_id: varchar
    direction: varchar
    queue: varchar
    topic: varchar
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
    survey_id: varchar
    survey_type: varchar
    survey_dimension: varchar
    ticket_id: varchar
    article_id: varchar
    customer_id: varchar
    agent_id: varchar
    score: double
    score_word: varchar
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
    customer_id: varchar
    person_id: varchar
    email_hash: varchar
    country: varchar
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
    order_id: varchar
    customer_id: varchar
    marketplace: varchar
    ordered_at: timestamp
    status: varchar
    currency: varchar
    total_amount: decimal(18,4)
    promised_ship_at: timestamp
    shipped_at: timestamp
    promised_delivery_at: timestamp
    delivered_at: timestamp
    cancelled_at: timestamp
    cancelled_by: varchar
    is_test: boolean
order_lines:
  columns:
    order_line_id: varchar
    order_id: varchar
    product_id: varchar
    quantity: decimal(18,4)
    unit_price: decimal(18,4)
products:
  describes: true
  names: {category: category, family: family}
  coverage: [family]
  columns:
    product_id: varchar
    product_name: varchar
    category: varchar
    family: varchar
    tier: double
reviews:
  happened_at: reviewed_at
  happenings: [reviewed_at]
  coverage: [order_id]
  names: {marketplace: marketplace}
  identities: [customer_id]
  columns:
    review_id: varchar
    order_id: varchar
    product_id: varchar
    customer_id: varchar
    marketplace: varchar
    rating: double
    reviewed_at: timestamp
    removed_at: timestamp
    is_verified: boolean
claims:
  happened_at: opened_at
  names: {claim_type: claim_type, status: claim_status}
  columns:
    claim_id: varchar
    order_id: varchar
    claim_type: varchar
    opened_at: timestamp
    status: varchar
    decided_at: timestamp
returns:
  happened_at: requested_at
  coverage: [responded_at, refunded_at]
  columns:
    return_id: varchar
    order_id: varchar
    requested_at: timestamp
    responded_at: timestamp
    refunded_at: timestamp
    refund_amount: decimal(18,4)
articles:
  describes: true
  planned: [published_at]
  names: {topic: topic, resource_type: resource_type}
  columns:
    article_id: varchar
    title: varchar
    topic: varchar
    resource_type: varchar
    published_at: timestamp
article_views:
  happened_at: viewed_at
  happenings: [viewed_at]
  coverage: [resources_opened, session_id, reader_id]
  identities: [reader_id, customer_id]
  columns:
    view_id: varchar
    article_id: varchar
    reader_id: varchar
    customer_id: varchar
    session_id: varchar
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
    mention_id: varchar
    network: varchar
    mentioned_at: timestamp
    is_own_account: boolean
    sentiment: varchar
    brand: varchar
templates:
  describes: true
  columns:
    template_id: varchar
    template_name: varchar
exchange_rates:
  happened_on: rate_date
  columns:
    currency: varchar
    rate_date: date
    rate: decimal(18,8)
row_accounting:
  columns:
    raw_table: varchar
    outcome: varchar
    reason: varchar
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
    "source": "varchar",
    "updated_at": "timestamp",
    "is_deleted": "boolean",
    "loaded_at": "timestamp",
    "date_columns": "varchar",
}) }}
{% endmacro %}


{# All columns of an entity with their types: its own, then the meta columns. #}
{% macro entity_columns(entity) %}
{% set columns = dict(entities()[entity].columns) %}
{% if entity == "row_accounting" %}
    {% do columns.update({"source": "varchar"}) %}
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
