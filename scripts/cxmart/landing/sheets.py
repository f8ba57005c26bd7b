"""Sheets of workbooks: which of them are tables, and a copy of one as delimited text that the engine reads.

A cell is written as what it is: a whole number without a point, a date in ISO 8601, true and false. So a sheet goes the
way of every other file from there on, with the number that its rows have in the spreadsheet.
"""

import csv
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from cxmart.base.database import literal
from cxmart.base.errors import CxmartError, translate
from cxmart.base.suggestions import unknown_name
from cxmart.contract.source_contract import Source
from cxmart.contract.vocabulary import name_key
from cxmart.landing import files, recognize, repair, workbooks
from cxmart.landing.files import DataFile, Found, Ignored
from cxmart.landing.read_file import ROW_COLUMN, FileColumn, Scan
from cxmart.landing.workbooks import Oddities

# The header is looked for in as many rows.
MOST_ROWS_ABOVE = 30
# A workbook keeps 15 digits of a number.
EXACT_BELOW = 1e15

# Marks a day in the copy, until it is known whether its column has times of day.
DAY_MARK = "\ue000"
MIDNIGHT = "T00:00:00"
# How .ods writes a duration.
ISO_DURATION = re.compile(r"PT(\d+)H(\d+)M(\d+)(?:[.,](\d+))?S")

EMPTY = "empty"
NO_TABLE = "named for no table"


class EmptySheetError(CxmartError):
    """A sheet has nothing in it."""


@dataclass(frozen=True)
class Head:
    """Where the header of a sheet is (rows count from 0), what it names, and in which column of the sheet it begins."""

    row: int
    names: list[str]
    first_column: int
    are_rows_above: bool

    @property
    def full_names(self) -> list[str]:
        """The names of all columns; one without a name is called by its place."""
        return [name or f"column_{place}" for place, name in enumerate(self.names, start=self.first_column + 1)]


def expand(found: Found, source: Source) -> Found:
    """Put the sheets of workbooks in their place that are for a table, and leave text files out that are for none.

    Args:
        found: the files.
        source: their source. In one that declares no tables every sheet is one.
    """
    expanded = Found([], list(found.errors), list(found.ignored))
    for file in found.files:
        if file.format == "workbook":
            try:
                sheets, ignored = _sheets(file, source)
            except CxmartError as error:
                expanded.errors.append(error)
                continue
            expanded.files += sheets
            expanded.ignored += ignored
        elif file.format == "txt" and not file.is_given and _is_no_table(file, source):
            expanded.ignored.append(Ignored(str(file), "text that is named for no table"))
        else:
            expanded.files.append(file)
    if found.files and not expanded.files and not expanded.errors:
        folder = found.files[0].path.parent
        expanded.errors.append(files.EmptyFolderError(files.nothing_in(folder)))
    return expanded


def _is_no_table(file: DataFile, source: Source) -> bool:
    try:
        files.table_of(file, source)
    except files.NoTableError:
        return True
    except CxmartError:
        return False
    return source.is_open


@contextmanager
def opened(file: DataFile) -> Iterator[CalamineWorkbook]:
    """Open a workbook.

    Raises:
        CxmartError: it can't be read.
    """
    try:
        with file.path.open("rb") as stream:
            beginning = stream.read(512).lstrip()
        workbook = CalamineWorkbook.from_path(str(file.path))
        try:
            yield workbook
        finally:
            workbook.close()
    except PasswordError as error:
        raise CxmartError(f"{file.path} is locked with a password; save it without one") from error
    except CalamineError as error:
        if beginning.startswith(b"\xd0\xcf\x11\xe0"):
            raise CxmartError(f"{file.path} is locked with a password, or an old .xls; save it as .xlsx") from error
        if beginning.startswith(b"PK"):
            raise CxmartError(f"{file.path} is damaged and can't be read as a workbook; save it anew") from error
        what = recognize.what_else(beginning, file.format) or "is no workbook, whatever its name says; save it anew"
        raise CxmartError(f"{file.path} {what}") from error
    except OSError as error:
        raise translate(error, file.path) from error
    except BaseException as error:
        # The reader gives up on files that nobody could have written.
        if type(error).__name__ == "PanicException":
            raise CxmartError(f"{file.path} is damaged and can't be read as a workbook; save it anew") from error
        raise


