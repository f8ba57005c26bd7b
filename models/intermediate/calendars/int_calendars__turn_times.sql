-- One row an answered turn, with its wait in business time: the difference of the business positions of its two ends.
with turns as (
    select
        turns.ticket_id,
        turns.turn_number,
        turns.begins_at,
        turns.replied_at,
        policies.calendar,
        policies.is_known_calendar
    from {{ ref("int_tickets__turns") }} as turns
    inner join {{ ref("int_calendars__ticket_policies") }} as policies on turns.ticket_id = policies.ticket_id
    where turns.replied_at is not null
)

select
    turns.ticket_id,
    turns.turn_number,
    case
        when turns.is_known_calendar
            then (
                last_segment.open_microseconds_before
                + {{ microseconds_between(
                    "last_segment.starts_at", "least(turns.replied_at, last_segment.closes_at)"
                ) }}
                - first_segment.open_microseconds_before
                - {{ microseconds_between(
                    "first_segment.starts_at", "least(turns.begins_at, first_segment.closes_at)"
                ) }}
            ) / 1e6
        else 0
    end as business_wait_seconds
from turns
left join {{ ref("int_calendars__segments") }} as first_segment
    on turns.calendar = first_segment.calendar
    and cast(turns.begins_at as date) = first_segment.utc_date
    and turns.begins_at >= first_segment.starts_at
    and turns.begins_at < first_segment.ends_at
left join {{ ref("int_calendars__segments") }} as last_segment
    on turns.calendar = last_segment.calendar
    and cast(turns.replied_at as date) = last_segment.utc_date
    and turns.replied_at >= last_segment.starts_at
    and turns.replied_at < last_segment.ends_at
