{# What is wrong with the seed placeholder_identities: one row a problem, as a sentence that names the row. #}
{% macro placeholder_identities_problems(relation) %}
{% set row_name = line_of_row() ~ " || 'placeholder ' || coalesce(nullif(trim(pattern), ''), '(empty)')" %}
select {{ row_name }} || ': ' || case
        when coalesce(trim(pattern), '') = '' then 'pattern is empty'
        when replace(trim(pattern), '*', '') = '' then 'it would be everybody'
        when position('*' in substr(trim(pattern), 2, length(trim(pattern)) - 2)) > 0
            then 'a * stands at the end or at the start alone'
        when coalesce(trim(source), '') = '' then 'source is empty: why is it nobody?'
    end as problem
from {{ relation }}
union all
select {{ line_of_row() }} || 'placeholder ' || pattern || ': there are ' || cast(row_count as string) || ' rows for it' as problem
from (
    select
        lower(trim(pattern)) as pattern,
        count(*) as row_count,
        max(_line) as _line
    from {{ relation }}
    group by lower(trim(pattern))
)
where row_count > 1
{% endmacro %}
