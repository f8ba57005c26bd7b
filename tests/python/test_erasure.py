"""Erasing a person: no trace is left in any file, the rest stays, and no file brings them back."""

import gzip
import json
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from conftest import NOW, PROJECT_ROOT, Run, isolated_environment
from cxmart.base import locking
from cxmart.base.errors import CxmartError, ExitCode
from cxmart.base.settings import Settings, read_settings
from cxmart.contract import source_contract
from cxmart.erasure import erase, find_person, journal
from cxmart.landing import address_hash, load_files, suppression
from cxmart.landing.landed import Landed
from cxmart.publish import postgres_server
from cxmart.refresh import status
from cxmart.refresh.status import Problem
from postgres_server import Server, running_server

HASH_KEY = "a key of the tests, long enough"
ADDRESS = "Ann.Other@Example.org"

# Ann is Ann-1 and Ann-2 (one person, one address), reads in browser R-ann, and once on her family's R-home, as Bob did.
# Agent Eve-9 wrote to her; agent Ann-1 has the id of a customer, and is somebody else.
FILES = {
    "customers.csv": """customer_id,person_id,email,country,created_at
Ann-1,P-ann,ann.other@example.org,DE,2026-01-01T00:00:00Z
Ann-2,,Ann.Other@example.org ,DE,2026-01-02T00:00:00Z
Bob-1,P-bob,bob@example.org,DE,2026-01-03T00:00:00Z
""",
    "tickets.csv": """ticket_id,customer_id,channel,created_at,status,topic,assigned_agent_id,loyalty_card
T1,Ann-1,email,2026-03-01T10:00:00Z,solved,returns,Eve-9,card of Ann-1
T2, Ann-2 ,email,2026-03-02T10:00:00Z,solved,returns,Ann-1,
T3,Bob-1,email,2026-03-03T10:00:00Z,open,Ann-12 asks,Eve-9,
T4,,chat,2026-03-04T10:00:00Z,open,other,,
""",
    "ticket_messages.csv": """message_id,ticket_id,author_type,author_id,sent_at
M1,T1,customer,Ann-1,2026-03-01T10:00:00Z
M2,T1,agent,Eve-9,2026-03-01T11:00:00Z
M3,T2,agent,Ann-1,2026-03-02T11:00:00Z
M4,T3,customer,Bob-1,2026-03-03T10:00:00Z
""",
    "ticket_events.csv": """event_id,ticket_id,event_type,old_value,new_value,actor_type,actor_id,occurred_at
E1,T1,assigned,,Eve-9,system,,2026-03-01T10:01:00Z
E2,T1,assigned,Eve-9,Ann-1,agent,Eve-9,2026-03-01T10:02:00Z
E3,T1,assigned,Ann-1,Eve-9,agent,Ann-1,2026-03-01T10:03:00Z
E4,T1,status_changed,open,solved,customer,Ann-1,2026-03-01T12:00:00Z
E5,T2,status_changed,open,solved,,Ann-2,2026-03-02T12:00:00Z
""",
    "agents.csv": """agent_id,agent_name,team
Eve-9,Eve Nine,North
Ann-1,Ann One,South
""",
    "agent_shifts.csv": """shift_id,agent_id,shift_date,worked_minutes
S1,Eve-9,2026-03-01,480
S2,Ann-1,2026-03-01,480
""",
    "orders.csv": """order_id,customer_id,marketplace,ordered_at,status,currency,total_amount
O1,Ann-1,amazon,2026-02-01T10:00:00Z,shipped,EUR,10
O2,Ann-2,amazon,2026-02-02T10:00:00Z,shipped,EUR,20
O3,Bob-1,amazon,2026-02-03T10:00:00Z,shipped,EUR,30
""",
    "article_views.jsonl": """{"view_id": "V1", "article_id": "A1", "reader_id": "R-ann", "customer_id": "Ann-1", \
"session_id": "W-1", "viewed_at": "2026-02-01T10:00:00Z"}
{"view_id": "V2", "article_id": "A1", "reader_id": "R-ann", "session_id": "W-2", "viewed_at": "2026-02-02T10:00:00Z"}
{"view_id": "V3", "article_id": "A1", "reader_id": "R-home", "customer_id": "Ann-2", "session_id": "W-3", \
"viewed_at": "2026-02-03T10:00:00Z"}
{"view_id": "V4", "article_id": "A1", "reader_id": "R-home", "customer_id": "Bob-1", "session_id": "W-4", \
"viewed_at": "2026-02-04T10:00:00Z"}
{"view_id": "V5", "article_id": "A1", "reader_id": "R-zoe", "customer_id": "Zoe-1", "session_id": "W-5", \
"viewed_at": "2026-02-05T10:00:00Z"}
""",
    # A rating that can't be, of hers and of Bob's, and a line that breaks.
    "reviews.csv": """review_id,customer_id,marketplace,rating,reviewed_at
RV1,Ann-1,amazon,7,2026-02-10T10:00:00Z
RV2,Bob-1,amazon,9,2026-02-10T10:00:00Z
RV3,Ann-2,amazon
RV4,Bob-1,amazon,4,2026-02-11T10:00:00Z
""",
}
# All that names Ann, in raw and in the marts.
ANN = ["Ann-1", "Ann-2", "P-ann", "R-ann", "W-1", "W-2", "W-3"]
HASH = address_hash.address_hash(ADDRESS, HASH_KEY)


