"""Landing: every format ends in the same typed rows, the newest version of a row stays, and no row is lost unseen.

What files in the wild look like is in test_dialects.py, what never lands in test_privacy.py, what is hostile in
test_hostile_files.py.
"""

import csv
import gzip
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from conftest import NOW, PROJECT_ROOT, Run
from cxmart.base.errors import CxmartError
from cxmart.base.settings import Settings, read_settings
from cxmart.contract.source_contract import Source, Table, read_source
from cxmart.landing import files, land_file, raw_file
from cxmart.landing.files import Ignored, zstd
from cxmart.landing.landed import Landed
from landings import Lander

Load = Callable[..., Landed]

HEADER = "ticket_id,channel,created_at,status"
GOOD_ROW = "t1,email,2026-03-01T10:00:00Z,open"


@pytest.fixture
def settings(home: Path) -> Settings:
    return read_settings({"CXMART_HOME": str(home), "CXMART_NOW": NOW})


@cache
def contract_of(name: str) -> Source:
    return read_source(PROJECT_ROOT, name)


@pytest.fixture
def load(settings: Settings) -> Load:
    """Land one file; `source` is standard by default."""

    def land(path: Path, source: str = "standard") -> Landed:
        raw_file.prepare(settings)
        file = files.describe(path)
        assert file
        return land_file.land(file, contract_of(source), settings)

    return land


# The engine's timestamps are in UTC without saying so.
at = datetime.fromisoformat


def write(path: Path, *lines: str) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def rows(home: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(home / "raw.duckdb"), read_only=True) as raw:
        return raw.execute(query).fetchall()


def counts(landed: Landed) -> tuple[int, int, int, int]:
    """The accounts of a file of which no row was rejected."""
    assert landed.rows_rejected == 0
    return landed.rows_read, landed.rows_loaded, landed.rows_duplicate, landed.rows_stale


def rejects(home: Path, source: str = "standard") -> list[tuple[Any, ...]]:
    """The rejects that are open: line, column, reason, value, text."""
    return rows(
        home,
        f"select line, column_name, reason, value, raw_text from raw_{source}._rejects "
        "where cleared_by_load_id is null order by load_id, line",
    )


# What a file becomes


def test_values_take_their_declared_types(load: Load, home: Path, tmp_path: Path) -> None:
    write(
        tmp_path / "orders.csv",
        "order_id,marketplace,ordered_at,status,currency,total_amount,shipped_at,is_test,customer_id",
        " o1 ,web,2026-03-01T10:00:00+02:00,shipped,EUR,12.50,2026-03-02 08:15,TRUE,",
        'o2,web,2026-03-01T10:00Z,"a, ""b""",EUR, 3 ,2026-03-02T08:15:00.123456Z,false,""',
        "o3,web,2026-03-01 10:00:00 UTC,x,EUR,1e2,2026-03-02,,c3",
    )
    load(tmp_path / "orders.csv")
    assert rows(
        home,
        "select order_id, ordered_at, status, total_amount, shipped_at, is_test, customer_id, promised_ship_at "
        "from raw_standard.orders order by _line",
    ) == [
        # Blanks around a key do not make another one.
        ("o1", at("2026-03-01T08:00:00"), "shipped", Decimal("12.5"), at("2026-03-02T08:15:00"), True, None, None),
        (
            "o2",
            at("2026-03-01T10:00:00"),
            'a, "b"',
            Decimal(3),
            at("2026-03-02T08:15:00.123456"),
            False,
            None,
            None,
        ),
        ("o3", at("2026-03-01T10:00:00"), "x", Decimal(100), at("2026-03-02T00:00:00"), None, "c3", None),
    ]


def test_a_zone_in_one_row_is_not_that_of_the_next(load: Load, home: Path, tmp_path: Path) -> None:
    """The engine's own cast would read the second row, which names no zone, in that of the first."""
    write(tmp_path / "tickets.csv", HEADER, "t1,email,2026-02-03 10:00:00 PST,open", "t2,email,2026-03-01 10:00,open")
    assert load(tmp_path / "tickets.csv").rows_rejected == 1
    assert rows(home, "select created_at from raw_standard.tickets") == [(at("2026-03-01T10:00:00"),)]


def test_dates_and_numbers_take_their_declared_types(load: Load, home: Path, tmp_path: Path) -> None:
    write(
        tmp_path / "agents.csv",
        "agent_id,valid_from,hired_on,left_on",
        "a1,2026-03-01,2026-03-02T00:00:00Z, 2026-03-03 00:00 ",
    )
    write(
        tmp_path / "reviews.csv",
        "review_id,rating,reviewed_at",
        "r1,5.0,2026-03-01",
        "r2, 1 ,2026-03-01",
    )
    load(tmp_path / "agents.csv")
    load(tmp_path / "reviews.csv")
    assert rows(home, "select valid_from, hired_on, left_on from raw_standard.agents") == [
        (date(2026, 3, 1), date(2026, 3, 2), date(2026, 3, 3))
    ]
    assert rows(home, "select rating from raw_standard.reviews order by 1") == [(1,), (5,)]


