"""Turning the text of a file into the declared types, and finding the values that break the contract.

Both happen in one select over the file, so that its text is read once. A value that breaks the contract marks its row
with the number of the first check that fails there and with the value's text. The select must keep the order of the
rows, since their place is their line number: it may hold nothing but projections.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cxmart.contract import LOADER_COLUMNS, Column, Table
from cxmart.database import literal, quoted
from cxmart.errors import CxmartError, shortened
from cxmart.files import DataFile
from cxmart.reading import FileColumn, Scan

# What the select adds to the columns of the table.
CHECK_COLUMN = "_failed_check"
TEXT_COLUMN = "_failed_text"
RESERVED = {*LOADER_COLUMNS, CHECK_COLUMN, TEXT_COLUMN}

INTEGER_TYPES = {"tinyint", "smallint", "integer", "int", "bigint", "hugeint"}
TEXT_TYPES = {"varchar", "text", "string"}

# The engine's own casts take more than is safe: a date with anything behind it, 1.5 as 2, a year of two digits, zone
# abbreviations. These say what is taken.
OFFSET = r"(Z|UTC|[+-]\d\d(:?\d\d)?)"
DATE = r"\d{4}-\d\d-\d\d"
TIMESTAMP_FORM = rf"\s*{DATE}([T ]\d\d:\d\d(:\d\d(\.\d+)?)?\s*{OFFSET}?)?\s*"
DATE_FORM = rf"\s*{DATE}([T ]00:00(:00(\.0+)?)?\s*{OFFSET}?)?\s*"
INTEGER_FORM = r"\s*[+-]?\d+(\.0*)?\s*"
# ISO 8601 may leave out the seconds, the engine's cast with an offset may not.
WITHOUT_SECONDS = rf"^(\s*{DATE}[T ]\d\d:\d\d)\s*{OFFSET}\s*$"


@dataclass(frozen=True)
class Check:
    """A rule that a column's values must meet. `fails` is SQL, true where a value breaks it; `reason` says how."""

    column: str
    reason: str
    fails: str
    text: str


@dataclass(frozen=True)
class Projection:
    """A select of typed rows: the columns of the table, then the failed check and its text."""

    sql: str
    parameters: list[str]
    checks: list[Check]


def match_columns(file: DataFile, scan: Scan, table: Table, known: Iterable[str]) -> dict[str, int]:
    """Find out which column of a table each column of a file is.

    Args:
        file: the file, for messages.
        scan: its columns.
        table: the declared table.
        known: the columns that the table has, declared or from earlier files. Names are compared without case; a column
            that is none of these keeps its name.

    Returns:
        The place in the file of each column, by the table's name for it.

    Raises:
        CxmartError: a required column is missing, a name comes twice or belongs to the loader.
    """
    names = {name.lower(): name for name in known}
    places: dict[str, int] = {}
    for place, column in enumerate(scan.columns):
        name = names.setdefault(column.name.lower(), column.name)
        if name.lower() in RESERVED:
            raise CxmartError(
                f"{file.path} has the column {column.name}, a name of the loader's own; rename or drop it"
            )
        if name in places:
            raise CxmartError(f"{file.path} has the column {name} twice; rename or drop one")
        places[name] = place
    missing = [column.name for column in table.columns if column.required and column.name not in places]
    # A .jsonl file without a line names no columns, and has nothing to refuse.
    if missing and scan.columns:
        found = shortened(", ".join(column.name for column in scan.columns))
        raise CxmartError(f"{file.path} lacks {', '.join(missing)}, which {table.name} needs; it has: {found}")
    return places


def project(scan: Scan, places: Mapping[str, int], columns: Sequence[Column]) -> Projection:
    """Write the select that types and checks a file.

    Args:
        scan: how to read the file.
        places: where in the file each column is.
        columns: the columns to give, in order; those that the file lacks are null.

    Returns:
        The select with its checks.
    """
    checks: list[Check] = []
    typed: list[str] = []
    for number, column in enumerate(columns):
        if column.name in places:
            place = places[column.name]
            value = _typed(column, scan.columns[place], f"c{place}")
            checks += _checks(column, scan.columns[place], f"c{place}", f"v{number}")
        else:
            value = f"cast(null as {column.data_type})"
        typed.append(f"{value} as v{number}")
    failures = " ".join(f"when {check.fails} then {number}" for number, check in enumerate(checks))
    texts = " ".join(f"when {number} then {check.text}" for number, check in enumerate(checks))
    values = ", ".join(f"v{number} as {quoted(column.name)}" for number, column in enumerate(columns))
    sql = f"""
        select
            {values},
            {CHECK_COLUMN},
            {f"case {CHECK_COLUMN} {texts} end" if checks else "cast(null as varchar)"} as {TEXT_COLUMN}
        from (
            select *, {f"case {failures} end" if checks else "cast(null as integer)"} as {CHECK_COLUMN}
            from (select *, {", ".join(typed)} from ({scan.sql}))
        )
    """
    return Projection(sql, scan.parameters, checks)