def _sheets(file: DataFile, source: Source) -> tuple[list[DataFile], list[Ignored]]:
    """List the sheets of a workbook that are tables, and say why the others are none.

    Where no sheet is named for a table and only one has anything in it, the file's own name may say what it is.

    Raises:
        CxmartError: the file can't be read, no sheet is for a table, or it is not clear for which.
    """
    ignored: list[Ignored] = []
    with opened(file) as workbook:
        if file.sheet is not None:
            if file.sheet not in workbook.sheet_names:
                raise unknown_name(f"{file.path} has no sheet", file.sheet, workbook.sheet_names, others="it has")
            by_sheet = replace(file, stem=file.sheet, format="sheet")
            return [replace(file, format="sheet") if _is_no_table(by_sheet, source) else by_sheet], []
        shown = []
        for sheet in workbook.sheets_metadata:
            as_file = replace(file, stem=sheet.name, format="sheet", sheet=sheet.name, folders=())
            if sheet.typ != SheetTypeEnum.WorkSheet:
                ignored.append(Ignored(str(as_file), "no sheet of cells"))
            elif sheet.visible != SheetVisibleEnum.Visible:
                ignored.append(Ignored(str(as_file), "hidden; show it, and it is loaded"))
            else:
                shown.append(as_file)
        named = [sheet for sheet in shown if not _is_no_table(sheet, source)]
        filled = shown
        if not named or _is_another(file, named, source):
            filled = [sheet for sheet in shown if _is_filled(workbook, sheet)]
            ignored += [Ignored(str(sheet), EMPTY) for sheet in shown if sheet not in filled]
    if not filled:
        raise CxmartError(f"{file} has no sheet with anything in it that is shown")
    if source.is_open:
        # One sheet is what the file is called, several are what they are called.
        return ([replace(filled[0], stem=file.stem)] if len(filled) == 1 else filled), ignored
    if named:
        if filled == named and _is_another(file, named, source):
            both = [files.table_of(named[0], source).name, *files.tables_named(file.stem, source.tables)]
            raise CxmartError(
                f"{file} could be for {' or '.join(both)}: its sheet is named {named[0].stem}; rename one of the two"
            )
        return named, ignored + [Ignored(str(sheet), NO_TABLE) for sheet in filled if sheet not in named]
    if len(filled) > 1:
        raise CxmartError(
            f"{file} has the sheets {', '.join(sheet.stem for sheet in filled)}, of which none is named for a table of "
            f"source {source.name}; name each as one of {', '.join(source.tables)}"
        )
    by_file = replace(filled[0], stem=file.stem, folders=file.folders)
    files.table_of(by_file, source)
    return [by_file], ignored


def _is_filled(workbook: CalamineWorkbook, sheet: DataFile) -> bool:
    workbooks.find_oddities(sheet.path, sheet.stem)
    return workbook.get_sheet_by_name(sheet.stem).start is not None


def _is_another(file: DataFile, named: Sequence[DataFile], source: Source) -> bool:
    """Tell whether a workbook is named for another table than its only sheet that is named for one."""
    if len(named) != 1 or source.is_open:
        return False
    by_file = files.tables_named(file.stem, source.tables)
    by_sheet = files.tables_named(named[0].stem, source.tables)
    return bool(by_file) and not set(by_file) & set(by_sheet)


