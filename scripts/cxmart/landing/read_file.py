"""Reading a file as SQL: every format becomes a select of the columns c0, c1, … in the order of the file."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import duckdb

from cxmart.base.database import Connection, literal, quoted
from cxmart.base.errors import CxmartError, ExitCode, first_line, translate
from cxmart.contract import private_columns
from cxmart.contract.source_contract import Dialect
from cxmart.contract.vocabulary import name_key
from cxmart.landing import repair
from cxmart.landing.files import DataFile
from cxmart.landing.repair import Lines, Mended

# What may stand between the fields, the first of equals first.
DELIMITERS = {"csv": (",", ";", "\t", "|"), "tsv": ("\t",), "txt": ("\t", ";", ",", "|")}
# The first line by which some programs name the delimiter.
DELIMITER_LINE = re.compile(r"sep=(.)\s*")

MOST_COLUMNS = 5_000
MOST_HEADER_CHARACTERS = 1_000_000

# The number of a record, in the clean copy of a file.
ROW_COLUMN = "r"

NESTED = ("STRUCT", "MAP", "UNION", "JSON", "VARIANT")

LINE_NUMBER = re.compile(r"CSV Error on Line: (\d+)")
# What DuckDB says of the place of an error, which is said before.
REPEATED_LINE = re.compile(r"CSV Error on Line|^Original Line")


@dataclass(frozen=True)
class FileColumn:
    """A column of a file: its name there, and its type as DuckDB reads it (text formats: VARCHAR)."""

    name: str
    data_type: str = "VARCHAR"


@dataclass(frozen=True)
class Scan:
    """A select that gives the columns of a file as c0, c1, …, with its parameters.

    `has_row` says that it gives the number of each record as r; else it gives all records in their order. `delimiter`
    is that of delimited text. `dropped` are columns that were left out on the way, since they never land.
    """

    sql: str
    parameters: dict[str, object]
    columns: list[FileColumn] = field(default_factory=list)
    has_row: bool = False
    delimiter: str | None = None
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True)
class Head:
    """How a file of delimited text is written. `skipped` is how many lines come before the header."""

    encoding: str
    delimiter: str
    names: list[str]
    skipped: int = 0

    @property
    def is_plain(self) -> bool:
        """Whether the engine reads it as it is. An empty line is a record to it, where there is but one column."""
        return self.encoding == "utf-8" and not self.skipped and len(self.names) > 1


def look(file: DataFile, dialect: Dialect, known: Sequence[str]) -> Head:
    """Read the header of a file of delimited text, and find out how the file is written.

    Args:
        file: the file.
        dialect: what its source declares.
        known: the names of the columns that its table declares; the delimiter is the one that gives most of them.

    Raises:
        CxmartError: it has no header.
    """
    encoding = repair.find_encoding(file, dialect.encoding)
    with repair.opened_lines(file, encoding) as lines:
        beginning = _beginning(lines)
    if any(repair.has_undecoded(line, encoding) for line in beginning) and encoding == "utf-8":
        encoding = fallback_encoding(file, dialect)
        with repair.opened_lines(file, encoding) as lines:
            beginning = _beginning(lines)
    return _head(file, dialect, known, encoding, beginning)


def fallback_encoding(file: DataFile, dialect: Dialect) -> str:
    """Find out how a file is encoded that is not in UTF-8 as a whole; where the source declares UTF-8, it is."""
    return "cp1252" if dialect.encoding is None and repair.is_windows_1252(file) else "utf-8"


def _beginning(lines: Lines) -> list[str]:
    """Give the first lines, as many as a header with line ends in quotes may have."""
    found: list[str] = []
    size = 0
    while len(found) < 50 and size < MOST_HEADER_CHARACTERS and (line := lines.next()) is not None:
        found.append(line)
        size += len(line)
    return found


class _GivenLines(Lines):
    def __init__(self, given: Sequence[str]) -> None:
        self._given_back = list(reversed(given))

    def next(self) -> str | None:
        return self._given_back.pop() if self._given_back else None


def _head(file: DataFile, dialect: Dialect, known: Sequence[str], encoding: str, beginning: list[str]) -> Head:
    skipped = 0
    candidates: Sequence[str] = [dialect.delimiter] if dialect.delimiter else DELIMITERS[file.format]
    if beginning and (named := DELIMITER_LINE.fullmatch(beginning[0])):
        skipped, candidates, beginning = 1, [named.group(1)], beginning[1:]
    if not beginning or not beginning[0].strip():
        raise CxmartError(f"{file} has no header: its first line is empty; write the names of the columns there")
    if len(beginning[0]) > MOST_HEADER_CHARACTERS:
        raise CxmartError(
            f"{file} has a first line of more than {MOST_HEADER_CHARACTERS:,} characters, which is no header; "
            "write the names of the columns there"
        )
    wanted = {name_key(name) for name in known}
    best: tuple[tuple[int, int], str, list[str]] | None = None
    problem = ""
    for delimiter in candidates:
        lines = _GivenLines(beginning)
        try:
            names, _ = repair.read_record(lines, lines.next() or "", delimiter)
        except repair.BrokenRecordError as error:
            problem = str(error)
            continue
        names = [name.strip() for name in names]
        score = (sum(name_key(name) in wanted for name in names), len(names))
        if best is None or score > best[0]:
            best = (score, delimiter, names)
    if best is None:
        raise CxmartError(f"{file} has a header line that can't be read: it {problem}")
    _, delimiter, names = best
    if any(repair.has_undecoded(name, encoding) for name in names):
        raise CxmartError(
            f"{file} has a header that is not in {repair.ENCODINGS_IN_WORDS[encoding]}; save the file in UTF-8"
        )
    if any("@" in name for name in names):
        # The values of a row must not become names.
        raise CxmartError(f"{file} has no header: its first line holds an e-mail address; write the names there")
    # A column without a name, such as an index that some programs write first, is called by its place.
    names = [name or f"column_{place}" for place, name in enumerate(names, start=1)]
    return Head(encoding, delimiter, names, skipped)


def scan_delimited(file: DataFile, head: Head) -> Scan:
    """Tell how the engine reads a file of delimited text as it is; it refuses one with any broken line."""
    types = ", ".join(f"'c{place}': 'varchar'" for place in range(len(head.names)))
    sql = (
        f"select * from read_csv($file, auto_detect = false, header = true, delim = {literal(head.delimiter)}, "
        f"quote = '\"', escape = '\"', strict_mode = true, {_text_options(file)}, columns = {{{types}}})"
    )
    columns = [FileColumn(name) for name in head.names]
    return Scan(sql, {"file": file.pattern}, columns, delimiter=head.delimiter)


def scan_mended(mended: Mended, delimiter: str | None) -> Scan:
    """Tell how to read the clean copy of a file; `delimiter` is that of delimited text, None of JSON lines."""
    columns = [FileColumn(name) for name in mended.columns]
    types = ", ".join([f"'{ROW_COLUMN}': 'bigint'", *(f"'c{place}': 'varchar'" for place in range(len(columns)))])
    pattern = str(mended.rows_file)
    if delimiter is None:
        sql = (
            f"select * from read_json($file, format = 'newline_delimited', compression = 'uncompressed', "
            f"maximum_object_size = {8 * repair.LONGEST_RECORD}, hive_partitioning = false, columns = {{{types}}})"
        )
    else:
        # Doubled quotes and the number may make a record longer than it was, and characters have up to four bytes.
        sql = (
            "select * from read_csv($file, auto_detect = false, header = false, delim = ',', quote = '\"', "
            f"escape = '\"', strict_mode = true, max_line_size = {5 * repair.LONGEST_RECORD}, new_line = '\\n', "
            f"compression = 'none', hive_partitioning = false, columns = {{{types}}})"
        )
    return Scan(sql, {"file": pattern}, columns, has_row=True, delimiter=delimiter, dropped=tuple(mended.dropped))


def broken_records(mended: Mended) -> Scan:
    """Tell how to read the broken records of a file: their number, reason and text."""
    sql = (
        "select * from read_csv($file, auto_detect = false, header = false, delim = ',', quote = '\"', escape = '\"', "
        "compression = 'none', hive_partitioning = false, new_line = '\\n', "
        "columns = {'line': 'bigint', 'reason': 'varchar', 'text': 'varchar'})"
    )
    return Scan(sql, {"file": str(mended.broken_file)})


def scan_json(connection: Connection, file: DataFile) -> Scan | None:
    """Tell how the engine reads a file of JSON lines as it is; None where a line is broken or more than values.

    None too where no line has a field.

    Args:
        connection: any open connection.
        file: the file; all its lines are read for their names.
    """
    found = connection.execute(
        f"""
        select distinct unnest(
            case
                when json_type(json) <> 'OBJECT' then [null]
                -- A brace or bracket beside those around the object: maybe within a text, maybe more than values.
                when contains(substr(json, strpos(json, '{{') + 1), '{{') or contains(json, '[') then [null]
                else json_keys(json)
            end
        ) as name
        from read_ndjson_objects($file, {_text_options(file)})
        order by name nulls first
        """,
        {"file": file.pattern},
    ).fetchall()
    names = [row[0] for row in found]
    # Without names there may still be lines: empty objects, or a file so short that the engine finds nothing in it.
    if not names or None in names or any(not name.strip() or "\0" in name for name in names):
        return None
    types = ", ".join(f"{literal(name)}: 'varchar'" for name in names)
    fields = ", ".join(f"{quoted(name)} as c{place}" for place, name in enumerate(names))
    sql = (
        f"select {fields} from read_json($file, format = 'newline_delimited', {_text_options(file)}, "
        f"columns = {{{types}}})"
    )
    return Scan(sql, {"file": file.pattern}, [FileColumn(name) for name in names])


def scan_parquet(connection: Connection, file: DataFile) -> Scan:
    """Tell how to read a Parquet file. Fields of structures are columns of both names, joined by `_`.

    What can't be looked into (maps, JSON, lists of structures with a field that never lands) is dropped.
    """
    described = connection.execute(
        "describe select * from read_parquet($file, hive_partitioning = false)", {"file": file.pattern}
    ).fetchall()
    columns: list[FileColumn] = []
    fields: list[str] = []
    dropped: list[str] = []
    for name, data_type, *_ in described:
        if not name:
            raise CxmartError(f"{file} has a column without a name; give it one")
        for full, value, inner_type in _taken_apart(connection, name, quoted(name), data_type):
            is_list = inner_type.endswith("]")
            if inner_type.startswith(NESTED[1:]) or (is_list and _holds_private(inner_type)):
                dropped.append(full)
                continue
            fields.append(f"{f'cast(to_json({value}) as varchar)' if is_list else value} as c{len(columns)}")
            columns.append(FileColumn(full, "VARCHAR" if is_list else inner_type))
    fields.append(f"file_row_number + 1 as {ROW_COLUMN}")
    # A literal, since it becomes a view.
    source = f"read_parquet({literal(file.pattern)}, hive_partitioning = false, file_row_number = true)"
    return Scan(f"select {', '.join(fields)} from {source}", {}, columns, has_row=True, dropped=tuple(dropped))


def _taken_apart(connection: Connection, name: str, value: str, data_type: str) -> list[tuple[str, str, str]]:
    """List the values in a column as (name, SQL, type): itself, or the fields of a structure, however deep."""
    if not data_type.startswith("STRUCT") or data_type.endswith("]"):
        return [(name, value, data_type)]
    if private_columns.kind_of(name):
        # Whatever is in it belongs to what never lands.
        return [(name, f"cast(to_json({value}) as varchar)", "VARCHAR")]
    inner = connection.execute(f"describe select unnest(cast(null as {data_type}))").fetchall()
    return [
        found
        for field_name, field_type, *_ in inner
        for found in _taken_apart(
            connection, f"{name}_{field_name}", f"struct_extract({value}, {literal(field_name)})", field_type
        )
    ]


def _holds_private(data_type: str) -> bool:
    """Tell whether a type of lists has fields whose names are on the list, or can't be looked into."""
    if "MAP(" in data_type or "JSON" in data_type or "UNION(" in data_type:
        return True
    names = re.findall(r'(?:\(|, )(?:"((?:[^"]|"")+)"|(\w+)) ', data_type)
    return any(private_columns.kind_of(quoted_name or plain) for quoted_name, plain in names)


def _text_options(file: DataFile) -> str:
    # The reader of JSON calls no compression by another name than that of CSV.
    is_plain_json = file.format == "jsonl" and file.compression == "none"
    compression = "uncompressed" if is_plain_json else file.compression
    return f"compression = '{compression}', hive_partitioning = false"


def explain_unreadable(file: DataFile, error: duckdb.Error) -> CxmartError:
    """Say what DuckDB's error while it reads a file means, with the line in the file where that is known."""
    explained = translate(error, file.path)
    if explained.exit_code is ExitCode.STORAGE:
        return explained
    if file.format == "parquet":
        return CxmartError(f"{file} is no whole Parquet file; copy it again")
    text = str(error)
    line = LINE_NUMBER.search(text)
    where = f"{file}, line {line.group(1)}" if line else str(file)
    telling = "\n".join(line for line in text.splitlines() if not REPEATED_LINE.search(line))
    return CxmartError(f"{where}: {first_line(telling or text)}; nothing was loaded")
