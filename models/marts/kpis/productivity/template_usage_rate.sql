-- Replies of agents written from a template / replies of agents, dated by the reply; only sources that tell of
-- templates.
select
    sent_at as measured_at,
    message_id as observation_id,
    case when template_id is not null then 1 else 0 end as numerator,
    1 as denominator,
    case
        when exclusion_reason is not null then exclusion_reason
        when not is_template_known then 'source_does_not_tell_templates'
    end as exclusion_reason,
    source,
    agent_id as agent,
    team,
    channel,
    template_id as template
from {{ ref("fct_replies") }}
where reply_kind = 'agent'
