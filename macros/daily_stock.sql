{#
    A stock by day, as a select: one row a local date and combination of slices that ever had a stretch, from its first
    day to that of `as_of`, with how many are in stock at its end (at `as_of` in an unfinished day) and what moved them.
    The stock is the day before's, plus what began and less what ended.

    stretches: the relation of stretches, with the columns starts_at, ends_at (null while it lasts) and exclusion_reason.
    stock: the name of the column of the stock.
    slices: the names of the columns by which it is cut.
    begins, ends: movements by name, each with the condition on a stretch that begins or ends by it.
#}
{% macro daily_stock(stretches, stock, slices, begins, ends) %}
{% set movements = (begins.keys() | list) + (ends.keys() | list) -%}
with stretches as (
    select
        *,
        {{ to_local_date("starts_at", reporting_timezone()) }} as start_date,
        {{ to_local_date("ends_at", reporting_timezone()) }} as end_date
    from {{ stretches }}
    where exclusion_reason is null
),

movements as (
    {% for date, conditions in [("start_date", begins), ("end_date", ends)] -%}
    select
        {{ date }} as local_date,
        {% for slice in slices %}{{ slice }},
        {% endfor -%}
        {% for movement in movements -%}
        {% if movement in conditions %}count_if({{ conditions[movement] }}){% else %}0{% endif %} as {{ movement }}
        {{- "," if not loop.last }}
        {% endfor -%}
    from stretches
    {% if date == "end_date" %}where end_date is not null{% endif %}
    group by {{ date }}, {{ slices | join(", ") }}
    {{ "union all" if not loop.last }}
    {% endfor -%}
),

daily_movements as (
    select
        local_date,
        {% for slice in slices %}{{ slice }},
        {% endfor -%}
        {% for movement in movements -%}
        sum({{ movement }}) as {{ movement }}{{ "," if not loop.last }}
        {% endfor -%}
    from movements
    group by local_date, {{ slices | join(", ") }}
),

bounds as (
    select
        min(daily_movements.local_date) as first_date,
        max({{ to_local_date("now.as_of", reporting_timezone()) }}) as last_date
    from daily_movements
    cross join {{ ref("int_warehouse__as_of") }} as now
),

dates as (
    {{ local_dates_between(
        "(select first_date from bounds)", "(select last_date from bounds)", reporting_timezone()
    ) }}
),

combinations as (
    select
        {{ slices | join(",\n        ") }},
        min(local_date) as first_date
    from daily_movements
    group by {{ slices | join(", ") }}
),

-- No movement on a day is none.
filled as (
    select
        dates.date_day as local_date,
        {% for slice in slices %}combinations.{{ slice }},
        {% endfor -%}
        {% for movement in movements -%}
        coalesce(daily_movements.{{ movement }}, 0) as {{ movement }}{{ "," if not loop.last }}
        {% endfor -%}
    from combinations
    inner join dates on combinations.first_date <= dates.date_day
    left join daily_movements
        on dates.date_day = daily_movements.local_date
        {% for slice in slices -%}
        and combinations.{{ slice }} is not distinct from daily_movements.{{ slice }}
        {% endfor -%}
)

select
    local_date,
    {% for slice in slices %}{{ slice }},
    {% endfor -%}
    cast(
        sum({{ begins.keys() | join(" + ") }} - {{ ends.keys() | join(" - ") }}) over (
            partition by {{ slices | join(", ") }} order by local_date nulls last
            rows between unbounded preceding and current row
        ) as bigint
    ) as {{ stock }},
    {% for movement in movements -%}
    cast({{ movement }} as bigint) as {{ movement }}{{ "," if not loop.last }}
    {% endfor -%}
from filled
{% endmacro %}
