-- One row a channel as tickets write it or as the seed `channels` lists it.
select
    channel,
    channel_group,
    is_social,
    is_known
from {{ ref("int_tickets__channels") }}
