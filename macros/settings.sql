{# Settings that SQL needs; all come from the environment, so that changing one reparses only what uses it. #}

{% macro reporting_timezone() %}{{ return(env_var("CXMART_TIMEZONE", "UTC")) }}{% endmacro %}

{% macro reporting_currency() %}{{ return(env_var("CXMART_CURRENCY", "EUR") | trim | upper) }}{% endmacro %}


{# CXMART_AS_OF as a UTC timestamp expression, or null where it is not set: then as_of comes from the data. #}
{% macro as_of_setting() %}
{% set text = env_var("CXMART_AS_OF", "") %}
{% if not text %}{{ return("cast(null as timestamp)") }}{% endif %}
{% if not modules.re.match("^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:?\d\d)$", text) %}
    {{ exceptions.raise_compiler_error(
        "CXMART_AS_OF is '" ~ text ~ "'; write ISO 8601 with seconds and an offset, for example 2026-11-01T00:00:00Z"
    ) }}
{% endif %}
{{ return(parse_utc("'" ~ text ~ "'")) }}
{% endmacro %}


{#
    Whether a row of kpi_targets judges: an example does not, unless CXMART_EXAMPLE_TARGETS is true. `targets` is the
    alias of the seed.
#}
{% macro target_judges(targets) -%}
{% set setting = env_var("CXMART_EXAMPLE_TARGETS", "false") | trim | lower -%}
{% if setting not in ("true", "false", "") -%}
{{ exceptions.raise_compiler_error("CXMART_EXAMPLE_TARGETS is '" ~ setting ~ "'; give true or false") }}
{%- endif -%}
{{ "true" if setting == "true" else targets ~ ".is_example is not true" }}
{%- endmacro %}


{# Before this, nothing happened: a time that says so (1970-01-01, 0001-01-01) says that there is none. UTC. #}
{% macro earliest_time(type="timestamp") %}
{% set text = env_var("CXMART_EARLIEST_DATE", "") | trim or "1990-01-01" %}
{% if not modules.re.match("^\d{4}-\d\d-\d\d$", text) %}
    {{ exceptions.raise_compiler_error(
        "CXMART_EARLIEST_DATE is '" ~ text ~ "'; write a date, for example 1990-01-01"
    ) }}
{% endif %}
{{ return("cast('" ~ text ~ "' as " ~ type ~ ")") }}
{% endmacro %}


{# By how much two clocks of one system may differ: what seems to end that much before it began ended as it began. #}
{% macro clock_skew() %}
{% set text = env_var("CXMART_CLOCK_SKEW_SECONDS", "") | trim or "2" %}
{% if not modules.re.match("^\d{1,4}$", text) %}
    {{ exceptions.raise_compiler_error(
        "CXMART_CLOCK_SKEW_SECONDS is '" ~ text ~ "'; write a number of whole seconds, for example 2"
    ) }}
{% endif %}
{{ return("interval " ~ text | int ~ " second") }}
{% endmacro %}


{# So many accounts may share an address or a person; more is a finding, since that may be nobody's. #}
{% macro shared_identity_limit() %}
{% set text = env_var("CXMART_SHARED_IDENTITY_LIMIT", "") | trim or "10" %}
{% if not modules.re.match("^[1-9]\d{0,8}$", text) %}
    {{ exceptions.raise_compiler_error(
        "CXMART_SHARED_IDENTITY_LIMIT is '" ~ text ~ "'; write a number of accounts, for example 10"
    ) }}
{% endif %}
{{ return(text) }}
{% endmacro %}
