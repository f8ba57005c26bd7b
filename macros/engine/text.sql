{# What engines do differently about text. #}

{# One row an item of a text that lists them with a separator between; none where it is null or empty. #}
{% macro rows_of_text_list(text, separator) -%}
unnest(string_split(nullif({{ text }}, ''), '{{ separator }}'))
{%- endmacro %}


{#
    What two spellings of one name share: lower case, without blanks, dashes and underscores. `Contact Form`, `contact-form`
    and `CONTACT_FORM` have the key `contactform`.
#}
{% macro name_key(text) -%}
regexp_replace(lower({{ text }}), '[\s\v\x1c-\x1f\x{85}\p{Z}\p{Pd}_]', '', 'g')
{%- endmacro %}


{# The texts of a group in their order, with a comma between them, each once. #}
{% macro texts_of_group(text) -%}
string_agg(distinct {{ text }}, ', ' order by {{ text }})
{%- endmacro %}


{# The names that a text lists with commas between them, as a list of the engine. #}
{% macro names_in_text(text) -%}
string_split({{ text }}, ',')
{%- endmacro %}


{# The question whether another name was meant, of a list: `; did you mean email?`, or an empty text. #}
{% macro did_you_mean(text, names) -%}
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
