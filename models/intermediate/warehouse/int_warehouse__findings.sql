-- One row a finding and the row (of several columns, the column) that shows it: what conforming took out of rows, and
-- who is in many accounts. `detail` says what of the row it is.
{% set parts = [] -%}
{% for entity, specification in entities().items() -%}
{% for source_name in sources_with(entity) if entity != "row_accounting" -%}
{% for column in time_columns(entity) -%}
{% do parts.append([entity, source_name, column]) -%}
{% endfor -%}
{% endfor -%}
{% endfor -%}
with impossible_times as (
    select
        cast(null as string) as source,
        cast(null as string) as table_name,
        cast(null as string) as detail,
        cast(null as string) as row_id
    where 1 = 0
    {%- for entity, source_name, column in parts %}
    union all
    select
        '{{ source_name }}' as source,
        '{{ entity }}' as table_name,
        '{{ column }}' as detail,
        {{ entity_columns(entity) | first }} as row_id
    from {{ ref("stg_" ~ source_name ~ "__" ~ entity) }}
    where not ({{ is_possible_time(entity, column) }})
    {%- endfor %}
),

-- The address or the person itself is told nowhere.
identities as (
    {% for column in ["email_hash", "person_id"] -%}
    select
        min(source) as source,
        '{{ "address" if column == "email_hash" else "person" }}' as identity_kind,
        min(customer_id) as row_id,
        count(distinct customer_id) as account_count
    from {{ ref("int_customers__unioned") }}
    where left_out_reason is null and {{ column }} is not null
    group by {{ column }}
    having count(distinct customer_id) > {{ shared_identity_limit() }}
    {{ "union all" if not loop.last }}
    {% endfor -%}
),

unknown_marketplaces as (
    {% for entity in ["tickets", "orders", "reviews"] -%}
    select
        rows_.source,
        '{{ entity }}' as table_name,
        rows_.{{ entity_columns(entity) | first }} as row_id,
        rows_.marketplace as detail,
        rows_.{{ happened_at(entity) }} as happened_at
    from {{ ref("int_" ~ entity ~ "__unioned") }} as rows_
    inner join {{ ref("int_warehouse__names") }} as names
        on names.kind = 'marketplace'
        and rows_.marketplace = names.spelling
        and not names.is_known
    where rows_.left_out_reason is null
    {{ "union all" if not loop.last }}
    {% endfor -%}
),

unknown_statuses as (
    select
        cast(null as string) as source,
        cast(null as string) as table_name,
        cast(null as string) as row_id,
        cast(null as string) as detail
    where 1 = 0
    {%- for entity, column in [("tickets", "status"), ("ticket_events", "new_status")] %}
    {%- for source_name in sources_with(entity) %}
    union all
    select
        '{{ source_name }}' as source,
        '{{ entity }}' as table_name,
        rows_.{{ entity_columns(entity) | first }} as row_id,
        names.spelling as detail
    from {{ ref("stg_" ~ source_name ~ "__" ~ entity) }} as rows_
    inner join {{ ref("int_warehouse__names") }} as names
        on names.kind = 'ticket_status'
        and rows_.{{ column }} = names.spelling
        and not names.is_known
    where rows_.is_deleted is not true
    {%- endfor %}
    {%- endfor %}
)

select
    'impossible_time' as finding,
    source,
    table_name,
    row_id,
    detail,
    cast(null as timestamp) as happened_at
from impossible_times
union all
select
    'after_landing' as finding,
    source,
    'ticket_events' as table_name,
    event_id as row_id,
    cast(null as string) as detail,
    occurred_at as happened_at
from {{ ref("int_ticket_events__unioned") }}
where left_out_reason = 'after_landing'
union all
select
    'identity_of_many_accounts' as finding,
    source,
    'customers' as table_name,
    row_id,
    account_count || ' accounts share one ' || identity_kind as detail,
    cast(null as timestamp) as happened_at
from identities
union all
select
    'unknown_marketplace' as finding,
    source,
    table_name,
    row_id,
    detail,
    happened_at
from unknown_marketplaces
union all
select
    'unknown_status' as finding,
    source,
    table_name,
    row_id,
    detail,
    cast(null as timestamp) as happened_at
from unknown_statuses
