"""Publishing: two new files are written beside the old ones, audited, checked, synced, and put in place.

`marts.duckdb` has no row about a single agent or person, `marts_people.duckdb` has everything (macros/audiences.sql
says which is which). Each file is replaced in one step, the people's first: what `marts.duckdb` says of itself is what
is published. The last ones are kept (versions.py).

The tables lie in schema `main` of a file: its catalog is called `marts` after the file, and a schema of the same name
would make `marts.<table>` ambiguous. So both `<table>` and `marts.<table>` work for who opens the file.
"""

import os
import re
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from cxmart import __version__
from cxmart.base.database import (
    Connection,
    attach,
    columns_of,
    literal,
    missing_file,
    one_row,
    opened,
    quoted,
    relations,
)
from cxmart.base.errors import CxmartError, DamagedFileError, ExitCode, translate
from cxmart.base.settings import Settings
from cxmart.build import freshness, landed_rows, seeds
from cxmart.landing import rejects
from cxmart.publish import versions
from cxmart.publish.audit import (
    RAW_STATE,
    REVISION_COMMENTS,
    Audit,
    Publication,
    audit_build,
    audit_rollback,
    audit_warnings,
    raise_for_ages,
    raise_for_revisions,
    seeds_of_build,
)

TEMPORARY_NAME = re.compile(r"marts(_people)?\.duckdb\.(\d+)\.tmp(\.wal|\.tmp)?")

SCHEMA = "main"
MARTS, PEOPLE = "marts", "marts_people"

# Columns that name a row of one ticket, order or person; a table for everybody may only have ids of things.
IDS_OF_THINGS = {
    "article_id", "product_id", "family_id", "kpi_id", "standard_id", "template_id", "run_id", "last_load_id"
}  # fmt: skip
PERSONAL_COLUMN = re.compile(r"(^|_)(id|key|email|hash|phone|respondent|assignee|agent|customer|person)$|agent_name")
SECRET_COLUMN = re.compile(r"(^|_)(e?mail|hash|hash_key)(_|$)")

