-- One row a finding, source, table and detail with how many rows it was found in: what is odd in the data, and lost
-- nowhere. Where a source does not give a table at all, what names rows of it is no finding each, but one together.
with found as (
    {% for domain in ["warehouse", "tickets", "calendars", "contacts", "feedback", "commerce", "self_service"] -%}
    select
        finding,
        source,
        table_name,
        {{ "detail" if domain == "warehouse" else "cast(null as string)" }} as detail,
        row_id,
        happened_at
    from {{ ref("int_" ~ domain ~ "__findings") }}
    {{ "union all" if not loop.last }}
    {% endfor -%}
),

with_tables as (
    select
        found.finding,
        found.source,
        found.table_name,
        found.detail,
        found.row_id,
        found.happened_at,
        case found.finding
            {%- for finding, entity in findings_of_unknown().items() %}
            when '{{ finding }}' then '{{ entity }}'
            {%- endfor %}
        end as named_table,
        case found.finding
            {%- for finding, entity in findings_of_unknown().items() %}
            when '{{ finding }}' then not coverage.has_{{ entity }}
            {%- endfor %}
        end as is_not_given
    from found
    left join {{ ref("int_warehouse__source_coverage") }} as coverage on found.source = coverage.source
)

select
    finding,
    source,
    table_name,
    detail,
    count(*) as row_count,
    min(row_id) as example_row_id,
    min(happened_at) as first_happened_at,
    max(happened_at) as last_happened_at
from with_tables
where not coalesce(is_not_given, false)
group by finding, source, table_name, detail
union all
select
    'table_not_given' as finding,
    source,
    named_table as table_name,
    replace({{ texts_of_group("table_name") }} || ' name ' || named_table, '_', ' ') || ', and no '
    || replace(named_table, '_', ' ') || ' table was given' as detail,
    1 as row_count,
    cast(null as string) as example_row_id,
    min(happened_at) as first_happened_at,
    max(happened_at) as last_happened_at
from with_tables
where is_not_given
group by source, named_table
