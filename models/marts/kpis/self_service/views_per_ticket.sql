-- Article views / tickets created in the period. One row a view, then one a ticket: views are the numerator alone,
-- tickets the denominator. By topic, the article's views and the ticket's own.
select
    viewed_at as measured_at,
    view_id as observation_id,
    1 as numerator,
    0 as denominator,
    cast(null as string) as exclusion_reason,
    source,
    topic
from {{ ref("fct_article_views") }}
union all
select
    created_at as measured_at,
    ticket_id as observation_id,
    0 as numerator,
    1 as denominator,
    exclusion_reason,
    source,
    topic
from {{ ref("fct_tickets") }}
