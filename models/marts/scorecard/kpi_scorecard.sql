-- One row a KPI and a grain: the newest complete period overall, the period before (of a day, the same weekday of the
-- week before) and the same period a year before (for days and weeks, 52 weeks before), and the values of the last 13
-- periods. A KPI without data has a row that says so.
with newest_periods as (
    select
        grain,
        max(period_start) as period_start
    from {{ ref("dim_periods") }}
    where is_complete and grain <> 'hour'
    group by grain
),

comparisons as (
    select
        grain,
        period_start,
        cast(
            case grain
                when 'day' then period_start - interval 7 day
                when 'week' then period_start - interval 7 day
                when 'month' then period_start - interval 1 month
                when 'quarter' then period_start - interval 3 month
            end as date
        ) as previous_period_start,
        cast(
            case
                when grain in ('day', 'week') then period_start - interval 364 day
                else period_start - interval 1 year
            end as date
        ) as year_before_period_start
    from newest_periods
),

kpi_grains as (
    {% for kpi in kpi_catalog() -%}
    {% set is_last_kpi = loop.last -%}
    {% for grain in kpi.grains if grain != "hour" -%}
    select
        '{{ kpi.kpi_id }}' as kpi_id,
        '{{ grain }}' as grain
    {{ "union all" if not (loop.last and is_last_kpi) }}
    {% endfor -%}
    {% endfor -%}
),

overall as (
    select
        kpi_id,
        grain,
        period_start,
        numerator,
        denominator,
        value,
        sample_size,
        median,
        p90,
        target_lower,
        target_upper,
        status,
        maturity
    from {{ ref("kpi_values") }}
    where slice = 'overall' and grain <> 'hour'
),

ranked as (
    select
        overall.kpi_id,
        overall.grain,
        overall.period_start,
        overall.value,
        row_number() over (
            partition by overall.kpi_id, overall.grain order by overall.period_start desc nulls last
        ) as periods_ago
    from overall
    inner join newest_periods
        on overall.grain = newest_periods.grain
        and overall.period_start <= newest_periods.period_start
),

trends as (
    select
        kpi_id,
        grain,
        {{ values_in_order("value", "period_start") }} as trend
    from ranked
    where periods_ago <= 13
    group by kpi_id, grain
)

select
    catalog.kpi_id,
    catalog.kpi_version,
    catalog.kpi_order,
    catalog.is_headline,
    catalog.kpi_group,
    catalog.title,
    catalog.unit,
    catalog.direction,
    kpi_grains.grain,
    comparisons.period_start,
    periods.period_label,
    newest.numerator,
    newest.denominator,
    newest.value,
    case when newest.kpi_id is null then 0 else newest.sample_size end as sample_size,
    newest.median,
    newest.p90,
    newest.target_lower,
    newest.target_upper,
    coalesce(newest.status, 'no_data') as status,
    newest.maturity,
    comparisons.previous_period_start,
    previous.value as previous_value,
    previous.median as previous_median,
    previous.sample_size as previous_sample_size,
    comparisons.year_before_period_start,
    year_before.value as year_before_value,
    year_before.median as year_before_median,
    newest.value - previous.value as change,
    (newest.value - previous.value) / nullif(abs(previous.value), 0) as relative_change,
    trends.trend
from {{ ref("kpi_catalog") }} as catalog
inner join kpi_grains on catalog.kpi_id = kpi_grains.kpi_id
left join comparisons on kpi_grains.grain = comparisons.grain
left join {{ ref("dim_periods") }} as periods
    on comparisons.grain = periods.grain
    and comparisons.period_start = periods.period_start
left join overall as newest
    on catalog.kpi_id = newest.kpi_id
    and comparisons.grain = newest.grain
    and comparisons.period_start = newest.period_start
left join overall as previous
    on catalog.kpi_id = previous.kpi_id
    and comparisons.grain = previous.grain
    and comparisons.previous_period_start = previous.period_start
left join overall as year_before
    on catalog.kpi_id = year_before.kpi_id
    and comparisons.grain = year_before.grain
    and comparisons.year_before_period_start = year_before.period_start
left join trends
    on catalog.kpi_id = trends.kpi_id
    and kpi_grains.grain = trends.grain