PERIOD_COMMENTS = {
    "period_start": "The first local date of the period; of an hour, its day.",
    "period_start_at": "The instant at which the hour starts (UTC).",
    "is_complete": "Whether the period was over at `as_of`; a running one holds what there is so far.",
    "maturity": (
        "That of the least mature KPI of the row: partial (the period is not over), immature (it is over, but a value "
        "may still change of itself) or final."
    ),
    "immature_kpis": "The KPIs of a complete period that may still change of themselves, by commas; null for none.",
}
# What a wide view says of a period; all cells of one are partial, or none is.
COMPLETENESS = """
    , bool_and(maturity <> 'partial') as is_complete
    , case
        when bool_or(maturity = 'partial') then 'partial'
        when bool_or(maturity = 'immature') then 'immature'
        else 'final'
    end as maturity
    , string_agg(kpi_id, ',' order by kpi_id) filter (where maturity = 'immature') as immature_kpis
"""
TABLE_COMMENTS = {
    "publication": "One row: what this file was published from. Times are in UTC.",
    "publication_sources": "One row a source: how new its data was when this was published.",
    "publication_tables": "One row a table of this file: who may read what of it, and what it held when it was made.",
    "publication_seeds": "One row a seed with a checksum of its rows, the brand's own included.",
    "publication_raw": "One row a raw table: what it held when the build was made.",
    "kpi_revisions": (
        "One row a cell of kpi_values that was final and changed: what it said, what it says since, and why. "
        "Rows are kept for good."
    ),
}
COLUMN_COMMENTS = {
    "publication": {
        "run_id": "Id of the run that built it.",
        "version": "Name of this publication, by which `cxmart publish --rollback` knows it.",
        "restored_from": "The version that this one has put back; null where it is new.",
        "published_at": "When it was published.",
        "as_of": "The instant that the data tells of.",
        "data_age_seconds": "Seconds from the newest thing that happened in any source to the publication.",
        "sources": "The sources in it, separated by commas.",
        "reporting_timezone": "The zone whose days, weeks and months are reported (an IANA name).",
        "reporting_currency": "The currency of all money (an ISO 4217 code).",
        "tests_passed": "Number of data tests that the build passed.",
        "tests_warned": "Number of data tests that only warned.",
        "final_cells": "Number of cells that were final in the publication before.",
        "revised_cells": "How many of them changed; they are in kpi_revisions.",
        "restated_cells": "How many cells changed since the KPI is defined anew; they are there too.",
        "warnings": "What else is to be known of it, in sentences; null where nothing is.",
        "cxmart_version": "Version of the project that built it.",
        "code_commit": "Commit of that project, with `+` where files differed from it; null where it is not known.",
        "code_checksum": "Checksum of the models that built it; null where dbt was called alone.",
        "duckdb_version": "Version of DuckDB that wrote it.",
    },
    "publication_sources": {
        "source": "The source.",
        "newest_at": "When the newest thing happened that it tells of; null where it has no data.",
        "newest_loaded_at": "When a file of it last landed.",
        "age_seconds": "Seconds from `newest_at` to the publication.",
        "warn_after_seconds": "An age above this is marked (seconds); null for no limit.",
        "error_after_seconds": "An age above this stops a publication (seconds); null for no limit.",
        "state": "fresh, late, too_late, no_limit or no_data.",
        "rejected_rows": "Rows of it that did not land, and that no later load settled.",
        "rejected_files": "Files that have such rows.",
        "rejected_values": "Values of rows that landed which did not, are empty, and that no later load settled.",
    },
    "publication_tables": {
        "table_name": "The table.",
        "audience": "marts: no row is about a single agent or person; marts_people: some are.",
        "people_columns": "Its columns that marts.duckdb does not have.",
        "condition_of_groups": "The rows that marts.duckdb has of it; null for all.",
        "row_count": "Number of its rows in this file.",
        "checksum": "Sum of the hashes of its rows in this file, by DuckDB's `hash`.",
    },
    "publication_seeds": {
        "seed": "The seed.",
        "row_count": "Number of its rows.",
        "checksum": "Sum of the hashes of its rows.",
        "own_rows": "How many of its rows are the brand's own, not those that cxmart ships; null where nobody knows.",
    },
    "publication_raw": {
        "source": "The source.",
        "table_name": "Its raw table.",
        "row_count": "Number of its rows.",
        "rows_loaded": "Number of rows that all loads brought; more where rows took the place of others.",
        "last_load_id": "The newest load that a row is of; null for none.",
    },
    "kpi_revisions": REVISION_COMMENTS,
}


@dataclass(frozen=True)
class PublishedTable:
    """A table, and who may read it: `marts` (everybody) or `marts_people`.

    For everybody it lacks `people_columns` and has the rows of `condition_of_groups` only (SQL on its columns; None for
    all rows).
    """

    name: str
    audience: str
    people_columns: tuple[str, ...] = ()
    condition_of_groups: str | None = None


@dataclass(frozen=True)
class Published:
    """What was published: both files, how many rows each table has in the people's, and how the audit went."""

    file: Path
    people_file: Path
    version: str
    run_id: str
    row_counts: dict[str, int]
    audit: Audit
    warnings: list[str]


@dataclass(frozen=True)
class _NewFiles:
    """Two files to be; `mask` takes rights away from those that are published for the first time, as umask does."""

    marts: Path
    people: Path
    mask: int


