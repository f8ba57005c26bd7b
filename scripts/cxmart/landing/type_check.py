"""Turning the values of a file into the declared types, and finding those that break the contract.

Both happen in one select over the file. A value that breaks the contract marks its row with the number of the first
check that fails there; a second select gives all faults and the texts of such rows, where there are any. The selects
must keep the order of the rows, since their place is their line number: they may hold nothing but projections.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from cxmart.base import keyed_hash
from cxmart.base.database import literal
from cxmart.base.errors import CxmartError, shortened
from cxmart.base.suggestions import nearest
from cxmart.contract import private_columns, value_forms
from cxmart.contract.source_contract import (
    ANY_VALUE,
    LOADER_COLUMNS,
    TEXT_TYPES,
    Column,
    Dialect,
    Table,
)
from cxmart.contract.value_forms import INTEGER_TYPES
from cxmart.contract.vocabulary import Vocabulary, is_placeholder_in_sql, name_key, name_key_in_sql
from cxmart.landing import headings, ids
from cxmart.landing.files import DataFile
from cxmart.landing.read_file import MOST_COLUMNS, ROW_COLUMN, FileColumn, Scan
from cxmart.landing.repair import LONGEST_TEXT
from cxmart.landing.workbooks import ERRORS

OF_A_FORMULA = "is what a spreadsheet shows where a formula went wrong, and no value"
HASH_COLUMN = "email_hash"
CURRENCY_COLUMN = "currency"
SCALE_MIN, SCALE_MAX = "scale_min", "scale_max"
# Of as many rows it is looked at whether times have an offset.
SAMPLE_ROWS = 10_000

# As the engine calls the types of a Parquet file.
GIVEN_INTEGERS = {
    *("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT")
}
GIVEN_TIMESTAMPS = {"TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"}


@dataclass(frozen=True)
class Check:
    """A rule that a column's values must meet. `fails` is SQL, true where a value breaks it; `reason` says how.

    A row that breaks it is rejected; with `keeps_row` it lands without the value. `takes_value` is true where the value
    could be read, and must be taken out. `text` is the value as it is told, with `is_reason` as a part of the reason.
    """

    column: str
    reason: str
    fails: str
    text: str
    keeps_row: bool = False
    takes_value: bool = False
    is_reason: bool = False


@dataclass(frozen=True)
class Matching:
    """Which column of a file is which of its table.

    `places` gives the place in the file by the table's name. `dropped` are the file's columns that never land, by the
    kind of what they hold; `let_through` those that land although they are on the list; `hashed` the place of the
    column that becomes `email_hash`.
    """

    places: dict[str, int] = field(default_factory=dict)
    dropped: dict[str, str] = field(default_factory=dict)
    let_through: list[str] = field(default_factory=list)
    hashed: int | None = None

    def landing(self, names: Sequence[str]) -> list[int]:
        """Give the places of the columns that land as they are, of a file with columns of these names."""
        return [place for place, name in enumerate(names) if name not in self.dropped]

    def needed(self, names: Sequence[str]) -> list[int]:
        """Give the places of the columns that are read: those that land, and the one that becomes a hash."""
        return [place for place, name in enumerate(names) if name not in self.dropped or place == self.hashed]


@dataclass(frozen=True)
class Projection:
    """A select of typed rows: v0, v1, … of the columns, then what failed and, with a zone, what times were resolved.

    The columns beside the values: `failed_check`, the place of the first of `checks` that fails, from `first_keeping`
    on one that keeps the row; with `has_addresses`, `is_placeholder` (an address that is nobody's); with
    `has_local_times`, `times_moved` and `times_twice` (how many times of the row did not exist or came twice); with
    `has_dates`, `date_columns` (the names of the times that are days without a time, with commas between); `r`, the
    number of the row, where the scan gives one. `failures_sql` gives `failed_check`, `faults` (a list of structures of
    `place` and `value`: all that is wrong, the check that failed first at its head) and `failed_text` of the rows that
    fail, in the same order: few have texts to keep, and so the others do not carry empty ones. `keeping_sql` counts the
    rows that fail a check that would keep them, without a look at the others; it is None where there is no such check.
    `local_time_sql` finds the column and the text of one of the first times without an offset; None where none can be.
    """

    sql: str
    failures_sql: str
    parameters: dict[str, object]
    checks: list[Check]
    has_local_times: bool = False
    has_dates: bool = False
    first_keeping: int = 0
    keeping_sql: str | None = None
    has_addresses: bool = False
    local_time_sql: str | None = None


def match_columns(
    file: DataFile,
    names: Sequence[str],
    table: Table,
    known: Iterable[str],
    *,
    has_hash_key: bool,
    is_empty: bool = False,
) -> Matching:
    """Find out which column of a table each column of a file is.

    Args:
        file: the file, for messages.
        names: the file's columns.
        table: the declared table.
        known: the columns that the table has, declared or from earlier files. Names are compared without case; a column
            that is none of these keeps its name.
        has_hash_key: whether e-mail addresses can be hashed.
        is_empty: the file has no record that could name its columns.

    Raises:
        CxmartError: a required column is missing, a name comes twice or belongs to the loader, or there are too many.
    """
    if len(names) > MOST_COLUMNS:
        raise CxmartError(
            f"{file} has {len(names):,} columns, and more than {MOST_COLUMNS:,} are too many; export fewer"
        )
    if unwritable := [name for name in names if "\0" in name]:
        raise CxmartError(f"{file} has a null byte in the name of column {unwritable[0]!r}; rename it")
    table_names = {name.lower(): name for name in known}
    declared = declared_names(table)
    matching = Matching()
    given: dict[str, str] = {}
    for place, file_name in enumerate(names):
        name = declared.get(name_key(file_name)) or table_names.setdefault(file_name.lower(), file_name)
        if name.lower() in LOADER_COLUMNS:
            raise CxmartError(f"{file} has the column {file_name}, a name of the loader's own; rename or drop it")
        if name.lower() in given:
            both = "" if given[name.lower()] == file_name else f" ({given[name.lower()]} and {file_name} are one)"
            raise CxmartError(f"{file} has the column {name} twice{both}; rename or drop one")
        given[name.lower()] = file_name
        kind = private_columns.kind_of(file_name)
        if kind and file_name.lower() not in table.let_through:
            matching.dropped[file_name] = kind
            continue
        if kind:
            matching.let_through.append(file_name)
        matching.places[name] = place
    missing = lacking(table, matching.places)
    if missing and not is_empty:
        raise CxmartError(f"{file} {_what_lacks(missing, names, table, declared)}")
    # The column of the hash may be given; else it is made.
    hashed = private_columns.hashed_column(list(matching.dropped))
    if hashed and has_hash_key and HASH_COLUMN not in given:
        return Matching(matching.places, matching.dropped, matching.let_through, list(names).index(hashed))
    return matching


def _what_lacks(missing: Sequence[str], names: Sequence[str], table: Table, declared: Mapping[str, str]) -> str:
    """Say which columns a file lacks, which of its own may be meant, and which it has."""
    free = [name for name in names if name_key(name) not in declared]
    found = shortened(", ".join(names)) or "none that lands"
    said = f"lacks {', '.join(missing)}, which {table.name} needs"
    if len(free) == len(names) > 0:
        return (
            f"{said}; none of its columns is one of {table.name}: is its first line the header, with the names of the "
            f"columns? It has: {found}"
        )
    meant: list[tuple[str, str]] = []
    for name in missing:
        # One column is not two.
        left = [other for other in free if other not in {taken for _, taken in meant}]
        meant += [(name, other) for other in _headings_of(name, left)[:1]]
    if not meant:
        return f"{said}; it has: {found}"
    renamed = ", ".join(f"{other} to {name}" for name, other in meant)
    return f"{said}; if that is what they hold, rename {renamed}. It has: {found}"


def _headings_of(column: str, names: Sequence[str]) -> list[str]:
    """Give the names in a file that may be those of a declared column."""
    return [name for name in names if headings.meant(name, [column])] or nearest(column, names)


def lacking(table: Table, given: Mapping[str, int]) -> list[str]:
    """List the columns that a table needs, and a file with the given columns does not have."""
    return [column.name for column in table.columns if _must_be_there(column, given)]


def declared_names(table: Table) -> dict[str, str]:
    """Give the columns of a table by what all spellings of their names share, as `Ticket ID` and `created-at`.

    A column that nobody declared is known by its own name only.
    """
    return {name_key(column.name): column.name for column in table.columns}


def _must_be_there(column: Column, given: Mapping[str, int]) -> bool:
    """Tell whether a file with the given columns lacks one that it needs; another one may stand in for it."""
    may_lack = any(value == ANY_VALUE and other in given for other, value in column.required_unless)
    return column.name not in given and (column.required or (bool(column.required_unless) and not may_lack))


def project(
    scan: Scan,
    matching: Matching,
    columns: Sequence[Column],
    table: Table,
    dialect: Dialect,
    hash_key: str | None,
    vocabulary: Vocabulary,
) -> Projection:
    """Write the select that types and checks a file.

    Args:
        scan: how to read the file.
        matching: which of its columns is which.
        columns: the columns to give, in order; those that the file lacks are null.
        table: the declared table.
        dialect: how its source writes.
        hash_key: the key of e-mail addresses.
        vocabulary: names in other words, words of scores, and addresses that are nobody's.
    """
    checks: list[Check] = []
    typed: list[str] = []
    values: dict[str, tuple[str, _Value]] = {}
    rewritten: list[str] = []
    locals_: list[tuple[int, str]] = []
    days: list[tuple[str, str]] = []
    parameters = dict(scan.parameters)
    is_text_file = scan.delimiter is not None
    currency = _usual_currency(table, dialect)
    for number, column in enumerate(columns):
        if column.name.lower() == HASH_COLUMN and matching.hashed is not None:
            address = f"lower(trim(c{matching.hashed}))"
            is_placeholder = f"{address} <> '' and {is_placeholder_in_sql(address, vocabulary.placeholders)}"
            typed.append(f"coalesce({is_placeholder}, false) as is_placeholder")
            typed.append(f"{_hashed(f'c{matching.hashed}', is_placeholder)} as v{number}")
            parameters |= keyed_hash.parameters((hash_key or "").encode())
            continue
        place = matching.places.get(column.name)
        usual = currency if column.name == CURRENCY_COLUMN else None
        if place is None:
            typed.append(f"cast({literal(usual) if usual else 'null'} as {column.data_type}) as v{number}")
            continue
        value = _Value(
            column,
            scan.columns[place],
            f"c{place}",
            f"x{number}",
            dialect,
            is_text_file,
            vocabulary,
            column in table.columns,
            _are_words(scan, matching, column, table, dialect, vocabulary),
        )
        values[column.name] = (f"v{number}", value)
        if value.is_rewritten:
            rewritten.append(f"{value.canonical()} as x{number}")
        if column.data_type == "timestamp" and (is_day := value.is_day(f"v{number}")):
            days.append((column.name, is_day))
        if value.is_local:
            typed.append(f"{value.local()} as t{number}, {value.instant()} as i{number}")
            locals_.append((number, f"t{number}"))
        else:
            typed_value = value.typed(is_key=column.name in table.key)
            if usual:
                typed_value = f"case when {value.is_empty} then {literal(usual)} else {typed_value} end"
            typed.append(f"{typed_value} as v{number}")
        checks += value.checks(f"v{number}", is_key=column.name in table.key)
    checks += [check for column in columns if (check := _required_unless(column, values))]
    checks += _checks_of_currency(scan, matching, columns, values, currency)
    checks += _off_scale(columns, values)
    first_keeping = sum(not check.keeps_row for check in checks)
    # Rejecting ones first: a row that fails one of them does not land, whatever else is wrong.
    checks.sort(key=lambda check: check.keeps_row)
    source = f"select *, {', '.join(rewritten)} from ({scan.sql})" if rewritten else scan.sql
    source = f"select *, {', '.join(typed)} from ({source})"
    source, moved, twice = _zoned(source, locals_, dialect.timezone)
    first_failed = " ".join(f"when {check.fails} then {number}" for number, check in enumerate(checks))
    names = ", ".join(_kept_value(number, column, checks, first_keeping) for number, column in enumerate(columns))
    shown = matching.landing([column.name for column in scan.columns])
    row_text = f"left({_row_text(scan, shown)}, {LONGEST_TEXT})"
    has_addresses = matching.hashed is not None and any(column.name.lower() == HASH_COLUMN for column in columns)
    checked = f"""
        select *, cast({f"case {first_failed} end" if checks else "null"} as smallint) as failed_check
        from ({source})
    """
    sql = f"""
        select
            {f"{names}," if names else ""}
            failed_check
            {", is_placeholder" if has_addresses else ""}
            {f", {moved} as times_moved, {twice} as times_twice" if locals_ else ""}
            {f", {_named(days)} as date_columns" if days else ""}
            {f", {ROW_COLUMN}" if scan.has_row else ""}
        from ({checked})
    """
    failures_sql = f"""
        select failed_check, {_faults(checks)} as faults, {row_text} as failed_text
        from ({checked})
        where failed_check is not null
    """
    keeping = " or ".join(f"({check.fails})" for check in checks[first_keeping:])
    return Projection(
        sql,
        failures_sql,
        parameters,
        checks,
        has_local_times=bool(locals_),
        has_dates=bool(days),
        first_keeping=first_keeping,
        keeping_sql=f"select count(*) from ({source}) where {keeping}" if keeping else None,
        has_addresses=has_addresses,
        local_time_sql=_find_local_time(scan, [value for _, value in values.values()]),
    )


def _find_local_time(scan: Scan, values: Sequence["_Value"]) -> str | None:
    """Write the select of the column and the text of a time without an offset, of the first rows that have one."""
    asked = [value for value in values if value.may_be_local]
    if not asked:
        return None
    anew = "".join(f", {value.canonical()} as {value.rewritten}" for value in asked if value.is_rewritten)
    found = " ".join(
        f"when {value.has_local_time()} then [{literal(value.column.name)}, {_as_text(value.given, value.place)}]"
        for value in asked
    )
    return f"""
        select found[1], found[2]
        from (
            select case {found} end as found
            from (select *{anew} from (select * from ({scan.sql}) limit {SAMPLE_ROWS}))
        )
        where found is not null
        limit 1
    """


def _usual_currency(table: Table, dialect: Dialect) -> str | None:
    """Give the currency of rows that name none, where a row of the table may lack one."""
    may_lack = any(column.name == CURRENCY_COLUMN and not column.required for column in table.columns)
    return dialect.currency if may_lack and CURRENCY_COLUMN not in table.key else None


def _are_words(
    scan: Scan, matching: Matching, column: Column, table: Table, dialect: Dialect, vocabulary: Vocabulary
) -> str:
    """Write whether a column that holds names or ids, as another column says, holds names; "" where it always does."""
    others = {other.name: other for other in table.columns}
    unless = {other: value for excuses in column.names.values() for other, value in excuses.items()}
    if not column.kind or column.accepted_values or not unless:
        return ""
    conditions = []
    for other, value in unless.items():
        place = matching.places.get(other)
        if place is None:
            return "false"
        text = _as_text(scan.columns[place], f"c{place}")
        spellings = [key for key, name in vocabulary.names_of(others[other], dialect.language).items() if name == value]
        keys = ", ".join(map(literal, spellings))
        conditions.append(f"list_contains([{keys}], {name_key_in_sql(text)})")
    return f"({' and '.join(conditions)})"


def reading_of(
    column: Column, dialect: Dialect, vocabulary: Vocabulary, text: str, rewritten: str, *, is_text_file: bool = True
) -> tuple[str, str]:
    """Write how a text becomes a value of a declared column: the text as it is read, and its value.

    Args:
        column: the column.
        dialect: how the file is written.
        vocabulary: names in other words.
        text: what the text is called.
        rewritten: what the text is called once it is written anew as it is read.
        is_text_file: whether the file is delimited text.
    """
    value = _Value(
        column, FileColumn(column.name), text, rewritten, dialect, is_text_file, vocabulary, is_declared=True
    )
    return value.canonical() if value.is_rewritten else text, value.typed()


def _kept_value(number: int, column: Column, checks: Sequence[Check], first_keeping: int) -> str:
    """Write the value of a column that lands: null where it could be read and must not be kept."""
    taking = [check.fails for check in checks if check.column == column.name and check.takes_value]
    if not taking:
        return f"v{number}"
    # Few rows fail any check, and the others are not looked at again.
    is_taken = f"failed_check >= {first_keeping} and ({' or '.join(f'({fails})' for fails in taking)})"
    return f"case when {is_taken} then null else v{number} end as v{number}"


def _faults(checks: Sequence[Check]) -> str:
    """Write the list of all that is wrong with a row, as structures of `place` and `value`, in the order of the checks.

    Of each column it has the first check that fails: of what is no number, nothing else is to be said.
    """
    if not checks:
        return "[]"
    whens: dict[str, list[str]] = {}
    for place, check in enumerate(checks):
        fault = f"{{'place': cast({place} as smallint), 'value': left({check.text}, {LONGEST_TEXT})}}"
        whens.setdefault(check.column, []).append(f"when {check.fails} then {fault}")
    every = ", ".join(f"case {' '.join(of_column)} end" for of_column in whens.values())
    return f"list_sort(list_filter([{every}], x -> x is not null))"


def _named(days: Sequence[tuple[str, str]]) -> str:
    """Write the names of the columns of which a condition holds, with commas between; null where none does."""
    names = ", ".join(f"case when {is_day} then {literal(name)} end" for name, is_day in days)
    return f"case when {' or '.join(is_day for _, is_day in days)} then concat_ws(',', {names}) end"


def _checks_of_currency(
    scan: Scan,
    matching: Matching,
    columns: Sequence[Column],
    values: Mapping[str, tuple[str, "_Value"]],
    usual: str | None,
) -> Iterator[Check]:
    """List the rules of amounts that name their currency: it is the one that the row has, or else the usual one."""
    place = {name.lower(): place for name, place in matching.places.items()}.get(CURRENCY_COLUMN)
    if place is None and usual is None:
        return
    given = "''" if place is None else f"trim(coalesce({_as_text(scan.columns[place], f'c{place}')}, ''))"
    currency = f"upper({given})" if usual is None else f"coalesce(nullif(upper({given}), ''), {literal(usual)})"
    for column in columns:
        at = matching.places.get(column.name)
        if at is None or scan.columns[at].data_type != "VARCHAR" or column.unit != "money":
            continue
        typed, value = values[column.name]
        reason = f"names another currency than {CURRENCY_COLUMN} does"
        fails = f"{typed} is not null and {value_forms.currency_differs(f'c{at}', currency)}"
        keeps_row = value.may_be_left_out(is_key=False)
        yield Check(column.name, reason, fails, f"c{at}", keeps_row=keeps_row, takes_value=keeps_row)


def _row_text(scan: Scan, shown: Sequence[int]) -> str:
    """Write the text of a row: delimited as it was, else as a JSON object; without the columns that never land."""
    values = {place: _as_text(scan.columns[place], f"c{place}") for place in shown}
    if not values:
        return "''"
    if scan.delimiter is None:
        pairs = ", ".join(f"{literal(scan.columns[place].name)}, {value}" for place, value in values.items())
        return f"cast(json_object({pairs}) as varchar)"
    delimiter = literal(scan.delimiter)
    needs_quotes = f"contains(x, '\"') or contains(x, {delimiter}) or contains(x, chr(10)) or contains(x, chr(13))"
    as_field = f"case when {needs_quotes} then '\"' || replace(x, '\"', '\"\"') || '\"' else coalesce(x, '') end"
    return f"array_to_string(list_transform([{', '.join(values.values())}], lambda x: {as_field}), {delimiter})"


def _hashed(value: str, is_placeholder: str) -> str:
    """Write the hash of an address without blanks around it, in lower case; null where it is nobody's."""
    address = f"lower(trim({value}))"
    return f"case when {is_placeholder} then null when {address} <> '' then {keyed_hash.in_sql(address)} end"


def address_hash(address: str, key: str) -> str:
    """Hash an e-mail address as it lands: HMAC-SHA256 without blanks around it, in lower case."""
    return keyed_hash.of(address.strip().lower(), key.encode())


def _zoned(source: str, locals_: Sequence[tuple[int, str]], zone: str) -> tuple[str, str, str]:
    """Add the UTC times of local ones, as macro to_utc has it, and write how many had to be resolved.

    A time that comes twice is the first, one that does not exist is moved on by the gap. The engine alone takes the
    second of two; so the offset of the day before is tried first.
    """
    if not locals_:
        return source, "0", "0"
    name = literal(zone)

    def to_local(utc: str) -> str:
        return f"timezone({name}, timezone('UTC', {utc}))"

    plain = ", ".join(f"timezone('UTC', timezone({name}, {local})) as p{number}" for number, local in locals_)
    before = ", ".join(
        f"{local} - ({to_local(f'(p{number} - interval 1 day)')} - (p{number} - interval 1 day)) as b{number}"
        for number, local in locals_
    )
    resolved = ", ".join(
        f"case when i{number} is not null then i{number} when {to_local(f'b{number}')} = {local} then b{number} "
        f"when {to_local(f'p{number}')} = {local} then p{number} else b{number} end as v{number}"
        for number, local in locals_
    )
    moved = " + ".join(
        f"cast(coalesce({local} is not null and {to_local(f'v{number}')} <> {local}, false) as integer)"
        for number, local in locals_
    )
    twice = " + ".join(
        f"cast(coalesce(b{number} <> p{number} and {to_local(f'b{number}')} = {local} "
        f"and {to_local(f'p{number}')} = {local}, false) as integer)"
        for number, local in locals_
    )
    source = f"select *, {plain} from ({source})"
    source = f"select *, {before} from ({source})"
    return f"select *, {resolved} from ({source})", moved, twice


def _as_text(given: FileColumn, place: str) -> str:
    return place if given.data_type == "VARCHAR" else f"cast({place} as varchar)"


def is_of_numbers(column: Column) -> bool:
    """Tell whether the values of a column are numbers, or scores, which may be."""
    return _is_number(column) or column.is_score


def _is_number(column: Column) -> bool:
    declared = column.data_type
    return declared in INTEGER_TYPES or declared in {"double", "float"} or declared.startswith("decimal")


@dataclass(frozen=True)
class _Value:
    """How a column of a file becomes one of its table, as SQL.

    `place` is what the scan calls it. Where it has to be written anew before it is read (`is_rewritten`), that is
    `rewritten`. `are_words` says in SQL whether it holds words, and no ids; where it always does, it is empty.
    """

    column: Column
    given: FileColumn
    place: str
    rewritten: str
    dialect: Dialect
    is_text_file: bool
    vocabulary: Vocabulary
    is_declared: bool
    are_words: str = ""

    @property
    def text(self) -> str:
        """The value as text; null where it is one of the source's marks for nothing."""
        text = _as_text(self.given, self.place)
        if not self.dialect.null_marks:
            return text
        marks = ", ".join(literal(mark) for mark in self.dialect.null_marks)
        return f"(case when list_contains([{marks}], lower(trim({text}))) then null else {text} end)"

    @property
    def is_empty(self) -> str:
        """Write whether there is no value."""
        if self.given.data_type in ids.EXACT_BELOW and self.is_text:
            # What some tools write for an empty cell.
            return f"({self.place} is null or isnan({self.place}))"
        if self.given.data_type != "VARCHAR":
            return f"{self.place} is null"
        return f"({self.text} is null or ({_may_have_blanks(self.text)} and trim({self.text}) = ''))"

    @property
    def is_text(self) -> bool:
        return self.column.data_type in TEXT_TYPES

    @property
    def is_given_typed(self) -> bool:
        """Whether the file has the value in a type that becomes the declared one without a look at its text."""
        declared, given = self.column.data_type, self.given.data_type
        if declared == "timestamp":
            return given in GIVEN_TIMESTAMPS or given in {"TIMESTAMP WITH TIME ZONE", "DATE"}
        if given in GIVEN_INTEGERS:
            return declared in INTEGER_TYPES or declared == "double" or declared.startswith("decimal")
        return given.lower().replace(" ", "") == declared.replace(" ", "")

    @property
    def is_local(self) -> bool:
        """Whether it is a time that may be in the source's zone; a day is in none."""
        return self.may_be_local and self.dialect.timezone != "UTC"

    @property
    def may_be_local(self) -> bool:
        """Whether it is a time that may have no offset."""
        is_said = self.given.data_type in {"TIMESTAMP WITH TIME ZONE", "DATE"}
        return self.column.data_type == "timestamp" and not is_said

    def has_local_time(self) -> str:
        """Write whether it is a time without an offset, and no day: that is in no zone.

        One that can't be read yet is one too: who sets the order of days is to set the zone as well.
        """
        if self.is_given_typed:
            return f"epoch_us({self.local()}) % {value_forms.MICROSECONDS_OF_A_DAY} <> 0"
        read = _as_text(self.given, self.read)
        return f"(regexp_matches({read}, '[0-9]:[0-9][0-9]') and not {value_forms.is_not_local(read)})"

    @property
    def is_rewritten(self) -> bool:
        """Whether its text is not read as the file has it: a mark for nothing, or days in another order."""
        return not self.is_text and not self.is_given_typed and self.canonical() != self.place

    @property
    def read(self) -> str:
        """The text to read."""
        return self.rewritten if self.is_rewritten else self.place

    def canonical(self) -> str:
        """Write the text with the year of a date first."""
        if self.column.data_type not in {"timestamp", "date"}:
            return self.text
        return value_forms.with_year_first(
            self.text, self.dialect.date_order, self.vocabulary.months_of(self.dialect.language)
        )

    @property
    def _is_number(self) -> bool:
        return _is_number(self.column)

    @property
    def _has_comma(self) -> bool:
        return self.is_text_file and is_of_numbers(self.column) and self.dialect.decimal == "comma"

    def typed(self, *, is_key: bool = False) -> str:
        """Write the value in its type; null where it is empty or can't be read."""
        declared = self.column.data_type
        if self.is_text:
            # A blank more or less does not make another key.
            plain = _without_blanks_around(self.text) if is_key else f"nullif({self.text}, '')"
            if self.column.is_score:
                return self._score()
            if self.column.accepted_values:
                return self._name()
            if self.words:
                return self._in_other_words(plain)
            if self._is_id(is_key=is_key):
                is_text = self.given.data_type == "VARCHAR"
                return ids.of_text(self.text, plain) if is_text else ids.of_number(self.place, self.given.data_type)
            return plain
        if self.is_given_typed:
            if declared == "timestamp" and self.given.data_type == "TIMESTAMP WITH TIME ZONE":
                # The session is in UTC.
                return f"cast({self.place} as timestamp)"
            is_same = self.given.data_type.lower() == declared
            return self.place if is_same else f"try_cast({self.place} as {declared})"
        read = _as_text(self.given, self.read)
        if declared == "timestamp":
            return value_forms.time(read)
        if declared == "date":
            return value_forms.date(read)
        if self._is_number:
            return self._number(read, declared, self.column.unit)
        value = f"try_cast(trim({read}) as {declared})"
        if declared == "boolean":
            if words := self.words:
                whens = " ".join(f"when {literal(key)} then {said}" for key, said in words.items())
                value = f"case {name_key_in_sql(read)} {whens} else {value} end"
            # As most exports write it.
            return f"case {read} when 'true' then true when 'false' then false else {value} end"
        return value

    def local(self) -> str:
        """Write the time on the clocks of the source; null where it is an instant or a day."""
        if self.is_given_typed:
            return f"try_cast({self.place} as timestamp)"
        read = _as_text(self.given, self.read)
        return f"case when not {value_forms.is_not_local(read)} then {value_forms.time(read)} end"

    def instant(self) -> str:
        """Write the UTC time of an instant, and the midnight of a day; null where it is on the clocks of the source."""
        if self.is_given_typed:
            return "cast(null as timestamp)"
        read = _as_text(self.given, self.read)
        return f"case when {value_forms.is_not_local(read)} then {value_forms.time(read)} end"

    def is_day(self, value: str) -> str | None:
        """Write whether a timestamp is given as a day without a time; None where it never is."""
        if self.is_given_typed:
            return f"{value} is not null" if self.given.data_type == "DATE" else None
        return value_forms.is_day(_as_text(self.given, self.read), value)

    def may_be_left_out(self, *, is_key: bool) -> bool:
        """Whether a row stays without a value that can't be taken.

        Not where a lack says something: that it did not happen, that it is not so, that it is as usual.
        """
        column = self.column
        says_nothing = self._is_number or bool(column.accepted_values) or column.is_id
        return says_nothing and not self._is_needed(is_key=is_key)

    def _is_needed(self, *, is_key: bool) -> bool:
        column = self.column
        return column.required or bool(column.required_unless) or is_key or column.is_score or column.has_default

    def _is_error(self) -> str:
        """Write whether the value is what a spreadsheet shows where a formula went wrong."""
        errors = ", ".join(map(literal, sorted(ERRORS)))
        return f"{self.text} >= '#' and {self.text} < '$' and list_contains([{errors}], upper(trim({self.text})))"

    def _is_id(self, *, is_key: bool) -> bool:
        return self.is_declared and (self.column.is_id or (is_key and self.is_text))

    def _name(self) -> str:
        """Write the allowed value that a text is in other words; null where it is none."""
        text = self.text
        names = " ".join(
            f"when {literal(key)} then {literal(name)}"
            for key, name in self.vocabulary.names_of(self.column, self.dialect.language).items()
        )
        # Most texts are as the contract has them. Not `in (…)`: the engine may make a join of it, after which the rows
        # are in another order.
        is_name = " or ".join(f"{text} = {literal(value)}" for value in self.column.accepted_values)
        return f"case when {is_name} then {text} else case {name_key_in_sql(text)} {names} end end"

    @property
    def words(self) -> dict[str, str]:
        """What texts of the source's language mean, by their keys, where any other text may stand there too."""
        return self.vocabulary.words_of(self.column, self.dialect.language) if self.is_declared else {}

    def _in_other_words(self, plain: str) -> str:
        """Write the text, or the name that it is a word for in the language of the source."""
        whens = " ".join(f"when {literal(key)} then {literal(name)}" for key, name in self.words.items())
        in_words = f"case {name_key_in_sql(self.text)} {whens} else {plain} end"
        return f"case when {self.are_words} then {in_words} else {plain} end" if self.are_words else in_words

    def _number(self, text: str, data_type: str, unit: str | None = None) -> str:
        thousands = self.dialect.thousands if self.is_text_file else None
        return value_forms.number(text, data_type, unit=unit, has_comma=self._has_comma, thousands=thousands)

    def _score(self) -> str:
        """Write a score: a number in one way, a word as the scales have it; null where it is neither."""
        number = self._number(self.text, "double")
        words = self.vocabulary.scores_of(self.dialect.language)
        whens = " ".join(f"when {literal(key)} then {literal(word)}" for key, word in words.items())
        in_words = f"else case {name_key_in_sql(self.text)} {whens} end" if words else ""
        return f"case when isfinite({number}) then {number_as_text(number)} {in_words} end"

    def checks(self, value: str, *, is_key: bool) -> list[Check]:
        """List the rules of the column; `value` is its typed value."""
        column, is_empty = self.column, self.is_empty
        rules: list[Check] = []
        keeps_unread = self.may_be_left_out(is_key=is_key)

        def add(reason: str, fails: str, *, keeps_row: bool = False, takes_value: bool = False) -> None:
            given = _as_text(self.given, self.place)
            rules.append(Check(column.name, reason, fails, given, keeps_row=keeps_row, takes_value=takes_value))

        is_unread = f"{value} is null and not {is_empty}"
        if self.is_declared and self.given.data_type == "VARCHAR":
            keeps_row = self.may_be_left_out(is_key=is_key) or (self.is_text and not self._is_needed(is_key=is_key))
            add(OF_A_FORMULA, self._is_error(), keeps_row=keeps_row, takes_value=keeps_row)
        if column.required:
            add("is missing", is_empty)
        if not self.is_text and self.given.data_type.lower() != column.data_type:
            fails = f"{value} is null and {self.place} is not null" if self.is_given_typed else is_unread
            for reason, is_so in self._why_no_number():
                add(reason, f"{fails} and {is_so}", keeps_row=keeps_unread)
            for reason, is_so in self._why_no_day():
                # Forms are looked for in the few texts that fail, as they cost more than all the rest.
                add(reason, f"case when {fails} then {is_so} else false end", keeps_row=keeps_unread)
            add(f"is no {_type_in_words(column.data_type, self.dialect)}", fails, keeps_row=keeps_unread)
        if column.data_type in {"double", "float", "timestamp", "date"}:
            add("is not finite", f"not isfinite({value})", keeps_row=keeps_unread, takes_value=keeps_unread)
        if column.is_score:
            add("is not finite", f"not isfinite(try_cast({self.text} as double)) and not {is_empty}")
            add("is neither a number nor a word of seed survey_scales", is_unread)
        elif column.accepted_values:
            add(f"is none of {', '.join(column.accepted_values)}", is_unread, keeps_row=keeps_unread)
        elif self._is_id(is_key=is_key) and self.given.data_type == "VARCHAR":
            add(ids.SHORTENED, is_unread, keeps_row=keeps_unread)
        elif self._is_id(is_key=is_key) and self.given.data_type in ids.EXACT_BELOW:
            add(ids.INEXACT, is_unread, keeps_row=keeps_unread)
        for bound, sign, words in ((column.minimum, "<", "below"), (column.maximum, ">", "above")):
            if bound is not None:
                fails = f"{value} {sign} cast({literal(bound)} as {column.data_type})"
                add(f"is {words} {bound}", fails, keeps_row=keeps_unread, takes_value=keeps_unread)
        return rules

    def _why_no_number(self) -> Iterator[tuple[str, str]]:
        """List what keeps texts from being numbers that look like some, each as a reason and a condition."""
        if not self._is_number or self.is_given_typed:
            return
        text = _as_text(self.given, self.read)
        if self.column.unit in value_forms.SECONDS_OF_UNITS:
            either = "can be minutes and seconds, or hours and minutes; write it as h:mm:ss"
            yield either, value_forms.matches(text, value_forms.SHORT_CLOCK_FORM)
        if self._has_comma:
            return
        setting = "declare decimal: comma" if self.is_text_file else "write a decimal point"
        both = "has a comma that may stand between thousands (1,234 is 1234) or before decimals (1,234 is 1.234)"
        if self.dialect.thousands is None:
            yield (
                f"{both}; write it without one, or {setting} if it is a decimal comma",
                value_forms.has_two_readings(text, unit=self.column.unit),
            )
        kind = _type_in_words(self.column.data_type, self.dialect)
        yield f"is no {kind}, as it has a decimal comma; {setting} if that is meant", value_forms.has_comma(text)

    def _why_no_day(self) -> Iterator[tuple[str, str]]:
        """List what keeps texts from being days or times that look like some, each as a reason and a condition."""
        if self.column.data_type not in {"timestamp", "date"} or self.is_given_typed:
            return
        text, order = _as_text(self.given, self.place), self.dialect.date_order
        yield "is a day that its month does not have", value_forms.is_no_such_day(text, order)
        if order != "year_first":
            first, other = ("day", "month") if order == "day_first" else ("month", "day")
            yield (
                f"has the {other} first, in a file that is read {first} first",
                value_forms.is_other_order(text, order),
            )
        yield (
            "is a number by which a spreadsheet keeps a day; let it show the column as dates, and save it again",
            value_forms.matches(text, value_forms.SERIAL_DAY_FORM),
        )


def _required_unless(column: Column, values: Mapping[str, tuple[str, _Value]]) -> Check | None:
    """Write the rule of a column that may be empty only where another one has a value; None where there is none."""
    _, own = values.get(column.name, ("", None))
    excuses, conditions = [], []
    for other, value in column.required_unless:
        excuses.append(f"so is {other}" if value == ANY_VALUE else f"{other} is not {value}")
        if other in values:
            typed, there = values[other]
            is_excused = (
                f"not {there.is_empty}" if value == ANY_VALUE else f"coalesce({typed} = {literal(value)}, false)"
            )
            conditions.append(f"not ({is_excused})")
    if not excuses or (own is None and not conditions):
        return None
    fails = " and ".join([own.is_empty if own else "true", *conditions])
    text = _as_text(own.given, own.place) if own else "cast(null as varchar)"
    return Check(column.name, f"is missing, and {' and '.join(excuses)}", fails, text)


def _off_scale(columns: Iterable[Column], values: Mapping[str, tuple[str, _Value]]) -> Iterator[Check]:
    """Write the rule of a score that its row gives a scale for."""
    if not {SCALE_MIN, SCALE_MAX} <= values.keys():
        return
    (lowest, _), (highest, _) = values[SCALE_MIN], values[SCALE_MAX]
    for column in columns:
        if column.is_score and column.name in values:
            score, _ = values[column.name]
            number = f"try_cast({score} as double)"
            said = (
                f"'an answer of ' || {score} || ' on ' || {number_as_text(lowest)} || '-' || {number_as_text(highest)}"
            )
            fails = f"{number} < {lowest} or {number} > {highest}"
            yield Check(column.name, "is off its scale", fails, said, is_reason=True)


def number_as_text(value: str) -> str:
    """Write a number as text in one way: 4, 4.5."""
    return f"regexp_replace(cast({value} as varchar), '\\.0$', '')"


# Cutting blanks off, or looking for them, costs more than all the rest of a check, and few values have any.


def _may_have_blanks(text: str) -> str:
    """Write a quick test: false only where the text begins with a printable character of ASCII that is no blank."""
    return f"({text} < '!' or {text} > '~')"


def _without_blanks_around(text: str) -> str:
    has_none = f"not {_may_have_blanks(text)} and not ends_with({text}, ' ') and strlen({text}) = length({text})"
    return f"case when {has_none} then {text} else nullif(trim({text}), '') end"


def _type_in_words(data_type: str, dialect: Dialect) -> str:
    if data_type in INTEGER_TYPES:
        return "whole number"
    if dialect.decimal == "comma" and (data_type == "double" or data_type.startswith("decimal")):
        return "number of the right size (write it as 1.234,50)"
    day = {"year_first": "2026-11-01", "day_first": "01.11.2026", "month_first": "11/01/2026"}[dialect.date_order]
    time = "ISO 8601, for example 2026-11-01T09:30:00Z" if day.startswith("2026") else f"it as {day} 09:30:00"
    return {
        "timestamp": f"time (write {time})",
        "date": f"date (write it as {day})",
        "boolean": "true or false",
        "double": "number",
    }.get(data_type, "number of the right size" if data_type.startswith("decimal") else data_type)


def key_fingerprint(hash_key: str) -> str:
    """Tell a key of e-mail addresses from another without telling the key: 16 hexadecimal digits."""
    return keyed_hash.of("cxmart", hash_key.encode())[:16]
