"""Where a number comes from: the observations behind one cell of the published KPIs, added up again."""

import json
import math
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from cxmart.base import formats
from cxmart.base.database import Connection, attach, literal, missing_file, one_row, opened, quoted, relations
from cxmart.base.errors import CxmartError, ExitCode, shortened
from cxmart.base.settings import Settings
from cxmart.base.suggestions import unknown_name
from cxmart.build.build_record import finished_run
from cxmart.report import scorecard

# What a spreadsheet would take for a formula.
FORMULA = r"^[=+\-@\t\r]"

HOUR = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d")
INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d)(:\d\d)?Z")

# How DuckDB writes down a view of a KPI.
VIEW = re.compile(r"^create view (\w+\.)?kpis\.", re.IGNORECASE)

_PUBLICATION_OF_BUILD = """
    create temp view publication as
    select now.as_of, run.sources, run.reporting_timezone, run.reporting_currency
    from build.main.cxmart_build as run
    cross join build.intermediate.int_warehouse__as_of as now
"""

_NEEDED = {"kpi_values", "kpi_catalog", "kpi_slices", "dim_periods", "kpi_exclusion_reasons"}


@dataclass(frozen=True)
class Period:
    """A period of `dim_periods`: its local dates [start, end), and the same as instants in UTC."""

    grain: str
    label: str
    start: date
    end: date
    start_at: datetime
    end_at: datetime


@dataclass(frozen=True)
class Observation:
    """A row of a KPI's view. `observation_id` is as the source has it, `measured_at` is in UTC, `subject_id` the person
    where people count once.

    `part` is `period`, or `before` for what a retained subject did in the period before; of what was left out it is the
    same. Numbers are in the KPI's unit; None where the KPI has no such part.
    """

    observation_id: str | None
    source: str | None
    measured_at: datetime | None
    measured_at_local: str | None
    subject_id: str | None
    part: str
    numerator: float | None
    denominator: float | None


@dataclass(frozen=True)
class LeftOut:
    """What was left out for one reason: how many observations, of them how many at an unknown time (these would be in
    no period), and the first of them.
    """

    reason: str
    meaning: str
    count: int
    count_without_time: int
    observations: list[Observation]


@dataclass(frozen=True)
class Figures:
    """A cell's numbers, in the KPI's unit; `median` and `p90` of durations, in seconds."""

    numerator: float | None
    denominator: float | None
    value: float | None
    median: float | None = None
    p90: float | None = None


@dataclass(frozen=True)
class Explanation:
    """A cell of `kpi_values` and what it is made of.

    `published` are the mart's figures (None where it has no such cell; the build's where `is_of_build`), `added` those
    that the observations add up to; both are empty where the cell is withheld. `words` are the descriptions of the
    view's columns. `stretches_in` names the fact that lists what a stock holds, each since when it is in it. `note`
    says of which build the number is where that is not plain. `shipped` is what of the settings that it goes by is not
    the brand's own.
    """

    kpi_id: str
    title: str
    definition: str
    kind: str
    is_divided: bool
    largest_first: bool
    stretches_in: str | None
    display_unit: str
    period: Period
    slice_name: str
    slice_value: str
    status: str
    maturity: str | None
    target_lower: float | None
    target_upper: float | None
    sample_size: int | None
    min_sample: int
    is_withheld: bool
    is_confidential: bool
    published: Figures | None
    added: Figures
    observation_count: int
    observations: list[Observation]
    left_out: list[LeftOut]
    words: dict[str, str]
    publication: scorecard.Publication
    run_id: str
    is_of_build: bool = False
    note: str | None = None
    shipped: list[str] = field(default_factory=list)

    @property
    def why(self) -> str:
        """Why the status is what it is, in a sentence, and whether the numbers are those so far."""
        unit, currency = self.display_unit, self.publication.reporting_currency
        time_unit, number = "", self.published.value if self.published else None
        value = formats.number(number, unit, currency)
        if unit == "s":
            time_unit = formats.one_unit((self.added.median, number), (self.added.p90,))
            value = f"a mean of {formats.in_unit(number, time_unit)}"
        target = formats.target(self.target_lower, self.target_upper, unit, currency, time_unit)
        ends = (
            f"{self.period.label} is not over: it ends {self._local_end}, the data reach {self.publication.as_of_local}"
        )
        reasons = {
            "no_data": "there is nothing to divide by" if self.published else "there is no such cell",
            "too_few": f"{formats.count(self.sample_size or 0)} observed, {self.min_sample} are the least to be judged",
            "no_target": "no target is set for it (kpi_targets)",
            "partial": f"{ends}; until then the target {target} judges nothing",
            "ok": f"{value} keeps the target {target}",
            "breach": f"{value} does not keep the target {target}",
        }
        reason = reasons.get(self.status, "")
        if self.is_withheld:
            reason = "withheld, as it would tell of too few people"
        so_far = f". {ends}; these are the numbers so far" if self.maturity == "partial" != self.status else ""
        return f"{self.status}: {reason}{so_far}"

    @property
    def _local_end(self) -> str:
        if self.period.grain == "hour":
            return f"{self.period.end_at:%Y-%m-%dT%H:%MZ}"
        return f"at the end of {self.period.end - timedelta(days=1)}"

    @property
    def agrees(self) -> bool:
        """Whether the observations add up to what is published; a cell that is not there has nothing in it."""
        if self.is_withheld:
            return True
        published = self.published or Figures(0.0, 0.0 if self.is_divided else None, None)
        pairs = [(published.numerator, self.added.numerator), (published.denominator, self.added.denominator)]
        if self.published:
            pairs += [
                (self.published.value, self.added.value),
                (self.published.median, self.added.median),
                (self.published.p90, self.added.p90),
            ]
        return all(_is_same(one, other) for one, other in pairs)

    def as_json(self) -> dict[str, Any]:
        """Give it as data that JSON can hold; instants as ISO 8601 in UTC."""
        content = asdict(self)
        content["agrees"] = self.agrees
        content["why"] = self.why
        return {name: _plain(value) for name, value in content.items()}