def publish(
    settings: Settings, *, accept_revisions: bool = False, erased: Collection[str] = (), notes: Collection[str] = ()
) -> Published:
    """Audit the last build, and publish it.

    Args:
        settings: where the build is and where it is published.
        accept_revisions: publish also where more of what was final changes than the settings allow.
        erased: where a person was erased from the build: the ids that nothing may name any more, as the marts write
            them. What changed is then noted as `erasure`, and stops nothing.
        notes: what else the published files are to warn of, in sentences.

    Returns:
        What was published.

    Raises:
        CxmartError: the build is missing, unfinished, incomplete or failed, the audit stopped it, a source is too old,
            or a target is not ours to replace. What was published before is untouched.
    """
    if not settings.build_file.exists():
        raise missing_file(settings.build_file, settings)
    _check_targets(settings)
    _remove_leftovers(settings)
    versions.heal(settings)
    previous = versions.newest_file(settings)
    now = settings.now().replace(tzinfo=None)
    version = versions.next_name(settings, now)
    with _new_files(settings) as new:
        with opened(new.people, settings) as published:
            attach(published, settings.build_file, "build")
            run = finished_run(published, settings)
            tables = tables_of(published, "build")
            if previous:
                attach(published, previous, "previous")
            ages = freshness.read_ages(published, settings)
            audit = audit_build(
                published,
                settings,
                Publication(run["run_id"], version, now),
                tables=[table.name for table in tables],
                has_previous=previous is not None,
                erased=erased,
            )
            if not erased:  # which must not wait for newer data
                raise_for_ages(ages)
            raise_for_revisions(published, settings, audit, is_accepted=accept_revisions or bool(erased))
            warnings = [*notes, *_emptiness(published, settings), *audit_warnings(settings, run, audit, ages)]
            published.execute("begin")
            row_counts = {table.name: _copy(published, table.name) for table in tables}
            _copy_comments(published)
            _make_wide_views(published)
            _write_publication(published, settings, version, now, run, audit, ages, warnings)
            _write_tables(published, [*tables, *_own_tables(tables)])
            published.execute("commit")
            published.execute("detach build")
            if previous:
                published.execute("detach previous")
            published.execute("force checkpoint")
        _finish(settings, new)
    return Published(settings.marts_file, settings.people_file, version, run["run_id"], row_counts, audit, warnings)


def _emptiness(connection: Connection, settings: Settings) -> list[str]:
    """Say that the attached build stands on no row at all."""
    tables, rows = one_row(connection, f"select count(*), coalesce(sum(row_count), 0) from ({RAW_STATE})")
    if not tables or rows:
        return []
    nothing = landed_rows.nothing_landed(settings)
    return [nothing or "nothing had landed when it was built, so every KPI says no_data; run `cxmart build` again"]


def rollback(settings: Settings, wanted: str | None = None) -> Published:
    """Publish a kept version again; what is said of its KPIs since is noted in kpi_revisions, and kept.

    Args:
        settings: where the versions are.
        wanted: the version's name or number, or the run id; by default the one before what is published.

    Returns:
        What was published.

    Raises:
        CxmartError: there is no such version, it is damaged, or a target is not ours to replace.
    """
    _check_targets(settings)
    _remove_leftovers(settings)
    versions.heal(settings)
    restored = versions.find(settings, wanted)
    current = versions.newest_file(settings)
    verify(settings, restored.people_file)
    now = settings.now().replace(tzinfo=None)
    version = versions.next_name(settings, now)
    with _new_files(settings) as new:
        shutil.copyfile(restored.people_file, new.people)
        new.people.chmod(0o600)
        with opened(new.people, settings) as published:
            row_counts = dict(
                published.execute("select table_name, row_count from publication_tables order by 1").fetchall()
            )
            tables = tables_of(published)
            if current:
                attach(published, current, "previous")
            audit = audit_rollback(published, Publication(restored.run_id, version, now))
            if current:
                published.execute("detach previous")
            warning = f"version {restored.name} was put back by `cxmart publish --rollback`"
            published.execute(
                """
                update publication
                set version = ?, restored_from = ?, published_at = ?, final_cells = ?, revised_cells = ?,
                    restated_cells = 0, warnings = concat_ws('; ', ?, warnings)
                """,
                [version, restored.name, now, audit.final_cells, audit.revised_cells, warning],
            )
            published.execute("drop table publication_tables")
            _write_tables(published, tables)
            published.execute("force checkpoint")
        _finish(settings, new)
    row_counts["kpi_revisions"] = audit.kept_revisions
    return Published(settings.marts_file, settings.people_file, version, restored.run_id, row_counts, audit, [warning])


