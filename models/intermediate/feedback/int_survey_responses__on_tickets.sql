-- One row a survey on a ticket that exists: whose resolution was the newest at or before its sending and its answer,
-- and who handled the ticket until then. Solving a ticket is what sends most surveys, so a resolution of the very
-- instant comes first.
with surveys as (
    select
        surveys.survey_id,
        tickets.counting_ticket_id as ticket_id,
        surveys.sent_at,
        surveys.responded_at
    from {{ ref("int_survey_responses__scored") }} as surveys
    inner join {{ ref("int_tickets__classified") }} as tickets on surveys.raw_ticket_id = tickets.ticket_id
),

surveyed_tickets as (
    select distinct ticket_id
    from surveys
),

resolutions as (
    select
        resolutions.ticket_id,
        resolutions.resolution_number,
        resolutions.effective_at,
        resolutions.agent_id,
        resolutions.team,
        case
            when resolutions.reply_count > 0 and resolutions.automated_reply_count > 0 then 'both'
            when resolutions.reply_count > 0 then 'agent'
            when resolutions.automated_reply_count > 0 then 'automation'
        end as handled_by
    from surveyed_tickets
    inner join {{ ref("int_tickets__resolutions") }} as resolutions
        on surveyed_tickets.ticket_id = resolutions.ticket_id
),

steps as (
    select
        ticket_id,
        effective_at as happened_at,
        0 as step_rank,
        resolution_number,
        cast(null as string) as sent_survey_id,
        cast(null as string) as answered_survey_id
    from resolutions
    union all
    select
        ticket_id,
        sent_at as happened_at,
        1 as step_rank,
        cast(null as bigint) as resolution_number,
        survey_id as sent_survey_id,
        cast(null as string) as answered_survey_id
    from surveys
    where sent_at is not null
    union all
    select
        ticket_id,
        responded_at as happened_at,
        1 as step_rank,
        cast(null as bigint) as resolution_number,
        cast(null as string) as sent_survey_id,
        survey_id as answered_survey_id
    from surveys
    where responded_at is not null
),

-- Resolutions of a ticket are numbered in the order of time, so the newest one so far is the maximum.
followed as (
    select
        ticket_id,
        coalesce(sent_survey_id, answered_survey_id) as survey_id,
        sent_survey_id is not null as is_sending,
        max(resolution_number) over (
            partition by ticket_id
            order by
                happened_at nulls last, step_rank nulls last, resolution_number nulls last,
                sent_survey_id nulls last, answered_survey_id nulls last
            rows between unbounded preceding and current row
        ) as resolution_number
    from steps
),

last_resolutions as (
    select
        survey_id,
        max(case when is_sending then resolution_number end) as number_when_sent,
        max(case when not is_sending then resolution_number end) as number_when_answered
    from followed
    where survey_id is not null
    group by survey_id
),

-- Before any resolution everything is of the first spell, so the first reply of each kind says all.
first_replies as (
    select
        surveyed_tickets.ticket_id,
        min(case when messages.is_reply then messages.sent_at end) as first_reply_at,
        min(case when messages.is_automated_reply then messages.sent_at end) as first_automated_reply_at
    from surveyed_tickets
    inner join {{ ref("int_tickets__messages") }} as messages on surveyed_tickets.ticket_id = messages.ticket_id
    where messages.is_reply or messages.is_automated_reply
    group by surveyed_tickets.ticket_id
)

select
    surveys.survey_id,
    surveys.ticket_id,
    when_sent.team as team_when_sent,
    when_answered.agent_id,
    when_answered.team,
    case
        when when_answered.ticket_id is not null then when_answered.handled_by
        when
            first_replies.first_reply_at <= surveys.responded_at
            and first_replies.first_automated_reply_at <= surveys.responded_at then 'both'
        when first_replies.first_reply_at <= surveys.responded_at then 'agent'
        when first_replies.first_automated_reply_at <= surveys.responded_at then 'automation'
    end as handled_by
from surveys
left join last_resolutions on surveys.survey_id = last_resolutions.survey_id
left join resolutions as when_sent
    on surveys.ticket_id = when_sent.ticket_id
    and last_resolutions.number_when_sent = when_sent.resolution_number
left join resolutions as when_answered
    on surveys.ticket_id = when_answered.ticket_id
    and last_resolutions.number_when_answered = when_answered.resolution_number
left join first_replies on surveys.ticket_id = first_replies.ticket_id
