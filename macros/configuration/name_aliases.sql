{# What is wrong with the seed name_aliases: one row a problem, as a sentence that names the row. #}
{% macro name_aliases_problems(relation) %}
with aliases as (
    select
        trim(kind) as kind,
        nullif(trim(alias), '') as alias,
        nullif(trim(name), '') as name,
        {{ name_key("alias") }} as alias_key,
        {{ name_key("name") }} as key_of_name,
        nullif(trim(source), '') as source,
        _line,
        {{ line_of_row() }} || 'alias ' || coalesce(nullif(trim(alias), ''), '(empty)') || ' of ' || coalesce(nullif(trim(kind), ''), '(no kind)')
            as row_name
    from {{ relation }}
),

listed as (
    {%- for kind, names in listed_names().items() %}
    {%- for name in names %}
    select
        '{{ kind }}' as kind,
        {{ name_key("'" ~ name ~ "'") }} as key_of_name,
        '{{ name }}' as name
    union all
    {%- endfor %}
    {%- endfor %}
    select
        kind,
        key_of_name,
        name
    from aliases
),

repeated as (
    select
        kind,
        alias_key,
        min(alias) as alias,
        max(_line) as _line,
        count(*) as row_count
    from aliases
    group by kind, alias_key
    having count(*) > 1
)

select
    row_name || ': ' || case
        when kind is null or kind not in ('{{ name_kinds() | join("', '") }}')
            then 'the kind is not known; the kinds are {{ name_kinds() | join(", ") }}'
                || {{ did_you_mean("coalesce(kind, '')", names_in_text(literal(name_kinds() | join(",")))) }}
        when alias is null then 'alias is empty'
        when name is null then 'name is empty; write the name that everything calls it'
        when not {{ matches_pattern("name", "[\\p{L}\\p{N}]") }}
            then 'the name ' || name || ' is none; write the name that everything calls it'
                || case
                    when kind = 'channel'
                        then ', such as email; a channel of your own has a row in channels.csv as well, such as '
                            || coalesce(alias, 'fax') || ',web,false,Our own channel'
                    else ''
                end
        when source is null then 'source is empty: why is it the same?'
        {%- for kind in closed_kinds() %}
        when kind = '{{ kind }}'
            and key_of_name not in (
                {%- for name in listed_names()[kind] %}{{ name_key("'" ~ name ~ "'") }}{{ ", " if not loop.last }}{% endfor -%}
            )
            then 'the name ' || name || ' is not one of {{ listed_names()[kind] | join(", ") }}'
                || {{ did_you_mean("name", names_in_text(literal(listed_names()[kind] | join(",")))) }}
        {%- endfor %}
    end as problem
from aliases
union all
select {{ line_of_row() }} || 'alias ' || alias || ' of ' || kind || ': there are ' || cast(row_count as string) || ' rows for it' as problem
from repeated
union all
select distinct aliases.row_name || ': it is a name itself, of ' || listed.name || '; a name has no other name' as problem
from aliases
inner join listed
    on aliases.kind = listed.kind
    and aliases.alias_key = listed.key_of_name
where aliases.key_of_name <> listed.key_of_name
{% endmacro %}
