{#
    The roll-ups read the views of models/marts/kpis; what differs between KPIs is in the catalogue alone.
#}

{#
    The grains that are cut at local midnights, from the shortest; a week is an ISO week, from Monday. Hours, which few
    KPIs have, are cut within days (see local_hour_start).
#}
{% macro grains() %}{{ return(["day", "week", "month", "quarter"]) }}{% endmacro %}


{# The first local date of the period that a date lies in. #}
{% macro period_start(grain, date) -%}
{%- if grain == "day" -%}
{{ date }}
{%- else -%}
cast(date_trunc('{{ grain }}', {{ date }}) as date)
{%- endif -%}
{%- endmacro %}


{#
    The instant at which the hour of a UTC timestamp starts: hours count from local midnight, so that the local hour that
    comes twice when clocks go back is two hours.
#}
{% macro local_hour_start(timestamp, timezone) -%}
{% set midnight = to_utc("cast(" ~ to_local_date(timestamp, timezone) ~ " as timestamp)", timezone) -%}
({{ midnight }} + cast(floor({{ seconds_between(midnight, timestamp) }} / 3600) as bigint) * interval 1 hour)
{%- endmacro %}


{# Whether text is one item of a list separated by commas, as kpi_catalog has them; null where it is null. #}
{% macro in_comma_list(text, list) -%}
(instr(',' || {{ list }} || ',', ',' || {{ text }} || ',') > 0 and instr({{ text }}, ',') = 0)
{%- endmacro %}


{# Whether a KPI with the catalogue's list `grains` has a grain in a slice, as a condition on columns. #}
{% macro has_grain(grains, slice, grain) -%}
{{ in_comma_list(grain, grains) }}
        and not {{ is_too_short(grain, slice) }}
{%- endmacro %}


{#
    The observations of a KPI that count, by local day, with exact numbers: sums of decimals do not depend on the order
    of rows, sums of doubles do.
#}
{% macro kpi_observations(kpi) %}
select
    {{ to_local_date("measured_at", reporting_timezone()) }} as local_date,
    cast(numerator as decimal(38, 12)) as numerator,
    cast(denominator as decimal(38, 12)) as denominator,
    {%- if "hour" in kpi.grains %}
    {{ local_hour_start("measured_at", reporting_timezone()) }} as hour_start_at,
    {%- endif %}
    {%- if kpi.counts_people or kpi.withheld_by %}
    subject_id,
    {%- endif %}
    {%- if kpi.kind == "per_period" %}
    only_grain,
    {%- endif %}
    {%- if "own_rows" in kpi.slices.values() %}
    only_slice,
    {%- endif %}
    source
    {%- for slice in kpi.slices if slice != "source" %},
    {{ slice }}
    {%- endfor %}
from {{ ref(kpi.kpi_id) }}
where exclusion_reason is null
{% endmacro %}


{# The rows that a slice looks at: those of all slices, or those that stand apart for it; of a share, those that have a value. #}
{% macro rows_of_slice(kpi, slice, condition=none) -%}
{% set form = kpi_slices(kpi)[slice] -%}
{% set conditions = [condition] if condition else [] -%}
{% if "own_rows" in kpi.slices.values() -%}
{% do conditions.append("only_slice = '" ~ slice ~ "'" if form == "own_rows" else "only_slice is null") -%}
{% endif -%}
{% if form == "share" %}{% do conditions.append(slice ~ " is not null") %}{% endif -%}
{{ "where " ~ conditions | join(" and ") if conditions }}
{%- endmacro %}


{# The value of a slice in an observation: `all` for overall, `(none)` where it is missing. #}
{% macro slice_value(slice) -%}
{% if slice == "overall" %}'all'{% else %}coalesce(cast({{ slice }} as string), '(none)'){% endif %}
{%- endmacro %}


{# The distinct subjects of a KPI's periods and slice values. #}
{% macro subjects_of_periods(kpi, slice, period) -%}
select distinct
    {{ period }} as period_start,
    {{ slice_value(slice) }} as slice_value,
    subject_id
from {{ kpi.kpi_id }}
{{ rows_of_slice(kpi, slice) }}
{%- endmacro %}