def tables_of(connection: Connection, database: str | None = None) -> list[PublishedTable]:
    """List the tables of a published file or of a build, with who may read what of them.

    Args:
        connection: an open connection.
        database: the name of an attached database; by default the one that was opened.

    Raises:
        CxmartError: the build does not say who may read its tables.
    """
    is_build = ("main", "cxmart_build_tables") in relations(connection, database)
    name = "cxmart_build_tables" if is_build else "publication_tables"
    prefix = f"{quoted(database)}." if database else ""
    try:
        rows = connection.execute(
            f"select table_name, audience, people_columns, condition_of_groups from {prefix}{SCHEMA}.{name} order by 1"
        ).fetchall()
    except duckdb.BinderException:
        raise CxmartError("the build is of an older cxmart; run `cxmart build` again", ExitCode.WAREHOUSE) from None
    return [PublishedTable(table, audience, tuple(columns), condition) for table, audience, columns, condition in rows]


def _check_targets(settings: Settings) -> None:
    for target in (settings.marts_file, settings.people_file):
        refuse_stray_log(target)
        if not target.exists():
            continue
        try:
            with opened(target, settings, read_only=True) as published:
                is_ours = (SCHEMA, "publication") in relations(published)
        except DamagedFileError:
            is_ours = False
        if not is_ours:
            raise CxmartError(
                f"{target} was not published by cxmart, so it stays as it is; "
                "move it away, or set CXMART_HOME to another folder",
                ExitCode.WAREHOUSE,
            )


def refuse_stray_log(target: Path) -> None:
    """Refuse to work beside a write-ahead log: DuckDB would play it into whatever file has the name next.

    Raises:
        CxmartError: there is one.
    """
    stray = target.with_name(f"{target.name}.wal")
    if stray.exists():
        raise CxmartError(
            f"{stray} lies beside the published file and would be played into the next one; "
            f"some program has written to {target.name}: move both away, and publish again",
            ExitCode.WAREHOUSE,
        )


def _remove_leftovers(settings: Settings) -> None:
    """Delete the temporary files of publishing processes that were killed."""
    for path in settings.home.glob("marts*.duckdb.*"):
        found = TEMPORARY_NAME.fullmatch(path.name)
        if not found or _is_running(int(found.group(2))):
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _is_running(process_id: int) -> bool:
    if process_id == os.getpid():
        return False  # an earlier process of the same number left it
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


@contextmanager
def _new_files(settings: Settings) -> Iterator[_NewFiles]:
    """Give the names of the new files; what is made under them is readable to nobody else, and gone in the end."""
    names = [path.with_name(f"{path.name}.{os.getpid()}.tmp") for path in (settings.marts_file, settings.people_file)]
    mask = os.umask(0o077)
    try:
        yield _NewFiles(marts=names[0], people=names[1], mask=mask)
    finally:
        os.umask(mask)
        for name in names:
            for path in (name, name.with_name(f"{name.name}.wal")):
                path.unlink(missing_ok=True)


def finished_run(connection: Connection, settings: Settings) -> dict[str, Any]:
    """Read what a build says of itself, and refuse one that is not whole.

    Args:
        connection: any, with the build attached as `build`.
        settings: where the build is, for messages.

    Returns:
        The row of `cxmart_build`, by column; `warned` lists the data tests that warned with the rows that they found.

    Raises:
        CxmartError: the build is unfinished, of selected nodes only, or failed.
    """
    build = settings.build_file
    if ("main", "cxmart_build") not in relations(connection, "build"):
        raise CxmartError(
            f"{build} says nothing of a finished build: it was ended early, or another program made it; "
            "run `cxmart build` again",
            ExitCode.WAREHOUSE,
        )
    cursor = connection.execute("select * from build.main.cxmart_build")
    names = [column[0] for column in cursor.description or []]
    rows = cursor.fetchall()
    if len(rows) != 1:
        raise CxmartError(f"{build} tells of {len(rows)} builds; run `cxmart build` again", ExitCode.WAREHOUSE)
    run = dict(zip(names, rows[0], strict=True))
    if not run["is_complete"]:
        raise CxmartError(
            f"the last build, {build}, is of selected models alone, as `dbt build --select` makes one, and what is "
            "published and explained is a whole one; run `cxmart build`, then `cxmart publish`"
        )
    if run["nodes_failed"]:
        raise CxmartError(f"{run['nodes_failed']} nodes of the build failed or were skipped; mend them and build again")
    run["warned"] = (
        connection.execute("select test_name, row_count from build.main.cxmart_build_warnings order by 1").fetchall()
        if ("main", "cxmart_build_warnings") in relations(connection, "build")
        else []
    )
    return run


