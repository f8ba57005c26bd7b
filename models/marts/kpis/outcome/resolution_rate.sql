-- Valid tickets resolved at the end of the window `resolution` after their creation / valid tickets created, where that
-- can be told. By agent and team: those resolved by them / that they had within the window `resolution`; they stand
-- apart (`only_slice`), as a ticket has several.
select
    created_at as measured_at,
    ticket_id as observation_id,
    case when is_resolved_at_window_end then 1 else 0 end as numerator,
    1 as denominator,
    coalesce(exclusion_reason, unknown_at_window_end_reason) as exclusion_reason,
    cast(null as string) as only_slice,
    source,
    cast(null as string) as agent,
    cast(null as string) as team,
    channel,
    complexity
from {{ ref("fct_tickets") }}
union all
select
    created_at as measured_at,
    ticket_id as observation_id,
    case when is_resolved_by_assignee_at_window_end then 1 else 0 end as numerator,
    1 as denominator,
    exclusion_reason,
    assignee_kind as only_slice,
    source,
    case when assignee_kind = 'agent' then assignee end as agent,
    case when assignee_kind = 'team' then assignee end as team,
    cast(null as string) as channel,
    cast(null as string) as complexity
from {{ ref("fct_ticket_assignees") }}
