-- Valid tickets that came in on a social channel, dated by their creation. Of a channel that no list knows, nobody
-- knows whether it is one.
select
    tickets.created_at as measured_at,
    tickets.ticket_id as observation_id,
    1 as numerator,
    cast(null as double) as denominator,
    case
        when tickets.exclusion_reason is not null then tickets.exclusion_reason
        when channels.is_social is null then 'unknown_channel'
    end as exclusion_reason,
    tickets.source,
    tickets.channel
from {{ ref("fct_tickets") }} as tickets
left join {{ ref("dim_channels") }} as channels on tickets.channel = channels.channel
where channels.is_social is not false
