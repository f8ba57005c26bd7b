{#
    The staged contract: the entities that a source can give, with the columns and types of their staging models
    (stg_<source>__<entity>). It is a macro because what SQL is compiled must be known when dbt parses.

    columns      name: type, in order. Every entity but row_accounting also has `meta` (below).
    happened_at  the instant at which a row came to exist: after `as_of`, it does not exist yet. Entities without
                 one (people, products, articles …) describe things, and always exist.
    happenings   the timestamps of which the newest is the default `as_of`.

    Ids are text and carry their source (`standard:4711`), so equal ids of two sources never clash. person_id and
    email_hash do not: they say who is the same person across sources. Timestamps are UTC.
#}
{% macro entities() %}
{% set contract %}
tickets:
  happened_at: created_at
  happenings: [created_at]
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
  happenings: [occurred_at]
  columns:
    event_id: varchar
    ticket_id: varchar
    event_type: varchar
    new_status: varchar
    old_agent_id: varchar
    new_agent_id: varchar
    actor_type: varchar
    actor_id: varchar
    occurred_at: timestamp
agents:
  columns:
    agent_id: varchar
    valid_from: date
    agent_name: varchar
    team: varchar
    is_queue: boolean
    hired_on: date
    left_on: date
agent_shifts:
  columns:
    shift_id: varchar
    agent_id: varchar
    shift_date: date
    starts_at: timestamp
    ends_at: timestamp
    scheduled_minutes: integer
    worked_minutes: integer
    absence_reason: varchar
calls:
  happened_at: queued_at
  happenings: [queued_at]
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
    hold_seconds: integer
    talk_seconds: integer
    wrap_up_seconds: integer
survey_responses:
  happened_at: sent_at
  happenings: [sent_at, responded_at]
  columns:
    survey_id: varchar
    survey_type: varchar
    survey_dimension: varchar
    ticket_id: varchar
    article_id: varchar
    customer_id: varchar
    agent_id: varchar
    score: double
    scale_min: double
    scale_max: double
    sent_at: timestamp
    responded_at: timestamp
customers:
  columns:
    customer_id: varchar
    person_id: varchar
    email_hash: varchar
    country: varchar
    created_at: timestamp
    is_test: boolean
orders:
  happened_at: ordered_at
  happenings: [ordered_at]
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
  columns:
    product_id: varchar
    product_name: varchar
    category: varchar
    family: varchar
    tier: double
reviews:
  happened_at: reviewed_at
  happenings: [reviewed_at]
  columns:
    review_id: varchar
    order_id: varchar
    product_id: varchar
    customer_id: varchar
    marketplace: varchar
    rating: integer
    reviewed_at: timestamp
    removed_at: timestamp
    is_verified: boolean
claims:
  happened_at: opened_at
  columns:
    claim_id: varchar
    order_id: varchar
    claim_type: varchar
    opened_at: timestamp
    status: varchar
    decided_at: timestamp
returns:
  happened_at: requested_at
  columns:
    return_id: varchar
    order_id: varchar
    requested_at: timestamp
    responded_at: timestamp
    refunded_at: timestamp
    refund_amount: decimal(18,4)
articles:
  columns:
    article_id: varchar
    title: varchar
    topic: varchar
    resource_type: varchar
    published_at: timestamp
article_views:
  happened_at: viewed_at
  happenings: [viewed_at]
  columns:
    view_id: varchar
    article_id: varchar
    reader_id: varchar
    customer_id: varchar
    session_id: varchar
    viewed_at: timestamp
    read_seconds: integer
    resources_opened: integer
brand_mentions:
  happened_at: mentioned_at
  happenings: [mentioned_at]
  columns:
    mention_id: varchar
    network: varchar
    mentioned_at: timestamp
    is_own_account: boolean
    sentiment: varchar
templates:
  columns:
    template_id: varchar
    template_name: varchar
exchange_rates:
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


{# The columns that every entity but row_accounting has beside its own. #}
{% macro meta_columns() %}
{{ return({"source": "varchar", "updated_at": "timestamp", "is_deleted": "boolean", "loaded_at": "timestamp"}) }}
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
