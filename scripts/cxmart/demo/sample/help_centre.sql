-- Every article is about one of the topics, in turn; two in three are as old as the help centre.
create table articles as
with drawn as (
    select
        article_no,
        [
            'delivery', 'returns', 'product_advice', 'payment', 'complaint', 'account', 'technical', 'order_change'
        ][1 + article_no % 8] as topic,
        case
            when chance('video', article_no, 150) then 'video'
            when chance('faq', article_no, 400) then 'faq'
            else 'article'
        end as resource_type,
        case
            when article_no < 16 or draw('article age', article_no, 3) > 0
                then later(getvariable('from_date'), -86400 * (20 + draw('article day', article_no, 500)) + 32400)
            else later(
                getvariable('from_date'), 86400 * draw('article day', article_no, getvariable('period_days')) + 32400
            )
        end as published_at
    from range(getvariable('articles')) as drawn (article_no)
)
select
    'H' || lpad(cast(article_no as varchar), 4, '0') as article_id,
    case resource_type when 'video' then 'Watch: ' when 'faq' then 'Questions on ' else 'Guide to ' end
    || replace(topic, '_', ' ') || ' ' || (1 + article_no // 8) as title,
    topic,
    resource_type,
    published_at,
    published_at as updated_at,
    false as is_deleted
from drawn
where published_at < getvariable('export_at');

-- Visits to the help centre: of anybody, of customers in the day before they write, and of readers who come back.
create table visits as
with by_chance as (
    select
        concat_ws('/', 'visit', drawn.draw_no) as visit_key,
        later(
            days.midnight_at,
            3600 * getvariable('hours_of_shopping')[1 + draw('visit hour', drawn.draw_no, 100)]
            + draw('visit second', drawn.draw_no, 3600)
        ) as visited_at,
        case
            when chance('visitor signed in', drawn.draw_no, 300)
                then skewed('visitor', drawn.draw_no, getvariable('accounts'))
        end as account_no,
        skewed('first article', drawn.draw_no, getvariable('articles')) - 1 as article_no
    from (
        select draw_no, draw('visit day', draw_no, getvariable('order_weight')) as place
        from range(getvariable('visits')) as numbers (draw_no)
    ) as drawn
    asof inner join order_days as days on drawn.place >= days.first_weight
),
before_tickets as (
    select
        concat_ws('/', 'ticket', ticket_no) as visit_key,
        later(opened_at, -300 - draw('read before', ticket_no, 60000)) as visited_at,
        account_no,
        list_position(
            [
                'delivery', 'returns', 'product_advice', 'payment', 'complaint', 'account', 'technical', 'order_change'
            ],
            topic
        )
        - 1
        + 8 * draw('article of the topic', ticket_no, 2)
            as article_no
    from opened
    where initiated_by = 'customer' and chance('reads first', ticket_no, 110)
),
first_visits as (
    select * from by_chance
    union all
    select * from before_tickets
)
select visit_key, visit_key as reader_key, visited_at, account_no, article_no
from first_visits
union all
select
    visit_key || '/again' as visit_key,
    visit_key as reader_key,
    later(visited_at, 30000 + draw('comes back after', visit_key, 800000)) as visited_at,
    account_no,
    article_no
from first_visits
where chance('comes back', visit_key, 180);

create table article_views as
with views as (
    select
        *,
        unnest(generate_series(1, [1, 1, 1, 2, 2, 2, 3, 4][1 + draw('views', visit_key, 8)])) as view_no
    from visits
),
timed as (
    select
        *,
        concat_ws('/', visit_key, view_no) as view_key,
        later(visited_at, 140 * (view_no - 1) + draw('view second', concat_ws('/', visit_key, view_no), 100)) as viewed_at,
        case
            when view_no = 1 then article_no
            else skewed('next article', concat_ws('/', visit_key, view_no), getvariable('articles')) - 1
        end as viewed_no
    from views
)
select
    'Y' || lpad(cast(row_number() over (order by timed.viewed_at, timed.view_key) as varchar), 8, '0') as view_id,
    articles.article_id,
    case when chance('reader known', timed.reader_key, 880) then 'B' || left(md5('reader ' || timed.reader_key), 12) end
        as reader_id,
    customer_id(timed.account_no) as customer_id,
    case when chance('session known', timed.visit_key, 960) then 'E' || left(md5('session ' || timed.visit_key), 12) end
        as session_id,
    timed.viewed_at,
    case when not chance('time unknown', timed.view_key, 30) then 5 + long_tail('reading', timed.view_key, 65) end
        as read_seconds,
    case
        when articles.resource_type = 'video' then cast(chance('opens', timed.view_key, 550) as integer)
        else cast(chance('opens', timed.view_key, 130) as integer) * (1 + draw('resources', timed.view_key, 2))
    end as resources_opened,
    timed.viewed_at as updated_at,
    false as is_deleted
from timed
inner join articles
    on 'H' || lpad(cast(timed.viewed_no as varchar), 4, '0') = articles.article_id
    and timed.viewed_at >= articles.published_at
where
    timed.viewed_at >= cast(getvariable('from_date') as timestamp)
    and timed.viewed_at < getvariable('export_at');