def look(sheet: CalamineSheet, file: DataFile, known: Collection[str]) -> Head:
    """Find the header of a sheet: of its first rows the one with the most columns that its table declares.

    Raises:
        CxmartError: there is none.
    """
    if sheet.start is None:
        raise EmptySheetError(f"{file} is {EMPTY}")
    wanted = {name_key(name) for name in known}
    best: tuple[int, int, list[str]] | None = None
    seen = 0
    for number, row in enumerate(sheet.iter_rows()):
        names = [text_of(value).strip() for value in row]
        if not any(names):
            continue
        score = sum(name_key(name) in wanted for name in names if name)
        if best is None or score > best[0]:
            best = (score, number, names)
        seen += 1
        if seen == MOST_ROWS_ABOVE:
            break
    if best is None:
        raise EmptySheetError(f"{file} is {EMPTY}")
    _, row_number, names = best
    if any("@" in name for name in names):
        raise CxmartError(f"{file} has no header: its first line holds an e-mail address; write the names there")
    return Head(row_number, names, sheet.start[1], are_rows_above=row_number > sheet.start[0])


def check_oddities(sheet: CalamineSheet, file: DataFile, head: Head, odd: Oddities) -> None:
    """Look for what can't be read as it is meant.

    Raises:
        CxmartError: cells are merged below the header, or formulas have no results.
    """
    merged = [*odd.merged, *((*first, *last) for first, last in sheet.merged_cell_ranges or ())]
    for top, left, bottom, right in sorted(merged):
        if bottom > head.row or (top == head.row and left < right):
            raise CxmartError(
                f"{file} has merged cells ({_called(top, left)}:{_called(bottom, right)}): it is not known whether "
                "what is in them is meant for each; unmerge them"
            )
    if cells := sorted(cell for cell in odd.uncalculated if cell[0] >= head.row):
        many, what = ("1 formula", "it") if len(cells) == 1 else (f"{len(cells):,} formulas", "them")
        raise CxmartError(
            f"{file} has {many} without a result, for example in {_called(*cells[0])}: what wrote {what} does not "
            "calculate; open the workbook in a spreadsheet and save it"
        )


def _called(row: int, column: int) -> str:
    """Name a cell as a spreadsheet does."""
    return f"{workbooks.letters(column)}{row + 1}"


@dataclass(frozen=True)
class Copy:
    """A sheet as delimited text: a CSV of row numbers (from 1, as the spreadsheet has them) and the kept columns.

    `places` are those of the columns in the copy that land, with their `names`; an unnamed and empty one is none.
    `with_days` are the columns that hold dates, as (place, whether a time of day is shown of them, which is midnight).
    """

    rows_file: Path
    rows: int
    width: int
    places: list[int]
    names: list[str]
    with_days: Mapping[int, bool]


@dataclass(frozen=True)
class Typing:
    """The places of columns that are declared as dates, and of those whose numbers have a decimal comma in the copy."""

    dates: frozenset[int] = frozenset()
    decimal_commas: frozenset[int] = frozenset()


