{#
    What is wrong in the seed `channels`, one row a problem, in the column `problem`. Names are compared in lower case, so
    two rows that differ in nothing but that are the same channel twice.
#}
{% macro channels_problems(relation) %}
{% set groups = ["email", "chat", "phone", "social", "marketplace", "web"] %}
{% set row_name = line_of_row() ~ " || 'channel ' || coalesce(nullif(channel, ''), '(empty)')" %}
select {{ line_of_row() }} || 'a row has no channel (its source: ' || coalesce(nullif(trim(source), ''), '(empty)') || ')' as problem
from {{ relation }}
where coalesce(trim(channel), '') = ''
union all
select {{ row_name }} || ': there are ' || cast(rows_of_channel as string) || ' rows for it' as problem
from (
    select
        lower(trim(channel)) as channel,
        count(*) as rows_of_channel,
        max(_line) as _line
    from {{ relation }}
    where trim(channel) <> ''
    group by lower(trim(channel))
)
where rows_of_channel > 1
union all
select {{ row_name }} || ': the name has spaces around it' as problem
from {{ relation }}
where channel <> trim(channel) and trim(channel) <> ''
union all
select
    {{ row_name }} || ': channel_group is empty or unknown: ' || coalesce(nullif(channel_group, ''), '(empty)')
    || '; write one of {{ groups | join(", ") }}'
    || {{ did_you_mean("coalesce(channel_group, '')", names_in_text(literal(groups | join(",")))) }} as problem
from {{ relation }}
where coalesce(channel_group, '') not in ('{{ groups | join("', '") }}')
union all
select {{ row_name }} || ': is_social is empty; write true or false' as problem
from {{ relation }}
where is_social is null
union all
select {{ row_name }} || ': source is empty; say why the row is as it is' as problem
from {{ relation }}
where coalesce(trim(source), '') = ''
{% endmacro %}
