-- One row an agent, month or quarter, and boundary day of it (first and last, that of `as_of` in an unfinished period)
-- on which the agent was there, from the first quarter of the agent's source on.
with periods as (
    select distinct
        'month' as grain,
        month_start_date as period_start_date,
        month_last_date as period_last_date
    from {{ ref("dim_dates") }}
    union all
    select distinct
        'quarter' as grain,
        quarter_start_date as period_start_date,
        quarter_last_date as period_last_date
    from {{ ref("dim_dates") }}
),

boundaries as (
    select
        grain,
        period_start_date,
        'first' as boundary,
        period_start_date as boundary_date
    from periods
    union all
    select
        grain,
        period_start_date,
        'last' as boundary,
        period_last_date as boundary_date
    from periods
)

select
    agents.agent_id || ':' || boundaries.grain || ':' || cast(boundaries.period_start_date as string) || ':'
    || boundaries.boundary as presence_id,
    agents.agent_id,
    agents.source,
    boundaries.grain,
    boundaries.period_start_date,
    {{ to_utc("cast(boundaries.period_start_date as timestamp)", reporting_timezone()) }} as period_starts_at,
    boundaries.boundary,
    boundaries.boundary_date,
    versions.team,
    agents.exclusion_reason
from {{ ref("fct_agent_employment") }} as agents
inner join boundaries
    on boundaries.boundary_date >= coalesce(agents.hired_on, cast('0001-01-01' as date))
    and boundaries.boundary_date <= coalesce(agents.left_on, {{ last_date() }})
    and agents.first_quarter_date <= boundaries.period_start_date
left join {{ ref("int_agents__versions") }} as versions
    on agents.agent_id = versions.agent_id
    and boundaries.boundary_date >= versions.valid_from
    and boundaries.boundary_date < coalesce(versions.valid_to, {{ last_date() }})