def test_a_row_says_where_it_came_from(load: Load, home: Path, tmp_path: Path) -> None:
    first = write(
        tmp_path / "tickets-a.csv", HEADER, 't1,"of two\nlines",2026-03-01,open', "", GOOD_ROW.replace("t1", "t2")
    )
    second = write(tmp_path / "tickets-b.csv", HEADER, GOOD_ROW.replace("t1", "t3"))
    load(first)
    load(second)
    landed_at = at("2026-11-01T00:00:00")
    assert rows(
        home,
        "select ticket_id, file, _line, _loaded_at from raw_standard.tickets inner join raw_standard._loads "
        "on _load_id = load_id order by ticket_id",
    ) == [
        ("t1", str(first), 1, landed_at),
        ("t2", str(first), 2, landed_at),
        ("t3", str(second), 1, landed_at),
    ]


def test_names_of_columns_are_matched_without_case_and_others_are_kept_as_text(
    load: Load, home: Path, tmp_path: Path
) -> None:
    load(
        write(tmp_path / "tickets-a.csv", "Ticket_ID, CHANNEL ,created_at,Status,Mood,", "t1,email,2026-03-01,open,7,x")
    )
    load(write(tmp_path / "tickets-b.csv", f"{HEADER},mood,new one", "t2,email,2026-03-01,open,8,y"))
    load(write(tmp_path / "tickets-c.csv", HEADER, "t3,email,2026-03-01,open"))
    assert rows(
        home, 'select ticket_id, channel, "Mood", column_6, "new one" from raw_standard.tickets order by ticket_id'
    ) == [("t1", "email", "7", "x", None), ("t2", "email", "8", None, "y"), ("t3", "email", None, None, None)]


FORMAT_ROWS: list[dict[str, Any]] = [
    {
        "ticket_id": "1.10",
        "channel": 'é, "x"\nz',
        "created_at": "2026-03-01T10:00:00+02:00",
        "status": "Open",
        "is_spam": True,
    },
    {
        "ticket_id": "12345678901234567890",
        "channel": "chat",
        "created_at": "2026-03-01 00:00:00",
        "status": "new",
        "is_spam": None,
    },
]


def as_csv(path: Path, delimiter: str = ",") -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, FORMAT_ROWS[0], delimiter=delimiter)
        writer.writeheader()
        writer.writerows(FORMAT_ROWS)


def as_jsonl(path: Path) -> None:
    # The second row has no is_spam at all, and the fields in another order.
    lines = [FORMAT_ROWS[0], {name: FORMAT_ROWS[1][name] for name in ("status", "created_at", "channel", "ticket_id")}]
    path.write_text("\n\n".join(json.dumps(line) for line in lines), encoding="utf-8")


def as_parquet(path: Path) -> None:
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(
            f"""
            copy (
                select ticket_id, channel, cast(created_at as timestamptz) as created_at, status, is_spam
                from (values (?, ?, ?, ?, ?), (?, ?, ?, ?, ?))
                    as tickets(ticket_id, channel, created_at, status, is_spam)
            ) to '{path}' (format parquet)
            """,
            [*FORMAT_ROWS[0].values(), *FORMAT_ROWS[1].values()],
        )


