{# What is wrong with the seed words: one row a problem, as a sentence that names the row. #}
{% macro words_problems(relation) %}
{% set months = range(1, 13) | map("string") | list %}
{% set listed = dict(listed_names(), boolean=["true", "false"], month=months) %}
{# Kinds of which nothing but the listed names can be meant. #}
{% set closed = listed.keys() | list %}
{% set kinds = (name_kinds() + ["boolean", "month", "score"]) | sort %}
{% set languages = ["de", "en", "es", "fr", "it", "pl"] %}
with words as (
    select
        trim(language) as language,
        trim(kind) as kind,
        nullif(trim(word), '') as word,
        nullif(trim(name), '') as name,
        {{ name_key("word") }} as word_key,
        nullif(trim(source), '') as source,
        _line,
        'word ' || coalesce(nullif(trim(word), ''), '(empty)') || ' of ' || coalesce(nullif(trim(kind), ''), '(no kind)')
        || ' in ' || coalesce(nullif(trim(language), ''), '(no language)') as row_name
    from {{ relation }}
),

repeated as (
    select
        row_name,
        max(_line) as _line,
        count(*) as row_count
    from (
        select
            language,
            kind,
            word_key,
            _line,
            min(row_name) over (partition by language, kind, word_key) as row_name
        from words
    ) as named
    group by language, kind, word_key, row_name
    having count(*) > 1
)

select
    {{ line_of_row() }} || row_name || ': ' || case
        when language is null or language not in ('{{ languages | join("', '") }}')
            then 'the language is not known; the languages are {{ languages | join(", ") }}'
                || {{ did_you_mean("coalesce(language, '')", names_in_text(literal(languages | join(",")))) }}
        when kind is null or kind not in ('{{ kinds | join("', '") }}')
            then 'the kind is not known; the kinds are {{ kinds | join(", ") }}'
                || {{ did_you_mean("coalesce(kind, '')", names_in_text(literal(kinds | join(",")))) }}
        when word is null then 'word is empty'
        when name is null then 'name is empty'
        when source is null then 'source is empty: where does it come from?'
        {%- for kind in closed if kind != "order_status" %}
        when kind = '{{ kind }}' and name not in ('{{ listed[kind] | join("', '") }}')
            then 'the name ' || name || ' is not one of {{ listed[kind] | join(", ") }}'
        {%- endfor %}
    end as problem
from words
union all
select {{ line_of_row() }} || row_name || ': there are ' || cast(row_count as string) || ' rows for it' as problem
from repeated
{% endmacro %}
