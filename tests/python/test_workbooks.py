"""Workbooks: which of their sheets are tables, and what of a cell lands."""

import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from cxmart.base.errors import CxmartError
from cxmart.contract.source_contract import Column, Source, Table
from cxmart.landing import files, land_file, raw_file, sheets, workbooks
from cxmart.landing.files import DataFile
from cxmart.landing.landed import Landed
from landings import KEY, THINGS, Lander, contract_of, things

at = datetime.fromisoformat
HEADER = [column.name for column in THINGS.columns]
GIVEN = ["t1", at("2026-09-03T10:00:01"), date(2026, 9, 3), 12.5, 3, 0.1 + 0.2, True, "a;b\nc"]
TWO = Source("shop", "raw_shop", {name: Table(name, THINGS.columns, THINGS.key) for name in ("things", "other_things")})


def write(path: Path, *named: tuple[str, Sequence[Sequence[Any]]], mac: bool = False) -> Path:
    """Write a workbook of sheets, each a name and its rows."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    if mac:
        book.epoch = CALENDAR_MAC_1904
    for name, rows in named:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)
    return path


def change(path: Path, act: Callable[[openpyxl.Workbook], None]) -> Path:
    book = openpyxl.load_workbook(path)
    act(book)
    book.save(path)
    return path


def found(path: Path, source: Source) -> files.Found:
    return sheets.expand(files.find([str(path)]), source)


def sheet_of(path: Path, source: Source) -> DataFile:
    (file,) = found(path, source).files
    return file


def land(lander: Lander, path: Path) -> Landed:
    """Land the one sheet of a workbook that is a table."""
    if not lander.home.exists():
        raw_file.prepare(lander.settings)
    landed = land_file.land(sheet_of(path, lander.source), lander.source, lander.settings)
    outcomes = (landed.rows_loaded, landed.rows_duplicate, landed.rows_stale, landed.rows_rejected)
    assert not landed.is_new or landed.rows_read == sum(outcomes)
    return landed


@pytest.mark.parametrize("ending", ["xlsx", "XLSX", "xlsm"])
@pytest.mark.parametrize("mac", [False, True])
def test_values_land_as_the_workbook_has_them(tmp_path: Path, ending: str, mac: bool) -> None:
    lander = Lander(tmp_path)
    path = write(tmp_path / f"things.{ending}", ("Sheet1", [HEADER, GIVEN]), mac=mac)
    landed = land(lander, path)
    assert (landed.rows_loaded, landed.rows_rejected, landed.values_rejected) == (1, 0, 0), lander.rejects()
    assert landed.file == f"{path}#Sheet1"
    query = "select happened_at, happened_on, amount::double, number, share, is_good, word, _line from things"
    assert lander.rows(query) == [(GIVEN[1], GIVEN[2], 12.5, 3, 0.3, True, "a;b\nc", 2)]


def test_a_sheet_lands_as_csv_does(tmp_path: Path) -> None:
    rows = pd.DataFrame(
        {
            "thing_id": ["t1", "t2", "t3"],
            "happened_at": pd.to_datetime(["2026-09-03 10:00:01", "2026-09-04 00:00:00", None]),
            "happened_on": [date(2026, 9, 3), None, date(2026, 9, 5)],
            "amount": [1234.5, None, 0.1],
            "number": [1, 2, 3],
            "share": [0.333333333333, 1e-7, 12345678.9],
            "is_good": [True, False, True],
            "word": ["süß", "", "a,b"],
        }
    )
    tables = []
    for number, name in enumerate(("things.csv", "things.xlsx", "things.ods")):
        path = tmp_path / str(number) / name
        path.parent.mkdir()
        if name.endswith("csv"):
            rows.to_csv(path, index=False, date_format="%Y-%m-%dT%H:%M:%S")
        else:
            rows.to_excel(path, index=False, engine="odf" if name.endswith("ods") else "openpyxl")
        lander = Lander(path.parent)
        landed = lander.land_path(path) if name.endswith("csv") else land(lander, path)
        assert landed.rows_loaded == 3, lander.rejects()
        tables.append(lander.rows("select * exclude (_line, _loaded_at) from things order by thing_id"))
    assert tables[1] == tables[0]
    assert tables[2] == tables[0]


def test_a_comma_between_decimals_is_one_of_texts_not_of_numbers(tmp_path: Path) -> None:
    lander = Lander(tmp_path, things(decimal="comma", date_order="day_first", timezone="Europe/Berlin"))
    rows = [["t1", at("2026-09-03T10:00:00"), date(2026, 9, 3), 1234.567, 1234, 0.5], ["t2", None, None, "1.234,50", 5]]
    landed = land(lander, write(tmp_path / "things.xlsx", ("things", [HEADER, *rows])))
    assert (landed.rows_loaded, landed.values_rejected) == (2, 0), lander.rejects()
    assert lander.rows("select happened_at, amount::double, number, share from things order by thing_id") == [
        (at("2026-09-03T08:00:00"), 1234.567, 1234, 0.5),
        (None, 1234.5, 5, None),
    ]


def test_days_and_midnights_are_told_apart_by_how_they_are_shown(tmp_path: Path) -> None:
    columns = tuple(Column(name, "timestamp") for name in "abcd")
    source = Source("s", "raw_s", {"t": Table("t", (Column("id"), *columns))})
    midnight, day, noon = at("2026-09-03T00:00:00"), date(2026, 9, 3), at("2026-09-04T12:00:00")
    rows = [["id", *"abcd"], [1, midnight, day, midnight, midnight], [2, noon, None, midnight, None]]
    path = write(tmp_path / "t.xlsx", ("t", rows))

    def show(book: openpyxl.Workbook) -> None:
        book["t"]["D2"].number_format = '[$-407]dd/mm/yyyy "hours"'
        book["t"]["E2"].number_format = "m/d/yy h:mm"

    lander = Lander(tmp_path, source)
    land(lander, change(path, show))
    assert lander.rows("select id, a, b, c, d, _date_columns from t order by id") == [
        ("1", midnight, midnight, midnight, midnight, "b,c"),
        ("2", noon, None, midnight, None, "c"),
    ]


def test_clocks_are_durations(tmp_path: Path) -> None:
    columns = (Column("id"), Column("talk_seconds", "double"))
    lander = Lander(tmp_path, Source("s", "raw_s", {"calls": Table("calls", columns)}))
    rows = [["id", "talk_seconds"], ["a", time(0, 3, 20)], ["b", timedelta(hours=27, minutes=3)], ["c", 12.5]]
    landed = land(lander, write(tmp_path / "calls.xlsx", ("calls", rows)))
    assert landed.values_rejected == 0, lander.rejects()
    assert lander.rows("select talk_seconds from calls order by id") == [(200.0,), (97380.0,), (12.5,)]


def test_ids_keep_their_digits_or_are_refused(tmp_path: Path) -> None:
    lander = Lander(tmp_path)
    rows = [[1234], ["0012"], [123456789012345], [1234567890123456], [15e16], ["1234567890123456789"], [1.5]]
    landed = land(lander, write(tmp_path / "things.xlsx", ("things", [["thing_id"], *rows])))
    assert (landed.rows_loaded, landed.rows_rejected) == (5, 2)
    kept = lander.rows("select thing_id from things order by _line")
    assert kept == [("1234",), ("0012",), ("123456789012345",), ("1234567890123456789",), ("1.5",)]
    assert [(line, column) for line, column, *_ in lander.rejects()] == [(5, "thing_id"), (6, "thing_id")]
    assert all("its last digits are lost: export the column as text" in reason for _, _, reason, _ in lander.rejects())


def test_sheets_are_named_as_tables(tmp_path: Path) -> None:
    rows = [["thing_id"], ["t1"]]
    named = [("Things 2026-09", rows), ("things (2)", [["thing_id"], ["t2"]]), ("Other Things", rows), ("Notes", rows)]
    path = write(tmp_path / "shop.xlsx", *named, ("Sheet5", []))
    change(path, lambda book: setattr(book.create_sheet("things old"), "sheet_state", "hidden"))
    change(path, lambda book: book.create_chartsheet("Chart"))
    seen = found(path, TWO)
    assert [(str(file), files.table_of(file, TWO).name) for file in seen.files] == [
        (f"{path}#Things 2026-09", "things"),
        (f"{path}#things (2)", "things"),
        (f"{path}#Other Things", "other_things"),
    ]
    assert {one.name.partition("#")[2]: one.why for one in seen.ignored} == {
        "Notes": "named for no table",
        "Sheet5": "named for no table",
        "things old": "hidden; show it, and it is loaded",
        "Chart": "no sheet of cells",
    }
    # Each is a file of its own, and the same ones again are no work.
    lander = Lander(tmp_path, TWO)
    raw_file.prepare(lander.settings)
    for is_new in (True, False):
        landed = [land_file.land(file, TWO, lander.settings) for file in seen.files]
        assert [one.is_new for one in landed] == [is_new] * 3
    assert lander.rows("select thing_id from things order by 1") == [("t1",), ("t2",)]


@pytest.mark.parametrize(
    ("name", "sheet_names", "expected"),
    [
        ("things.xlsx", ["Sheet1"], ["things"]),
        ("export.xlsx", ["Things"], ["things"]),
        ("things 2026.xlsx", ["things"], ["things"]),
        ("other_things/2026.xlsx", ["Tabelle1"], ["other_things"]),
        ("things.xlsx", ["other things"], "could be for other_things or things"),
        ("export.xlsx", ["Sheet1"], "is named for no table"),
        ("things.xlsx", ["other things", "Notes"], ["other_things"]),
        ("things.xlsx", ["a", "b"], "has the sheets a, b, of which none is named for a table"),
        ("export.xlsx", [], "has no sheet with anything in it"),
    ],
)
def test_one_sheet_may_have_its_table_from_its_file(
    tmp_path: Path, name: str, sheet_names: list[str], expected: list[str] | str
) -> None:
    rows = [["thing_id"], ["t1"]]
    path = write(tmp_path / name, *((sheet, rows) for sheet in sheet_names), ("Empty", []))
    seen = found(path, TWO)
    if isinstance(expected, list):
        assert [files.table_of(file, TWO).name for file in seen.files] == expected, seen.errors
    else:
        assert not seen.files
        assert expected in str(seen.errors[0])


def test_a_title_may_stand_above_the_header(tmp_path: Path) -> None:
    lander = Lander(tmp_path)
    rows = [["Report of all things"], [], [None, "Thing ID", "word", None], [None, "t1", "a", "more"], [], [None, "t2"]]
    landed = land(lander, write(tmp_path / "things.xlsx", ("things", rows)))
    assert landed.notes == ("the header is in row 3; what stands above it is not read",)
    query = "select thing_id, word, column_4, _line from things order by 1"
    assert lander.rows(query) == [("t1", "a", "more", 4), ("t2", None, None, 6)]


def test_what_never_lands_is_not_copied(tmp_path: Path) -> None:
    lander = Lander(tmp_path, hash_key=KEY)
    rows = [["thing_id", "email", "first_name", "number"], ["t1", "a@b.example", "Ann", "x"]]
    landed = land(lander, write(tmp_path / "things.xlsx", ("things", rows)))
    assert landed.dropped == ("first_name",)
    assert "Ann" not in lander.everything()
    assert "a@b.example" not in lander.everything()


@pytest.mark.parametrize("ending", ["xlsx", "xlsb", "ods"])
def test_errors_of_formulas_are_told_and_no_empty_cells(tmp_path: Path, ending: str) -> None:
    path = {"xlsx": xlsx_with_errors, "xlsb": xlsb_with_errors, "ods": ods_with_errors}[ending](tmp_path)
    lander = Lander(tmp_path)
    landed = land(lander, path)
    kept = lander.rows("select thing_id, word from things")
    assert kept == [("t1", None)]
    assert (landed.rows_loaded, landed.rows_rejected, landed.values_rejected) == (1, 1, 1)
    told = lander.rows("select line, column_name, value, is_row_kept from _rejects order by line")
    assert told == [(2, "word", "#N/A", True), (3, "is_good", "#DIV/0!", False)]
    assert {reason for _, _, reason, _ in lander.rejects()} == {
        "is what a spreadsheet shows where a formula went wrong, and no value"
    }


def xlsx_with_errors(folder: Path) -> Path:
    path = write(folder / "things.xlsx", ("things", [["thing_id", "word", "is_good"], ["t1", 1, True], ["t2", "b", 2]]))

    def spoil(book: openpyxl.Workbook) -> None:
        for place, code in (("B2", "#N/A"), ("C3", "#DIV/0!")):
            book["things"][place].value = code
            book["things"][place].data_type = "e"

    return change(path, spoil)


def xlsb_with_errors(folder: Path) -> Path:
    """Write .xlsb by its records: a kind, a size and the content."""

    def number(value: int) -> bytes:
        found = b""
        while True:
            value, low = value >> 7, value & 0x7F
            found += bytes([low | 0x80 if value else low])
            if not value:
                return found

    def record(kind: int, content: bytes = b"") -> bytes:
        return number(kind) + number(len(content)) + content

    def wide(text: str) -> bytes:
        return len(text).to_bytes(4, "little") + text.encode("utf-16-le")

    def cell(kind: int, column: int, content: bytes) -> bytes:
        return record(kind, column.to_bytes(4, "little") + bytes(4) + content)

    def text(column: int, value: str) -> bytes:
        return cell(6, column, wide(value))

    def row(place: int, *cells: bytes) -> bytes:
        return record(0, place.to_bytes(4, "little") + bytes(13)) + b"".join(cells)

    rows = [
        row(0, text(0, "thing_id"), text(1, "word"), text(2, "is_good")),
        row(1, text(0, "t1"), cell(3, 1, b"\x2a"), cell(4, 2, b"\x01")),
        row(2, text(0, "t2"), text(1, "b"), cell(11, 2, b"\x07" + bytes(10))),
    ]
    dimension = record(148, b"".join(value.to_bytes(4, "little") for value in (0, 2, 0, 2)))
    sheet = record(129) + dimension + record(145) + b"".join(rows) + record(146) + record(130)
    bundle = record(156, bytes(4) + (1).to_bytes(4, "little") + wide("rId1") + wide("things"))
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"
    path = folder / "things.xlsb"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("xl/workbook.bin", record(131) + record(143) + bundle + record(144) + record(132))
        file.writestr(
            "xl/_rels/workbook.bin.rels",
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f'<Relationship Id="rId1" Type="{relation}" Target="worksheets/sheet1.bin"/></Relationships>',
        )
        file.writestr("xl/worksheets/sheet1.bin", sheet)
    return path


ODS = """<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0" office:version="1.3">
<office:body><office:spreadsheet><table:table table:name="things">{}</table:table></office:spreadsheet></office:body>
</office:document-content>"""
ODS_TEXT = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
ODS_ERROR = (
    '<table:table-cell table:formula="of:=x" office:value-type="{}" calcext:value-type="error"><text:p>{}</text:p>'
    "</table:table-cell>"
)


def ods(path: Path, *rows: str) -> Path:
    """Write .ods as LibreOffice has it."""
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        file.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )
        inside = "".join(f"<table:table-row>{row}</table:table-row>" for row in rows)
        file.writestr("content.xml", ODS.format(inside))
    return path


def ods_with_errors(folder: Path) -> Path:
    header = "".join(map(ODS_TEXT.format, ("thing_id", "word", "is_good")))
    first = (
        ODS_TEXT.format("t1")
        + ODS_ERROR.format('string" office:string-value="', "#N/A")
        + '<table:table-cell office:value-type="boolean" office:boolean-value="true"/>'
    )
    # An error of a number is a zero to the reader.
    second = ODS_TEXT.format("t2") + ODS_TEXT.format("b") + ODS_ERROR.format('float" office:value="0', "#DIV/0!")
    return ods(folder / "things.ods", header, first, second)


def test_durations_of_ods_are_clocks(tmp_path: Path) -> None:
    columns = (Column("id"), Column("talk_seconds", "double"))
    lander = Lander(tmp_path, Source("s", "raw_s", {"calls": Table("calls", columns)}))
    duration = '<table:table-cell office:value-type="time" office:time-value="PT27H03M20S"/>'
    header = ODS_TEXT.format("id") + ODS_TEXT.format("talk_seconds")
    land(lander, ods(tmp_path / "calls.ods", header, ODS_TEXT.format("a") + duration))
    assert lander.rows("select talk_seconds from calls") == [(97400.0,)]


def test_merged_cells_are_refused(tmp_path: Path) -> None:
    rows = [["Things"], ["thing_id", "word"], ["t1", "a"], ["t2", None]]
    path = write(tmp_path / "things.xlsx", ("things", rows))
    # A title over all columns is nobody's value.
    change(path, lambda book: book["things"].merge_cells("A1:B1"))
    lander = Lander(tmp_path)
    assert land(lander, path).rows_loaded == 2
    change(path, lambda book: book["things"].merge_cells("B3:B4"))
    with pytest.raises(CxmartError, match=r"has merged cells \(B3:B4\).*unmerge them"):
        land(lander, path)
    spanned = ODS_TEXT.format("t1").replace(" office", ' table:number-rows-spanned="2" office', 1)
    with pytest.raises(CxmartError, match=r"has merged cells \(A2:A3\)"):
        land(lander, ods(tmp_path / "things.ods", ODS_TEXT.format("thing_id"), spanned, ""))


def test_formulas_give_their_results_or_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "things.xlsx", ("things", [["thing_id", "number", "word"], ["t1", "=1+1", '=""']]))
    lander = Lander(tmp_path)
    with pytest.raises(CxmartError, match="has 2 formulas without a result, for example in B2"):
        land(lander, path)

    def calculated(text: str) -> str:
        text = text.replace("<f>1+1</f><v></v>", "<f>1+1</f><v>2</v>").replace("<f>1+1</f><v />", "<f>1+1</f><v>2</v>")
        # A formula may have nothing to say.
        return text.replace('<c r="C2"><f>', '<c r="C2" t="str"><f>')

    edit(path, "xl/worksheets/sheet1.xml", calculated)
    assert land(lander, path).rows_loaded == 1
    assert lander.rows("select number, word from things") == [(2, None)]


def edit(path: Path, member: str, act: Callable[[str], str]) -> None:
    """Change a part of a workbook."""
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    parts[member] = act(parts[member].decode()).encode()
    with zipfile.ZipFile(path, "w") as new:
        for name, content in parts.items():
            new.writestr(name, content)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"<html><table><tr><td>thing_id</td></tr></table></html>", "is a web page or XML"),
        (b"thing_id\nt1\n", "is no workbook, whatever its name says"),
        (b"", "is no workbook, whatever its name says"),
        (b"PK\x03\x04 and then nothing", "is damaged and can't be read as a workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "is locked with a password, or an old .xls"),
    ],
)
@pytest.mark.parametrize("ending", ["xlsx", "xlsb", "ods"])
def test_what_is_no_workbook_is_said(tmp_path: Path, ending: str, content: bytes, why: str) -> None:
    path = tmp_path / f"things.{ending}"
    path.write_bytes(content)
    seen = found(path, things())
    assert not seen.files
    assert why in str(seen.errors[0])


def test_a_damaged_sheet_is_said(tmp_path: Path) -> None:
    path = write(tmp_path / "things.xlsx", ("things", [["thing_id"], ["t1"]]))
    file = sheet_of(path, things())
    edit(path, "xl/worksheets/sheet1.xml", lambda text: text[: len(text) // 2])
    lander = Lander(tmp_path)
    raw_file.prepare(lander.settings)
    with pytest.raises(CxmartError, match=r"things.xlsx"):
        land_file.land(file, lander.source, lander.settings)


def test_an_empty_sheet_of_a_table_is_ignored(tmp_path: Path) -> None:
    path = write(tmp_path / "shop.xlsx", ("things", []), ("other things", [["thing_id"], ["t1"]]))
    empty, _ = found(path, TWO).files
    lander = Lander(tmp_path, TWO)
    raw_file.prepare(lander.settings)
    with pytest.raises(sheets.EmptySheetError):
        land_file.land(empty, TWO, lander.settings)


def test_a_source_without_tables_takes_every_sheet(tmp_path: Path) -> None:
    anything = Source("export", "raw_export", {}, is_open=True)
    rows = [["a", "b"], [1, date(2026, 9, 3)]]
    path = write(tmp_path / "book.xlsx", ("First", rows), ("Second", rows))
    assert [files.table_of(file, anything).name for file in found(path, anything).files] == ["first", "second"]
    lander = Lander(tmp_path, anything)
    land(lander, write(tmp_path / "one.xlsx", ("Sheet1", rows)))
    assert lander.rows("select a, b from one") == [("1", "2026-09-03")]


def test_a_cell_far_out_is_refused_before_it_takes_all_memory(tmp_path: Path) -> None:
    path = write(tmp_path / "things.xlsx", ("things", [["thing_id"], ["t1"]]))
    # One that is only coloured is none.
    change(path, lambda book: setattr(book["things"]["XFD1048576"], "number_format", "0.00"))
    lander = Lander(tmp_path)
    assert land(lander, path).rows_loaded == 1
    change(path, lambda book: setattr(book["things"]["XFD1048576"], "value", "x"))
    with pytest.raises(CxmartError, match="has something in row 1,048,576 and in column 16,384"):
        land(lander, path)
    renamed = write(tmp_path / "things 2.xlsx", ("Sheet1", [["thing_id"], ["t1"]]))
    change(renamed, lambda book: setattr(book["Sheet1"]["XFD1048576"], "value", "x"))
    assert "too far out to be read" in str(found(renamed, lander.source).errors[0])
    far = '<table:table-cell table:number-columns-repeated="1000"/>' + ODS_TEXT.format("x")
    with pytest.raises(CxmartError, match="has a cell behind 1,000 empty columns"):
        workbooks.find_oddities(ods(tmp_path / "things.ods", ODS_TEXT.format("thing_id") + far), "things")


def test_oddities_are_found_where_a_sheet_is_cut_into_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = xlsx_with_errors(tmp_path)
    whole = workbooks.find_oddities(path, "things")
    assert whole.errors == {(1, 1): "#N/A", (2, 2): "#DIV/0!"}
    assert (whole.last_row, whole.last_column) == (2, 2)
    for size in (64, 100, 333):
        monkeypatch.setattr(workbooks, "CHUNK_BYTES", size)
        assert workbooks.find_oddities(path, "things") == whole


def test_standard_tables_land_from_one_workbook(tmp_path: Path) -> None:
    orders = [
        ["Order ID", "Ordered At", "Marketplace", "Total Amount", "Currency"],
        [1001, at("2026-09-01T09:00:00"), "own shop", 19.99, "EUR"],
    ]
    tickets = [
        ["ticket_id", "created_at", "channel", "status"],
        [1, at("2026-09-01T09:00:00"), "email", "open"],
    ]
    path = write(tmp_path / "september.xlsx", ("Orders", orders), ("Tickets", tickets))
    lander = Lander(tmp_path, contract_of("standard"))
    raw_file.prepare(lander.settings)
    for file in found(path, lander.source).files:
        land_file.land(file, lander.source, lander.settings)
    assert lander.rejects() == []
    assert lander.rows("select order_id, total_amount::double from orders") == [("1001", 19.99)]
    assert lander.rows("select ticket_id from tickets") == [("1",)]
