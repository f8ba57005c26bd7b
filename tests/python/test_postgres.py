"""Publishing to PostgreSQL: what arrives, what stays, who may read it, and what readers see meanwhile."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest
import sqlalchemy

from conftest import NOW, TOLD, Run, describe_build, isolated_environment, make_fake_build
from cxmart.base.errors import CxmartError, ExitCode
from cxmart.base.settings import Settings, read_settings
from cxmart.publish import (
    postgres_cleanup,
    postgres_copy,
    postgres_roles,
    postgres_server,
    postgres_tables,
    publication,
    published_tables,
    versions,
)
from postgres_server import PASSWORDS, PEOPLE_READER, PUBLISHER, READER, Server, need, running_server
from small_project import SmallProject, make_project, run_ids, write_tickets

pytestmark = pytest.mark.xdist_group("postgres")

JDBC_DRIVER = Path("/usr/share/java/postgresql.jar")


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    with running_server() as server:
        yield server


@pytest.fixture
def server(running: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """The server, prepared for publishing, with what the publisher's process needs in the environment."""
    running.clear()
    for name, value in running.environment().items():
        monkeypatch.setenv(name, value)
    postgres_roles.init(running.url())
    running.let_in()
    yield running


@pytest.fixture
def settings(home: Path) -> Settings:
    return read_settings({"CXMART_HOME": str(home), "CXMART_NOW": NOW})


@pytest.fixture
def published(home: Path, settings: Settings) -> Path:
    """A home with a publication of every type of column."""
    build = make_fake_build(home)
    with duckdb.connect(str(build)) as connection:
        connection.execute(
            """
            create table marts.dim_odd as
            select * from (values
                (1, 'Zoë "x" ''y'' \\ %s', true, date '0001-01-01', timestamp '2026-03-29 02:30:00.000001',
                    cast(12345678901234567890123456.123456789012 as decimal(38, 12)), 0.1, [1.5, null, 'nan'::double]),
                (2, 'a' || chr(0) || 'b', null, null, null, null, 'infinity'::double, null),
                (2, null, false, date '9999-12-31', timestamp '1969-12-31 23:59:59', -0.5, -1e308, []),
                (2, null, false, date '9999-12-31', timestamp '1969-12-31 23:59:59', -0.5, -1e308, [])
            ) as rows (number, text, flag, day, moment, amount, figure, figures)
            """
        )
        connection.execute("comment on column marts.dim_odd.text is 'A back\\slash and a ''quote''.'")
        connection.execute(
            "drop table main.cxmart_build_tables; drop table main.cxmart_build_keys; drop table main.cxmart_build_raw"
        )
        describe_build(connection)
        connection.execute("delete from main.cxmart_build_tables where table_name = 'not_of_this_build'")
    publish(settings)
    return build


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def publish(settings: Settings, run_id: str | None = None, *statements: str) -> None:
    """Change the build with statements, and publish it as another run."""
    if run_id:
        with duckdb.connect(str(settings.build_file)) as build:
            build.execute("update main.cxmart_build set run_id = ?", [run_id])
            for statement in statements:
                build.execute(statement)
    publication.publish(settings, accept_revisions=True)


def rows_of_file(path: Path, table: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(path), read_only=True) as file:
        return sorted(file.execute(f'from "{table}"').fetchall(), key=repr)


def tables_of_file(path: Path) -> list[str]:
    with duckdb.connect(str(path), read_only=True) as file:
        return [
            row[0]
            for row in file.execute(
                "select table_name from duckdb_columns() where schema_name = 'main' "
                "and database_name = current_database() group by 1 order by 1"
            ).fetchall()
        ]


def as_in_file(value: Any) -> Any:
    """The server's text has no character 0; nothing else differs."""
    return value.replace("\0", "") if isinstance(value, str) else value


def assert_arrived(server: Server, settings: Settings) -> None:
    """Every table of both files is on the server, with the same columns in any order and the same rows."""
    for schema, path in (("marts", settings.marts_file), ("marts_people", settings.people_file)):
        there = server.read(f"select tablename::text from pg_tables where schemaname = '{schema}'")
        assert sorted(row[0] for row in there) == tables_of_file(path)
        for table in tables_of_file(path):
            with duckdb.connect(str(path), read_only=True) as file:
                columns = [row[0] for row in file.execute(f'describe "{table}"').fetchall()]
            chosen = ", ".join(f'"{column}"' for column in columns)
            found = sorted(server.read(f'select {chosen} from {schema}."{table}"'), key=repr)
            expected = [tuple(map(as_in_file, row)) for row in rows_of_file(path, table)]
            assert list(map(repr, found)) == list(map(repr, sorted(expected, key=repr))), table


def test_what_is_published_arrives_whole(server: Server, settings: Settings, published: Path) -> None:
    copied = postgres_copy.copy(settings, server.url())
    assert_arrived(server, settings)
    assert copied.run_id == "run-1"
    assert (copied.rows_deleted, copied.rows_inserted) == (0, sum(copied.row_counts.values()))
    odd = server.read("select moment, amount, figures from marts.dim_odd where number = 1")
    moment = datetime(2026, 3, 29, 2, 30, 0, 1)  # noqa: DTZ001 (UTC)
    assert odd[0][:2] == (moment, Decimal("12345678901234567890123456.123456789012"))
    assert server.read("select text, figure from marts.dim_odd where number = 2 and text is not null") == [
        ("ab", float("inf"))
    ]
    assert server.read("select count(*) from marts.dim_odd") == [(4,)], "equal rows stay as many as they are"


