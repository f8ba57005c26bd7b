-- One row a date for which opening hours are laid out. Two days before the first ticket or turn: its local date may be
-- a day earlier, and a night may have begun the evening before that. A year after `as_of`: deadlines to come.
with beginnings as (
    select min(created_at) as first_at
    from {{ ref("int_tickets__classified") }}
    union all
    select min(begins_at) as first_at
    from {{ ref("int_tickets__turns") }}
),

bounds as (
    select
        cast(min(beginnings.first_at) as date) - interval 2 day as first_date,
        cast(max(now.as_of) as date) + {{ window_interval("deadline") }} as last_date
    from beginnings
    cross join {{ ref("int_warehouse__as_of") }} as now
)

{{ local_dates_between("(select first_date from bounds)", "(select last_date from bounds)", "UTC") }}