@dataclass(frozen=True)
class _Cell:
    kpi: Mapping[str, Any]
    period: Period
    slice_name: str
    slice_value: str
    slice_form: str
    row: Mapping[str, Any] | None = field(default=None)


@contextmanager
def explaining(settings: Settings, *, of_build: bool = False) -> Iterator["Explainer"]:
    """Open what numbers are explained from: the published file that has every slice, and the build with KPIs' views.

    Where the last build is not the published one, since the audit stopped it, a test failed or nobody published it yet,
    its views are laid over the published facts: the number that people read stays explained.

    Args:
        settings: where the files are.
        of_build: explain the numbers of the last build instead, published or not.

    Yields:
        What explains any number of cells.

    Raises:
        CxmartError: nothing is published, or the build is missing or unfinished.
    """
    if of_build:
        with opened(settings.build_file, settings, read_only=True) as build:
            run_id = finished_run(build, settings)["run_id"]
            _check_tables(
                settings.build_file, {name for schema, name in relations(build, "build") if schema == "marts"}
            )
            build.execute("use build.marts")
            build.execute(_PUBLICATION_OF_BUILD)
            yield Explainer(build, run_id, of_build=True)
        return
    published = settings.people_file
    if not published.exists():
        raise missing_file(published, settings)
    with opened(published, settings, read_only=True) as marts:
        names = {name for _, name in relations(marts)}
        _check_tables(published, names if "publication" in names else set())
        if not settings.build_file.exists():
            raise CxmartError(
                f"{settings.build_file} does not exist, and the observations are there alone; "
                "run `cxmart build` and `cxmart publish`",
                ExitCode.WAREHOUSE,
            )
        attach(marts, settings.build_file, "build")
        (published_run,) = one_row(marts, "select run_id from publication")
        built_run = _run_of_build(marts, settings)
        if built_run == published_run:
            yield Explainer(marts, published_run)
            return
        versions = _versions(marts, "build.marts.kpi_catalog")
        _lay_views_over_published(marts, settings)
        yield Explainer(marts, published_run, unpublished_run=built_run, versions=versions)


def _check_tables(file: Path, names: set[str]) -> None:
    if missing := _NEEDED - names:
        raise CxmartError(
            f"{file} has no {', '.join(sorted(missing))}; run `cxmart build` and `cxmart publish`", ExitCode.WAREHOUSE
        )


