"""Turning the values of a file into the declared types, and finding those that break the contract.

Both happen in one select over the file. A value that breaks the contract marks its row with the number of the first
check that fails there; a second select gives all faults and the texts of such rows, where there are any. The selects
must keep the order of the rows, since their place is their line number: they may hold nothing but projections.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cxmart.base import keyed_hash
from cxmart.base.database import literal
from cxmart.contract import value_forms
from cxmart.contract.source_contract import Column, Dialect, Table
from cxmart.contract.vocabulary import Vocabulary, is_placeholder_in_sql, name_key_in_sql
from cxmart.landing.address_hash import hashed_in_sql
from cxmart.landing.match_columns import HASH_COLUMN, Matching
from cxmart.landing.read_file import ROW_COLUMN, FileColumn, Scan
from cxmart.landing.read_value import CURRENCY_COLUMN, Check, ReadValue, as_text, off_scale, required_unless
from cxmart.landing.repair import LONGEST_TEXT

# Of as many rows it is looked at whether times have an offset.
SAMPLE_ROWS = 10_000


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
    values: dict[str, tuple[str, ReadValue]] = {}
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
            typed.append(f"{hashed_in_sql(f'c{matching.hashed}', is_placeholder)} as v{number}")
            parameters |= keyed_hash.parameters((hash_key or "").encode())
            continue
        place = matching.places.get(column.name)
        usual = currency if column.name == CURRENCY_COLUMN else None
        if place is None:
            typed.append(f"cast({literal(usual) if usual else 'null'} as {column.data_type}) as v{number}")
            continue
        value = ReadValue(
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
    checks += [check for column in columns if (check := required_unless(column, values))]
    checks += _checks_of_currency(scan, matching, columns, values, currency)
    checks += off_scale(columns, values)
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


def _find_local_time(scan: Scan, values: Sequence["ReadValue"]) -> str | None:
    """Write the select of the column and the text of a time without an offset, of the first rows that have one."""
    asked = [value for value in values if value.may_be_local]
    if not asked:
        return None
    anew = "".join(f", {value.canonical()} as {value.rewritten}" for value in asked if value.is_rewritten)
    found = " ".join(
        f"when {value.has_local_time()} then [{literal(value.column.name)}, {as_text(value.given, value.place)}]"
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
        text = as_text(scan.columns[place], f"c{place}")
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
    value = ReadValue(
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
    values: Mapping[str, tuple[str, "ReadValue"]],
    usual: str | None,
) -> Iterator[Check]:
    """List the rules of amounts that name their currency: it is the one that the row has, or else the usual one."""
    place = {name.lower(): place for name, place in matching.places.items()}.get(CURRENCY_COLUMN)
    if place is None and usual is None:
        return
    given = "''" if place is None else f"trim(coalesce({as_text(scan.columns[place], f'c{place}')}, ''))"
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
    values = {place: as_text(scan.columns[place], f"c{place}") for place in shown}
    if not values:
        return "''"
    if scan.delimiter is None:
        pairs = ", ".join(f"{literal(scan.columns[place].name)}, {value}" for place, value in values.items())
        return f"cast(json_object({pairs}) as varchar)"
    delimiter = literal(scan.delimiter)
    needs_quotes = f"contains(x, '\"') or contains(x, {delimiter}) or contains(x, chr(10)) or contains(x, chr(13))"
    as_field = f"case when {needs_quotes} then '\"' || replace(x, '\"', '\"\"') || '\"' else coalesce(x, '') end"
    return f"array_to_string(list_transform([{', '.join(values.values())}], lambda x: {as_field}), {delimiter})"


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