@pytest.mark.slow
def test_keys_indexes_and_comments(server: Server, settings: Settings, published: Path) -> None:
    postgres_copy.copy(settings, server.url())
    with duckdb.connect(str(settings.people_file), read_only=True) as file:
        comments = dict(
            file.execute(
                "select table_name || '.' || column_name, comment from duckdb_columns() "
                "where comment is not null and not internal"
            ).fetchall()
        )
    assert comments
    assert (
        dict(
            server.read(
                """
            select c.relname || '.' || a.attname, col_description(c.oid, a.attnum)
            from pg_class as c inner join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0
            where c.relnamespace = 'marts_people'::regnamespace and col_description(c.oid, a.attnum) is not null
            """
            )
        )
        == comments
    )
    assert server.read("select obj_description('marts_people.fct_tickets'::regclass)") == [
        ("One row a ticket; it's a test.",)
    ]
    keys = dict(
        server.read(
            "select conrelid::regclass::text, pg_get_constraintdef(oid) from pg_constraint "
            "where connamespace = 'marts_people'::regnamespace"
        )
    )
    assert keys["marts_people.fct_tickets"] == "PRIMARY KEY (ticket_id)"
    assert keys["marts_people.kpi_values"] == "PRIMARY KEY (kpi_id, grain, period_start_at, slice, slice_value)"
    assert keys["marts_people.kpi_month_wide"] == "PRIMARY KEY (period_start)"
    # Every table whose key is declared has it.
    with duckdb.connect(str(settings.people_file), read_only=True) as file:
        declared = dict(
            file.execute("select table_name, key_columns from publication_tables where len(key_columns) > 0").fetchall()
        )
    assert {f"marts_people.{table}" for table in declared} <= set(keys)
    indexes = [row[0] for row in server.read("select indexdef from pg_indexes where schemaname = 'marts'")]
    assert any("kpi_scorecard" in index and "PRIMARY" not in index for index in indexes)


def test_only_what_changed_is_written(server: Server, settings: Settings, published: Path) -> None:
    postgres_copy.copy(settings, server.url())
    before = server.read("select ticket_id, xmin::text, ctid::text from marts_people.fct_tickets order by 1")
    publish(
        settings,
        "run-2",
        "delete from marts.fct_tickets where ticket_id = 7",
        "insert into marts.fct_tickets values (5000)",
        "update marts.kpi_values set value = null where kpi_id = 'handle_time'",
        "update marts.dim_odd set flag = null where number = 2 and text is null",
    )
    copied = postgres_copy.copy(settings, server.url())
    assert copied.run_id == "run-2"
    after = server.read("select ticket_id, xmin::text, ctid::text from marts_people.fct_tickets order by 1")
    assert set(before) - set(after) == {row for row in before if row[0] == 7}
    assert {row[0] for row in set(after) - set(before)} == {5000}
    assert_arrived(server, settings)
    assert server.read("select run_id from marts.publication") == [("run-2",)]
    again = postgres_copy.copy(settings, server.url())
    assert (again.rows_deleted, again.rows_inserted, again.locked_seconds) == (0, 0, 0)


