-- One row a resolution in whose spell automation replied and no agent did, in writing or by voice, with the next
-- contact of its person: the stream of a person's contacts and resolutions, looked up from each resolution on.
with resolutions as (
    select
        resolutions.ticket_id,
        resolutions.resolution_number,
        tickets.person_id,
        resolutions.resolved_at
    from {{ ref("int_tickets__resolutions") }} as resolutions
    inner join {{ ref("int_tickets__classified") }} as tickets on resolutions.ticket_id = tickets.ticket_id
    where
        resolutions.resolved_at is not null
        and resolutions.automated_reply_count > 0
        and resolutions.reply_count = 0
        and resolutions.answered_call_count = 0
),

people as (
    select distinct person_id
    from resolutions
    where person_id is not null
),

contacts as (
    select
        person_id,
        created_at as contact_at,
        ticket_id as contact_id,
        ticket_id
    from {{ ref("int_tickets__classified") }}
    where exclusion_reason is null
    union all
    select
        person_id,
        queued_at as contact_at,
        call_id as contact_id,
        cast(null as string) as ticket_id
    from {{ ref("int_calls__classified") }}
    where exclusion_reason is null
),

numbered_contacts as (
    select
        contacts.person_id,
        contacts.contact_at,
        contacts.ticket_id,
        row_number() over (
            partition by contacts.person_id
            order by contacts.contact_at nulls last, contacts.contact_id nulls last, contacts.ticket_id nulls last
        ) as contact_number,
        lead(contacts.contact_at) over (
            partition by contacts.person_id
            order by contacts.contact_at nulls last, contacts.contact_id nulls last, contacts.ticket_id nulls last
        ) as following_contact_at
    from contacts
    inner join people on contacts.person_id = people.person_id
),

-- At one instant a contact comes before the resolution: it is not a later one.
stream as (
    select
        person_id,
        contact_at as happened_at,
        contact_number,
        cast(null as string) as ticket_id,
        0 as resolution_number
    from numbered_contacts
    union all
    select
        person_id,
        resolved_at as happened_at,
        cast(null as bigint) as contact_number,
        ticket_id,
        resolution_number
    from resolutions
    where person_id is not null
),

next_contacts as (
    select
        person_id,
        ticket_id,
        resolution_number,
        min(contact_number) over (
            partition by person_id
            order by
                happened_at nulls last,
                resolution_number nulls last,
                ticket_id nulls last,
                contact_number nulls last
            rows between current row and unbounded following
        ) as next_contact_number
    from stream
    qualify resolution_number > 0
),

-- A ticket that was resolved before it was created is no new ticket itself: then the contact after it is the next.
looked_up as (
    select
        resolutions.ticket_id,
        resolutions.resolution_number,
        resolutions.resolved_at,
        case
            when contacts.ticket_id = resolutions.ticket_id then contacts.following_contact_at
            else contacts.contact_at
        end as next_contact_at
    from resolutions
    left join next_contacts
        on resolutions.ticket_id = next_contacts.ticket_id
        and resolutions.resolution_number = next_contacts.resolution_number
    left join numbered_contacts as contacts
        on next_contacts.person_id = contacts.person_id
        and next_contacts.next_contact_number = contacts.contact_number
)

select
    ticket_id,
    resolution_number,
    next_contact_at,
    coalesce(next_contact_at <= resolved_at + {{ window_interval("silence") }}, false) as is_followed_by_contact
from looked_up
