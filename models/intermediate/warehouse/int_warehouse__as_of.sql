-- One row: `as_of`, the instant that the warehouse is at, and the first instant at which anything happened. `as_of` is
-- the newest timestamp of something that happened and is not later than the landing of its file, unless CXMART_AS_OF
-- says otherwise; both are null where there is no data. A time that can't be is none, so it makes no first instant.
with happenings as (
    select
        cast(null as timestamp) as first_at,
        cast(null as timestamp) as last_at
    {%- for entity, specification in entities().items() if specification.get("happenings") %}
    {%- for source_name in sources_with(entity) %}
    {%- for column in specification.happenings %}
    union all
    select
        min({{ column }}) as first_at,
        max({{ column }}) as last_at
    from (
        {{ with_conformed_times(entity, ref("stg_" ~ source_name ~ "__" ~ entity)) | indent(8) }}
    )
    where {{ column }} <= loaded_at
    {%- endfor %}
    {%- endfor %}
    {%- endfor %}
),

bounds as (
    select
        min(first_at) as first_at,
        coalesce({{ as_of_setting() }}, max(last_at)) as as_of
    from happenings
)

select
    as_of,
    least(first_at, as_of) as first_happened_at
from bounds
