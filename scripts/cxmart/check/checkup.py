"""Saying what files are, and what would become of them, without landing anything.

They land in a warehouse of their own, which is thrown away: what is said is what a load does. Of the real one only is
asked which tables it has, so that a check needs none; rows that are there already are not known to it.
"""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from cxmart.base.database import Connection, columns_of, one_row, opened, quoted
from cxmart.base.errors import CxmartError, ExitCode
from cxmart.base.settings import Settings
from cxmart.check import hints
from cxmart.check.hints import Hint, Written
from cxmart.check.seen import (
    HASHED,
    MATCHED,
    NEVER_LANDS,
    TOLD_OF_FILES,
    UNKNOWN,
    ColumnSeen,
    FileSeen,
    Form,
    NamedWords,
    WordToName,
)
from cxmart.check.value_words import MOST_WORDS, alias_rows, leave_out_known, unknown, words_to_name
from cxmart.contract import dialects, kpi_catalog, private_columns
from cxmart.contract.source_contract import TEXT_TYPES, Column, Source, Table
from cxmart.contract.vocabulary import Vocabulary, name_key, read_vocabulary
from cxmart.landing import (
    files,
    headings,
    land_file,
    load_files,
    match_columns,
    raw_file,
    read_file,
    read_value,
    repair,
    sheets,
)
from cxmart.landing.files import DataFile, Ignored
from cxmart.landing.landed import Landed, Look, Watcher
from cxmart.landing.match_columns import Matching

# Of as many rows it is looked at how their values are written.
SAMPLE_ROWS = 100_000
# As many forms and words of a column are told.
MOST_FORMS = 3
LONGEST_EXAMPLE = 60