def write_copy(
    sheet: CalamineSheet, file: DataFile, head: Head, odd: Oddities, kept: Sequence[int], typing: Typing, folder: Path
) -> Copy:
    """Write a sheet as delimited text.

    Args:
        sheet: the sheet.
        file: where it is.
        head: its header.
        odd: what is odd in it.
        kept: the places of the columns to copy.
        typing: what its columns are declared as.
        folder: where to write.
    """
    path = folder / "rows.csv"
    rows = 0
    errors: dict[int, dict[int, str]] = {}
    for (row, column), code in odd.errors.items():
        errors.setdefault(row, {})[column - head.first_column] = code
    filled: set[int] = set()
    unnamed = {place for place in kept if not head.names[place]}
    first_days: dict[int, tuple[int, int]] = {}
    timed: set[int] = set()
    with path.open("w", encoding="utf-8", newline="") as copy:
        write = csv.writer(copy, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow
        for number, values in enumerate(sheet.iter_rows()):
            if number <= head.row:
                continue
            wrong = errors.get(number, {})
            texts: list[object] = [number + 1]
            is_blank = True
            for place in kept:
                value: Any = values[place]
                kind = type(value)
                text = value if kind is str else CONVERTED[kind](value)
                if place in wrong:
                    text = wrong[place]
                if text:
                    if is_blank and (kind is not str or not text.isspace()):
                        is_blank = False
                    if kind is float and place in typing.decimal_commas:
                        text = text.replace(".", ",")
                    elif kind is datetime:
                        if place in typing.dates and text.endswith(MIDNIGHT):
                            text = text.removesuffix(MIDNIGHT)
                        else:
                            timed.add(place)
                    elif kind is date:
                        first_days.setdefault(place, (number, head.first_column + place))
                    elif kind is str and text.startswith("PT"):
                        text = _clock_of_iso(text)
                    if place in unnamed:
                        filled.add(place)
                texts.append(text)
            if is_blank:
                continue
            write(texts)
            rows += 1
    places = [at for at, place in enumerate(kept) if place not in unnamed or place in filled]
    names = [head.full_names[kept[at]] for at in places]
    shown = workbooks.show_times(file.path, sheet.name, first_days.values()) if first_days else {}
    with_days = {
        at: kept[at] not in typing.dates and shown.get(first_days[kept[at]], kept[at] in timed)
        for at in places
        if kept[at] in first_days
    }
    return Copy(path, rows, len(kept), places, names, with_days)


def scan_copy(copy: Copy, delimiter: str) -> Scan:
    """Tell how to read the copy of a sheet; `delimiter` is what stands between the fields of rejected rows.

    To a workbook a day is its midnight; which of them is meant, shows.
    """
    types = ", ".join([f"'{ROW_COLUMN}': 'bigint'", *(f"'c{place}': 'varchar'" for place in range(copy.width))])
    fields = [ROW_COLUMN]
    for number, place in enumerate(copy.places):
        value = f"c{place}"
        if place in copy.with_days:
            rest = MIDNIGHT if copy.with_days[place] else ""
            value = f"replace({value}, {literal(DAY_MARK)}, {literal(rest)})"
        fields.append(f"{value} as c{number}")
    sql = (
        f"select {', '.join(fields)} from read_csv($file, auto_detect = false, header = false, delim = ',', "
        f"quote = '\"', escape = '\"', strict_mode = true, max_line_size = {5 * repair.LONGEST_RECORD}, "
        f"new_line = '\\n', compression = 'none', hive_partitioning = false, columns = {{{types}}})"
    )
    columns = [FileColumn(name) for name in copy.names]
    return Scan(sql, {"file": str(copy.rows_file)}, columns, has_row=True, delimiter=delimiter)


def text_of(value: object) -> str:
    """Write the value of a cell."""
    return value if isinstance(value, str) else CONVERTED[type(value)](value).replace(DAY_MARK, "")


def _number(value: float) -> str:
    """Write a number as a spreadsheet shows it: of at most 15 digits. What had more has lost some."""
    if abs(value) >= EXACT_BELOW:
        return f"{value:.14E}"
    if value == int(value):
        return str(int(value))
    text = f"{value:.15g}"
    return f"{Decimal(text):f}" if "e" in text else text


def _whole(value: int) -> str:
    return _number(float(value)) if abs(value) >= EXACT_BELOW else str(value)


def _clock(value: timedelta) -> str:
    microseconds = value // timedelta(microseconds=1)
    sign = "-" if microseconds < 0 else ""
    seconds, fraction = divmod(abs(microseconds), 1_000_000)
    decimals = f".{fraction:06d}".rstrip("0") if fraction else ""
    return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{decimals}"


def _clock_of_iso(text: str) -> str:
    found = ISO_DURATION.fullmatch(text)
    if not found:
        return text
    hours, minutes, seconds, fraction = found.groups()
    decimals = f".{fraction}".rstrip("0").rstrip(".") if fraction else ""
    return f"{int(hours)}:{int(minutes):02d}:{int(seconds):02d}{decimals}"


CONVERTED: dict[type, Callable[..., str]] = {
    str: str,
    float: _number,
    int: _whole,
    bool: lambda value: "true" if value else "false",
    datetime: datetime.isoformat,
    date: lambda value: value.isoformat() + DAY_MARK,
    time: time.isoformat,
    timedelta: _clock,
}