def _copy(connection: Connection, table: str) -> int:
    """Copy a table of the build whole, and tell how many rows it has; what arrives must be what is there."""
    source, target = f"build.marts.{quoted(table)}", f"{SCHEMA}.{quoted(table)}"
    connection.execute(f"create table {target} as select * from {source}")
    there, here = _contents(connection, source), _contents(connection, target)
    if there != here:
        raise CxmartError(
            f"table {table} has {here[0]} rows in the new file, {there[0]} in the build, or other ones; "
            "nothing was published",
            ExitCode.WAREHOUSE,
        )
    return there[0]


def _contents(connection: Connection, relation: str) -> tuple[int, str]:
    """Count the rows of a relation, and add their hashes up."""
    count, checksum = one_row(
        connection, f"select count(*), cast(coalesce(sum(hash(each_row)), 0) as varchar) from {relation} as each_row"
    )
    return count, checksum


def _copy_comments(connection: Connection, schema: str = "marts", database: str = "build") -> None:
    """Give the tables and columns of the new file the comments that they have in another one."""
    here = {
        (table, column)
        for table, column in connection.execute(
            "select table_name, unnest([null, column_name]) from duckdb_columns() "
            "where database_name = current_database() and schema_name = ?",
            [SCHEMA],
        ).fetchall()
    }
    there = connection.execute(
        """
        select table_name, null, comment from duckdb_tables()
        where database_name = $database and schema_name = $schema and comment is not null
        union all
        select table_name, column_name, comment from duckdb_columns()
        where database_name = $database and schema_name = $schema and comment is not null
        """,
        {"database": database, "schema": schema},
    ).fetchall()
    for table, column, comment in there:
        if (table, column) in here:
            kind, name = ("table", quoted(table)) if column is None else ("column", f"{quoted(table)}.{quoted(column)}")
            connection.execute(f"comment on {kind} {SCHEMA}.{name} is {literal(comment)}")


def _make_wide_views(connection: Connection) -> None:
    """Make a view a grain: one row a period, how complete it is, and one column a KPI that has the grain, overall.

    Hours have the instant at which they start beside their date: local hours may come twice. The views name no catalog,
    so that they work under whatever name the file is attached.
    """
    if not {(SCHEMA, "kpi_values"), (SCHEMA, "kpi_catalog")} <= relations(connection):
        return
    rows = connection.execute(
        f"select kpi_id, grains, title, unit from {SCHEMA}.kpi_catalog order by kpi_order nulls last"
    ).fetchall()
    kpis = [(kpi_id, grains.split(","), title, unit) for kpi_id, grains, title, unit in rows]
    grains = connection.execute(f"select distinct grain from {SCHEMA}.kpi_values order by grain nulls last").fetchall()
    for (grain,) in grains:
        values = "".join(
            f", max(value) filter (where kpi_id = {literal(kpi_id)}) as {quoted(kpi_id)}"
            for kpi_id, grains_of_kpi, _, _ in kpis
            if grain in grains_of_kpi
        )
        period = "period_start, period_start_at" if grain == "hour" else "period_start"
        view = quoted(f"kpi_{grain}_wide")
        connection.execute(
            f"create view {SCHEMA}.{view} as "
            f"select {period}{COMPLETENESS}{values} from kpi_values "
            f"where slice = 'overall' and grain = {literal(grain)} "
            f"group by {period} order by {period.split(', ')[-1]} nulls last"
        )
        one = "an hour" if grain == "hour" else f"a {grain}"
        connection.execute(
            f"comment on view {SCHEMA}.{view} is "
            + literal(f"The value of every KPI overall: one row {one}, one column a KPI.")
        )
        comments = {
            column: text for column, text in PERIOD_COMMENTS.items() if grain == "hour" or column != "period_start_at"
        }
        comments |= {
            kpi_id: f"{title} ({unit})." for kpi_id, grains_of_kpi, title, unit in kpis if grain in grains_of_kpi
        }
        for column, comment in comments.items():
            connection.execute(f"comment on column {SCHEMA}.{view}.{quoted(column)} is {literal(comment)}")


