-- One row a source, step, table, outcome and reason with a count of rows: where every row went from raw to the marts.
-- Step `raw_to_staged` counts raw rows, `staged_to_mart` the rows of the staged entities; each step adds up. `kept`
-- rows are in a fact or dimension, `excluded` ones too but left out of KPIs, `left_out` ones are not. A merged ticket's
-- messages count for the ticket at the end of its chain, its status changes and assignments for nothing.
{# The model that has the rows of an entity with its key, and why a row of it is in no KPI; other entities have reasons
   of their own below. -#}
{% set facts = {
    "tickets": ["fct_tickets", "ticket_id", "fact.exclusion_reason"],
    "agents": none,
    "agent_shifts": none,
    "customers": ["dim_customers", "customer_id", "null"],
    "calls": ["fct_calls", "call_id", "fact.exclusion_reason"],
    "survey_responses": ["fct_survey_responses", "survey_id", "fact.exclusion_reason"],
    "orders": ["fct_orders", "order_id", "fact.exclusion_reason"],
    "order_lines": ["fct_order_lines", "order_line_id", "orders.exclusion_reason"],
    "products": ["dim_products", "product_id", "null"],
    "reviews": ["fct_reviews", "review_id", "fact.exclusion_reason"],
    "claims": ["fct_claims", "claim_id", "fact.exclusion_reason"],
    "returns": ["fct_returns", "return_id", "fact.exclusion_reason"],
    "articles": ["dim_articles", "article_id", "null"],
    "article_views": ["fct_article_views", "view_id", "null"],
    "brand_mentions": ["fct_brand_mentions", "mention_id", "fact.exclusion_reason"],
    "templates": none,
    "exchange_rates": none,
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
    {% for entity, fact in facts.items() -%}
    select
        '{{ entity }}' as table_name,
        rows_.source,
        {%- if fact %}
        fact.{{ fact[1] }} is not null as is_in_mart,
        {#- A deleted ticket is in its fact, as others may have been merged into it. #}
        case
            when fact.{{ fact[1] }} is not null then {{ fact[2] }}
            {%- if entity == "order_lines" %}
            when rows_.left_out_reason is null
                then coalesce('on_' || order_rows.left_out_reason || '_order', 'unknown_order')
            {%- endif %}
            else rows_.left_out_reason
        end as reason
        {%- elif entity == "agent_shifts" %}
        rows_.left_out_reason is null and is_begun as is_in_mart,
        case when is_begun then rows_.left_out_reason else 'after_as_of' end as reason
        {%- else %}
        rows_.left_out_reason is null as is_in_mart,
        rows_.left_out_reason as reason
        {%- endif %}
    {%- if entity == "agent_shifts" %}
    from (
        select
            shifts.source,
            shifts.left_out_reason,
            shifts.shift_date <= {{ to_local_date("now.as_of", reporting_timezone()) }} as is_begun
        from {{ ref("int_agent_shifts__unioned") }} as shifts
        cross join {{ ref("int_warehouse__as_of") }} as now
    ) as rows_
    {%- else %}
    from {{ ref("int_" ~ entity ~ "__unioned") }} as rows_
    {%- endif %}
    {%- if fact %}
    left join {{ ref(fact[0]) }} as fact on rows_.{{ fact[1] }} = fact.{{ fact[1] }}
    {%- endif %}
    {%- if entity == "order_lines" %}
    left join {{ ref("fct_orders") }} as orders on fact.order_id = orders.order_id
    left join {{ ref("int_orders__unioned") }} as order_rows on rows_.order_id = order_rows.order_id
    {%- endif %}
    union all
    {% endfor -%}
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
    left join {{ ref("int_tickets__roots") }} as roots on rows_.ticket_id = roots.ticket_id
    left join {{ ref("fct_tickets") }} as tickets on roots.root_ticket_id = tickets.ticket_id
    union all
    select
        'ticket_events' as table_name,
        rows_.source,
        rows_.left_out_reason is null
        and tickets.ticket_id is not null
        and coalesce(rows_.new_status, rows_.new_agent_id) is not null as is_in_mart,
        case
            when rows_.left_out_reason is not null then rows_.left_out_reason
            when tickets.ticket_id is null then 'unknown_ticket'
            when rows_.new_status is null and rows_.new_agent_id is null then 'unknown_value'
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
