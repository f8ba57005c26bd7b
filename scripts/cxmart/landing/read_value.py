"""How a value of a file becomes one of its declared column, as SQL."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from cxmart.base.database import literal
from cxmart.contract import value_forms
from cxmart.contract.source_contract import ANY_VALUE, TEXT_TYPES, Column, Dialect
from cxmart.contract.value_forms import INTEGER_TYPES
from cxmart.contract.vocabulary import Vocabulary, name_key_in_sql
from cxmart.landing import ids
from cxmart.landing.read_file import FileColumn
from cxmart.landing.workbooks import ERRORS

SCALE_MIN, SCALE_MAX = "scale_min", "scale_max"
OF_A_FORMULA = "is what a spreadsheet shows where a formula went wrong, and no value"
CURRENCY_COLUMN = "currency"

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


def as_text(given: FileColumn, place: str) -> str:
    """Write a column of a file as text."""
    return place if given.data_type == "VARCHAR" else f"cast({place} as varchar)"


def is_of_numbers(column: Column) -> bool:
    """Tell whether the values of a column are numbers, or scores, which may be."""
    return _is_number(column) or column.is_score


def _is_number(column: Column) -> bool:
    declared = column.data_type
    return declared in INTEGER_TYPES or declared in {"double", "float"} or declared.startswith("decimal")


@dataclass(frozen=True)
class ReadValue:
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
        text = as_text(self.given, self.place)
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
        """Whether the column is text."""
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
        read = as_text(self.given, self.read)
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
        read = as_text(self.given, self.read)
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
        read = as_text(self.given, self.read)
        return f"case when not {value_forms.is_not_local(read)} then {value_forms.time(read)} end"

    def instant(self) -> str:
        """Write the UTC time of an instant, and the midnight of a day; null where it is on the clocks of the source."""
        if self.is_given_typed:
            return "cast(null as timestamp)"
        read = as_text(self.given, self.read)
        return f"case when {value_forms.is_not_local(read)} then {value_forms.time(read)} end"

    def is_day(self, value: str) -> str | None:
        """Write whether a timestamp is given as a day without a time; None where it never is."""
        if self.is_given_typed:
            return f"{value} is not null" if self.given.data_type == "DATE" else None
        return value_forms.is_day(as_text(self.given, self.read), value)

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
            given = as_text(self.given, self.place)
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
        text = as_text(self.given, self.read)
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
        text, order = as_text(self.given, self.place), self.dialect.date_order
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


def required_unless(column: Column, values: Mapping[str, tuple[str, ReadValue]]) -> Check | None:
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
    text = as_text(own.given, own.place) if own else "cast(null as varchar)"
    return Check(column.name, f"is missing, and {' and '.join(excuses)}", fails, text)


def off_scale(columns: Iterable[Column], values: Mapping[str, tuple[str, ReadValue]]) -> Iterator[Check]:
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
