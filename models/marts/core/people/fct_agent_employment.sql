-- One row an agent who is no queue: from when to when they were there, as the row says that holds at `as_of`, and the
-- first quarter in which their source tells of anything. Who was deleted left when their row last changed; where that
-- is unknown, nobody can say until when they were there.
with sources_with_dates as (
    select distinct source
    from {{ ref("int_agents__versions") }}
    where hired_on is not null or left_on is not null
),

-- Each source by itself: another that begins earlier tells nothing of this one's agents.
first_quarters as (
    select
        source,
        cast(
            date_trunc('quarter', {{ to_local_date("first_happened_at", reporting_timezone()) }}) as date
        ) as first_quarter_date
    from {{ ref("int_warehouse__source_coverage") }}
),

-- The stretches of an agent cover all time, so one of them holds.
current_rows as (
    select
        versions.agent_id,
        versions.source,
        versions.agent_name,
        versions.hired_on,
        case
            when versions.left_on is not null then versions.left_on
            when versions.is_deleted and versions.updated_at <= now.as_of
                then {{ to_local_date("versions.updated_at", reporting_timezone()) }}
        end as last_on,
        versions.is_deleted and versions.left_on is null and versions.updated_at is null as is_end_unknown,
        {{ to_local_date("now.as_of", reporting_timezone()) }} as today
    from {{ ref("int_agents__versions") }} as versions
    cross join {{ ref("int_warehouse__as_of") }} as now
    where
        not versions.is_queue
        and versions.valid_from <= {{ to_local_date("now.as_of", reporting_timezone()) }}
        and coalesce(versions.valid_to, {{ last_date() }}) > {{ to_local_date("now.as_of", reporting_timezone()) }}
),

newest as (
    select
        agent_id,
        source,
        agent_name,
        hired_on,
        case when last_on <= today then last_on end as left_on,
        is_end_unknown
    from current_rows
)

select
    newest.agent_id,
    newest.source,
    newest.agent_name,
    newest.hired_on,
    newest.left_on,
    {{ to_utc("cast(newest.left_on as timestamp)", reporting_timezone()) }} as left_at,
    newest.left_on is not null as has_left,
    versions.team as team_when_left,
    first_quarters.first_quarter_date,
    case
        when sources_with_dates.source is null then 'source_has_no_employment_dates'
        when newest.is_end_unknown then 'unknown_time'
        when newest.left_on < newest.hired_on then 'left_before_hired'
        when newest.left_on < coalesce(first_quarters.first_quarter_date, {{ last_date() }})
            then 'left_before_first_data'
    end as exclusion_reason
from newest
left join first_quarters on newest.source = first_quarters.source
left join sources_with_dates on newest.source = sources_with_dates.source
left join {{ ref("int_agents__versions") }} as versions
    on newest.agent_id = versions.agent_id
    and newest.left_on >= versions.valid_from
    and newest.left_on < coalesce(versions.valid_to, {{ last_date() }})
