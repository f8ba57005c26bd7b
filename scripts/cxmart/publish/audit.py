"""The audit before a publication: what of the published numbers would change, and whether that is to be published.

A cell of `kpi_values` that is `final` should not change any more. Each that does is listed in `kpi_revisions` with what
it said, what it says and why (reasons.py); where too many would change, or too many rows would be gone, the publication
stops until somebody accepts it. A new target alone restates no number, and is none of these changes.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cxmart.base.database import Connection, columns_of, literal, one_row, quoted, relations
from cxmart.base.errors import CxmartError, ExitCode
from cxmart.base.formats import count, duration
from cxmart.base.settings import Settings
from cxmart.build import freshness
from cxmart.build.findings import FINDINGS_TEST
from cxmart.landing import rejects
from cxmart.publish.cell_changes import (
    CHANGES,
    PARTS,
    REVISIONS,
    Publication,
    changed_settings,
    explain_changes,
    find_changes,
    make_revisions,
    record,
)

# A share of fewer rows says nothing.
LEAST_ROWS = 100
# What two files must have for their cells to be compared.
NEEDED = {
    "kpi_values": {
        "kpi_id", "kpi_version", "grain", "period_start", "period_start_at", "period_end_at", "slice", "slice_value",
        "maturity", *PARTS,
    },
    "kpi_catalog": {"kpi_id", "kpi_version", "kind", "window_days"},
    "publication": {"as_of", "sources", "reporting_timezone", "reporting_currency"},
}  # fmt: skip

# What raw held when the build was made.
RAW_STATE = "select source, table_name, row_count, rows_loaded, last_load_id from build.main.cxmart_build_raw"


@dataclass(frozen=True)
class LostRows:
    """A table that would have far fewer rows than it has."""

    table: str
    old_rows: int
    new_rows: int


@dataclass(frozen=True)
class Audit:
    """What a publication changes.

    `final_cells` were final before; of them, and of the cells that appear in periods that were final, `revised_cells`
    change, and `restated_cells` more since their KPI is defined anew. `by_reason` and `by_kpi` count the revised ones,
    the most first; a cell with two reasons is in both. `kept_revisions` counts the rows of kpi_revisions, the older
    ones too. `remarks` are sentences.
    """

    final_cells: int = 0
    revised_cells: int = 0
    restated_cells: int = 0
    kept_revisions: int = 0
    by_reason: dict[str, int] = field(default_factory=dict)
    by_kpi: dict[str, int] = field(default_factory=dict)
    lost_rows: list[LostRows] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @property
    def revised_share(self) -> float:
        """The share of final cells that are revised, from 0 to 1: with those that appear, more may change than were."""
        return self.revised_cells / max(self.final_cells, self.revised_cells, 1)


def audit_build(
    connection: Connection,
    settings: Settings,
    publication: Publication,
    *,
    tables: Collection[str],
    has_previous: bool,
    erased: Collection[str] = (),
) -> Audit:
    """Compare a build with what is published, and make the table kpi_revisions of the new file.

    Args:
        connection: the new file, with the build attached as `build` and what is published as `previous`.
        settings: for limits.
        publication: the one to come.
        tables: the tables that will be published.
        has_previous: whether anything is published.
        erased: ids of a person who was erased; nothing may name them.

    Returns:
        How they differ.
    """
    make_revisions(connection, has_previous=has_previous, erased=erased)
    if not has_previous:
        return Audit()
    remarks = []
    lost_rows = _lost_rows(connection, settings, tables)
    counts = (0, 0, 0)
    if missing := _missing(connection, tables):
        remarks.append(f"cells were not compared with what was published before: {missing}")
    else:
        remarks += changed_settings(connection)
        find_changes(connection, "build.marts", _as_of_of_build(connection))
        explain_changes(connection, settings, is_erasure=bool(erased))
        counts = record(connection, publication, erased)
    return _summary(connection, counts, lost_rows, remarks)


def audit_rollback(connection: Connection, publication: Publication) -> Audit:
    """Compare a version that is put back with what is published, and bring its table kpi_revisions up to date.

    Args:
        connection: a copy of the version's file, with what is published as `previous` where anything is.
        publication: the one to come.

    Returns:
        How they differ.
    """
    has_previous = "previous" in {row[0] for row in connection.execute("show databases").fetchall()}
    if not has_previous:
        (kept,) = one_row(connection, f"select count(*) from main.{REVISIONS}")
        return Audit(kept_revisions=kept)
    connection.execute(f"drop table main.{REVISIONS}")
    make_revisions(connection, has_previous=True, erased=())
    (as_of,) = one_row(connection, "select as_of from main.publication")
    find_changes(connection, "main", as_of)
    connection.execute(f"update {CHANGES} set reason = 'rollback'")
    return _summary(connection, record(connection, publication, ()), [], [])


def raise_for_revisions(connection: Connection, settings: Settings, audit: Audit, *, is_accepted: bool) -> None:
    """Stop a publication that changes too much.

    The cells that it would change are kept in the build, in `failures.kpi_revisions`, for who has to decide.

    Args:
        connection: the new file, with the build attached as `build`.
        settings: for the limits.
        audit: what it changes.
        is_accepted: whether somebody has accepted that.

    Raises:
        CxmartError: it changes too much, and nobody has accepted it.
    """
    causes = []
    if audit.final_cells and audit.revised_share > settings.max_revised_share:
        reasons_found = ", ".join(f"{reason} {count(cells)}" for reason, cells in audit.by_reason.items())
        kpis = ", ".join(f"{kpi_id} {count(cells)}" for kpi_id, cells in list(audit.by_kpi.items())[:3])
        causes.append(
            f"{count(audit.revised_cells)} of {count(audit.final_cells)} final cells of KPIs would change "
            f"({100 * audit.revised_share:.1f} %, CXMART_MAX_REVISED_SHARE allows "
            f"{100 * settings.max_revised_share:g} %; reasons: {reasons_found}; most of them of {kpis})"
        )
        causes[-1] += "".join(f"; {remark}" for remark in audit.remarks)
    causes += [
        f"{lost.table} would have {count(lost.new_rows)} rows instead of {count(lost.old_rows)} "
        f"(CXMART_MAX_LOST_SHARE allows a loss of {100 * settings.max_lost_share:g} %)"
        for lost in audit.lost_rows
    ]
    if not causes or is_accepted:
        return
    where = ""
    if audit.revised_cells:
        _keep_in_build(connection, settings)
        where = f"; the cells are listed in failures.kpi_revisions of {settings.build_file}"
    raise CxmartError(
        f"the audit stopped the publication: {'; '.join(causes)}{where}; what was published stays; if the change is "
        "right, run `cxmart publish --accept-revisions`",
        ExitCode.AUDIT,
    )


def raise_for_ages(ages: Collection[freshness.SourceAge]) -> None:
    """Stop a publication of data that is too old.

    Raises:
        CxmartError: a source is past the limit that its YAML sets as `error_after`.
    """
    for age in ages:
        if age.state == freshness.TOO_LATE:
            raise CxmartError(
                f"{_age(age)}, more than its YAML allows (error_after: {duration(age.error_after_seconds or 0)}), so "
                "nothing was published; land newer files, or raise the limit",
                ExitCode.STALE,
            )


def audit_warnings(
    settings: Settings,
    run: dict[str, Any],
    audit: Audit,
    ages: Collection[freshness.SourceAge],
) -> list[str]:
    """Say what who reads the publication should know of it, in sentences without a full stop."""
    found = list(audit.remarks)
    open_rejects = rejects.by_source(rejects.count_open(settings))
    found += _warned_tests(run)
    found += [
        f"{_age(age)}, more than its YAML expects ({duration(age.warn_after_seconds or age.error_after_seconds or 0)})"
        for age in ages
        if age.state in (freshness.LATE, freshness.TOO_LATE)
    ]
    found += [
        f"{age.source} has no data, though its YAML says how old they may be"
        for age in ages
        if age.state == freshness.NO_DATA
    ]
    found += [
        f"{count(rows)} rows of {count(files)} files of {source} did not land (`cxmart rejects {source}`)"
        for source, (rows, files, _) in open_rejects.items()
        if rows
    ]
    found += [
        f"{count(values)} values of rows of {source} did not land, and are empty (`cxmart rejects {source}`)"
        for source, (_, _, values) in open_rejects.items()
        if values
    ]
    found += [
        f"{count(rows)} rows of {source} gave way to another one with the same key that is something else"
        for source, rows in rejects.count_conflicting(settings).items()
    ]
    if audit.final_cells and audit.revised_share > settings.max_revised_share:
        found.append(f"{100 * audit.revised_share:.1f} % of the cells that were final changed")
    found += [
        f"{lost.table} has {count(lost.new_rows)} rows instead of {count(lost.old_rows)}" for lost in audit.lost_rows
    ]
    return found


def _warned_tests(run: dict[str, Any]) -> list[str]:
    """Name the data tests that warned, what that means, and where to look."""
    named: list[tuple[str, int]] = run.get("warned", [])
    if not named and run["tests_warned"]:
        tests = "data test" if run["tests_warned"] == 1 else "data tests"
        return [f"{count(run['tests_warned'])} {tests} warned"]
    told = []
    for name, rows in named:
        if name == FINDINGS_TEST:
            found = "oddity" if rows == 1 else "oddities"
            told.append(f"{count(rows)} {found} of the data, which the table findings lists (data test {name})")
        else:
            told.append(f"data test {name} warned of {count(rows)} {'row' if rows == 1 else 'rows'}")
    return told


def _age(age: freshness.SourceAge) -> str:
    return f"the newest data of {age.source} is {duration(age.age_seconds or 0)} old"


def _as_of_of_build(connection: Connection) -> datetime | None:
    (as_of,) = one_row(connection, "select as_of from build.intermediate.int_warehouse__as_of")
    return as_of if isinstance(as_of, datetime) else None


def _missing(connection: Connection, tables: Collection[str]) -> str | None:
    """Say what keeps the cells from being compared."""
    for table, needed in NEEDED.items():
        if table != "publication" and table not in tables:
            return f"the build has no {table}"
        if needed - columns_of(connection, "previous", "main", table).keys():
            return "they are of an older layout"
    return None


def _lost_rows(connection: Connection, settings: Settings, tables: Collection[str]) -> list[LostRows]:
    """Find the tables that would have far fewer rows, or be gone."""
    there = {name for schema, name in relations(connection, "previous") if schema == "main"}
    if "publication_tables" not in there:
        return []
    old = connection.execute(
        "select table_name, row_count from previous.main.publication_tables where row_count >= ? order by table_name",
        [LEAST_ROWS],
    ).fetchall()
    lost = []
    for table, old_rows in old:
        if table == REVISIONS or table.startswith("publication"):
            continue
        (new_rows,) = (
            one_row(connection, f"select count(*) from build.marts.{quoted(table)}") if table in tables else (0,)
        )
        if old_rows - new_rows > settings.max_lost_share * old_rows:
            lost.append(LostRows(table, old_rows, new_rows))
    return lost


def _summary(
    connection: Connection, counts: tuple[int, int, int], lost_rows: list[LostRows], remarks: list[str]
) -> Audit:
    by: dict[str, dict[str, int]] = {"reason": {}, "kpi_id": {}}
    final, revised, restated = counts
    if revised:
        for column, found in by.items():
            found.update(
                connection.execute(
                    f"select one, count(*) as cells from (select unnest(string_split({column}, ',')) as one "
                    f"from {CHANGES} where not is_restatement) group by one order by cells desc, one"
                ).fetchall()
            )
    (kept,) = one_row(connection, f"select count(*) from main.{REVISIONS}")
    return Audit(final, revised, restated, kept, by["reason"], by["kpi_id"], lost_rows, remarks)


def _keep_in_build(connection: Connection, settings: Settings) -> None:
    """Write the revisions that were stopped into the build, which is attached for reading only until now."""
    connection.execute("detach build")
    connection.execute(f"attach {literal(str(settings.build_file))} as build")
    connection.execute("create schema if not exists build.failures")
    connection.execute(
        f"create or replace table build.failures.{REVISIONS} as select * exclude (change_id) from {CHANGES} "
        "order by kpi_id, grain, period_start_at, slice, slice_value"
    )
    connection.execute("detach build")
