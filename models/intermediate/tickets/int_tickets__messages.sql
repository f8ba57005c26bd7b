-- One row a message that exists at `as_of`, on the ticket that it counts for (the end of the merges, but for spam and
-- tests), with what it is: a customer's public message, a reply (public, of an agent), an automated reply (public, of
-- automation, no acknowledgement) or none of these. `message_rank` orders messages of one instant: customers come
-- first. One told as the date on which its ticket was created was not before it.
with placed as (
    select
        messages.message_id,
        tickets.counting_ticket_id as ticket_id,
        messages.source,
        {{ placed_after_creation("messages.sent_at", is_date_only("messages.sent_at"), "tickets.counting_created_at") }}
            as sent_at,
        {{ is_date_only("messages.sent_at") }} as is_date_only,
        messages.author_type,
        messages.author_id,
        messages.is_public,
        messages.is_acknowledgement,
        messages.no_reply_needed,
        messages.template_id
    from {{ ref("int_ticket_messages__unioned") }} as messages
    inner join {{ ref("int_tickets__classified") }} as tickets on messages.ticket_id = tickets.ticket_id
    where messages.left_out_reason is null
)

select
    messages.message_id,
    messages.ticket_id,
    messages.source,
    messages.sent_at,
    messages.is_date_only,
    case messages.author_type when 'customer' then 0 when 'automation' then 1 when 'agent' then 2 else 3 end
        as message_rank,
    messages.author_type,
    messages.author_id,
    messages.is_public,
    messages.is_public and messages.author_type = 'customer' as is_customer_message,
    messages.is_public and messages.author_type = 'agent' as is_reply,
    messages.is_public and messages.author_type = 'automation' and not messages.is_acknowledgement
        as is_automated_reply,
    messages.no_reply_needed,
    messages.template_id,
    case when messages.author_type = 'agent' and not coalesce(versions.is_queue, false) then messages.author_id end
        as agent_id,
    case when messages.author_type = 'agent' then versions.team end as team
from placed as messages
left join {{ ref("int_agents__versions") }} as versions
    on messages.author_id = versions.agent_id
    and {{ to_local_date("messages.sent_at", reporting_timezone()) }} >= versions.valid_from
    and {{ to_local_date("messages.sent_at", reporting_timezone()) }} < coalesce(versions.valid_to, {{ last_date() }})
