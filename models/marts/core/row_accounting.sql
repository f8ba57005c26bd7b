-- One row a source, step, table, outcome and reason with a count of rows: where every row went from raw to the marts.
-- Step `raw_to_staged` counts raw rows, `staged_to_mart` the rows of the staged entities; each step adds up. `kept`
-- rows are in a fact or dimension, `excluded` ones too but in no KPI, `left_out` ones are not. A merged ticket's
-- messages count for the ticket at the end of its chain, its status changes and assignments for nothing.
{# Why a staged row is not plainly in a mart, or null; by entity. -#}
{% set reasons = {
    "tickets": "case
            when rows_.left_out_reason = 'after_as_of' then rows_.left_out_reason
            else tickets.exclusion_reason
        end",
    "ticket_messages": "case
            when rows_.left_out_reason is not null then rows_.left_out_reason
            when tickets.ticket_id is null then 'unknown_ticket'
            else 'on_' || tickets.exclusion_reason || '_ticket'
        end",
    "ticket_events": "case
            when rows_.left_out_reason is not null then rows_.left_out_reason
            when tickets.ticket_id is null then 'unknown_ticket'
            when rows_.new_status is null and rows_.new_agent_id is null then 'unknown_value'
            else 'on_' || tickets.exclusion_reason || '_ticket'
        end",
    "agents": "rows_.left_out_reason",
    "customers": "rows_.left_out_reason",
    "orders": "case
            when rows_.left_out_reason is not null then rows_.left_out_reason
            when orders.is_test then 'test'
            when orders.is_cancelled then 'cancelled'
        end",
    "order_lines": "case
            when rows_.left_out_reason is not null then rows_.left_out_reason
            when orders.order_id is null then 'unknown_order'
            when orders.is_test then 'test'
            when orders.is_cancelled then 'cancelled'
        end",
    "products": "rows_.left_out_reason",
    "exchange_rates": "rows_.left_out_reason",
} -%}
with raw_rows as (
    {{ unite_sources("row_accounting") | indent(4) }}
    {%- for source_name in enabled_sources() if "row_accounting" not in var("sources")[source_name] %}
    {%- for entity in var("sources")[source_name] %}
    union all
    select
        '{{ entity }}' as raw_table,
        'kept' as outcome,
        'staged' as reason,
        count(*) as row_count,
        '{{ source_name }}' as source
    from {{ ref("stg_" ~ source_name ~ "__" ~ entity) }}
    {%- endfor %}
    {%- endfor %}
),

entity_rows as (
    {% for entity, reason in reasons.items() -%}
    select
        '{{ entity }}' as table_name,
        rows_.source,
        {{ reason }} as reason
    from {{ ref("int_" ~ entity ~ "__unioned") }} as rows_
    {% if entity == "ticket_messages" -%}
    left join {{ ref("int_tickets__roots") }} as roots on rows_.ticket_id = roots.ticket_id
    left join {{ ref("int_tickets__classified") }} as tickets on roots.root_ticket_id = tickets.ticket_id
    {% elif "tickets." in reason -%}
    left join {{ ref("int_tickets__classified") }} as tickets on rows_.ticket_id = tickets.ticket_id
    {% elif "orders." in reason -%}
    left join {{ ref("int_orders__classified") }} as orders on rows_.order_id = orders.order_id
    {% endif -%}
    union all
    {% endfor -%}
    {% for entity in entities() if entity not in reasons and entity != "row_accounting" -%}
    {% for source_name in sources_with(entity) -%}
    select
        '{{ entity }}' as table_name,
        source,
        'no_kpi_reads_it_yet' as reason
    from {{ ref("stg_" ~ source_name ~ "__" ~ entity) }}
    union all
    {% endfor -%}
    {% endfor -%}
    select
        cast(null as varchar) as table_name,
        cast(null as varchar) as source,
        cast(null as varchar) as reason
    where 1 = 0
)

select
    source,
    'raw_to_staged' as step,
    raw_table as table_name,
    outcome,
    reason,
    cast(row_count as bigint) as row_count
from raw_rows
union all
select
    source,
    'staged_to_mart' as step,
    table_name,
    case
        when reason is null then 'kept'
        when reason in ('test', 'spam', 'merged', 'cancelled') then 'excluded'
        when reason in ('on_test_ticket', 'on_spam_ticket', 'on_merged_ticket', 'on_deleted_ticket') then 'excluded'
        when table_name = 'tickets' and reason = 'deleted' then 'excluded'
        else 'left_out'
    end as outcome,
    coalesce(reason, 'in_mart') as reason,
    count(*) as row_count
from entity_rows
group by all
