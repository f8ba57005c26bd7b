"""The scorecard's numbers: every KPI of the catalogue for one period, and the period before."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from cxmart.database import Connection, missing_file, one_row, opened, relations
from cxmart.errors import CxmartError, ExitCode
from cxmart.settings import Settings

GRAINS = ("day", "week", "month", "quarter")
# What is shown by default: the newest complete month, of a young warehouse the longest period that is complete.
DEFAULT_GRAINS = ("month", "week", "day")

NO_DATA_YET = "the warehouse holds no data yet; run `cxmart load standard FOLDER`, `cxmart build` and `cxmart publish`"

_CATALOG_COLUMNS = """
            catalog.kpi_id,
            catalog.title,
            catalog.kpi_group,
            catalog.unit,
            catalog.direction"""

_HAS_GRAIN = "',' || catalog.grains || ',' like '%,' || $grain || ',%'"


@dataclass(frozen=True)
class Publication:
    """What the published file says of itself. `as_of` is in UTC; `as_of_local` is text in the reporting zone."""

    as_of: datetime | None
    as_of_local: str | None
    sources: str
    reporting_timezone: str
    reporting_currency: str


@dataclass(frozen=True)
class Cell:
    """A KPI in the period, overall. Durations are in seconds, ratios are shares, money is in the reporting currency.

    Numbers are None where there is no data. `missing` names the tables that no source gives and that the KPI needs.
    """

    kpi_id: str
    title: str
    kpi_group: str
    unit: str
    direction: str
    numerator: float | None
    denominator: float | None
    value: float | None
    sample_size: int | None
    median: float | None
    p90: float | None
    target_lower: float | None
    target_upper: float | None
    status: str
    maturity: str | None
    previous_value: float | None
    previous_sample_size: int | None
    change: float | None
    relative_change: float | None
    missing: str | None = None

    @property
    def display_unit(self) -> str:
        """The unit to show numbers in: of the ratios, only rates and shares are shares of 1."""
        return display_unit(self.kpi_id, self.unit)


@dataclass(frozen=True)
class Standard:
    """A figure of a marketplace's standard on the period's last day: its value, limit and margin, in the figure's unit.

    `standard_status` is that of all figures of the standard together.
    """

    standard_id: str
    marketplace: str
    kpi_id: str
    local_date: date
    value: float | None
    sample_size: float
    comparison: str
    limit_value: float
    margin: float | None
    maturity: str
    status: str
    standard_status: str

    @property
    def display_unit(self) -> str:
        """The unit to show numbers in: times are seconds, all else are shares."""
        return "s" if self.kpi_id.endswith("_time") else "ratio"


@dataclass(frozen=True)
class Scorecard:
    """The KPIs of one period in the order of the catalogue, and the marketplaces' standards on its last day."""

    publication: Publication
    grain: str
    period_start: date
    period_label: str
    is_complete: bool
    cells: list[Cell]
    standards: list[Standard] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Give the scorecard as data that JSON can hold; dates and instants as ISO 8601."""
        content = asdict(self)
        content["period_start"] = self.period_start.isoformat()
        as_of = self.publication.as_of
        content["publication"]["as_of"] = as_of.isoformat() + "Z" if as_of else None
        content["kpis"] = content.pop("cells")
        for standard in content["standards"]:
            standard["local_date"] = standard["local_date"].isoformat()
        return content


def display_unit(kpi_id: str, unit: str) -> str:
    """Tell the unit to show a KPI's value in: of the ratios, only rates and shares are shares of 1."""
    if unit == "ratio" and not kpi_id.endswith(("_rate", "_share")):
        return "number"
    return unit


