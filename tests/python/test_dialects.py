"""How files are written out there: delimiters, quotes, encodings, dates, numbers, zones, nested JSON, Parquet types."""

import gzip
import json
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from conftest import Run
from cxmart.base.errors import CxmartError
from cxmart.contract.source_contract import Dialect, Source, read_dialect
from cxmart.landing import files, repair
from cxmart.landing.files import zstd
from cxmart.landing.read_file import Head, scan_delimited, scan_mended
from landings import ANYTHING, Lander, things

at = datetime.fromisoformat


@pytest.fixture
def lander(tmp_path: Path) -> Lander:
    return Lander(tmp_path)


TEXT = 'thing_id,word\na,"é, ""x""\nz"\nb,ß\n'
JSON_TEXT = '{"thing_id":"a","word":"é, \\"x\\"\\nz"}\r\n{"thing_id":"b","word":"ß"}'
ROWS = [("a", 'é, "x"\nz', 1), ("b", "ß", 2)]


def delimited(delimiter: str) -> str:
    return f'thing_id{delimiter}word\na{delimiter}"é, ""x""\nz"\nb{delimiter}ß\n'


@pytest.mark.parametrize(
    ("name", "content", "notes"),
    [
        ("things.csv", TEXT.encode(), ()),
        ("things.csv", delimited(";").encode(), ()),
        ("things.csv", delimited("\t").encode(), ()),
        ("things.csv", delimited("|").encode(), ()),
        ("things.tsv", delimited("\t").encode(), ()),
        ("things.csv", f"sep=;\r\n{delimited(';')}".encode(), ()),
        ("things.csv", TEXT.encode("utf-8-sig"), ()),
        ("things.csv", f"sep=,\n{TEXT}".encode("utf-8-sig"), ()),
        ("things.csv", TEXT.encode("utf-16"), ("read as UTF-16",)),
        ("things.csv", b"\xfe\xff" + TEXT.encode("utf-16-be"), ("read as UTF-16",)),
        ("things.csv", TEXT.encode("utf-16-le"), ("read as UTF-16",)),
        ("things.csv", TEXT.encode("utf-16-be"), ("read as UTF-16",)),
        ("things.csv", TEXT.encode("cp1252"), ("read as Windows-1252",)),
        ("things.csv.gz", gzip.compress(TEXT.encode("cp1252"), mtime=0), ("read as Windows-1252",)),
        ("things.csv", 'WORD, Thing_ID \n"é, ""x""\nz",a\nß,b'.encode(), ()),
        ("things.csv", 'thing_id,word,\na, "é, ""x""\nz" ,\nb,ß,\n'.encode(), ()),
        ("things.csv", 'thing_id,word\n\n   \na,"é, ""x""\nz"\n \nb,ß\n\n'.encode(), ()),
        ("things.jsonl", JSON_TEXT.encode("utf-8-sig"), ()),
        ("things.jsonl", JSON_TEXT.encode("utf-16"), ("read as UTF-16",)),
    ],
)
def test_the_same_text_in_many_dialects(lander: Lander, name: str, content: bytes, notes: tuple[str, ...]) -> None:
    landed = lander.land(name, content)
    assert landed.rows_rejected == 0, lander.rejects()
    assert landed.notes == notes
    assert lander.rows("select thing_id, word, _line from things order by _line") == ROWS


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("is_broken", [False, True])
def test_line_ends_of_any_system(lander: Lander, line_end: str, is_broken: bool) -> None:
    """Within quotes a line end stays as it is; a broken line takes the way through the clean copy."""
    lines = ["thing_id,word", f'a,"x{line_end}y"', *(["broken"] if is_broken else []), "b,", ""]
    landed = lander.land("things.csv", line_end.join(lines))
    assert landed.rows_rejected == is_broken
    assert lander.rows("select thing_id, word from things order by _line") == [("a", f"x{line_end}y"), ("b", None)]


def test_mixed_line_ends_are_all_line_ends(lander: Lander) -> None:
    lander.land("things.csv", "thing_id,word\r\na,x\nb,y\rc,z\r\n")
    assert lander.rows("select thing_id, word from things order by _line") == [("a", "x"), ("b", "y"), ("c", "z")]