def test_every_format_ends_in_the_same_rows(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    as_csv(folder / "tickets.csv")
    as_csv(folder / "tickets.tsv", delimiter="\t")
    as_jsonl(folder / "tickets.jsonl")
    as_jsonl(folder / "tickets.ndjson")
    as_parquet(folder / "tickets.parquet")
    (folder / "tickets.CSV.GZ").write_bytes(gzip.compress((folder / "tickets.csv").read_bytes()))
    (folder / "tickets.jsonl.gz").write_bytes(gzip.compress((folder / "tickets.jsonl").read_bytes()))
    found = files.find([str(folder)]).files
    assert len(found) == 7
    tables = []
    for number, file in enumerate(found):
        home = tmp_path / f"home{number}"
        own = read_settings({"CXMART_HOME": str(home), "CXMART_NOW": NOW})
        raw_file.prepare(own)
        land_file.land(file, contract_of("standard"), own)
        tables.append(rows(home, "from raw_standard.tickets order by _line"))
    assert tables[0][0][:2] == ("1.10", None)
    assert [row[3] for row in tables[0]] == [at("2026-03-01T08:00:00"), at("2026-03-01T00:00:00")]
    for table, file in zip(tables, found, strict=True):
        assert table == tables[0], file.path.name


def test_zstandard_is_read(load: Load, home: Path, tmp_path: Path) -> None:
    (tmp_path / "tickets.csv.zst").write_bytes(zstd.compress(f"{HEADER}\n{GOOD_ROW}\n".encode()))
    assert counts(load(tmp_path / "tickets.csv.zst")) == (1, 1, 0, 0)


def test_a_table_that_a_build_made_empty_is_filled(load: Load, home: Path, tmp_path: Path) -> None:
    """A build makes missing tables before the loader ever ran, without its mark and with the columns known then."""
    home.mkdir()
    with duckdb.connect(str(home / "raw.duckdb")) as raw:
        raw.execute("create schema raw_standard")
        raw.execute(
            "create table raw_standard.tickets (ticket_id varchar, status varchar, _load_id bigint, _line bigint, "
            "_loaded_at timestamp)"
        )
    load(write(tmp_path / "tickets.csv", HEADER, GOOD_ROW))
    assert rows(home, "select ticket_id, channel, created_at, is_spam from raw_standard.tickets") == [
        ("t1", "email", at("2026-03-01T10:00:00"), None)
    ]
    assert rows(home, "select layout_version from main.cxmart_raw") == [(1,)]


def test_a_file_without_rows_is_loaded_as_none(load: Load, home: Path, tmp_path: Path) -> None:
    (tmp_path / "tickets-b.jsonl").touch()
    assert counts(load(write(tmp_path / "tickets-a.csv", HEADER))) == (0, 0, 0, 0)
    assert counts(load(tmp_path / "tickets-b.jsonl")) == (0, 0, 0, 0)
    assert rows(home, "select count(*) from raw_standard.tickets") == [(0,)]


@pytest.mark.parametrize("suffix", ["csv", "csv.gz", "jsonl", "parquet"])
def test_line_numbers_hold_in_a_long_file(load: Load, home: Path, tmp_path: Path, suffix: str) -> None:
    """`_line` is the place in the file, also where several threads read it and values are checked against a list."""
    path = tmp_path / f"tickets.{suffix}"
    columns = "i as ticket_id, 'email' as channel, '2026-03-01T10:00:00Z' as created_at, 'open' as status"
    duckdb.execute(
        f"""
        copy (select {columns}, 'low' as complexity, 'false' as is_deleted from range(1, 300001) as tickets(i))
        to '{path}' (format {"json" if suffix == "jsonl" else suffix.split(".")[0]})
        """
    )
    assert counts(load(path)) == (300_000, 300_000, 0, 0)
    assert rows(home, "select count(*) from raw_standard.tickets where _line <> cast(ticket_id as bigint)") == [(0,)]


# What stays


def test_the_same_file_again_is_no_work(load: Load, home: Path, tmp_path: Path) -> None:
    path = write(tmp_path / "tickets-a.csv", HEADER, GOOD_ROW)
    assert load(path).is_new
    before = rows(home, "from raw_standard.tickets"), rows(home, "from raw_standard._loads")
    copy = tmp_path / "tickets-of-another-name.csv"
    copy.write_bytes(path.read_bytes())
    again = load(copy)
    assert (again.is_new, again.load_id) == (False, 1)
    assert (rows(home, "from raw_standard.tickets"), rows(home, "from raw_standard._loads")) == before


def test_the_same_bytes_may_be_two_tables(load: Load, home: Path, tmp_path: Path) -> None:
    lines = ("template_id,template_name,category,product_id", "x,y,z,p")
    assert load(write(tmp_path / "templates.csv", *lines)).is_new
    assert load(write(tmp_path / "products.csv", *lines)).is_new


OLD, NEW = "2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z"


@pytest.mark.parametrize(
    ("first", "second", "stays", "of_second"),
    [
        ([("t1", "open", OLD)], [("t1", "closed", NEW)], [("t1", "closed")], (1, 1, 0, 0)),
        ([("t1", "open", NEW)], [("t1", "closed", OLD)], [("t1", "open")], (1, 0, 0, 1)),
        ([("t1", "open", OLD)], [("t1", "closed", OLD)], [("t1", "closed")], (1, 1, 0, 0)),
        ([("t1", "open", "")], [("t1", "closed", "")], [("t1", "closed")], (1, 1, 0, 0)),
        (
            [("t1", "open", OLD)],
            [("t1", "open", OLD), ("t2", "new", OLD)],
            [("t1", "open"), ("t2", "new")],
            (2, 1, 1, 0),
        ),
        # A row without a date is older than one with.
        ([("t1", "open", OLD)], [("t1", "closed", "")], [("t1", "open")], (1, 0, 0, 1)),
        ([("t1", "open", "")], [("t1", "closed", OLD)], [("t1", "closed")], (1, 1, 0, 0)),
        # Within a file: the newest, then the later line; what is the same as the row that stays is a duplicate.
        ([], [("t1", "open", NEW), ("t1", "closed", OLD)], [("t1", "open")], (2, 1, 0, 1)),
        ([], [("t1", "open", OLD), ("t1", "closed", OLD)], [("t1", "closed")], (2, 1, 0, 1)),
        ([], [("t1", "open", OLD)] * 3, [("t1", "open")], (3, 1, 2, 0)),
        (
            [("t1", "open", NEW)],
            [("t1", "open", NEW), ("t1", "open", OLD), ("t1", "new", NEW)],
            [("t1", "new")],
            (3, 1, 0, 2),
        ),
        ([("t1", "open", NEW)], [("t1", "open", OLD), ("t1", "open", NEW)], [("t1", "open")], (2, 0, 1, 1)),
    ],
)
def test_the_newest_version_of_a_row_stays(
    load: Load,
    home: Path,
    tmp_path: Path,
    first: Sequence[tuple[str, str, str]],
    second: Sequence[tuple[str, str, str]],
    stays: list[tuple[str, str]],
    of_second: tuple[int, int, int, int],
) -> None:
    for name, versions in (("a", first), ("b", second)):
        lines = [f"{ticket},email,2026-03-01,{status},{updated}" for ticket, status, updated in versions]
        landed = load(write(tmp_path / f"tickets-{name}.csv", f"{HEADER},updated_at", *lines))
    assert counts(landed) == of_second
    assert rows(home, "select ticket_id, status from raw_standard.tickets order by 1") == stays
    assert (
        rows(
            home, "select rows_read, rows_loaded, rows_duplicate, rows_stale from raw_standard._loads order by load_id"
        )[1]
        == of_second
    )


def test_a_key_may_have_an_empty_part(load: Load, home: Path, tmp_path: Path) -> None:
    """An agent's first row has no valid_from; loaded again, it is the same row."""
    header = "agent_id,valid_from,team"
    load(write(tmp_path / "agents-a.csv", header, "a1,,north", "a1,2026-03-01,south", "a2,,north"))
    landed = load(write(tmp_path / "agents-b.csv", header, "a1,,east", "a2,,north"))
    assert counts(landed) == (2, 1, 1, 0)
    assert rows(home, "select agent_id, valid_from, team from raw_standard.agents order by all nulls first") == [
        ("a1", None, "east"),
        ("a1", date(2026, 3, 1), "south"),
        ("a2", None, "north"),
    ]


def test_a_table_without_a_key_keeps_every_row(load: Load, home: Path, tmp_path: Path) -> None:
    header = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
    row = "536365,85123A,LIGHT,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom"
    load(write(tmp_path / "online_retail.csv", header, row, row), "online_retail")
    landed = load(write(tmp_path / "online_retail-2.csv", header, row), "online_retail")
    assert counts(landed) == (1, 1, 0, 0)
    assert rows(home, 'select "Quantity", "CustomerID" from raw_online_retail.online_retail') == [("6", "17850")] * 3


VERSIONS = st.lists(
    st.tuples(
        st.sampled_from(["t1", "t2", "t3"]),
        st.sampled_from(["open", "pending", "closed"]),
        st.integers(min_value=1, max_value=6),
    ),
    min_size=1,
    max_size=12,
    # One version of a ticket at a time: where the date is the same, the row is the same.
    unique_by=lambda version: (version[0], version[2]),
)


@given(versions=VERSIONS, data=st.data())
@hypothesis_settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_any_order_split_and_repetition_of_dated_rows_ends_in_the_same_table(
    versions: list[tuple[str, str, int]], data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("split")
    own = read_settings({"CXMART_HOME": str(folder / "home"), "CXMART_NOW": NOW})
    raw_file.prepare(own)
    repeated = data.draw(st.permutations(versions + data.draw(st.lists(st.sampled_from(versions), max_size=6))))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(repeated)), max_size=2)))
    read = 0
    for number, (start, end) in enumerate(zip([0, *cuts], [*cuts, len(repeated)], strict=True)):
        lines = [f"{t},email,2026-01-01,{s},2026-03-0{day}T00:00:00Z" for t, s, day in repeated[start:end]]
        file = files.describe(write(folder / f"tickets-{number}.csv", f"{HEADER},updated_at", *lines))
        assert file
        landed = land_file.land(file, contract_of("standard"), own)
        assert landed.rows_read == landed.rows_loaded + landed.rows_duplicate + landed.rows_stale
        read += landed.rows_read if landed.is_new else end - start
    newest = {ticket: status for ticket, status, _ in sorted(versions, key=lambda version: version[2])}
    assert dict(rows(own.home, "select ticket_id, status from raw_standard.tickets")) == newest
    assert rows(own.home, "select count(*) from raw_standard.tickets") == [(len(newest),)]
    assert read == len(repeated)


