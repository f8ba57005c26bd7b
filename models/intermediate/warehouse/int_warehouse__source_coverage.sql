-- One row an enabled source: from when to when it tells of anything, and whether of messages, status changes and
-- assignments at all. A KPI that looks at what a source never tells has no rows there. What is after `as_of` counts
-- too, so that a later `as_of` changes nothing.
with sources as (
    {% for source_name in enabled_sources() -%}
    select '{{ source_name }}' as source
    {{ "union all" if not loop.last }}
    {% endfor -%}
),

happenings as (
    select
        cast(null as varchar) as source,
        cast(null as timestamp) as first_at,
        cast(null as timestamp) as last_at
    {%- for entity, specification in entities().items() if specification.get("happenings") %}
    {%- for source_name in sources_with(entity) %}
    {%- for column in specification.happenings %}
    union all
    select
        '{{ source_name }}' as source,
        min({{ column }}) as first_at,
        max({{ column }}) as last_at
    from {{ ref("stg_" ~ source_name ~ "__" ~ entity) }}
    where {{ column }} <= loaded_at
    {%- endfor %}
    {%- endfor %}
    {%- endfor %}
),

bounds as (
    select
        source,
        min(first_at) as first_happened_at,
        max(last_at) as last_happened_at
    from happenings
    group by source
),

message_sources as (
    select distinct source
    from {{ ref("int_ticket_messages__unioned") }}
    where not is_deleted
),

event_sources as (
    select
        source,
        bool_or(new_status is not null) as has_status_events,
        bool_or(new_agent_id is not null) as has_assignments
    from {{ ref("int_ticket_events__unioned") }}
    where not is_deleted
    group by source
)

select
    sources.source,
    bounds.first_happened_at,
    bounds.last_happened_at,
    message_sources.source is not null as has_messages,
    coalesce(event_sources.has_status_events, false) as has_status_events,
    coalesce(event_sources.has_assignments, false) as has_assignments
from sources
left join bounds on sources.source = bounds.source
left join message_sources on sources.source = message_sources.source
left join event_sources on sources.source = event_sources.source
