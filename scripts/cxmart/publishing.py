"""Publishing: a new marts.duckdb is written beside the old one, checked, synced, and put in its place in one step.

The tables lie in schema `main` of the file: its catalog is called `marts` after the file, and a schema of the same name
would make `marts.<table>` ambiguous. So both `<table>` and `marts.<table>` work for who opens the file.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cxmart import __version__
from cxmart.database import Connection, attach, literal, one_row, opened, quoted, relations
from cxmart.errors import CxmartError, DamagedFileError, ExitCode, explain
from cxmart.settings import Settings

TEMPORARY_NAME = re.compile(r"marts\.duckdb\.(\d+)\.tmp(\.wal)?")

SCHEMA = "main"

PERIOD_COMMENTS = {
    "period_start": "The first local date of the period; of an hour, its day.",
    "period_start_at": "The instant at which the hour starts (UTC).",
}
PUBLICATION_COMMENTS = {
    "run_id": "Id of the run of dbt that built it.",
    "as_of": "The instant that the data tells of (UTC).",
    "sources": "The sources in it, separated by commas.",
    "reporting_timezone": "The zone whose days, weeks and months are reported (an IANA name).",
    "reporting_currency": "The currency of all money (an ISO 4217 code).",
    "tests_passed": "Number of data tests that the build passed.",
    "tests_warned": "Number of data tests that only warned.",
    "cxmart_version": "Version of the project that published it.",
}


@dataclass(frozen=True)
class Published:
    """What was published: the file, and how many rows each table has."""

    file: Path
    row_counts: dict[str, int]


def publish(settings: Settings) -> Published:
    """Publish the last build.

    Args:
        settings: where the build is and where it is published.

    Returns:
        What was published.

    Raises:
        CxmartError: the build is missing, unfinished, incomplete or failed, or the target is not ours to replace. What
            was published before is untouched.
    """
    target = settings.marts_file
    if not settings.build_file.exists():
        raise CxmartError(f"{settings.build_file} does not exist; run `cxmart build` first", ExitCode.WAREHOUSE)
    _check_target(settings)
    _remove_leftovers(target)
    temporary = target.with_name(f"{target.name}.{os.getpid()}.tmp")
    try:
        row_counts = _write(settings, temporary)
        _verify(settings, temporary, row_counts)
        _put_in_place(temporary, target)
    finally:
        for path in (temporary, temporary.with_name(f"{temporary.name}.wal")):
            path.unlink(missing_ok=True)
    return Published(target, row_counts)


def _check_target(settings: Settings) -> None:
    target = settings.marts_file
    stray = target.with_name(f"{target.name}.wal")
    if stray.exists():
        raise CxmartError(
            f"{stray} lies beside the published file and would be played into the next one; "
            f"some program has written to {target.name}: move both away, and publish again",
            ExitCode.WAREHOUSE,
        )
    if not target.exists():
        return
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


def _remove_leftovers(target: Path) -> None:
    """Delete the temporary files of publishing processes that were killed."""
    for path in target.parent.glob(f"{target.name}.*"):
        found = TEMPORARY_NAME.fullmatch(path.name)
        if found and not _is_running(int(found.group(1))):
            path.unlink(missing_ok=True)


def _is_running(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _write(settings: Settings, temporary: Path) -> dict[str, int]:
    """Write the new file, and tell how many rows each table of the build has."""
    with opened(temporary, settings) as published:
        attach(published, settings.build_file, "build")
        run = finished_run(published, settings)
        tables = [
            row[0]
            for row in published.execute(
                "select table_name from build.main.cxmart_build_tables order by table_name nulls last"
            ).fetchall()
        ]
        row_counts = {table: _copy(published, table) for table in tables}
        _copy_comments(published, tables)
        if {"kpi_values", "kpi_catalog"} <= set(tables):
            _make_wide_views(published)
        _write_publication(published, run)
        published.execute("detach build")
        published.execute("force checkpoint")
    return row_counts


def finished_run(connection: Connection, settings: Settings) -> dict[str, Any]:
    """Read what a build says of itself, and refuse one that is not whole.

    Args:
        connection: any, with the build attached as `build`.
        settings: where the build is, for messages.

    Returns:
        The row of `cxmart_build`, by column.

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
        raise CxmartError(f"the build was of selected nodes only; run `cxmart build` for all of {build}")
    if run["nodes_failed"]:
        raise CxmartError(f"{run['nodes_failed']} nodes of the build failed or were skipped; mend them and build again")
    return run


