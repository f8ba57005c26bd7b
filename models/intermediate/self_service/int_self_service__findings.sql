-- One row a finding: what is odd in views of articles, and lost nowhere. What was deleted is known all the same:
-- unknown is what no row describes.
with views as (
    select
        views.view_id,
        views.source,
        views.viewed_at,
        views.read_seconds,
        views.customer_id,
        articles.article_id as known_article_id,
        articles.published_at
    from {{ ref("int_article_views__unioned") }} as views
    left join {{ ref("int_articles__unioned") }} as articles on views.article_id = articles.article_id
    where views.left_out_reason is null
)

{{ finding("view_of_unknown_article", "article_views", "view_id", "viewed_at") }}
from views
where known_article_id is null
union all
{{ finding("view_of_unknown_customer", "article_views", "view_id", "viewed_at", of="views") }}
from views
left join {{ ref("int_customers__unioned") }} as customers on views.customer_id = customers.customer_id
where views.customer_id is not null and customers.customer_id is null
union all
{{ finding("view_before_publication", "article_views", "view_id", "viewed_at") }}
from views
where viewed_at < published_at
union all
{{ finding("negative_read_seconds", "article_views", "view_id", "viewed_at") }}
from views
where read_seconds < 0
