"""`cxmart demo online_retail FILE` and `… uci_incidents FILE` take what a person downloaded, in all its forms."""

import csv
import gzip
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from conftest import PROJECT_ROOT, Run
from cxmart.base.errors import CxmartError, ExitCode
from cxmart.base.settings import read_settings
from cxmart.demo import downloads, examples
from cxmart.demo.downloads import DataSet
from cxmart.landing import load_files
from landings import contract_of
from public_data import (
    ONLINE_RETAIL,
    UCI_INCIDENTS,
    Row,
    incident_updates,
    invoice_lines,
    needs_incidents,
    needs_online_retail,
    write_rows,
)

TABLE = contract_of("online_retail").tables["online_retail"]


def taken(paths: list[Path], folder: Path) -> list[str]:
    """Take files of Online Retail; give the names of the copies."""
    downloads.take([str(path) for path in paths], downloads.ONLINE_RETAIL, TABLE, folder)
    return sorted(path.name for path in folder.iterdir())


def as_uci_writes(rows: list[Row]) -> list[Row]:
    """The rows as in UCI's CSV file: times with the month first, customers without a decimal."""
    written = []
    for row in rows:
        at = datetime.fromisoformat(row["InvoiceDate"])
        date = f"{at.month}/{at.day}/{at.year} {at.hour}:{at:%M}"
        written.append({**row, "InvoiceDate": date, "CustomerID": row["CustomerID"].removesuffix(".0")})
    return written