@pytest.fixture
def settings(home: Path) -> Settings:
    return read_settings({"CXMART_HOME": str(home), "CXMART_NOW": NOW, "CXMART_HASH_KEY": HASH_KEY})


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "drop"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text)
    return folder


@pytest.fixture(scope="module")
def raw_of_all(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A raw.duckdb with the files of all."""
    home, folder = tmp_path_factory.mktemp("all"), tmp_path_factory.mktemp("drop")
    for name, text in FILES.items():
        (folder / name).write_text(text)
    settings = read_settings({"CXMART_HOME": str(home), "CXMART_NOW": NOW, "CXMART_HASH_KEY": HASH_KEY})
    assert load(settings, folder)[1] == []
    return settings.raw_file


@pytest.fixture
def loaded(settings: Settings, raw_of_all: Path) -> Settings:
    """A warehouse with the files of all."""
    settings.home.mkdir()
    shutil.copyfile(raw_of_all, settings.raw_file)
    return settings


def load(settings: Settings, *paths: Path) -> tuple[list[Landed], list[CxmartError]]:
    return load_files.load(
        settings, source_contract.read_source(PROJECT_ROOT, "standard"), [str(path) for path in paths]
    )


def read(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(settings.raw_file), read_only=True) as raw:
        return raw.execute(query).fetchall()


def erase_person(settings: Settings, person: str, kind: str | None = None, source: str | None = None) -> erase.Erased:
    return erase.forget(settings, find_person.find(settings, person, kind, source))


def is_named(text: str, ids: Iterable[str]) -> list[str]:
    """List the ids that stand in a text as words of their own."""
    return [one for one in ids if re.search(rf"(?<![A-Za-z0-9]){re.escape(one)}(?![A-Za-z0-9])", text)]


def named_in_files(folder: Path, ids: Iterable[str]) -> list[str]:
    """Search the bytes of all files below a folder, packed ones unpacked."""
    found = []
    for path in folder.rglob("*"):
        if path.is_file():
            content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
            found += [f"{path}: {one}" for one in is_named(content.decode("latin-1"), ids)]
    return found


def named_in_tables(path: Path, ids: Iterable[str], allowed: Iterable[str] = ()) -> list[str]:
    """Read every value of a DuckDB file, since texts may be packed in it, and list the columns that name an id."""
    found = []
    with duckdb.connect(str(path), read_only=True) as file:
        columns = file.execute(
            "select schema_name, table_name, column_name from duckdb_columns() "
            "where not internal and database_name = current_database() "
            "and (schema_name, table_name) in (select (schema_name, table_name) from duckdb_tables())"
        ).fetchall()
        assert columns
        for schema, table, column in columns:
            values = file.execute(f'select distinct cast("{column}" as varchar) from "{schema}"."{table}"').fetchall()
            text = "\n".join(value for (value,) in values if value is not None)
            where = f"{schema}.{table}.{column}"
            found += [f"{path.name}: {where}: {one}" for one in is_named(text, ids) if where not in allowed]
    return found


# What an erasure is about


def test_all_accounts_of_a_person_are_found(loaded: Settings) -> None:
    for person in ("Ann-2", "P-ann", ADDRESS, HASH):
        plan = find_person.find(loaded, person)
        assert {(one.kind, one.value) for one in plan.ids} == {
            ("customer", "Ann-1"),
            ("customer", "Ann-2"),
            ("person", "P-ann"),
            ("email", HASH),
            ("reader", "R-ann"),
            ("reader", "R-home"),
            *(("visit", f"W-{number}") for number in (1, 2, 3, 4)),
        }, person
    assert plan.rejects == 2
    assert {Path(file).name for file in plan.files} == {
        "article_views.jsonl", "customers.csv", "orders.csv", "ticket_events.csv", "ticket_messages.csv", "tickets.csv",
    }  # fmt: skip


def test_an_address_of_several_persons_joins_nobody(loaded: Settings, tmp_path: Path) -> None:
    family = tmp_path / "customers-family.csv"
    family.write_text(
        "customer_id,person_id,email,created_at\nCleo-1,P-cleo,ann.other@example.org,2026-01-01T00:00:00Z\n"
    )
    load(loaded, family)
    plan = find_person.find(loaded, "P-cleo")
    assert {one.value for one in plan.ids} == {"Cleo-1", "P-cleo", HASH}


def test_an_agent_and_a_customer_of_one_id_are_two(loaded: Settings) -> None:
    with pytest.raises(CxmartError, match="an id of several: agent, customer; say which with --as"):
        find_person.find(loaded, "Ann-1")
    plan = find_person.find(loaded, "Ann-1", "agent")
    assert {one.value for one in plan.ids} == {"Ann-1"}
    assert {table.table: (table.rows_deleted, table.rows_blanked) for table in plan.tables} == {
        "raw_standard.tickets": (0, 1),
        "raw_standard.ticket_messages": (0, 1),
        "raw_standard.ticket_events": (0, 2),
        "raw_standard.agents": (1, 0),
        "raw_standard.agent_shifts": (1, 0),
    }


def test_nobody_and_a_wrong_key_are_refused(loaded: Settings, home: Path) -> None:
    with pytest.raises(CxmartError, match="nobody of that id"):
        find_person.find(loaded, "Ann")
    other = read_settings({"CXMART_HOME": str(home), "CXMART_HASH_KEY": "another key that is long enough"})
    with pytest.raises(CxmartError, match="another key"):
        find_person.find(other, ADDRESS)


# What becomes of it


def test_a_customer_is_gone_and_what_happened_stays(loaded: Settings, home: Path) -> None:
    erased = erase_person(loaded, "P-ann")
    assert read(loaded, "select customer_id from raw_standard.customers") == [("Bob-1",)]
    assert read(loaded, "select ticket_id, customer_id, assigned_agent_id from raw_standard.tickets order by 1") == [
        ("T1", None, "Eve-9"),
        ("T2", None, "Ann-1"),  # an agent's id, whatever customers are called
        ("T3", "Bob-1", "Eve-9"),
        ("T4", None, None),
    ]
    assert read(loaded, "select message_id, author_id from raw_standard.ticket_messages order by 1") == [
        ("M1", None),
        ("M2", "Eve-9"),
        ("M3", "Ann-1"),
        ("M4", "Bob-1"),
    ]
    assert read(loaded, "select event_id, actor_id, new_value from raw_standard.ticket_events order by 1") == [
        ("E1", None, "Eve-9"),
        ("E2", "Eve-9", "Ann-1"),
        ("E3", "Ann-1", "Eve-9"),
        ("E4", None, "solved"),
        ("E5", None, "solved"),
    ]
    assert read(loaded, "select order_id, customer_id, total_amount from raw_standard.orders order by 1") == [
        ("O1", None, 10),
        ("O2", None, 20),
        ("O3", "Bob-1", 30),
    ]
    assert read(loaded, "select view_id, reader_id, customer_id from raw_standard.article_views order by 1") == [
        ("V1", None, None),
        ("V2", None, None),
        ("V3", None, None),
        ("V4", None, "Bob-1"),
        ("V5", "R-zoe", "Zoe-1"),
    ]
    rejects = read(loaded, "select line, raw_text, value, row_key from raw_standard._rejects order by 1")
    assert rejects == [
        (1, None, None, None),
        (2, "RV2,Bob-1,amazon,9,2026-02-10T10:00:00Z", "9", '["RV2"]'),
        (3, None, None, None),
    ]
    # A column that nobody declared holds her id too: that is said, since nobody knows what it is.
    assert erased.still_named == ["raw_standard.tickets.loyalty_card (1 row)"]


def test_an_agent_is_gone_and_tickets_keep_their_story(loaded: Settings) -> None:
    erase_person(loaded, "Eve-9")
    assert read(loaded, "select agent_id from raw_standard.agents") == [("Ann-1",)]
    assert read(loaded, "select shift_id from raw_standard.agent_shifts") == [("S2",)]
    assert read(
        loaded, "select event_id, old_value, new_value, actor_id from raw_standard.ticket_events order by 1 limit 3"
    ) == [("E1", None, "erased", None), ("E2", None, "Ann-1", None), ("E3", "Ann-1", "erased", "Ann-1")]
    assert read(loaded, "select count(*) from raw_standard.ticket_messages where author_id is null") == [(1,)]


def test_no_file_of_the_warehouse_names_a_person_who_was_erased(loaded: Settings, home: Path) -> None:
    ids = ["Bob-1", "P-bob", address_hash.address_hash("bob@example.org", HASH_KEY)]
    logs = loaded.log_folder / "refresh"
    logs.mkdir(parents=True)
    (loaded.log_folder / "dbt.log").write_text("select 'standard:Bob-1'\n")
    lines = [
        {"step": "build", "seconds": 1.5, "said": ["such as standard:Bob-1, Bob-1 and Bob-12"]},
        {"step": "publish"},
    ]
    (logs / "run-1.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (home / "build.duckdb").write_bytes(b"")
    assert len(named_in_files(home, ids)) > 3, "or the search finds nothing anyway"
    assert named_in_tables(loaded.raw_file, ids)
    erased = erase_person(loaded, "P-bob")
    # An operator's log in the home is not ours to judge; there is none here.
    assert erased.unknown_files == []
    assert named_in_files(home, ids) == []
    assert named_in_tables(loaded.raw_file, ids) == []
    assert [json.loads(line) for line in (logs / "run-1.jsonl").read_text().splitlines()] == [
        {"step": "build", "seconds": 1.5, "said": ["such as erased, erased and Bob-12"]},
        {"step": "publish"},
    ]
    assert not (loaded.log_folder / "dbt.log").exists()
    assert not (home / "build.duckdb").exists(), "a build that is not published is made anew"
    assert sorted(path.name for path in home.iterdir()) == ["forgotten.key", "logs", "raw.duckdb"]
    # All else is as it was.
    assert read(loaded, "select count(*) from raw_standard.tickets") == [(4,)]
    assert read(loaded, "select layout_version from main.cxmart_raw") == [(1,)]


def test_an_unknown_file_in_the_home_is_named(loaded: Settings, home: Path) -> None:
    (home / "copy of raw.duckdb").write_bytes(loaded.raw_file.read_bytes())
    (home / "later").mkdir()
    time.sleep(0.02)
    assert erase_person(loaded, "P-bob").unknown_files == [str(home / "copy of raw.duckdb")]


# They do not come back


@pytest.mark.parametrize(
    "form", ["csv", "parquet", *(pytest.param(form, marks=pytest.mark.slow) for form in ("jsonl", "csv.gz"))]
)
def test_a_file_that_lands_again_brings_nobody_back(loaded: Settings, files: Path, tmp_path: Path, form: str) -> None:
    erase_person(loaded, "P-ann")
    tables = ["customers", "tickets", "ticket_messages", "ticket_events", "orders", "article_views"]
    rows = {table: read(loaded, f"from raw_standard.{table} order by all") for table in tables}
    names = {table: read_names(loaded, table) for table in tables}
    again = tmp_path / "again"
    again.mkdir()
    for table in tables:
        source = next(path for path in files.glob(f"{table}.*"))
        reader = "read_json" if source.suffix == ".jsonl" else "read_csv"
        options = "" if source.suffix == ".jsonl" else ", all_varchar = true"
        copy = {"csv": "csv", "csv.gz": "csv, compression gzip", "jsonl": "json", "parquet": "parquet"}[form]
        # A row more, so that it is another file.
        new = f"{table}-x.{form}"
        duckdb.sql(
            f"copy (select * from {reader}('{source}'{options}) union all by name select 'new-{table}' as "
            f"{names[table]}, * exclude ({names[table]}) from {reader}('{source}'{options}) limit 100) "
            f"to '{again / new}' (format {copy})"
        )
    landed, errors = load(loaded, again)
    assert errors == []
    for file in landed:
        assert file.rows_read == (
            file.rows_loaded + file.rows_duplicate + file.rows_stale + file.rows_rejected + file.rows_erased
        )
    by_table = {file.table: file for file in landed}
    assert by_table["customers"].rows_erased >= 2
    assert by_table["tickets"].rows_erased == 0
    assert named_in_tables(loaded.raw_file, [*ANN, HASH], ALSO_OTHERS) == []
    # What was there is there as it was: the same rows again are duplicates, without the person too.
    for table in tables:
        kept = [row for row in read(loaded, f"from raw_standard.{table} order by all") if not is_new(row)]
        assert [row[:-4] for row in kept] == [row[:-4] for row in rows[table]], table
    assert read(loaded, "select sum(rows_erased) from raw_standard._loads")[0][0] == sum(f.rows_erased for f in landed)


# Where the same ids name others: agent Ann-1, and what a column that nobody declared holds.
ALSO_OTHERS = {
    "raw_standard.tickets.loyalty_card",
    *(f"raw_standard.{column}" for column in ("agents.agent_id", "agent_shifts.agent_id", "tickets.assigned_agent_id")),
    *(f"raw_standard.ticket_events.{column}" for column in ("old_value", "new_value", "actor_id")),
    "raw_standard.ticket_messages.author_id",
}


def is_new(row: tuple[Any, ...]) -> bool:
    return any(isinstance(value, str) and value.startswith("new-") for value in row)


def read_names(settings: Settings, table: str) -> str:
    """The key of a table, which has one column."""
    (key,) = source_contract.read_source(PROJECT_ROOT, "standard").tables[table].key
    return key


def test_rejects_of_a_new_file_hold_nobody_who_was_erased(loaded: Settings, files: Path) -> None:
    erase_person(loaded, "P-ann")
    (files / "reviews-2.csv").write_text(FILES["reviews.csv"] + "RV9,Ann-2,amazon,8,2026-02-10T10:00:00Z\n")
    landed, _ = load(loaded, files / "reviews-2.csv")
    assert (landed[0].rows_read, landed[0].rows_rejected, landed[0].rows_duplicate) == (5, 4, 1)
    assert named_in_tables(loaded.raw_file, [*ANN, HASH], ALSO_OTHERS) == []
    texts = read(loaded, "select raw_text from raw_standard._rejects where file like '%reviews-2.csv'")
    assert sorted(texts, key=str) == sorted(
        [("RV2,Bob-1,amazon,9,2026-02-10T10:00:00Z",), (None,), (None,), (None,)], key=str
    )


def test_the_list_of_the_forgotten_tells_nobody(loaded: Settings, home: Path) -> None:
    erase_person(loaded, "P-ann")
    listed = read(loaded, f"select kind, source, hash from main.{suppression.LIST_TABLE}")
    assert len(listed) == 10
    assert all(re.fullmatch(r"[0-9a-f]{64}", hashed) for _, _, hashed in listed)
    key = suppression.read_key(loaded)
    assert ("customer", "standard", suppression.hash_of(key, suppression.Id("customer", "standard", "Ann-1"))) in listed
    assert suppression.key_file(loaded).stat().st_mode & 0o777 == 0o600


def test_without_the_key_nothing_lands(loaded: Settings, files: Path) -> None:
    erase_person(loaded, "P-ann")
    suppression.key_file(loaded).unlink()
    (files / "orders-2.csv").write_text(FILES["orders.csv"] + "\n")
    _, errors = load(loaded, files / "orders-2.csv")
    assert "forgotten.key is missing" in str(errors[0])
    # A table that can't name a person lands.
    (files / "products.csv").write_text("product_id\nP1\n")
    assert load(loaded, files / "products.csv")[1] == []


# The command


def test_a_dry_run_changes_nothing(cxmart: Run, loaded: Settings, home: Path) -> None:
    before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    as_json = cxmart("forget", "P-ann", "--dry-run", "--json", env={"CXMART_HASH_KEY": HASH_KEY})
    ids = {(one["kind"], one["value"]) for one in json.loads(as_json.stdout)["ids"]}
    assert ids >= {("person", "P-ann"), ("customer", "Ann-1"), ("customer", "Ann-2")}
    done = cxmart("forget", "P-ann", "--dry-run", env={"CXMART_HASH_KEY": HASH_KEY})
    assert done.returncode == 0, done.stderr
    assert "nothing was changed" in done.stdout
    assert "customer: Ann-1, Ann-2" in done.stdout
    assert re.search(r"raw_standard\.customers +2 +0", done.stdout)
    assert "came from " in done.stdout
    assert {path: path.read_bytes() for path in home.rglob("*") if path.is_file()} == before


def test_an_address_may_come_from_standard_input(loaded: Settings, home: Path, target_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cxmart", "forget", "-"],
        input=f"{ADDRESS}\n",
        env=isolated_environment(home, target_path, {"CXMART_HASH_KEY": HASH_KEY}),
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert read(loaded, "select customer_id from raw_standard.customers") == [("Bob-1",)]


def test_wrong_calls_are_refused(cxmart: Run, loaded: Settings) -> None:
    for arguments, word in ((["x", "--as", "dog"], "dog"), ([], "say whom"), (["Ann-1"], "--as")):
        done = cxmart("forget", *arguments)
        assert done.returncode == ExitCode.USAGE, done.stderr
        assert word in done.stderr


def test_a_refresh_at_work_is_waited_for(cxmart: Run, loaded: Settings) -> None:
    with locking.exclusive(loaded, "refresh"):
        done = cxmart("forget", "P-ann", "--dry-run")
    assert done.returncode == ExitCode.RUNNING
    assert "`cxmart refresh`" in done.stderr


def test_what_was_begun_is_completed(
    cxmart: Run, loaded: Settings, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The servers are out of reach: raw is done, and the next call needs no name."""
    (home / postgres_server.SERVERS_FILE).write_text('["postgresql://someone@127.0.0.1:1/shop"]')
    plan = find_person.find(loaded, "P-bob")
    with pytest.raises(CxmartError, match=r"can't connect|does not exist"):
        erase.forget(loaded, plan)
    assert journal.pending(loaded) == plan
    assert (home / journal.JOURNAL).stat().st_mode & 0o777 == 0o600
    told = Problem(ExitCode.FAILED, "an erasure was begun and is not completed; run `cxmart forget`")
    assert told in status.read_status(loaded).problems
    with locking.exclusive(loaded, "forget"):
        assert told not in status.read_status(loaded).problems
    (home / postgres_server.SERVERS_FILE).write_text("[]")
    done = cxmart("forget")
    assert done.returncode == 0, done.stderr
    assert "completed first" in done.stdout
    assert journal.pending(loaded) is None
    assert told not in status.read_status(loaded).problems
    assert named_in_files(home, ["Bob-1", "P-bob"]) == []


@pytest.mark.slow
def test_an_erasure_that_is_killed_is_completed_by_the_next(
    loaded: Settings, home: Path, target_path: Path, tmp_path: Path
) -> None:
    """Whenever it is killed, raw.duckdb is the old or the new one, whole, and the same call again completes it."""
    environment = isolated_environment(home, target_path, {"CXMART_HASH_KEY": HASH_KEY})
    command = [sys.executable, "-m", "cxmart", "forget", "P-ann"]
    before, rows = loaded.raw_file.read_bytes(), read(loaded, "from raw_standard.tickets order by all")
    began = time.monotonic()
    subprocess.run(command, env=environment, cwd=PROJECT_ROOT, check=True, capture_output=True)
    needed = time.monotonic() - began
    after = read(loaded, "from raw_standard.tickets order by all")
    chance, killed = random.Random(7), 0
    for _ in range(8):
        for path in (*home.glob("forg*"), *home.glob(".forg*")):
            path.unlink() if path.is_file() else None
        loaded.raw_file.write_bytes(before)
        with subprocess.Popen(
            command, env=environment, cwd=PROJECT_ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            time.sleep(chance.uniform(0.4, 1.0) * needed)
            process.send_signal(signal.SIGKILL)
        killed += process.returncode == -signal.SIGKILL
        assert read(loaded, "from raw_standard.tickets order by all") in (rows, after)
        begun = journal.pending(loaded) is not None
        again = subprocess.run(command, env=environment, cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)
        done = read(loaded, "from raw_standard.tickets order by all") == after
        assert done, again.stderr
        assert again.returncode == 0 or (not begun and "nobody of that id" in again.stderr)
        assert named_in_tables(loaded.raw_file, [*ANN, HASH], ALSO_OTHERS) == []
        assert sorted(path.name for path in home.iterdir() if not path.name.endswith("lock")) == [
            "forgotten.key",
            "raw.duckdb",
        ]
    assert killed >= 4


# The declaration

WORDS = re.compile(r"customer|person|agent_id|agent_name|author_id|actor_id|reader|email|caller|session|_by$|assigned")
# Columns with such a word that hold no person's id. A name is in a row that goes whole.
NO_ID = {
    "agents.agent_name",
    "tickets.initiated_by",
    "orders.cancelled_by",
    "uci_incidents.caused_by",
}


def test_every_column_that_can_name_a_person_says_so() -> None:
    seen = 0
    for name in source_contract.known_sources(PROJECT_ROOT):
        for table in source_contract.read_source(PROJECT_ROOT, name).tables.values():
            for column in table.columns:
                if WORDS.search(column.name.lower()) and f"{table.name}.{column.name}" not in NO_ID:
                    assert column.names, f"{name}: {table.name}.{column.name} names nobody"
                    seen += 1
                if column.names and not column.erases_row:
                    assert column.name not in table.key, f"{table.name}.{column.name} is a key, which can't be blanked"
                    assert not column.required or column.erased_as, f"{table.name}.{column.name} can't be empty"
    assert seen > 20


def test_the_declaration_does_not_change_what_lands() -> None:
    """Known files stay known: whom a column names is no part of the contract that they met."""
    source = source_contract.read_source(PROJECT_ROOT, "standard")
    table = source.tables["tickets"]
    assert "names" not in repr(table.columns)
    path = PROJECT_ROOT / "models" / "staging" / "standard" / "_standard__sources.yml"
    assert "names:" in path.read_text()
    assert yaml.safe_load(path.read_text())


# All of it, with a real build, both published files, kept versions and a server


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    with running_server() as server:
        yield server


@pytest.mark.slow
def test_no_trace_is_left_anywhere(
    cxmart: Run, running: Server, settings: Settings, home: Path, files: Path, target_path: Path
) -> None:
    environment = {**running.environment(), "CXMART_HASH_KEY": HASH_KEY}

    def run(*arguments: str) -> str:
        done = cxmart(*arguments, env=environment)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    # Two people to look for: Ann, and agent Eve-9, whose id is the value of a slice.
    (files / "tickets.csv").write_text(FILES["tickets.csv"].replace("card of Ann-1", ""))
    run("load", "standard", str(files))
    run("build")
    run("publish")
    run("publish")  # so that there are two versions
    run("publish", "--init", "--to", running.url())
    run("publish", "--to", running.url())
    ids = ["Ann-2", "P-ann", HASH, "R-ann", "W-1"]
    people = settings.people_file
    assert named_in_tables(people, ["Ann-2", "Eve-9"])
    assert named_on_server(running, ["Ann-2"])
    ids_of_agent = ["Eve-9"]
    assert named_on_server(running, [*ids, "Ann-1", "Bob-1", "P-bob", "R-home", "Eve-9", "Eve Nine"], ["marts"]) == []
    (tickets,) = read_from(
        people,
        "select sum(value) from kpi_values where kpi_id = 'tickets_created' and grain = 'month' and slice = 'overall'",
    )
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**environment, "DBT_TARGET_PATH": str(target_path)}.items():
            patch.setenv(name, value)
        plans = [find_person.find(settings, person) for person in ("P-ann", "Eve-9")]
        both = find_person.Plan(
            ids=tuple(one for plan in plans for one in plan.ids),
            tables=tuple(table for plan in plans for table in plan.tables),
            rejects=sum(plan.rejects for plan in plans),
        )
        erased = erase.forget(replace(settings, target_path=target_path), both)
    assert erased.numbers_restated > 0
    assert erased.servers == [running.url()]
    assert (erased.still_named, erased.unknown_files, erased.remarks) == ([], [], [])
    for one in (ids, ids_of_agent):
        assert named_in_files(home, one) == []
        assert named_in_files(target_path, one) == []
        for path in home.rglob("*.duckdb"):
            assert named_in_tables(path, one) == []
        assert named_on_server(running, one) == []
    # The server's own files, after what it does from time to time; its log of changes is its administrator's.
    running.run("checkpoint", user="postgres")
    data = [path for path in (running.data / "base").rglob("*") if path.is_file()]
    assert len(data) > 100
    found = [path for path in data if is_named(path.read_bytes().decode("latin-1"), [*ids, *ids_of_agent])]
    assert found == []
    # Nothing that happened is lost, and what changed says why.
    assert read_from(
        people,
        "select sum(value) from kpi_values where kpi_id = 'tickets_created' and grain = 'month' and slice = 'overall'",
    ) == [tickets]
    reasons = {row[0] for row in read_from(people, "select distinct reason from kpi_revisions")}
    assert reasons == {"erasure"}
    assert len(list(settings.versions_folder.iterdir())) == 1


def read_from(path: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(path), read_only=True) as file:
        return file.execute(query).fetchall()


def named_on_server(
    server: Server, ids: Iterable[str], schemas: Sequence[str] = ("marts", "marts_people", "pg_catalog")
) -> list[str]:
    """Read every row of every published table, and the planner's statistics."""
    found = []
    published = server.read(
        "select schemaname, tablename from pg_tables where schemaname in ('marts', 'marts_people') "
        "union all select 'pg_catalog', 'pg_stats'"
    )
    tables = [(schema, table) for schema, table in published if schema in schemas]
    assert len(tables) > 15
    for schema, table in tables:
        rows = server.read(f'select whole::text from {schema}."{table}" as whole')
        found += [f"{schema}.{table}: {one}" for one in is_named("\n".join(row[0] for row in rows), ids)]
    return found


def test_no_fault_of_a_rejected_row_names_a_person_who_was_erased(loaded: Settings, files: Path) -> None:
    """All that is wrong with a row is kept, and any of it may hold an id."""
    path = files / "reviews-3.csv"
    path.write_text(
        "review_id,customer_id,marketplace,rating,reviewed_at\n"
        "RV7,Zoe-1,amazon,seven,when Bob-1 came\n"
        "RV8,Zoe-1,amazon,eight,when Ann-2 came\n"
    )
    load(loaded, path)
    assert find_person.find(loaded, "P-bob").rejects == 2
    erase_person(loaded, "P-bob")
    assert named_in_tables(loaded.raw_file, ["Bob-1"]) == []
    faults = "column_name, value, [(f.column_name, f.value) for f in more_faults], raw_text is null"
    assert read(
        loaded, f"select {faults} from raw_standard._rejects where file like '%reviews-3.csv' order by line"
    ) == [
        ("rating", None, [("reviewed_at", None)], True),
        ("rating", "eight", [("reviewed_at", "when Ann-2 came")], False),
    ]
    # Nor does one of a file that comes later.
    (files / "reviews-4.csv").write_text(
        "review_id,customer_id,marketplace,rating,reviewed_at\nRV9,Bob-1,amazon,nine,when Bob-1 came\n"
    )
    load(loaded, files / "reviews-4.csv")
    assert named_in_tables(loaded.raw_file, ["Bob-1"]) == []
    assert read(loaded, f"select {faults} from raw_standard._rejects where file like '%reviews-4.csv'") == [
        ("rating", None, [("reviewed_at", None)], True)
    ]
