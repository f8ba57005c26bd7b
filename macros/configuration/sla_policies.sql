{#
    What is wrong with the seed sla_policies: one row a problem, as a sentence that names the row. Given the relation of
    business_hours as well, also which policies name a calendar that it does not have: to a build that is a finding,
    since such a calendar is always closed.
#}
{% macro sla_policies_problems(relation, business_hours=none) %}
with policies as (
    select
        row_number() over (
            order by
                policy_id nulls last,
                metric nulls last,
                channel nulls last,
                marketplace nulls last,
                priority nulls last,
                valid_from nulls first,
                valid_to nulls last,
                target_seconds nulls last,
                clock nulls last,
                calendar nulls last,
                source nulls last
        ) as row_number,
        nullif(trim(policy_id), '') as policy_id,
        lower(trim(metric)) as metric,
        coalesce(lower(trim(channel)), '') as channel,
        coalesce(lower(trim(marketplace)), '') as marketplace,
        coalesce(lower(trim(priority)), '') as priority,
        target_seconds,
        lower(trim(clock)) as clock,
        nullif(lower(trim(calendar)), '') as calendar,
        coalesce(valid_from, cast('0001-01-01' as date)) as valid_from,
        coalesce(valid_to, {{ last_date() }}) as valid_to,
        nullif(trim(source), '') as source,
        _line,
        'policy ' || coalesce(nullif(trim(policy_id), ''), '(none)') as policy_name,
        {{ line_of_row() }} || 'policy ' || coalesce(nullif(trim(policy_id), ''), '(none)') as row_name
    from {{ relation }}
)

select row_name || ': policy_id is empty' as problem
from policies
where policy_id is null
union all
select {{ line_of_row() | replace('_line', 'max(_line)') }} || policy_name || ': is there ' || count(*) || ' times; give each row a name of its own' as problem
from policies
where policy_id is not null
group by policy_name
having count(*) > 1
union all
select row_name || ': metric ' || coalesce(nullif(metric, ''), '(none)') || ' is not known; write first_response'
    as problem
from policies
where metric is null or metric <> 'first_response'
union all
select row_name || ': target_seconds ' || coalesce(cast(target_seconds as string), '(none)') || ' is not more than 0'
    as problem
from policies
where target_seconds is null or target_seconds <= 0
union all
select
    row_name || ': target_seconds ' || target_seconds
    || ' is more than a year; deadlines are looked for within {{ window_text("deadline") }}' as problem
from policies
where target_seconds > {{ window_seconds("deadline") }}
union all
select row_name || ': clock ' || coalesce(nullif(clock, ''), '(none)') || ' is not known; write calendar or business'
    as problem
from policies
where clock is null or clock not in ('calendar', 'business')
union all
select row_name || ': valid_to ' || valid_to || ' is not after valid_from ' || valid_from as problem
from policies
where valid_to <= valid_from
union all
select row_name || ': source is empty' as problem
from policies
where source is null
union all
select earlier.row_name || ': is for the same tickets as ' || later.row_name || ' from '
    || greatest(earlier.valid_from, later.valid_from) || ' on' as problem
from policies as earlier
inner join policies as later
    on earlier.metric = later.metric
    and earlier.channel = later.channel
    and earlier.marketplace = later.marketplace
    and earlier.priority = later.priority
    and earlier.row_number < later.row_number
where earlier.valid_from < later.valid_to and later.valid_from < earlier.valid_to
union all
select row_name || ': holds until ' || valid_to || ', and the next row for the same tickets only from '
    || next_valid_from || ' on: a gap' as problem
from (
    select
        row_name,
        valid_to,
        lead(valid_from) over (
            partition by metric, channel, marketplace, priority
            order by valid_from nulls last, row_number nulls last
        ) as next_valid_from
    from policies
)
where next_valid_from > valid_to
{%- if business_hours %}
union all
select policies.row_name || ': business_hours has no calendar ' || policies.calendar as problem
from policies
where
    policies.calendar not in (
        select lower(trim(hours.calendar))
        from {{ business_hours }} as hours
        where hours.calendar is not null
    )
{%- endif %}
{% endmacro %}
