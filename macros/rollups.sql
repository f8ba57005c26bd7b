{#
    The roll-ups read the views of models/marts/kpis; what differs between KPIs is in the catalogue alone.
#}

{# The grains of a period, from the shortest; a week is an ISO week, from Monday. #}
{% macro grains() %}{{ return(["day", "week", "month", "quarter"]) }}{% endmacro %}


{# The first local date of the period that a date lies in. #}
{% macro period_start(grain, date) -%}
{%- if grain == "day" -%}
{{ date }}
{%- else -%}
cast(date_trunc('{{ grain }}', {{ date }}) as date)
{%- endif -%}
{%- endmacro %}


{# Slices for which a cell a day would say little and cost much: they exist from the week up. #}
{% macro slices_without_days() %}{{ return(["agent", "article"]) }}{% endmacro %}


{# The grains that a KPI has in a slice. #}
{% macro grains_of_slice(kpi, slice) %}
{% set names = kpi.grains | list %}
{% if slice in slices_without_days() %}{% set names = names | reject("equalto", "day") | list %}{% endif %}
{{ return(names) }}
{% endmacro %}


{# Whether text is one item of a list separated by commas, as kpi_catalog has them; null where it is null. #}
{% macro in_comma_list(text, list) -%}
(instr(',' || {{ list }} || ',', ',' || {{ text }} || ',') > 0 and instr({{ text }}, ',') = 0)
{%- endmacro %}


{# Whether a KPI with the catalogue's list `grains` has a grain in a slice, as a condition on columns. #}
{% macro has_grain(grains, slice, grain) -%}
{{ in_comma_list(grain, grains) }}
        and not ({{ grain }} = 'day' and {{ slice }} in ('{{ slices_without_days() | join("', '") }}'))
{%- endmacro %}


{#
    The observations of a KPI by local day, with exact numbers: sums of decimals do not depend on the order of rows,
    sums of doubles do.
#}
{% macro kpi_observations(kpi) %}
select
    {{ to_local_date("measured_at", reporting_timezone()) }} as local_date,
    cast(numerator as decimal(38, 12)) as numerator,
    cast(denominator as decimal(38, 12)) as denominator,
    {%- if kpi.kind == "distinct" %}
    subject_id,
    {%- endif %}
    {%- if "own_rows" in kpi.slices.values() %}
    only_slice,
    {%- endif %}
    source
    {%- for slice in kpi.slices %},
    {{ slice }}
    {%- endfor %}
from {{ ref(kpi.kpi_id) }}
{% endmacro %}


{# The rows that a slice looks at: those of all slices, or those that stand apart for it. #}
{% macro rows_of_slice(kpi, slice) -%}
{%- if "own_rows" not in kpi.slices.values() -%}
{%- elif kpi_slices(kpi)[slice] == "own_rows" -%}
where only_slice = '{{ slice }}'
{%- else -%}
where only_slice is null
{%- endif -%}
{%- endmacro %}


{# The value of a slice in an observation: `all` for overall, `(none)` where it is missing. #}
{% macro slice_value(slice) -%}
{% if slice == "overall" %}'all'{% else %}coalesce(cast({{ slice }} as varchar), '(none)'){% endif %}
{%- endmacro %}
