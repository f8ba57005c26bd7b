"""Opening the warehouse's DuckDB files, and writing SQL that is safe with any name."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from cxmart.base.errors import CxmartError, DamagedFileError, ExitCode, damaged, translate
from cxmart.base.settings import Settings

THREADS = 2

RAW_LAYOUT_VERSION = 1

# What a build may hold; a database with anything else is not ours to delete.
BUILD_SCHEMAS = {"staging", "intermediate", "marts", "confidential", "kpis", "seeds", "failures"}
BUILD_TABLES = {"cxmart_build", "cxmart_build_tables", "cxmart_build_keys", "cxmart_build_raw", "cxmart_build_warnings"}

Connection = duckdb.DuckDBPyConnection


def missing_file(path: Path, settings: Settings) -> CxmartError:
    """Say that a file of the warehouse is not there, and which commands make it.

    Args:
        path: the file that was looked for.
        settings: what else is there decides on what is to be done.
    """
    if not settings.raw_file.exists() and not settings.build_file.exists():
        what = (
            "nothing was loaded yet: run `cxmart load standard FOLDER`, `cxmart build` and `cxmart publish`, or "
            "`cxmart demo` to see it at work"
        )
    elif path == settings.raw_file:
        what = "nothing was loaded yet; run `cxmart load standard FOLDER` first"
    elif settings.build_file.exists() and path != settings.build_file:
        what = "nothing is published yet; run `cxmart build` and `cxmart publish` first"
    else:
        what = "run `cxmart build` and `cxmart publish` first"
    return CxmartError(f"{path} does not exist; {what}", ExitCode.WAREHOUSE)


def quoted(name: str) -> str:
    """Write a name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Write text as an SQL literal, for statements that take no parameters."""
    return "'" + text.replace("'", "''") + "'"


@contextmanager
def opened(path: Path, settings: Settings, *, read_only: bool = False) -> Iterator[Connection]:
    """Open a database file, and close it in the end.

    Args:
        path: the file; made where it is missing, unless `read_only`.
        settings: for the memory limit.
        read_only: open without the right to write.

    Yields:
        The connection, its session in UTC.

    Raises:
        CxmartError: the file can't be opened, read or written; DuckDB's own errors are explained.
    """
    if read_only and not path.exists():
        raise missing_file(path, settings)
    # DuckDB would open the files of some other databases with an extension.
    if path.exists() and not is_duckdb_file(path):
        raise damaged(path)
    try:
        connection = duckdb.connect(
            path,
            read_only=read_only,
            config={
                "threads": str(THREADS),
                "memory_limit": settings.memory_limit,
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
            },
        )
        try:
            connection.execute("set TimeZone = 'UTC'")
            # The engine would draw it on the standard output, where --json goes.
            connection.execute("set enable_progress_bar = false")
            yield connection
        except BaseException:
            # To close it waits for what other threads of the engine still work on.
            connection.interrupt()
            raise
        finally:
            connection.close()
    except (OSError, duckdb.Error) as error:
        raise translate(error, path) from error


def attach(connection: Connection, path: Path, name: str) -> None:
    """Attach another database file for reading only.

    Args:
        connection: an open connection.
        path: the file.
        name: what it is called in SQL.

    Raises:
        CxmartError: there is no such file, or it is no DuckDB database.
    """
    if not path.exists():
        raise CxmartError(f"{path} does not exist", ExitCode.WAREHOUSE)
    if not is_duckdb_file(path):
        raise damaged(path)
    connection.execute(f"attach {literal(str(path))} as {quoted(name)} (read_only)")


def one_row(
    connection: Connection, query: str, parameters: list[Any] | dict[str, Any] | None = None
) -> tuple[Any, ...]:
    """Run a query that gives exactly one row, and give that row."""
    rows = connection.execute(query, parameters).fetchall()
    if len(rows) != 1:
        raise CxmartError(f"expected one row, got {len(rows)}, from: {query.strip()}")
    row: tuple[Any, ...] = rows[0]
    return row


def dict_rows(
    connection: Connection, query: str, parameters: list[Any] | dict[str, Any] | None = None
) -> list[dict[str, Any]]:
    """Run a query, and give its rows by column."""
    cursor = connection.execute(query, parameters)
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def relations(connection: Connection, database: str | None = None) -> set[tuple[str, str]]:
    """List the tables and views of a database as (schema, name).

    Args:
        connection: an open connection.
        database: the name of an attached database; by default the one that was opened.
    """
    rows = connection.execute(
        """
        select schema_name, table_name from duckdb_tables()
        where database_name = coalesce(?, current_database()) and not internal
        union all
        select schema_name, view_name from duckdb_views()
        where database_name = coalesce(?, current_database()) and not internal
        """,
        [database, database],
    ).fetchall()
    return set(rows)


def columns_of(connection: Connection, database: str, schema: str, name: str) -> dict[str, str]:
    """List the columns of a table with their types, in order; none where there is no such table.

    Args:
        connection: an open connection.
        database: the name of an attached database.
        schema: the schema of the table.
        name: the table.
    """
    rows = connection.execute(
        """
        select column_name, data_type
        from duckdb_columns()
        where database_name = ? and schema_name = ? and table_name = ?
        order by column_index nulls last
        """,
        [database, schema, name],
    ).fetchall()
    return dict(rows)


def check_raw(settings: Settings) -> None:
    """Refuse a raw.duckdb that another program made; it is not opened for writing.

    A build may have made the file, with empty tables and without the loader's mark: then it holds nothing outside of
    schemas raw_*.

    Raises:
        CxmartError: the file is foreign, damaged, held, or of a newer layout.
    """
    if not settings.raw_file.exists():
        return
    with opened(settings.raw_file, settings, read_only=True) as raw:
        found = relations(raw)
        if ("main", "cxmart_raw") in found:
            (version,) = one_row(raw, "select max(layout_version) from main.cxmart_raw")
            if version is None or version > RAW_LAYOUT_VERSION:
                raise CxmartError(
                    f"{settings.raw_file} has layout {version}, this cxmart knows {RAW_LAYOUT_VERSION}; update cxmart",
                    ExitCode.WAREHOUSE,
                )
        elif any(not schema.startswith("raw_") for schema, _ in found):
            raise _foreign(settings.raw_file, "holds tables that cxmart did not make")


def check_build(settings: Settings) -> None:
    """Refuse a build.duckdb that another program made, so that it is never deleted.

    Raises:
        CxmartError: the file is foreign or held. A damaged DuckDB file is nobody's loss, and is not refused.
    """
    path = settings.build_file
    if not path.exists():
        return
    if not is_duckdb_file(path):
        raise _foreign(path, "is no DuckDB database")
    try:
        with opened(path, settings, read_only=True) as build:
            found = relations(build)
    except DamagedFileError:
        return
    if any(schema not in BUILD_SCHEMAS and not (schema == "main" and name in BUILD_TABLES) for schema, name in found):
        raise _foreign(path, "holds tables that cxmart did not make")


def sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def is_duckdb_file(path: Path) -> bool:
    """Tell whether a file begins as DuckDB's files do; an empty one does too, since it may have been cut short."""
    try:
        with path.open("rb") as file:
            head = file.read(12)
    except OSError as error:
        raise translate(error, path) from error
    return not head or head[8:] == b"DUCK"


def _foreign(path: Path, why: str) -> CxmartError:
    return CxmartError(
        f"{path} {why}, so it stays as it is; move it away, or set CXMART_HOME to another folder", ExitCode.WAREHOUSE
    )
