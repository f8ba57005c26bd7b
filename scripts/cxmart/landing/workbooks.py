"""What the reader of workbooks does not tell: cells with errors, formulas that nobody calculated, merged cells.

It gives an error such as #N/A as an empty cell, and in .ods as 0; a formula without its result as an empty cell. Here
the files are looked through for them. Where there are none, mostly, that is a search for a few bytes.

It takes memory for every cell between the first and the last one, and a lone cell far out would end the process. Such a
sheet is refused before it is read.
"""

import posixpath
import re
import zipfile
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from xml.etree import ElementTree

from cxmart.base.errors import CxmartError

# Text of a cell that is an error, as spreadsheets write them.
ERRORS = {
    *("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#GETTING_DATA"),
    *("#BLOCKED!", "#CONNECT!", "#FIELD!", "#UNKNOWN!", "#BUSY!"),
}
UNKNOWN_ERROR = "#UNKNOWN!"
ERROR_CODES = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}

CHUNK_BYTES = 4 << 20

# As many cells, filled or not, take about 1.5 GB.
MOST_CELLS = 50_000_000

# In the XML of a sheet. Most names have no prefix.
XML_ERROR = re.compile(rb"""<(?:\w+:)?c\s([^>]*?\bt=["']e["'][^>]*)>(.*?)</(?:\w+:)?c>""", re.DOTALL)
XML_VALUE = re.compile(rb"<(?:\w+:)?v[^>]*>([^<]*)<")
XML_UNCALCULATED = re.compile(
    rb"<(?:\w+:)?c\s([^>]*[^>/])>\s*<(?:\w+:)?f(?:\s[^>]*)?(?:/>|>[^<]*</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
XML_PLACE = re.compile(rb"""\br=["']([A-Z]+)(\d+)["']""")
# A formula may say nothing: then its result is an empty text.
XML_TEXT = re.compile(rb"""\bt=["']str["']""")

# Cells with anything in them; most sheets have no column behind Z.
XML_FILLED = re.compile(rb"""\br=["']([A-Z]+)(\d+)["'][^>]*[^/>]>""")
XML_WIDE = re.compile(rb"""\br=["']([A-Z]{2,3})\d+["'][^>]*[^/>]>""")
# A cell of .ods with a value behind many empty ones.
ODS_FAR = re.compile(
    rb'number-columns-repeated="(\d{3,})"[^>]*(?:/>|></[\w-]+:table-cell>)\s*<[\w-]+:table-cell[^>]*value-type='
)

XML_STYLE = re.compile(rb"""\bs=["'](\d+)["']""")
# Forms that every spreadsheet knows by number.
TIME_FORMATS = {18, 19, 20, 21, 22, 45, 46, 47}

# Records of .xlsb: cells are 1 (an empty one) to 11.
ROW, ERROR, FORMULA_ERROR, SHEET, MERGED = 0, 3, 11, 156, 176


@dataclass
class Oddities:
    """What is odd in a sheet: errors by (row, column), cells of formulas without a result, and merged ranges.

    `last_row` and `last_column` are those of any cell with something in it. They count from 0. A range is (first row,
    first column, last row, last column).
    """

    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    uncalculated: list[tuple[int, int]] = field(default_factory=list)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    last_row: int = 0
    last_column: int = 0


def find_oddities(path: Path, sheet: str) -> Oddities:
    """Look a sheet through for what its reader does not tell.

    Raises:
        CxmartError: the file is not made as its kind is, or the sheet reaches too far to be read.
    """
    found = _find_oddities(path, sheet)
    rows, columns = found.last_row + 1, found.last_column + 1
    if rows * columns > MOST_CELLS:
        raise CxmartError(
            f"{path}#{sheet} has something in row {rows:,} and in column {columns:,}, which is too far out to be read; "
            "delete what stands there, or save the sheet as CSV"
        )
    return found


def _find_oddities(path: Path, sheet: str) -> Oddities:
    try:
        with zipfile.ZipFile(path) as workbook:
            names = set(workbook.namelist())
            if "content.xml" in names:
                return _of_ods(workbook, sheet)
            if "xl/workbook.bin" in names:
                with workbook.open(_members(workbook, "xl/workbook.bin", _bundled(workbook))[sheet]) as part:
                    return _of_records(part.read())
            listed = _listed(workbook, "xl/workbook.xml")
            with workbook.open(_members(workbook, "xl/workbook.xml", listed)[sheet]) as part:
                return _of_xml(part)
    except (zipfile.BadZipFile, KeyError, IndexError, ValueError, ElementTree.ParseError) as error:
        raise CxmartError(f"{path} can't be looked through for errors in its cells; save it anew as .xlsx") from error


def show_times(path: Path, sheet: str, cells: Collection[tuple[int, int]]) -> dict[tuple[int, int], bool]:
    """Tell of cells with dates whether a time of day is shown in them, be it midnight; those of .xlsx alone say it.

    Args:
        path: the workbook.
        sheet: its sheet.
        cells: (row, column), counted from 0.
    """
    found: dict[tuple[int, int], bool] = {}
    try:
        with zipfile.ZipFile(path) as workbook:
            if not {"xl/workbook.xml", "xl/styles.xml"} <= set(workbook.namelist()):
                return found
            forms = _have_times(ElementTree.fromstring(workbook.read("xl/styles.xml")))  # noqa: S314
            member = _members(workbook, "xl/workbook.xml", _listed(workbook, "xl/workbook.xml"))[sheet]
            with workbook.open(member) as part:
                wanted = {f"{letters(column)}{row + 1}".encode(): (row, column) for row, column in cells}
                left = b""
                while wanted and (chunk := part.read(CHUNK_BYTES)):
                    text = left + chunk
                    for name in [name for name in wanted if b'r="' + name + b'"' in text]:
                        cell = re.search(rb'<(?:\w+:)?c\s([^>]*\br="' + name + rb'"[^>]*)>', text)
                        if cell:
                            style = XML_STYLE.search(cell.group(1))
                            found[wanted.pop(name)] = forms[int(style.group(1)) if style else 0]
                    left = text[-1000:]
    except (zipfile.BadZipFile, KeyError, IndexError, ValueError, ElementTree.ParseError):
        return {}
    return found


def _have_times(styles: ElementTree.Element) -> list[bool]:
    """Tell of each style of cells whether it shows a time of day."""
    own = {
        element.attrib["numFmtId"]: element.attrib.get("formatCode", "")
        for element in styles.iter()
        if _local(element.tag) == "numFmt"
    }
    lists = [element for element in styles if _local(element.tag) == "cellXfs"]
    found = []
    for style in lists[0] if lists else ():
        number = style.attrib.get("numFmtId", "0")
        # What is in quotes or behind a stroke is text, and [$-407] a language.
        code = re.sub(r'"[^"]*"|\\.|\[\$[^\]]*\]', "", own.get(number, ""))
        found.append(bool(re.search("[hs]", code, re.IGNORECASE)) if number in own else int(number) in TIME_FORMATS)
    return found


def letters(column: int) -> str:
    """Name a column as a spreadsheet does; they count from 0."""
    found = ""
    column += 1
    while column:
        column, letter = divmod(column - 1, 26)
        found = chr(65 + letter) + found
    return found


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _attributes(element: ElementTree.Element) -> dict[str, str]:
    return {_local(name): value for name, value in element.attrib.items()}


def _listed(workbook: zipfile.ZipFile, member: str) -> dict[str, str]:
    """Give the sheets of .xlsx with the ids of their parts."""
    root = ElementTree.fromstring(workbook.read(member))  # noqa: S314
    return {
        element.attrib["name"]: _attributes(element)["id"] for element in root.iter() if _local(element.tag) == "sheet"
    }


def _bundled(workbook: zipfile.ZipFile) -> dict[str, str]:
    """Give the sheets of .xlsb with the ids of their parts."""
    found = {}
    for kind, content in _records(workbook.read("xl/workbook.bin")):
        if kind == SHEET:
            part, place = _wide_text(content, 8)
            name, _ = _wide_text(content, place)
            found[name] = part
    return found


def _wide_text(content: bytes, place: int) -> tuple[str, int]:
    end = place + 4 + 2 * int.from_bytes(content[place : place + 4], "little")
    return content[place + 4 : end].decode("utf-16-le"), end


def _members(workbook: zipfile.ZipFile, member: str, parts: Mapping[str, str]) -> dict[str, str]:
    """Give the names of the parts of sheets within the file."""
    folder, name = posixpath.split(member)
    root = ElementTree.fromstring(workbook.read(f"{folder}/_rels/{name}.rels"))  # noqa: S314
    targets = {element.attrib["Id"]: element.attrib["Target"] for element in root}
    return {
        sheet: posixpath.normpath(posixpath.join("/", folder, targets[part])).lstrip("/")
        for sheet, part in parts.items()
        if part in targets
    }


def _of_xml(part: IO[bytes]) -> Oddities:
    found = Oddities()
    left = b""
    while chunk := part.read(CHUNK_BYTES):
        text = left + chunk
        # A row that is not there to its end waits for the next part.
        end = text.rfind(b"</row>") if b"</row>" in text else text.rfind(b":row>")
        text, left = (text[:end], text[end:]) if end >= 0 else (b"", text)
        _look_at(text, found)
    _look_at(left, found)
    return found


def _look_at(text: bytes, found: Oddities) -> None:
    end = max(text.rfind(b"</c>"), text.rfind(b":c>"))
    if last := list(XML_FILLED.finditer(text, max(0, end - 100_000), max(0, end))):
        found.last_row = max(found.last_row, int(last[-1].group(2)) - 1)
    for letters in {*XML_WIDE.findall(text), *(cell.group(1) for cell in last)}:
        found.last_column = max(found.last_column, _column(letters))
    if b't="e"' in text or b"t='e'" in text:
        for cell in XML_ERROR.finditer(text):
            value = XML_VALUE.search(cell.group(2))
            code = value.group(1).decode(errors="replace") if value else ""
            found.errors[_place(cell.group(1))] = code if code in ERRORS else UNKNOWN_ERROR
    # A formula, and anywhere a value that is not there.
    if (b"<f" in text or b":f" in text) and re.search(rb"f>\s*</(\w+:)?c>|v\s*/>|v>\s*</(\w+:)?v>|f[^>]*/>\s*</", text):
        found.uncalculated += [
            _place(cell.group(1)) for cell in XML_UNCALCULATED.finditer(text) if not XML_TEXT.search(cell.group(1))
        ]


def _place(attributes: bytes) -> tuple[int, int]:
    found = XML_PLACE.search(attributes)
    if not found:
        raise ValueError("a cell does not say where it is")
    return int(found.group(2)) - 1, _column(found.group(1))


def _column(letters: bytes) -> int:
    column = 0
    for letter in letters:
        column = 26 * column + letter - 64
    return column - 1


def _records(content: bytes) -> Iterator[tuple[int, bytes]]:
    place, end = 0, len(content)
    while place < end:
        kind = content[place]
        place += 1
        if kind & 0x80:
            kind = (kind & 0x7F) | (content[place] & 0x7F) << 7
            place += 1
        size = shift = 0
        while True:
            byte = content[place]
            place += 1
            size |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80 or shift == 28:
                break
        yield kind, content[place : place + size]
        place += size


def _of_records(content: bytes) -> Oddities:
    found = Oddities()
    row = 0
    for kind, record in _records(content):
        if kind == ROW:
            row = int.from_bytes(record[:4], "little")
        elif 1 < kind <= FORMULA_ERROR:
            column = int.from_bytes(record[:4], "little")
            found.last_row, found.last_column = row, max(column, found.last_column)
            if kind in (ERROR, FORMULA_ERROR):
                found.errors[row, column] = ERROR_CODES.get(record[8], UNKNOWN_ERROR)
        elif kind == MERGED:
            top, bottom, left, right = (int.from_bytes(record[at : at + 4], "little") for at in (0, 4, 8, 12))
            found.merged.append((top, left, bottom, right))
    return found


def _of_ods(workbook: zipfile.ZipFile, sheet: str) -> Oddities:
    found = Oddities()
    with workbook.open("content.xml") as part:
        left = b""
        is_odd = False
        while chunk := part.read(CHUNK_BYTES):
            text = left + chunk
            is_odd = is_odd or b'value-type="error"' in text or b"-spanned" in text
            if far := ODS_FAR.search(text):
                raise CxmartError(
                    f"{workbook.filename} has a cell behind {int(far.group(1)):,} empty columns; delete it, or save "
                    "the sheets as CSV"
                )
            left = chunk[-1000:]
    if not is_odd:
        return found
    with workbook.open("content.xml") as part:
        row = column = 0
        is_sheet = False
        for event, element in ElementTree.iterparse(part, ("start", "end")):  # noqa: S314
            name = _local(element.tag)
            if name == "table" and event == "start":
                is_sheet, row = _attributes(element).get("name") == sheet, 0
            elif name == "table-row":
                if event == "start":
                    column = 0
                else:
                    row += int(_attributes(element).get("number-rows-repeated", 1))
                    element.clear()
            elif name in ("table-cell", "covered-table-cell") and event == "end":
                given = _attributes(element)
                repeated = int(given.get("number-columns-repeated", 1))
                if is_sheet:
                    _look_at_cell(element, given, row, column, repeated, found)
                column += repeated
    return found


def _look_at_cell(
    element: ElementTree.Element, given: Mapping[str, str], row: int, column: int, repeated: int, found: Oddities
) -> None:
    down, right = int(given.get("number-rows-spanned", 1)), int(given.get("number-columns-spanned", 1))
    if down > 1 or right > 1:
        found.merged.append((row, column, row + down - 1, column + right - 1))
    # calcext:value-type stands beside office:value-type.
    if any(_local(name) == "value-type" and value == "error" for name, value in element.attrib.items()):
        text = "".join(element.itertext()).strip()
        for place in range(column, column + repeated):
            found.errors[row, place] = text if text in ERRORS else UNKNOWN_ERROR
