{# What engines do differently about files, and about what a database holds. #}

{# The paths of the files that a pattern finds, as a relation with the column `file`. #}
{% macro files_found(pattern) -%}
{{ return(adapter.dispatch("files_found", "cxmart")(pattern)) }}
{%- endmacro %}

{% macro duckdb__files_found(pattern) -%}
glob({{ literal(pattern) }})
{%- endmacro %}


{# The whole text of a file, as a relation with the column `content`. #}
{% macro text_of_file(pattern) -%}
{{ return(adapter.dispatch("text_of_file", "cxmart")(pattern)) }}
{%- endmacro %}

{% macro duckdb__text_of_file(pattern) -%}
read_text({{ literal(pattern) }})
{%- endmacro %}


{# The rows of a CSV file with a heading as a relation of texts; an empty cell is null. `columns` are those of the heading. #}
{% macro rows_of_csv_file(pattern, columns, delimiter) -%}
{{ return(adapter.dispatch("rows_of_csv_file", "cxmart")(pattern, columns, delimiter)) }}
{%- endmacro %}

{% macro duckdb__rows_of_csv_file(pattern, columns, delimiter) -%}
read_csv({{ literal(pattern) }}, auto_detect = false, header = true, delim = {{ literal(delimiter) }}, quote = '"', escape = '"', nullstr = '', columns = {
    {%- for name in columns %}{{ literal(name) }}: 'varchar'{{ ", " if not loop.last }}{% endfor -%}
})
{%- endmacro %}


{# A select of the `schema_name`, `table_name` and `column_name` of everything in raw. #}
{% macro columns_of_raw() -%}
{{ return(adapter.dispatch("columns_of_raw", "cxmart")()) }}
{%- endmacro %}

{% macro duckdb__columns_of_raw() -%}
select schema_name, table_name, column_name from duckdb_columns() where database_name = 'raw'
{%- endmacro %}