def _write_publication(
    connection: Connection,
    settings: Settings,
    version: str,
    now: datetime,
    run: dict[str, Any],
    audit: Audit,
    ages: list[freshness.SourceAge],
    warnings: list[str],
) -> None:
    """Write what the file is, beside the tables that kpi_revisions is among."""
    (as_of,) = one_row(connection, "select as_of from build.intermediate.int_warehouse__as_of")
    known_ages = [age.age_seconds for age in ages if age.age_seconds is not None]
    row = {
        "run_id": ("varchar", run["run_id"]),
        "version": ("varchar", version),
        "restored_from": ("varchar", None),
        "published_at": ("timestamp", now),
        "as_of": ("timestamp", as_of),
        "data_age_seconds": ("double", min(known_ages, default=None)),
        "sources": ("varchar", run["sources"]),
        "reporting_timezone": ("varchar", run["reporting_timezone"]),
        "reporting_currency": ("varchar", run["reporting_currency"]),
        "tests_passed": ("bigint", run["tests_passed"]),
        "tests_warned": ("bigint", run["tests_warned"]),
        "final_cells": ("bigint", audit.final_cells),
        "revised_cells": ("bigint", audit.revised_cells),
        "restated_cells": ("bigint", audit.restated_cells),
        "warnings": ("varchar", "; ".join(warnings) or None),
        "cxmart_version": ("varchar", __version__),
        "code_commit": ("varchar", run.get("code_commit")),
        "code_checksum": ("varchar", run.get("code_checksum")),
        "duckdb_version": ("varchar", duckdb.__version__),
    }
    values = ", ".join(f"cast(? as {data_type}) as {name}" for name, (data_type, _) in row.items())
    connection.execute(f"create table {SCHEMA}.publication as select {values}", [value for _, value in row.values()])
    connection.execute(
        f"""
        create table {SCHEMA}.publication_sources (
            source varchar, newest_at timestamp, newest_loaded_at timestamp, age_seconds double,
            warn_after_seconds double, error_after_seconds double, state varchar, rejected_rows bigint,
            rejected_files bigint, rejected_values bigint
        )
        """
    )
    open_rejects = rejects.by_source(rejects.count_open(settings))
    for age in ages:
        connection.execute(
            f"insert into {SCHEMA}.publication_sources values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                age.source,
                age.newest_at,
                age.newest_loaded_at,
                age.age_seconds,
                age.warn_after_seconds,
                age.error_after_seconds,
                age.state,
                *open_rejects.get(age.source, (0, 0, 0)),
            ],
        )
    connection.execute(
        f"create table {SCHEMA}.publication_seeds (seed varchar, row_count bigint, checksum varchar, own_rows bigint)"
    )
    own_rows = seeds.own_rows(connection, settings)
    for seed, (row_count, checksum) in seeds_of_build(connection).items():
        connection.execute(
            f"insert into {SCHEMA}.publication_seeds values (?, ?, ?, ?)",
            [seed, row_count, checksum, own_rows.get(seed)],
        )
    connection.execute(f"create table {SCHEMA}.publication_raw as {RAW_STATE}")


def _own_tables(tables: list[PublishedTable]) -> list[PublishedTable]:
    """The tables that publishing adds; revisions are cut as the cells that they are of."""
    condition = next((table.condition_of_groups for table in tables if table.name == "kpi_values"), "false")
    names = ("publication", "publication_raw", "publication_seeds", "publication_sources")
    return [
        PublishedTable("kpi_revisions", MARTS, condition_of_groups=condition),
        *(PublishedTable(name, MARTS) for name in names),
    ]


