-- One row a channel that a ticket came in or that the seed lists, by its one name (int_warehouse__names), with what the
-- seed knows of it. A channel that the seed does not list loses no ticket: nobody knows its kind, nor if it is social.
with listed as (
    select
        {{ name_of("channel_name", "trim(channels.channel)") }} as channel,
        channels.channel_group,
        channels.is_social
    from {{ ref("channels") }} as channels
    {{ joined_names("channel_name", "channel", "trim(channels.channel)") }}
    -- Where two rows are one channel, its own name before another word for it.
    qualify
        row_number() over (
            partition by {{ name_of("channel_name", "trim(channels.channel)") }}
            order by
                case when channel_name.name = trim(channels.channel) then 0 else 1 end,
                channels.channel nulls last
        ) = 1
),

names as (
    select channel
    from {{ ref("int_tickets__classified") }}
    where channel is not null
    union
    select channel
    from listed
)

select
    names.channel,
    listed.channel_group,
    listed.is_social,
    listed.channel is not null as is_known
from names
left join listed on names.channel = listed.channel
