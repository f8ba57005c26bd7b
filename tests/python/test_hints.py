"""What the loader says of values that it could not read: one line that reads them all, or both readings."""

from datetime import date
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from cxmart.base.settings import Settings, read_settings
from cxmart.check import hints
from cxmart.check.hints import Hint, Written
from cxmart.contract import dialects
from cxmart.contract.source_contract import Column, Source, Table
from landings import Lander, contract_of
from test_locale import configured

THINGS = Table(
    "things",
    (
        Column("thing_id", required=True),
        Column("made_at", "timestamp"),
        Column("made_on", "date"),
        Column("total_amount", "decimal(18,4)"),
        Column("pieces", "integer"),
        Column("is_good", "boolean"),
        Column("author_type", accepted_values=("customer", "agent"), kind="author"),
        Column("status", kind="ticket_status"),
        Column("score", is_score=True),
        Column("word"),
    ),
    ("thing_id",),
)
SOURCE = Source("standard", "raw_standard", {"things": THINGS})


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return read_settings(configured(tmp_path, ""))


def hint(settings: Settings, column: str, *values: str, file: Path | None = None) -> Hint | None:
    counted = {value: values.count(value) for value in values}
    return hints.of_values(SOURCE, settings, "things", column, counted, file)


def test_days_of_one_form_name_the_setting(settings: Settings) -> None:
    found = hint(settings, "made_at", *["31/12/2026 14:05"] * 18, "03/04/2026")
    place = dialects.settings_file(settings)
    assert found == Hint(
        "standard",
        "things",
        "made_at",
        19,
        f"made_at: all 19 rows look like day/month/year; set date_order: day_first for the source standard in {place}",
        {"date_order": "day_first"},
    )


@pytest.mark.parametrize(
    ("column", "values", "setting", "words"),
    [
        ("made_on", ["31.12.2026", "1.2.2026"], {"date_order": "day_first"}, "all 2 rows look like day.month.year;"),
        ("made_on", ["12/31/2026", "1/2/2026"], {"date_order": "month_first"}, "all 2 rows look like month/day/year;"),
        ("made_at", ["12/31/26 2:05 PM"], {"date_order": "month_first"}, "1 row looks like month/day/year;"),
        ("made_at", ["31.12.2026"] * 9 + ["unknown"], {"date_order": "day_first"}, "9 of 10 rows look like day.month"),
        ("made_on", ["31. Dez. 2026", "1. Jan. 2026"], {"language": "de"}, "all 2 rows look like days in German;"),
        ("made_on", ["31-déc.-26"], {"language": "fr"}, "1 row looks like days in French;"),
        (
            "total_amount",
            ["12,50", "1,234"],
            {"decimal": "comma"},
            "all 2 rows look like numbers with a decimal comma;",
        ),
        ("total_amount", ["1.234,50 €"], {"decimal": "comma"}, "with a decimal comma"),
        ("total_amount", ["1 234,50 zł", "12,50 zł"], {"decimal": "comma"}, "with a decimal comma"),
        ("total_amount", ["1'234.50"], {"thousands": "apostrophe"}, "with apostrophes between thousands"),
        ("total_amount", ["1 234", "1 234.50"], {"thousands": "blank"}, "with blanks between thousands"),
        ("pieces", ["1 234"], {"thousands": "blank"}, "with blanks between thousands"),
        ("is_good", ["ja", "nein", "ja"], {"language": "de"}, "all 3 rows look like German words;"),
        ("is_good", ["oui", "non"], {"language": "fr"}, "French"),
        ("is_good", ["tak", "nie"], {"language": "pl"}, "Polish"),
        ("is_good", ["sí"], {"language": "es"}, "Spanish"),
        ("author_type", ["Kundin", "Bearbeiter"], {"language": "de"}, "German"),
        ("status", ["Gelöst", "offen"], {"language": "de"}, "German"),
        ("score", ["4,5"], {"decimal": "comma"}, "decimal comma"),
        ("score", ["zufrieden", "sehr zufrieden"], {"language": "de"}, "German"),
    ],
)
def test_one_line_reads_them_all(
    settings: Settings, column: str, values: list[str], setting: dict[str, str], words: str
) -> None:
    found = hint(settings, column, *values)
    assert found, column
    assert (found.setting, words in found.message) == (setting, True), found.message


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        (
            "made_on",
            ["03/04/2026", "03/03/2026"],
            "made_on: all 2 rows can be read in two ways: 03/04/2026 is 3 April 2026 or 4 March 2026; nothing is "
            "guessed, so say which it is with date_order: day_first or date_order: month_first for the source "
            "standard in ",
        ),
        (
            "total_amount",
            ["1,234"],
            "total_amount: 1 row can be read in two ways: 1,234 is 1234 or 1.234; nothing is guessed, so say which it "
            "is with thousands: comma or decimal: comma for the source standard in ",
        ),
        (
            "is_good",
            ["si", "si", "no"],
            "is_good: all 2 rows can be read in two ways (si is Spanish and Italian); nothing is guessed, so say which "
            "it is with language: es or language: it for the source standard in ",
        ),
        (
            "made_on",
            ["31/12/2026", "12/31/2026", "1/2/2026"],
            "made_on: days are written in two ways: 31/12/2026 can only be day/month/year, 12/31/2026 only "
            "month/day/year; write all of them in one way, or load them from two files",
        ),
    ],
)
def test_what_can_be_read_in_two_ways_is_shown_in_both(
    settings: Settings, column: str, values: list[str], message: str
) -> None:
    found = hint(settings, column, *values)
    assert found
    assert found.message.startswith(message), found.message
    assert found.setting == {}