def test_utf_8_with_a_broken_line_is_not_taken_for_windows_1252(lander: Lander) -> None:
    landed = lander.land("things.csv", "thing_id,word\na,é\n".encode() + b"b,\xe9\n")
    assert (landed.rows_loaded, landed.notes) == (1, ())
    assert [reason for _, _, reason, _ in lander.rejects()] == ["is not in UTF-8"]


def test_a_source_that_declares_utf_8_is_not_guessed_at(lander: Lander) -> None:
    lander.source = things(encoding="utf-8")
    assert lander.land("things.csv", b"thing_id,word\na,caf\xe9\nb,x\n").rows_rejected == 1


def test_bytes_that_are_no_character_are_rejected(lander: Lander) -> None:
    landed = lander.land("things.csv", b"thing_id,word\na,caf\xe9\nb,\x81\n")
    assert landed.notes == ("read as Windows-1252",)
    assert [reason for _, _, reason, _ in lander.rejects()] == ["is not in Windows-1252"]
    assert lander.land("things-2.csv", "thing_id,word\na,x\n".encode("utf-16") + b"b").rows_rejected == 1


def test_a_delimiter_that_is_declared(lander: Lander) -> None:
    lander.source = things(delimiter="~")
    lander.land("things.csv", "thing_id~word\na~x,y;z\n")
    assert lander.rows("select word from things") == [("x,y;z",)]


def test_a_header_may_hold_another_delimiter(lander: Lander) -> None:
    """The one that gives the most declared columns is meant."""
    lander.land("things.csv", "thing_id;word;a,b,c,d\nx;y;z\n")
    assert lander.rows('select word, "a,b,c,d" from things') == [("y", "z")]


@pytest.mark.parametrize("compress", [gzip.compress, zstd.compress], ids=["gz", "zst"])
def test_a_compressed_file_is_mended_too(lander: Lander, compress: Callable[[bytes], bytes]) -> None:
    suffix = "gz" if compress is gzip.compress else "zst"
    path = lander.folder / f"things.csv.{suffix}"
    path.write_bytes(compress("thing_id,word\na,Käse\nb\nc,y\n".encode("cp1252")))
    landed = lander.land_path(path)
    assert (landed.rows_loaded, landed.rows_rejected) == (2, 1)
    assert lander.rows("select thing_id, word from things order by 1") == [("a", "Käse"), ("c", "y")]


# Dates, numbers, marks


@pytest.mark.parametrize(
    ("order", "written", "time"),
    [
        ("day_first", "1.2.2026", "2026-02-01"),
        ("day_first", "01/02/2026 9:05", "2026-02-01T09:05"),
        ("day_first", " 1-2-2026 09:05:06.5 ", "2026-02-01T09:05:06.5"),
        ("day_first", "29/2/2016 01:16", "2016-02-29T01:16"),
        ("day_first", "01.02.2026T10:00+02:00", "2026-02-01T08:00"),
        ("day_first", "2026-02-01T10:00Z", "2026-02-01T10:00"),
        ("month_first", "2/1/2026 23:59", "2026-02-01T23:59"),
        ("day_first", "31/4/2026", None),
        ("day_first", "13/13/2026", None),
        # The century is that on which spreadsheets and other programs agree.
        ("day_first", "1/2/26", "2026-02-01"),
        ("day_first", "31.12.26 14:05", "2026-12-31T14:05"),
        ("day_first", "1.2.29", "2029-02-01"),
        ("day_first", "1.2.69", "1969-02-01"),
        ("day_first", "1.2.30", None),
        ("day_first", "1.2.68", None),
        ("day_first", "1.2.026", None),
        ("month_first", "12/31/2026 2:05 PM", "2026-12-31T14:05"),
        ("month_first", "12/31/26, 2:05:06\u202fPM", "2026-12-31T14:05:06"),
        ("month_first", "12/31/2026 12:05 AM", "2026-12-31T00:05"),
        ("month_first", "12/31/2026 12:05 pm", "2026-12-31T12:05"),
        ("month_first", "12/31/2026 0:05 PM", None),
        ("month_first", "12/31/2026 14:05 PM", None),
        ("day_first", "31/12/2026 2:05 p.\u00a0m.", "2026-12-31T14:05"),
        ("day_first", "31. 12. 2026 14:05:06", "2026-12-31T14:05:06"),
        ("day_first", "31.12.2026 24:00", "2027-01-01"),
        ("day_first", "2026-02-01 9:05", "2026-02-01T09:05"),
        ("day_first", "31.12.2026 14:05 Uhr", None),
        ("day_first", "31.12.2026 14", None),
        ("day_first", "1/2/2026 25:00", None),
        ("month_first", "31/1/2026", None),
        ("year_first", "1/2/2026", None),
    ],
)
def test_dates_in_the_order_that_the_source_declares(
    lander: Lander, order: str, written: str, time: str | None
) -> None:
    lander.source = things(date_order=order)
    landed = lander.land("things.csv", f'thing_id,happened_at\na,"{written}"\n')
    assert landed.rows_rejected == (time is None)
    assert lander.rows("select happened_at from things") == ([(at(time),)] if time else [])


