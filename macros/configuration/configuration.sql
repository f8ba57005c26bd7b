{#
    What an analyst edits are the seeds. A brand's own values lie in the folder CXMART_CONFIG, in files of the same names
    and columns, each in place of the shipped one: so an upgrade never collides with them. Every seed is checked before
    anything is built on it; what is wrong is an error of the build that names the row.
#}

{# The folder of a brand's own seeds without a slash at its end, or nothing. #}
{% macro configuration_folder() %}
{{ return(modules.re.sub("/+$", "", env_var("CXMART_CONFIG", "") | trim)) }}
{% endmacro %}


{# The path of a file of that folder, as a pattern that fits no other. #}
{% macro configuration_pattern(name) %}
{{ return(modules.re.sub("([\\[*?])", "[\\1]", configuration_folder()) ~ "/" ~ name) }}
{% endmacro %}


{# Before a build: the folder holds files that are named as seeds, and no other .csv. #}
{% macro check_configuration_folder() %}
{% if execute and configuration_folder() %}
    {% set seeds = graph.nodes.values() | selectattr("resource_type", "equalto", "seed") | map(attribute="name") | list | sort %}
    {% set files = run_query("select file from glob(" ~ literal(configuration_pattern("*.csv")) ~ ") order by file").columns[0].values() %}
    {# How files are written says the loader's sources.yml: a folder may hold nothing else. #}
    {% if not files and not run_query("select file from glob(" ~ literal(configuration_pattern("sources.yml")) ~ ")") %}
        {{ exceptions.raise_compiler_error(
            "CXMART_CONFIG is '" ~ configuration_folder() ~ "', where no .csv file lies; name the folder with your own "
            ~ (seeds | join(".csv, ")) ~ ".csv, or unset it"
        ) }}
    {% endif %}
    {% for file in files %}
        {% set name = modules.re.sub("^.*/|\\.csv$", "", file) %}
        {% if name not in seeds %}
            {{ exceptions.raise_compiler_error(
                file ~ " is named as no seed of the project; the seeds are " ~ (seeds | join(", "))
            ) }}
        {% endif %}
    {% endfor %}
{% endif %}
{% endmacro %}


{# After a shipped seed was loaded: the brand's own rows take its place, where there are any; then all rows are checked. #}
{% macro configure_seed(relation, column_types, optional=[]) %}
{% if execute %}
    {% set where_from = "seeds/" ~ relation.identifier ~ ".csv" %}
    {% if configuration_folder() %}
        {% set pattern = configuration_pattern(relation.identifier ~ ".csv") %}
        {% set files = run_query("select file from glob(" ~ literal(pattern) ~ ")").columns[0].values() %}
        {% if files %}
            {% set where_from = files[0] %}
            {% do replace_with_own_rows(relation, column_types, pattern, where_from, optional) %}
        {% endif %}
    {% endif %}
    {% set problems_of_seed = context.get(relation.identifier ~ "_problems") %}
    {% if problems_of_seed %}
        {% do raise_problems(where_from, problems_of_seed(relation)) %}
    {% endif %}
{% endif %}
{% endmacro %}


{#
    Replace the rows of a seed by those of a file with the same columns, in any order; an empty cell is null, and so is a
    column of `optional` that the file leaves out.
#}
{% macro replace_with_own_rows(relation, column_types, pattern, file, optional=[]) %}
{% set rows_of_file = "read_csv(" ~ literal(pattern) ~ ", header = true, all_varchar = true, nullstr = '')" %}
{% set found = run_query("describe select * from " ~ rows_of_file).columns[0].values() %}
{% set missing = column_types.keys() | reject("in", found) | reject("in", optional) | list %}
{% set unknown = found | reject("in", column_types.keys()) | list %}
{% if missing or unknown %}
    {{ exceptions.raise_compiler_error(
        file ~ " has not the columns of the seed: "
        ~ ("missing " ~ (missing | join(", ")) if missing else "")
        ~ ("; " if missing and unknown else "")
        ~ ("unknown " ~ (unknown | join(", ")) if unknown else "")
        ~ "; they are " ~ (column_types.keys() | join(", "))
    ) }}
{% endif %}
{% set wrong_values %}
    {%- for column, type in column_types.items() if type != "varchar" and column in found %}
    select 'line ' || (line_number + 1) || ': {{ column }} is ''' || "{{ column }}" || ''', which is no {{ type }}' as problem
    from (select *, row_number() over () as line_number from {{ rows_of_file }})
    where "{{ column }}" is not null and try_cast("{{ column }}" as {{ type }}) is null
    union all
    {%- endfor %}
    select null as problem where false
{% endset %}
{% do raise_problems(file, wrong_values) %}
{% do run_query("delete from " ~ relation) %}
{% set casts = [] %}
{% for column, type in column_types.items() if column in found %}
    {% do casts.append('cast(trim("' ~ column ~ '") as ' ~ type ~ ') as "' ~ column ~ '"') %}
{% endfor %}
{% do run_query(
    "insert into " ~ relation ~ " by name select " ~ (casts | join(", ")) ~ " from " ~ rows_of_file
) %}
{% endmacro %}


{# Raise the rows of a select with the one column `problem` as one error, the first ten in words. #}
{% macro raise_problems(where_from, query) %}
{% set problems = run_query(query).columns[0].values() | reject("none") | list | sort %}
{% if problems %}
    {{ exceptions.raise_compiler_error(
        where_from ~ " can't be used:\n  " ~ (problems[:10] | join("\n  "))
        ~ ("\n  and " ~ (problems | length - 10) ~ " more" if problems | length > 10 else "")
    ) }}
{% endif %}
{% endmacro %}


{#
    Problems of a seed with `valid_from` and `valid_to` (exclusive, empty for good): per key, rows that overlap, rows with
    a gap between them, rows that hold on no day, no first day. `row_name` is an expression that names a row.
#}
{% macro validity_problems(relation, keys, row_name) -%}
select
    case
        when valid_from is null then {{ row_name }} || ': valid_from is empty'
        when valid_to <= valid_from then {{ row_name }} || ': valid_to is not after valid_from, so it holds on no day'
        when next_valid_from < coalesce(valid_to, {{ last_date() }})
            then {{ row_name }} || ': holds from ' || valid_from || ' and still on ' || next_valid_from
                || ', from which on another row holds for the same'
        when next_valid_from > valid_to
            then {{ row_name }} || ': holds until ' || valid_to || ', and the next row for the same only from '
                || next_valid_from || ' on: a gap'
    end as problem
from (
    select
        *,
        lead(valid_from) over (
            partition by {{ keys | join(", ") }} order by valid_from nulls first, valid_to nulls last
        ) as next_valid_from
    from {{ relation }}
)
{%- endmacro %}
