-- One row a help article, deleted ones too, as they have a past; what is published after `as_of` is not published yet.
select
    articles.article_id,
    articles.source,
    articles.title,
    articles.topic,
    articles.resource_type,
    case when articles.published_at <= now.as_of then articles.published_at end as published_at
from {{ ref("int_articles__unioned") }} as articles
cross join {{ ref("int_warehouse__as_of") }} as now
where articles.left_out_reason is null
