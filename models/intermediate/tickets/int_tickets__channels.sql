-- One row a channel as tickets write it or as the seed lists it, with what the seed knows of it; names are compared in
-- lower case. A channel that the seed does not list loses no ticket: nobody knows its kind, and it is not social.
with names as (
    select channel
    from {{ ref("int_tickets__classified") }}
    where channel is not null
    union
    select channel
    from {{ ref("channels") }}
),

listed as (
    select
        lower(channel) as channel_in_lower_case,
        channel_group,
        is_social
    from {{ ref("channels") }}
)

select
    names.channel,
    listed.channel_group,
    coalesce(listed.is_social, false) as is_social,
    listed.channel_in_lower_case is not null as is_known
from names
left join listed on lower(names.channel) = listed.channel_in_lower_case
