-- One row a view of a help article that exists at `as_of`: who read, in which visit and reading session, and whether
-- they had read the article in another visit in the window `revisit` before. The newest view in another visit is the
-- one before the reader's present run of views in one visit, so that two windows find it.
with views as (
    select
        views.view_id,
        views.source,
        views.article_id,
        views.customer_id,
        coalesce(persons.person_id, 'customer:' || views.customer_id) as person_id,
        views.reader_id,
        views.session_id,
        views.viewed_at,
        views.read_seconds,
        views.resources_opened
    from {{ ref("int_article_views__unioned") }} as views
    left join {{ ref("int_customers__persons") }} as persons on views.customer_id = persons.customer_id
    where views.left_out_reason is null
),

-- A view without a visit is one of its own. A view of nobody is alone, so that they are not all one reader.
visits as (
    select
        view_id,
        source,
        article_id,
        customer_id,
        person_id,
        coalesce(reader_id, person_id) as reader_id,
        coalesce(reader_id, person_id, 'view:' || view_id) as reader_or_view_id,
        session_id,
        coalesce('session:' || session_id, 'view:' || view_id) as visit_id,
        viewed_at,
        read_seconds,
        resources_opened
    from views
),

with_previous as (
    select
        view_id,
        source,
        article_id,
        customer_id,
        person_id,
        reader_id,
        reader_or_view_id,
        session_id,
        visit_id,
        viewed_at,
        read_seconds,
        resources_opened,
        lag(visit_id) over earlier_views as previous_visit_id,
        lag(viewed_at) over earlier_views as previous_viewed_at
    from visits
    window earlier_views as (
        partition by reader_or_view_id, article_id order by viewed_at nulls last, view_id nulls last
    )
),

with_other_visits as (
    select
        view_id,
        source,
        article_id,
        customer_id,
        person_id,
        reader_id,
        session_id,
        viewed_at,
        read_seconds,
        resources_opened,
        max(case when previous_visit_id <> visit_id then previous_viewed_at end) over (
            partition by reader_or_view_id, article_id order by viewed_at nulls last, view_id nulls last
            rows between unbounded preceding and current row
        ) as viewed_in_another_visit_at
    from with_previous
)

select
    view_id,
    source,
    article_id,
    customer_id,
    person_id,
    reader_id,
    session_id,
    case when person_id is not null then coalesce('session:' || session_id || ':' || person_id, 'view:' || view_id) end
        as reading_session_id,
    viewed_at,
    read_seconds,
    resources_opened,
    coalesce(viewed_in_another_visit_at + {{ window_interval("revisit") }} >= viewed_at, false) as is_revisit
from with_other_visits