def test_days_in_the_order_that_the_source_declares(lander: Lander) -> None:
    lander.source = things(date_order="day_first")
    lander.land("things.csv", "thing_id,happened_on\na,1.2.2026\nb,31.12.2026\nc,12.31.2026\n")
    assert lander.rows("select happened_on from things order by 1") == [(date(2026, 2, 1),), (date(2026, 12, 31),)]
    assert lander.rejects() == [
        (3, "happened_on", "has the month first, in a file that is read day first", "c,12.31.2026")
    ]


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("12,50", "12.5"),
        ("1.234,5", "1234.5"),
        ("-1.234.567,8901", "-1234567.8901"),
        ("1234", "1234"),
        ("1.234", "1234"),
        (" ,5 ", "0.5"),
        ("12.50", None),
        ("1.23,4", None),
        ("1,234.50", None),
        ("1,2,3", None),
        (",", None),
    ],
)
def test_a_decimal_comma_that_the_source_declares(lander: Lander, written: str, amount: str | None) -> None:
    lander.source = things(decimal="comma")
    landed = lander.land("things.csv", f"thing_id;amount;number\na;{written};1.000\n")
    assert landed.rows_rejected == (amount is None)
    assert lander.rows("select amount, number from things") == ([(Decimal(amount), 1000)] if amount else [])


def test_numbers_of_json_and_parquet_have_a_point_anyway(lander: Lander) -> None:
    lander.source = things(decimal="comma")
    lander.land("things.jsonl", '{"thing_id": "a", "amount": 12.5}')
    path = lander.folder / "things.parquet"
    duckdb.execute(f"copy (select 'b' as thing_id, cast(12.5 as double) as amount) to '{path}'")
    lander.land_path(path)
    assert lander.rows("select thing_id, amount from things order by 1") == [
        ("a", Decimal("12.5")),
        ("b", Decimal("12.5")),
    ]


def test_marks_for_nothing_that_the_source_declares(lander: Lander) -> None:
    lander.source = things(null_marks=("?", "n/a", "null"))
    landed = lander.land("things.csv", "thing_id,number,word,is_good\na,?, N/A ,NULL\nb,1,?x,true\n?,1,x,true\n")
    assert lander.rows("select thing_id, number, word, is_good from things order by 1") == [
        ("a", None, None, None),
        ("b", 1, "?x", True),
    ]
    assert landed.rows_rejected == 1
    assert lander.rejects()[0][1:3] == ("thing_id", "is missing")


# Zones

ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Sao_Paulo"]


def expected_utc(local: datetime, zone: str) -> tuple[datetime, bool, bool]:
    """By Python's zones: the UTC time, whether the local one does not exist, whether it comes twice."""
    first, second = (local.replace(tzinfo=ZoneInfo(zone), fold=fold) for fold in (0, 1))
    utc = first.astimezone(ZoneInfo("UTC"))
    is_gap = utc.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != local
    is_twice = not is_gap and first.utcoffset() != second.utcoffset()
    return utc.replace(tzinfo=None), is_gap, is_twice


@pytest.mark.parametrize("zone", ZONES)
def test_local_times_become_utc_by_the_rule(lander: Lander, zone: str) -> None:
    """A time that comes twice is the first, one that does not exist moves on by the gap; both are counted."""
    lander.source = things(timezone=zone)
    hours = [at("2017-01-01") + timedelta(minutes=30 * step) for step in range(2 * 24 * 730)]
    content = "thing_id,happened_at\n" + "".join(f"{i},{local.isoformat()}\n" for i, local in enumerate(hours))
    landed = lander.land("things.csv", content)
    expected = [expected_utc(local, zone) for local in hours]
    assert lander.rows("select happened_at from things order by cast(thing_id as integer)") == [
        (utc,) for utc, _, _ in expected
    ]
    assert landed.times_moved == sum(is_gap for _, is_gap, _ in expected)
    assert landed.times_twice == sum(is_twice for _, _, is_twice in expected)
    assert lander.rows("select times_moved, times_twice from _loads") == [(landed.times_moved, landed.times_twice)]