def _run_of_build(marts: Connection, settings: Settings) -> str:
    """Tell the run of the attached build; the views of one whose tests failed will do, those of a part of one not."""
    try:
        return str(finished_run(marts, settings)["run_id"])
    except CxmartError:
        if ("main", "cxmart_build") not in relations(marts, "build"):
            raise
        rows = marts.execute("select run_id, is_complete and nodes_failed > 0 from build.main.cxmart_build").fetchall()
        if len(rows) != 1 or not rows[0][1]:
            raise
        return str(rows[0][0])


def _versions(marts: Connection, catalog: str) -> dict[str, Any]:
    """Give the version of each KPI's definition; none where a catalogue does not tell them."""
    rows = marts.execute(f"select row_to_json(each_kpi) from {catalog} as each_kpi").fetchall()
    return {row["kpi_id"]: row.get("version") for row in (json.loads(text) for (text,) in rows)}


def _lay_views_over_published(marts: Connection, settings: Settings) -> None:
    """Put a database in memory in the place of `build`: its facts are the published ones, its views the build's.

    A view that reads what is not published, or no more has the columns that it reads, is left out.
    """
    marts.execute("detach build")
    attach(marts, settings.build_file, "unpublished")
    views = marts.execute(
        "select view_name, sql from duckdb_views() where database_name = 'unpublished' and schema_name = 'kpis'"
    ).fetchall()
    comments = marts.execute(
        "select table_name, column_name, comment from duckdb_columns() "
        "where database_name = 'unpublished' and schema_name = 'kpis' and comment is not null"
    ).fetchall()
    marts.execute("attach ':memory:' as build (read_write)")
    marts.execute("create schema build.marts; create schema build.kpis")
    catalog = quoted(one_row(marts, "select current_database()")[0])
    for _, name in relations(marts):
        marts.execute(f"create view build.marts.{quoted(name)} as from {catalog}.main.{quoted(name)}")
    laid = set()
    for name, sql in views:
        with suppress(duckdb.Error):
            marts.execute(VIEW.sub("create view build.kpis.", sql, count=1))
            laid.add(name)
    for name, column, words in comments:
        if name in laid:
            marts.execute(f"comment on column build.kpis.{quoted(name)}.{quoted(column)} is {literal(words)}")


