"""`cxmart check`: what files are, and what would become of them, with nothing landed."""

import json
import shlex
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from conftest import Run
from cxmart.errors import ExitCode

HEADER = "ticket_id,channel,created_at,status"
ROWS = ["t1,email,2026-03-01T10:00:00Z,open", "t2,chat,2026-03-02T10:00:00Z,closed"]


def write(path: Path, *lines: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def german(path: Path, rows: int = 19) -> Path:
    """An export as a spreadsheet of a German shop saves it."""
    lines = [f"{1000 + n};{n + 1:02d}.09.2026 10:00;Laden;1.2{n:02d},50 €;a{n}@b.example;x" for n in range(rows)]
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "\n".join(["Order ID;Ordered At;Marketplace;Total Amount;E-Mail;Cancelled Byy", *lines])
    path.write_bytes(text.encode("cp1252"))
    return path


def checked(cxmart: Run, *arguments: str | Path, exit_code: int = 0, config: Path | None = None, **env: str) -> Any:
    env |= {"CXMART_CONFIG": str(config)} if config else {}
    done = cxmart("check", *map(str, arguments), "--json", env=env)
    assert done.returncode == exit_code, done.stderr + done.stdout
    return json.loads(done.stdout)


def by_name(file: Any) -> dict[str, Any]:
    return {column["name"]: column for column in file["columns"]}


def test_what_would_land_is_said_and_nothing_is_left(cxmart: Run, home: Path, tmp_path: Path) -> None:
    path = write(tmp_path / "in" / "tickets (1).csv", HEADER, *ROWS)
    (tmp_path / "in" / "Thumbs.db").touch()
    found = checked(cxmart, tmp_path / "in")
    (file,) = found["files"]
    assert (file["file"], file["table"], file["format"], file["encoding"]) == (str(path), "tickets", "csv", "UTF-8")
    assert (file["delimiter"], file["rows_read"], file["rows_loaded"], file["rows_rejected"]) == (",", 2, 2, 0)
    columns = by_name(file)
    assert columns["created_at"]["forms"] == [
        {"form": "9999-99-99T99:99:99Z", "rows": 2, "example": "2026-03-01T10:00:00Z"}
    ]
    assert (columns["created_at"]["lowest"], columns["created_at"]["highest"]) == (
        "2026-03-01 10:00:00",
        "2026-03-02 10:00:00",
    )
    assert columns["channel"]["words"] == {"chat": 1, "email": 1}
    assert file["missing_required"] == []
    assert "updated_at" in file["missing_optional"]
    assert found["ignored"] == [{"name": str(tmp_path / "in" / "Thumbs.db"), "why": "written by the system"}]
    assert (found["sources_yml"], found["name_aliases"], found["unknown_words"]) == ("", "", [])
    assert "tickets_created" in found["kpis_fed"]
    assert found["kpis_lacking"]["csat_score"] == ["survey_responses"]
    assert not (home / "raw.duckdb").exists()


def test_the_lines_to_paste_are_enough(cxmart: Run, tmp_path: Path) -> None:
    path = german(tmp_path / "orders 2026-09.csv")
    found = checked(cxmart, path, exit_code=ExitCode.REJECTED)
    (file,) = found["files"]
    assert (file["encoding"], file["delimiter"], file["rows_rejected"]) == ("Windows-1252", ";", 19)
    columns = by_name(file)
    assert columns["Ordered At"]["column"] == "ordered_at"
    assert columns["Ordered At"]["forms"][0]["form"] == "99.99.9999 99:99"
    assert columns["E-Mail"]["state"] == "never lands"
    assert not columns["E-Mail"]["forms"]
    assert (columns["Cancelled Byy"]["state"], columns["Cancelled Byy"]["nearest"][0]) == ("unknown", "cancelled_by")
    assert {group["column"] for group in file["reject_groups"]} == {"ordered_at", "total_amount"}
    assert found["sources_yml"] == (
        "standard:\n  date_order: day_first\n  decimal: comma\n"
        "  # timezone: Europe/Berlin   # no offset: read as UTC\n"
    )
    assert "01.09.2026 10:00 in orders 2026-09.csv" in found["zone_question"]
    assert "b.example" not in json.dumps(found)
    config = tmp_path / "config"
    write(config / "sources.yml", found["sources_yml"])
    mended = checked(cxmart, path, config=config)
    assert (mended["files"][0]["rows_loaded"], mended["sources_yml"]) == (19, "")
    # And so says the load.
    done = cxmart("load", "standard", str(path), "--json", env={"CXMART_CONFIG": str(config)})
    assert json.loads(done.stdout)["files"][0]["rows_loaded"] == 19


def test_what_can_be_read_in_two_ways_is_shown_with_both(cxmart: Run, tmp_path: Path) -> None:
    rows = [f"o{n},0{n}/04/2026,own" for n in range(1, 9)]
    path = write(tmp_path / "orders.csv", "order_id,ordered_at,marketplace", *rows)
    found = checked(cxmart, path, exit_code=ExitCode.REJECTED)
    (hint,) = found["files"][0]["hints"]
    assert "two ways" in hint["message"]
    assert "day_first" in hint["message"]
    assert "month_first" in hint["message"]
    assert (hint["setting"], found["sources_yml"]) == ({}, "")


def test_words_that_are_known_nowhere_get_rows_to_paste(cxmart: Run, tmp_path: Path) -> None:
    rows = ["t1,Pigeon,2026-03-01,open", "t2,Pigeon,2026-03-01,opn", "t3,E-Mail,2026-03-01,"]
    path = write(tmp_path / "tickets.csv", HEADER, *rows)
    found = checked(cxmart, path)
    assert [(word["kind"], word["word"], word["rows"]) for word in found["unknown_words"]] == [
        ("channel", "Pigeon", 2),
        ("ticket_status", "opn", 1),
    ]
    assert found["unknown_words"][1]["nearest"] == ["open"]
    lines = found["name_aliases"].splitlines()
    assert lines == [
        "kind,alias,name,source",
        "channel,Pigeon,?,Our own word",
        "ticket_status,opn,?,Our own word",
    ]
    # With names in place of the question marks it is a file that is taken.
    text = found["name_aliases"].replace("Pigeon,?", "Pigeon,phone").replace("opn,?", "opn,open")
    write(tmp_path / "config" / "name_aliases.csv", *text.splitlines())
    assert checked(cxmart, path, config=tmp_path / "config")["unknown_words"] == []


def test_a_file_that_would_be_refused_is_described_all_the_same(cxmart: Run, tmp_path: Path) -> None:
    write(tmp_path / "in" / "reviews.csv", "review,rating,Reviewed At", "1,5,2026-03-01")
    write(tmp_path / "in" / "other.csv", "a", "1")
    write(tmp_path / "in" / "tickets.csv", HEADER, *ROWS)
    found = checked(cxmart, tmp_path / "in", tmp_path / "missing.csv", exit_code=ExitCode.FAILED)
    other, reviews, tickets = found["files"]
    assert "is named for no table" in other["error"]
    assert "lacks review_id" in reviews["error"]
    assert reviews["missing_required"] == ["review_id"]
    assert by_name(reviews)["review"]["nearest"][0] == "review_id"
    assert tickets["rows_loaded"] == 2
    assert found["errors"] == [f"{tmp_path / 'missing.csv'} does not exist"]


def test_sheets_are_checked_one_by_one(cxmart: Run, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Tickets"
    for row in (HEADER.split(","), ["t1", "email", datetime.fromisoformat("2026-03-01T10:00:00"), "open"]):
        sheet.append(row)
    book.create_sheet("Notes").append(["x"])
    path = tmp_path / "shop.xlsx"
    book.save(path)
    found = checked(cxmart, path)
    assert [(file["file"], file["sheet"], file["rows_loaded"]) for file in found["files"]] == [
        (f"{path}#Tickets", "Tickets", 1)
    ]
    assert found["ignored"] == [{"name": f"{path}#Notes", "why": "named for no table"}]
    # A sheet can be named by itself, as the warning of a load does.
    assert checked(cxmart, f"{path}#Tickets")["files"] == found["files"]
    done = cxmart("check", f"{path}#Tickest")
    assert done.returncode == ExitCode.USAGE or "has no sheet 'Tickest'; did you mean Tickets?" in done.stdout


@pytest.mark.parametrize("columns", ["60", "80", "200"])
def test_it_is_printed_at_every_width(cxmart: Run, tmp_path: Path, columns: str) -> None:
    path = german(tmp_path / "orders.csv")
    write(tmp_path / "tickets.csv", HEADER, "t1,Pigeon,2026-03-01,open")
    done = cxmart("check", str(tmp_path), env={"COLUMNS": columns, "NO_COLOR": "1"})
    assert done.returncode == ExitCode.REJECTED
    assert "\x1b" not in done.stdout
    lines = done.stdout.splitlines()
    for line in ("    standard:", "      date_order: day_first", "    channel,Pigeon,?,Our own word"):
        assert line in lines
    for words in (
        f"{path}",
        "19 would be rejected",
        "leave the value out",
        "never lands: E-Mail",
        "channel Pigeon (1 row)",
    ):
        assert words in " ".join(done.stdout.split()), words
    long = [line for line in lines if len(line) > int(columns) and str(tmp_path) not in line]
    assert not [line for line in long if "Lines to paste" not in line and "Rows to paste" not in line]


def test_a_load_that_loses_most_of_a_file_points_to_it(cxmart: Run, tmp_path: Path) -> None:
    path = german(tmp_path / "my orders" / "orders.csv")
    done = cxmart("load", "standard", str(path))
    assert done.returncode == ExitCode.REJECTED
    (line,) = [line.strip() for line in done.stderr.splitlines() if line.strip().startswith("cxmart check")]
    arguments = shlex.split(line)[1:]
    assert arguments == ["check", str(path)]
    assert cxmart(*arguments).returncode == ExitCode.REJECTED


def test_the_source_is_said_where_several_are_enabled(cxmart: Run, tmp_path: Path) -> None:
    path = write(tmp_path / "tickets.csv", HEADER, *ROWS)
    done = cxmart("check", str(path), env={"CXMART_SOURCES": "standard,online_retail"})
    assert done.returncode == ExitCode.USAGE
    assert "--source: standard, online_retail" in done.stderr
    found = checked(cxmart, path, "--source", "standard", CXMART_SOURCES="standard,online_retail")
    assert found["files"][0]["rows_loaded"] == 2
