-- One row a resolution with the turns that began in its spell until then: those so far, less those that the spells
-- before had. A turn that begins at the instant of a resolution comes before it.
with stream as (
    select
        ticket_id,
        begins_at as happened_at,
        0 as resolution_number,
        false as is_standing
    from {{ ref("int_tickets__turns") }}
    union all
    select
        ticket_id,
        effective_at as happened_at,
        resolution_number,
        is_standing
    from {{ ref("int_tickets__resolutions") }}
),

turns_so_far as (
    select
        ticket_id,
        resolution_number,
        is_standing,
        sum(case when resolution_number = 0 then 1 else 0 end) over (
            partition by ticket_id order by happened_at nulls last, resolution_number nulls last
            rows between unbounded preceding and current row
        ) as turn_count
    from stream
    qualify resolution_number > 0
)

select
    ticket_id,
    resolution_number,
    cast(
        turn_count - coalesce(
            max(case when is_standing then turn_count end) over (
                partition by ticket_id order by resolution_number nulls last
                rows between unbounded preceding and 1 preceding
            ),
            0
        ) as bigint
    ) as turn_count
from turns_so_far
