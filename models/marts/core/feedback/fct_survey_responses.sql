-- One row a survey sent that exists at `as_of`, answered or not, with whose it is and why it does not count. One
-- answer counts: the newest of a survey type on a ticket; without a ticket, of a person on a local day; without
-- either, each. This is published, so of surveys of agents it shows only that they were sent and answered: who answered
-- what is in fct_agent_survey_responses.
with dated_surveys as (
    select
        scored.*,
        {{ to_local_date("scored.sent_at", reporting_timezone()) }} as sent_date,
        {{ to_local_date("scored.responded_at", reporting_timezone()) }} as responded_date
    from {{ ref("int_survey_responses__scored") }} as scored
),

surveys as (
    select
        surveys.survey_id,
        surveys.source,
        surveys.survey_type,
        -- Of a survey of an unknown type nobody knows who was asked.
        coalesce(surveys.survey_type <> 'agent_satisfaction', false) as is_of_customers,
        surveys.survey_dimension,
        tickets.ticket_id,
        surveys.article_id,
        surveys.customer_id,
        case
            when surveys.customer_id is null then tickets.person_id
            else coalesce(persons.person_id, 'customer:' || surveys.customer_id)
        end as person_id,
        case when surveys.customer_id is null then tickets.country else persons.country end as country,
        case
            when surveys.surveyed_agent_id is null then on_tickets.agent_id
            when not coalesce(versions.is_queue, false) then surveys.surveyed_agent_id
        end as agent_id,
        case when surveys.surveyed_agent_id is null then on_tickets.team else versions.team end as team,
        case
            when surveys.surveyed_agent_id is null then on_tickets.team_when_sent
            else versions_when_sent.team
        end as team_when_sent,
        tickets.channel,
        tickets.topic,
        tickets.complexity,
        on_tickets.handled_by,
        surveys.score,
        surveys.has_score,
        surveys.scale_min,
        surveys.scale_max,
        surveys.common_score,
        surveys.is_satisfied,
        surveys.nps_class,
        surveys.sent_at,
        surveys.responded_at,
        surveys.responded_date,
        surveys.unread_reason,
        surveys.is_of_answers_only,
        case
            when tickets.exclusion_reason is not null then 'on_' || tickets.exclusion_reason || '_ticket'
            when persons.is_test then 'test_customer'
        end as out_of_world_reason
    from dated_surveys as surveys
    left join {{ ref("int_survey_responses__on_tickets") }} as on_tickets on surveys.survey_id = on_tickets.survey_id
    left join {{ ref("int_tickets__classified") }} as tickets on on_tickets.ticket_id = tickets.ticket_id
    left join {{ ref("int_customers__persons") }} as persons on surveys.customer_id = persons.customer_id
    left join {{ ref("int_agents__versions") }} as versions
        on surveys.surveyed_agent_id = versions.agent_id
        and coalesce(surveys.responded_date, surveys.sent_date) >= versions.valid_from
        and coalesce(surveys.responded_date, surveys.sent_date) < coalesce(versions.valid_to, {{ last_date() }})
    left join {{ ref("int_agents__versions") }} as versions_when_sent
        on surveys.surveyed_agent_id = versions_when_sent.agent_id
        and surveys.sent_date >= versions_when_sent.valid_from
        and surveys.sent_date < coalesce(versions_when_sent.valid_to, {{ last_date() }})
),

-- What can't be read, or is not of this world, is left out before the newest answer is chosen.
numbered as (
    select
        surveys.*,
        coalesce(surveys.unread_reason, surveys.out_of_world_reason) as first_exclusion_reason,
        row_number() over (
            partition by
                surveys.survey_type,
                coalesce(surveys.unread_reason, surveys.out_of_world_reason) is null,
                case
                    when surveys.survey_type in ('agent_satisfaction', 'article_helpful')
                        then 'survey:' || surveys.survey_id
                    when surveys.ticket_id is not null then 'ticket:' || surveys.ticket_id
                    when surveys.person_id is not null
                        then 'person:' || cast(surveys.responded_date as string) || ':' || surveys.person_id
                    else 'survey:' || surveys.survey_id
                end
            order by surveys.responded_at desc nulls last, surveys.survey_id desc nulls last
        ) as answer_number
    from surveys
)

select
    survey_id,
    source,
    survey_type,
    case when is_of_customers then survey_dimension end as survey_dimension,
    case when is_of_customers and ticket_id is not null then 'ticket' else 'brand' end as survey_scope,
    case when is_of_customers then ticket_id end as ticket_id,
    article_id,
    case when is_of_customers then customer_id end as customer_id,
    case when is_of_customers then person_id end as person_id,
    case when is_of_customers then country end as country,
    case when is_of_customers then agent_id end as agent_id,
    case when is_of_customers then team end as team,
    case when is_of_customers then team_when_sent end as team_when_sent,
    case when is_of_customers then channel end as channel,
    case when is_of_customers then topic end as topic,
    case when is_of_customers then complexity end as complexity,
    case when is_of_customers then handled_by end as handled_by,
    case when is_of_customers then score end as score,
    scale_min,
    scale_max,
    case when is_of_customers then common_score end as common_score,
    case when is_of_customers then is_satisfied end as is_satisfied,
    nps_class,
    sent_at,
    responded_at,
    has_score or responded_at is not null as has_response,
    has_score and responded_at is not null as is_answer,
    coalesce(has_score and responded_at between sent_at and sent_at + {{ window_interval("survey_answer") }}, false)
        as is_answered_in_window,
    coalesce(first_exclusion_reason, case when answer_number > 1 then 'older_answer' end) as exclusion_reason,
    case
        when out_of_world_reason is not null then out_of_world_reason
        when sent_at is null then 'sent_at_unknown'
        when is_of_answers_only then 'source_tells_of_answers_only'
        when unread_reason = 'unknown_time' then unread_reason
    end as sent_exclusion_reason
from numbered