def parse_period(text: str) -> tuple[str, date]:
    """Read a period as a person writes it.

    Args:
        text: a day 2026-03-05, an ISO week 2026-W12, a month 2026-04 or a quarter 2026-Q1.

    Returns:
        The grain, and the first day of the period.

    Raises:
        CxmartError: it is none of these, or does not exist.
    """
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            return "day", date.fromisoformat(text)
        if re.fullmatch(r"\d{4}-\d\d", text):
            return "month", date.fromisoformat(f"{text}-01")
        if found := re.fullmatch(r"(\d{4})-W(\d\d)", text):
            return "week", date.fromisocalendar(int(found.group(1)), int(found.group(2)), 1)
        if found := re.fullmatch(r"(\d{4})-Q([1-4])", text):
            return "quarter", date(int(found.group(1)), 3 * int(found.group(2)) - 2, 1)
    except ValueError:
        pass
    raise CxmartError(
        f"'{text}' is no period; write a day 2026-03-05, a week 2026-W12, a month 2026-04 or a quarter 2026-Q1",
        ExitCode.USAGE,
    )


def read_scorecard(settings: Settings, grain: str | None = None, period: str | None = None) -> Scorecard:
    """Read the scorecard of a period from the published file.

    Args:
        settings: where the published file is.
        grain: day, week, month or quarter; by default the first of month, week and day of which a period is complete.
        period: the period as `parse_period` takes it; by default the newest complete one, or the running one where none
            is complete yet.

    Raises:
        CxmartError: nothing is published, the period has no data, or grain and period disagree.
    """
    first_day = None
    if period:
        grain_of_period, first_day = parse_period(period)
        if grain and grain != grain_of_period:
            raise CxmartError(f"'{period}' is a {grain_of_period}, not a {grain}; leave out --grain", ExitCode.USAGE)
        grain = grain_of_period
    if grain is not None and grain not in GRAINS:
        raise CxmartError(f"'{grain}' is no grain; give one of {', '.join(GRAINS)}", ExitCode.USAGE)
    if not settings.marts_file.exists():
        raise missing_file(settings.marts_file, settings)
    with opened(settings.marts_file, settings, read_only=True) as marts:
        names = {name for _, name in relations(marts)}
        missing = {"publication", "kpi_values", "kpi_scorecard", "kpi_catalog", "dim_periods"} - names
        if missing:
            raise CxmartError(
                f"{settings.marts_file} has no {', '.join(sorted(missing))}; run `cxmart build` and `cxmart publish`",
                ExitCode.WAREHOUSE,
            )
        grain, start, label, is_complete = _find_period(marts, grain, first_day)
        is_newest = first_day is None and is_complete
        rows = _newest_cells(marts, grain) if is_newest else _cells_of(marts, grain, start)
        needed = _missing_tables(marts) if "kpi_coverage" in names else {}
        return Scorecard(
            publication=read_publication(marts),
            grain=grain,
            period_start=start,
            period_label=label,
            is_complete=is_complete,
            cells=[Cell(**row, missing=needed.get(row["kpi_id"])) for row in rows],
            standards=_standards_of(marts, grain, start) if "marketplace_standards" in names else [],
        )


def read_publication(marts: Connection) -> Publication:
    """Read what a published file says of itself."""
    return Publication(
        *one_row(
            marts,
            """
            select
                as_of,
                strftime(timezone(reporting_timezone, timezone('UTC', as_of)), '%Y-%m-%d %H:%M'),
                sources,
                reporting_timezone,
                reporting_currency
            from publication
            """,
        )
    )


def _find_period(marts: Connection, grain: str | None, first_day: date | None) -> tuple[str, date, str, bool]:
    if first_day is None:
        return newest_period(marts, (grain,) if grain else DEFAULT_GRAINS)
    grain = str(grain)
    found = marts.execute(
        "select period_start, period_label, is_complete from dim_periods where grain = ? and period_start = ?",
        [grain, first_day],
    ).fetchone()
    if found:
        return grain, *found
    first, last = one_row(
        marts,
        """
        select min_by(period_label, period_start), max_by(period_label, period_start)
        from dim_periods
        where grain = ?
        """,
        [grain],
    )
    if first is None:
        raise CxmartError(NO_DATA_YET)
    raise CxmartError(f"no data for that {grain}; the data covers {first} to {last}", ExitCode.USAGE)


