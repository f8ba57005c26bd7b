-- One row a view of a help article of any enabled source, as staged. `left_out_reason` marks what is not in
-- the world at `as_of`.
with united as (
    {{ unite_sources("article_views") }}
)

select
    united.*,
    {{ left_out_reason("article_views") }} as left_out_reason
from united
cross join {{ ref("int_warehouse__as_of") }}
