-- One row a resolution that has a duration, with it in business time: the difference of the business positions of the
-- start of its spell and of the resolution.
with resolutions as (
    select
        resolutions.ticket_id,
        resolutions.resolution_number,
        resolutions.spell_started_at,
        resolutions.resolved_at,
        policies.calendar,
        policies.is_known_calendar
    from {{ ref("int_tickets__resolutions") }} as resolutions
    inner join {{ ref("int_calendars__ticket_policies") }} as policies on resolutions.ticket_id = policies.ticket_id
    where resolutions.resolved_at >= resolutions.spell_started_at
)

select
    resolutions.ticket_id,
    resolutions.resolution_number,
    case
        when resolutions.is_known_calendar
            then (
                last_segment.open_microseconds_before
                + {{ microseconds_between(
                    "last_segment.starts_at", "least(resolutions.resolved_at, last_segment.closes_at)"
                ) }}
                - first_segment.open_microseconds_before
                - {{ microseconds_between(
                    "first_segment.starts_at", "least(resolutions.spell_started_at, first_segment.closes_at)"
                ) }}
            ) / 1e6
        else 0
    end as business_resolution_seconds
from resolutions
left join {{ ref("int_calendars__segments") }} as first_segment
    on resolutions.calendar = first_segment.calendar
    and cast(resolutions.spell_started_at as date) = first_segment.utc_date
    and resolutions.spell_started_at >= first_segment.starts_at
    and resolutions.spell_started_at < first_segment.ends_at
left join {{ ref("int_calendars__segments") }} as last_segment
    on resolutions.calendar = last_segment.calendar
    and cast(resolutions.resolved_at as date) = last_segment.utc_date
    and resolutions.resolved_at >= last_segment.starts_at
    and resolutions.resolved_at < last_segment.ends_at
