"""The scorecard's numbers: every KPI of the catalogue for one period, overall or in a slice, beside what was before."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from cxmart.base.database import Connection, columns_of, missing_file, one_row, opened, relations
from cxmart.base.errors import CxmartError, ExitCode, shortened
from cxmart.base.settings import Settings
from cxmart.base.suggestions import did_you_mean, unknown_name

GRAINS = ("day", "week", "month", "quarter")
# What is shown by default: the newest complete month, of a young warehouse the longest period that is complete.
DEFAULT_GRAINS = ("month", "week", "day")

NO_DATA_YET = "the warehouse holds no data yet; run `cxmart load standard FOLDER`, `cxmart build` and `cxmart publish`"

# Seeds that a brand has to make its own, in words; the catalogue says which KPIs go by them. Targets are those of any.
SETTINGS = {"business_hours": "opening hours", "sla_policies": "SLA policies", "kpi_targets": "targets"}

# Why a number is not compared with the one before, and why there is none.
RUNNING = "the period is not over"
MATURING = "it may still change of itself"
OTHER_LENGTH = "another number of days"
NOT_ADDITIVE = "days do not add up"

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
    """A KPI in the period. Durations are in seconds, ratios are shares, money is in the reporting currency.

    Numbers are None where there is no data. `missing` names the tables that no source gives and that the KPI needs.
    `not_told` says why there is no number where there is data; `not_compared` why no change is told.
    """

    kpi_id: str
    title: str
    kpi_group: str
    unit: str
    display_unit: str
    direction: str
    kind: str
    grows_with_period: bool
    is_headline: bool
    window_days: int
    min_sample: int
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
    previous_median: float | None
    missing: str | None = None
    not_told: str | None = None
    not_compared: str | None = None

    @property
    def change(self) -> float | None:
        """The value less the one before."""
        return self._change(self.value, self.previous_value)

    @property
    def relative_change(self) -> float | None:
        """The change as a share of the value before; None where that was 0."""
        return _share(self.change, self.previous_value)

    @property
    def shown(self) -> str:
        """Which number to show first: of durations the median, since a few long ones make the mean; else the value."""
        return "value" if self.median is None else "median"

    @property
    def shown_value(self) -> float | None:
        """The number to show first."""
        return self.value if self.median is None else self.median

    @property
    def shown_previous(self) -> float | None:
        """The same of what was before."""
        return self.previous_value if self.median is None else self.previous_median

    @property
    def shown_change(self) -> float | None:
        """How the number shown first differs from the one before."""
        return self._change(self.shown_value, self.shown_previous)

    @property
    def shown_relative_change(self) -> float | None:
        """The same as a share of the one before."""
        return _share(self.shown_change, self.shown_previous)

    @property
    def is_better(self) -> bool | None:
        """Whether the change is to the good; None where neither is, of small samples, and of what may still change."""
        too_few = self.status == "too_few" or (self.previous_sample_size or 0) < self.min_sample
        if not self.shown_change or self.direction not in {"more", "less"} or self.maturity != "final" or too_few:
            return None
        return (self.shown_change > 0) == (self.direction == "more")

    def _change(self, value: float | None, previous: float | None) -> float | None:
        if self.not_compared or value is None or previous is None:
            return None
        return value - previous

    def as_json(self) -> dict[str, Any]:
        """Give it as data that JSON can hold."""
        derived = [
            *("change", "relative_change", "shown", "shown_value", "shown_previous"),
            *("shown_change", "shown_relative_change", "is_better"),
        ]
        return asdict(self) | {name: getattr(self, name) for name in derived}


def _share(change: float | None, previous: float | None) -> float | None:
    return change / abs(previous) if change is not None and previous else None


@dataclass(frozen=True)
class Standard:
    """A figure of a marketplace's standard on the period's last day: its value, limit and margin, in the figure's unit.

    `standard_status` is that of all figures of the standard together.
    """

    standard_id: str
    marketplace: str
    kpi_id: str
    unit: str
    local_date: date
    value: float | None
    sample_size: float
    comparison: str
    limit_value: float
    margin: float | None
    maturity: str
    status: str
    standard_status: str


@dataclass(frozen=True)
class Period:
    """The days that a scorecard shows, [start, end), and those that it compares them with.

    `days` are those of it that are over; `previous_label` is None where there are no data so far back.
    """

    grain: str
    label: str
    start: date
    end: date
    is_complete: bool
    is_to_date: bool
    days: int
    previous_start: date
    previous_end: date
    previous_label: str | None

    @property
    def length(self) -> int:
        """How many days it has in all."""
        return (self.end - self.start).days


@dataclass(frozen=True)
class Scorecard:
    """The KPIs of one period in the order of the catalogue, and the marketplaces' standards on its last day.

    `slice_value` is None where there are cells of all values of the slice: then `cells` are empty and `by_value` has
    the cells of each, the headline ones alone. `not_cut` are the titles of the KPIs that the slice does not cut.
    `shipped` is what of the settings that the numbers go by is not the brand's own.
    """

    publication: Publication
    period: Period
    slice_name: str
    slice_value: str | None
    cells: list[Cell]
    by_value: dict[str, list[Cell]] = field(default_factory=dict)
    not_cut: list[str] = field(default_factory=list)
    standards: list[Standard] = field(default_factory=list)
    note: str | None = None
    shipped: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Give the scorecard as data that JSON can hold; dates and instants as ISO 8601."""
        period, as_of = self.period, self.publication.as_of
        return {
            "publication": asdict(self.publication) | {"as_of": as_of.isoformat() + "Z" if as_of else None},
            "grain": period.grain,
            "period_label": period.label,
            "period_start": period.start.isoformat(),
            "period_end": period.end.isoformat(),
            "is_complete": period.is_complete,
            "is_to_date": period.is_to_date,
            "days": period.days,
            "previous_start": period.previous_start.isoformat(),
            "previous_end": period.previous_end.isoformat(),
            "previous_label": period.previous_label,
            "slice": self.slice_name,
            "slice_value": self.slice_value,
            "kpis": [cell.as_json() for cell in self.cells],
            "by_value": {value: [cell.as_json() for cell in cells] for value, cells in self.by_value.items()},
            "not_cut": self.not_cut,
            "standards": [
                asdict(standard) | {"local_date": standard.local_date.isoformat()} for standard in self.standards
            ],
            "note": self.note,
            "shipped": self.shipped,
        }


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


