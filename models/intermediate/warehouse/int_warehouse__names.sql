-- One row a kind of name and a spelling of it, as any row or seed writes it, with its one name: what the seed
-- name_aliases calls it, else a listed name that is the same without case, blanks, dashes and underscores, else the
-- first in the alphabet of all spellings that are. Deleted rows and those after `as_of` have their say, so that neither
-- changes a name. In a closed kind, what is known nowhere has no name.
with kinds as (
    {% for kind in name_kinds() -%}
    select '{{ kind }}' as kind
    {{ "union all" if not loop.last }}
    {% endfor -%}
),

spellings as (
    {% for entity, specification in entities().items() if specification.get("names") -%}
    {% for source_name in sources_with(entity) -%}
    {% for column, kind in specification.names.items() -%}
    select distinct
        '{{ kind }}' as kind,
        {{ column }} as spelling
    from {{ ref("stg_" ~ source_name ~ "__" ~ entity) }}
    union
    {% endfor -%}
    {% endfor -%}
    {% endfor -%}
    {% for seed, column, kind, is_list in names_in_seeds() -%}
    select distinct
        '{{ kind }}' as kind,
        trim({{ column }}) as spelling
    from {{ ref(seed) }}
    union
    {% endfor -%}
    select distinct
        targets.slice as kind,
        targets.slice_value as spelling
    from {{ ref("kpi_targets") }} as targets
    inner join kinds on targets.slice = kinds.kind
),

keyed as (
    select
        kind,
        spelling,
        {{ name_key("spelling") }} as spelling_key
    from spellings
    where spelling <> ''
),

aliases as (
    select
        trim(kind) as kind,
        {{ name_key("alias") }} as alias_key,
        {{ name_key("name") }} as listed_key
    from {{ ref("name_aliases") }}
),

-- Of two lists that write a name in two ways, the first stands.
listed as (
    {% for kind, names in listed_names().items() -%}
    {% for name in names -%}
    select
        '{{ kind }}' as kind,
        '{{ name }}' as name,
        1 as place
    union all
    {% endfor -%}
    {% endfor -%}
    select
        trim(kind) as kind,
        trim(name) as name,
        2 as place
    from {{ ref("name_aliases") }}
    {%- for seed, column, kind, is_list in names_in_seeds() if is_list %}
    union all
    select
        '{{ kind }}' as kind,
        trim({{ column }}) as name,
        3 as place
    from {{ ref(seed) }}
    {%- endfor %}
),

listed_once as (
    select
        kind,
        {{ name_key("name") }} as listed_key,
        name
    from listed
    where name <> ''
    qualify
        row_number() over (
            partition by kind, {{ name_key("name") }} order by place nulls last, name nulls last
        ) = 1
),

first_spellings as (
    select
        kind,
        spelling_key,
        min(spelling) as spelling
    from keyed
    group by kind, spelling_key
)

select
    keyed.kind,
    keyed.spelling,
    case
        when listed_once.name is not null then listed_once.name
        when keyed.kind not in ('{{ closed_kinds() | join("', '") }}') then first_spellings.spelling
    end as name,
    listed_once.name is not null as is_known
from keyed
inner join first_spellings
    on keyed.kind = first_spellings.kind
    and keyed.spelling_key = first_spellings.spelling_key
left join aliases
    on keyed.kind = aliases.kind
    and keyed.spelling_key = aliases.alias_key
left join listed_once
    on keyed.kind = listed_once.kind
    and coalesce(aliases.listed_key, keyed.spelling_key) = listed_once.listed_key