NO_SETTINGS = read_settings({})


@hypothesis_settings(max_examples=60, deadline=None)
@given(
    days=st.lists(st.dates(date(2020, 1, 1), date(2029, 12, 31)), min_size=1, max_size=30), is_month_first=st.booleans()
)
def test_a_setting_is_proposed_only_where_no_other_reads_the_days(days: list[date], is_month_first: bool) -> None:
    form = "%m/%d/%Y" if is_month_first else "%d/%m/%Y"
    found = hint(NO_SETTINGS, "made_on", *(day.strftime(form) for day in days))
    assert found
    if any(day.day > 12 for day in days):
        assert found.setting == {"date_order": "month_first" if is_month_first else "day_first"}
    else:
        assert found.setting == {}
        assert "can be read in two ways" in found.message


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("made_at", ["soon", "31.12.2026"]),
        ("made_at", ["31/31/2026"]),
        ("made_at", ["1.2.45"]),
        ("made_at", ["45538.41"]),
        ("total_amount", ["n/a", "12,50"]),
        ("total_amount", ["many"]),
        ("is_good", ["vielleicht"]),
        ("is_good", ["", " "]),
        ("author_type", ["robot 7"]),
        ("status", ["seltsam"]),
        ("word", ["31.12.2026"]),
        # These are read, and fail for another reason.
        ("total_amount", ["-5", "-1234.5"]),
        ("score", ["11"]),
        ("made_at", ["1899-12-31"]),
        ("unknown", ["31.12.2026"]),
    ],
)
def test_nothing_is_said_where_no_line_helps(settings: Settings, column: str, values: list[str]) -> None:
    assert hint(settings, column, *values) is None


def test_a_column_tells_the_language_that_another_one_leaves_open(settings: Settings) -> None:
    written = [
        Written("things", "is_good", {"si": 2, "no": 1}),
        Written("things", "status", {"chiuso": 2, "aperto": 1}),
    ]
    found = hints.of_columns(SOURCE, settings, written)
    assert [one.setting for one in found] == [{"language": "it"}] * 2
    assert hints.to_paste(found) == "standard:\n  language: it\n"


def test_a_file_that_is_written_in_another_way_is_named(tmp_path: Path) -> None:
    settings = read_settings(configured(tmp_path, "standard: {date_order: day_first, decimal: comma}\n"))
    found = hint(settings, "made_on", "12/31/2026", file=tmp_path / "things-us.csv")
    assert found
    assert (found.file, found.setting) == ("things-us.csv", {"date_order": "month_first"})
    assert "set date_order: month_first for the source standard in " in found.message
    assert "where date_order: day_first is said of all files; if that is right of the others, set it " in found.message
    assert found.message.endswith("for things-us.csv alone, under files")
    amount = hint(settings, "total_amount", "1,234.50", "12.50", file=tmp_path / "things-us.csv")
    assert amount
    assert amount.setting == {"decimal": "point"}


def test_numbers_of_json_have_a_point_whatever_is_set(settings: Settings) -> None:
    assert hint(settings, "total_amount", "12,50", file=Path("things.jsonl")) is None
    assert hint(settings, "made_on", "31.12.2026", file=Path("things.jsonl"))


def test_the_lines_to_paste_are_read(tmp_path: Path, settings: Settings) -> None:
    found = [
        Hint("standard", "a", "x", 5, "", {"date_order": "day_first"}),
        Hint("standard", "b", "x", 9, "", {"decimal": "comma"}),
        Hint("standard", "c", "x", 2, "", {"date_order": "month_first"}, "Bob's c.csv"),
        Hint("standard", "d", "x", 2, "", {}),
    ]
    text = hints.to_paste(found)
    assert text == (
        "standard:\n  date_order: day_first\n  decimal: comma\n"
        "  files:\n    'Bob''s c.csv': {date_order: month_first}\n"
    )
    said = dialects.read(read_settings(configured(tmp_path, text)))["standard"]
    assert said.of_file("bob's c.csv") == {"date_order": "month_first", "decimal": "comma"}
    assert hints.to_paste(found[3:]) == hints.to_paste([]) == ""