def read_scorecard(
    settings: Settings,
    grain: str | None = None,
    period: str | None = None,
    *,
    slice_text: str | None = None,
    to_date: bool = False,
) -> Scorecard:
    """Read the scorecard of a period from the published file.

    Args:
        settings: where the published file is.
        grain: day, week, month or quarter; by default the first of month, week and day of which a period is complete.
        period: the period as `parse_period` takes it; by default the newest complete one, or the running one where none
            is complete yet.
        slice_text: a slice and its value, `channel=email`, or a slice alone for all its values; by default overall.
        to_date: the whole days of the running period, beside as many of the one before.

    Raises:
        CxmartError: nothing is published, the period has no data, there is no such slice, or grain and period disagree.
    """
    first_day = None
    if period:
        grain_of_period, first_day = parse_period(period)
        if grain and grain != grain_of_period:
            raise CxmartError(f"'{period}' is a {grain_of_period}, not a {grain}; leave out --grain", ExitCode.USAGE)
        grain = grain_of_period
    if grain is not None and grain not in GRAINS:
        given = f"'{shortened(grain)}' is no grain; give one of {', '.join(GRAINS)}"
        raise CxmartError(f"{given}{did_you_mean(grain, GRAINS)}", ExitCode.USAGE)
    if to_date and (period or grain == "day"):
        raise CxmartError(
            "--to-date is of the running month, week or quarter; leave out --period and --grain day", ExitCode.USAGE
        )
    if not settings.marts_file.exists():
        raise missing_file(settings.marts_file, settings)
    with opened(settings.marts_file, settings, read_only=True) as marts:
        names = {name for _, name in relations(marts)}
        _check_tables(settings, marts, names, to_date=to_date)
        publication = read_publication(marts)
        note, found = None, None
        if to_date:
            found = _running_period(marts, publication, grain or "month")
            if found is None:
                note = f"The running {grain or 'month'} has no whole day yet; this is the newest period that is over."
        if found is None:
            found = _find_period(marts, publication, grain, first_day)
        slice_name, slice_value = _read_slice(marts, slice_text)
        read = _cells_to_date if found.is_to_date else _cells_of
        needed = _missing_tables(marts) if "kpi_coverage" in names else {}
        values = [slice_value] if slice_value is not None else _values_of_slice(marts, found, slice_name)
        by_value = {
            value: [_compared(Cell(**row, missing=needed.get(row["kpi_id"])), found) for row in rows]
            for value, rows in _by_value(read(marts, found, slice_name, values)).items()
        }
        not_cut = _not_cut(marts, found.grain, slice_name)
        standards = _standards_of(marts, found) if "marketplace_standards" in names else []
        shipped = shipped_settings(marts, names, (cell for cells in by_value.values() for cell in cells))
    if slice_name == "marketplace":
        standards = [standard for standard in standards if slice_value in (None, standard.marketplace)]
    elif slice_name != "overall":
        standards = []
    return Scorecard(
        publication=publication,
        period=found,
        slice_name=slice_name,
        slice_value=slice_value,
        cells=by_value.get(slice_value, []) if slice_value is not None else [],
        by_value={} if slice_value is not None else _ordered(_shown_by_value(by_value)),
        not_cut=not_cut,
        standards=standards,
        note=note,
        shipped=shipped,
    )