def _write_tables(connection: Connection, tables: list[PublishedTable]) -> None:
    """Write down each table with its rows' number and checksum, and what the columns of our own mean."""
    connection.execute(
        f"""
        create table {SCHEMA}.publication_tables (
            table_name varchar, audience varchar, people_columns varchar[], condition_of_groups varchar,
            row_count bigint, checksum varchar
        )
        """
    )
    for table in tables:
        connection.execute(
            f"insert into {SCHEMA}.publication_tables values (?, ?, ?, ?, ?, ?)",
            [
                table.name,
                table.audience,
                list(table.people_columns),
                table.condition_of_groups,
                *_contents(connection, f"{SCHEMA}.{quoted(table.name)}"),
            ],
        )
    for name, comment in TABLE_COMMENTS.items():
        connection.execute(f"comment on table {SCHEMA}.{name} is {literal(comment)}")
        for column, text in COLUMN_COMMENTS[name].items():
            connection.execute(f"comment on column {SCHEMA}.{name}.{column} is {literal(text)}")


def _write_marts(settings: Settings, new: _NewFiles) -> None:
    """Write the file for everybody from the one that has everything."""
    with opened(new.marts, settings) as marts:
        attach(marts, new.people, "everything")
        tables = [table for table in tables_of(marts, "everything") if table.audience == MARTS]
        marts.execute("begin")
        for table in tables:
            every = columns_of(marts, "everything", SCHEMA, table.name)
            columns = [name for name in every if name not in table.people_columns]
            refuse_personal_columns(table.name, columns)
            marts.execute(
                f"create table {SCHEMA}.{quoted(table.name)} as "
                f"select {', '.join(map(quoted, columns))} from everything.{SCHEMA}.{quoted(table.name)} "
                f"where {table.condition_of_groups or 'true'}"
            )
        _copy_comments(marts, SCHEMA, "everything")
        _make_wide_views(marts)
        _write_tables(marts, tables)
        marts.execute("commit")
        marts.execute("detach everything")
        marts.execute("force checkpoint")


def refuse_personal_columns(table: str, columns: Collection[str]) -> None:
    """Refuse a table for everybody that has a column about one ticket, order or person.

    Raises:
        CxmartError: it has one.
    """
    found = [name for name in columns if name not in IDS_OF_THINGS and PERSONAL_COLUMN.search(name)]
    if found:
        raise CxmartError(
            f"{table}.{found[0]} tells of a single agent or person, and would be in marts.duckdb: declare the model, "
            "or the column, as `config: {meta: {audience: marts_people}}` in its YAML; nothing was published"
        )


def _finish(settings: Settings, new: _NewFiles) -> None:
    """Write the file for everybody, verify both as their readers will read them, and put them in place."""
    _write_marts(settings, new)
    for path in (new.people, new.marts):
        if path.with_name(f"{path.name}.wal").exists():
            raise CxmartError(f"{path} was not written out whole; publish again", ExitCode.WAREHOUSE)
        verify(settings, path)
    try:
        versions.put_in_place(settings, new.marts, new.people, new.mask)
    except OSError as error:
        raise translate(error, settings.marts_file) from error


def verify(settings: Settings, path: Path) -> None:
    """Read a published file as its readers do, and compare its tables with what it says of them.

    Args:
        settings: for the memory limit.
        path: the file.

    Raises:
        CxmartError: it can't be read, a table is missing or other than when it was made, or a column must not be there.
    """
    with opened(path, settings, read_only=True) as published:
        there = {name for schema, name in relations(published) if schema == SCHEMA}
        listed = published.execute("select table_name, row_count, checksum from publication_tables").fetchall()
        (written_by,) = one_row(published, "select duckdb_version from publication")
        for table, row_count, checksum in listed:
            found = _contents(published, f"{SCHEMA}.{quoted(table)}") if table in there else (0, "")
            # Another version of DuckDB may hash in another way.
            if found[0] != row_count or (written_by == duckdb.__version__ and found[1] != checksum):
                raise CxmartError(
                    f"table {table} of {path} has {found[0]} rows where {row_count} were written, or other ones; "
                    "nothing was published",
                    ExitCode.WAREHOUSE,
                )
        secret = [
            f"{table}.{column}"
            for table, column in published.execute(
                "select table_name, column_name from duckdb_columns() where not internal"
            ).fetchall()
            if SECRET_COLUMN.search(column)
        ]
    if secret:
        raise CxmartError(f"{secret[0]} would be published, and holds what must not be; nothing was published")