# What is refused


def assert_refused(load: Load, home: Path, path: Path, *words: str) -> None:
    """A file is refused in words that name it, and nothing of it is in the warehouse."""
    before = contents(home)
    with pytest.raises(CxmartError) as caught:
        load(path)
    for word in (str(path), *words):
        assert word in str(caught.value)
    assert "\n" not in str(caught.value)
    assert contents(home) == before


def contents(home: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every raw table."""
    if not (home / "raw.duckdb").exists():
        return {}
    names = rows(home, "select schema_name || '.' || table_name from duckdb_tables() where schema_name like 'raw_%'")
    return {name: sorted(rows(home, f"from {name}"), key=repr) for (name,) in names}


@pytest.mark.parametrize(
    ("table", "column", "value", "reason"),
    [
        ("tickets", "created_at", "01/02/2026", "is no time"),
        ("tickets", "created_at", "2026-02-30T10:00:00Z", "is a day that its month does not have"),
        ("tickets", "created_at", "26-02-03T10:00:00Z", "is no time"),
        ("tickets", "created_at", "2026-02-03 10:00:00 PST", "is no time"),
        ("tickets", "created_at", "infinity", "is no time"),
        ("tickets", "created_at", "", "is missing"),
        ("tickets", "ticket_id", "  ", "is missing"),
        ("claims", "claim_type", "broken", "is none of a_to_z, chargeback"),
        ("ticket_events", "new_value", " ", "is missing, and event_type is not assigned"),
        ("survey_responses", "sent_at", "", "is missing, and so is responded_at"),
        ("tickets", "is_spam", "maybe", "is no true or false"),
        ("reviews", "rating", "7", "is above 5"),
        ("reviews", "rating", "0", "is below 1"),
        ("reviews", "rating", "0x4", "is no number"),
        ("order_lines", "quantity", "12,50", "is no number"),
        ("order_lines", "quantity", "123456789012345678901", "is no number"),
        ("survey_responses", "score", "nan", "is not finite"),
        ("agents", "valid_from", "2026-03-01 and so on", "is no date"),
        ("agents", "valid_from", "2026-03-01T10:00:00Z", "is no date"),
        ("exchange_rates", "rate", "0", "is below"),
    ],
)
def test_a_wrong_value_rejects_its_row_and_no_other(
    load: Load, home: Path, tmp_path: Path, table: str, column: str, value: str, reason: str
) -> None:
    good = {
        "tickets": {"ticket_id": "t1", "channel": "email", "created_at": "2026-03-01", "status": "open", "is_spam": ""},
        "claims": {"claim_id": "c1", "order_id": "o1", "claim_type": "chargeback", "opened_at": "2026-03-01"},
        "ticket_events": {
            "event_id": "e1",
            "ticket_id": "t1",
            "event_type": "Status_changed",
            "new_value": "open",
            "occurred_at": "2026-03-01",
        },
        "reviews": {"review_id": "r1", "rating": "5", "reviewed_at": "2026-03-01"},
        "orders": {
            "order_id": "o1",
            "marketplace": "web",
            "ordered_at": "2026-03-01",
            "status": "x",
            "currency": "EUR",
            "total_amount": "1",
        },
        "order_lines": {"order_line_id": "l1", "order_id": "o1", "product_id": "p1", "quantity": "1"},
        "survey_responses": {"survey_id": "s1", "survey_type": "csat", "score": "5", "sent_at": "2026-03-01"},
        "agents": {"agent_id": "a1", "valid_from": ""},
        "exchange_rates": {"currency": "USD", "rate_date": "2026-03-01", "rate": "0.9"},
    }[table]
    path = write_rows(tmp_path / f"{table}.csv", [good, {**good, column: value}, good, {**good, column: value}])
    landed = load(path)
    assert (landed.rows_read, landed.rows_loaded, landed.rows_duplicate, landed.rows_rejected) == (4, 1, 1, 2)
    assert rows(home, f"select count(*) from raw_standard.{table}") == [(1,)]
    first, second = rejects(home)
    assert first[1:] == second[1:]
    assert (first[0], second[0]) == (2, 4)
    assert first[1] == column
    assert reason in first[2]
    assert first[3] == (value or None)
    shown = f'"{value}"' if "," in value else value
    assert first[4] == ",".join(shown if name == column else old for name, old in good.items())
    assert rows(home, "select file, table_name, load_id from raw_standard._rejects") == [(str(path), table, 1)] * 2
    assert rows(
        home, "select rows_read, rows_loaded, rows_duplicate, rows_stale, rows_rejected from raw_standard._loads"
    ) == [(4, 1, 1, 0, 2)]


def write_rows(path: Path, lines: Iterable[dict[str, str]]) -> Path:
    lines = list(lines)
    quoted = [",".join(f'"{value}"' for value in line.values()) for line in lines]
    return write(path, ",".join(lines[0]), *quoted)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("tickets.csv", b"", ["no header"]),
        ("tickets.csv", b"\n\n" + HEADER.encode(), ["no header"]),
        ("tickets.csv", b"ticket_id,status\nt1,open\n", ["lacks channel, created_at", "it has: ticket_id, status"]),
        ("tickets.csv", b"ticket_id:channel:created_at:status\n", ["lacks", "ticket_id:channel"]),
        ("tickets.csv", f"{GOOD_ROW},a@example.com\n".encode(), ["no header", "e-mail address"]),
        ("tickets.csv", f"{HEADER},Status\n{GOOD_ROW},x\n".encode(), ["status twice"]),
        ("tickets.csv", f"{HEADER},_line\n{GOOD_ROW},1\n".encode(), ["_line", "loader's own"]),
        ("tickets.csv.gz", b"not compressed at all", ["cut short or damaged"]),
        ("tickets.csv.zst", b"not compressed at all", ["cut short or damaged"]),
        ("tickets.jsonl", b'{"ticket_id": "t1"}\n', ["lacks channel, created_at, which"]),
        ("tickets.jsonl", b'[{"ticket_id": "t1"},\n{"ticket_id": "t2"}]\n', ["is one list in JSON"]),
        ("tickets.jsonl", b'{"ticket_id": "t1"}\n{"Ticket_id": "t2"}\n', ["ticket_id twice"]),
        ("tickets.parquet", b"PAR1 and no more", ["Parquet"]),
        ("tickets.parquet", b"", ["Parquet"]),
        ("ticketing.csv", f"{HEADER}\n{GOOD_ROW}\n".encode(), ["no table", "did you mean tickets?"]),
    ],
)
def test_a_file_that_can_not_be_read_is_refused(
    load: Load, home: Path, tmp_path: Path, name: str, content: bytes, words: list[str]
) -> None:
    load(write(tmp_path / "tickets-good.csv", HEADER, GOOD_ROW.replace("t1", "t0")))
    path = tmp_path / name
    path.write_bytes(content)
    assert_refused(load, home, path, *words)


@pytest.mark.parametrize("kept", [0.3, 0.9, -1])
@pytest.mark.parametrize("suffix", ["gz", "zst"])
def test_a_compressed_file_that_was_cut_short_is_refused(
    load: Load, home: Path, tmp_path: Path, suffix: str, kept: float
) -> None:
    """The engine reads such a file as a shorter one, without a word."""
    lines = [f"t{number},email,2026-03-01,open" for number in range(50_000)]
    content = "\n".join([HEADER, *lines, ""]).encode()
    whole = tmp_path / f"tickets-whole.csv.{suffix}"
    if suffix == "gz":
        whole.write_bytes(gzip.compress(content))
    else:
        whole.write_bytes(zstd.compress(content))
    data = whole.read_bytes()
    cut = tmp_path / f"tickets.csv.{suffix}"
    cut.write_bytes(data[: kept if isinstance(kept, int) else int(len(data) * kept)])
    assert_refused(load, home, cut, "cut short")
    assert counts(load(whole)) == (50_000, 50_000, 0, 0)


def test_frames_of_zstandard_may_follow_each_other(load: Load, tmp_path: Path) -> None:
    (tmp_path / "a.csv.zst").write_bytes(zstd.compress(f"{HEADER}\n".encode()))
    (tmp_path / "b.csv.zst").write_bytes(zstd.compress(f"{GOOD_ROW}\n".encode()))
    skippable = bytes.fromhex("502a4d18") + (3).to_bytes(4, "little") + b"abc"
    both = (tmp_path / "a.csv.zst").read_bytes() + skippable + (tmp_path / "b.csv.zst").read_bytes()
    (tmp_path / "tickets.csv.zst").write_bytes(both)
    assert counts(load(tmp_path / "tickets.csv.zst")) == (1, 1, 0, 0)


def test_a_column_that_changed_its_type_is_refused(load: Load, home: Path, tmp_path: Path) -> None:
    home.mkdir()
    with duckdb.connect(str(home / "raw.duckdb")) as raw:
        raw.execute(
            "create schema raw_standard; create table raw_standard.tickets (ticket_id varchar, created_at varchar)"
        )
    with pytest.raises(CxmartError, match=r"created_at of raw_standard\.tickets is VARCHAR .* declared as TIMESTAMP"):
        load(write(tmp_path / "tickets.csv", HEADER, GOOD_ROW))
    # What the load had begun is undone.
    assert rows(home, "select table_name, column_count from duckdb_tables()") == [("tickets", 2)]


def test_a_column_may_be_declared_after_files_had_it(load: Load, home: Path, tmp_path: Path) -> None:
    """An earlier file brought it as an extra column, in other letters."""
    home.mkdir()
    with duckdb.connect(str(home / "raw.duckdb")) as raw:
        raw.execute("create schema raw_standard; create table raw_standard.tickets (TICKET_ID varchar, Topic varchar)")
        raw.execute("insert into raw_standard.tickets values ('t0', 'lamps')")
    load(write(tmp_path / "tickets.csv", f"{HEADER},topic", f"{GOOD_ROW},mugs"))
    assert rows(home, "select ticket_id, topic from raw_standard.tickets order by 1") == [
        ("t0", "lamps"),
        ("t1", "mugs"),
    ]


def test_a_long_value_is_kept_in_part(load: Load, home: Path, tmp_path: Path) -> None:
    load(write(tmp_path / "tickets.csv", HEADER, f't1,email,"{"soon " * 10_000}\n",open'))
    ((_, _, _, value, text),) = rejects(home)
    assert value == ("soon " * 10_000)[:10_000]
    assert text == f't1,email,"{"soon " * 10_000}'[:10_000]


def test_a_file_that_changes_while_it_is_read_is_refused(
    load: Load, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its rows would not be those of the hash that is written down."""
    path = write(tmp_path / "tickets.csv", HEADER, GOOD_ROW)
    whole = files.read_through

    def read_and_append(file: files.DataFile, **how: Any) -> files.Content:
        content = whole(file, **how)
        write(path, HEADER, GOOD_ROW, GOOD_ROW.replace("t1", "t2"))
        return content

    monkeypatch.setattr(files, "read_through", read_and_append)
    assert_refused(load, home, path, "changed while it was read")


# Which files, which tables


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("tickets.csv", "tickets"),
        ("Tickets.CSV", "tickets"),
        ("tickets-2026-10.parquet", "tickets"),
        ("tickets.2026.csv.gz", "tickets"),
        ("tickets_2026.csv", "tickets"),
        ("tickets_2026-09.csv", "tickets"),
        ("tickets2026.csv", "tickets"),
        ("tickets (1).csv", "tickets"),
        ("tickets - Kopie (2).csv", "tickets"),
        ("Copy of tickets.csv", "tickets"),
        ("Tickets_Export.csv", "tickets"),
        ("tickets-export-2026-10-01T0900.csv", "tickets"),
        ("2026-09_tickets.csv", "tickets"),
        ("export_tickets_final.txt", "tickets"),
        ("tickets_archive.csv", "tickets"),
        ("ticket_events-1.tsv", "ticket_events"),
        ("Ticket Events.csv", "ticket_events"),
        ("TicketEvents.csv", "ticket_events"),
        ("ticket-events_2026.csv", "ticket_events"),
        ("order_lines.ndjson.zst", "order_lines"),
        ("in/tickets/2026-09.csv", "tickets"),
        ("in/Tickets 2026/export (3).csv", "tickets"),
        ("in/tickets/2026/09/part-0001.csv", "tickets"),
        ("in/orders/tickets/2026.csv", "tickets"),
        ("in/tickets/orders.csv", "orders"),
        ("ticket.csv", None),
        ("my_tickets.csv", None),
        ("in/zendesk/2026-09.csv", None),
        ("2026-09.csv", None),
    ],
)
def test_a_file_is_named_as_its_table(tmp_path: Path, name: str, table: str | None) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    (file,) = files.find([str(tmp_path)]).files
    source = contract_of("standard")
    if table:
        assert files.table_of(file, source).name == table
    else:
        with pytest.raises(CxmartError, match="is named for no table of source standard"):
            files.table_of(file, source)


