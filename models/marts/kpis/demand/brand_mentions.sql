-- Mentions of the brand on social networks, dated by the mention; those of the brand's own accounts are left out.
select
    mentioned_at as measured_at,
    mention_id as observation_id,
    1 as numerator,
    cast(null as double) as denominator,
    exclusion_reason,
    source,
    brand,
    network,
    sentiment
from {{ ref("fct_brand_mentions") }}
