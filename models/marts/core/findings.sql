-- One row a finding, source and table with how many rows it was found in: what is odd in the data, and lost nowhere.
with found as (
    {% for domain in ["tickets", "calendars", "contacts", "feedback", "commerce", "self_service"] -%}
    select
        finding,
        source,
        table_name,
        row_id,
        happened_at
    from {{ ref("int_" ~ domain ~ "__findings") }}
    {{ "union all" if not loop.last }}
    {% endfor -%}
)

select
    finding,
    source,
    table_name,
    count(*) as row_count,
    min(row_id) as example_row_id,
    min(happened_at) as first_happened_at,
    max(happened_at) as last_happened_at
from found
group by finding, source, table_name
