-- One row an inbound ticket: whether an order credits it, and what the credited orders are worth. A ticket is converted
-- once, however many orders credit it.
with credits as (
    select
        ticket_id,
        count(*) as credited_order_count,
        cast(sum(cast(credited_value as decimal(38, 12))) as double) as credited_revenue
    from {{ ref("fct_credited_orders") }}
    where exclusion_reason is null
    group by ticket_id
)

select
    tickets.ticket_id,
    tickets.source,
    tickets.person_id,
    tickets.created_at,
    answers.agent_id,
    answers.team,
    tickets.channel,
    tickets.topic,
    answers.handled_by,
    credits.ticket_id is not null as is_converted,
    coalesce(credits.credited_order_count, 0) as credited_order_count,
    credits.credited_revenue,
    coalesce(
        tickets.exclusion_reason,
        case
            when tickets.person_id is null then 'nobody'
            when not coalesce(coverage.has_messages, false) then 'source_has_no_messages'
        end
    ) as exclusion_reason
from {{ ref("int_tickets__classified") }} as tickets
left join {{ ref("int_tickets__first_answers") }} as answers on tickets.ticket_id = answers.ticket_id
left join credits on tickets.ticket_id = credits.ticket_id
left join {{ ref("int_warehouse__source_coverage") }} as coverage on tickets.source = coverage.source
where tickets.initiated_by = 'customer'