def rejects(relation: str, checks: Sequence[Check]) -> str:
    """Write the select of the rows that break the contract, in the order of the file.

    Args:
        relation: the table that a projection was written to; its rowid counts the rows of the file from 0.
        checks: the projection's checks.

    Returns:
        SQL that gives line (counted from 1 without the header), column_name, reason and text.
    """
    columns = " ".join(f"when {number} then {literal(check.column)}" for number, check in enumerate(checks))
    reasons = " ".join(f"when {number} then {literal(check.reason)}" for number, check in enumerate(checks))
    return f"""
        select
            rowid + 1 as line,
            case {CHECK_COLUMN} {columns} end as column_name,
            case {CHECK_COLUMN} {reasons} end as reason,
            {TEXT_COLUMN} as text
        from {relation}
        where {CHECK_COLUMN} is not null
        order by line nulls last
    """


def _text(given: FileColumn, place: str) -> str:
    return place if given.data_type == "VARCHAR" else f"cast({place} as varchar)"


def _typed(column: Column, given: FileColumn, place: str) -> str:
    """Write the value of a column in its type; null where it is empty or can't be read."""
    text = _text(given, place)
    if column.data_type in TEXT_TYPES:
        return f"nullif({text}, '')"
    if given.data_type.lower() == column.data_type:
        return place
    if column.data_type == "timestamp":
        if given.data_type == "TIMESTAMP WITH TIME ZONE":
            return f"cast({place} as timestamp)"
        # The session is in UTC. A cast from text straight to timestamp would drop the offset.
        with_seconds = f"regexp_replace({text}, {literal(WITHOUT_SECONDS)}, '\\1:00\\2')"
        return f"cast(coalesce(try_cast({text} as timestamptz), try_cast({with_seconds} as timestamptz)) as timestamp)"
    return f"try_cast(trim({text}) as {column.data_type})"


def _checks(column: Column, given: FileColumn, place: str, value: str) -> list[Check]:
    text = _text(given, place)
    is_empty = f"({text} is null or trim({text}) = '')"
    rules: list[tuple[str, str]] = []
    if column.required:
        rules.append(("is missing", is_empty))
    if column.data_type not in TEXT_TYPES and given.data_type.lower() != column.data_type:
        rules.append(
            (f"is no {_type_in_words(column.data_type)}", f"({_is_unreadable(column, text, value)}) and not {is_empty}")
        )
    if column.data_type in {"double", "timestamp", "date"}:
        rules.append(("is not finite", f"not isfinite({value})"))
    if column.accepted_values:
        accepted = ", ".join(literal(accepted_value) for accepted_value in column.accepted_values)
        # Not `not in (…)`: the engine may make a join of it, after which the rows are in another order.
        is_accepted = f"list_contains([{accepted}], lower(trim({text})))"
        rules.append((f"is none of {', '.join(column.accepted_values)}", f"not {is_empty} and not {is_accepted}"))
    if column.minimum is not None:
        rules.append((f"is below {column.minimum}", f"{value} < cast({literal(column.minimum)} as {column.data_type})"))
    if column.maximum is not None:
        rules.append((f"is above {column.maximum}", f"{value} > cast({literal(column.maximum)} as {column.data_type})"))
    return [Check(column.name, reason, fails, text) for reason, fails in rules]


def _is_unreadable(column: Column, text: str, value: str) -> str:
    form = {"timestamp": TIMESTAMP_FORM, "date": DATE_FORM}.get(column.data_type)
    if column.data_type in INTEGER_TYPES:
        form = INTEGER_FORM
    if form is None:
        return f"{value} is null"
    return f"{value} is null or not regexp_full_match({text}, {literal(form)})"


def _type_in_words(data_type: str) -> str:
    if data_type in INTEGER_TYPES:
        return "whole number"
    return {
        "timestamp": "time (write ISO 8601, for example 2026-11-01T09:30:00Z)",
        "date": "date (write it as 2026-11-01)",
        "boolean": "true or false",
        "double": "number",
    }.get(data_type, "number of the right size" if data_type.startswith("decimal") else data_type)