def shipped_settings(marts: Connection, names: Collection[str], cells: Iterable[Cell]) -> list[str]:
    """Tell which settings, that a brand has to make its own, are still those that cxmart ships.

    Args:
        marts: the published file.
        names: its tables.
        cells: the numbers, of which those with data count.

    Returns:
        What some of these numbers go by: opening hours, SLA policies, targets, or some of them; none where the file
        does not tell.
    """
    with_data = [cell for cell in cells if cell.status != "no_data"]
    return shipped_of(
        marts,
        names,
        {cell.kpi_id for cell in with_data},
        has_target=any(cell.target_lower is not None or cell.target_upper is not None for cell in with_data),
    )


def shipped_of(marts: Connection, names: Collection[str], kpi_ids: Collection[str], *, has_target: bool) -> list[str]:
    """The same of KPIs, and of whether any of them has a target."""
    if "publication_seeds" not in names:
        return []
    rows = {row["seed"]: row for row in _rows(marts, "from publication_seeds", {})}
    shipped = []
    used = ",".join(
        row["configured_by"] for row in _rows(marts, "from kpi_catalog", {}) if row["kpi_id"] in kpi_ids
    ).split(",")
    for seed, words in SETTINGS.items():
        own_rows = rows.get(seed, {}).get("own_rows")
        is_used = has_target if seed == "kpi_targets" else seed in used
        if is_used and own_rows is not None and own_rows < rows[seed]["row_count"]:
            shipped.append(f"some {words}" if own_rows else words)
    return shipped


def _check_tables(settings: Settings, marts: Connection, names: set[str], *, to_date: bool) -> None:
    wanted = {"publication", "kpi_values", "kpi_catalog", "dim_periods"} | ({"kpi_daily"} if to_date else set())
    if missing := wanted - names:
        raise CxmartError(
            f"{settings.marts_file} has no {', '.join(sorted(missing))}; run `cxmart build` and `cxmart publish`",
            ExitCode.WAREHOUSE,
        )
    if not {"is_headline", "display_unit"} <= set(columns_of(marts, "marts", "main", "kpi_catalog")):
        raise CxmartError(
            f"{settings.marts_file} was published by an older cxmart; run `cxmart build` and `cxmart publish`",
            ExitCode.WAREHOUSE,
        )


