-- One row an id, address hash or person, as staged, that stands where nobody is known (seed placeholder_identities).
with identities as (
    {% for entity, specification in entities().items() -%}
    {% set columns = specification.get("identities", []) -%}
    {% if specification.get("is_somebody") %}{% set columns = columns + [entity_columns(entity) | first] %}{% endif -%}
    {% for source_name in sources_with(entity) -%}
    {% for column in columns -%}
    {% set prefix = "" if column in ("person_id", "email_hash") else source_name ~ ":" -%}
    select
        {{ column }} as identity,
        '{{ prefix }}' as prefix
    from {{ ref("stg_" ~ source_name ~ "__" ~ entity) }}
    union
    {% endfor -%}
    {% endfor -%}
    {% endfor -%}
    select
        cast(null as string) as identity,
        '' as prefix
),

bare as (
    select
        identity,
        lower(trim(substr(identity, length(prefix) + 1))) as bare_identity
    from identities
    where identity is not null
),

patterns as (
    select
        lower(trim(pattern)) as pattern,
        lower(replace(trim(pattern), '*', '')) as word,
        pattern like '*%' as starts_open,
        pattern like '%*' as ends_open
    from {{ ref("placeholder_identities") }}
)

select bare.identity
from bare
inner join patterns on bare.bare_identity = patterns.pattern
union
select bare.identity
from bare
inner join patterns
    on (patterns.ends_open or patterns.starts_open)
    and patterns.pattern <> '0*'
    and (patterns.starts_open or substr(bare.bare_identity, 1, length(patterns.word)) = patterns.word)
    and (
        patterns.ends_open
        or substr(bare.bare_identity, greatest(length(bare.bare_identity) - length(patterns.word), 0) + 1)
        = patterns.word
    )
    and position(patterns.word in bare.bare_identity) > 0
union
-- Zeros alone, with dashes as in an empty UUID.
select bare.identity
from bare
inner join patterns on patterns.pattern = '0*'
where
    replace(bare.bare_identity, '-', '') <> ''
    and replace(replace(bare.bare_identity, '-', ''), '0', '') = ''
