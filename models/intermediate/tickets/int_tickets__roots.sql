-- One row a ticket with the ticket at the end of its chain of merges (itself where it was not merged). Merges on a
-- circle, and merges into a ticket that does not exist, are void: they are marked in `merge_finding`.
with recursive tickets as (
    select
        ticket_id,
        merged_into_ticket_id
    from {{ ref("int_tickets__unioned") }}
    where left_out_reason is null or left_out_reason = 'deleted'
),

known_merges as (
    select
        tickets.ticket_id,
        targets.ticket_id as target_id
    from tickets
    inner join tickets as targets on tickets.merged_into_ticket_id = targets.ticket_id
),

-- Every ticket that can be reached from another.
reached as (
    {{ transitive_closure("reached", "known_merges", "ticket_id", "target_id") | indent(4) }}
),

circles as (
    select ticket_id
    from reached
    where ticket_id = target_id
),

valid_merges as (
    select
        known_merges.ticket_id,
        known_merges.target_id
    from known_merges
    left join circles on known_merges.ticket_id = circles.ticket_id
    where circles.ticket_id is null
),

chains as (
    {{ transitive_closure("chains", "valid_merges", "ticket_id", "target_id") | indent(4) }}
),

roots as (
    select
        chains.ticket_id,
        chains.target_id as root_ticket_id
    from chains
    left join valid_merges on chains.target_id = valid_merges.ticket_id
    where valid_merges.ticket_id is null
)

select
    tickets.ticket_id,
    coalesce(roots.root_ticket_id, tickets.ticket_id) as root_ticket_id,
    roots.root_ticket_id is not null as is_merged,
    case
        when circles.ticket_id is not null then 'circle'
        when tickets.merged_into_ticket_id is not null and roots.root_ticket_id is null then 'unknown_target'
    end as merge_finding
from tickets
left join roots on tickets.ticket_id = roots.ticket_id
left join circles on tickets.ticket_id = circles.ticket_id
