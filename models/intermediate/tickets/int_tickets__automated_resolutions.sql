-- One row a resolution in whose spell automation replied and no agent did, with the next contact of its person: the
-- stream of a person's contacts and resolutions, looked up from each resolution on.
with resolutions as (
    select
        resolutions.ticket_id,
        resolutions.resolution_number,
        tickets.person_id,
        tickets.created_at,
        resolutions.resolved_at
    from {{ ref("int_tickets__resolutions") }} as resolutions
    inner join {{ ref("int_tickets__classified") }} as tickets on resolutions.ticket_id = tickets.ticket_id
    where
        resolutions.resolved_at is not null
        and resolutions.automated_reply_count > 0
        and resolutions.reply_count = 0
),

people as (
    select distinct person_id
    from resolutions
    where person_id is not null
),

contacts as (
    select
        person_id,
        created_at as contact_at
    from {{ ref("int_tickets__classified") }}
    where exclusion_reason is null
    union all
    select
        person_id,
        queued_at as contact_at
    from {{ ref("int_calls__classified") }}
    where exclusion_reason is null
),

-- At one instant a contact comes before the resolution: it is not a later one. Neither is the ticket's own creation,
-- whenever it was resolved.
stream as (
    select
        contacts.person_id,
        contacts.contact_at as happened_at,
        contacts.contact_at,
        cast(null as varchar) as ticket_id,
        0 as resolution_number
    from contacts
    inner join people on contacts.person_id = people.person_id
    union all
    select
        person_id,
        greatest(resolved_at, created_at) as happened_at,
        cast(null as timestamp) as contact_at,
        ticket_id,
        resolution_number
    from resolutions
    where person_id is not null
),

next_contacts as (
    select
        ticket_id,
        resolution_number,
        min(contact_at) over (
            partition by person_id
            order by happened_at nulls last, resolution_number nulls last, ticket_id nulls last
            rows between current row and unbounded following
        ) as next_contact_at
    from stream
    qualify resolution_number > 0
)

select
    resolutions.ticket_id,
    resolutions.resolution_number,
    next_contacts.next_contact_at,
    coalesce(next_contacts.next_contact_at <= resolutions.resolved_at + interval 72 hour, false)
        as is_followed_by_contact
from resolutions
left join next_contacts
    on resolutions.ticket_id = next_contacts.ticket_id
    and resolutions.resolution_number = next_contacts.resolution_number
