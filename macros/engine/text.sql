{# What engines do differently about text. #}

{# One row an item of a text that lists them with a separator between; none where it is null or empty. #}
{% macro rows_of_text_list(text, separator) -%}
{{ return(adapter.dispatch("rows_of_text_list", "cxmart")(text, separator)) }}
{%- endmacro %}

{% macro duckdb__rows_of_text_list(text, separator) -%}
unnest(string_split(nullif({{ text }}, ''), '{{ separator }}'))
{%- endmacro %}


{#
    What two spellings of one name share: lower case, without blanks, dashes and underscores. `Contact Form`, `contact-form`
    and `CONTACT_FORM` have the key `contactform`.
#}
{% macro name_key(text) -%}
{{ return(adapter.dispatch("name_key", "cxmart")(text)) }}
{%- endmacro %}

{% macro duckdb__name_key(text) -%}
regexp_replace(lower({{ text }}), '[\s\v\x1c-\x1f\x{85}\p{Z}\p{Pd}_]', '', 'g')
{%- endmacro %}


{# The texts of a group in their order, with a comma between them, each once. #}
{% macro texts_of_group(text) -%}
{{ return(adapter.dispatch("texts_of_group", "cxmart")(text)) }}
{%- endmacro %}

{% macro duckdb__texts_of_group(text) -%}
string_agg(distinct {{ text }}, ', ' order by {{ text }})
{%- endmacro %}


{# The names that a text lists with commas between them, as a list of the engine. #}
{% macro names_in_text(text) -%}
{{ return(adapter.dispatch("names_in_text", "cxmart")(text)) }}
{%- endmacro %}

{% macro duckdb__names_in_text(text) -%}
string_split({{ text }}, ',')
{%- endmacro %}


{# The question whether another name was meant, of a list: `; did you mean email?`, or an empty text. #}
{% macro did_you_mean(text, names) -%}
{{ return(adapter.dispatch("did_you_mean", "cxmart")(text, names)) }}
{%- endmacro %}

{% macro duckdb__did_you_mean(text, names) -%}
coalesce(
    '; did you mean '
    || list_reverse_sort(
        list_filter(
            list_transform(
                {{ names }},
                lambda one_name: {
                    'alike': jaro_winkler_similarity(lower(one_name), lower(trim({{ text }}))), 'name': one_name
                }
            ),
            lambda one_candidate: one_candidate.alike >= 0.8
        )
    )[1].name
    || '?',
    ''
)
{%- endmacro %}


{# Whether a regular expression matches some part of a text. #}
{% macro matches_pattern(text, pattern) -%}
{{ return(adapter.dispatch("matches_pattern", "cxmart")(text, pattern)) }}
{%- endmacro %}

{% macro duckdb__matches_pattern(text, pattern) -%}
regexp_matches({{ text }}, '{{ pattern }}')
{%- endmacro %}
