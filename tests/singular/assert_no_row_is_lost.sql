-- Guards against rows that a join or a filter drops unseen: in each source, what the accounting counts is what raw
-- holds, and what it counts as being in a fact is what the fact holds.
{# What has a row of its own for each row of an entity. -#}
{% set facts = {
    "tickets": "fct_tickets",
    "orders": "fct_orders",
    "order_lines": "fct_order_lines",
    "customers": "dim_customers",
    "products": "dim_products",
    "calls": "fct_calls",
    "survey_responses": "fct_survey_responses",
    "reviews": "fct_reviews",
    "claims": "fct_claims",
    "returns": "fct_returns",
    "articles": "dim_articles",
    "article_views": "fct_article_views",
    "brand_mentions": "fct_brand_mentions",
} -%}
{% set table_names = [] -%}
{% for table_name in facts %}{% do table_names.append(literal(table_name)) %}{% endfor -%}
with raw_rows as (
    select
        cast(null as string) as source,
        cast(null as string) as table_name,
        cast(null as bigint) as row_count
    where 1 = 0
    {#- The tables that the sources' YAML declares, whatever a source calls them. -#}
    {% if execute %}
    {%- for node in graph.sources.values() if node.source_name in enabled_sources() %}
    union all
    select
        '{{ node.source_name }}' as source,
        '{{ node.name }}' as table_name,
        count(*) as row_count
    from raw."{{ node.schema }}"."{{ node.identifier }}"
    {%- endfor %}
    {% endif %}
),

staged_rows as (
    {% for source_name in enabled_sources() -%}
    {% set is_last_source = loop.last -%}
    {% for entity in var("sources")[source_name] if entity != "row_accounting" -%}
    select
        '{{ source_name }}' as source,
        '{{ entity }}' as table_name,
        count(*) as row_count
    from {{ ref("stg_" ~ source_name ~ "__" ~ entity) }}
    {{ "union all" if not (loop.last and is_last_source) }}
    {% endfor -%}
    {% endfor -%}
),

fact_rows as (
    {% for table_name, fact in facts.items() -%}
    select
        source,
        '{{ table_name }}' as table_name,
        count(*) as row_count
    from {{ ref(fact) }}
    group by source
    {{ "union all" if not loop.last }}
    {% endfor -%}
),

accounted as (
    select
        source,
        step,
        table_name,
        sum(row_count) as row_count,
        sum(case when outcome in ('kept', 'excluded') then row_count else 0 end) as rows_in_facts
    from {{ ref("row_accounting") }}
    group by source, step, table_name
),

accounted_in_facts as (
    select
        source,
        table_name,
        rows_in_facts
    from accounted
    where
        step = 'staged_to_mart'
        and table_name in ({{ table_names | join(", ") }})
),

comparisons as (
    select
        'raw rows' as compared,
        raw_rows.source,
        raw_rows.table_name,
        raw_rows.row_count as expected_rows,
        accounted.row_count as accounted_rows
    from raw_rows
    left join accounted
        on raw_rows.source = accounted.source
        and raw_rows.table_name = accounted.table_name
        and accounted.step = 'raw_to_staged'
    union all
    select
        'staged rows' as compared,
        staged_rows.source,
        staged_rows.table_name,
        staged_rows.row_count as expected_rows,
        accounted.row_count as accounted_rows
    from staged_rows
    left join accounted
        on staged_rows.source = accounted.source
        and staged_rows.table_name = accounted.table_name
        and accounted.step = 'staged_to_mart'
    union all
    select
        'rows in facts' as compared,
        coalesce(fact_rows.source, accounted.source) as source,
        coalesce(fact_rows.table_name, accounted.table_name) as table_name,
        coalesce(fact_rows.row_count, 0) as expected_rows,
        accounted.rows_in_facts as accounted_rows
    from fact_rows
    full outer join accounted_in_facts as accounted
        on fact_rows.source = accounted.source
        and fact_rows.table_name = accounted.table_name
)

select
    compared,
    source,
    table_name,
    expected_rows,
    accounted_rows
from comparisons
where coalesce(expected_rows, 0) <> coalesce(accounted_rows, 0)
