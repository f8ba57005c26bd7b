-- One row a local date and a scope (all reviews, a marketplace's, a source's), from the first standing positive review
-- in it to the date of `as_of`: local days since the newest one.
with positive_reviews as (
    select
        review_id,
        reviewed_date,
        source,
        marketplace
    from {{ ref("fct_reviews") }}
    where rating_kind = 'positive' and is_standing and exclusion_reason is null
),

review_dates as (
    select
        'overall' as scope,
        cast(null as string) as source,
        cast(null as string) as marketplace,
        reviewed_date,
        max(review_id) as last_review_id
    from positive_reviews
    group by all
    union all
    select
        'marketplace' as scope,
        cast(null as string) as source,
        marketplace,
        reviewed_date,
        max(review_id) as last_review_id
    from positive_reviews
    group by all
    union all
    select
        'source' as scope,
        source,
        cast(null as string) as marketplace,
        reviewed_date,
        max(review_id) as last_review_id
    from positive_reviews
    group by all
),

bounds as (
    select
        min(review_dates.reviewed_date) as first_date,
        max({{ to_local_date("now.as_of", reporting_timezone()) }}) as last_date
    from review_dates
    cross join {{ ref("int_warehouse__as_of") }} as now
),

dates as (
    {{ local_dates_between(
        "(select first_date from bounds)", "(select last_date from bounds)", reporting_timezone()
    ) }}
),

scopes as (
    select
        scope,
        source,
        marketplace,
        min(reviewed_date) as first_date
    from review_dates
    group by all
),

filled as (
    select
        dates.date_day as local_date,
        scopes.scope,
        scopes.source,
        scopes.marketplace,
        max(review_dates.reviewed_date) over (
            partition by scopes.scope, scopes.source, scopes.marketplace order by dates.date_day nulls last
            rows between unbounded preceding and current row
        ) as last_positive_review_date
    from scopes
    inner join dates on scopes.first_date <= dates.date_day
    left join review_dates
        on dates.date_day = review_dates.reviewed_date
        and scopes.scope = review_dates.scope
        and scopes.source is not distinct from review_dates.source
        and scopes.marketplace is not distinct from review_dates.marketplace
)

select
    filled.local_date,
    filled.scope,
    filled.source,
    filled.marketplace,
    filled.last_positive_review_date,
    review_dates.last_review_id as last_positive_review_id,
    {{ days_between("filled.last_positive_review_date", "filled.local_date") }} as days_since_last_review
from filled
inner join review_dates
    on filled.last_positive_review_date = review_dates.reviewed_date
    and filled.scope = review_dates.scope
    and filled.source is not distinct from review_dates.source
    and filled.marketplace is not distinct from review_dates.marketplace
