"""`cxmart check`: what files are, and what would become of them, with nothing landed."""

import json
import shlex
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from conftest import Run, at_terminal
from cxmart.base.errors import ExitCode

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
        "standard:\n  date_order: day_first\n  decimal: comma\n  # timezone: Europe/Berlin   # no offset: read as UTC\n"
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


@pytest.mark.parametrize("columns", [60, 80, 200])
def test_it_is_printed_at_every_width(cxmart: Run, tmp_path: Path, columns: int) -> None:
    german(tmp_path / "orders.csv")
    write(tmp_path / "tickets.csv", HEADER, "t1,Pigeon,2026-03-01,open", "t2,email,never,open")
    done = cxmart("check", str(tmp_path), env=at_terminal(columns))
    assert done.returncode == ExitCode.REJECTED
    assert "\x1b" not in done.stdout
    lines = done.stdout.splitlines()
    # What is to be pasted stands at the left edge.
    for line in ("standard:", "  date_order: day_first", "kind,alias,name,source", "channel,Pigeon,?,Our own word"):
        assert line in lines
    assert lines[-1] == f"cxmart check --write-config cxmart-config {shlex.quote(str(tmp_path))}"
    for words in (
        "date_order: day_first reads 1 column of 1 file",
        'ordered_at "01.09.2026 10:00"',
        "decimal: comma reads 1 column of 1 file",
        "1 row: tickets.created_at is no time",
        "left out, since such columns never land: E-Mail",
        "Cancelled Byy is no column of orders",
        "is it cancelled_by",
        "channel: Pigeon (1 row)",
        "would add",
        "20 rows would be rejected",
    ):
        assert words in " ".join(done.stdout.split()), words
    assert len(lines) <= (60 if columns >= 80 else 70)
    may_be_long = (str(tmp_path), "Lines for", "Rows for")
    assert not [line for line in lines if len(line) > columns and not any(one in line for one in may_be_long)]


def test_columns_are_shown_on_demand(cxmart: Run, tmp_path: Path) -> None:
    path = german(tmp_path / "orders.csv")
    short, long = (cxmart("check", *more, str(path)).stdout for more in ((), ("--columns",)))
    told = " ".join(long.split())
    assert str(path) in told
    for words in ("never lands: E-Mail", "written 01.09.2026 10:00 (as 99.99.9999 99:99)", "missing, and optional: "):
        assert words in told
        assert words not in " ".join(short.split())


def test_a_setting_is_told_once_for_all_columns_and_files(cxmart: Run, tmp_path: Path) -> None:
    german(tmp_path / "in" / "orders 2026-08.csv")
    german(tmp_path / "in" / "orders 2026-09.csv")
    rows = [f"t{n};email;{n:02d}.09.2026 10:00;offen;{n:02d}.09.2026 11:00" for n in range(1, 29)]
    write(tmp_path / "in" / "tickets.csv", "ticket_id;channel;created_at;status;resolved_at", *rows)
    done = cxmart("check", str(tmp_path / "in"))
    assert "date_order: day_first reads 4 columns of 3 files" in done.stdout
    assert done.stdout.count("day_first") == 2
    assert "two ways" not in done.stdout


def test_lines_are_written_and_hold(cxmart: Run, tmp_path: Path) -> None:
    path = german(tmp_path / "my orders" / "orders.csv")
    config = tmp_path / "new" / "my config"
    done = cxmart("check", "--write-config", str(config), str(path))
    assert done.returncode == 0, done.stderr
    text = (config / "sources.yml").read_text()
    assert text.startswith("standard:\n  date_order: day_first\n  decimal: comma\n  # timezone: ")
    lines = done.stdout.splitlines()
    export = next(line for line in lines if line.startswith("export "))
    assert shlex.split(export) == ["export", f"CXMART_CONFIG={config}"]
    assert shlex.split(lines[-1]) == ["cxmart", "load", "standard", str(path)]
    loaded = cxmart(*shlex.split(lines[-1])[1:], "--json", env={"CXMART_CONFIG": str(config)})
    assert json.loads(loaded.stdout)["files"][0]["rows_loaded"] == 19
    # What is there is not written over.
    (config / "sources.yml").write_text("standard:\n")
    done = cxmart("check", "--write-config", str(config), str(path))
    assert done.returncode == ExitCode.USAGE
    assert "is there already, and is not written over" in done.stderr
    assert (config / "sources.yml").read_text() == "standard:\n"
    # Settings beside those that hold would not hold.
    done = cxmart("check", "--write-config", str(tmp_path / "x"), str(path), env={"CXMART_CONFIG": str(config)})
    assert done.returncode == ExitCode.USAGE
    assert str(config) in done.stderr
    assert not (tmp_path / "x").exists()


