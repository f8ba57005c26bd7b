-- One row a grain, period, slice and slice value of the KPIs whose days do not add up: a person counts once in each
-- cell, whoever ordered in two periods running was retained, a share of leavers needs the staff of its own period. A
-- cell of a confidential KPI that is withheld (see kpi_confidential_cells) has no numbers.
{% set kpis = kpis_of_single_periods() -%}
{% set branches = [] -%}
{% for kpi in kpis -%}
{% if kpi.kind == "confidential" -%}
{% do branches.append([kpi, none, none]) -%}
{% else -%}
{% for slice in kpi_slices(kpi) -%}
{% for grain in grains_of_slice(kpi, slice) -%}
{% do branches.append([kpi, slice, grain]) -%}
{% endfor -%}
{% endfor -%}
{% endif -%}
{% endfor -%}
with
{%- for kpi in kpis %}
{{ kpi.kpi_id }} as (
    {% if kpi.kind == "confidential" -%}
    select *
    from {{ ref("kpi_confidential_cells") }}
    where kpi_id = '{{ kpi.kpi_id }}'
    {%- else -%}
    {{ kpi_observations(kpi) | indent(4) }}
    {%- endif %}
){{ "," if not loop.last }}
{% endfor %}
{% for kpi, slice, grain in branches -%}
{% set this_period = period_start(grain, "local_date") if grain -%}
{% set length = "3 month" if grain == "quarter" else "1 " ~ grain -%}
{% if kpi.kind == "retained" -%}
select
    '{{ kpi.kpi_id }}' as kpi_id,
    '{{ grain }}' as grain,
    period_start,
    '{{ slice }}' as slice,
    slice_value,
    cast(count_if(is_here and was_here) as decimal(38, 12)) as numerator,
    cast(count_if(was_here) as decimal(38, 12)) as denominator,
    false as is_withheld
from (
    select
        period_start,
        slice_value,
        subject_id,
        bool_or(is_here) as is_here,
        bool_or(not is_here) as was_here
    from (
        select
            period_start,
            slice_value,
            subject_id,
            true as is_here
        from ({{ subjects_of_periods(kpi, slice, this_period) }})
        union all
        select
            cast(period_start + interval {{ length }} as date) as period_start,
            slice_value,
            subject_id,
            false as is_here
        from ({{ subjects_of_periods(kpi, slice, this_period) }})
    )
    group by period_start, slice_value, subject_id
)
group by period_start, slice_value
{% elif kpi.kind == "confidential" -%}
select
    kpi_id,
    grain,
    period_start,
    slice,
    slice_value,
    case when not is_withheld then numerator end as numerator,
    case when not is_withheld then denominator end as denominator,
    is_withheld
from {{ kpi.kpi_id }}
{% else -%}
select
    '{{ kpi.kpi_id }}' as kpi_id,
    '{{ grain }}' as grain,
    {{ this_period }} as period_start,
    '{{ slice }}' as slice,
    {{ slice_value(slice) }} as slice_value,
    {%- if kpi.kind == "distinct" %}
    cast(count(distinct case when numerator > 0 then subject_id end) as decimal(38, 12)) as numerator,
    cast(count(distinct case when denominator > 0 then subject_id end) as decimal(38, 12)) as denominator,
    {%- else %}
    sum(numerator) as numerator,
    sum(denominator) as denominator,
    {%- endif %}
    false as is_withheld
from {{ kpi.kpi_id }}
{{ rows_of_slice(kpi, slice, "only_grain = '" ~ grain ~ "'" if kpi.kind == "per_period" else none) }}
group by {{ this_period }}, {{ slice_value(slice) }}
{% endif -%}
{{ "union all" if not loop.last }}
{% endfor %}