@dataclass(frozen=True)
class Checkup:
    """What was found of all files.

    `sources_yml` and `name_aliases` are lines to paste; in the latter `?` stands where a person has to choose. `fed`
    are the KPIs for which all tables are given, `lacking` the others with the tables that they lack; both are None
    where the source's tables are not those of the standard layout. `landed_before` are the tables that count as given
    since they are in the warehouse.
    """

    source: Source
    files: list[FileSeen]
    ignored: list[Ignored]
    errors: list[str]
    words: list[WordToName]
    sources_yml: str
    name_aliases: str
    fed: list[str] | None
    lacking: dict[str, list[str]] | None
    exit_code: ExitCode
    # Asks for the zone of times without an offset.
    zone_question: str | None = None
    landed_before: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Give it for JSON."""
        return {
            "source": self.source.name,
            "files": [file.as_json() for file in self.files],
            "ignored": [vars(one) for one in self.ignored],
            "errors": self.errors,
            "unknown_words": [vars(word) for word in self.words],
            "sources_yml": self.sources_yml,
            "zone_question": self.zone_question,
            "name_aliases": self.name_aliases,
            "kpis_fed": self.fed,
            "kpis_lacking": self.lacking,
            "tables_landed_before": self.landed_before,
            "exit_code": int(self.exit_code),
        }

    def rows_of_files(self) -> tuple[list[dict[str, Any]], list[str]]:
        """Give a row a file, and the columns."""
        counts = [f"rows_{name}" for name in ("read", "loaded", "duplicate", "stale", "rejected")]
        columns = [*TOLD_OF_FILES, *counts, "values_left_out", "missing_required", "missing_optional", "remarks"]
        return [file.as_json() for file in self.files], [*columns, "error"]

    def rows_of_columns(self) -> tuple[list[dict[str, Any]], list[str]]:
        """Give a row a column of a file, and the columns."""
        rows = [
            {"file": file.file, "sheet": file.sheet, "table": file.table, **asdict(column)}
            for file in self.files
            for column in file.columns
        ]
        return rows, ["file", "sheet", "table", *(field.name for field in fields(ColumnSeen))]


def check(settings: Settings, source: Source, paths: Sequence[str]) -> Checkup:
    """Say what files are, and what would become of them if they were landed in a new warehouse, one after another.

    Args:
        settings: for seeds, sources.yml and the key of e-mail addresses; of its warehouse only the tables are asked.
        source: the contract of the files.
        paths: files, folders and patterns.

    Raises:
        CxmartError: sources.yml or a seed can't be right, or there is no room.
    """
    dialects.check(settings)
    found = sheets.expand(files.find(paths), source)
    errors = list(found.errors)
    seen: list[FileSeen] = []
    vocabulary = read_vocabulary(settings)
    with tempfile.TemporaryDirectory(prefix="cxmart-check-") as folder:
        elsewhere = replace(settings, home=Path(folder))
        raw_file.prepare(elsewhere)

        def act(file: DataFile, watcher: Watcher) -> Landed:
            one = FileSeen(str(file), file.format, file.compression, file.sheet)
            seen.append(one)
            try:
                return _look_at(file, source, elsewhere, watcher, one)
            except sheets.EmptySheetError:
                seen.remove(one)
                raise
            except CxmartError as error:
                one.error = str(error)
                raise

        landed = load_files.each(found, errors, act, tell=lambda _: None)
        given = _describe(elsewhere, source, seen, vocabulary, settings)
    of_files = {one.error for one in seen if one.error}
    question = hints.zone_question(source, settings, [(one.file, one.local_time) for one in landed])
    words = words_to_name(settings, source, seen, vocabulary)
    landed_before = sorted(_landed_before(settings, source) - given)
    fed, lacking = _coverage(settings, source, given | set(landed_before))
    return Checkup(
        source=source,
        files=seen,
        ignored=found.ignored,
        errors=[str(error) for error in errors if str(error) not in of_files],
        words=words,
        sources_yml=hints.to_paste((hint for one in seen for hint in one.hints), question, files_seen=len(seen)),
        zone_question=question.message if question else None,
        name_aliases=alias_rows(words),
        fed=fed,
        lacking=lacking,
        exit_code=load_files.exit_code(landed, errors),
        landed_before=landed_before,
    )


def _look_at(file: DataFile, source: Source, settings: Settings, watcher: Watcher, seen: FileSeen) -> Landed:
    """Land a file, and keep what is found on the way."""
    table = files.table_of(file, source)
    seen.table = table.name

    def looked(look: Look) -> None:
        seen.encoding = repair.ENCODINGS_IN_WORDS.get(look.encoding or "")
        seen.delimiter = look.delimiter
        seen.columns = _columns(look.names, table)
        places = {column.column: place for place, column in enumerate(seen.columns) if column.column is not None}
        seen.missing_required = match_columns.lacking(table, places)
        seen.missing_optional = [
            column.name
            for column in table.columns
            if column.name not in places and column.name not in seen.missing_required
        ]

    def taken(raw: Connection, scan: read_file.Scan, matching: Matching) -> None:
        marks = dialects.of_file(source, Path(str(file)), settings).dialect.null_marks
        _find_forms(raw, scan, matching, table, marks, seen)

    watcher.looked, watcher.taken = looked, taken
    seen.landed = land_file.land(file, source, settings, watcher)
    return seen.landed


def _columns(names: Sequence[str], table: Table) -> list[ColumnSeen]:
    """Tell which declared column each column of a file is."""
    declared = match_columns.declared_names(table)
    by_name = {column.name: column for column in table.columns}
    found = []
    for name in names:
        column = by_name.get(declared.get(name_key(name), ""))
        is_private = private_columns.kind_of(name) is not None and name.lower() not in table.let_through
        seen = ColumnSeen(name)
        if column:
            seen.column, seen.data_type, seen.is_required = column.name, column.data_type, column.required
        seen.state = NEVER_LANDS if is_private else MATCHED if column else UNKNOWN
        found.append(seen)
    given = {seen.column for seen in found}
    for seen in found:
        if seen.state == UNKNOWN:
            seen.nearest = headings.meant(seen.name, [name for name in by_name if name not in given])
    return found


def _find_forms(
    raw: Connection, scan: read_file.Scan, matching: Matching, table: Table, null_marks: Sequence[str], seen: FileSeen
) -> None:
    """Look at the first rows of a file for how the values of its declared columns are written."""
    hashed = None if matching.hashed is None else scan.columns[matching.hashed].name
    by_name = {column.name: column for column in table.columns}
    of_names = {column.name: column for column in seen.columns}
    if hashed in of_names:
        of_names[hashed].state = HASHED
    told = {
        place: (by_name[name], of_names[scan.columns[place].name])
        for name, place in matching.places.items()
        if name in by_name and scan.columns[place].name in of_names
    }
    if not told:
        return
    values = ", ".join(f"cast(c{place} as varchar) as c{place}" for place in told)
    raw.execute(
        f"create or replace temp table sample as select {values} from ({scan.sql}) limit {SAMPLE_ROWS}",
        scan.parameters,
    )
    (seen.looked_at,) = one_row(raw, "select count(*) from temp.sample")
    marks = {"marks": list(null_marks)}
    for place, (declared, column) in told.items():
        text = f"trim(c{place})"
        is_filled = f"from temp.sample where {text} <> '' and not list_contains($marks::varchar[], lower({text}))"
        (column.filled,) = one_row(raw, f"select count(*) {is_filled}", marks)
        if _is_of_words(declared):
            words = raw.execute(
                f"select trim(c{place}), count(*) {is_filled} group by 1 order by 2 desc, 1 limit {MOST_WORDS}", marks
            ).fetchall()
            column.words = dict(words)
            if condition := _condition(declared):
                other, value = condition
                there = matching.places.get(other)
                if there in told:
                    pairs = raw.execute(
                        f"select trim(c{place}), coalesce(trim(c{there}), ''), count(*) {is_filled} group by 1, 2 "
                        f"order by 3 desc, 1, 2 limit {MOST_WORDS}",
                        marks,
                    ).fetchall()
                    seen.words_if[declared.name] = NamedWords(
                        other, value, {(word, at): rows for word, at, rows in pairs}
                    )
        elif _is_of_forms(declared):
            # Of an id its length tells nothing.
            digits = "[0-9]+" if declared.is_id else "[0-9]"
            form = f"regexp_replace(trim(c{place}), '{digits}', '9', 'g')"
            found = raw.execute(
                f"select {form}, count(*), min(c{place}) {is_filled} group by 1 order by 2 desc, 1 limit {MOST_FORMS}",
                marks,
            ).fetchall()
            column.forms = [Form(form[:LONGEST_EXAMPLE], rows, text[:LONGEST_EXAMPLE]) for form, rows, text in found]
        else:
            commonest = raw.execute(
                f"select trim(c{place}) {is_filled} group by 1 order by count(*) desc, 1 limit {MOST_FORMS}", marks
            ).fetchall()
            column.examples = [text[:LONGEST_EXAMPLE] for (text,) in commonest]
    raw.execute("drop table temp.sample")


def _condition(column: Column) -> tuple[str, str] | None:
    """Tell where a column that may also hold ids of persons holds none: another column, and its value there."""
    return next((said for unless in column.names.values() for said in unless.items()), None) if column.kind else None


def _is_of_words(column: Column) -> bool:
    return bool(column.kind or column.accepted_values) or column.data_type == "boolean"


def _is_of_forms(column: Column) -> bool:
    return column.is_id or column.data_type not in TEXT_TYPES or column.is_score


def _describe(
    home: Settings, source: Source, seen: Sequence[FileSeen], vocabulary: Vocabulary, settings: Settings
) -> set[str]:
    """Tell of the values as they landed, and what would read those that did not; give the tables that have rows."""
    given: set[str] = set()
    with opened(home.raw_file, home, read_only=True) as raw:
        for one in seen:
            if one.landed is None or one.table is None:
                continue
            table = source.tables.get(one.table) or Table(one.table, ())
            there = columns_of(raw, "raw", source.schema, table.name)
            relation = f"raw.{quoted(source.schema)}.{quoted(table.name)}"
            if one.landed.rows_read:
                # What is rejected can be put right: the table is there.
                given.add(table.name)
            by_name = {column.name: column for column in table.columns}
            for column in one.columns:
                name = column.column or column.name
                if name in there and column.state in {MATCHED, UNKNOWN}:
                    _describe_column(raw, relation, one.landed.load_id, name, by_name.get(name), column)
            one.hints = _hints(source, settings, one, by_name, vocabulary)
    leave_out_known(source, settings, seen, vocabulary)
    return given


def _describe_column(
    raw: Connection, relation: str, load_id: int, name: str, declared: Column | None, column: ColumnSeen
) -> None:
    if declared is None or declared.data_type in TEXT_TYPES or declared.data_type == "boolean":
        return
    value = quoted(name)
    column.lowest, column.highest = one_row(
        raw,
        f"""
        select cast(min({value}) as varchar), cast(max({value}) as varchar)
        from {relation}
        where _load_id = {load_id}
        """,
    )


def _hints(
    source: Source, settings: Settings, seen: FileSeen, by_name: Mapping[str, Column], vocabulary: Vocabulary
) -> list[Hint]:
    """Find what would read the values that could not be read, and words that are known nowhere."""
    values: dict[str, dict[str, int]] = {}
    for group in seen.landed.reject_groups if seen.landed else ():
        if group.column is not None and group.written and group.reason != read_value.OF_A_FORMULA:
            written = values.setdefault(group.column, {})
            for value, rows in group.written:
                written[value] = written.get(value, 0) + rows
    language = dialects.of_file(source, Path(seen.file), settings).dialect.language
    for column in seen.columns:
        declared = by_name.get(column.column or "")
        if declared and declared.kind:
            words = unknown(settings, seen, column, by_name, vocabulary, language)
            if declared.accepted_values:
                words = {word: rows for word, rows in words.items() if word in values.get(declared.name, {})}
            column.unknown_words = words
            if words and not declared.accepted_values:
                values.setdefault(declared.name, {}).update(words)
    file = Path(seen.file)
    return hints.of_columns(
        source, settings, [Written(seen.table or "", name, written, file) for name, written in values.items()]
    )


def _landed_before(settings: Settings, source: Source) -> set[str]:
    """List the tables of a source that have rows in the warehouse; none where it can't be read now."""
    if not settings.raw_file.is_file():
        return set()
    try:
        with opened(settings.raw_file, settings, read_only=True) as raw:
            if "rows_loaded" not in columns_of(raw, "raw", source.schema, "_loads"):
                return set()
            loads = f"raw.{quoted(source.schema)}._loads"
            return {name for (name,) in raw.execute(f"select table_name from {loads} where rows_loaded > 0").fetchall()}
    except CxmartError:
        return set()


def _coverage(
    settings: Settings, source: Source, given: set[str]
) -> tuple[list[str], dict[str, list[str]]] | tuple[None, None]:
    """Tell which KPIs have all tables that they need, and what the others lack."""
    needs = kpi_catalog.read_needs(settings.project_root)
    if (
        not {table for of_kpi in needs.values() for need in of_kpi for table in need.split(" or ")}
        & source.tables.keys()
    ):
        return None, None
    lacking = {
        kpi: missing
        for kpi, of_kpi in needs.items()
        if (missing := [need for need in of_kpi if not given & set(need.split(" or "))])
    }
    return [kpi for kpi in needs if kpi not in lacking], lacking
