{#
    Before a build: every table that a source's YAML declares exists in raw, with every declared column. What no file
    has given is created empty, so that a source may leave out any table, and unit tests find their columns' types.
#}
{% macro create_missing_raw_tables() %}
{% if execute %}
    {% set known = {} %}
    {% for row in run_query(columns_of_raw()).rows %}
        {% do known.setdefault(row[0] ~ "." ~ row[1], []).append(row[2] | lower) %}
    {% endfor %}
    {% set enabled = enabled_sources() %}
    {% for node in graph.sources.values() if node.source_name in enabled %}
        {% set relation = '"raw"."' ~ node.schema ~ '"."' ~ node.identifier ~ '"' %}
        {% set present = known.get(node.schema ~ "." ~ node.identifier) %}
        {% set columns = raw_columns(node) %}
        {% if present is none %}
            {% set definitions = [] %}
            {% for name, type in columns.items() %}{% do definitions.append('"' ~ name ~ '" ' ~ type) %}{% endfor %}
            {% do run_query('create schema if not exists "raw"."' ~ node.schema ~ '"') %}
            {% do run_query("create table " ~ relation ~ " (" ~ definitions | join(", ") ~ ")") %}
        {% else %}
            {% for name, type in columns.items() if name | lower not in present %}
                {% do run_query("alter table " ~ relation ~ ' add column "' ~ name ~ '" ' ~ type) %}
            {% endfor %}
        {% endif %}
    {% endfor %}
{% endif %}
{% endmacro %}


{# Declared columns and types of a raw table (text where none is declared), then those that the loader adds. #}
{% macro raw_columns(source_node) %}
{% set columns = {} %}
{% for column in source_node.columns.values() %}
    {% do columns.update({column.name: column.data_type or "string"}) %}
{% endfor %}
{% do columns.update({
    "_load_id": "bigint", "_line": "bigint", "_loaded_at": "timestamp", "_date_columns": "string"
}) %}
{{ return(columns) }}
{% endmacro %}


{# Whether this invocation makes tables; `dbt test` alone leaves what was built as it is. #}
{% macro makes_tables() %}{{ return(flags.WHICH in ("build", "run", "seed", "retry")) }}{% endmacro %}


{# While a build runs, and after one that was killed, the build file says nothing of itself: publish refuses it. #}
{% macro forget_build() %}
{% if execute and makes_tables() %}
    {% do run_query("drop table if exists main.cxmart_build") %}
    {% do run_query("drop table if exists main.cxmart_build_tables") %}
    {% do run_query("drop table if exists main.cxmart_build_keys") %}
    {% do run_query("drop table if exists main.cxmart_build_raw") %}
    {% do run_query("drop table if exists main.cxmart_build_warnings") %}
{% endif %}
{% endmacro %}


{#
    After a build, the build file says what it is: main.cxmart_build has one row about the run, and
    main.cxmart_build_tables the tables of schema marts that this run made, with who may read what of them
    (macros/audiences.sql): `people_columns` and the rows outside of `condition_of_groups` are for the people's file only.
    main.cxmart_build_keys has the columns that identify a row of each of these tables, where their tests say so.
    main.cxmart_build_warnings has the data tests that only warned, with the rows that they found.
#}
{% macro record_build(results) %}
{% if execute and makes_tables() %}
    {% set failed = results | selectattr("status", "in", ["error", "fail", "runtime error", "skipped"]) | list %}
    {% set warned = results | selectattr("status", "equalto", "warn") | list %}
    {% set passed = results | selectattr("status", "equalto", "pass") | list %}
    {% set selected = invocation_args_dict.get("select") or invocation_args_dict.get("exclude") %}
    {% set is_complete = flags.WHICH == "build" and not selected %}
    {% do run_query(
        "create table main.cxmart_build as select "
        ~ "'" ~ (env_var("CXMART_RUN_ID", "") or invocation_id) ~ "' as run_id, "
        ~ ("true" if is_complete else "false") ~ " as is_complete, "
        ~ (results | length) ~ " as nodes_run, "
        ~ (failed | length) ~ " as nodes_failed, "
        ~ (passed | length) ~ " as tests_passed, "
        ~ (warned | length) ~ " as tests_warned, "
        ~ "'" ~ (enabled_sources() | join(",")) ~ "' as sources, "
        ~ "'" ~ reporting_timezone() ~ "' as reporting_timezone, "
        ~ "'" ~ reporting_currency() ~ "' as reporting_currency, "
        ~ "nullif(" ~ literal(env_var("CXMART_CODE", "")) ~ ", '') as code_checksum, "
        ~ "nullif(" ~ literal(env_var("CXMART_COMMIT", "")) ~ ", '') as code_commit"
    ) %}
    {% do run_query(
        "create table main.cxmart_build_tables "
        ~ "(table_name string, audience string, people_columns string[], condition_of_groups string)"
    ) %}
    {% do run_query("create table main.cxmart_build_keys (table_name string, key_columns string[])") %}
    {% set tables, keys = [], [] %}
    {% for result in results
        if result.node.resource_type == "model" and result.node.schema == "marts"
        and result.node.config.materialized == "table" and result.status == "success" %}
        {% set node = graph.nodes[result.node.unique_id] %}
        {% set columns = [] %}
        {% for name in people_columns(node) %}{% do columns.append(literal(name)) %}{% endfor %}
        {% set condition = condition_of_groups(node) %}
        {% do tables.append(
            "(" ~ literal(node.alias) ~ ", " ~ literal(audience_of(node)) ~ ", [" ~ columns | join(", ") ~ "], "
            ~ (literal(condition) if condition else "null") ~ ")"
        ) %}
        {% set key = [] %}
        {% for name in key_of(node) %}{% do key.append(literal(name)) %}{% endfor %}
        {% do keys.append("(" ~ literal(node.alias) ~ ", [" ~ key | join(", ") ~ "])") if key %}
    {% endfor %}
    {% if tables %}
        {% do run_query("insert into main.cxmart_build_tables values " ~ tables | join(", ")) %}
    {% endif %}
    {% if keys %}
        {% do run_query("insert into main.cxmart_build_keys values " ~ keys | join(", ")) %}
    {% endif %}
    {% do run_query("create table main.cxmart_build_raw as " ~ state_of_raw()) %}
    {% do run_query("create table main.cxmart_build_warnings (test_name string, row_count bigint)") %}
    {% for result in warned %}
        {% do run_query(
            "insert into main.cxmart_build_warnings values (" ~ literal(result.node.name) ~ ", " ~ (result.failures or 0) ~ ")"
        ) %}
    {% endfor %}
{% endif %}
{% endmacro %}


{#
    What raw held when the build was made: one row a raw table of an enabled source, with its rows, the rows that all of
    its loads brought (a row that took the place of another is in this count only), and the last load.
#}
{% macro state_of_raw() %}
{% set with_loads = [] %}
{% for row in run_query(columns_of_raw()).rows if row[1] == "_loads" %}{% do with_loads.append(row[0]) %}{% endfor %}
{% set enabled = enabled_sources() %}
{% set tables = [
    "select cast(null as string) as source, cast(null as string) as table_name, cast(null as bigint) as row_count, "
    ~ "cast(null as bigint) as rows_loaded, cast(null as bigint) as last_load_id where false"
] %}
{% for node in graph.sources.values() if node.source_name in enabled %}
    {% set relation = '"raw"."' ~ node.schema ~ '"."' ~ node.identifier ~ '"' %}
    {% set loaded %}
        {%- if node.schema in with_loads -%}
        (select coalesce(sum(rows_loaded), 0) from "raw"."{{ node.schema }}"._loads
        where table_name = {{ literal(node.name) }})
        {%- else -%} 0 {%- endif -%}
    {% endset %}
    {% do tables.append(
        "select " ~ literal(node.source_name) ~ " as source, " ~ literal(node.name) ~ " as table_name, "
        ~ "cast(count(*) as bigint) as row_count, cast(" ~ loaded ~ " as bigint) as rows_loaded, "
        ~ "cast(max(_load_id) as bigint) as last_load_id from " ~ relation
    ) %}
{% endfor %}
{{ return(tables | join(" union all ")) }}
{% endmacro %}


{# The columns that identify a row of a model: those of its test `unique_combination`, or a column with test `unique`. #}
{% macro key_of(node) %}
{% set unique = [] %}
{% for test in graph.nodes.values()
    if test.resource_type == "test" and test.attached_node == node.unique_id and test.test_metadata %}
    {% if test.test_metadata.name == "unique_combination" %}
        {{ return(test.test_metadata.kwargs["columns"]) }}
    {% elif test.test_metadata.name == "unique" %}
        {% do unique.append(test.column_name) %}
    {% endif %}
{% endfor %}
{{ return((node.columns.keys() | select("in", unique) | list)[:1]) }}
{% endmacro %}
