"""What one line of sources.yml would read the values that could not be read.

A line is only proposed where the loader itself would read all or nearly all of them by it, and no other line would.
What can be read in two ways is shown in both, and left to who knows.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from itertools import combinations
from pathlib import Path
from typing import Any

import duckdb

from cxmart.base.database import Connection, columns_of, literal, quoted
from cxmart.base.formats import count
from cxmart.base.settings import Settings
from cxmart.contract import dialects
from cxmart.contract.source_contract import LANGUAGES, TEXT_TYPES, THOUSANDS, Column, Dialect, Source, read_dialect
from cxmart.contract.vocabulary import Vocabulary, read_vocabulary
from cxmart.landing import files, type_check

# A line must read so large a share of the rows (0-1); the rest may be wrong in another way.
NEARLY_ALL = 0.9
# Where the file is said to be written in another way, so large a share of its rows must fail.
HALF = 0.5

EXAMPLE_ZONE = "Europe/Berlin"

LANGUAGE_NAMES = {
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fr": "French",
    "it": "Italian",
    "pl": "Polish",
}
BETWEEN_THOUSANDS = {"point": "points", "comma": "commas", "blank": "blanks", "apostrophe": "apostrophes"}


@dataclass(frozen=True)
class Hint:
    """What would read the values of a column that could not be read, as a sentence and as a setting.

    `rows` have such values. `setting` is empty where they can be read in two ways; `message` then says how. `file` is
    the name of the file that the setting is for, where its source is set in another way; `is_line_wrong` says that the
    other way is that of all its files, so that the line for all of them may be the wrong one.
    """

    source: str
    table: str
    column: str
    rows: int
    message: str
    setting: Mapping[str, str] = field(default_factory=dict)
    file: str | None = None
    is_line_wrong: bool = False


@dataclass(frozen=True)
class ZoneQuestion:
    """Asks of which zone the times of a source are that have no offset; `zone` is the one of the example.

    `has_lines` is true where sources.yml says something of the source: nothing can be pasted beside that.
    """

    source: str
    zone: str
    message: str
    has_lines: bool


@dataclass(frozen=True)
class _Found:
    """What the texts of a column look like: by each of `settings`, all or nearly all of them can be read."""

    table: str
    column: Column
    dialect: Dialect
    file: str | None
    rows: int
    read: int
    settings: Sequence[Mapping[str, str]]
    example: str
    readings: Sequence[Any] = ()
    is_mixed: bool = False


@dataclass(frozen=True)
class Written:
    """What stands in a column that could not be read: texts, each with the number of rows that have it.

    Without a `file`, what is set for all files of the source is looked at.
    """

    table: str
    column: str
    values: Mapping[str, int]
    file: Path | None = None


def of_values(
    source: Source,
    settings: Settings,
    table: str,
    column: str,
    values: Mapping[str, int],
    file: Path | None = None,
) -> Hint | None:
    """Say what would read values of one column that could not be read, as `of_columns` does."""
    return next(iter(of_columns(source, settings, [Written(table, column, values, file)])), None)


def of_columns(source: Source, settings: Settings, written: Iterable[Written]) -> list[Hint]:
    """Say what would read values that could not be read, of each column in which they look alike.

    Args:
        source: the source, as its YAML declares it.
        settings: where sources.yml and the seeds are.
        written: the values. Columns of one file are best given together: one may say what another leaves open.
    """
    found = []
    vocabulary = read_vocabulary(settings)
    with duckdb.connect() as engine:
        engine.execute("set TimeZone = 'UTC'")
        texts = "select unnest($texts::varchar[]) as c0, unnest($rows::bigint[]) as n"
        for one in written:
            if (declared := _declared(source, one.table, one.column)) and one.values:
                dialect = dialects.of_file(source, one.file or Path(), settings).dialect
                parameters = {"texts": list(one.values), "rows": list(one.values.values())}
                looked = _look(
                    engine, texts, parameters, one.table, declared, dialect, vocabulary, _is_text(one.file), one.file
                )
                found += [looked] if looked else []
    return _said(found, source, settings)


def of_rejects(
    raw: Connection,
    source: Source,
    settings: Settings,
    *,
    load_ids: Collection[int] | None = None,
    file: str | None = None,
) -> list[Hint]:
    """Say what would read the values that were rejected and are not settled, of each column in which they look alike.

    Args:
        raw: raw.duckdb.
        source: the source, as its YAML declares it.
        settings: where sources.yml and the seeds are.
        load_ids: only of these loads.
        file: only of this file, as it was loaded.
    """
    there = columns_of(raw, "raw", source.schema, "_rejects")
    if "cleared_by_load_id" not in there:
        return []
    rejects = f"raw.{quoted(source.schema)}._rejects"
    if "more_faults" in there:
        rejects = f"""(
            select * exclude (column_name, value), unnest(
                list_prepend(
                    {{'column_name': column_name, 'value': value}},
                    list_transform(
                        coalesce(more_faults, []), lambda f: {{'column_name': f.column_name, 'value': f.value}}
                    )
                ),
                recursive := true
            )
            from {rejects}
        )"""
    condition = "cleared_by_load_id is null and column_name is not null and value is not null and value <> ''"
    if load_ids is not None:
        condition += f" and load_id in ({', '.join(map(str, [*map(int, load_ids), -1]))})"
    if file is not None:
        condition += f" and file = {literal(file)}"
    groups = raw.execute(
        f"""
        select table_name, column_name, file, count(distinct load_id || ' ' || line), max(load_id)
        from {rejects}
        where {condition}
        group by table_name, column_name, file
        order by table_name, column_name, file
        """
    ).fetchall()
    vocabulary = read_vocabulary(settings)
    # Files that are written alike are looked at together.
    alike: dict[tuple[str, str, Dialect, bool], list[str]] = {}
    for table, column, name, rows, load_id in groups:
        dialect = dialects.of_file(source, Path(name), settings).dialect
        if _is_set(dialect, source.dialect) and rows < HALF * _rows_read(raw, source, load_id):
            continue
        alike.setdefault((table, column, dialect, _is_text(Path(name))), []).append(name)
    found = []
    for (table, column, dialect, is_text), names in alike.items():
        declared = _declared(source, table, column)
        if declared is None:
            continue
        texts = (
            f"select value as c0, count(*) as n from {rejects} where {condition} and table_name = {literal(table)} "
            f"and column_name = {literal(column)} and file in ({', '.join(map(literal, names))}) group by value"
        )
        only = Path(names[0]) if len(names) == 1 else None
        if one := _look(raw, texts, {}, table, declared, dialect, vocabulary, is_text, only):
            found.append(one)
    return _said(found, source, settings)


def zone_question(
    source: Source, settings: Settings, files_seen: Iterable[tuple[str, tuple[str, str] | None]]
) -> ZoneQuestion | None:
    """Ask of which zone times without an offset are; None where there are none, or somebody has said it.

    Args:
        source: their source.
        settings: where sources.yml is, and the zone of the reports.
        files_seen: names of files, each with the column and the text of a time for which nobody has said it.
    """
    found = next(((Path(name).name, example) for name, example in files_seen if example), None)
    if found is None:
        return None
    name, (column, text) = found
    zone = settings.timezone if settings.timezone != "UTC" else EXAMPLE_ZONE
    reports = f"the reports have the days of {zone} already (CXMART_TIMEZONE)"
    if settings.timezone == "UTC":
        reports = f"for the days of the reports: export CXMART_TIMEZONE={zone}"
    return ZoneQuestion(
        source.name,
        zone,
        f"of which zone are the times of {source.name}? They have no offset ({column} {text.strip()} in {name}) and "
        f"are read as UTC; write timezone: {zone} (or timezone: UTC) for the source {source.name} in "
        f"{dialects.place(settings)}, and {reports}",
        source.name in dialects.read(settings),
    )


def to_paste(hints: Iterable[Hint], question: ZoneQuestion | None = None, *, files_seen: int | None = None) -> str:
    """Write the lines of sources.yml that hints ask for; nothing where none asks for one.

    Where two ask for different values of one setting, the one with the most rows is right for the source, and the other
    for its file. Where files are not written as the line for all of them says, and these are more than half, it is the
    line that is wrong.

    Args:
        hints: what was found.
        question: asks for the zone.
        files_seen: how many files were looked at; where it is not known, two against the line are enough.
    """
    asked = list(hints)
    against: dict[tuple[str, str, str], set[str]] = {}
    for hint in asked:
        if hint.is_line_wrong and hint.file is not None:
            for name, value in hint.setting.items():
                against.setdefault((hint.source, name, value), set()).add(hint.file)
    enough = 2 if files_seen is None else files_seen / 2
    wrong = {line for line, names in against.items() if len(names) >= enough}
    usual: dict[str, dict[str, str]] = {}
    of_files: dict[str, dict[str, dict[str, str]]] = {}
    for hint in sorted(asked, key=lambda hint: -hint.rows):
        for name, value in hint.setting.items():
            own = usual.setdefault(hint.source, {})
            if hint.file is None or own.get(name) == value or (hint.source, name, value) in wrong:
                own.setdefault(name, value)
            if own.get(name) != value:
                of_files.setdefault(hint.source, {}).setdefault(hint.file or "*", {})[name] = value
    if question and not question.has_lines:
        usual.setdefault(question.source, {})
    lines = []
    for source, own in usual.items():
        lines.append(f"{source}:")
        for name in sorted(own):
            instead = "   # in place of the other one" if (source, name, own[name]) in wrong else ""
            lines.append(f"  {name}: {own[name]}{instead}")
        if question and source == question.source:
            lines.append(f"  # timezone: {question.zone}   # no offset: read as UTC")
        if source in of_files:
            lines.append(f"  {dialects.FILES}:")
            for file, said in of_files[source].items():
                inner = ", ".join(f"{name}: {said[name]}" for name in sorted(said))
                lines.append(f"    '{file.replace(chr(39), 2 * chr(39))}': {{{inner}}}")
    return "".join(f"{line}\n" for line in lines)


def _declared(source: Source, table: str, column: str) -> Column | None:
    columns = source.tables[table].columns if table in source.tables else ()
    return next((found for found in columns if found.name == column), None)


def _is_text(file: Path | None) -> bool:
    """Tell whether a file is delimited text, as far as its name says."""
    described = files.describe(file) if file else None
    return described is None or described.format not in {"jsonl", "parquet"}


def _is_set(dialect: Dialect, usual: Dialect) -> bool:
    """Tell whether a brand has said already how days, numbers and words of its files are written."""
    names = ("date_order", "decimal", "thousands", "language")
    return any(getattr(dialect, name) != getattr(usual, name) for name in names)


def _rows_read(raw: Connection, source: Source, load_id: int) -> int:
    row = raw.execute(
        f"select max(rows_read) from raw.{quoted(source.schema)}._loads where load_id = ?", [load_id]
    ).fetchone()
    return int(row[0] or 0) if row else 0


def _candidates(column: Column, dialect: Dialect) -> list[dict[str, str]]:
    """List the settings by which texts of a column might be read; of equals the first is proposed."""
    languages = [{"language": name} for name in LANGUAGES if name != dialect.language]
    if column.data_type in {"timestamp", "date"}:
        orders = [{"date_order": order} for order in ("day_first", "month_first") if order != dialect.date_order]
        return orders + languages
    if column.is_score:
        return [*_number_candidates(dialect), *languages]
    if column.accepted_values or column.data_type == "boolean" or (column.data_type in TEXT_TYPES and column.kind):
        return languages
    return [] if column.data_type in TEXT_TYPES else _number_candidates(dialect)


def _number_candidates(dialect: Dialect) -> list[dict[str, str]]:
    of_thousands = [
        {"thousands": mark}
        for mark in sorted(THOUSANDS, key=lambda mark: mark == "comma")
        if mark not in (dialect.thousands, dialect.decimal)
    ]
    other = "point" if dialect.decimal == "comma" else "comma"
    of_decimal: dict[str, str] = {"decimal": other}
    if dialect.thousands == other:
        of_decimal["thousands"] = dialect.decimal
    both = [] if "thousands" in of_decimal or other == "comma" else [{"decimal": "point", "thousands": "comma"}]
    return [*of_thousands, of_decimal, *both]


def _look(
    connection: Connection,
    texts: str,
    parameters: Mapping[str, object],
    table: str,
    column: Column,
    dialect: Dialect,
    vocabulary: Vocabulary,
    is_text: bool,
    file: Path | None,
) -> _Found | None:
    """Try each setting on texts `c0` that `n` rows have; None where none reads nearly all of them.

    Days that can only be read by one order beside days that can only be read by the other are mixed.
    """
    has_words = "coalesce(bool_or(regexp_matches(c0, '\\p{L}{2}')), false)"
    row = connection.execute(f"select {has_words} from ({texts})", dict(parameters)).fetchone()
    candidates = [said for said in _candidates(column, dialect) if "language" not in said or (row and row[0])]
    if not candidates:
        return None
    anew, values = [], []
    # What is read as it is fails for another reason: it is below a bound, or off its scale.
    for number, said in enumerate([*candidates, {}]):
        text, value = type_check.reading_of(
            column, read_dialect(said, dialect), vocabulary, "c0", f"x{number}", is_text_file=is_text
        )
        anew.append(f"{text} as x{number}")
        # Words of open lists are read in any language, as what they are.
        is_open = column.data_type in TEXT_TYPES and not column.accepted_values and not column.is_score
        values.append(f"{f'nullif({value}, c0)' if is_open else value} as r{number}")
    read = (
        f"select * from (select c0, n, {', '.join(values)} from (select c0, n, {', '.join(anew)} from ({texts}) "
        f"where c0 is not null and trim(c0) <> '')) where r{len(candidates)} is null"
    )

    def asked(*expressions: str) -> tuple[Any, ...]:
        row = connection.execute(f"select {', '.join(expressions)} from ({read})", dict(parameters)).fetchone()
        return row or ()

    total, *sums = asked(
        "coalesce(sum(n), 0)", *(f"coalesce(sum(n) filter (r{at} is not null), 0)" for at in range(len(candidates)))
    )
    if not total:
        return None
    name = file.name if file else None
    good = [at for at, rows in enumerate(sums) if rows >= NEARLY_ALL * total]
    if not good:
        good = [at for at, said in enumerate(candidates) if "date_order" in said and sums[at]]
        if len(good) < 2 or asked("sum(n) filter (r0 is not null or r1 is not null)")[0] < NEARLY_ALL * total:
            return None
    # What reads a part of what another one reads is not meant.
    pairs = [(one, other) for one in good for other in good if one != other]
    only = asked(*(f"min(c0) filter (r{one} is not null and r{other} is null)" for one, other in pairs), "min(c0)")
    reads_more = dict(zip(pairs, only, strict=False))
    left = [
        one
        for one in good
        if not any(
            reads_more[other, one] is not None and reads_more[one, other] is None for other in good if other != one
        )
    ]
    found = _Found(table, column, dialect, name, int(total), int(max(sums[at] for at in left)), (), str(only[-1]))
    if any(reads_more[one, other] is not None for one, other in combinations(left, 2)):
        if not all("date_order" in candidates[at] for at in left):
            return None
        examples = [str(reads_more[one, other]) for one, other in ((left[0], left[1]), (left[1], left[0]))]
        return replace(found, settings=[candidates[at] for at in left], readings=examples, is_mixed=True)
    differs = " or ".join(f"r{one} is distinct from r{other}" for one, other in combinations(left, 2)) or "false"
    row = connection.execute(
        f"""
        select c0, {differs}, {", ".join(f"r{at}" for at in left)}
        from ({read})
        where {" and ".join(f"r{at} is not null" for at in left)}
        order by coalesce({differs}, false) desc, n desc, c0 nulls last
        limit 1
        """,
        dict(parameters),
    ).fetchone()
    example, are_different, *readings = row or (found.example, False)
    if are_different or any("date_order" in candidates[at] or "language" in candidates[at] for at in left):
        return replace(found, settings=[candidates[at] for at in left], example=str(example), readings=readings)
    return replace(found, settings=[candidates[left[0]]], example=str(example), readings=readings[:1])


def _said(found: Sequence[_Found], source: Source, settings: Settings) -> list[Hint]:
    """Say in words what was found; a language that several columns may be in is the one that all of them may be in."""
    languages = [{said["language"] for said in one.settings} for one in found if _is_language(one)]
    common = set.intersection(*languages) if languages else set()
    place = dialects.place(settings)
    hints = []
    for one in found:
        if _is_language(one) and len(one.settings) > 1 and len(common) == 1:
            kept = [said for said in one.settings if said["language"] in common]
            one = replace(one, settings=kept)
        hints.append(_hint(one, source, place, dialects.read(settings).get(source.name)))
    return hints


def _is_language(found: _Found) -> bool:
    return all("language" in said for said in found.settings)


def _hint(found: _Found, source: Source, place: str, written: dialects.Written | None) -> Hint:
    whose = f"for the source {source.name} in {place}"
    file, is_line_wrong = None, False
    if found.file and any(_changes(said, found.dialect) for said in found.settings):
        file = found.file
        usual, own = (written.usual, written.of_file(file)) if written else ({}, {})
        names = [name for name in dict.fromkeys(name for said in found.settings for name in said) if name in usual]
        is_line_wrong = any(usual[name] == own.get(name) and usual[name] is not None for name in names)
        if is_line_wrong:
            lines = " and ".join(f"{name}: {usual[name]}" for name in names if usual[name] is not None)
            whose += (
                f", where {lines} is said of all files; if that is right of the others, set it for {file} alone, "
                f"under {dialects.FILES}"
            )
        else:
            whose = f"for {file} under {dialects.FILES} of the source {source.name} in {place}"
    rows = "1 row" if found.rows == 1 else f"all {count(found.rows)} rows"
    if found.read < found.rows:
        rows = f"{count(found.read)} of {count(found.rows)} rows"
    name, is_one = found.column.name, found.read == 1
    look = "looks" if is_one else "look"
    setting: Mapping[str, str] = {}
    if found.is_mixed:
        shapes = [_shape(said, found.example) for said in found.settings]
        message = (
            f"{name}: days are written in two ways: {found.readings[0]} can only be {shapes[0]}, {found.readings[1]} "
            f"only {shapes[1]}; write all of them in one way, or load them from two files"
        )
    elif len(found.settings) == 1:
        setting = found.settings[0]
        message = f"{name}: {rows} {look} like {_shape(setting, found.example)}; set {_lines(setting)} {whose}"
    else:
        either = " or ".join(_lines(said) for said in found.settings)
        message = f"{name}: {rows} can be read in {_number(len(found.settings))} ways"
        if _is_language(found):
            message += f" ({found.example} is {_listed([LANGUAGE_NAMES[said['language']] for said in found.settings])})"
        else:
            message += f": {found.example} is {' or '.join(map(_reading, found.readings))}"
        message += f"; nothing is guessed, so say which it is with {either} {whose}"
    return Hint(source.name, found.table, name, found.rows, message, setting, file, is_line_wrong)


def _changes(said: Mapping[str, str], dialect: Dialect) -> bool:
    """Tell whether a setting is another one than the brand's own, and not just one that it has not made yet."""
    usual = Dialect()
    return any(getattr(dialect, name) != getattr(usual, name) for name in said)


