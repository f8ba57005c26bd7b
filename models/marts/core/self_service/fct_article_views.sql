-- One row a view of a help article, with what the article is about; a view of an article that nobody describes stays.
select
    views.view_id,
    views.source,
    views.article_id,
    articles.topic,
    articles.resource_type,
    views.reader_id,
    views.customer_id,
    views.person_id,
    views.session_id,
    views.reading_session_id,
    views.viewed_at,
    views.read_seconds,
    case when views.read_seconds >= 0 then least(views.read_seconds, {{ window_seconds("view") }}) end
        as capped_read_seconds,
    views.resources_opened > 0 as has_opened_resource,
    views.is_revisit
from {{ ref("int_article_views__classified") }} as views
left join {{ ref("dim_articles") }} as articles on views.article_id = articles.article_id