def test_a_time_with_an_offset_is_in_no_zone(lander: Lander) -> None:
    lander.source = things(timezone="Europe/Berlin")
    lander.land(
        "things.csv",
        "thing_id,happened_at\na,2026-03-29T02:30:00Z\nb,2026-03-29 02:30\nc,2026-03-29\nd,2026-03-29 02:30-05\n",
    )
    assert lander.rows("select happened_at from things order by thing_id") == [
        (at("2026-03-29T02:30"),),
        (at("2026-03-29T01:30"),),
        # A day is in no zone.
        (at("2026-03-29"),),
        (at("2026-03-29T07:30"),),
    ]
    assert lander.rows("select times_moved, times_twice from _loads") == [(1, 0)]


def test_the_command_says_what_was_resolved(cxmart: Run, tmp_path: Path) -> None:
    from cxmart.landing.landed import Landed
    from cxmart.landing.load_files import remarks

    said = remarks(Landed("f", "t", True, 1, rows_read=1, times_moved=1, times_twice=2_000))
    assert said == [
        "1 time did not exist in the source's zone, read as moved on by the gap",
        "2,000 times did come twice in the source's zone, read as the first",
    ]


# JSON


def test_nested_objects_become_columns(lander: Lander) -> None:
    lander.source = ANYTHING
    record = {
        "id": 12345678901234567890,
        "customer": {"id": "c1", "address": {"country": "DE"}, "email": "a@example.com"},
        "tags": ["x", {"kind": "y", "body": "private words", "n": 1.10}],
        "rate": 1.10,
        "none": None,
        "yes": True,
        "empty": {},
        "braces": "{[not nested]}",
    }
    landed = lander.land("anything-1.jsonl", json.dumps(record) + "\n" + json.dumps({"id": 2}) + "\n")
    assert landed.rows_loaded == 2
    assert sorted(landed.dropped) == ["customer_email", "tags_body"]
    (row,) = lander.rows(
        'select id, customer_id, customer_address_country, tags, rate, "none", yes, braces from anything '
        "where id <> '2'"
    )
    assert row[:3] == ("12345678901234567890", "c1", "DE")
    assert json.loads(row[3]) == ["x", {"kind": "y", "n": 1.1}]
    assert row[4:] == ("1.1", None, "true", "{[not nested]}")
    assert "private words" not in lander.everything()


def test_flat_and_nested_json_end_in_the_same_values(lander: Lander) -> None:
    """The engine's own reader and the one that takes objects apart write numbers alike."""
    lander.source = ANYTHING
    numbers = [
        "1",
        "1.10",
        "-0.0",
        "1e20",
        "1E5",
        "12345678901234567890123",
        "0.00001",
        "5e-324",
        "123456789.123456789",
    ]
    flat = [f'{{"id": "{i}", "value": {number}}}' for i, number in enumerate(numbers)]
    lander.land("flat.jsonl", "\n".join(flat))
    lander.land("nested.jsonl", "\n".join(line[:-1] + ', "more": {"x": 1}}' for line in flat))
    assert lander.rows("select id, value from flat order by id") == lander.rows(
        "select id, value from nested order by id"
    )


# Parquet


