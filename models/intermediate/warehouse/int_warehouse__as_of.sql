-- One row: `as_of`, the instant that the warehouse is at. It is the newest timestamp of something that happened and
-- is not later than the landing of its file, unless CXMART_AS_OF says otherwise; null where there is no data.
with happenings as (
    select cast(null as timestamp) as happened_at
    {%- for entity, specification in entities().items() if specification.get("happenings") %}
    {%- for source_name in sources_with(entity) %}
    {%- for column in specification.happenings %}
    union all
    select max({{ column }}) as happened_at
    from {{ ref("stg_" ~ source_name ~ "__" ~ entity) }}
    where {{ column }} <= loaded_at
    {%- endfor %}
    {%- endfor %}
    {%- endfor %}
)

select coalesce({{ as_of_setting() }}, max(happened_at)) as as_of
from happenings