@pytest.mark.parametrize(
    ("name", "tables"),
    [
        ("articles-article_views.csv", "articles or article_views"),
        ("tickets_events_2026.csv", "tickets or ticket_events"),
        ("tickets and orders.csv", "tickets or orders"),
    ],
)
def test_a_name_that_could_be_two_tables_is_refused_with_both(name: str, tables: str) -> None:
    file = files.describe(Path(name))
    assert file
    with pytest.raises(CxmartError, match=f"could be for {tables} by its name"):
        files.table_of(file, contract_of("standard"))


def test_a_folder_that_was_not_given_names_a_table_only_if_the_file_lies_in_it(tmp_path: Path) -> None:
    deep = tmp_path / "tickets" / "2026"
    deep.mkdir(parents=True)
    (deep / "09.csv").touch()
    (tmp_path / "tickets" / "10.csv").touch()
    source = contract_of("standard")
    direct, deeper = files.find([str(tmp_path / "tickets" / "10.csv"), str(deep / "09.csv")]).files
    assert files.table_of(direct, source).name == "tickets"
    with pytest.raises(CxmartError, match="named for no table"):
        files.table_of(deeper, source)


def test_the_longest_table_name_that_fits_is_meant() -> None:
    source = Source("s", "raw_s", {name: Table(name, ()) for name in ("calls", "calls-out", "calls-out-big")})
    file = files.describe(Path("calls-out-2026.csv"))
    assert file
    assert files.table_of(file, source).name == "calls-out"