def test_the_line_for_all_files_is_wrong_where_most_of_them_say_so(tmp_path: Path) -> None:
    settings = read_settings(configured(tmp_path, "standard: {date_order: month_first}\n"))
    found = [hint(settings, "made_on", "31/12/2026", file=tmp_path / name) for name in ("a.csv", "b.csv")]
    asked = [one for one in found if one]
    assert [one.is_line_wrong for one in asked] == [True, True]
    of_all = "standard:\n  date_order: day_first   # in place of the other one\n"
    assert hints.to_paste(asked) == hints.to_paste(asked, files_seen=3) == of_all
    assert "files:" in hints.to_paste(asked, files_seen=5)
    assert hints.to_paste(asked[:1], files_seen=1) == of_all
    # What is said of the file itself is right of no other one.
    own = "standard: {date_order: month_first, files: {'a*': {date_order: month_first}, 'b*': {decimal: comma}}}\n"
    settings = read_settings(configured(tmp_path, own.replace("standard: {date_order: month_first, ", "standard: {")))
    one = hint(settings, "made_on", "31/12/2026", file=tmp_path / "a.csv")
    assert one
    assert (one.file, one.is_line_wrong) == ("a.csv", False)
    assert "set date_order: day_first for a.csv under files of the source standard in " in one.message


def test_the_zone_of_times_without_an_offset_is_asked_for(tmp_path: Path) -> None:
    settings = read_settings(configured(tmp_path, ""))
    seen = [("x/tickets.csv", None), ("x/calls.csv", ("queued_at", "31.12.2026 14:05"))]
    asked = hints.zone_question(SOURCE, settings, seen)
    assert asked
    assert "(queued_at 31.12.2026 14:05 in calls.csv)" in asked.message
    assert "are read as UTC; write timezone: Europe/Berlin (or timezone: UTC) for the source standard" in asked.message
    assert asked.message.endswith("for the days of the reports: export CXMART_TIMEZONE=Europe/Berlin")
    line = "  # timezone: Europe/Berlin   # no offset: read as UTC\n"
    assert hints.to_paste([], asked) == f"standard:\n{line}"
    found = [Hint("standard", "a", "x", 5, "", {"date_order": "day_first"})]
    assert hints.to_paste(found, asked) == f"standard:\n  date_order: day_first\n{line}"
    assert hints.zone_question(SOURCE, settings, seen[:1]) is None
    # Where the reports have a zone, that is the one to think of; nothing is pasted beside what stands there.
    of_reports = configured(tmp_path, "standard: {language: de}\n") | {"CXMART_TIMEZONE": "Europe/Warsaw"}
    asked = hints.zone_question(SOURCE, read_settings(of_reports), seen)
    assert asked
    assert "timezone: Europe/Warsaw" in asked.message
    assert "export" not in asked.message
    assert hints.to_paste([], asked) == ""


def test_without_a_folder_of_settings_the_variable_is_named() -> None:
    found = hint(read_settings({}), "made_on", "31.12.2026")
    assert found
    assert found.message.endswith("for the source standard in sources.yml in a folder that CXMART_CONFIG names")


def test_the_rejects_of_files_are_looked_at(tmp_path: Path) -> None:
    lander = Lander(tmp_path, contract_of("standard"), environment=configured(tmp_path, ""))
    tickets = "ticket_id;channel;created_at;resolved_at;is_spam\n"
    for day in range(1, 20):
        tickets += f"{day};email;{day}.2.2026 9:05;;nein\n"
    lander.land("tickets.csv", tickets)
    lander.land("orders.csv", 'order_id,marketplace,ordered_at,total_amount\na,web,2026-01-01,"12,50 €"\n')
    with duckdb.connect(str(lander.home / "raw.duckdb"), read_only=True) as raw:
        found = hints.of_rejects(raw, lander.source, lander.settings)
        of_orders = hints.of_rejects(raw, lander.source, lander.settings, file=str(tmp_path / "files" / "orders.csv"))
        assert hints.of_rejects(raw, lander.source, lander.settings, load_ids=[]) == []
    assert [(one.table, one.column, one.rows, dict(one.setting)) for one in of_orders] == [
        ("orders", "total_amount", 1, {"decimal": "comma"})
    ]
    said = {one.column: one.setting for one in found}
    assert said["created_at"] == {"date_order": "day_first"}
    # By the lines that it prints, everything lands.
    lander.environment = configured(tmp_path, hints.to_paste(found) + "  language: de\n" * ("is_spam" not in said))
    assert lander.land_path(tmp_path / "files" / "tickets.csv").rows_loaded == 19
    assert lander.land_path(tmp_path / "files" / "orders.csv").values_rejected == 0