def test_nothing_is_written_where_nothing_is_needed(cxmart: Run, tmp_path: Path) -> None:
    path = write(tmp_path / "tickets.csv", HEADER, *ROWS)
    done = cxmart("check", "--write-config", str(tmp_path / "config"), str(path))
    assert done.returncode == 0
    assert "nothing was written" in done.stdout
    assert f"cxmart load standard {path}" in done.stdout.splitlines()
    assert not (tmp_path / "config").exists()


EVENTS = "event_id,ticket_id,event_type,old_value,new_value,occurred_at"


def test_agents_and_queues_are_no_statuses(cxmart: Run, tmp_path: Path) -> None:
    path = write(
        tmp_path / "ticket_events.csv",
        EVENTS,
        "1,t1,status_changed,,new,2026-03-01",
        "2,t1,assigned,,Q-frontline,2026-03-01",
        "3,t1,Assigned,Q-frontline,A001,2026-03-01",
        "4,t1,Status Changed,new,parked,2026-03-01",
    )
    found = checked(cxmart, path)
    assert [(word["kind"], word["word"], word["rows"]) for word in found["unknown_words"]] == [
        ("ticket_status", "parked", 1)
    ]


def test_words_of_the_proposed_language_are_not_unknown(cxmart: Run, tmp_path: Path) -> None:
    write(
        tmp_path / "in" / "ticket_events.csv",
        EVENTS,
        *(f"{n},t{n},Status geändert,neu,gelöst,2026-03-01" for n in range(20)),
        "90,t1,zugewiesen,,Q-frontline,2026-03-01",
        "91,t2,Status geändert,gelöst,geparkt,2026-03-01",
    )
    # Too few for a language by themselves.
    write(tmp_path / "in" / "tickets.csv", HEADER, "t1,Telefon,2026-03-01,", "t2,Brieftaube,2026-03-01,")
    found = checked(cxmart, tmp_path / "in", exit_code=ExitCode.REJECTED)
    assert found["sources_yml"].startswith("standard:\n  language: de\n")
    assert [(word["kind"], word["word"]) for word in found["unknown_words"]] == [
        ("channel", "Brieftaube"),
        ("ticket_status", "geparkt"),
    ]


def test_tables_that_landed_before_feed_kpis_too(cxmart: Run, tmp_path: Path) -> None:
    surveys = write(
        tmp_path / "survey_responses.csv",
        "survey_id,survey_type,score,responded_at,ticket_id",
        "r1,csat,5,2026-03-03,t1",
    )
    tickets = write(tmp_path / "tickets.csv", HEADER, *ROWS)
    before = checked(cxmart, tickets)
    assert cxmart("load", "standard", str(surveys)).returncode == 0
    after = checked(cxmart, tickets)
    assert after["tables_landed_before"] == ["survey_responses"]
    assert "csat_score" in before["kpis_lacking"]
    assert "csat_score" in after["kpis_fed"]
    assert "with what has landed already: survey_responses" in " ".join(cxmart("check", str(tickets)).stdout.split())


def test_a_seed_that_cannot_be_right_is_said_once(cxmart: Run, tmp_path: Path) -> None:
    write(tmp_path / "in" / "tickets.csv", HEADER, *ROWS)
    write(tmp_path / "in" / "agents.csv", "agent_id", "A1")
    write(tmp_path / "config" / "name_aliases.csv", "    kind,alias,name,source", "    channel,Pigeon,email,x")
    for command in (("check",), ("load", "standard")):
        done = cxmart(*command, str(tmp_path / "in"), env={"CXMART_CONFIG": str(tmp_path / "config")})
        assert done.returncode == ExitCode.USAGE
        assert done.stderr.count("blanks around the column name '    kind'") == 1


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


def test_headings_of_another_language_are_told_what_they_may_be(cxmart: Run, tmp_path: Path) -> None:
    write(tmp_path / "in" / "customers.csv", "Kundennummer,country", "c1,DE")
    write(tmp_path / "in" / "orders.csv", "order_id,ordered_at,Kundennummer,Verkaufskanal", "o1,2026-03-01,c1,ebay")
    done = cxmart("check", str(tmp_path / "in"))
    assert done.returncode == ExitCode.FAILED
    assert "rename Kundennummer to customer_id" in done.stdout
    assert "Kundennummer is no column of orders: kept as text, used by nothing; is it customer_id? Then rename it" in (
        done.stdout
    )
    assert "is it marketplace?" in done.stdout
