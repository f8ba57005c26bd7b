-- One mention in five falls on one of six days on which everybody talks about the brand, mostly badly.
create table brand_mentions as
with drawn as (
    select
        draw_no,
        chance('talk of the day', draw_no, 200) as is_talk,
        draw('talk', draw_no, 6) as talk_no,
        draw('mention day', draw_no, getvariable('period_days')) as usual_day,
        case
            when draw('network', draw_no, 100) < 30 then 'instagram'
            when draw('network', draw_no, 100) < 55 then 'facebook'
            when draw('network', draw_no, 100) < 75 then 'tiktok'
            when draw('network', draw_no, 100) < 90 then 'x'
            else 'youtube'
        end as network,
        3600 * getvariable('hours_of_shopping')[1 + draw('mention hour', draw_no, 100)]
        + draw('mention second', draw_no, 3600) as second_of_day
    from range(getvariable('mentions')) as numbers (draw_no)
),
dated as (
    select
        drawn.*,
        days.midnight_at + to_seconds(drawn.second_of_day) as mentioned_at
    from drawn
    inner join days
        on days.day_no = case
            when drawn.is_talk then draw('talk day', drawn.talk_no, getvariable('period_days')) else drawn.usual_day
        end
)
select
    'B' || lpad(cast(row_number() over (order by mentioned_at, draw_no) as varchar), 7, '0') as mention_id,
    network,
    case when chance('outlet brand', draw_no, 150) then 'Outlet' else 'Shop' end as brand,
    mentioned_at,
    chance('own account', draw_no, 80) as is_own_account,
    case
        when chance('own account', draw_no, 80) then 'positive'
        when is_talk then ['negative', 'negative', 'negative', 'neutral', 'positive'][1 + draw('tone', draw_no, 5)]
        else ['positive', 'positive', 'positive', 'neutral', 'neutral', 'neutral', 'negative'][1 + draw('tone', draw_no, 7)]
    end as sentiment,
    mentioned_at as updated_at,
    chance('deleted mention', draw_no, 2) as is_deleted
from dated
where mentioned_at < getvariable('export_at');

create table templates as
select
    'M' || lpad(cast(template_no as varchar), 2, '0') as template_id,
    [
        'Where is my parcel', 'Return label', 'Money back', 'Which size', 'Payment failed', 'Sorry for that',
        'Reset your password', 'Firmware update', 'Change of address'
    ][1 + (template_no - 1) % 9]
    || ' (' || ['de', 'en', 'fr', 'nl'][1 + (template_no - 1) // 9] || ')' as template_name,
    cast(getvariable('from_date') as timestamp) as updated_at,
    false as is_deleted
from range(1, 37) as numbers (template_no);

-- Rates in euros, a row a currency and weekday: a walk in small steps, in millionths.
create table exchange_rates as
with rate_days as (
    select cast(unnest(generate_series(getvariable('from_date') - interval 10 days, getvariable('to_date'), interval 1 day)) as date)
        as rate_date
),
steps as (
    select
        currencies.currency,
        rate_days.rate_date,
        currencies.millionths,
        sum(draw('rate ' || currencies.currency, strftime(rate_days.rate_date, '%Y%m%d'), 4001) - 2000) over (
            partition by currencies.currency order by rate_days.rate_date
        ) as moved
    from rate_days
    cross join (values ('GBP', 1170000), ('PLN', 233000), ('USD', 920000)) as currencies (currency, millionths)
    where isodow(rate_days.rate_date) < 6
)
select
    currency,
    rate_date,
    cast(
        cast(millionths + moved * millionths // 2000000 as decimal(18, 0)) * cast('0.000001' as decimal(7, 6))
        as decimal(18, 6)
    ) as rate,
    rate_date + interval 15 hours as updated_at,
    false as is_deleted
from steps;
