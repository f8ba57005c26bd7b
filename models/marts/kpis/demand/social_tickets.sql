-- Valid tickets that came in on a social channel, dated by their creation.
select
    tickets.created_at as measured_at,
    tickets.ticket_id as observation_id,
    1 as numerator,
    cast(null as double) as denominator,
    tickets.exclusion_reason,
    tickets.source,
    tickets.channel
from {{ ref("fct_tickets") }} as tickets
inner join {{ ref("dim_channels") }} as channels on tickets.channel = channels.channel
where channels.is_social
