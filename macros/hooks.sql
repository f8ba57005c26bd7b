{#
    Before a build: every table that a source's YAML declares exists in raw, with every declared column. What no file
    has given is created empty, so that a source may leave out any table, and unit tests find their columns' types.
#}
{% macro create_missing_raw_tables() %}
{% if execute %}
    {% set known = {} %}
    {% set existing %}
        select schema_name, table_name, column_name
        from duckdb_columns()
        where database_name = 'raw'
    {% endset %}
    {% for row in run_query(existing).rows %}
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
    {% do columns.update({column.name: column.data_type or "varchar"}) %}
{% endfor %}
{% do columns.update({"_load_id": "bigint", "_line": "bigint", "_loaded_at": "timestamp"}) %}
{{ return(columns) }}
{% endmacro %}


{# Whether this invocation makes tables; `dbt test` alone leaves what was built as it is. #}
{% macro makes_tables() %}{{ return(flags.WHICH in ("build", "run", "seed", "retry")) }}{% endmacro %}


{# While a build runs, and after one that was killed, the build file says nothing of itself: publish refuses it. #}
{% macro forget_build() %}
{% if execute and makes_tables() %}
    {% do run_query("drop table if exists main.cxmart_build") %}
    {% do run_query("drop table if exists main.cxmart_build_tables") %}
{% endif %}
{% endmacro %}


{#
    After a build, the build file says what it is: main.cxmart_build has one row about the run, and
    main.cxmart_build_tables the tables of schema marts that this run made.
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
        ~ "'" ~ invocation_id ~ "' as run_id, "
        ~ ("true" if is_complete else "false") ~ " as is_complete, "
        ~ (results | length) ~ " as nodes_run, "
        ~ (failed | length) ~ " as nodes_failed, "
        ~ (passed | length) ~ " as tests_passed, "
        ~ (warned | length) ~ " as tests_warned, "
        ~ "'" ~ (enabled_sources() | join(",")) ~ "' as sources, "
        ~ "'" ~ reporting_timezone() ~ "' as reporting_timezone, "
        ~ "'" ~ reporting_currency() ~ "' as reporting_currency"
    ) %}
    {% do run_query("create table main.cxmart_build_tables (table_name varchar)") %}
    {% set tables = [] %}
    {% for result in results
        if result.node.resource_type == "model" and result.node.schema == "marts"
        and result.node.config.materialized == "table" and result.status == "success" %}
        {% do tables.append("('" ~ result.node.alias ~ "')") %}
    {% endfor %}
    {% if tables %}
        {% do run_query("insert into main.cxmart_build_tables values " ~ tables | join(", ")) %}
    {% endif %}
{% endif %}
{% endmacro %}
