{#
    What an analyst edits are the seeds. A brand's own values lie in the folder CXMART_CONFIG, in files of the same columns:
    <seed>.csv adds to the shipped rows, and wins where both say something of the same; <seed>.replace.csv takes the place
    of all shipped rows. What is the same is said by the seed's YAML (`meta: {own_rows: …}`, below), so an upgrade never
    collides with a brand's values. Every seed is checked before anything is built on it; what is wrong is an error of the
    build that names the line.

    own_rows:
      by        columns; shipped rows that are alike in all of them give way to an own row. No `own_rows`: an own file
                takes the place of the shipped rows, whatever it is called
      names     those of them that hold names: compared without case, blanks, dashes and underscores
      any       those of them in which nothing stands for all: where an own row is for all, and a shipped one for one of
                them, the more specific one holds there, and that is told
      validity  true where rows hold from `valid_from` until `valid_to`: a shipped row gives way on those days alone
#}

{# The folder of a brand's own seeds without a slash at its end, or nothing. #}
{% macro configuration_folder() %}
{{ return(modules.re.sub("/+$", "", env_var("CXMART_CONFIG", "") | trim)) }}
{% endmacro %}


{# The path of a file of that folder, as a pattern that fits no other. #}
{% macro configuration_pattern(name) %}
{{ return(modules.re.sub("([\\[*?])", "[\\1]", configuration_folder()) ~ "/" ~ name) }}
{% endmacro %}


{# The files of that folder that a pattern fits, in alphabetical order. #}
{% macro configuration_files(name) %}
{{ return(run_query("select file from " ~ files_found(configuration_pattern(name)) ~ " order by file").columns[0].values() | list) }}
{% endmacro %}


{# The name of a list that is most like a text, as a question behind a sentence; nothing where none is. #}
{% macro question_of_name(text, names) %}
{{ return(
    run_query("select " ~ did_you_mean(literal(text), names_in_text(literal(names | join(","))))).columns[0].values()[0]
) }}
{% endmacro %}


{# Before a build: the folder holds files that are named as seeds, and no other .csv. #}
{% macro check_configuration_folder() %}
{% if execute and configuration_folder() %}
    {% set seeds = graph.nodes.values() | selectattr("resource_type", "equalto", "seed") | map(attribute="name") | list | sort %}
    {% set files = configuration_files("*.csv") + configuration_files("*.CSV") %}
    {# How files are written says the loader's sources.yml: a folder may hold nothing else. #}
    {% if not files and not configuration_files("sources.yml") %}
        {{ exceptions.raise_compiler_error(
            "CXMART_CONFIG is '" ~ configuration_folder() ~ "', where no .csv file lies; name the folder with your own "
            ~ (seeds | join(".csv, ")) ~ ".csv, or unset it"
        ) }}
    {% endif %}
    {% for file in files %}
        {% set name = modules.re.sub("^.*/|(\\.replace)?\\.csv$", "", file) %}
        {% if name not in seeds %}
            {{ exceptions.raise_compiler_error(
                file ~ " is named as no seed of the project" ~ question_of_name(name, seeds) ~ "; the seeds are "
                ~ (seeds | join(", ")) ~ ": <seed>.csv adds to the shipped rows, <seed>.replace.csv takes their place"
            ) }}
        {% endif %}
        {% if file.endswith(".replace.csv") and modules.re.sub("\\.replace\\.csv$", ".csv", file) in files %}
            {{ exceptions.raise_compiler_error(
                file ~ " and " ~ name ~ ".csv lie side by side: the one takes the place of the shipped rows, the other adds "
                ~ "to them; keep one of them"
            ) }}
        {% endif %}
    {% endfor %}
    {% for file in configuration_files("*.*") if not file.lower().endswith((".csv", ".yml")) %}
        {% if modules.re.sub("^.*/|\\..*$", "", file) in seeds %}
            {{ exceptions.raise_compiler_error(file ~ " is not read: seeds are CSV files; save it as one") }}
        {% endif %}
    {% endfor %}
{% endif %}
{% endmacro %}


{# After a shipped seed was loaded: the brand's own rows come to it, where there are any; then all rows are checked. #}
{% macro configure_seed(relation, column_types, meta=none) %}
{% if execute %}
    {% set seed = relation.identifier %}
    {% set meta = meta or {} %}
    {% set problems_of_seed = context.get(seed ~ "_problems") %}
    {% set shipped = "(select *, cast(null as bigint) as _line from " ~ relation ~ ")" %}
    {% set files = configuration_files(seed ~ ".csv") + configuration_files(seed ~ ".replace.csv") if configuration_folder() else [] %}
    {% if not files %}
        {% if problems_of_seed %}{% do raise_problems("seeds/" ~ seed ~ ".csv", problems_of_seed(shipped)) %}{% endif %}
    {% else %}
        {% set file = files[0] %}
        {% set pattern = configuration_pattern(modules.re.sub("^.*/", "", file)) %}
        {% set read = own_rows_of_file(column_types, pattern, file, meta.get("optional", [])) %}
        {% set own = read.rows %}
        {% do raise_problems(
            file, with_wrong_values(read.wrong_values, problems_of_seed(own)) if problems_of_seed else read.wrong_values
        ) %}
        {% set rule = none if file.endswith(".replace.csv") else meta.get("own_rows") %}
        {% set rows = own %}
        {% if rule %}
            {% do tell_what_gives_way(seed, relation, own, rule, file) %}
            {% set rows = "(select * from (" ~ rows_that_stay(relation, own, rule, column_types) ~ ") union all by name select * from " ~ own ~ ")" %}
            {% if problems_of_seed %}
                {% do raise_problems(file ~ " beside the shipped rows", problems_of_seed(rows)) %}
            {% endif %}
        {% endif %}
        {% set columns = '"' ~ (column_types.keys() | join('", "')) ~ '"' %}
        {% do run_query("create or replace temp table cxmart_seed_rows as select " ~ columns ~ " from " ~ rows) %}
        {% do run_query("delete from " ~ relation) %}
        {% do run_query("insert into " ~ relation ~ " by name select * from cxmart_seed_rows") %}
        {% do run_query("drop table cxmart_seed_rows") %}
    {% endif %}
{% endif %}
{% endmacro %}


{#
    The rows of a brand's file, typed, with their number in the file as `_line`: `rows`, a select in brackets. The file has
    the columns of the seed, in any order; an empty cell is null, and so is a column of `optional` that the file leaves out.
    What is not of the column's type is null as well, and one row of `wrong_values`, a select of `problem` and `column_name`.
#}
{% macro own_rows_of_file(column_types, pattern, file, optional=[]) %}
{% set first_line = run_query(
    "select split_part(replace(content, chr(13), chr(10)), chr(10), 1) from " ~ text_of_file(pattern)
).columns[0].values()[0] %}
{% if not first_line | trim %}
    {{ exceptions.raise_compiler_error(file ~ " is empty; its first line names the columns " ~ (column_types.keys() | join(", "))) }}
{% endif %}
{% set delimiter = ";" if first_line.count(";") > first_line.count(",") else "\t" if first_line.count("\t") > first_line.count(",") else "," %}
{% set found = [] %}
{% for name in first_line.lstrip("\ufeff").split(delimiter) %}{% do found.append(name | trim | replace('"', "") | trim) %}{% endfor %}
{% for name in found if found.count(name) > 1 %}
    {{ exceptions.raise_compiler_error(file ~ " has the column '" ~ name ~ "' " ~ found.count(name) ~ " times") }}
{% endfor %}
{% set rows_of_file = rows_of_csv_file(pattern, found, delimiter) %}
{% set missing = column_types.keys() | reject("in", found) | reject("in", optional) | list %}
{% set unknown = [] %}
{% for name in found if name not in column_types %}
    {% do unknown.append(name ~ question_of_name(name, column_types.keys() | list) | replace("; did", " (did") | replace("?", "?)")) %}
{% endfor %}
{% if missing or unknown %}
    {{ exceptions.raise_compiler_error(
        file ~ " has not the columns of the seed: "
        ~ ("missing " ~ (missing | join(", ")) if missing else "")
        ~ ("; " if missing and unknown else "")
        ~ ("unknown " ~ (unknown | join(", ")) if unknown else "")
        ~ "; they are " ~ (column_types.keys() | join(", "))
    ) }}
{% endif %}
{% set admitted = {
    "double": "number; write it without signs and with a point, such as 36000 or 0.95",
    "integer": "whole number; write it such as 30",
    "bigint": "whole number; write it such as 3600",
    "date": "date; write it such as 2026-01-31",
    "boolean": "true or false; write one of them",
} %}
{% set wrong_values %}
    {%- for column, type in column_types.items() if type != "string" and column in found %}
    select
        'line ' || (line_number + 1) || ': {{ column }} is ''' || "{{ column }}" || ''', which is no {{ admitted.get(type, type) }}' as problem,
        '{{ column }}' as column_name
    from (select *, row_number() over () as line_number from {{ rows_of_file }})
    where trim("{{ column }}") <> '' and try_cast(trim("{{ column }}") as {{ type }}) is null
    union all
    {%- if delimiter == ";" and type in ("double", "integer", "bigint") %}
    select
        'line ' || (line_number + 1) || ': {{ column }} is ''' || "{{ column }}" || ''', which may be '
        || replace(trim("{{ column }}"), '.', '') || ' or a little more than ' || split_part(trim("{{ column }}"), '.', 1)
        || '; write it without signs between thousands, such as 36000, and a fraction with another number of digits' as problem,
        '{{ column }}' as column_name
    from (select *, row_number() over () as line_number from {{ rows_of_file }})
    where {{ matches_pattern('trim("' ~ column ~ '")', "^-?[1-9][0-9]{0,2}([.][0-9]{3})$") }}
    union all
    {%- endif %}
    {%- endfor %}
    select null as problem, null as column_name where false
{% endset %}
{% set casts = [] %}
{% for column, type in column_types.items() %}
    {% set value = "nullif(trim(\"" ~ column ~ "\"), '')" if column in found else "null" %}
    {% do casts.append("try_cast(" ~ value ~ " as " ~ type ~ ') as "' ~ column ~ '"') %}
{% endfor %}
{{ return({
    "rows": "(select " ~ (casts | join(", ")) ~ ", row_number() over () + 1 as _line from " ~ rows_of_file ~ ")",
    "wrong_values": wrong_values,
}) }}
{% endmacro %}


{# All that is wrong with a file: what is of no type, and what else is wrong, but for what follows from a value that is not read. #}
{% macro with_wrong_values(wrong_values, problems) %}
with wrong_values as ({{ wrong_values }}),

problems as ({{ problems }})

select problem from wrong_values
union all
select problems.problem
from problems
where not exists (
    select 1 from wrong_values
    where
        split_part(wrong_values.problem, ':', 1) = split_part(problems.problem, ':', 1)
        and contains(problems.problem, wrong_values.column_name)
        and (contains(problems.problem, 'empty') or contains(problems.problem, 'must be') or contains(problems.problem, '(none)'))
)
{% endmacro %}


{#
    Whether an own row, `own`, and a shipped one, `shipped`, are about the same; given `covers`, whether the own one is about
    that and more.
#}
{% macro is_about_the_same(rule, covers=false) %}
{% set conditions = [] %}
{% for column in rule.by %}
    {% set keys = [] %}
    {% for side in ("own", "shipped") %}
        {% set text = "cast(" ~ side ~ '."' ~ column ~ '" as string)' %}
        {% set key = name_key(text) if column in rule.get("names", []) else "lower(trim(" ~ text ~ "))" %}
        {% do keys.append("coalesce(" ~ key ~ ", '')") %}
    {% endfor %}
    {% set alike = keys | join(" = ") %}
    {% do conditions.append("(" ~ keys[0] ~ " = '' or " ~ alike ~ ")" if covers and column in rule.get("any", []) else alike) %}
{% endfor %}
{% if rule.get("validity") %}
    {% do conditions.append("coalesce(own.valid_from, " ~ first_date() ~ ") < coalesce(shipped.valid_to, " ~ last_date() ~ ")") %}
    {% do conditions.append("coalesce(shipped.valid_from, " ~ first_date() ~ ") < coalesce(own.valid_to, " ~ last_date() ~ ")") %}
{% endif %}
{{ return(conditions | join(" and ")) }}
{% endmacro %}


{# The shipped rows that own ones leave; of a row that holds on other days as well, what is left of it. #}
{% macro rows_that_stay(relation, own, rule, column_types) -%}
{% if not rule.get("validity") -%}
select shipped.*, cast(null as bigint) as _line
from {{ relation }} as shipped
where not exists (select 1 from {{ own }} as own where {{ is_about_the_same(rule) }})
{%- else -%}
with shipped as (
    select *, row_number() over () as _row from {{ relation }}
),

given_up as (
    select
        shipped._row,
        greatest(coalesce(own.valid_from, {{ first_date() }}), coalesce(shipped.valid_from, {{ first_date() }})) as starts,
        least(coalesce(own.valid_to, {{ last_date() }}), coalesce(shipped.valid_to, {{ last_date() }})) as ends
    from shipped
    inner join {{ own }} as own on {{ is_about_the_same(rule) }}
),

edges as (
    select _row, coalesce(valid_from, {{ first_date() }}) as edge from shipped
    union
    select _row, coalesce(valid_to, {{ last_date() }}) as edge from shipped
    union
    select _row, starts as edge from given_up
    union
    select _row, ends as edge from given_up
),

pieces as (
    select _row, edge as starts, lead(edge) over (partition by _row order by edge nulls last) as ends from edges
)

select
    {% for column in column_types if column not in ("valid_from", "valid_to") %}shipped."{{ column }}", {% endfor %}
    nullif(pieces.starts, {{ first_date() }}) as valid_from,
    nullif(pieces.ends, {{ last_date() }}) as valid_to,
    cast(null as bigint) as _line
from shipped
inner join pieces on shipped._row = pieces._row
where pieces.ends is not null and not exists (
    select 1 from given_up
    where given_up._row = pieces._row and given_up.starts <= pieces.starts and pieces.ends <= given_up.ends
)
{%- endif %}
{%- endmacro %}


{# Tell which shipped rows give way to own ones, and which hold beside them since they are more specific. #}
{% macro tell_what_gives_way(seed, relation, own, rule, file) %}
{% set texts = [] %}
{% for column in rule.by %}{% do texts.append('coalesce(cast(shipped."' ~ column ~ '" as string), \'all\')') %}{% endfor %}
{% set is_same = is_about_the_same(rule) %}
{% set since = "min(coalesce(own.valid_from, shipped.valid_from))" if rule.get("validity") else "cast(null as date)" %}
{% set from_both %}
from (select *, row_number() over () as _row from {{ relation }}) as shipped inner join {{ own }} as own on
{% endset %}
{% set told %}
select 'gives way' as fate, {{ texts | join(" || ', ' || ") }} as about, min(own._line) as line, count(distinct shipped._row) as shipped_rows, {{ since }} as since
{{ from_both }} {{ is_same }} group by about
{% if rule.get("any") %}
union all
select 'holds on' as fate, {{ texts | join(" || ', ' || ") }} as about, min(own._line) as line, count(distinct shipped._row) as shipped_rows, {{ since }} as since
{{ from_both }} {{ is_about_the_same(rule, covers=true) }} and not ({{ is_same }}) {{ "and shipped.is_example is not true" if seed == "kpi_targets" }}
and not exists (select 1 from {{ own }} as own where {{ is_same }})
group by about
{% endif %}
order by line, about, fate
{% endset %}
{% set found = run_query(told).rows | list %}
{% for fate, about, line, shipped_rows, since in found[:10] %}
    {% set what = ("the shipped row" if shipped_rows == 1 else shipped_rows ~ " shipped rows") ~ " of " ~ seed ~ " (" ~ about ~ ")" %}
    {% if fate == "gives way" %}
        {% set text = what ~ (" gives" if shipped_rows == 1 else " give") ~ " way to it" ~ (" from " ~ since ~ " on" if since else "") %}
    {% else %}
        {% set text = what ~ (" is more specific, and judges" if shipped_rows == 1 else " are more specific, and judge") ~ " there; write a row of your own for that" %}
    {% endif %}
    {% do log(file ~ ", line " ~ line ~ ": " ~ text, info=true) %}
{% endfor %}
{% if found | length > 10 %}
    {% do log(file ~ ": and " ~ (found | length - 10) ~ " more", info=true) %}
{% endif %}
{% endmacro %}


{# Raise the rows of a select with the one column `problem` as one error, by line, the first thirty in words. #}
{% macro raise_problems(where_from, query) %}
{% set problems = run_query(
    "select distinct problem, try_cast(regexp_extract(problem, '^line ([0-9]+)', 1) as bigint) as line from ("
    ~ query ~ "\n) where problem is not null order by line nulls last, problem"
).columns[0].values() | list %}
{% if problems %}
    {{ exceptions.raise_compiler_error(
        where_from ~ " can't be used:\n  " ~ (problems[:30] | join("\n  "))
        ~ ("\n  and " ~ (problems | length - 30) ~ " more" if problems | length > 30 else "")
    ) }}
{% endif %}
{% endmacro %}


{# Where a row that is checked stands in a brand's file, in front of what is said of it; nothing of a shipped row. #}
{% macro line_of_row() -%}coalesce('line ' || cast(_line as string) || ': ', ''){%- endmacro %}


{#
    Problems of a seed with `valid_from` and `valid_to` (exclusive, empty for good): per key, rows that overlap, rows with
    a gap between them, rows that hold on no day, no first day. `row_name` is an expression that names a row.
#}
{% macro validity_problems(relation, keys, row_name) -%}
select
    case
        when valid_from is null then {{ row_name }} || ': valid_from is empty; write a date such as 2026-01-31'
        when valid_to <= valid_from
            then {{ row_name }} || ': valid_to ' || valid_to || ' is not after valid_from ' || valid_from
                || ', so it holds on no day'
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
