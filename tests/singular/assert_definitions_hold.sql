-- Guards against definitions that slip apart: promoters, passives and detractors are all answers; an order credits one
-- ticket at most; nothing lasts a negative time; no cell of a confidential KPI tells of fewer than five people, and
-- those of the agents are made of enough respondents.
with problems as (
    -- A scale that names no limits has no promoters, and its answers are left out.
    select
        'promoters + passives + detractors are not all answers' as problem,
        source as about,
        count_if(numerator in (-100, 0, 100)) as found,
        count(*) as expected
    from {{ ref("net_promoter_score") }}
    where exclusion_reason is null
    group by source
    having count_if(numerator in (-100, 0, 100)) <> count(*)
    union all
    select
        'the order credits several tickets' as problem,
        order_id as about,
        count(*) as found,
        1 as expected
    from {{ ref("fct_credited_orders") }}
    group by order_id
    having count(*) > 1
    {%- for fact, columns in {
        "fct_ticket_turns": ["wait_seconds", "business_wait_seconds"],
        "fct_ticket_resolutions": ["resolution_seconds", "business_resolution_seconds"],
        "fct_calls": ["wait_seconds", "handle_seconds"],
    }.items() %}
    {%- for column in columns %}
    union all
    select
        'negative {{ column }} in {{ fact }}' as problem,
        source as about,
        count(*) as found,
        0 as expected
    from {{ ref(fact) }}
    where {{ column }} < 0
    group by source
    {%- endfor %}
    {%- endfor %}
    union all
    select
        'a cell of agent_satisfaction tells of too few respondents' as problem,
        cells.grain || ' ' || cells.period_start || ', ' || cells.slice || ' = ' || cells.slice_value as about,
        count(distinct answers.respondent_id) as found,
        5 as expected
    from {{ ref("kpi_values") }} as cells
    inner join {{ ref("fct_agent_survey_responses") }} as answers
        on cells.period_start_at <= answers.responded_at
        and cells.period_end_at > answers.responded_at
        and case cells.slice
            when 'team' then coalesce(answers.team, '(none)')
            when 'survey_dimension' then coalesce(answers.survey_dimension, '(none)')
            when 'source' then answers.source
            else 'all'
        end = cells.slice_value
    where
        cells.kpi_id = 'agent_satisfaction'
        and cells.numerator is not null
        and answers.exclusion_reason is null
        and answers.responded_at is not null
    group by cells.grain, cells.period_start, cells.slice, cells.slice_value
    having count(distinct answers.respondent_id) < 5
)

select
    problem,
    about,
    found,
    expected
from problems
