{{ config(schema="confidential") }}
-- One row a cell of a confidential KPI: its grain, period, slice and slice value, with its numbers, how many people
-- answered, and whether it is withheld. This is not published; kpi_by_grain is, without the numbers of what is
-- withheld.
--
-- Values add up to overall, and months to their quarter. So that nothing that is withheld can be worked out from the
-- rest, a month withholds no value or several, of enough people together; and a value has its quarter beside all of its
-- months, or in place of all of them, but not beside some. docs/decisions.md has the proof. Whether a month is told
-- does not depend on any other, so that all publications together tell no more than the last one.
{% set kpis = kpis_of_kind(["confidential"]) -%}
with
{%- for kpi in kpis %}
{{ kpi.kpi_id }} as (
    {{ kpi_observations(kpi) | indent(4) }}
),
{% endfor %}
answers as (
    {% for kpi in kpis -%}
    {% set is_last_kpi = loop.last -%}
    {% if kpi.grains != ["month", "quarter"] or kpi_slices(kpi).values() | reject("equalto", "partition") | list -%}
    {% do exceptions.raise_compiler_error(
        kpi.kpi_id ~ " is confidential: it can have months and quarters, and slices that add up to overall"
    ) -%}
    {% endif -%}
    {% for slice in kpi_slices(kpi) -%}
    select
        '{{ kpi.kpi_id }}' as kpi_id,
        {{ kpi.min_respondents }} as min_respondents,
        {{ period_start("quarter", "local_date") }} as quarter_start,
        {{ period_start("month", "local_date") }} as month_start,
        '{{ slice }}' as slice,
        {{ slice_value(slice) }} as slice_value,
        subject_id,
        numerator,
        denominator
    from {{ kpi.kpi_id }}
    {{ "union all" if not (loop.last and is_last_kpi) }}
    {% endfor -%}
    {% endfor -%}
),

-- A period that is not over changes from one publication to the next, maybe by one person's answer.
months as (
    select
        answers.kpi_id,
        answers.min_respondents,
        answers.quarter_start,
        answers.month_start,
        answers.slice,
        answers.slice_value,
        sum(answers.numerator) as numerator,
        sum(answers.denominator) as denominator,
        count(distinct answers.subject_id) as respondents,
        count(distinct answers.subject_id) < answers.min_respondents as is_small,
        {{ to_utc("cast(answers.month_start + interval 1 month as timestamp)", reporting_timezone()) }} <= now.as_of
            as is_over
    from answers
    cross join {{ ref("int_warehouse__as_of") }} as now
    group by
        answers.kpi_id,
        answers.min_respondents,
        answers.quarter_start,
        answers.month_start,
        answers.slice,
        answers.slice_value,
        now.as_of
),

-- Overall less what is told is the sum of what is withheld: it must be of enough people, and so of several cells.
months_in_need as (
    select
        answers.kpi_id,
        answers.month_start,
        answers.slice
    from answers
    inner join months
        on answers.kpi_id = months.kpi_id
        and answers.month_start = months.month_start
        and answers.slice = months.slice
        and answers.slice_value = months.slice_value
    where months.is_small
    group by answers.kpi_id, answers.min_respondents, answers.month_start, answers.slice
    having count(distinct answers.subject_id) < answers.min_respondents
),

-- The next smallest goes with them; it is of enough people by itself.
told_months as (
    select
        months.*,
        not months.is_over
        or months.is_small
        or (
            months_in_need.slice is not null
            and row_number() over (
                partition by months.kpi_id, months.month_start, months.slice, months.is_small
                order by months.respondents nulls last, months.slice_value nulls last
            ) = 1
        ) as is_withheld
    from months
    left join months_in_need
        on months.kpi_id = months_in_need.kpi_id
        and months.month_start = months_in_need.month_start
        and months.slice = months_in_need.slice
),

quarters as (
    select
        answers.kpi_id,
        answers.min_respondents,
        answers.quarter_start,
        answers.slice,
        answers.slice_value,
        sum(answers.numerator) as numerator,
        sum(answers.denominator) as denominator,
        count(distinct answers.subject_id) as respondents,
        count(distinct answers.month_start) as months,
        count(distinct case when told_months.is_withheld then answers.month_start end) as months_withheld,
        {{ to_utc("cast(answers.quarter_start + interval 3 month as timestamp)", reporting_timezone()) }} <= now.as_of
            as is_over
    from answers
    inner join told_months
        on answers.kpi_id = told_months.kpi_id
        and answers.month_start = told_months.month_start
        and answers.slice = told_months.slice
        and answers.slice_value = told_months.slice_value
    cross join {{ ref("int_warehouse__as_of") }} as now
    group by
        answers.kpi_id,
        answers.min_respondents,
        answers.quarter_start,
        answers.slice,
        answers.slice_value,
        now.as_of
),

-- A value tells its quarter beside all of its months. It may in place of all of them, if it has answers in as many
-- months as there are, of which overall tells all or none as well.
judged_quarters as (
    select
        quarters.*,
        case
            when quarters.months_withheld = 0 then 'told'
            when
                quarters.is_over
                and quarters.respondents >= quarters.min_respondents
                and quarters.months_withheld = quarters.months
                and quarters.months = overall.months
                and overall.months_withheld in (0, overall.months)
                then 'may be told'
            else 'withheld'
        end as judgement
    from quarters
    inner join quarters as overall
        on quarters.kpi_id = overall.kpi_id
        and quarters.quarter_start = overall.quarter_start
        and overall.slice = 'overall'
),

-- The others are withheld. Their months that are not told have a known sum: again of several values, and enough people.
quarters_in_need as (
    select
        answers.kpi_id,
        answers.quarter_start,
        answers.slice
    from answers
    inner join told_months
        on answers.kpi_id = told_months.kpi_id
        and answers.month_start = told_months.month_start
        and answers.slice = told_months.slice
        and answers.slice_value = told_months.slice_value
    inner join judged_quarters
        on answers.kpi_id = judged_quarters.kpi_id
        and answers.quarter_start = judged_quarters.quarter_start
        and answers.slice = judged_quarters.slice
        and answers.slice_value = judged_quarters.slice_value
    where told_months.is_withheld and judged_quarters.judgement = 'withheld'
    group by answers.kpi_id, answers.min_respondents, answers.quarter_start, answers.slice
    having count(distinct answers.slice_value) = 1 or count(distinct answers.subject_id) < answers.min_respondents
)

select
    kpi_id,
    'month' as grain,
    month_start as period_start,
    slice,
    slice_value,
    numerator,
    denominator,
    respondents,
    is_withheld
from told_months
union all
select
    quarters.kpi_id,
    'quarter' as grain,
    quarters.quarter_start as period_start,
    quarters.slice,
    quarters.slice_value,
    quarters.numerator,
    quarters.denominator,
    quarters.respondents,
    quarters.judgement = 'withheld'
    or (
        quarters.judgement = 'may be told'
        and quarters_in_need.slice is not null
        and row_number() over (
            partition by quarters.kpi_id, quarters.quarter_start, quarters.slice, quarters.judgement
            order by quarters.respondents nulls last, quarters.slice_value nulls last
        ) = 1
    ) as is_withheld
from judged_quarters as quarters
left join quarters_in_need
    on quarters.kpi_id = quarters_in_need.kpi_id
    and quarters.quarter_start = quarters_in_need.quarter_start
    and quarters.slice = quarters_in_need.slice