def _read_slice(marts: Connection, text: str | None) -> tuple[str, str | None]:
    """Tell the slice, and the value of it that is wanted; None for all of them."""
    if text is None or text in ("overall", "overall=all"):
        return "overall", "all"
    name, equals, value = (part.strip() for part in text.partition("="))
    slices: dict[str, None] = {}
    of_people: set[str] = set()
    for row in _rows(marts, "select slices, people_slices from kpi_catalog order by kpi_order nulls last", {}):
        slices |= dict.fromkeys(row["slices"].split(","))
        of_people.update(row["people_slices"].split(","))
    del slices["overall"]
    if name not in slices:
        raise unknown_name("there is no slice", name, slices)
    known = [
        row[0]
        for row in marts.execute(
            "select distinct slice_value from kpi_values where slice = ? order by 1 nulls last", [name]
        ).fetchall()
    ]
    if not known:
        how = f"; `cxmart explain KPI --slice {name}=ID` tells of a single person" if name in of_people else ""
        raise CxmartError(f"there is nothing by {name} in what is published for everybody{how}", ExitCode.USAGE)
    if equals and value not in known:
        raise unknown_name(f"there is nothing for {name}", value, known)
    return name, value if equals else None


def _values_of_slice(marts: Connection, period: Period, slice_name: str) -> list[str]:
    rows = marts.execute(
        """
        select distinct slice_value from kpi_values
        where slice = ? and grain = ? and period_start = ? order by 1 nulls last
        """,
        [slice_name, period.grain, period.start],
    ).fetchall()
    return [value for (value,) in rows]