PARQUET_VALUES = [
    ("happened_at", "cast('2026-03-01 10:00:00.123456789' as timestamp_ns)", at("2026-03-01T10:00:00.123456")),
    ("happened_at", "cast('2026-03-01 10:00:00' as timestamp_s)", at("2026-03-01T10:00:00")),
    ("happened_at", "cast('2026-03-01 10:00:00.5' as timestamp_ms)", at("2026-03-01T10:00:00.5")),
    ("happened_at", "cast('2026-03-01 10:00:00+02' as timestamptz)", at("2026-03-01T08:00:00")),
    ("happened_at", "date '2026-03-01'", at("2026-03-01")),
    ("happened_at", "'2026-03-01T10:00:00+02:00'", at("2026-03-01T08:00:00")),
    ("happened_at", "cast('infinity' as timestamp)", "is not finite"),
    ("happened_at", "1772359200", "is no time"),
    ("happened_on", "timestamp '2026-03-01 00:00:00'", date(2026, 3, 1)),
    ("happened_on", "timestamp '2026-03-01 10:00:00'", "is no date"),
    *(("number", f"cast(7 as {kind})", 7) for kind in ("tinyint", "utinyint", "smallint", "bigint", "hugeint")),
    ("number", "cast(7 as double)", 7),
    ("number", "7.5", "is no whole number"),
    ("number", "cast(3000000000 as bigint)", "is no whole number"),
    ("amount", "cast(7 as uinteger)", Decimal(7)),
    ("amount", "cast(1.5 as float)", Decimal("1.5")),
    ("amount", "cast(1.23456 as decimal(9,5))", Decimal("1.2346")),
    ("amount", "cast(1e18 as bigint)", "is no number of the right size"),
    ("share", "cast('nan' as double)", "is not finite"),
    ("share", "cast(0.1 as decimal(3,1))", 0.1),
    ("is_good", "1", True),
    ("is_good", "2.5", "is no true or false"),
    ("word", "cast(7 as smallint)", "7"),
    ("word", "cast('[1, 2]' as integer[])", "[1,2]"),
    ("word", "true", "true"),
]  # fmt: skip


@pytest.mark.parametrize(("column", "value", "expected"), PARQUET_VALUES)
def test_types_of_parquet(lander: Lander, column: str, value: str, expected: Any) -> None:
    path = lander.folder / "things.parquet"
    with duckdb.connect() as writer:
        writer.execute("set TimeZone = 'UTC'")
        writer.execute(f"copy (select 'a' as thing_id, {value} as {column}) to '{path}' (format parquet)")
    landed = lander.land_path(path)
    if isinstance(expected, str) and expected.startswith("is "):
        assert landed.rows_rejected == 1
        ((_, rejected, reason, text),) = lander.rejects()
        assert rejected == column
        assert expected in reason
        assert json.loads(text)["thing_id"] == "a"
    else:
        assert lander.rows(f"select {column} from things") == [(expected,)]


def test_times_of_parquet_without_a_zone_are_in_that_of_the_source(lander: Lander) -> None:
    lander.source = things(timezone="Europe/Berlin")
    path = lander.folder / "things.parquet"
    with duckdb.connect() as writer:
        writer.execute("set TimeZone = 'UTC'")
        writer.execute(
            "copy (select 'a' as thing_id, timestamp_ns '2026-03-01 10:00:00' as happened_at, "
            f"timestamptz '2026-03-01 10:00:00+00' as updated_at) to '{path}'"
        )
    lander.land_path(path)
    assert lander.rows("select happened_at, updated_at from things") == [
        (at("2026-03-01T09:00:00"), at("2026-03-01T10:00:00"))
    ]


def test_structures_of_parquet_become_columns(lander: Lander) -> None:
    lander.source = ANYTHING
    path = lander.folder / "anything.parquet"
    duckdb.execute(
        f"""
        copy (
            select
                1 as id, {{'id': 'c1', 'email': 'a@example.com', 'deep': {{'er': 2}}}} as customer,
                [{{'kind': 'x', 'body': 'private words'}}] as comments_made, [{{'kind': 'y'}}] as tags,
                map {{'phone': '123'}} as more, {{'first': 'Ann'}} as name, 'x'::blob as bytes
        ) to '{path}'
        """
    )
    landed = lander.land_path(path)
    assert sorted(landed.dropped) == ["comments_made", "customer_email", "more", "name"]
    assert lander.rows("select id, customer_id, customer_deep_er, tags from anything") == [
        ("1", "c1", "2", '[{"kind":"y"}]')
    ]


# Sources without declared types


def test_an_export_without_a_contract_lands_as_text(lander: Lander) -> None:
    lander.source = ANYTHING
    landed = lander.land("My Export-2026.csv", "No,When,No2\n007, 1/2/26 ,x\n8,\n9,b,c\n")
    assert (landed.table, landed.rows_loaded, landed.rows_rejected) == ("my export", 2, 1)
    assert lander.rows('select "No", "When", "No2", _line from "my export" order by _line') == [
        ("007", " 1/2/26 ", "x", 1),
        ("9", "b", "c", 3),
    ]
    assert lander.rejects() == [(2, None, "has 2 fields, where the header has 3", "8,")]
    lander.land("my export.csv", "when,more\nx,y\n")
    assert lander.rows('select "When", more from "my export" where _load_id = 2') == [("x", "y")]