@pytest.mark.parametrize(
    "name", ["notes.pdf", "tickets.xls", "tickets", "tickets.parquet.gz", "tickets.xlsx.gz", ".csv", "tickets.csv.bz2"]
)
def test_other_files_are_no_data(name: str) -> None:
    assert files.describe(Path(name)) is None


def test_paths_folders_and_patterns_find_each_file_once(tmp_path: Path) -> None:
    deep = tmp_path / "deep" / "er"
    deep.mkdir(parents=True)
    for path in (tmp_path / "b.csv", tmp_path / "a.csv", deep / "c.tsv", tmp_path / "x.pdf", tmp_path / ".hidden.csv"):
        path.touch()
    found = files.find([str(tmp_path / "*b.csv"), str(tmp_path), str(tmp_path / "**" / "*.tsv"), "no/such.csv"])
    assert [file.path.name for file in found.files] == ["b.csv", "a.csv", "c.tsv"]
    assert [str(error) for error in found.errors] == ["no/such.csv does not exist"]
    assert found.ignored == [
        Ignored(str(tmp_path / ".hidden.csv"), "hidden"),
        Ignored(str(tmp_path / "x.pdf"), "no data, by its ending"),
    ]


def test_what_programs_leave_beside_data_is_ignored_with_a_reason(tmp_path: Path) -> None:
    left = {
        "~$tickets.xlsx": "a spreadsheet has the file open, or left this behind",
        ".~lock.tickets.csv#": "a spreadsheet has the file open, or left this behind",
        ".DS_Store": "hidden",
        "tickets.csv.tmp": "not written to its end, by its name",
        "tickets.csv.part": "not written to its end, by its name",
        "tickets.csv.crdownload": "not written to its end, by its name",
        "tickets.csv.bak": "an older state, by its name",
        "tickets.csv~": "an older state, by its name",
        "Thumbs.db": "written by the system",
        "desktop.ini": "written by the system",
        "tickets.zip": "unpack it first",
        "tickets.xls": "save it as .xlsx: the old format does not tell a wrong formula from an empty cell",
    }
    for name in ("tickets.csv", *left):
        (tmp_path / name).touch()
    for folder in (".git", "__MACOSX"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "tickets.csv").touch()
    expected = {str(tmp_path / name): why for name, why in left.items()}
    folders = {str(tmp_path / ".git"): "hidden", str(tmp_path / "__MACOSX"): "written by the system"}
    found = files.find([str(tmp_path), str(tmp_path)])
    assert [file.path.name for file in found.files] == ["tickets.csv"]
    assert {one.name: one.why for one in found.ignored} == expected | folders
    assert len(found.ignored) == len(expected | folders)
    # A pattern takes such a file by chance; who names one means it.
    assert [file.path.name for file in files.find([str(tmp_path / "*.csv*")]).files] == ["tickets.csv"]
    (error,) = files.find([str(tmp_path / "tickets.zip")]).errors
    assert "tickets.zip is no file that can be loaded (unpack it first); give .csv" in str(error)