def _by_value(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    return {
        value: [{name: number for name, number in row.items() if name != "slice_value"} for row in cells]
        for value, cells in groupby(rows, key=lambda row: str(row["slice_value"]))
    }


def _shown_by_value(by_value: dict[str, list[Cell]]) -> dict[str, list[Cell]]:
    """Leave the headline KPIs, or all where the slice cuts none of them, of which there is something to show."""
    every = [cell for cells in by_value.values() for cell in cells]
    has_headline = any(cell.is_headline and cell.status != "no_data" for cell in every)
    told = {cell.kpi_id for cell in every if cell.status != "no_data"}
    return {
        value: [cell for cell in cells if cell.kpi_id in told and (cell.is_headline or not has_headline)]
        for value, cells in by_value.items()
        if any(cell.status != "no_data" for cell in cells if cell.is_headline or not has_headline)
    }


def _ordered(by_value: dict[str, list[Cell]]) -> dict[str, list[Cell]]:
    """Put the values with most to tell first, by the sample of the first KPI; what has no value last."""

    def place(value: str) -> tuple[bool, float]:
        return value == "(none)", -sum(cell.sample_size or 0 for cell in by_value[value][:1])

    return {value: by_value[value] for value in sorted(by_value, key=place)}


def _not_cut(marts: Connection, grain: str, slice_name: str) -> list[str]:
    rows = marts.execute(
        f"select title from kpi_catalog as catalog where {_HAS_GRAIN} and not {_HAS_SLICE} order by kpi_order",
        {"grain": grain, "slice": slice_name},
    ).fetchall()
    return [] if slice_name == "overall" else [title for (title,) in rows]


def _compared(cell: Cell, period: Period) -> Cell:
    """Say where a number is no measure beside the one before."""
    reason = None
    if period.is_to_date:
        days_before = (period.previous_end - period.previous_start).days
        if cell.grows_with_period and not cell.not_told and period.days != days_before:
            reason = OTHER_LENGTH
    elif not period.is_complete and cell.grows_with_period:
        reason = RUNNING
    # What was before had its window, most of this has it yet to come.
    if not period.is_complete and cell.window_days:
        reason = MATURING
    return replace(cell, not_compared=reason) if reason else cell


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


def _find_period(marts: Connection, publication: Publication, grain: str | None, first_day: date | None) -> Period:
    if first_day is None:
        grain, first_day, *_ = newest_period(marts, (grain,) if grain else DEFAULT_GRAINS)
    grain = str(grain)
    found = marts.execute(
        "select period_end, period_label, is_complete from dim_periods where grain = ? and period_start = ?",
        [grain, first_day],
    ).fetchone()
    if found:
        end, label, is_complete = found
        days = (end - first_day).days if is_complete else _days_over(publication, first_day)
        before = period_before(grain, first_day)
        return Period(
            grain=grain,
            label=label,
            start=first_day,
            end=end,
            is_complete=is_complete,
            is_to_date=False,
            days=days,
            previous_start=before,
            previous_end=before + timedelta(days=1) if grain == "day" else first_day,
            previous_label=_label_of(marts, grain, before),
        )
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


def _running_period(marts: Connection, publication: Publication, grain: str) -> Period | None:
    """Find the whole days of the running period, and as many of the one before; None where there is no whole day."""
    found = marts.execute(
        """
        select period_start, period_end, period_label from dim_periods
        where grain = ? and not is_complete order by period_start desc nulls last limit 1
        """,
        [grain],
    ).fetchone()
    if not found or not _days_over(publication, found[0]):
        return None
    start, end, label = found
    days, before = _days_over(publication, start), period_before(grain, start)
    return Period(
        grain=grain,
        label=label,
        start=start,
        end=end,
        is_complete=False,
        is_to_date=True,
        days=days,
        previous_start=before,
        # A shorter month has not as many.
        previous_end=min(before + timedelta(days=days), start),
        previous_label=_label_of(marts, grain, before),
    )


def _days_over(publication: Publication, start: date) -> int:
    """Count the days of a running period that are over: up to the local day of `as_of`."""
    today = date.fromisoformat(publication.as_of_local[:10]) if publication.as_of_local else start
    return max(0, (today - start).days)


def period_before(grain: str, start: date) -> date:
    """Tell where the period begins that one is compared with: of a day, the same weekday of the week before."""
    if grain in ("day", "week"):
        return start - timedelta(days=7)
    months = 12 * start.year + start.month - 1 - (3 if grain == "quarter" else 1)
    return date(months // 12, months % 12 + 1, 1)


def _label_of(marts: Connection, grain: str, start: date) -> str | None:
    found = marts.execute(
        "select period_label from dim_periods where grain = ? and period_start = ?", [grain, start]
    ).fetchone()
    return found[0] if found else None


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


def _cells_of(
    marts: Connection, period: Period, slice_name: str, slice_values: Sequence[str]
) -> list[Mapping[str, Any]]:
    """Read the cells of a period and of the one before, for each value of a slice every KPI that it cuts."""
    return _rows(
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


def _cells_to_date(
    marts: Connection, period: Period, slice_name: str, slice_values: Sequence[str]
) -> list[Mapping[str, Any]]:
    """Add up the whole days of the running period, and as many of the one before, of what days add up to.

    Medians are not among that. A share is told by overall's denominator, also on days on which its slice had nothing.
    """
    return _rows(
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


def _missing_tables(marts: Connection) -> dict[str, str]:
    """Tell which tables a KPI lacks that has no data for want of them."""
    return dict(
        marts.execute("select kpi_id, missing from kpi_coverage where source = 'all' and not is_covered").fetchall()
    )


def _standards_of(marts: Connection, period: Period) -> list[Standard]:
    """Read how the marketplaces judge on the period's last day, or on the newest whole day of one that is not over."""
    rows = _rows(
        marts,
        """
        with days as (
            select local_date, bool_or(maturity = 'partial') as is_running
            from marketplace_standards
            where local_date >= $first_day and local_date < $end_day
            group by local_date
        )

        select
            standard_id,
            marketplace,
            kpi_id,
            unit,
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
        where local_date = (select local_date from days order by is_running, local_date desc nulls last limit 1)
        order by marketplace nulls last, standard_id nulls last, kpi_id nulls last
        """,
        {"first_day": period.start, "end_day": period.end},
    )
    return [Standard(**row) for row in rows]


def _rows(marts: Connection, query: str, parameters: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    cursor = marts.execute(query, parameters)
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
