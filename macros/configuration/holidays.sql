{#
    What is wrong with the seed holidays: one row a problem, as a sentence that names the row. Given the relation of
    business_hours as well, also which holidays are of a calendar that it does not have.
#}
{% macro holidays_problems(relation, business_hours=none) %}
with days as (
    select
        nullif(lower(trim(calendar)), '') as calendar,
        holiday_date,
        nullif(trim(name), '') as name,
        nullif(trim(source), '') as source,
        _line,
        'calendar ' || coalesce(nullif(lower(trim(calendar)), ''), '(none)')
        || ', ' || coalesce(cast(holiday_date as string), '(no date)') as row_name
    from {{ relation }}
)

select {{ line_of_row() }} || row_name || ': calendar is empty' as problem
from days
where calendar is null
union all
select {{ line_of_row() }} || row_name || ': holiday_date is empty' as problem
from days
where holiday_date is null
union all
select {{ line_of_row() }} || row_name || ': name is empty' as problem
from days
where name is null
union all
select {{ line_of_row() }} || row_name || ': source is empty' as problem
from days
where source is null
union all
select {{ line_of_row() | replace('_line', 'max(_line)') }} || row_name || ': is there ' || count(*) || ' times' as problem
from days
where calendar is not null and holiday_date is not null
group by row_name
having count(*) > 1
{%- if business_hours %}
union all
select {{ line_of_row() }} || days.row_name || ': business_hours has no calendar ' || days.calendar as problem
from days
where
    days.calendar not in (
        select lower(trim(hours.calendar))
        from {{ business_hours }} as hours
        where hours.calendar is not null
    )
{%- endif %}
{% endmacro %}