class Explainer:
    """Explains cells of one publication; `marts` is the connection to it, `kpis` are the rows of its catalogue."""

    def __init__(
        self,
        marts: Connection,
        run_id: str,
        *,
        of_build: bool = False,
        unpublished_run: str | None = None,
        versions: Mapping[str, Any] | None = None,
    ) -> None:
        """Take a connection to the published file with its build attached as `build`.

        Args:
            marts: the connection.
            run_id: the run whose numbers are explained.
            of_build: it is to the build itself, published or not.
            unpublished_run: the run of the last build, where `build` has but its views over the published facts.
            versions: the versions of the KPIs' definitions in that build.
        """
        self.marts = marts
        self._run_id = run_id
        self._of_build = of_build
        self._unpublished_run = unpublished_run
        self._versions_of_views = versions or {}
        self._publication = scorecard.read_publication(marts)
        self.kpis = {row["kpi_id"]: row for row in self._rows("select * from kpi_catalog order by kpi_order")}
        self._slice_forms = {
            (row["kpi_id"], row["slice"]): row["slice_form"] for row in self._rows("select * from kpi_slices")
        }
        # What each column of a relation is, by its schema and name.
        self._columns_of: dict[tuple[str, str], dict[str, str | None]] = defaultdict(dict)
        for schema, relation, column, words in marts.execute(
            "select schema_name, table_name, column_name, comment from duckdb_columns() "
            "where database_name = 'build' and schema_name in ('kpis', 'marts')"
        ).fetchall():
            self._columns_of[schema, relation][column] = words

    def explain(
        self,
        kpi_id: str,
        period: str | None = None,
        slice_text: str | None = None,
        limit: int | None = 20,
        csv_file: Path | None = None,
    ) -> Explanation:
        """Explain a cell.

        Args:
            kpi_id: the KPI, as in `kpi_catalog`.
            period: a day, week, month or quarter as `parse_period` takes it, or an hour 2026-03-05 14:00; by default
                the newest complete month, or quarter where the KPI has no months.
            slice_text: a slice and its value, `channel=email`; by default overall.
            limit: how many observations to list; None for all.
            csv_file: where to write all of them, those left out too; an existing file is replaced.

        Raises:
            CxmartError: there is no such KPI, period or slice; the file can't be written.
        """
        by_title = {str(row["title"]).lower(): name for name, row in self.kpis.items()}
        kpi_id = by_title.get(kpi_id.strip().lower(), kpi_id)
        if kpi_id not in self.kpis:
            raise unknown_name("there is no KPI", kpi_id, self.kpis)
        self._check_view(self.kpis[kpi_id])
        cell = self._find_cell(self.kpis[kpi_id], period, slice_text)
        kpi = cell.kpi
        self._collect(cell)
        is_confidential = kpi["withheld_by"] is not None
        is_withheld = bool(cell.row and is_confidential and cell.row["numerator"] is None)
        count, added = self._added(kpi)
        explanation = Explanation(
            kpi_id=kpi_id,
            title=cell.kpi["title"],
            definition=cell.kpi["definition"],
            kind=kpi["kind"],
            is_divided=kpi["is_divided"],
            largest_first=kpi["largest_first"],
            stretches_in=cell.kpi["stretches_in"],
            display_unit=kpi["display_unit"],
            period=cell.period,
            slice_name=cell.slice_name,
            slice_value=cell.slice_value,
            status=cell.row["status"] if cell.row else "no_data",
            maturity=cell.row["maturity"] if cell.row else None,
            target_lower=cell.row["target_lower"] if cell.row else None,
            target_upper=cell.row["target_upper"] if cell.row else None,
            sample_size=cell.row["sample_size"] if cell.row else None,
            min_sample=cell.kpi["min_sample"],
            is_withheld=is_withheld,
            is_confidential=is_confidential,
            published=Figures(*(cell.row[name] for name in ("numerator", "denominator", "value", "median", "p90")))
            if cell.row
            else None,
            added=Figures(None, None, None) if is_withheld else added,
            observation_count=0 if is_withheld else count,
            observations=[]
            if is_confidential
            else self._listed("reason is null", limit, largest_first=kpi["largest_first"]),
            left_out=[] if is_withheld else self._left_out(limit, with_examples=not is_confidential),
            words=self._words(cell.kpi),
            publication=self._publication,
            run_id=self._run_id,
            is_of_build=self._of_build,
            note=self._note,
            shipped=self._shipped(cell),
        )
        if csv_file:
            if is_confidential:
                raise CxmartError(
                    f"the answers behind {kpi_id} were given in confidence: there is no list of them", ExitCode.USAGE
                )
            self._export(csv_file, largest_first=kpi["largest_first"])
        return explanation

    def _check_view(self, kpi: Mapping[str, Any]) -> None:
        """Refuse a KPI whose observations are in an unpublished build alone."""
        kpi_id, why = kpi["kpi_id"], ""
        if self._unpublished_run is None:
            return
        if not kpi["stretches_in"] and not self._columns_of["kpis", kpi_id]:
            why = f"what {kpi_id} is made of lies in the build alone"
        elif self._versions_of_views.get(kpi_id) != kpi.get("version"):
            why = f"{kpi_id} is defined anew there"
        if why:
            raise CxmartError(
                f"the last build is not the build that is published: it is of run {self._unpublished_run}, the "
                f"published of run {self._run_id}, and {why}; `cxmart explain {kpi_id} --build` explains the number of "
                "the build, and after `cxmart publish` (with --accept-revisions where the audit stopped it) it is the "
                "published one",
                ExitCode.WAREHOUSE,
            )

    @property
    def _note(self) -> str | None:
        if self._of_build:
            return f"This is the number of the last build, run {self._run_id}, whether it is published or not."
        if self._unpublished_run is None:
            return None
        return (
            f"The last build, run {self._unpublished_run}, is not published. This is the published number, from the "
            "facts published with it; --build explains that of the build."
        )

    def _shipped(self, cell: _Cell) -> list[str]:
        if not cell.row:
            return []
        has_target = cell.row["target_lower"] is not None or cell.row["target_upper"] is not None
        names = {name for _, name in relations(self.marts)}
        return scorecard.shipped_of(self.marts, names, {cell.kpi["kpi_id"]}, has_target=has_target)

    # Which cell

    def _find_cell(self, kpi: Mapping[str, Any], period_text: str | None, slice_text: str | None) -> _Cell:
        slice_name, slice_value = self._read_slice(kpi, slice_text)
        period = self._find_period(kpi, period_text)
        slice_form = self._slice_forms[kpi["kpi_id"], slice_name]
        found = self._rows(
            "select * from kpi_values where kpi_id = ? and grain = ? and period_start_at = ? and slice = ? "
            "and slice_value = ?",
            [kpi["kpi_id"], period.grain, period.start_at, slice_name, slice_value],
        )
        if not found:
            self._check_slice_value(kpi["kpi_id"], slice_name, slice_value)
        return _Cell(kpi, period, slice_name, slice_value, slice_form, found[0] if found else None)

    def _read_slice(self, kpi: Mapping[str, Any], text: str | None) -> tuple[str, str]:
        if text is None or text in ("overall", "overall=all"):
            return "overall", "all"
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise CxmartError(
                f"'{shortened(text)}' is no slice; write its name and value, as in channel=email", ExitCode.USAGE
            )
        slices = kpi["slices"].split(",")
        if name.strip() not in slices:
            raise unknown_name(f"{kpi['kpi_id']} has no slice", name, slices, others="it has")
        return name.strip(), value

    def _check_slice_value(self, kpi_id: str, slice_name: str, slice_value: str) -> None:
        known = [
            row[0]
            for row in self.marts.execute(
                "select distinct slice_value from kpi_values where kpi_id = ? and slice = ? order by 1 nulls last",
                [kpi_id, slice_name],
            ).fetchall()
        ]
        if known and slice_value not in known:
            raise unknown_name(f"{kpi_id} has nothing for {slice_name}", slice_value, known, others="it has")

    def _find_period(self, kpi: Mapping[str, Any], text: str | None) -> Period:
        grains = kpi["grains"].split(",")
        columns = "grain, period_label, period_start, period_end, period_start_at, period_end_at"
        if text is None:
            wanted_grains = [name for name in (*scorecard.DEFAULT_GRAINS, "quarter") if name in grains]
            grain, start, *_ = scorecard.newest_period(self.marts, wanted_grains)
            found = self.marts.execute(
                f"select {columns} from dim_periods where grain = ? and period_start = ?", [grain, start]
            ).fetchall()
        elif HOUR.fullmatch(text) or INSTANT.fullmatch(text):
            grain = "hour"
            instant = INSTANT.fullmatch(text)
            condition = "strftime(period_start_at, '%Y-%m-%d %H:%M')" if instant else "period_label"
            wanted = f"{instant.group(1)} {instant.group(2)}" if instant else text.replace("T", " ")
            found = self.marts.execute(
                f"select {columns} from dim_periods where grain = 'hour' and {condition} = ? order by period_start_at",
                [wanted],
            ).fetchall()
            if len(found) > 1:
                starts = " or ".join(f"{row[4]:%Y-%m-%dT%H:%MZ}" for row in found)
                raise CxmartError(
                    f"{text} comes twice, as the clocks were set back; say which one by its begin in UTC: {starts}",
                    ExitCode.USAGE,
                )
        else:
            grain, start = scorecard.parse_period(text)
            found = self.marts.execute(
                f"select {columns} from dim_periods where grain = ? and period_start = ?", [grain, start]
            ).fetchall()
        if grain not in grains:
            raise CxmartError(
                f"{kpi['kpi_id']} has no cells a{'n' if grain == 'hour' else ''} {grain}; it has: {', '.join(grains)}",
                ExitCode.USAGE,
            )
        if not found:
            raise CxmartError(f"no data for {text}; `cxmart scorecard` tells the newest period", ExitCode.USAGE)
        return Period(*found[0])

    # What is in it

    def _collect(self, cell: _Cell) -> None:
        """Put the rows of a cell, those left out too, into the temporary table `cell_rows`.

        `reason` is null where a row counts; its numbers are those that it brings to the cell.
        """
        kpi, period = cell.kpi, cell.period
        relation, columns = self._relation(kpi)
        in_slice, parameters = self._slice_condition(cell, columns)
        numerator, denominator = "cast(numerator as double)", "cast(denominator as double)"
        observation_id, subject, at = "observation_id", "null", "measured_at"
        rows: dict[str, str] = {"period": f"{at} >= $start and {at} < $end"}
        parameters |= {"start": period.start_at, "end": period.end_at}
        if "subject_id" in columns:
            subject = "subject_id"
        if kpi["kind"] == "stock":
            day_start, day_end = self._last_day(period)
            parameters |= {"start": day_start, "end": day_end}
            if kpi["stretches_in"]:
                observation_id, at = "ticket_id", "starts_at"
                numerator, denominator = "cast(1 as double)", "cast(null as double)"
                rows = {"period": "starts_at < $end and coalesce(ends_at >= $end, true)"}
                del parameters["start"]
        elif kpi["kind"] == "retained":
            before = self._period_before(period)
            if before:
                rows["before"] = f"{at} >= $start_before and {at} < $start"
                parameters["start_before"] = before
        elif kpi["kind"] == "per_period":
            rows["period"] += " and only_grain = $grain"
            parameters["grain"] = period.grain
        if "only_slice" in columns:
            in_slice += " and only_slice is not distinct from $only_slice"
            parameters["only_slice"] = cell.slice_name if cell.slice_form == "own_rows" else None
        kept = in_slice
        if cell.slice_form == "share":
            # Told by all observations: those of other values bring nothing but their denominator.
            numerator, kept = f"case when {in_slice} then {numerator} else 0 end", "true"
        selects = [
            f"""
            select
                cast({observation_id} as varchar) as observation_id,
                cast(source as varchar) as source,
                {at} as measured_at,
                cast({subject} as varchar) as subject_id,
                {literal(part)} as part,
                exclusion_reason as reason,
                {numerator} as numerator,
                {denominator} as denominator
            from {relation}
            where ({condition} or (exclusion_reason is not null and {at} is null)) and {kept}
            """
            for part, condition in rows.items()
        ]
        self.marts.execute(f"create or replace temp table cell_rows as {' union all '.join(selects)}", parameters)

    def _relation(self, kpi: Mapping[str, Any]) -> tuple[str, set[str]]:
        """Tell where a KPI's rows are, and the columns there."""
        schema, name = ("marts", kpi["stretches_in"]) if kpi["stretches_in"] else ("kpis", kpi["kpi_id"])
        return f"build.{schema}.{quoted(name)}", set(self._columns_of[schema, name])

    def _slice_condition(self, cell: _Cell, columns: set[str]) -> tuple[str, dict[str, Any]]:
        if cell.slice_name == "overall":
            return "true", {}
        if cell.slice_name not in columns:
            raise CxmartError(f"the rows of {cell.kpi['kpi_id']} have no column {cell.slice_name}; build anew")
        return f"coalesce(cast({quoted(cell.slice_name)} as varchar), '(none)') = $slice_value", {
            "slice_value": cell.slice_value
        }

    def _last_day(self, period: Period) -> tuple[datetime, datetime]:
        """Give the bounds of the day whose end a stock tells of: the last, or the newest of an unfinished period."""
        start_at, end_at = one_row(
            self.marts,
            """
            select period_start_at, period_end_at from dim_periods
            where grain = 'day' and period_start >= ? and period_start < ?
            order by period_start desc nulls last limit 1
            """,
            [period.start, period.end],
        )
        return start_at, end_at

    def _period_before(self, period: Period) -> datetime | None:
        (start_at,) = one_row(
            self.marts,
            "select max(period_start_at) from dim_periods where grain = ? and period_start < ?",
            [period.grain, period.start],
        )
        return start_at if isinstance(start_at, datetime) else None

    def _added(self, kpi: Mapping[str, Any]) -> tuple[int, Figures]:
        """Count the observations, and add their rows up, as decimals: then their order does not matter."""
        exact = "coalesce(cast(sum(cast({} as decimal(38, 12))) as double), 0)"
        if kpi["kind"] == "distinct":
            numerator = "cast(count(distinct subject_id) filter (numerator > 0) as double)"
            denominator = "cast(count(distinct subject_id) filter (denominator > 0) as double)"
        elif kpi["kind"] == "retained":
            numerator = """cast(count(distinct subject_id) filter (
                part = 'before' and subject_id in (
                    select subject_id from cell_rows where part = 'period' and reason is null
                )
            ) as double)"""
            denominator = "cast(count(distinct subject_id) filter (part = 'before') as double)"
        else:
            numerator, denominator = exact.format("numerator"), exact.format("denominator")
        percentiles = "null, null"
        if kpi["kind"] == "duration":
            percentiles = "quantile_cont(numerator, 0.5), quantile_cont(numerator, 0.9)"
        count, numerator_sum, denominator_sum, median, p90 = one_row(
            self.marts,
            f"select count(distinct observation_id), {numerator}, {denominator}, {percentiles} "
            "from cell_rows where reason is null",
        )
        if not kpi["is_divided"]:
            return count, Figures(numerator_sum, None, numerator_sum)
        value = numerator_sum / denominator_sum if denominator_sum else None
        return count, Figures(numerator_sum, denominator_sum, value, median, p90)

    def _listed(
        self, condition: str, limit: int | None, *parameters: object, largest_first: bool = False
    ) -> list[Observation]:
        first = "numerator desc nulls last, " if largest_first else ""
        rows = self.marts.execute(
            f"""
            select {self._columns()}
            from cell_rows
            where {condition}
            order by {first}part desc, measured_at nulls last, observation_id nulls last, subject_id nulls last
            {"" if limit is None else f"limit {int(limit)}"}
            """,
            list(parameters),
        ).fetchall()
        return [Observation(*row) for row in rows]

    def _columns(self) -> str:
        zone = literal(self._publication.reporting_timezone)
        return f"""
            {_as_in_source("observation_id")} as observation_id,
            source,
            measured_at,
            strftime(timezone({zone}, timezone('UTC', measured_at)), '%Y-%m-%d %H:%M:%S') as measured_at_local,
            {_as_in_source("subject_id")} as subject_id,
            part,
            numerator,
            denominator
        """

    def _left_out(self, limit: int | None, *, with_examples: bool) -> list[LeftOut]:
        rows = self.marts.execute(
            """
            select
                cell_rows.reason,
                coalesce(any_value(reasons.meaning), '') as meaning,
                count(distinct cell_rows.observation_id) as observations,
                count(distinct cell_rows.observation_id) filter (cell_rows.measured_at is null) as without_time
            from cell_rows
            left join kpi_exclusion_reasons as reasons on cell_rows.reason = reasons.exclusion_reason
            where cell_rows.reason is not null
            group by cell_rows.reason
            order by observations desc, cell_rows.reason nulls last
            """
        ).fetchall()
        return [
            LeftOut(
                reason=reason,
                meaning=meaning,
                count=count,
                count_without_time=without_time,
                observations=self._listed("reason = ?", limit, reason) if with_examples else [],
            )
            for reason, meaning, count, without_time in rows
        ]

    def _words(self, kpi: Mapping[str, Any]) -> dict[str, str]:
        words = {name: text for name, text in self._columns_of["kpis", kpi["kpi_id"]].items() if text}
        if kpi["stretches_in"]:
            words["observation_id"] = f"The ticket, since when it is in the stock ({kpi['stretches_in']})."
        return words

    def _export(self, path: Path, *, largest_first: bool) -> None:
        """Write all rows; no cell can start a formula. The file is there whole or not at all."""
        first = "numerator desc nulls last, " if largest_first else ""
        temporary = path.with_name(f"{path.name}.tmp")
        if not path.parent.is_dir():
            raise CxmartError(f"{path.parent} is no folder; make it, or name another file", ExitCode.STORAGE)
        safe = ", ".join(
            f"case when regexp_matches({name}, {literal(FORMULA)}) then '''' || {name} else {name} end as {name}"
            for name in ("observation_id", "source", "subject_id")
        )
        try:
            self.marts.execute(
                f"""
                copy (
                    select
                        {safe},
                        measured_at as measured_at_utc,
                        measured_at_local,
                        part,
                        numerator,
                        denominator,
                        reason
                    from (select {self._columns()}, reason from cell_rows)
                    order by reason is not null, {first}part desc, measured_at nulls last, observation_id nulls last
                ) to {literal(str(temporary))} (format csv, header)
                """
            )
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)

    def _rows(self, query: str, parameters: list[Any] | None = None) -> list[dict[str, Any]]:
        cursor = self.marts.execute(query, parameters)
        names = [column[0] for column in cursor.description or []]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _as_in_source(column: str) -> str:
    """Write an id without its source: `desk:T1:2` is `T1:2`, `call:desk:L7` is `call:L7`."""
    return f"case when source is null then {column} else replace({column}, source || ':', '') end"


def _is_same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is None and other is None
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat() + "Z"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value
