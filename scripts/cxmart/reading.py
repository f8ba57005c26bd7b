"""Reading a file as SQL: every format becomes a select of the columns c0, c1, … in the order of the file."""

import csv
import re
from dataclasses import dataclass, field

import duckdb

from cxmart.database import Connection, literal, quoted
from cxmart.errors import CxmartError, ExitCode, explain, first_line
from cxmart.files import DataFile

DELIMITERS = {"csv": ",", "tsv": "\t"}
# A byte that no text has: a line read with it as the delimiter is one field.
NO_DELIMITER = "\x01"

LINE_NUMBER = re.compile(r"CSV Error on Line: (\d+)")
# What DuckDB says of the place of an error, which is said before.
REPEATED_LINE = re.compile(r"CSV Error on Line|^Original Line")
FIELD_COUNTS = re.compile(r"Expected Number of Columns: (\d+) Found: (\d+)")


@dataclass(frozen=True)
class FileColumn:
    """A column of a file: its name there, and its type as DuckDB reads it (text formats: VARCHAR)."""

    name: str
    data_type: str = "VARCHAR"


@dataclass(frozen=True)
class Scan:
    """A select that gives the columns of a file as c0, c1, …, with its parameters."""

    sql: str
    parameters: list[str]
    columns: list[FileColumn] = field(default_factory=list)


def scan(connection: Connection, file: DataFile) -> Scan:
    """Tell how to read a file.

    Args:
        connection: any open connection.
        file: the file to read; of a text file only the header is read here, of .jsonl the names of all fields.

    Raises:
        CxmartError: the file has no header, or can't be read as what its name says.
    """
    try:
        return {"csv": _scan_text, "tsv": _scan_text, "jsonl": _scan_json, "parquet": _scan_parquet}[file.format](
            connection, file
        )
    except duckdb.Error as error:
        raise explain_unreadable(connection, file, error) from error


def _scan_text(connection: Connection, file: DataFile) -> Scan:
    delimiter = DELIMITERS[file.format]
    lines = connection.execute(f"{_lines(file)} limit 1", [file.pattern]).fetchall()
    if not lines or not lines[0][0]:
        raise CxmartError(f"{file.path} has no header: its first line is empty; write the names of the columns there")
    try:
        (names,) = csv.reader([lines[0][0]], delimiter=delimiter, strict=True)
    except csv.Error as error:
        raise CxmartError(f"{file.path} has a header line that can't be read: {error}") from error
    # A column without a name, such as an index that some programs write first, is called by its place.
    columns = [FileColumn(name.strip() or f"column_{place}") for place, name in enumerate(names, start=1)]
    types = ", ".join(f"'c{place}': 'varchar'" for place in range(len(columns)))
    sql = (
        f"select * from read_csv(?, auto_detect = false, header = true, delim = {literal(delimiter)}, quote = '\"', "
        f"escape = '\"', strict_mode = true, {_text_options(file)}, columns = {{{types}}})"
    )
    return Scan(sql, [file.pattern], columns)


def _scan_json(connection: Connection, file: DataFile) -> Scan:
    names = [
        row[0]
        for row in connection.execute(
            f"""
            select distinct unnest(case when json_type(json) = 'OBJECT' then json_keys(json) else [null] end) as name
            from read_ndjson_objects(?, {_text_options(file)})
            order by name nulls first
            """,
            [file.pattern],
        ).fetchall()
    ]
    if None in names:
        raise CxmartError(f"{file.path} has a line that is no JSON object; write one object {{…}} a line")
    if not names:
        return Scan("select null where false", [])
    types = ", ".join(f"{literal(name)}: 'varchar'" for name in names)
    fields = ", ".join(f"{quoted(name)} as c{place}" for place, name in enumerate(names))
    sql = (
        f"select {fields} from read_json(?, format = 'newline_delimited', {_text_options(file)}, columns = {{{types}}})"
    )
    return Scan(sql, [file.pattern], [FileColumn(name) for name in names])


def _scan_parquet(connection: Connection, file: DataFile) -> Scan:
    described = connection.execute(
        "describe select * from read_parquet(?, hive_partitioning = false)", [file.pattern]
    ).fetchall()
    columns = [FileColumn(name, data_type) for name, data_type, *_ in described]
    fields = ", ".join(f"{quoted(column.name)} as c{place}" for place, column in enumerate(columns))
    return Scan(f"select {fields} from read_parquet(?, hive_partitioning = false)", [file.pattern], columns)


def _lines(file: DataFile) -> str:
    return (
        f"select line from read_csv(?, auto_detect = false, header = false, delim = '{NO_DELIMITER}', quote = '', "
        f"escape = '', strict_mode = false, {_text_options(file)}, columns = {{'line': 'varchar'}})"
    )


def _text_options(file: DataFile) -> str:
    # The reader of JSON calls no compression by another name than that of CSV.
    is_plain_json = file.format == "jsonl" and file.compression == "none"
    compression = "uncompressed" if is_plain_json else file.compression
    return f"compression = '{compression}', hive_partitioning = false"


def explain_unreadable(connection: Connection, file: DataFile, error: duckdb.Error) -> CxmartError:
    """Say what DuckDB's error while it reads a file means, with the line in the file where that is known."""
    explained = explain(error, file.path)
    if explained.exit_code is ExitCode.STORAGE:
        return explained
    text = str(error)
    line = LINE_NUMBER.search(text)
    where = f"{file.path}, line {line.group(1)}" if line else str(file.path)
    if counts := FIELD_COUNTS.search(text):
        return CxmartError(
            f"{where}: {counts.group(2)} fields, where the header has {counts.group(1)}; nothing was loaded"
        )
    if "unterminated quote" in text:
        return CxmartError(f"{where}: a quote is not closed, or text follows a closing quote; nothing was loaded")
    if "nicode" in text or "UTF-8" in text:
        return CxmartError(f"{where}: not in UTF-8; save the file in UTF-8 and load it again")
    if "state machine" in text:
        return CxmartError(f"{where}: its line ends are mixed, or a quote is out of place; nothing was loaded")
    if "Malformed JSON" in text or "JSON transform error" in text:
        number = _first_broken_json_line(connection, file)
        where = f"{file.path}, line {number}" if number else str(file.path)
        problem = "has a field twice" if "duplicate key" in text else "is no JSON object"
        return CxmartError(f"{where} {problem}; write one object {{…}} a line; nothing was loaded")
    if file.format == "parquet":
        return CxmartError(f"{file.path} is no whole Parquet file; copy it again")
    telling = "\n".join(line for line in text.splitlines() if not REPEATED_LINE.search(line))
    return CxmartError(f"{where}: {first_line(telling or text)}; nothing was loaded")


def _first_broken_json_line(connection: Connection, file: DataFile) -> int | None:
    query = f"""
        select min(line_number)
        from (select row_number() over () as line_number, line from ({_lines(file)}))
        where line is not null and not json_valid(line)
    """
    try:
        row = connection.execute(query, [file.pattern]).fetchone()
    except duckdb.Error:
        return None
    return row[0] if row else None
