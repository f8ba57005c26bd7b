{#
    What rows of all sources go through before any other model reads them (int_<entity>__unioned): what is not told gets
    its default, a time that can't be is none, and a date that stands for an instant gets one.
#}

{# The timestamps and dates of an entity with their types. #}
{% macro time_columns(entity) %}
{% set times = {} %}
{% for column, type in entity_columns(entity).items() if type in ("timestamp", "date") and column != "loaded_at" %}
    {% do times.update({column: type}) %}
{% endfor %}
{{ return(times) }}
{% endmacro %}


{# The columns of which the first that is told says when a row of an entity came to exist; none where it describes things. #}
{% macro happened_columns(entity) %}
{% set columns = entities()[entity].get("happened_at", []) %}
{{ return([columns] if columns is string else columns) }}
{% endmacro %}


{# That expression; nothing for entities that describe things. #}
{% macro happened_at(entity) %}
{% set columns = happened_columns(entity) %}
{{ return("coalesce(" ~ columns | join(", ") ~ ")" if columns | length > 1 else columns | first | default("")) }}
{% endmacro %}


{#
    Whether a time can be: not before CXMART_EARLIEST_DATE (an epoch of zero, the year 1), and not after the landing of its
    row by more than a day, or by ten years where it is planned. Expects `loaded_at`; where that is null, any day to come.
    A date from which a row holds may lie ahead, and the year 1 is always. What has to precede its landing has a reason of
    its own for being later (`left_out_reason`).
#}
{% macro is_possible_time(entity, column) -%}
{% set type = time_columns(entity)[column] -%}
{% set years_ahead = column in entities()[entity].get("planned", []) -%}
{% set newest = "coalesce(loaded_at + interval " ~ ("10 year" if years_ahead else "1 day") ~ ", " ~ last_instant() ~ ")" -%}
{%- if column == entities()[entity].get("holds_from") -%}
({{ column }} = {{ first_date() }} or {{ column }} >= {{ earliest_time(type) }})
{%- elif column in happened_columns(entity) and entities()[entity].get("precedes_landing") -%}
{{ column }} >= {{ earliest_time(type) }}
{%- else -%}
{{ column }} between {{ earliest_time(type) }} and {{ newest if type == "timestamp" else "cast(" ~ newest ~ " as date)" }}
{%- endif -%}
{%- endmacro %}


{# A time as the warehouse takes it: null where it can't be. A row that holds from such a date on always holds. #}
{% macro possible_time(entity, column) -%}
{%- if column == entities()[entity].get("holds_from") -%}
case when {{ is_possible_time(entity, column) }} then {{ column }} else {{ first_date() }} end
{%- else -%}
case when {{ is_possible_time(entity, column) }} then {{ column }} end
{%- endif -%}
{%- endmacro %}


{# Whether a timestamp was given as a date. Expects `date_columns` beside it: for `orders.shipped_at`, that of `orders`. #}
{% macro is_date_only(column) -%}
{%- set parts = column.split(".") -%}
{%- set date_columns = (parts[:-1] + ["date_columns"]) | join(".") -%}
coalesce(position(',{{ parts[-1] }},' in ',' || {{ date_columns }} || ',') > 0, false)
{%- endmacro %}


{#
    The instant that stands for a timestamp given as a date, which is midnight as written: a promise holds until the last
    microsecond of the day in the reporting zone, anything else was at its first instant, and not before its row came to
    exist on that day.
#}
{% macro placed_time(entity, column) -%}
{%- set specification = entities()[entity] -%}
{%- set first_instant = to_utc(column, reporting_timezone()) -%}
{%- set begins = happened_columns(entity) | first -%}
case
    when not {{ is_date_only(column) }} then {{ column }}
    {%- if column in specification.get("promised", []) %}
    else {{ plus_microseconds(to_utc("(" ~ column ~ " + interval 1 day)", reporting_timezone()), -1) }}
    {%- else %}
    {%- if begins and begins != column %}
    when
        not {{ is_date_only(begins) }}
        and {{ to_local_date(begins, reporting_timezone()) }} = cast({{ column }} as date)
        then {{ begins }}
    {%- endif %}
    else {{ first_instant }}
    {%- endif %}
end
{%- endmacro %}


{# The rows of a relation in the staged columns of an entity, with its times as the warehouse takes them. #}
{% macro with_conformed_times(entity, relation) %}
{%- set times = time_columns(entity) -%}
select
    {%- for column, type in entity_columns(entity).items() %}
    {% if column in times and type == "timestamp" and column != "updated_at" -%}
    {{ placed_time(entity, column) | indent(4) }} as {{ column }}
    {%- else -%}
    {{ column }}
    {%- endif -%}
    {{ "," if not loop.last }}
    {%- endfor %}
from (
    select
        {%- for column in entity_columns(entity) %}
        {% if column in times -%}
        {{ possible_time(entity, column) }} as {{ column }}
        {%- else -%}
        {{ column }}
        {%- endif -%}
        {{ "," if not loop.last }}
        {%- endfor %}
    from {{ relation }}
)
{%- endmacro %}


{# Whether an end lies before its start by no more than clocks differ. #}
{% macro is_clock_skew(starts_at, ends_at) -%}
({{ ends_at }} < {{ starts_at }} and {{ ends_at }} >= {{ starts_at }} - {{ clock_skew() }})
{%- endmacro %}


{# An end, or its start where the end lies before it by no more than clocks differ. #}
{% macro without_clock_skew(starts_at, ends_at) -%}
case when {{ is_clock_skew(starts_at, ends_at) }} then {{ starts_at }} else {{ ends_at }} end
{%- endmacro %}


{#
    Every row of an entity from all sources that give it, conformed, and why it is not in the warehouse's world. Names and
    placeholders are few, so each is looked up.
#}
{% macro conformed(entity) %}
{% set specification = entities()[entity] -%}
{% set names = specification.get("names", {}) -%}
{% set identities = specification.get("identities", []) -%}
{% set key = entity_columns(entity) | first -%}
with united as (
    {{ unite_sources(entity) | indent(4) }}
),

timed as (
    {{ with_conformed_times(entity, "united") | indent(4) }}
),

conformed as (
    select
        {%- for column in entity_columns(entity) %}
        {% if column in names -%}
        {{ name_of(column ~ "_name", "timed." ~ column) }} as {{ column }},
        {%- elif column in identities -%}
        case when {{ column }}_placeholder.identity is null then timed.{{ column }} end as {{ column }},
        {%- else -%}
        timed.{{ column }},
        {%- endif -%}
        {%- endfor %}
        {{ key ~ "_placeholder.identity is not null" if specification.get("is_somebody") else "false" }} as is_nobody
    from timed
    {%- for column, kind in names.items() %}
    {{ joined_names(column ~ "_name", kind, "timed." ~ column) }}
    {%- endfor %}
    {%- for column in identities + ([key] if specification.get("is_somebody") else []) %}
    left join {{ ref("int_warehouse__placeholders") }} as {{ column }}_placeholder
        on timed.{{ column }} = {{ column }}_placeholder.identity
    {%- endfor %}
)

select
    {%- for column in entity_columns(entity) %}
    conformed.{{ column }},
    {%- endfor %}
    {{ left_out_reason(entity) | indent(4) }} as left_out_reason
from conformed
cross join {{ ref("int_warehouse__as_of") }}
{%- endmacro %}


{# Whether a united row is in the world at `as_of` or will be at a later one: deleted rows and impossible ones never. #}
{% macro exists_ever(relation=none) -%}
{% set prefix = relation ~ "." if relation else "" -%}
{{ prefix }}is_deleted is not true and coalesce({{ prefix }}left_out_reason, 'after_as_of') = 'after_as_of'
{%- endmacro %}


{#
    Why a row of an entity is not in the warehouse's world, or null: one that describes nobody, one of which no time is known, a change that its own
    landing can't have told of, one that has not happened yet at `as_of`, one that a newer row from the same date on
    replaces, or a deleted one. Expects the conformed columns
    of the entity and `as_of` of int_warehouse__as_of.
#}
{% macro left_out_reason(entity) -%}
{% set specification = entities()[entity] -%}
{% set time_of_row = happened_at(entity) or specification.get("happened_on") -%}
{% set reasons = [] -%}
{% if specification.get("is_somebody") %}{% do reasons.append(["is_nobody", "placeholder"]) %}{% endif -%}
{% if time_of_row %}{% do reasons.append([time_of_row ~ " is null", "no_time"]) %}{% endif -%}
{% if specification.get("precedes_landing") %}
    {%- do reasons.append([time_of_row ~ " > loaded_at", "after_landing"]) %}
{%- endif -%}
{% if happened_at(entity) %}{% do reasons.append([time_of_row ~ " > as_of", "after_as_of"]) %}{% endif -%}
{% if specification.get("holds_from") %}
    {%- set key = entity_columns(entity) | first %}
    {%- set newest_first = "row_number() over (partition by " ~ key ~ ", " ~ specification.holds_from
        ~ " order by updated_at desc nulls last, loaded_at desc nulls last, " ~ entity_columns(entity) | join(", ") ~ ")" %}
    {%- do reasons.append([newest_first ~ " > 1", "older_row"]) %}
{%- endif -%}
{% if not specification.get("describes") %}{% do reasons.append(["is_deleted", "deleted"]) %}{% endif -%}
{%- if reasons -%}
case
    {%- for condition, reason in reasons %}
    when {{ condition }} then '{{ reason }}'
    {%- endfor %}
end
{%- else -%}
cast(null as string)
{%- endif -%}
{%- endmacro %}