def write_workbook(path: Path, rows: list[Row]) -> Path:
    """Write the rows as UCI's workbook has them: numbers as numbers, dates as dates."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Online Retail"
    sheet.append(list(rows[0]))
    for row in rows:
        cells: list[object] = []
        for name, text in row.items():
            if name == "InvoiceDate":
                cells.append(datetime.fromisoformat(text))
            elif name == "Description":
                cells.append(text)
            else:
                try:
                    number = float(text)
                    cells.append(int(number) if number.is_integer() else number)
                except ValueError:
                    cells.append(text or None)
        sheet.append(cells)
    book.save(path)
    return path


def zipped(path: Path, *members: Path, name: str = "") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in members:
            archive.write(member, name or member.name)
    return path


def forms(folder: Path, rows: list[Row]) -> dict[str, Path]:
    """A file in each form."""
    plain = write_rows(folder / "plain.csv", iter(rows))
    packed = folder / "packed.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    workbook = write_workbook(folder / "Online Retail.xlsx", rows)
    uci_csv = write_rows(folder / "data.csv", iter(as_uci_writes(rows)))
    semicolons = folder / "semicolons.csv"
    semicolons.write_text("\ufeff" + plain.read_text().replace(",", ";"), encoding="utf-8")
    inner = zipped(folder / "inner.zip", workbook)
    return {
        "csv": plain,
        "gz": packed,
        "workbook": workbook,
        "workbook in zip": zipped(folder / "online+retail.zip", workbook),
        "csv in zip": zipped(folder / "csv.zip", plain, name="some folder/anything.csv"),
        "zip in zip": zipped(folder / "outer.zip", inner),
        "UCI's csv": uci_csv,
        "semicolons": semicolons,
    }


FORMS = ["csv", "gz", "workbook", "workbook in zip", "csv in zip", "zip in zip", "UCI's csv", "semicolons"]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_lands(form: str, tmp_path: Path) -> None:
    rows = list(invoice_lines())
    file = forms(tmp_path, rows)[form]
    (copy,) = taken([file], tmp_path / "taken")
    settings = read_settings({"CXMART_HOME": str(tmp_path / "home")})
    (landed,), errors = load_files.load(settings, contract_of("online_retail"), [str(tmp_path / "taken" / copy)])
    assert errors == []
    assert (landed.rows_read, landed.rows_loaded, landed.table) == (len(rows), len(rows), "online_retail")


def test_forms_are_all_tried(tmp_path: Path) -> None:
    assert list(forms(tmp_path, list(invoice_lines()))) == FORMS


def test_a_file_given_twice_is_taken_once(tmp_path: Path) -> None:
    files = forms(tmp_path, list(invoice_lines()))
    assert taken([files["csv"], files["gz"], files["csv in zip"]], tmp_path / "taken") == ["online_retail.csv"]


def test_parts_are_taken_together(tmp_path: Path) -> None:
    rows = list(invoice_lines())
    parts = [write_rows(tmp_path / "a.csv", iter(rows[:20])), write_rows(tmp_path / "b.csv", iter(rows[20:]))]
    assert taken(parts, tmp_path / "taken") == ["online_retail-2.csv", "online_retail.csv"]


def test_other_files_beside_it_in_an_archive_are_left(tmp_path: Path) -> None:
    other = write_rows(tmp_path / "a_readme.csv", iter([{"a": "1"}]))
    data = write_rows(tmp_path / "data.csv", invoice_lines())
    assert taken([zipped(tmp_path / "both.zip", other, data)], tmp_path / "taken") == ["online_retail.csv"]


def damaged(folder: Path) -> Path:
    whole = zipped(folder / "whole.zip", write_rows(folder / "data.csv", invoice_lines()))
    content = bytearray(whole.read_bytes())
    content[60:120] = bytes(60)
    path = folder / "damaged.zip"
    path.write_bytes(bytes(content))
    return path


def text_file(name: str, content: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / name).write_text(content)
        return folder / name

    return make


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (
            text_file("tickets.csv", "ticket_id,created_at\n1,2026-01-01\n"),
            ["is not the data set Online Retail", "has the columns ticket_id, created_at", "InvoiceNo, StockCode",
             "43465a06f2ccf7c8b5bd2892bc7defb52f97487934fe93b16ae4c3936424676d (UCI's workbook)",
             "https://archive.ics.uci.edu/static/public/352/online+retail.zip"],
        ),
        # Online Retail II is another data set.
        (
            text_file("retail2.csv", "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country\n"),
            ["is not the data set Online Retail: it has the columns Invoice, StockCode"],
        ),
        (text_file("empty.csv", ""), ["is not the data set", "it is empty"]),
        (text_file("page.html", "<html>"), ["page.html is neither a CSV file nor a workbook"]),
        (lambda folder: folder / "missing.csv", ["missing.csv does not exist"]),
        (lambda folder: zipped(folder / "x.zip", text_file("page.html", "<html>")(folder)), ["but page.html"]),
        (
            lambda folder: zipped(folder / "y.zip", text_file("t.csv", "a,b\n1,2\n")(folder)),
            ["t.csv in ", "y.zip is not the data set Online Retail"],
        ),
        (lambda folder: write_workbook(folder / "t.xlsx", [{"a": "1", "b": "2"}]), ["has the columns a, b"]),
        (damaged, ["damaged.zip is cut short or damaged; download it again"]),
    ],
)  # fmt: skip
def test_another_file_is_refused(make: Callable[[Path], Path], words: list[str], tmp_path: Path) -> None:
    with pytest.raises(CxmartError) as raised:
        taken([make(tmp_path)], tmp_path / "taken")
    assert raised.value.exit_code is ExitCode.FAILED
    assert [word for word in words if word not in str(raised.value)] == []


def test_a_member_can_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    plain = write_rows(tmp_path / "plain.csv", invoice_lines())
    archive = zipped(tmp_path / "evil.zip", plain, name="../../../outside.csv")
    (tmp_path / "deep" / "er").mkdir(parents=True)
    assert taken([archive], tmp_path / "deep" / "er" / "taken") == ["online_retail.csv"]
    assert list(tmp_path.rglob("outside.csv")) == []


@pytest.mark.parametrize("example", ["online_retail", "uci_incidents"])
def test_without_a_file_it_says_where_to_get_it(cxmart: Run, example: str) -> None:
    done = cxmart("demo", example)
    assert done.returncode == ExitCode.USAGE
    assert "https://archive.ics.uci.edu/static/public/" in done.stderr
    assert f"cxmart demo {example} FILE" in done.stderr
    assert "docs/public-data.md" in done.stderr


def test_a_file_of_another_set_ends_with_its_reason(cxmart: Run, home: Path, tmp_path: Path) -> None:
    file = write_rows(tmp_path / "incident_event_log.csv", incident_updates())
    done = cxmart("demo", "online_retail", str(file))
    assert done.returncode == ExitCode.FAILED
    assert "is not the data set Online Retail: it has the columns number, incident_state" in done.stderr
    assert not (home / "demo" / "online_retail" / "raw.duckdb").exists()


def test_the_sample_takes_no_file(cxmart: Run, tmp_path: Path) -> None:
    done = cxmart("demo", "sample", str(tmp_path))
    assert done.returncode == ExitCode.USAGE
    assert "sample is generated and takes no files" in done.stderr


def test_another_file_of_the_set_needs_a_new_warehouse(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its rows would be counted twice."""
    monkeypatch.setenv("CXMART_HOME", str(home))
    example = examples.EXAMPLES["online_retail"]
    settings = read_settings(examples.environment(example, read_settings()))
    rows = list(invoice_lines())
    one, other = write_rows(tmp_path / "1.csv", iter(rows)), write_rows(tmp_path / "2.csv", iter(rows[:9]))
    examples.files_of(example, settings, [str(one)], lambda _: None)
    settings.raw_file.touch()
    examples.files_of(example, settings, [str(one)], lambda _: None)
    with pytest.raises(CxmartError, match="its rows would be counted twice; to begin anew, delete that folder: rm -r"):
        examples.files_of(example, settings, [str(other)], lambda _: None)
    with (settings.home / "files" / "online_retail.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == len(rows)


@pytest.mark.parametrize(
    ("path", "data_set"),
    [
        pytest.param(ONLINE_RETAIL, downloads.ONLINE_RETAIL, marks=needs_online_retail),
        pytest.param(UCI_INCIDENTS, downloads.UCI_INCIDENTS, marks=needs_incidents),
    ],
)
def test_the_files_of_the_tests_are_known(path: Path, data_set: DataSet) -> None:
    file = downloads.files.describe(path)
    assert file is not None
    assert downloads.sha256(file) in data_set.known


def test_the_page_names_addresses_and_digests() -> None:
    page = (PROJECT_ROOT / downloads.PAGE).read_text(encoding="utf-8")
    for data_set in (downloads.ONLINE_RETAIL, downloads.UCI_INCIDENTS):
        assert [text for text in (data_set.page, data_set.archive, *data_set.known) if text not in page] == []
