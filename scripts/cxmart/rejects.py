"""What did not land, rows and single values: reading it, and writing it to a file for whoever can put it right."""

import csv
from collections.abc import Collection, Iterable, Iterator
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from cxmart.database import Connection, columns_of, one_row, opened, quoted, relations
from cxmart.errors import CxmartError, ExitCode, explain
from cxmart.naming import unknown_name
from cxmart.settings import Settings

# What a spreadsheet takes for the beginning of a formula, also in their wide forms.
FORMULA_STARTS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
FETCHED_ROWS = 10_000


@dataclass(frozen=True)
class Reject:
    """A row that did not land, or with `is_row_kept` a value of one that did. `line` counts the file's records from 1,
    without the header.

    `column` and `value` are missing where the record could not be read at all; `raw_text` where it could hold what
    never lands. `cleared_by_load_id` is the load that settled it.
    """

    source: str
    table: str
    file: str
    line: int
    column: str | None
    reason: str
    value: str | None
    raw_text: str | None
    load_id: int
    cleared_by_load_id: int | None
    is_row_kept: bool = False


def sources_with_rejects(raw: Connection) -> list[str]:
    """List the sources that have a table of rejects."""
    found = {schema for schema, name in relations(raw) if schema.startswith("raw_") and name == "_rejects"}
    return sorted(schema.removeprefix("raw_") for schema in found)


@dataclass(frozen=True)
class OpenRejects:
    """How many rows of a table did not land and are not settled, of how many files they are, and how many values of
    rows that did land.
    """

    source: str
    table: str
    rows: int
    files: int
    values: int = 0


def count_open(settings: Settings) -> list[OpenRejects]:
    """Count what did not land and is not settled, by source and table; tables without any are left out.

    Raises:
        CxmartError: raw.duckdb is held or damaged.
    """
    if not settings.raw_file.exists():
        return []
    found = []
    with opened(settings.raw_file, settings, read_only=True) as raw:
        for source in sources_with_rejects(raw):
            there = columns_of(raw, "raw", f"raw_{source}", "_rejects")
            rows = raw.execute(
                f"""
                select
                    table_name,
                    count(*) filter (not {_is_row_kept(there)}),
                    count(distinct file) filter (not {_is_row_kept(there)}),
                    count(*) filter ({_is_row_kept(there)})
                from raw.{quoted(f"raw_{source}")}._rejects
                where {_cleared_by(there)} is null
                group by table_name
                order by table_name nulls last
                """
            ).fetchall()
            found += [OpenRejects(source, *counted) for counted in rows]
    return found


def _cleared_by(there: Collection[str]) -> str:
    """Write the load that settled a row; rows that an older version kept have no column for it, and are open."""
    return "cleared_by_load_id" if "cleared_by_load_id" in there else "cast(null as bigint)"


def _is_row_kept(there: Collection[str]) -> str:
    """Write whether a value did not land, and its row did; an older version kept no such rows."""
    return "coalesce(is_row_kept, false)" if "is_row_kept" in there else "false"


def by_source(counted: Iterable[OpenRejects]) -> dict[str, tuple[int, int, int]]:
    """Add open rejects up by source, as (rows, files, values of rows that landed)."""
    found: dict[str, tuple[int, int, int]] = {}
    for table in counted:
        rows, files, values = found.get(table.source, (0, 0, 0))
        found[table.source] = (rows + table.rows, files + table.files, values + table.values)
    return found


def count_conflicting(settings: Settings) -> dict[str, int]:
    """Count by source the rows that gave way to one of their key which is no version of the same thing.

    A file counts as it was when it last landed. Sources without any are left out.

    Raises:
        CxmartError: raw.duckdb is held or damaged.
    """
    found: dict[str, int] = {}
    if not settings.raw_file.exists():
        return found
    with opened(settings.raw_file, settings, read_only=True) as raw:
        for schema in sorted(schema for schema, name in relations(raw) if name == "_loads"):
            if "rows_conflicting" in columns_of(raw, "raw", schema, "_loads"):
                (rows,) = one_row(
                    raw,
                    f"""
                    select coalesce(sum(rows_conflicting), 0)
                    from (
                        select arg_max(rows_conflicting, load_id) as rows_conflicting
                        from raw.{quoted(schema)}._loads
                        group by table_name, file
                    )
                    """,
                )
                if rows:
                    found[schema.removeprefix("raw_")] = int(rows)
    return found


def read_rejects(
    settings: Settings, source: str | None = None, table: str | None = None, *, with_cleared: bool = False
) -> Iterator[Reject]:
    """Read what did not land, by source, table, load and line.

    Args:
        settings: where raw.duckdb is.
        source: only of this source.
        table: only of this table.
        with_cleared: those too that a later load settled.

    Raises:
        CxmartError: there is no raw.duckdb, or it has nothing of the source.
    """
    with opened(settings.raw_file, settings, read_only=True) as raw:
        found = sources_with_rejects(raw)
        if source is not None and source not in found:
            raise unknown_name("nothing was ever loaded of source", source, found, others="loaded were")
        for name in [source] if source is not None else found:
            schema = f"raw_{name}"
            there = columns_of(raw, "raw", schema, "_rejects")
            if "raw_text" not in there:
                continue
            query = raw.execute(
                f"""
                select
                    table_name, file, line, column_name, reason, value, raw_text, load_id,
                    {_cleared_by(there)} as cleared_by, {_is_row_kept(there)} as is_kept
                from raw.{quoted(schema)}._rejects
                where (? or cleared_by is null) and table_name = coalesce(?, table_name)
                order by table_name nulls last, load_id nulls last, line nulls last, column_name nulls last
                """,
                [with_cleared, table],
            )
            while rows := query.fetchmany(FETCHED_ROWS):
                for row in rows:
                    yield Reject(name, *row)


def export(rejects: Iterator[Reject], path: Path) -> int:
    """Write rejects to a new CSV file that is safe to open in a spreadsheet.

    Args:
        rejects: what to write.
        path: the file; it must not be there yet.

    Returns:
        How many were written.

    Raises:
        CxmartError: the file is there, or can't be written.
    """
    written = 0
    try:
        # With a byte order mark: spreadsheets take a file without one for another encoding.
        with path.open("x", encoding="utf-8-sig", errors="replace", newline="") as file:
            writer = csv.writer(file, quoting=csv.QUOTE_ALL)
            writer.writerow(field.name for field in fields(Reject))
            for reject in rejects:
                writer.writerow([safe_cell(value) for value in astuple(reject)])
                written += 1
    except FileExistsError:
        raise CxmartError(f"{path} is there already; name a new file", ExitCode.USAGE) from None
    except OSError as error:
        raise explain(error, path) from error
    return written


def safe_cell(value: str | int | None) -> str:
    """Write a value as a cell that no spreadsheet takes for a formula: an apostrophe stands before one."""
    text = "" if value is None else str(value)
    is_formula = text.lstrip().startswith(FORMULA_STARTS) or text.startswith(("\t", "\r", "\n"))
    return f"'{text}" if is_formula else text
