-- One row a mention of the brand on a social network; what the brand's own accounts wrote stays, with the reason.
select
    mention_id,
    source,
    brand,
    network,
    sentiment,
    mentioned_at,
    is_own_account,
    case when is_own_account then 'own_account' end as exclusion_reason
from {{ ref("int_brand_mentions__unioned") }}
where left_out_reason is null
