"""Turning the values of a file into the declared types, and finding those that break the contract.

Both happen in one select over the file. A value that breaks the contract marks its row with the number of the first
check that fails there; a second select gives the texts of such rows, where there are any. The selects must keep the
order of the rows, since their place is their line number: they may hold nothing but projections.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from cxmart import keyed_hash, privacy
from cxmart.contract import ANY_VALUE, FORMER_LOADER_COLUMNS, LOADER_COLUMNS, Column, Dialect, Table
from cxmart.database import literal
from cxmart.errors import CxmartError, shortened
from cxmart.files import DataFile
from cxmart.mending import LONGEST_TEXT
from cxmart.reading import MOST_COLUMNS, ROW_COLUMN, FileColumn, Scan

HASH_COLUMN = "email_hash"

INTEGER_TYPES = {"tinyint", "smallint", "integer", "int", "bigint", "hugeint"}
TEXT_TYPES = {"varchar", "text", "string"}
# As the engine calls the types of a Parquet file.
GIVEN_INTEGERS = {
    *("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT")
}
GIVEN_TIMESTAMPS = {"TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"}

# The engine's own casts take more than is safe: a date with anything behind it, 1.5 as 2, a year of two digits, zone
# abbreviations. These say what is taken.
OFFSET = r"(Z|UTC|[+-](0\d|1[0-5])(:?[0-5]\d)?)"
DATE = r"\d{4}-\d\d-\d\d"
TIMESTAMP_FORM = rf"\s*{DATE}([T ]\d\d:\d\d(:\d\d(\.\d+)?)?\s*{OFFSET}?)?\s*"
DATE_FORM = rf"\s*{DATE}([T ]00:00(:00(\.0+)?)?\s*{OFFSET}?)?\s*"
INTEGER_FORM = r"\s*[+-]?\d+(\.0*)?\s*"
COMMON_TIME = "2___-__-__T__:__:__Z"
# ISO 8601 may leave out the seconds, the engine's cast with an offset may not.
WITHOUT_SECONDS = rf"^(\s*{DATE}[T ]\d\d:\d\d)\s*{OFFSET}\s*$"
WITH_OFFSET = rf":\d\d(\.\d+)?\s*{OFFSET}\s*$"
FORMS = {"timestamp": TIMESTAMP_FORM, "date": DATE_FORM, **dict.fromkeys(INTEGER_TYPES, INTEGER_FORM)}
# With a decimal comma, points stand between thousands and nowhere else.
COMMA_FORM = r"\s*[+-]?(\d{1,3}(\.\d{3})+|\d*)(,\d+)?([eE][+-]?\d+)?\s*"


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
    times of the row did not exist or came twice); `r`, the number of the row, where the scan gives one. `failures_sql`
    gives `failed_check`, `failed_value` and `failed_text` of the rows that fail, in the same order: few have texts to
    keep, and so the others do not carry empty ones.
    """

    sql: str
    failures_sql: str
    parameters: dict[str, object]
    checks: list[Check]
    has_local_times: bool = False


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
    locals_: list[tuple[int, str]] = []
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
        value = values[column.name] = _Value(column, given, f"c{place}", dialect, is_text_file)
        if value.is_local:
            typed.append(f"{value.local()} as t{number}, {value.instant()} as i{number}")
            locals_.append((number, f"t{number}"))
        else:
            typed.append(f"{value.typed(is_key=column.name in table.key)} as v{number}")
        checks += value.checks(f"v{number}")
    checks += [check for column in columns if (check := _required_unless(column, values))]
    source = f"select *, {', '.join(typed)} from ({scan.sql})"
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
            {f", {ROW_COLUMN}" if scan.has_row else ""}
        from ({checked})
    """
    failures_sql = f"""
        select failed_check, {failed_value} as failed_value, {row_text} as failed_text
        from ({checked})
        where failed_check is not null
    """
    return Projection(sql, failures_sql, parameters, checks, has_local_times=bool(locals_))


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
    """How a column of a file becomes one of its table, as SQL."""

    column: Column
    given: FileColumn
    place: str
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
        """Whether it is a time that may be in the source's zone."""
        is_instant = self.given.data_type == "TIMESTAMP WITH TIME ZONE"
        return self.column.data_type == "timestamp" and self.dialect.timezone != "UTC" and not is_instant

    @property
    def is_wrong_order(self) -> bool:
        return self.dialect.date_order != "year_first"

    def _canonical(self) -> str:
        """Write the text in the form that the engine reads: dates with the year first, a decimal point."""
        text = self.text
        if self.column.data_type in {"timestamp", "date"} and self.is_wrong_order:
            text = f"regexp_replace({text}, '^\\s*(\\d)([./-])', '0\\1\\2')"
            text = f"regexp_replace({text}, '^\\s*(\\d\\d[./-])(\\d)([./-])', '\\10\\2\\3')"
            order = "\\3-\\2-\\1" if self.dialect.date_order == "day_first" else "\\3-\\1-\\2"
            text = f"regexp_replace({text}, '^\\s*(\\d\\d)[./-](\\d\\d)[./-](\\d{{4}})', '{order}')"
            return f"regexp_replace({text}, '^(\\d{{4}}-\\d\\d-\\d\\d)[T ]\\s*(\\d):', '\\1 0\\2:')"
        if self._has_comma:
            return f"replace(replace({text}, '.', ''), ',', '.')"
        return text

    @property
    def _is_number(self) -> bool:
        declared = self.column.data_type
        return declared in INTEGER_TYPES or declared in {"double", "float"} or declared.startswith("decimal")

    @property
    def _has_comma(self) -> bool:
        return self.is_text_file and self._is_number and self.dialect.decimal == "comma"

    def typed(self, *, is_key: bool = False) -> str:
        """Write the value in its type; null where it is empty or can't be read."""
        if self.is_text:
            # A blank more or less does not make another key.
            return _without_blanks_around(self.text) if is_key else f"nullif({self.text}, '')"
        if self.is_given_typed:
            if self.column.data_type == "timestamp" and self.given.data_type == "TIMESTAMP WITH TIME ZONE":
                # The session is in UTC.
                return f"cast({self.place} as timestamp)"
            is_same = self.given.data_type.lower() == self.column.data_type
            return self.place if is_same else f"try_cast({self.place} as {self.column.data_type})"
        if self.column.data_type == "timestamp":
            return self._time_with_offset()
        value = self._if_in_form(f"try_cast(trim({self._canonical()}) as {self.column.data_type})")
        if self.column.data_type == "boolean":
            # As most exports write it.
            return f"case {self.text} when 'true' then true when 'false' then false else {value} end"
        return value

    def _if_in_form(self, value: str) -> str:
        """Write that a value is null where its text is not in the form of the column's type.

        What is not must not even be cast: a zone's abbreviation in one text would be the zone of texts after it.
        """
        forms: list[tuple[str, str]] = []
        if self.column.data_type in FORMS:
            forms.append((self._canonical(), FORMS[self.column.data_type]))
        if self._has_comma:
            forms.append((self.text, COMMA_FORM))
        if not forms:
            return value
        is_in_form = " and ".join(f"regexp_full_match({text}, {literal(form)})" for text, form in forms)
        return f"case when {is_in_form} then {value} end"

    def _time_with_offset(self) -> str:
        # The session is in UTC. A cast from text straight to timestamp would drop the offset.
        text = self._canonical()
        with_seconds = f"regexp_replace({text}, {literal(WITHOUT_SECONDS)}, '\\1:00\\2')"
        time = f"cast(coalesce(try_cast({text} as timestamptz), try_cast({with_seconds} as timestamptz)) as timestamp)"
        # Most exports write times so; a cast is enough then, and five times as fast as a look at the form.
        is_common = f"{text} like {literal(COMMON_TIME)} and not contains({text}, ' ') and not contains({text}, '.')"
        return f"case when {is_common} then try_cast({text} as timestamp) else {self._if_in_form(time)} end"

    def local(self) -> str:
        """Write the time that has no offset, as it stands; null where it has one."""
        if self.is_given_typed:
            return f"try_cast({self.place} as timestamp)"
        text = self._canonical()
        local = self._if_in_form(f"try_cast({text} as timestamp)")
        return f"case when not regexp_matches({text}, {literal(WITH_OFFSET)}) then {local} end"

    def instant(self) -> str:
        """Write the UTC time of one that has an offset; null where it has none."""
        if self.is_given_typed:
            return "cast(null as timestamp)"
        text = self._canonical()
        return f"case when regexp_matches({text}, {literal(WITH_OFFSET)}) then {self._time_with_offset()} end"

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