def _lines(said: Mapping[str, str]) -> str:
    return " and ".join(f"{name}: {value}" for name, value in said.items())


def _number(ways: int) -> str:
    return {2: "two", 3: "three"}.get(ways, str(ways))


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _reading(value: object) -> str:
    """Write a value as a person tells it from another reading: 3 April 2026, 1234."""
    if isinstance(value, date):
        return f"{value.day} {value.strftime('%B %Y')}"
    text = f"{value:f}" if isinstance(value, Decimal) else str(value)
    return text.rstrip("0").rstrip(".") if "." in text else text


def _shape(said: Mapping[str, str], example: str) -> str:
    """Say what texts look like that are read by a setting."""
    if "date_order" in said:
        mark = next((letter for letter in example.strip() if letter in "./-"), "/")
        parts = ("day", "month", "year") if said["date_order"] == "day_first" else ("month", "day", "year")
        return mark.join(parts)
    if "language" in said:
        language = LANGUAGE_NAMES[said["language"]]
        return f"days in {language}" if any(letter.isdigit() for letter in example) else f"{language} words"
    if "thousands" in said and "decimal" not in said:
        return f"numbers with {BETWEEN_THOUSANDS[said['thousands']]} between thousands"
    return f"numbers with a decimal {said['decimal']}"