@pytest.fixture
def copied_whole(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tables that were copied as a whole, not by what changed in them."""
    names: list[str] = []
    stage_all = postgres_copy._Publication._stage_all

    def stage(self: postgres_copy._Publication, relation: published_tables.Relation) -> None:
        names.append(f"{relation.schema}.{relation.name}")
        stage_all(self, relation)

    monkeypatch.setattr(postgres_copy._Publication, "_stage_all", stage)
    return names


CHANGES = [
    # Rows that come, go, change, and change places.
    ["insert into marts.fct_tickets select 2000 + i from range(50) as numbers(i)"],
    ["delete from marts.fct_tickets where ticket_id % 3 = 0", "update marts.kpi_values set value = value / 3"],
    ["update marts.fct_tickets set ticket_id = -ticket_id", "update marts.kpi_values set value = null"],
    ["update marts.kpi_values set slice_value = null where slice = 'channel'"],
    ["update marts.kpi_values set value = 'nan'::double where slice = 'channel'"],
    ["update marts.kpi_values set slice_value = 'a' || chr(0), value = 0 where slice = 'channel'"],
    ["delete from marts.fct_tickets"],
    ["insert into marts.fct_tickets values (1)", "update marts.kpi_catalog set title = 'Größe ''1'' \\'"],
]


@pytest.mark.slow
def test_what_changed_arrives_by_itself(
    server: Server, settings: Settings, published: Path, copied_whole: list[str]
) -> None:
    postgres_copy.copy(settings, server.url())
    assert {"marts.kpi_values", "marts_people.fct_tickets"} <= set(copied_whole)
    for number, statements in enumerate(CHANGES, start=2):
        publish(settings, f"run-{number}", *statements)
        copied_whole.clear()
        postgres_copy.copy(settings, server.url())
        assert_arrived(server, settings)
        # A key that gets or loses nulls is another key.
        assert ("marts.kpi_values" in copied_whole) == (number in (5, 7))
        assert not {"marts.kpi_catalog", "marts_people.kpi_catalog", "marts_people.fct_tickets"} & set(copied_whole)


@pytest.mark.slow
@pytest.mark.parametrize(
    "by_hand",
    [
        "delete from marts_people.fct_tickets where ticket_id in (5, 8)",
        "insert into marts_people.fct_tickets values (-5), (2000)",
        "update marts_people.fct_tickets set ticket_id = 2000 where ticket_id = 5",
    ],
)
def test_what_others_wrote_is_put_right(
    server: Server, settings: Settings, published: Path, copied_whole: list[str], by_hand: str
) -> None:
    """The number of rows tells; the row 2000 is one that comes with the next publication, too."""
    postgres_copy.copy(settings, server.url())
    server.run(by_hand)
    publish(
        settings,
        "run-2",
        "delete from marts.fct_tickets where ticket_id = 8",
        "insert into marts.fct_tickets values (2000)",
    )
    copied_whole.clear()
    postgres_copy.copy(settings, server.url())
    assert_arrived(server, settings)
    assert "marts_people.fct_tickets" in copied_whole


@pytest.mark.slow
@pytest.mark.parametrize("what", ["gone", "damaged", "another", "path", "emptied"])
def test_without_the_version_that_the_server_has_all_is_compared(
    server: Server, settings: Settings, published: Path, copied_whole: list[str], what: str
) -> None:
    postgres_copy.copy(settings, server.url())
    (kept,) = versions.versions_of(settings)
    publish(settings, "run-2", "delete from marts.fct_tickets where ticket_id = 8")
    if what == "gone":
        shutil.rmtree(kept.folder)
    elif what == "damaged":
        kept.marts_file.chmod(0o600)
        kept.marts_file.write_bytes(b"no database")
    elif what == "another":
        server.run("update marts.publication_tables set checksum = '1' where table_name = 'kpi_values'")
    elif what == "path":
        server.run("update marts.publication set version = '../versions/' || version")
    else:
        server.run("update marts.publication set version = null")
    copied_whole.clear()
    postgres_copy.copy(settings, server.url())
    assert_arrived(server, settings)
    assert {"marts.kpi_values", "marts_people.fct_tickets"} <= set(copied_whole)


@pytest.mark.slow
def test_rights_and_views_of_others_stay(server: Server, settings: Settings, published: Path) -> None:
    postgres_copy.copy(settings, server.url())
    server.run(
        "create schema bi",
        "create view bi.newest as "
        "select run_id, max(value) as most from marts.publication, marts.kpi_values group by 1",
        "create materialized view bi.kept as select * from marts.kpi_values",
        f"grant select, references on marts.kpi_values to {PEOPLE_READER} with grant option",
        "alter table marts.kpi_values set (fillfactor = 90)",
        "create index theirs on marts.kpi_values (value)",
    )
    rights = (
        "select relname::text, oid, relacl::text, reloptions from pg_class where relname in ('kpi_values', 'newest')"
    )
    before = server.read(rights)
    publish(settings, "run-2", "update marts.kpi_values set value = 1e9 where kpi_id = 'repeat_revenue'")
    postgres_copy.copy(settings, server.url())
    assert server.read(rights) == before
    assert server.read("select * from bi.newest") == [("run-2", 1e9)]
    assert server.read("select 1 from pg_indexes where indexname = 'theirs'") == [(1,)]
    server.run("refresh materialized view bi.kept")


@pytest.mark.slow
def test_columns_and_tables_come_and_go(server: Server, settings: Settings, published: Path) -> None:
    postgres_copy.copy(settings, server.url())
    server.run("create schema bi", "create view bi.kpis as select kpi_id, value from marts.kpi_values")
    publish(
        settings,
        "run-2",
        "alter table marts.kpi_values add column note varchar",
        "alter table marts.kpi_values alter column sample_size type double",
        "alter table marts.kpi_scorecard drop column change",
        "alter table marts.kpi_catalog add column flag boolean default true",
        "update marts.kpi_values set note = 'new'",
        "drop table marts.dim_odd",
        "delete from main.cxmart_build_tables where table_name = 'dim_odd'",
        "create table marts.dim_more as select 1 as number",
        "insert into main.cxmart_build_tables values ('dim_more', 'marts', [], null)",
    )
    server.run("create table marts.notes_of_theirs as select 1 as a")
    copied = postgres_copy.copy(settings, server.url())
    assert copied.tables_dropped == ("marts.dim_odd", "marts_people.dim_odd")
    assert copied.locked_seconds > 0
    server.run("drop table marts.notes_of_theirs")  # which is there still
    assert_arrived(server, settings)
    assert server.read("select count(*) from bi.kpis") == server.read("select count(*) from marts.kpi_values")
    assert server.read("select number from marts.dim_more", user=READER) == [(1,)]


@pytest.mark.slow
def test_a_key_that_gets_nulls_stays_a_key(server: Server, settings: Settings, published: Path) -> None:
    postgres_copy.copy(settings, server.url())
    publish(settings, "run-2", "update marts.kpi_values set slice_value = null where slice = 'channel'")
    postgres_copy.copy(settings, server.url())
    assert_arrived(server, settings)
    (definition,) = server.read(
        "select pg_get_constraintdef(oid) from pg_constraint where conrelid = 'marts_people.kpi_values'::regclass"
    )[0]
    assert definition.startswith("UNIQUE NULLS NOT DISTINCT")
    publish(settings, "run-3", "update marts.kpi_values set slice_value = 'email' where slice = 'channel'")
    postgres_copy.copy(settings, server.url())
    assert_arrived(server, settings)


def columns_of(settings: Settings, table: str) -> list[str]:
    with duckdb.connect(str(settings.people_file), read_only=True) as file:
        return [row[0] for row in file.execute(f"describe {table}").fetchall()]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("view", "statements", "named"),
    [
        ("select change from marts.kpi_scorecard", ["alter table marts.kpi_scorecard drop column change"], "change"),
        (
            "select text from marts.dim_odd",
            ["drop table marts.dim_odd", "delete from main.cxmart_build_tables where table_name = 'dim_odd'"],
            "dim_odd",
        ),
    ],
)
def test_what_depends_on_a_lost_column_stops_it(
    server: Server, settings: Settings, published: Path, view: str, statements: list[str], named: str
) -> None:
    postgres_copy.copy(settings, server.url())
    server.run("create schema bi", f"create view bi.theirs as {view}")
    publish(settings, "run-2", *statements)
    with pytest.raises(CxmartError, match=rf"(?s){named}.*view bi.theirs depends on.*nothing was changed"):
        postgres_copy.copy(settings, server.url())
    assert server.read("select run_id from marts.publication union select run_id from marts_people.publication") == [
        ("run-1",)
    ]
    assert server.read("select count(*) from bi.theirs") != [(0,)]
    server.run("drop view bi.theirs")
    postgres_copy.copy(settings, server.url())
    assert_arrived(server, settings)


@pytest.mark.slow
def test_a_changed_column_waits_for_open_transactions(server: Server, settings: Settings, published: Path) -> None:
    """A reader who holds a table keeps its old columns; neither they nor others are ended for it."""
    postgres_copy.copy(settings, server.url())
    publish(settings, "run-2", "alter table marts.kpi_values add column note varchar")
    waits: list[float] = []
    with server.connect(READER, autocommit=False) as reader, server.connect(READER) as other:
        query = "select count(*) from marts.kpi_values, marts.publication"
        rows = reader.execute(query).fetchone()
        publishing_thread = threading.Thread(target=postgres_copy.copy, args=(settings, server.url()))
        publishing_thread.start()
        ends = time.monotonic() + 3
        while time.monotonic() < ends:
            began = time.monotonic()
            assert other.execute("select run_id from marts.publication, marts.kpi_values limit 1").fetchone() == (
                "run-1",
            )
            waits.append(time.monotonic() - began)
            assert reader.execute(query).fetchone() == rows
        assert publishing_thread.is_alive()
        reader.rollback()
        publishing_thread.join(60)
        assert other.execute("select note from marts.kpi_values limit 1").fetchone() == (None,)
    # The lock is asked for so long at most, then let go of.
    assert max(waits) < 3 * postgres_tables.LOCK_MILLISECONDS / 1000
    assert server.read("select run_id from marts.publication") == [("run-2",)]


@pytest.mark.slow
def test_a_snapshot_stays_what_it_was(server: Server, settings: Settings, published: Path) -> None:
    """A report of several queries in one transaction reads one publication, whatever is published meanwhile."""
    postgres_copy.copy(settings, server.url())
    with server.connect(READER, autocommit=False) as reader:
        reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        before = reader.execute("select run_id from marts.publication").fetchall()
        publish(settings, "run-2", "delete from marts.kpi_values where grain = 'week'")
        postgres_copy.copy(settings, server.url())
        assert reader.execute("select run_id from marts.publication").fetchall() == before == [("run-1",)]
        assert reader.execute("select count(*) from marts.kpi_values").fetchall() == [(12,)]
    assert server.read("select count(*) from marts.kpi_values", READER) == [(11,)]


# Who may do what


@pytest.mark.parametrize("user", [READER, PEOPLE_READER])
def test_readers_only_read(server: Server, settings: Settings, published: Path, user: str) -> None:
    postgres_copy.copy(settings, server.url())
    tables = [f"{schema}.kpi_values" for schema in ("marts", "marts_people")]
    refused = [
        "create table marts.mine (a int)",
        "create table marts_people.mine (a int)",
        "create view marts.mine as select 1 as a",
        "create schema mine",
        "create table public.mine (a int)",
        "alter role cxmart_reader login",
        f"grant cxmart_people_reader to {READER}",
    ]
    for table in tables:
        refused += [
            f"insert into {table} (kpi_id) values ('x')",
            f"update {table} set value = 1",
            f"delete from {table}",
            f"truncate {table}",
            f"drop table {table}",
            f"alter table {table} add column a int",
            f"comment on table {table} is 'x'",
            f"create index on {table} (value)",
            f"lock table {table} in access exclusive mode",
        ]
    with server.connect(user) as connection:
        for statement in refused:
            with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
                connection.execute(statement)
                raise AssertionError(statement)
        # This is no error: the server warns that nothing was granted.
        connection.execute("grant select on marts.kpi_values to public")
    everybody = "select 1 from pg_class, aclexplode(relacl) where relname = 'kpi_values' and grantee = 0"
    assert server.read(everybody) == []
    assert_arrived(server, settings)


def test_who_may_not_read_about_people_does_not(server: Server, settings: Settings, published: Path) -> None:
    postgres_copy.copy(settings, server.url())
    of_people = server.read("select relname::text from pg_class where relnamespace = 'marts_people'::regnamespace")
    with server.connect(READER) as connection:
        for (name,) in of_people:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"select * from marts_people.{name}")
        assert connection.execute("select distinct slice from marts.kpi_values").fetchall()
        with pytest.raises(psycopg.errors.UndefinedTable):
            connection.execute("select * from marts.fct_tickets")
    assert server.read("select count(*) from marts_people.fct_tickets", PEOPLE_READER) == [(1000,)]
    assert server.read("select count(*) from marts.kpi_values", PEOPLE_READER) == [(12,)]


@pytest.mark.slow
def test_what_is_staged_is_seen_by_nobody(server: Server, settings: Settings, published: Path) -> None:
    """While a publication waits for a lock, all its tables are staged; no catalog shows them to others."""
    postgres_copy.copy(settings, server.url())
    publish(settings, "run-2", "alter table marts.kpi_values add column note varchar")
    relations = "select n.nspname || '.' || c.relname from pg_class as c inner join pg_namespace as n "
    relations += "on c.relnamespace = n.oid where n.nspname !~ '^(pg_toast|pg_catalog|information_schema)' order by 1"
    before = server.read(relations, PEOPLE_READER)
    waiting = "select count(*) from pg_locks where not granted and mode = 'AccessExclusiveLock'"
    with server.connect(PEOPLE_READER, autocommit=False) as holding:
        holding.execute("select count(*) from marts.kpi_values")
        thread = threading.Thread(target=postgres_copy.copy, args=(settings, server.url()))
        thread.start()
        wait_for(lambda: server.read(waiting) != [(0,)])
        assert server.read(relations, PEOPLE_READER) == before
        holding.rollback()
        thread.join(60)
    assert server.read(relations, PEOPLE_READER) == before


@pytest.mark.slow
def test_only_the_owner_of_a_database_can_clean_its_statistics(
    server: Server, settings: Settings, published: Path
) -> None:
    postgres_copy.copy(settings, server.url())
    assert postgres_cleanup.rewrite(server.url()) is True
    server.run(f"alter database {server.database} owner to postgres", user="postgres")
    try:
        assert postgres_cleanup.rewrite(server.url()) is False
    finally:
        server.run(f"alter database {server.database} owner to {PUBLISHER}", user="postgres")
    assert_arrived(server, settings)


def test_preparing_twice_changes_nothing(server: Server) -> None:
    assert postgres_roles.init(server.url()) == []


@pytest.mark.slow
def test_a_server_that_is_not_prepared_is_refused(
    running: Server, settings: Settings, published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    running.clear()
    monkeypatch.setenv("PGPASSWORD", PASSWORDS[PUBLISHER])
    with pytest.raises(CxmartError, match="no schema marts; prepare it once with: cxmart publish --init"):
        postgres_copy.copy(settings, running.url())


@pytest.mark.slow
def test_a_schema_of_somebody_else_is_not_taken(running: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    running.clear()
    running.run("create schema marts", user="postgres")
    monkeypatch.setenv("PGPASSWORD", PASSWORDS[PUBLISHER])
    with pytest.raises(CxmartError, match="schema marts belongs to postgres"):
        postgres_roles.init(running.url())


def test_files_of_two_publications_are_refused(server: Server, settings: Settings, published: Path) -> None:
    people = settings.people_file.read_bytes()
    publish(settings, "run-2")
    settings.people_file.chmod(0o600)
    settings.people_file.write_bytes(people)
    with pytest.raises(CxmartError, match=r"marts.duckdb is of run run-2 and marts_people.duckdb of run-1"):
        postgres_copy.copy(settings, server.url())


# Credentials


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://someone:s3cret@127.0.0.1/shop",
        "postgres://someone:s3cret@127.0.0.1,other/shop",
        "postgresql://someone@127.0.0.1/shop?password=s3cret",
        "postgresql://127.0.0.1/shop?sslmode=require&PassWord=s3cret",
        "postgresql://someone@127.0.0.1/shop?sslpassword=s3cret",
        "host=127.0.0.1 password=s3cret",
        "someone:s3cret@127.0.0.1",
        "postgresql://someone:s3cret@[::1/shop",
    ],
)
def test_a_password_in_the_address_is_refused_and_not_repeated(address: str) -> None:
    for use in (postgres_server.check_url, postgres_roles.init):
        with pytest.raises(CxmartError) as refused:
            use(address)
        assert refused.value.exit_code is ExitCode.USAGE
        assert "s3cret" not in str(refused.value)


def test_a_refused_password_is_nowhere(cxmart: Run, home: Path, fake_build: Path) -> None:
    done = cxmart("publish", "--to", "postgresql://someone:s3cret@127.0.0.1/shop")
    assert done.returncode == ExitCode.USAGE, done.stderr
    assert done.stderr.startswith("error: the address holds a password")
    assert "s3cret" not in done.stdout + done.stderr
    assert not any(b"s3cret" in path.read_bytes() for path in home.rglob("*") if path.is_file())


@pytest.mark.slow
@pytest.mark.parametrize("way", ["PGPASSWORD", "pgpass", "service"])
def test_credentials_come_from_where_libpq_finds_them(
    cxmart: Run, running: Server, home: Path, tmp_path: Path, fake_build: Path, way: str
) -> None:
    running.clear()
    user_home = tmp_path / "user"
    user_home.mkdir()
    environment = {"HOME": str(user_home), "PGPASSWORD": ""}
    address = running.url()
    if way == "PGPASSWORD":
        environment["PGPASSWORD"] = PASSWORDS[PUBLISHER]
    elif way == "pgpass":
        passwords = user_home / ".pgpass"
        passwords.write_text(f"127.0.0.1:{running.port}:*:{PUBLISHER}:{PASSWORDS[PUBLISHER]}\n")
        passwords.chmod(0o600)
    else:
        service = "[mart]\nhost=127.0.0.1\nport={}\ndbname={}\nuser={}\npassword={}\n"
        (user_home / ".pg_service.conf").write_text(
            service.format(running.port, running.database, PUBLISHER, PASSWORDS[PUBLISHER])
        )
        environment["PGSERVICE"] = "mart"
        address = "postgresql://"
    said = ""
    for arguments in (["publish"], ["publish", "--init", "--to", address], ["publish", "--to", address]):
        done = cxmart(*arguments, env=environment)
        assert done.returncode == 0, done.stderr
        said += done.stdout + done.stderr
    assert running.read("select run_id from marts.publication") == [("run-1",)]
    assert PASSWORDS[PUBLISHER] not in said
    assert not any(PASSWORDS[PUBLISHER].encode() in path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert json.loads((home / "servers.json").read_text()) == [address]


@pytest.mark.slow
def test_a_wrong_password_is_said_without_it(cxmart: Run, running: Server, home: Path, fake_build: Path) -> None:
    assert cxmart("publish").returncode == 0
    done = cxmart("publish", "--to", running.url(), env={"PGPASSWORD": "s3cret"})
    assert done.returncode == ExitCode.WAREHOUSE
    assert f'password authentication failed for user "{PUBLISHER}"' in done.stderr
    assert "s3cret" not in done.stdout + done.stderr
    assert not any(b"s3cret" in path.read_bytes() for path in home.rglob("*") if path.is_file())


@pytest.mark.slow
def test_a_server_that_is_not_there_is_said(cxmart: Run, fake_build: Path) -> None:
    assert cxmart("publish").returncode == 0
    done = cxmart("publish", "--to", "postgresql://someone@127.0.0.1:1/shop")
    assert done.returncode == ExitCode.WAREHOUSE
    assert done.stderr.startswith("error: can't connect to postgresql://someone@127.0.0.1:1/shop: ")
    assert len(done.stderr.splitlines()) == 1


def test_init_needs_an_address(cxmart: Run) -> None:
    done = cxmart("publish", "--init")
    assert done.returncode == ExitCode.USAGE
    assert "--to" in done.stderr


# Refreshing


@pytest.fixture
def project(tmp_path: Path) -> SmallProject:
    write_tickets(tmp_path / "drop" / "tickets-0.csv", ["t0", "t1"])
    return make_project(tmp_path / "project")


@pytest.mark.slow
def test_a_refresh_copies_to_the_server(server: Server, project: SmallProject, home: Path, tmp_path: Path) -> None:
    nobody = "postgresql://someone@127.0.0.1:1/shop"
    there = "select (select run_id from marts.publication), count(*) from marts_people.fct_tickets"

    def refresh(run_id: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        env = {**server.environment(), "CXMART_RUN_ID": run_id, "CXMART_PUBLISH_TO": server.url()}
        return project.run(home, "refresh", "--drop", str(tmp_path / "drop"), *arguments, env=env)

    done = refresh("run-1")
    assert done.returncode == 0, done.stderr
    assert server.read(there) == [("run-1", 2)]
    # The files are published, though the server is not there; a monitor is told, and the next run brings it over.
    write_tickets(tmp_path / "drop" / "tickets-1.csv", ["t2"])
    done = refresh("run-2", "--to", nobody)
    assert done.returncode == ExitCode.SERVER
    assert f"can't connect to {nobody}" in done.stderr
    assert "the files are published, the server has the publication before" in done.stderr
    assert run_ids(home) == ["run-2", "run-2"]
    assert server.read(there) == [("run-1", 2)]
    status = project.run(home, "status", "--json")
    assert (status.returncode, json.loads(status.stdout)["last_run"]["step"]) == (ExitCode.SERVER, "scorecard")
    assert refresh("run-3").returncode == 0
    assert server.read(there) == [("run-3", 3)]


@pytest.mark.slow
def test_a_refresh_that_waits_for_the_server_can_be_stopped(
    server: Server, project: SmallProject, home: Path, tmp_path: Path
) -> None:
    env = {**server.environment(), "CXMART_PUBLISH_TO": server.url()}
    arguments = ("refresh", "--drop", str(tmp_path / "drop"))
    assert project.run(home, *arguments, env={**env, "CXMART_RUN_ID": "run-1"}).returncode == 0
    waiting = "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
    with server.connect(autocommit=False) as holding:
        holding.execute("lock table marts_people.kpi_values in exclusive mode")
        process = project.start(home, *arguments, env={**env, "CXMART_RUN_ID": "run-2"})
        wait_for(lambda: server.read(waiting) == [(1,)])
        process.send_signal(signal.SIGTERM)
        _, stderr = process.communicate(timeout=60)
        assert (process.returncode, "stopped by SIGTERM" in stderr) == (ExitCode.TERMINATED, True), stderr
        wait_for(lambda: server.read(waiting) == [(0,)])
    assert server.read("select run_id from marts.publication") == [("run-1",)]
    assert run_ids(home) == ["run-2", "run-2"]


def test_an_address_is_checked_before_anything_is_done(cxmart: Run, home: Path) -> None:
    done = cxmart("refresh", env={"CXMART_PUBLISH_TO": "postgresql://me:s3cret@db/shop"})
    assert (done.returncode, "s3cret" in done.stderr, home.exists()) == (ExitCode.USAGE, False, False)
    done = cxmart("doctor", env={"CXMART_PUBLISH_TO": "postgresql://me@db/shop?sslmode=require"})
    assert "postgresql://me@db/shop" in done.stdout.split()


# Real clients

JAVA = """
import java.sql.*;

public class Read {
    public static void main(String[] arguments) throws SQLException {
        String query = "select p.run_id, v.kpi_id, v.period_start, v.value from marts.publication p, marts.kpi_values v"
            + " where v.grain = 'month' and v.slice = 'overall' and v.value is not null order by 2, 3";
        String password = System.getenv("PGPASSWORD");
        try (Connection connection = DriverManager.getConnection(arguments[0], arguments[1], password);
             Statement statement = connection.createStatement();
             ResultSet rows = statement.executeQuery(query)) {
            while (rows.next()) {
                System.out.println(rows.getString(1) + "|" + rows.getString(2) + "|" + rows.getDate(3) + "|"
                    + rows.getDouble(4));
            }
            ResultSet keys = connection.getMetaData().getPrimaryKeys(null, "marts", "kpi_catalog");
            while (keys.next()) {
                System.out.println("key|" + keys.getString("COLUMN_NAME"));
            }
            ResultSet columns = connection.getMetaData().getColumns(null, "marts", "publication", "run_id");
            while (columns.next()) {
                System.out.println("comment|" + columns.getString("REMARKS"));
            }
        }
    }
}
"""
QUERY = (
    "select p.run_id, v.kpi_id, v.period_start, v.value from marts.publication as p, marts.kpi_values as v "
    "where v.grain = 'month' and v.slice = 'overall' and v.value is not null order by 2, 3"
)


def expected_rows(settings: Settings) -> list[tuple[str, str, date, float]]:
    with duckdb.connect(str(settings.marts_file), read_only=True) as file:
        return file.execute(QUERY.replace("marts.publication", "publication").replace("marts.kpi_", "kpi_")).fetchall()


def test_psql_reads_it(server: Server, settings: Settings, published: Path) -> None:
    need("psql")
    postgres_copy.copy(settings, server.url())
    done = subprocess.run(
        ["psql", "--no-psqlrc", "--no-align", "--tuples-only", "--command", QUERY, server.url(READER)],
        env={**os.environ, **server.environment(READER)},
        capture_output=True,
        text=True,
        check=True,
    )
    found = [line.split("|") for line in done.stdout.splitlines()]
    assert [(run, kpi, date.fromisoformat(day), float(value)) for run, kpi, day, value in found] == expected_rows(
        settings
    )


@pytest.mark.slow
def test_sqlalchemy_reads_it(server: Server, settings: Settings, published: Path) -> None:
    postgres_copy.copy(settings, server.url())
    address = sqlalchemy.make_url(server.url(READER)).set(drivername="postgresql+psycopg")
    engine = sqlalchemy.create_engine(address.set(password=PASSWORDS[READER]))
    try:
        with engine.connect() as connection:
            assert [tuple(row) for row in connection.execute(sqlalchemy.text(QUERY))] == expected_rows(settings)
        inspected = sqlalchemy.inspect(engine)
        assert "kpi_values" in inspected.get_table_names(schema="marts")
        assert inspected.get_pk_constraint("kpi_catalog", schema="marts")["constrained_columns"] == ["kpi_id"]
        assert inspected.get_table_comment("publication", schema="marts")["text"]
    finally:
        engine.dispose()


@pytest.mark.slow
def test_jdbc_reads_it(server: Server, settings: Settings, published: Path, tmp_path: Path) -> None:
    need("javac", JDBC_DRIVER)
    postgres_copy.copy(settings, server.url())
    program = tmp_path / "Read.java"
    program.write_text(JAVA)
    done = subprocess.run(
        ["java", "-cp", JDBC_DRIVER, program, f"jdbc:postgresql://127.0.0.1:{server.port}/{server.database}", READER],
        env={**os.environ, **server.environment(READER)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = [line.split("|") for line in done.stdout.splitlines()]
    rows = [(run, kpi, date.fromisoformat(day), float(value)) for run, kpi, day, value in lines[:-2]]
    assert rows == expected_rows(settings)
    assert lines[-2:-1] == [["key", "kpi_id"]]
    assert lines[-1][0] == "comment"
    assert lines[-1][1] != "null"


# Under load

READING = """
import json, sys, time
import psycopg
waits, runs, errors, mixed, ended = [], set(), [], 0, False
with psycopg.connect(sys.argv[1], autocommit=True) as connection:
    print("ready", flush=True)
    while not ended:
        began = time.monotonic()
        try:
            rows = connection.execute(
                "select p.run_id, array_agg(distinct v.kpi_version), count(*) from marts.publication as p, "
                "marts.kpi_values as v group by p.run_id"
            ).fetchall()
            ((run, versions, cells),) = rows
            runs.add(run)
            mixed += [f"run-{versions[0]}"] != [run] or len(versions) != 1 or cells != int(sys.argv[2])
            ended = run == sys.argv[3]
        except psycopg.Error as error:
            errors.append(repr(error))
            ended = len(errors) > 3
        waits.append(time.monotonic() - began)
        time.sleep(0.02)
print(json.dumps([len(waits), max(waits), sorted(runs), errors, mixed]))
"""
PUBLICATIONS = 30


def change_published(settings: Settings, run_id: str, *statements: str) -> None:
    """Make the published files those of another run: what matters here is how they get to the server."""
    for path in (settings.marts_file, settings.people_file):
        path.chmod(0o600)
        with duckdb.connect(str(path)) as file:
            file.execute("update publication set run_id = ?", [run_id])
            for statement in statements:
                file.execute(statement)


@pytest.mark.slow
def test_readers_never_fail_and_never_mix(server: Server, settings: Settings, home: Path) -> None:
    """Eight readers through 30 publications that each change all of 3,000 cells; some change columns, too."""
    build = make_fake_build(home)
    with duckdb.connect(str(build)) as connection:
        connection.execute(
            "insert into marts.kpi_values by name select 'many' as kpi_id, 'day' as grain, 'overall' as slice, "
            "date '2026-01-01' as period_start, timestamp '2026-01-01' + interval (i) second as period_start_at, "
            "'all' as slice_value, i as value, 1 as kpi_version, 'partial' as maturity, "
            "timestamp '2026-01-02' as period_end_at from range(3000) as numbers(i)"
        )
        (cells,) = connection.execute("select count(*) from marts.kpi_values").fetchall()[0]
    publish(settings)
    postgres_copy.copy(settings, server.url())
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", READING, server.url(READER), str(cells), f"run-{PUBLICATIONS + 1}"],
            env={**os.environ, **server.environment(READER)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(8)
    ]
    try:
        for reader in readers:
            assert reader.stdout
            assert reader.stdout.readline() == "ready\n"
        seconds = []
        for number in range(2, PUBLICATIONS + 2):
            changes = [f"update kpi_values set kpi_version = {number}, value = value + 1"]
            if number % 10 == 0:
                changes.append(f"alter table kpi_values add column note_{number} varchar")
            if number % 10 == 5 and number > 10:
                changes.append(f"alter table kpi_values drop column note_{number - 5}")
            change_published(settings, f"run-{number}", *changes)
            began = time.monotonic()
            postgres_copy.copy(settings, server.url())
            seconds.append(time.monotonic() - began)
        told = [json.loads(reader.communicate(timeout=120)[0]) for reader in readers]
    finally:
        for reader in readers:
            reader.kill()
            reader.wait()
    for answers, _, runs, errors, mixed in told:
        assert errors == []
        assert mixed == 0
        assert answers >= PUBLICATIONS
        assert len(runs) > PUBLICATIONS / 3
    answers, longest = sum(one[0] for one in told), max(one[1] for one in told)
    TOLD.append(
        f"PostgreSQL: 8 readers, {PUBLICATIONS} publications of {max(seconds):.1f} s at most: {answers:,} answers, "
        f"no error, none mixed, the longest wait {longest:.2f} s"
    )
    assert longest < 10


@pytest.mark.slow
def test_a_killed_publication_leaves_the_old_one(
    server: Server, settings: Settings, home: Path, target_path: Path
) -> None:
    build = make_fake_build(home)
    with duckdb.connect(str(build)) as connection:
        connection.execute("insert into marts.fct_tickets select i from range(2000, 60000) as numbers(i)")
    publish(settings)
    began = time.monotonic()
    environment = isolated_environment(home, target_path)
    command = [sys.executable, "-m", "cxmart", "publish", "--to", server.url()]
    subprocess.run(command, env=environment, check=True, capture_output=True)
    needed = time.monotonic() - began
    chance = random.Random(1)
    killed = 0
    for number in range(2, 12):
        before = server.read("select (select run_id from marts.publication), count(*) from marts_people.fct_tickets")
        change_published(
            settings,
            f"run-{number}",
            "create table if not exists fct_tickets (ticket_id bigint)",
            f"insert into fct_tickets values (-{number})",
            f"delete from fct_tickets where ticket_id = {number}",
        )
        with subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            time.sleep(chance.uniform(0.3, 1.1) * needed)
            process.send_signal(signal.SIGKILL)
        killed += process.returncode == -signal.SIGKILL
        found = server.read("select (select run_id from marts.publication), count(*) from marts_people.fct_tickets")
        assert found in (before, [(f"run-{number}", 59_000)]), (before, found)
    assert killed >= 3
    subprocess.run(command, env=environment, check=True, capture_output=True)
    assert_arrived(server, settings)
    assert server.read("select count(*) from pg_class where relpersistence = 't' and relkind = 'r'") == [(0,)]
