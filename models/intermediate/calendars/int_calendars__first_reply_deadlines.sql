-- One row a first turn of a ticket with an SLA policy, with the deadline of its first reply. On the business clock that
-- is where the business position of the start plus the target is reached first. From a start that is but a date, none.
{% set day_of_business_time = 24 * 60 * 60 * 1000000 -%}
with first_turns as (
    select
        turns.ticket_id,
        turns.begins_at,
        turns.is_begin_date_only,
        policies.policy_id,
        policies.target_seconds,
        policies.target_seconds * 1000000 as target_microseconds,
        policies.clock,
        policies.calendar
    from {{ ref("int_tickets__turns") }} as turns
    inner join {{ ref("int_calendars__ticket_policies") }} as policies on turns.ticket_id = policies.ticket_id
    where turns.turn_kind = 'first' and policies.policy_id is not null
),

business_targets as (
    select
        first_turns.ticket_id,
        first_turns.calendar,
        segments.open_microseconds_before
        + {{ microseconds_between("segments.starts_at", "least(first_turns.begins_at, segments.closes_at)") }}
        + first_turns.target_microseconds as target_position
    from first_turns
    inner join {{ ref("int_calendars__segments") }} as segments
        on first_turns.calendar = segments.calendar
        and cast(first_turns.begins_at as date) = segments.utc_date
        and first_turns.begins_at >= segments.starts_at
        and first_turns.begins_at < segments.ends_at
    where first_turns.clock = 'business'
),

openings as (
    select
        calendar,
        starts_at,
        open_microseconds_before as position_before,
        open_microseconds_before + {{ microseconds_between("starts_at", "closes_at") }} as position_after
    from {{ ref("int_calendars__segments") }}
    where starts_at < closes_at
),

-- A stretch is 24 h at most, so it touches one or two days of business time: a target finds the stretches of its day by
-- equality. A position that is reached at a closing is the end of that stretch, not the start of the next.
openings_by_position_day as (
    select
        calendar,
        starts_at,
        position_before,
        position_after,
        floor(position_before / {{ day_of_business_time }}) as position_day
    from openings
    union all
    select
        calendar,
        starts_at,
        position_before,
        position_after,
        floor((position_after - 1) / {{ day_of_business_time }}) as position_day
    from openings
    where
        floor((position_after - 1) / {{ day_of_business_time }}) > floor(position_before / {{ day_of_business_time }})
),

business_deadlines as (
    select
        targets.ticket_id,
        {{ plus_microseconds("openings.starts_at", "targets.target_position - openings.position_before") }} as due_at
    from business_targets as targets
    inner join openings_by_position_day as openings
        on targets.calendar = openings.calendar
        and floor((targets.target_position - 1) / {{ day_of_business_time }}) = openings.position_day
        and targets.target_position > openings.position_before
        and targets.target_position <= openings.position_after
)

select
    first_turns.ticket_id,
    first_turns.policy_id,
    first_turns.target_seconds,
    first_turns.begins_at,
    case
        when first_turns.is_begin_date_only then cast(null as timestamp)
        when first_turns.clock = 'calendar'
            then {{ plus_microseconds("first_turns.begins_at", "first_turns.target_microseconds") }}
        else business_deadlines.due_at
    end as due_at
from first_turns
left join business_deadlines on first_turns.ticket_id = business_deadlines.ticket_id