def _copy(connection: Connection, table: str) -> int:
    connection.execute(f"create table {SCHEMA}.{quoted(table)} as select * from build.marts.{quoted(table)}")
    (row_count,) = one_row(connection, f"select count(*) from build.marts.{quoted(table)}")
    return int(row_count)


def _copy_comments(connection: Connection, tables: list[str]) -> None:
    of_tables = connection.execute(
        """
        select table_name, comment
        from duckdb_tables()
        where database_name = 'build' and schema_name = 'marts' and comment is not null
        """
    ).fetchall()
    for table, comment in of_tables:
        if table in tables:
            connection.execute(f"comment on table {SCHEMA}.{quoted(table)} is {literal(comment)}")
    of_columns = connection.execute(
        """
        select table_name, column_name, comment
        from duckdb_columns()
        where database_name = 'build' and schema_name = 'marts' and comment is not null
        """
    ).fetchall()
    for table, column, comment in of_columns:
        if table in tables:
            connection.execute(f"comment on column {SCHEMA}.{quoted(table)}.{quoted(column)} is {literal(comment)}")


def _make_wide_views(connection: Connection) -> None:
    """Make a view a grain: one row a period, one column a KPI that has the grain, the values overall.

    Hours have the instant at which they start beside their date: local hours may come twice. The views name no catalog,
    so that they work under whatever name the file is attached.
    """
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
            f"select {period}{values} from kpi_values "
            f"where slice = 'overall' and grain = {literal(grain)} "
            f"group by {period} order by {period.split(', ')[-1]} nulls last"
        )
        one = "an hour" if grain == "hour" else f"a {grain}"
        connection.execute(
            f"comment on view {SCHEMA}.{view} is "
            + literal(f"The value of every KPI overall: one row {one}, one column a KPI.")
        )
        comments = {column: PERIOD_COMMENTS[column] for column in period.split(", ")}
        comments |= {
            kpi_id: f"{title} ({unit})." for kpi_id, grains_of_kpi, title, unit in kpis if grain in grains_of_kpi
        }
        for column, comment in comments.items():
            connection.execute(f"comment on column {SCHEMA}.{view}.{quoted(column)} is {literal(comment)}")


def _write_publication(connection: Connection, run: dict[str, Any]) -> None:
    (as_of,) = one_row(connection, "select as_of from build.intermediate.int_warehouse__as_of")
    connection.execute(
        f"""
        create table {SCHEMA}.publication as
        select
            cast(? as varchar) as run_id,
            cast(? as timestamp) as as_of,
            cast(? as varchar) as sources,
            cast(? as varchar) as reporting_timezone,
            cast(? as varchar) as reporting_currency,
            cast(? as bigint) as tests_passed,
            cast(? as bigint) as tests_warned,
            cast(? as varchar) as cxmart_version
        """,
        [
            run["run_id"],
            as_of,
            run["sources"],
            run["reporting_timezone"],
            run["reporting_currency"],
            run["tests_passed"],
            run["tests_warned"],
            __version__,
        ],
    )
    connection.execute(
        f"comment on table {SCHEMA}.publication is "
        + literal("One row: the build that this file was published from. as_of is in UTC.")
    )
    for column, comment in PUBLICATION_COMMENTS.items():
        connection.execute(f"comment on column {SCHEMA}.publication.{column} is {literal(comment)}")


def _verify(settings: Settings, temporary: Path, row_counts: dict[str, int]) -> None:
    """Read the new file as its readers will, and compare its row counts with those of the build."""
    if temporary.with_name(f"{temporary.name}.wal").exists():
        raise CxmartError(f"{temporary} was not written out whole; publish again", ExitCode.WAREHOUSE)
    with opened(temporary, settings, read_only=True) as published:
        for table, expected in row_counts.items():
            (found,) = one_row(published, f"select count(*) from {SCHEMA}.{quoted(table)}")
            if found != expected:
                raise CxmartError(
                    f"table {table} has {found} rows in the new file, {expected} in the build; nothing was published",
                    ExitCode.WAREHOUSE,
                )


def _put_in_place(temporary: Path, target: Path) -> None:
    """Replace the target in one step that survives a crash of the machine."""
    try:
        _sync(temporary)
        os.replace(temporary, target)  # noqa: PTH105
        _sync(target.parent)
    except OSError as error:
        raise explain(error, target) from error


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
