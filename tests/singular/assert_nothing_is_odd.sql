{{ config(severity="warn") }}
-- Tells of what is odd in the data: a warning, since nothing is lost by it. Returns the findings that are in the mart.
select
    finding,
    source,
    table_name,
    row_count,
    example_row_id
from {{ ref("findings") }}
