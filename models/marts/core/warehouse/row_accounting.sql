-- One row a source, step, table, outcome and reason with a count of rows: where every row went from raw to the marts.
-- Step `raw_to_staged` counts raw rows, `staged_to_mart` the rows of the staged entities; each step adds up. `kept`
-- rows are in a fact or dimension, `excluded` ones too but left out of KPIs, `left_out` ones are not. A merged ticket's
-- messages count for the ticket at the end of its chain, its status changes and assignments for nothing.
{# The model that has the rows of an entity with its key, and where it says why a row is in no KPI. -#}
{% set facts = {
    "tickets": ["fct_tickets", "ticket_id", "fact.exclusion_reason"],
    "customers": ["dim_customers", "customer_id", "cast(null as string)"],
    "calls": ["fct_calls", "call_id", "fact.exclusion_reason"],
    "survey_responses": ["fct_survey_responses", "survey_id", "fact.exclusion_reason"],
    "orders": ["fct_orders", "order_id", "fact.exclusion_reason"],
    "products": ["dim_products", "product_id", "cast(null as string)"],
    "reviews": ["fct_reviews", "review_id", "fact.exclusion_reason"],
    "claims": ["fct_claims", "claim_id", "fact.exclusion_reason"],
    "returns": ["fct_returns", "return_id", "fact.exclusion_reason"],
    "articles": ["dim_articles", "article_id", "cast(null as string)"],
    "article_views": ["fct_article_views", "view_id", "cast(null as string)"],
    "brand_mentions": ["fct_brand_mentions", "mention_id", "fact.exclusion_reason"],
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
    {% for entity, (fact, key, exclusion_reason) in facts.items() -%}
    -- A deleted ticket is in its fact all the same, as others may have been merged into it.
    select
        '{{ entity }}' as table_name,
        rows_.source,
        fact.{{ key }} is not null as is_in_mart,
        case when fact.{{ key }} is null then rows_.left_out_reason else {{ exclusion_reason }} end as reason
    from {{ ref("int_" ~ entity ~ "__unioned") }} as rows_
    left join {{ ref(fact) }} as fact on rows_.{{ key }} = fact.{{ key }}
    union all
    {% endfor -%}
    {% for entity in ["agents", "templates", "exchange_rates"] -%}
    select
        '{{ entity }}' as table_name,
        rows_.source,
        rows_.left_out_reason is null as is_in_mart,
        rows_.left_out_reason as reason
    from {{ ref("int_" ~ entity ~ "__unioned") }} as rows_
    union all
    {% endfor -%}
    select
        'agent_shifts' as table_name,
        rows_.source,
        rows_.left_out_reason is null
        and rows_.shift_date <= {{ to_local_date("now.as_of", reporting_timezone()) }}
        and coalesce(rows_.starts_at, now.as_of) <= now.as_of as is_in_mart,
        case
            when rows_.left_out_reason = 'no_time' then 'no_time'
            when rows_.shift_date > {{ to_local_date("now.as_of", reporting_timezone()) }} then 'after_as_of'
            when rows_.starts_at > now.as_of then 'after_as_of'
            else rows_.left_out_reason
        end as reason
    from {{ ref("int_agent_shifts__unioned") }} as rows_
    cross join {{ ref("int_warehouse__as_of") }} as now
    union all
    select
        'order_lines' as table_name,
        rows_.source,
        fact.order_line_id is not null as is_in_mart,
        case
            when fact.order_line_id is not null then orders.exclusion_reason
            when rows_.left_out_reason is not null then rows_.left_out_reason
            else coalesce('on_' || order_rows.left_out_reason || '_order', 'unknown_order')
        end as reason
    from {{ ref("int_order_lines__unioned") }} as rows_
    left join {{ ref("fct_order_lines") }} as fact on rows_.order_line_id = fact.order_line_id
    left join {{ ref("fct_orders") }} as orders on fact.order_id = orders.order_id
    left join {{ ref("int_orders__unioned") }} as order_rows on rows_.order_id = order_rows.order_id
    union all
    select
        'ticket_messages' as table_name,
        rows_.source,
        rows_.left_out_reason is null and tickets.ticket_id is not null as is_in_mart,
        case
            when rows_.left_out_reason is not null then rows_.left_out_reason
            when tickets.ticket_id is null then 'unknown_ticket'
            else 'on_' || tickets.exclusion_reason || '_ticket'
        end as reason
    from {{ ref("int_ticket_messages__unioned") }} as rows_
    left join {{ ref("int_tickets__classified") }} as own_tickets on rows_.ticket_id = own_tickets.ticket_id
    left join {{ ref("fct_tickets") }} as tickets on own_tickets.counting_ticket_id = tickets.ticket_id
    union all
    select
        'ticket_events' as table_name,
        rows_.source,
        rows_.left_out_reason is null
        and tickets.ticket_id is not null
        and (rows_.new_status is not null or rows_.event_type = 'assigned') as is_in_mart,
        case
            when rows_.left_out_reason is not null then rows_.left_out_reason
            when tickets.ticket_id is null then 'unknown_ticket'
            when
                rows_.new_status is null
                and (rows_.event_type is null or rows_.event_type <> 'assigned')
                then 'unknown_value'
            else 'on_' || tickets.exclusion_reason || '_ticket'
        end as reason
    from {{ ref("int_ticket_events__unioned") }} as rows_
    left join {{ ref("fct_tickets") }} as tickets on rows_.ticket_id = tickets.ticket_id
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
        when not coalesce(is_in_mart, false) then 'left_out'
        when reason is null then 'kept'
        else 'excluded'
    end as outcome,
    coalesce(reason, 'in_mart') as reason,
    count(*) as row_count
from entity_rows
group by all
