"""Turning the values of a file into the declared types, and finding those that break the contract.

Both happen in one select over the file. A value that breaks the contract marks its row with the number of the first
check that fails there; a second select gives the texts of such rows, where there are any. The selects must keep the
order of the rows, since their place is their line number: they may hold nothing but projections.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from cxmart import forms, keyed_hash, privacy
from cxmart.contract import ANY_VALUE, FORMER_LOADER_COLUMNS, LOADER_COLUMNS, Column, Dialect, Table
from cxmart.database import literal
from cxmart.errors import CxmartError, shortened
from cxmart.files import DataFile
from cxmart.forms import INTEGER_TYPES
from cxmart.mending import LONGEST_TEXT
from cxmart.reading import MOST_COLUMNS, ROW_COLUMN, FileColumn, Scan

HASH_COLUMN = "email_hash"
CURRENCY_COLUMN = "currency"

TEXT_TYPES = {"varchar", "text", "string"}
# As the engine calls the types of a Parquet file.
GIVEN_INTEGERS = {
    *("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT")
}
GIVEN_TIMESTAMPS = {"TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"}


@dataclass(frozen=True)
class Check:
    """A rule that a column's values must meet. `fails` is SQL, true where a value breaks it; `reason` says how."""

    column: str
    reason: str
    fails: str
    text: str


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

    The columns beside the values: `failed_check`; with `has_local_times`, `times_moved` and `times_twice` (how many
    times of the row did not exist or came twice); with `has_dates`, `date_columns` (the names of the times that are
    days without a time, with commas between); `r`, the number of the row, where the scan gives one. `failures_sql`
    gives `failed_check`, `failed_value` and `failed_text` of the rows that fail, in the same order: few have texts to
    keep, and so the others do not carry empty ones.
    """

    sql: str
    failures_sql: str
    parameters: dict[str, object]
    checks: list[Check]
    has_local_times: bool = False
    has_dates: bool = False


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
        raise CxmartError(f"{file.path} has {len(names):,} columns; more than {MOST_COLUMNS:,} are too many")
    if unwritable := [name for name in names if "\0" in name]:
        raise CxmartError(f"{file.path} has a null byte in the name of column {unwritable[0]!r}; rename it")
    table_names = {name.lower(): name for name in known}
    matching = Matching()
    given: set[str] = set()
    for place, file_name in enumerate(names):
        name = table_names.setdefault(file_name.lower(), file_name)
        if name.lower() in LOADER_COLUMNS.keys() | FORMER_LOADER_COLUMNS:
            raise CxmartError(f"{file.path} has the column {file_name}, a name of the loader's own; rename or drop it")
        if name.lower() in given:
            raise CxmartError(f"{file.path} has the column {name} twice; rename or drop one")
        given.add(name.lower())
        kind = privacy.kind_of(file_name)
        if kind and file_name.lower() not in table.let_through:
            matching.dropped[file_name] = kind
            continue
        if kind:
            matching.let_through.append(file_name)
        matching.places[name] = place
    missing = [column.name for column in table.columns if _must_be_there(column, matching.places)]
    if missing and not is_empty:
        found = shortened(", ".join(names)) or "none that lands"
        raise CxmartError(f"{file.path} lacks {', '.join(missing)}, which {table.name} needs; it has: {found}")
    # The column of the hash may be given; else it is made.
    hashed = privacy.hashed_column(list(matching.dropped))
    if hashed and has_hash_key and HASH_COLUMN not in given:
        return Matching(matching.places, matching.dropped, matching.let_through, list(names).index(hashed))
    return matching


def _must_be_there(column: Column, given: Mapping[str, int]) -> bool:
    """Tell whether a file with the given columns lacks one that it needs; another one may stand in for it."""
    may_lack = any(value == ANY_VALUE and other in given for other, value in column.required_unless)
    return column.name not in given and (column.required or (bool(column.required_unless) and not may_lack))


def project(
    scan: Scan, matching: Matching, columns: Sequence[Column], table: Table, dialect: Dialect, hash_key: str | None
) -> Projection:
    """Write the select that types and checks a file.

    Args:
        scan: how to read the file.
        matching: which of its columns is which.
        columns: the columns to give, in order; those that the file lacks are null.
        table: the declared table.
        dialect: how its source writes.
        hash_key: the key of e-mail addresses.
    """
    checks: list[Check] = []
    typed: list[str] = []
    values: dict[str, _Value] = {}
    rewritten: list[str] = []
    locals_: list[tuple[int, str]] = []
    days: list[tuple[str, str]] = []
    parameters = dict(scan.parameters)
    is_text_file = scan.delimiter is not None
    for number, column in enumerate(columns):
        if column.name.lower() == HASH_COLUMN and matching.hashed is not None:
            typed.append(f"{_hashed(f'c{matching.hashed}')} as v{number}")
            parameters |= keyed_hash.parameters((hash_key or "").encode())
            continue
        place = matching.places.get(column.name)
        if place is None:
            typed.append(f"cast(null as {column.data_type}) as v{number}")
            continue
        given = scan.columns[place]
        value = values[column.name] = _Value(column, given, f"c{place}", f"x{number}", dialect, is_text_file)
        if value.is_rewritten:
            rewritten.append(f"{value.canonical()} as x{number}")
        if column.data_type == "timestamp" and (is_day := value.is_day(f"v{number}")):
            days.append((column.name, is_day))
        if value.is_local:
            typed.append(f"{value.local()} as t{number}, {value.instant()} as i{number}")
            locals_.append((number, f"t{number}"))
        else:
            typed.append(f"{value.typed(is_key=column.name in table.key)} as v{number}")
        checks += value.checks(f"v{number}")
    checks += [check for column in columns if (check := _required_unless(column, values))]
    checks += _checks_of_currency(scan, matching, columns, dialect)
    source = f"select *, {', '.join(rewritten)} from ({scan.sql})" if rewritten else scan.sql
    source = f"select *, {', '.join(typed)} from ({source})"
    source, moved, twice = _zoned(source, locals_, dialect.timezone)
    first_failed = " ".join(f"when {check.fails} then {number}" for number, check in enumerate(checks))
    texts = " ".join(f"when {number} then {check.text}" for number, check in enumerate(checks))
    names = ", ".join(f"v{number}" for number in range(len(columns)))
    shown = matching.landing([column.name for column in scan.columns])
    row_text = f"left({_row_text(scan, shown)}, {LONGEST_TEXT})"
    failed_value = f"left(case failed_check {texts} end, {LONGEST_TEXT})" if checks else "null"
    checked = f"""
        select *, cast({f"case {first_failed} end" if checks else "null"} as smallint) as failed_check
        from ({source})
    """
    sql = f"""
        select
            {f"{names}," if names else ""}
            failed_check
            {f", {moved} as times_moved, {twice} as times_twice" if locals_ else ""}
            {f", {_named(days)} as date_columns" if days else ""}
            {f", {ROW_COLUMN}" if scan.has_row else ""}
        from ({checked})
    """
    failures_sql = f"""
        select failed_check, {failed_value} as failed_value, {row_text} as failed_text
        from ({checked})
        where failed_check is not null
    """
    return Projection(sql, failures_sql, parameters, checks, has_local_times=bool(locals_), has_dates=bool(days))


def _named(days: Sequence[tuple[str, str]]) -> str:
    """Write the names of the columns of which a condition holds, with commas between; null where none does."""
    names = ", ".join(f"case when {is_day} then {literal(name)} end" for name, is_day in days)
    return f"case when {' or '.join(is_day for _, is_day in days)} then concat_ws(',', {names}) end"


def _checks_of_currency(scan: Scan, matching: Matching, columns: Sequence[Column], dialect: Dialect) -> Iterator[Check]:
    """List the rules of amounts that name their currency: it is the one that the row has."""
    place = {name.lower(): place for name, place in matching.places.items()}.get(CURRENCY_COLUMN)
    if place is None:
        return
    currency = f"upper(trim(coalesce({_as_text(scan.columns[place], f'c{place}')}, '')))"
    for number, column in enumerate(columns):
        at = matching.places.get(column.name)
        if at is None or scan.columns[at].data_type != "VARCHAR" or column.unit != "money":
            continue
        text = f"c{at}"
        fails = f"v{number} is not null and {forms.currency_differs(text, currency)}"
        yield Check(column.name, f"names another currency than {CURRENCY_COLUMN} does", fails, text)


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


def _hashed(value: str) -> str:
    """Write the hash of an address without blanks around it, in lower case."""
    address = f"lower(trim({value}))"
    return f"case when {address} <> '' then {keyed_hash.in_sql(address)} end"


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


@dataclass(frozen=True)
class _Value:
    """How a column of a file becomes one of its table, as SQL.

    `place` is what the scan calls it. Where it has to be written anew before it is read (`is_rewritten`), that is
    `rewritten`.
    """

    column: Column
    given: FileColumn
    place: str
    rewritten: str
    dialect: Dialect
    is_text_file: bool

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
        is_said = self.given.data_type in {"TIMESTAMP WITH TIME ZONE", "DATE"}
        return self.column.data_type == "timestamp" and self.dialect.timezone != "UTC" and not is_said

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
        text = self.text
        if self.column.data_type not in {"timestamp", "date"} or self.dialect.date_order == "year_first":
            return text
        text = f"regexp_replace({text}, '^\\s*(\\d)([./-])', '0\\1\\2')"
        text = f"regexp_replace({text}, '^\\s*(\\d\\d[./-])(\\d)([./-])', '\\10\\2\\3')"
        order = "\\3-\\2-\\1" if self.dialect.date_order == "day_first" else "\\3-\\1-\\2"
        text = f"regexp_replace({text}, '^\\s*(\\d\\d)[./-](\\d\\d)[./-](\\d{{4}})', '{order}')"
        return f"regexp_replace({text}, '^(\\d{{4}}-\\d\\d-\\d\\d)[Tt ]\\s*(\\d):', '\\1 0\\2:')"

    @property
    def _is_number(self) -> bool:
        declared = self.column.data_type
        return declared in INTEGER_TYPES or declared in {"double", "float"} or declared.startswith("decimal")

    @property
    def _has_comma(self) -> bool:
        return self.is_text_file and self._is_number and self.dialect.decimal == "comma"

    def typed(self, *, is_key: bool = False) -> str:
        """Write the value in its type; null where it is empty or can't be read."""
        declared = self.column.data_type
        if self.is_text:
            # A blank more or less does not make another key.
            return _without_blanks_around(self.text) if is_key else f"nullif({self.text}, '')"
        if self.is_given_typed:
            if declared == "timestamp" and self.given.data_type == "TIMESTAMP WITH TIME ZONE":
                # The session is in UTC.
                return f"cast({self.place} as timestamp)"
            is_same = self.given.data_type.lower() == declared
            return self.place if is_same else f"try_cast({self.place} as {declared})"
        read = _as_text(self.given, self.read)
        if declared == "timestamp":
            return forms.time(read)
        if declared == "date":
            return forms.date(read)
        if self._is_number:
            return forms.number(read, declared, unit=self.column.unit, has_comma=self._has_comma)
        value = f"try_cast(trim({read}) as {declared})"
        if declared == "boolean":
            # As most exports write it.
            return f"case {read} when 'true' then true when 'false' then false else {value} end"
        return value

    def local(self) -> str:
        """Write the time on the clocks of the source; null where it is an instant or a day."""
        if self.is_given_typed:
            return f"try_cast({self.place} as timestamp)"
        read = _as_text(self.given, self.read)
        return f"case when not {forms.is_not_local(read)} then {forms.time(read)} end"

    def instant(self) -> str:
        """Write the UTC time of an instant, and the midnight of a day; null where it is on the clocks of the source."""
        if self.is_given_typed:
            return "cast(null as timestamp)"
        read = _as_text(self.given, self.read)
        return f"case when {forms.is_not_local(read)} then {forms.time(read)} end"

    def is_day(self, value: str) -> str | None:
        """Write whether a timestamp is given as a day without a time; None where it never is."""
        if self.is_given_typed:
            return f"{value} is not null" if self.given.data_type == "DATE" else None
        return forms.is_day(_as_text(self.given, self.read), value)

    def checks(self, value: str) -> list[Check]:
        """List the rules of the column; `value` is its typed value."""
        column, text = self.column, self.text
        is_empty = self.is_empty
        rules: list[tuple[str, str]] = []
        if column.required:
            rules.append(("is missing", is_empty))
        if not self.is_text and self.given.data_type.lower() != column.data_type:
            is_given = f"{self.place} is not null" if self.is_given_typed else f"not {is_empty}"
            unreadable = f"{value} is null and {is_given}"
            rules += [(reason, f"{unreadable} and {is_so}") for reason, is_so in self._why_no_number()]
            rules.append((f"is no {_type_in_words(column.data_type, self.dialect)}", unreadable))
        if column.data_type in {"double", "float", "timestamp", "date"}:
            rules.append(("is not finite", f"not isfinite({value})"))
        if column.is_score:
            rules.append(("is not finite", f"not isfinite(try_cast({text} as double))"))
        if column.accepted_values:
            accepted = ", ".join(literal(accepted_value) for accepted_value in column.accepted_values)
            # Not `not in (…)`: the engine may make a join of it, after which the rows are in another order.
            is_other = " and ".join(f"{text} <> {literal(value)}" for value in column.accepted_values)
            is_accepted = f"list_contains([{accepted}], lower(trim({text})))"
            fails = f"{is_other} and not {is_empty} and not {is_accepted}"
            rules.append((f"is none of {', '.join(column.accepted_values)}", fails))
        if column.minimum is not None:
            rules.append(
                (f"is below {column.minimum}", f"{value} < cast({literal(column.minimum)} as {column.data_type})")
            )
        if column.maximum is not None:
            rules.append(
                (f"is above {column.maximum}", f"{value} > cast({literal(column.maximum)} as {column.data_type})")
            )
        return [Check(column.name, reason, fails, _as_text(self.given, self.place)) for reason, fails in rules]

    def _why_no_number(self) -> Iterator[tuple[str, str]]:
        """List what keeps texts from being numbers that look like some, each as a reason and a condition."""
        if not self._is_number or self.is_given_typed:
            return
        text = _as_text(self.given, self.read)
        if self.column.unit in forms.SECONDS_OF_UNITS:
            either = "can be minutes and seconds, or hours and minutes; write it as h:mm:ss"
            yield either, forms.matches(text, forms.SHORT_CLOCK_FORM)
        if self._has_comma:
            return
        setting = "declare decimal: comma" if self.is_text_file else "write a decimal point"
        both = "has a comma that may stand between thousands (1,234 is 1234) or before decimals (1,234 is 1.234)"
        yield (
            f"{both}; write it without one, or {setting} if it is a decimal comma",
            forms.has_two_readings(text, unit=self.column.unit),
        )
        kind = _type_in_words(self.column.data_type, self.dialect)
        yield f"is no {kind}, as it has a decimal comma; {setting} if that is meant", forms.has_comma(text)


def _required_unless(column: Column, values: Mapping[str, _Value]) -> Check | None:
    """Write the rule of a column that may be empty only where another one has a value; None where there is none."""
    own = values.get(column.name)
    excuses, conditions = [], []
    for other, value in column.required_unless:
        excuses.append(f"so is {other}" if value == ANY_VALUE else f"{other} is not {value}")
        if other in values:
            is_excused = f"not {values[other].is_empty}"
            if value != ANY_VALUE:
                is_excused += f" and lower(trim({values[other].text})) = {literal(value)}"
            conditions.append(f"not ({is_excused})")
    if not excuses or (own is None and not conditions):
        return None
    fails = " and ".join([own.is_empty if own else "true", *conditions])
    text = _as_text(own.given, own.place) if own else "cast(null as varchar)"
    return Check(column.name, f"is missing, and {' and '.join(excuses)}", fails, text)


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