def test_a_link_to_a_folder_is_not_followed_and_said(tmp_path: Path) -> None:
    (tmp_path / "in" / "deep").mkdir(parents=True)
    (tmp_path / "in" / "tickets.csv").touch()
    (tmp_path / "in" / "deep" / "round").symlink_to(tmp_path / "in")
    found = files.find([str(tmp_path / "in")])
    assert [file.path.name for file in found.files] == ["tickets.csv"]
    assert found.ignored == [Ignored(str(tmp_path / "in" / "deep" / "round"), "a link to a folder; give that")]


def test_copies_come_behind_what_they_are_copies_of(tmp_path: Path) -> None:
    names = ["tickets.csv", "tickets (1).csv", "tickets (2).csv", "tickets (10).csv", "tickets-9.csv", "tickets-10.csv"]
    for name in names:
        (tmp_path / name).touch()
    found = [file.path.name for file in files.find([str(tmp_path)]).files]
    assert [name for name in found if "-" not in name] == names[:4]
    assert [name for name in found if "-" in name] == names[4:]


def test_a_copy_under_another_name_is_harmless_and_parts_may_overlap(tmp_path: Path) -> None:
    # The copy that a browser numbered is the later one, so it wins where no date decides.
    lander = Lander(tmp_path, contract_of("standard"))
    header, rows = "order_id,ordered_at,marketplace\n", "o1,2026-09-01T10:00:00Z,a\no2,2026-09-01T10:00:00Z,b\n"
    lander.write("orders.csv", header + rows)
    lander.write("orders (1).csv", header + rows)
    lander.write("orders_2026-09.csv", header + rows.splitlines()[1] + "\no3,2026-09-02T10:00:00Z,c\n")
    raw_file.prepare(lander.settings)
    found = files.find([str(tmp_path / "files")]).files
    landed = [land_file.land(file, lander.source, lander.settings) for file in found]
    assert [Path(file.file).name for file in landed] == ["orders.csv", "orders (1).csv", "orders_2026-09.csv"]
    assert [(file.is_new, file.rows_loaded, file.rows_duplicate) for file in landed] == [
        (True, 2, 0),
        (False, 0, 0),
        (True, 1, 1),
    ]
    assert lander.rows("select order_id from orders order by 1") == [("o1",), ("o2",), ("o3",)]


