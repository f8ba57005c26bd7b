"""What did not land, rows and single values: reading it, and writing it to a file for whoever can put it right."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from cxmart.base.database import Connection, columns_of, one_row, opened, quoted, relations
from cxmart.base.errors import CxmartError, ExitCode, translate
from cxmart.base.settings import Settings
from cxmart.base.suggestions import unknown_name

# What a spreadsheet takes for the beginning of a formula, also in their wide forms.
FORMULA_STARTS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
FETCHED_ROWS = 10_000

# So many different values of a group are kept, the commonest first, and so many characters of each.
MOST_WRITTEN = 1_000
WRITTEN_CHARACTERS = 200
# So many of them are shown.
EXAMPLES = 3
# Values of so many rejects are looked at, the first ones; rows are counted all.
MOST_LOOKED_AT = 200_000

FAULT_FIELDS = ("column_name", "reason", "value", "rejects_row")


@dataclass(frozen=True)
class Fault:
    """A thing that is wrong with a row. Without `rejects_row` it would, alone, only have left the value out."""

    column: str | None
    reason: str
    value: str | None
    rejects_row: bool = True

    @property
    def in_words(self) -> str:
        """The fault as a part of a sentence."""
        told = f"{self.column} {self.reason}" if self.column else self.reason
        return f"{told} ({self.value})" if self.value else told


@dataclass(frozen=True)
class Reject:
    """A row that did not land, or with `is_row_kept` a value of one that did. `line` counts the file's records from 1,
    without the header.

    `column`, `reason` and `value` are its first fault, `more_faults` the others. `column` and `value` are missing where
    the record could not be read at all; `raw_text` where it could hold what never lands. `cleared_by_load_id` is the
    load that settled it.
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
    more_faults: tuple[Fault, ...] = ()

    @property
    def faults(self) -> list[Fault]:
        """All that is wrong with it."""
        return [Fault(self.column, self.reason, self.value, not self.is_row_kept), *self.more_faults]

    def as_json(self) -> dict[str, Any]:
        """Give it for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Group:
    """A reason why values of a column did not land: of how many rows, with what in them, and where the first is.

    `rows` did not land and have this fault, perhaps among others; without `rejects_row` it did not keep them out.
    `values_left_out` are those of rows that landed. `different` values were met, of which `written` has the commonest
    with the number of their rows; with `is_sample` both are of the first rows alone. `column` is missing where the
    record could not be read at all, and nothing is known of the values of persons who were erased.
    """

    table: str
    column: str | None
    reason: str
    rows: int
    values_left_out: int
    rejects_row: bool
    different: int
    first_file: str
    first_line: int
    written: tuple[tuple[str, int], ...] = ()
    is_sample: bool = False

    @property
    def examples(self) -> tuple[tuple[str, int], ...]:
        """The commonest values, each with the number of its rows."""
        return self.written[:EXAMPLES]

    def as_json(self) -> dict[str, Any]:
        """Give it for JSON."""
        told = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "written"}
        return {**told, "examples": [{"value": value, "rows": rows} for value, rows in self.examples]}


@dataclass(frozen=True)
class Grouped:
    """What did not land of a table: how many rows of how many files, how many values of rows that did, and why.

    A row with several faults is in several groups, the commonest reason first.
    """

    source: str
    table: str
    rows: int
    files: int
    values: int
    groups: tuple[Group, ...]

    def as_json(self) -> dict[str, Any]:
        """Give it for JSON."""
        told = {name: getattr(self, name) for name in ("source", "table", "rows", "files")}
        return {**told, "values_left_out": self.values, "groups": [group.as_json() for group in self.groups]}


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
            rows = raw.execute(
                f"""
                select
                    table_name,
                    count(*) filter (not is_row_kept),
                    count(distinct file) filter (not is_row_kept),
                    count(*) filter (is_row_kept)
                from raw.{quoted(f"raw_{source}")}._rejects
                where cleared_by_load_id is null
                group by table_name
                order by table_name nulls last
                """
            ).fetchall()
            found += [OpenRejects(source, *counted) for counted in rows]
    return found


def read_groups(raw: Connection, schema: str, where: str, parameters: Sequence[object]) -> list[Group]:
    """Group rejects of a source by table, column and reason, the commonest first.

    Args:
        raw: an open connection, with raw.duckdb as `raw`.
        schema: the schema of a source.
        where: a condition of its table of rejects.
        parameters: those of the condition.
    """
    table = f"raw.{quoted(schema)}._rejects"
    (records,) = one_row(raw, f"select count(*) from {table} where {where}", list(parameters))
    first = "{'column_name': column_name, 'reason': reason, 'value': value, 'rejects_row': not is_kept}"
    # A reason that tells the value is one reason all the same.
    reason = "case when ends_with(fault.reason, ': ' || fault.value) then left(fault.reason, -length(fault.value) - 2)"

    def faults(limit: str = "") -> str:
        return f"""
            select
                table_name, fault.column_name as column_name, {reason} else fault.reason end as reason,
                left(fault.value, {WRITTEN_CHARACTERS}) as value, is_kept, coalesce(fault.rejects_row, true) as rejects,
                load_id, line, file
            from (
                select table_name, file, line, load_id, is_kept,
                    unnest(list_concat([{first}], coalesce(more_faults, []))) as fault
                from (
                    select
                        table_name, file, line, load_id, column_name, reason, value,
                        is_row_kept as is_kept, more_faults
                    from {table}
                    where {where}
                    {limit}
                )
            )
        """

    counted = raw.execute(
        f"""
        with counted as (
            select
                table_name, column_name, reason,
                count(*) filter (not is_kept) as rows_out, count(*) filter (is_kept) as left_out,
                bool_or(rejects) as rejects, min({{'load_id': load_id, 'line': line, 'file': file}}) as place
            from ({faults()})
            group by table_name, column_name, reason
        )
        select table_name, column_name, reason, rows_out, left_out, rejects, place.file, place.line
        from counted
        order by
            table_name nulls last, rows_out > 0 desc, rejects desc, rows_out + left_out desc,
            column_name nulls first, reason nulls last
        """,
        list(parameters),
    ).fetchall()
    is_sample = records > MOST_LOOKED_AT
    limit = f"order by load_id nulls last, line nulls last limit {MOST_LOOKED_AT}" if is_sample else ""
    written: dict[tuple[str, str | None, str], list[tuple[str, int]]] = {}
    different: dict[tuple[str, str | None, str], int] = {}
    for *group, value, rows, number in raw.execute(
        f"""
        with written as (
            select table_name, column_name, reason, value, count(*) as rows, min((load_id, line)) as place
            from ({faults(limit)})
            where value is not null
            group by table_name, column_name, reason, value
        )
        select
            table_name, column_name, reason, value, rows, count(*) over (partition by table_name, column_name, reason)
        from written
        qualify row_number() over (
            partition by table_name, column_name, reason order by rows desc, place nulls last
        ) <= {MOST_WRITTEN}
        order by table_name nulls last, column_name nulls last, reason nulls last, rows desc, place nulls last
        """,
        list(parameters),
    ).fetchall():
        written.setdefault(tuple(group), []).append((value, rows))
        different[tuple(group)] = number
    return [
        Group(
            *(*group, *counts, different.get(tuple(group), 0), *place, tuple(written.get(tuple(group), ())), is_sample)
        )
        for group, counts, place in ((row[:3], row[3:6], row[6:]) for row in counted)
    ]


def group_rejects(
    settings: Settings, source: str | None = None, table: str | None = None, *, with_cleared: bool = False
) -> list[Grouped]:
    """Group what did not land by source, table, column and reason.

    Args:
        settings: where raw.duckdb is.
        source: only of this source.
        table: only of this table.
        with_cleared: those too that a later load settled.

    Raises:
        CxmartError: there is no raw.duckdb, or it has nothing of the source or table.
    """
    found = []
    with opened(settings.raw_file, settings, read_only=True) as raw:
        for name in _named(raw, source, table):
            where = "(? or cleared_by_load_id is null) and table_name = coalesce(?, table_name)"
            groups: dict[str, list[Group]] = {}
            for group in read_groups(raw, f"raw_{name}", where, [with_cleared, table]):
                groups.setdefault(group.table, []).append(group)
            counted = raw.execute(
                f"""
                select
                    table_name,
                    count(*) filter (not is_row_kept),
                    count(distinct file) filter (not is_row_kept),
                    count(*) filter (is_row_kept)
                from raw.{quoted(f"raw_{name}")}._rejects
                where {where}
                group by table_name
                order by table_name nulls last
                """,
                [with_cleared, table],
            ).fetchall()
            found += [Grouped(*(name, *counts, tuple(groups.get(counts[0], ())))) for counts in counted]
    return found


def _named(raw: Connection, source: str | None, table: str | None) -> list[str]:
    """List the sources that are asked for.

    Raises:
        CxmartError: nothing was ever loaded of the source, or of the table.
    """
    found = sources_with_rejects(raw)
    if source is not None and source not in found:
        raise unknown_name("nothing was ever loaded of source", source, found, others="loaded were")
    names = [source] if source is not None else found
    if table is not None:
        tables: set[str] = set()
        for name in names:
            schema = f"raw_{name}"
            if columns_of(raw, "raw", schema, "_loads"):
                loaded = raw.execute(f"select distinct table_name from raw.{quoted(schema)}._loads").fetchall()
                tables |= {loaded_table for (loaded_table,) in loaded}
        if table not in tables:
            raise unknown_name("nothing was ever loaded of table", table, sorted(tables), others="loaded were")
    return names


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
        CxmartError: there is no raw.duckdb, or it has nothing of the source or table.
    """
    with opened(settings.raw_file, settings, read_only=True) as raw:
        for name in _named(raw, source, table):
            schema = f"raw_{name}"
            query = raw.execute(
                f"""
                select
                    table_name, file, line, column_name, reason, value, raw_text, load_id,
                    cleared_by_load_id as cleared_by, is_row_kept as is_kept, more_faults as more
                from raw.{quoted(schema)}._rejects
                where (? or cleared_by is null) and table_name = coalesce(?, table_name)
                order by table_name nulls last, load_id nulls last, line nulls last, column_name nulls last
                """,
                [with_cleared, table],
            )
            while rows := query.fetchmany(FETCHED_ROWS):
                for *row, more in rows:
                    others = (Fault(*(fault[name] for name in FAULT_FIELDS)) for fault in more or [])
                    yield Reject(*(name, *row, tuple(others)))


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
            plain = [field.name for field in fields(Reject) if field.name != "more_faults"]
            writer.writerow([*plain, "more_faults"])
            for reject in rejects:
                more = "; ".join(fault.in_words for fault in reject.more_faults)
                writer.writerow([*(safe_cell(getattr(reject, name)) for name in plain), safe_cell(more)])
                written += 1
    except FileExistsError:
        raise CxmartError(f"{path} is there already; name a new file", ExitCode.USAGE) from None
    except OSError as error:
        raise translate(error, path) from error
    return written


def safe_cell(value: str | int | None) -> str:
    """Write a value as a cell that no spreadsheet takes for a formula: an apostrophe stands before one."""
    text = "" if value is None else str(value)
    is_formula = text.lstrip().startswith(FORMULA_STARTS) or text.startswith(("\t", "\r", "\n"))
    return f"'{text}" if is_formula else text