@pytest.mark.parametrize("name", ["_loads.csv", "_rejects-2.csv", "-x.csv"])
def test_a_file_can_not_be_named_as_the_accounts(lander: Lander, name: str) -> None:
    lander.source = ANYTHING
    with pytest.raises(CxmartError, match="can't be a table's"):
        lander.land(name, "a,b\n1,2\n")


def test_the_command_lands_a_source_without_yaml_only_when_asked(cxmart: Run, home: Path) -> None:
    lander = Lander(home.parent, ANYTHING)
    path = lander.write("orders.csv", "a,b\n1,2\n")
    assert "--as-text" in cxmart("load", "export", str(path)).stderr
    assert cxmart("load", "export", str(path), "--as-text").returncode == 0
    assert lander.rows("select a, b from orders") == [("1", "2")]
    for name, words in (("standard", "has a contract"), ("Ex;port", "can't be the name of a source")):
        done = cxmart("load", name, str(path), "--as-text")
        assert done.returncode == 2
        assert words in done.stderr


# Declaring it


@pytest.mark.parametrize(
    ("meta", "words"),
    [
        ({"timezone": "Somewhere"}, "IANA"),
        ({"date_order": "dmy"}, "day_first"),
        ({"decimal": ";"}, "comma"),
        ({"encoding": "latin"}, "windows-1252"),
        ({"delimiter": ";;"}, "one character"),
        ({"null_marks": "?"}, "no list"),
        ({"language": "german"}, "de, en, es, fr, it, pl"),
        ({"language": False}, "language is 'false'"),
        ({"thousands": "dot"}, "point, comma, blank, apostrophe"),
        ({"thousands": "point"}, "thousands and decimal are both point"),
        ({"currency": "€"}, "ISO 4217"),
        ({"currency": ["EUR"]}, "ISO 4217"),
        (
            {"date_ordre": "day_first"},
            "date_ordre is no setting; did you mean date_order. There are date_order, decimal",
        ),
        ({"date_order": "day_frist"}, "did you mean day_first"),
        ({"timezone": "Europe/Berln"}, "did you mean Europe/Berlin"),
    ],
)
def test_a_dialect_that_can_not_be_is_refused(meta: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_dialect(meta)


def test_a_dialect_is_read() -> None:
    meta = {
        "timezone": "Europe/Berlin",
        "date_order": "day_first",
        "decimal": "comma",
        "null_marks": ["?", "N/A", None],
    }
    assert read_dialect(meta) == Dialect("Europe/Berlin", "day_first", "comma", ("?", "n/a", "null"), None, None)


# The two readers

TEXTS = st.text(st.sampled_from(list('ab"" ;,\n\r\té')), max_size=6)


@hypothesis_settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(st.lists(TEXTS, min_size=1, max_size=4), max_size=4), data=st.data())
def test_what_the_engine_reads_is_what_the_clean_copy_holds(
    tmp_path: Path, lines: Sequence[Sequence[str]], data: st.DataObject
) -> None:
    """Any text: where the engine's strict reader takes a file, the reader of broken ones gives the same records."""
    is_quoted = data.draw(st.booleans())
    body = "\n".join(
        ",".join('"' + field.replace('"', '""') + '"' if is_quoted else field for field in line) for line in lines
    )
    path = tmp_path / "things.csv"
    path.write_bytes(f"x,y,z\n{body}".encode())
    file = files.describe(path)
    assert file
    head = Head("utf-8", ",", ["x", "y", "z"])
    scan = scan_delimited(file, head)
    try:
        read = duckdb.execute(scan.sql, scan.parameters).fetchall()
    except duckdb.Error:
        return
    mended = repair.mend_delimited(file, "utf-8", ",", 0, head.names, [0, 1, 2], tmp_path)
    assert mended.broken == 0, (path.read_bytes(), read)
    copy = scan_mended(mended, ",")
    copied = duckdb.execute(f"select * exclude (r) from ({copy.sql})", copy.parameters).fetchall()
    assert [tuple(value or None for value in row) for row in read] == [
        tuple(value or None for value in row) for row in copied
    ], path.read_bytes()


def test_the_source_of_these_tests_is_as_contracts_are_read() -> None:
    assert isinstance(things(), Source)
    assert things().fingerprint(things().tables["things"]) != things(decimal="comma").fingerprint(
        things().tables["things"]
    )
