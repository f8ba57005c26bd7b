-- Agents who left in a month or quarter / mean of the agents there on its first and on its last day: the two halves of
-- the ratio. Its parts do not add up over grains, so each row stands for one alone (`only_grain`).
select
    left_at as measured_at,
    agent_id as observation_id,
    1 as numerator,
    0 as denominator,
    exclusion_reason,
    'month' as only_grain,
    source,
    team_when_left as team
from {{ ref("fct_agent_employment") }}
where has_left
union all
select
    left_at as measured_at,
    agent_id as observation_id,
    1 as numerator,
    0 as denominator,
    exclusion_reason,
    'quarter' as only_grain,
    source,
    team_when_left as team
from {{ ref("fct_agent_employment") }}
where has_left
union all
select
    period_starts_at as measured_at,
    presence_id as observation_id,
    0 as numerator,
    0.5 as denominator,
    exclusion_reason,
    grain as only_grain,
    source,
    team
from {{ ref("fct_agent_presence") }}