def newest_period(marts: Connection, grains: Sequence[str]) -> tuple[str, date, str, bool]:
    """Find the period that a person who names none wants to see.

    Args:
        marts: the published file.
        grains: the grains that will do, the best first.

    Returns:
        Grain, first day, label and whether the period is over: the newest complete one of the first grain that has any,
        else the running one of the first grain.

    Raises:
        CxmartError: there is no data at all.
    """
    for is_complete in (True, False):
        for grain in grains:
            found = marts.execute(
                """
                select grain, period_start, period_label, is_complete
                from dim_periods
                where grain = ? and is_complete >= ?
                order by period_start desc nulls last
                limit 1
                """,
                [grain, is_complete],
            ).fetchone()
            if found:
                return found
    raise CxmartError(NO_DATA_YET)


def _newest_cells(marts: Connection, grain: str) -> list[Mapping[str, Any]]:
    """Read the table that the build made for the newest complete period."""
    return _rows(
        marts,
        f"""
        select
            {_CATALOG_COLUMNS},
            scorecard.numerator,
            scorecard.denominator,
            scorecard.value,
            scorecard.sample_size,
            scorecard.median,
            scorecard.p90,
            scorecard.target_lower,
            scorecard.target_upper,
            coalesce(scorecard.status, 'no_data') as status,
            scorecard.maturity,
            scorecard.previous_value,
            scorecard.previous_sample_size,
            scorecard.change,
            scorecard.relative_change
        from kpi_catalog as catalog
        left join kpi_scorecard as scorecard on catalog.kpi_id = scorecard.kpi_id and scorecard.grain = $grain
        where {_HAS_GRAIN}
        order by catalog.kpi_order nulls last
        """,
        {"grain": grain},
    )


def _cells_of(marts: Connection, grain: str, first_day: date) -> list[Mapping[str, Any]]:
    """Work out the same for any period."""
    return _rows(
        marts,
        f"""
        with overall as (
            select *
            from kpi_values
            where slice = 'overall' and grain = $grain
        ),

        previous_period as (
            select max(period_start) as period_start
            from dim_periods
            where grain = $grain and period_start < $first_day
        )

        select
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
            newest.value - previous.value as change,
            (newest.value - previous.value) / nullif(abs(previous.value), 0) as relative_change
        from kpi_catalog as catalog
        cross join previous_period
        left join overall as newest
            on catalog.kpi_id = newest.kpi_id
            and newest.period_start = $first_day
        left join overall as previous
            on catalog.kpi_id = previous.kpi_id
            and previous_period.period_start = previous.period_start
        where {_HAS_GRAIN}
        order by catalog.kpi_order nulls last
        """,
        {"grain": grain, "first_day": first_day},
    )


def _missing_tables(marts: Connection) -> dict[str, str]:
    """Tell which tables a KPI lacks that has no data for want of them."""
    return dict(
        marts.execute("select kpi_id, missing from kpi_coverage where source = 'all' and not is_covered").fetchall()
    )


def _standards_of(marts: Connection, grain: str, first_day: date) -> list[Standard]:
    """Read how the marketplaces judge on the period's last day, or on the newest day of an unfinished one."""
    rows = _rows(
        marts,
        """
        select
            standard_id,
            marketplace,
            kpi_id,
            local_date,
            value,
            denominator as sample_size,
            comparison,
            limit_value,
            margin,
            maturity,
            status,
            standard_status
        from marketplace_standards
        where
            local_date = (
                select max(standards.local_date)
                from marketplace_standards as standards
                inner join dim_periods as periods
                    on standards.local_date >= periods.period_start
                    and standards.local_date < periods.period_end
                where periods.grain = $grain and periods.period_start = $first_day
            )
        order by marketplace nulls last, standard_id nulls last, kpi_id nulls last
        """,
        {"grain": grain, "first_day": first_day},
    )
    return [Standard(**row) for row in rows]


def _rows(marts: Connection, query: str, parameters: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    cursor = marts.execute(query, parameters)
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
