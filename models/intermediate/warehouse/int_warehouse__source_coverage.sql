-- One row an enabled source: from when to when it tells of anything, and of what at all: whether it gives an entity,
-- and whether it ever fills in a column, before any default. A KPI that looks at what a source never tells has no rows
-- there. A deleted row tells of nothing; what is after `as_of` counts, so that a later `as_of` changes nothing.
with sources as (
    {% for source_name in enabled_sources() -%}
    select '{{ source_name }}' as source
    {{ "union all" if not loop.last }}
    {% endfor -%}
)
{%- for entity, specification in entities().items() if entity != "row_accounting" %}
{%- set is_told = "true" if specification.get("describes") else "is_deleted is not true" %}
,

{{ entity }}_told as (
    select
        {%- for column in specification.get("happenings", []) %}
        cast(null as timestamp) as first_{{ column }},
        cast(null as timestamp) as last_{{ column }},
        {%- endfor %}
        {%- for column in specification.get("coverage", []) %}
        cast(null as boolean) as tells_{{ column }},
        {%- endfor %}
        cast(null as boolean) as is_given,
        cast(null as string) as source
    {%- for source_name in sources_with(entity) %}
    union all
    select
        {%- for column in specification.get("happenings", []) %}
        min({{ column }}) filter (where {{ column }} <= loaded_at) as first_{{ column }},
        max({{ column }}) filter (where {{ column }} <= loaded_at) as last_{{ column }},
        {%- endfor %}
        {%- for column in specification.get("coverage", []) %}
        bool_or({{ is_told }} and {{ column }} is not null) as tells_{{ column }},
        {%- endfor %}
        bool_or({{ is_told }}) as is_given,
        '{{ source_name }}' as source
    from (
        {{ with_conformed_times(entity, ref("stg_" ~ source_name ~ "__" ~ entity)) | indent(8) }}
    )
    {%- endfor %}
)
{%- endfor %},

event_sources as (
    select
        source,
        bool_or(new_status is not null) as has_status_events,
        bool_or(event_type = 'assigned') as has_assignments
    from {{ ref("int_ticket_events__unioned") }}
    where {{ exists_ever() }}
    group by source
)

{%- set firsts = [] %}
{%- set lasts = [] %}
{%- set told = [] %}
{%- for entity, specification in entities().items() if entity != "row_accounting" %}
{%- do told.append([entity ~ "_told.is_given", "has_" ~ entity]) %}
{%- for column in specification.get("happenings", []) %}
{%- do firsts.append(entity ~ "_told.first_" ~ column) %}
{%- do lasts.append(entity ~ "_told.last_" ~ column) %}
{%- endfor %}
{%- for column in specification.get("coverage", []) %}
{%- do told.append([entity ~ "_told.tells_" ~ column, "tells_" ~ entity ~ "__" ~ column]) %}
{%- endfor %}
{%- endfor %}

select
    sources.source,
    least(
        {{ firsts | join(",\n        ") }}
    ) as first_happened_at,
    greatest(
        {{ lasts | join(",\n        ") }}
    ) as last_happened_at,
    coalesce(ticket_messages_told.is_given, false) as has_messages,
    coalesce(event_sources.has_status_events, false) as has_status_events,
    {%- for is_told, name in told %}
    coalesce({{ is_told }}, false) as {{ name }},
    {%- endfor %}
    coalesce(event_sources.has_assignments, false) as has_assignments
from sources
{%- for entity in entities() if entity != "row_accounting" %}
left join {{ entity }}_told on sources.source = {{ entity }}_told.source
{%- endfor %}
left join event_sources on sources.source = event_sources.source
