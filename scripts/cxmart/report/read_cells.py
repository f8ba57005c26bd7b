"""Reading the cells of a period from the published file."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from cxmart.base.database import Connection, dict_rows
from cxmart.report.cell import NOT_ADDITIVE
from cxmart.report.period import Period

_CATALOG_COLUMNS = """
            catalog.kpi_id,
            catalog.title,
            catalog.kpi_group,
            catalog.unit,
            catalog.display_unit,
            catalog.direction,
            catalog.kind,
            catalog.grows_with_period,
            catalog.is_headline,
            catalog.window_days,
            catalog.min_sample"""

_HAS_GRAIN = "',' || catalog.grains || ',' like '%,' || $grain || ',%'"
_HAS_SLICE = "',' || catalog.slices || ',' like '%,' || $slice || ',%'"


def titles_not_cut(marts: Connection, grain: str, slice_name: str) -> list[str]:
    """List the titles of the KPIs that a slice does not cut; overall cuts all."""
    rows = marts.execute(
        f"select title from kpi_catalog as catalog where {_HAS_GRAIN} and not {_HAS_SLICE} order by kpi_order",
        {"grain": grain, "slice": slice_name},
    ).fetchall()
    return [] if slice_name == "overall" else [title for (title,) in rows]


def cells_of(marts: Connection, period: Period, slice_name: str, slice_values: Sequence[str]) -> list[dict[str, Any]]:
    """Read the cells of a period and of the one before, for each value of a slice every KPI that it cuts."""
    return dict_rows(
        marts,
        f"""
        with wanted as (select unnest(cast($slice_values as varchar[])) as slice_value),

        cells as (
            select *
            from kpi_values
            where
                slice = $slice and grain = $grain and period_start in ($first_day, $day_before)
                and list_contains($slice_values, slice_value)
        )

        select
            wanted.slice_value,
            {_CATALOG_COLUMNS},
            newest.numerator,
            newest.denominator,
            newest.value,
            newest.sample_size,
            newest.median,
            newest.p90,
            newest.target_lower,
            newest.target_upper,
            coalesce(newest.status, 'no_data') as status,
            newest.maturity,
            previous.value as previous_value,
            previous.sample_size as previous_sample_size,
            previous.median as previous_median
        from kpi_catalog as catalog
        cross join wanted
        left join cells as newest
            on catalog.kpi_id = newest.kpi_id
            and wanted.slice_value = newest.slice_value
            and newest.period_start = $first_day
        left join cells as previous
            on catalog.kpi_id = previous.kpi_id
            and wanted.slice_value = previous.slice_value
            and previous.period_start = $day_before
        where {_HAS_GRAIN} and {_HAS_SLICE}
        order by wanted.slice_value nulls last, catalog.kpi_order nulls last
        """,
        {
            "grain": period.grain,
            "first_day": period.start,
            "day_before": period.previous_start,
            "slice": slice_name,
            "slice_values": list(slice_values),
        },
    )


def cells_to_date(
    marts: Connection, period: Period, slice_name: str, slice_values: Sequence[str]
) -> list[dict[str, Any]]:
    """Add up the whole days of the running period, and as many of the one before, of what days add up to.

    Medians are not among that. A share is told by overall's denominator, also on days on which its slice had nothing.
    """
    return dict_rows(
        marts,
        f"""
        with wanted as (select unnest(cast($slice_values as varchar[])) as slice_value),

        spans as (
            select true as is_this, cast($first_day as date) as first_day, cast($last_day as date) as last_day
            union all
            select false, cast($first_before as date), cast($last_before as date)
        ),

        sums as (
            select
                daily.kpi_id,
                spans.is_this,
                daily.slice,
                daily.slice_value,
                sum(daily.numerator) as numerator,
                sum(daily.denominator) as denominator,
                sum(daily.observations) as observations
            from kpi_daily as daily
            inner join kpi_catalog as catalog on daily.kpi_id = catalog.kpi_id
            inner join spans
                on daily.local_date <= spans.last_day
                and daily.local_date >= case when catalog.kind = 'stock' then spans.last_day else spans.first_day end
            where daily.slice in ('overall', $slice)
            group by all
        ),

        -- Overall has a number from its first data on, also where nothing happened.
        first_days as (
            select kpi_id, min(local_date) as first_day from kpi_daily where slice = 'overall' group by kpi_id
        ),

        parts as (
            select
                catalog.kpi_id,
                catalog.kind,
                catalog.is_divided,
                catalog.sample_from,
                spans.is_this,
                wanted.slice_value,
                coalesce(sums.numerator, 0) as numerator,
                case
                    when not catalog.is_divided then null
                    when ',' || catalog.share_slices || ',' like '%,' || $slice || ',%'
                        then coalesce(whole.denominator, 0)
                    else coalesce(sums.denominator, 0)
                end as denominator,
                coalesce(sums.observations, 0) as observations
            from kpi_catalog as catalog
            cross join spans
            cross join wanted
            inner join first_days on catalog.kpi_id = first_days.kpi_id and spans.last_day >= first_days.first_day
            left join sums
                on catalog.kpi_id = sums.kpi_id and sums.is_this = spans.is_this
                and sums.slice = $slice and wanted.slice_value = sums.slice_value
            left join sums as whole
                on catalog.kpi_id = whole.kpi_id and whole.is_this = spans.is_this and whole.slice = 'overall'
            where
                catalog.is_additive and {_HAS_SLICE}
                and (sums.kpi_id is not null or $slice = 'overall')
        ),

        valued as (
            select
                *,
                cast(case
                    when is_divided
                        then cast(numerator as double) / nullif(cast(denominator as double), 0)
                    else numerator
                end as double) as value,
                cast(case
                    when sample_from = 'numerator' then numerator
                    when sample_from = 'observations' then observations
                    when is_divided then denominator
                    when kind = 'stock' then numerator
                    else observations
                end as bigint) as sample_size
            from parts
        ),

        -- The target is that of the running period.
        targets as (
            select kpi_id, slice_value, target_lower, target_upper
            from kpi_values
            where slice = $slice and grain = $grain and period_start = $first_day
        )

        select
            wanted.slice_value,
            {_CATALOG_COLUMNS},
            cast(newest.numerator as double) as numerator,
            cast(newest.denominator as double) as denominator,
            newest.value,
            newest.sample_size,
            cast(null as double) as median,
            cast(null as double) as p90,
            targets.target_lower,
            targets.target_upper,
            case
                when newest.value is null then 'no_data'
                when newest.sample_size < catalog.min_sample then 'too_few'
                when targets.target_lower is null and targets.target_upper is null then 'no_target'
                else 'partial'
            end as status,
            case when newest.kpi_id is not null then 'partial' end as maturity,
            previous.value as previous_value,
            previous.sample_size as previous_sample_size,
            cast(null as double) as previous_median,
            case when not catalog.is_additive then '{NOT_ADDITIVE}' end as not_told
        from kpi_catalog as catalog
        cross join wanted
        left join targets on catalog.kpi_id = targets.kpi_id and wanted.slice_value = targets.slice_value
        left join valued as newest
            on catalog.kpi_id = newest.kpi_id and wanted.slice_value = newest.slice_value and newest.is_this
        left join valued as previous
            on catalog.kpi_id = previous.kpi_id and wanted.slice_value = previous.slice_value and not previous.is_this
        where {_HAS_GRAIN} and {_HAS_SLICE}
        order by wanted.slice_value nulls last, catalog.kpi_order nulls last
        """,
        {
            "grain": period.grain,
            "first_day": period.start,
            "last_day": period.start + timedelta(days=period.days - 1),
            "first_before": period.previous_start,
            "last_before": period.previous_end - timedelta(days=1),
            "slice": slice_name,
            "slice_values": list(slice_values),
        },
    )


def missing_tables(marts: Connection) -> dict[str, str]:
    """Tell which tables a KPI lacks that has no data for want of them."""
    return dict(
        marts.execute("select kpi_id, missing from kpi_coverage where source = 'all' and not is_covered").fetchall()
    )