@pytest.mark.parametrize(
    "name", ["tickets-[1].csv", "tickets-*.csv", "tickets-it's.csv", "tickets-ü.csv", "tickets-{a}.csv"]
)
def test_a_name_with_special_characters_is_one_file(cxmart: Run, home: Path, tmp_path: Path, name: str) -> None:
    # Beside it lies a file that the name would match as a pattern.
    write(tmp_path / name, HEADER, GOOD_ROW)
    write(tmp_path / "tickets-1.csv", HEADER, GOOD_ROW.replace("t1", "t2"))
    done = cxmart("load", "standard", str(tmp_path / name))
    assert done.returncode == 0, done.stderr
    assert rows(home, "select ticket_id from raw_standard.tickets") == [("t1",)]


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_the_name_of_a_folder_is_no_value(load: Load, home: Path, tmp_path: Path, suffix: str) -> None:
    """The engine takes name=value for a column."""
    folder = tmp_path / "ticket_id=9" / "mood=bad"
    folder.mkdir(parents=True)
    duckdb.execute(
        f"""
        copy (select 't1' as ticket_id, 'email' as channel, '2026-03-01' as created_at, 'open' as status)
        to '{folder / f"tickets.{suffix}"}' (format {suffix.removesuffix("l")})
        """
    )
    load(folder / f"tickets.{suffix}")
    assert rows(home, "select ticket_id from raw_standard.tickets") == [("t1",)]
    assert rows(home, "select count(*) from duckdb_columns() where column_name = 'mood'") == [(0,)]


def test_the_shipped_contract_says_what_the_loader_relies_on() -> None:
    standard = contract_of("standard")
    assert standard.schema == "raw_standard"
    assert len(standard.tables) == 19
    assert standard.tables["agents"].key == ("agent_id", "valid_from")
    assert {column.name for column in standard.tables["tickets"].columns if column.required} == {
        "ticket_id",
        "channel",
        "created_at",
    }
    for table in standard.tables.values():
        assert table.key, table.name
        assert {"updated_at", "is_deleted"} <= {column.name for column in table.columns}, table.name


def test_what_is_not_known_yet_keeps_no_row_from_landing(load: Load, home: Path, tmp_path: Path) -> None:
    """Pending orders have no total, a call may have no end, and from one time on nobody has a ticket."""
    for name, row in {
        "tickets": {"ticket_id": "t1", "channel": "email", "created_at": "2026-03-01", "status": ""},
        "orders": {"order_id": "o1", "marketplace": "web", "ordered_at": "2026-03-01"},
        "order_lines": {"order_line_id": "l1", "order_id": "o1", "product_id": "p1", "quantity": "1"},
        "agent_shifts": {"shift_id": "s1", "agent_id": "a1", "shift_date": "2026-03-01"},
        "calls": {"call_id": "c1", "queued_at": "2026-03-01"},
        "survey_responses": {"survey_id": "s1", "survey_type": "csat", "responded_at": "2026-03-01"},
        "ticket_events": {
            "event_id": "e1",
            "ticket_id": "t1",
            "event_type": "Assigned",
            "old_value": "ann",
            "new_value": "",
            "occurred_at": "2026-03-01",
        },
    }.items():
        assert load(write_rows(tmp_path / f"{name}.csv", [row])).rows_loaded == 1, name


def test_one_of_two_columns_must_be_there(load: Load, home: Path, tmp_path: Path) -> None:
    answers = [
        {"survey_id": "s1", "survey_type": "csat", "responded_at": "2026-03-01"},
        {"survey_id": "s2", "survey_type": "csat", "responded_at": ""},
    ]
    assert load(write_rows(tmp_path / "survey_responses.csv", answers)).rows_rejected == 1
    assert rejects(home)[0][:3] == (2, "sent_at", "is missing, and so is responded_at")
    neither = write_rows(tmp_path / "survey_responses-2.csv", [{"survey_id": "s1", "survey_type": "csat"}])
    with pytest.raises(CxmartError, match="lacks sent_at, which survey_responses needs"):
        load(neither)


def test_a_type_that_became_wider_keeps_the_rows(home: Path, load: Load, tmp_path: Path) -> None:
    survey = {"survey_id": "s1", "survey_type": "csat", "score": "4", "sent_at": "2026-03-01"}
    load(write_rows(tmp_path / "survey_responses.csv", [survey, {**survey, "survey_id": "s2", "score": "4.5"}]))
    with duckdb.connect(str(home / "raw.duckdb")) as raw:
        raw.execute("alter table raw_standard.survey_responses alter column score type double")
    again = load(write_rows(tmp_path / "survey_responses-2.csv", [survey]))
    assert (again.rows_loaded, again.rows_duplicate) == (0, 1)
    assert rows(home, "select score from raw_standard.survey_responses order by survey_id") == [("4",), ("4.5",)]
