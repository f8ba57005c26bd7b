"""Publishing: the whole new file or the old one, never anything between, and never over what is not ours."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest

from conftest import Run
from cxmart.errors import ExitCode

LIMITED = """
import resource, sys
from cxmart.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)),) * 2)
main()
"""

Rows = list[tuple[Any, ...]]


def change(database: Path, *statements: str) -> None:
    with duckdb.connect(str(database)) as connection:
        for statement in statements:
            connection.execute(statement)


def read(database: Path, query: str) -> Rows:
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(query).fetchall()


def publish(cxmart: Run) -> None:
    done = cxmart("publish")
    assert done.returncode == 0, done.stderr


def files_of(home: Path) -> list[str]:
    return sorted(path.name for path in home.iterdir())


def test_the_tables_of_the_build_are_published(cxmart: Run, home: Path, fake_build: Path) -> None:
    done = cxmart("publish")
    assert done.returncode == 0, done.stderr
    marts = home / "marts.duckdb"
    assert f"published 5 tables with {12 + 6 + 6 + 5 + 1000:,} rows" in done.stdout
    tables = {name for (name,) in read(marts, "select table_name from duckdb_tables()")}
    assert tables == {"kpi_catalog", "kpi_values", "dim_periods", "kpi_scorecard", "fct_tickets", "publication"}
    for table in tables - {"publication"}:
        assert read(marts, f"from {table}") == read(fake_build, f"from marts.{table}"), table
    assert read(marts, "select comment from duckdb_tables() where table_name = 'fct_tickets'") == [
        ("One row a ticket; it's a test.",)
    ]
    assert read(marts, "select comment from duckdb_columns() where table_name = 'fct_tickets'") == [
        ('Id of the "ticket".',)
    ]
    assert files_of(home) == ["build.duckdb", "marts.duckdb"]


def test_a_table_can_be_named_with_and_without_the_name_of_the_file(cxmart: Run, home: Path, fake_build: Path) -> None:
    publish(cxmart)
    assert read(home / "marts.duckdb", "select count(*) from marts.fct_tickets") == [(1000,)]
    assert read(home / "marts.duckdb", "select count(*) from fct_tickets") == [(1000,)]


def test_the_file_says_what_it_was_published_from(cxmart: Run, home: Path, fake_build: Path) -> None:
    publish(cxmart)
    assert read(
        home / "marts.duckdb",
        """
        select run_id, as_of || '', sources, reporting_timezone, reporting_currency, tests_passed, tests_warned
        from publication
        """,
    ) == [("run-1", "2026-04-02 22:30:00", "standard", "Europe/Berlin", "EUR", 5, 1)]
    assert read(home / "marts.duckdb", "select count(cxmart_version) from publication") == [(1,)]


def test_wide_views_have_a_row_a_period_and_a_column_a_kpi(cxmart: Run, home: Path, fake_build: Path) -> None:
    publish(cxmart)
    with duckdb.connect(str(home / "marts.duckdb"), read_only=True) as marts:
        cursor = marts.execute("from kpi_month_wide")
        assert [column[0] for column in cursor.description or []] == [
            "period_start",
            "tickets_created",
            "resolution_time",
            "resolution_rate",
            "net_promoter_score",
            "repeat_revenue",
            "handle_time",
        ]
        found = [(str(row[0]), *row[1:]) for row in cursor.fetchall()]
    assert found == [
        ("2026-02-01", 1000, 50400, 0.9, None, 0, None),
        ("2026-03-01", 1250, 25920, 0.725, -12.5, 1234567.4, None),
        ("2026-04-01", 40, None, None, None, None, None),
    ]
    bare = r"""
        select table_name, column_name from duckdb_columns()
        where database_name = 'marts' and comment is null
            and (table_name like 'kpi\_%\_wide' escape '\' or table_name = 'publication')
    """
    assert read(home / "marts.duckdb", bare) == []
    assert read(home / "marts.duckdb", "select tickets_created from kpi_week_wide") == [(300,)]


def test_views_work_under_any_name_of_the_file(cxmart: Run, home: Path, fake_build: Path, tmp_path: Path) -> None:
    """Also where the session has a table of the same name."""
    publish(cxmart)
    shutil.copy(home / "marts.duckdb", tmp_path / "copy of march.duckdb")
    with duckdb.connect() as session:
        session.execute("create table kpi_values as select 1 as other")
        session.execute(f"attach '{tmp_path / 'copy of march.duckdb'}' as theirs (read_only)")
        assert session.execute("select tickets_created from theirs.kpi_week_wide").fetchall() == [(300,)]


def test_a_build_without_kpis_is_published_without_views(cxmart: Run, home: Path, fake_build: Path) -> None:
    change(fake_build, "delete from main.cxmart_build_tables where table_name like 'kpi%'")
    publish(cxmart)
    assert read(home / "marts.duckdb", "select count(*) from duckdb_views() where not internal") == [(0,)]
    assert read(home / "marts.duckdb", "select count(*) from fct_tickets") == [(1000,)]


def test_a_reader_keeps_the_old_file_until_it_opens_the_new_one(cxmart: Run, home: Path, fake_build: Path) -> None:
    publish(cxmart)
    with duckdb.connect(str(home / "marts.duckdb"), read_only=True) as reader:
        change(fake_build, "insert into marts.fct_tickets values (5000)")
        publish(cxmart)
        assert reader.execute("select count(*) from fct_tickets").fetchall() == [(1000,)]
    assert read(home / "marts.duckdb", "select count(*) from fct_tickets") == [(1001,)]


# What is refused


def assert_refused(cxmart: Run, home: Path, exit_code: ExitCode, *words: str, **how: Any) -> None:
    """Publishing fails in one sentence; the files are those of before, to the byte."""
    before = {path.name: path.read_bytes() for path in home.iterdir()}
    done = cxmart(*how.pop("arguments", ["publish"]), **how)
    assert done.returncode == exit_code, done.stdout + done.stderr
    assert done.stderr.startswith("error: ")
    assert len(done.stderr.splitlines()) == 1
    for word in words:
        assert word in done.stderr
    assert {path.name: path.read_bytes() for path in home.iterdir()} == before


@pytest.fixture
def published(cxmart: Run, fake_build: Path) -> Path:
    """A home with a publication, and a build that could be published again."""
    publish(cxmart)
    return fake_build


def test_a_missing_build_is_refused(cxmart: Run, home: Path, published: Path) -> None:
    published.unlink()
    assert_refused(cxmart, home, ExitCode.WAREHOUSE, "build.duckdb does not exist", "cxmart build")


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\0" * 100])
def test_a_build_that_is_no_database_is_refused(cxmart: Run, home: Path, published: Path, content: bytes) -> None:
    published.write_bytes(content)
    assert_refused(cxmart, home, ExitCode.WAREHOUSE, "build.duckdb is no DuckDB database")


def test_a_damaged_build_is_refused(cxmart: Run, home: Path, published: Path) -> None:
    published.write_bytes(published.read_bytes()[:300_000])
    assert_refused(cxmart, home, ExitCode.WAREHOUSE, "build.duckdb", "damaged")


@pytest.mark.parametrize(
    ("statement", "exit_code", "word"),
    [
        # A build that runs, or was killed, has no row about itself.
        ("drop table main.cxmart_build", ExitCode.WAREHOUSE, "says nothing of a finished build"),
        ("delete from main.cxmart_build", ExitCode.WAREHOUSE, "tells of 0 builds"),
        ("update main.cxmart_build set is_complete = false", ExitCode.FAILED, "selected nodes only"),
        ("update main.cxmart_build set nodes_failed = 2", ExitCode.FAILED, "2 nodes of the build failed"),
        ("insert into main.cxmart_build_tables values ('never_made')", ExitCode.FAILED, "never_made"),
    ],
)
def test_a_build_that_is_not_whole_is_refused(
    cxmart: Run, home: Path, published: Path, statement: str, exit_code: ExitCode, word: str
) -> None:
    change(published, statement)
    assert_refused(cxmart, home, exit_code, word)


def test_a_running_build_is_refused(cxmart: Run, home: Path, published: Path) -> None:
    holding = "import sys, duckdb; c = duckdb.connect(sys.argv[1]); print(flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", holding, str(published)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout
        process.stdout.readline()
        assert_refused(cxmart, home, ExitCode.WAREHOUSE, f"build.duckdb is held by process {process.pid}")
        process.communicate()


@pytest.mark.parametrize("content", ["theirs", "text", "empty"])
def test_a_file_that_cxmart_did_not_publish_is_never_replaced(
    cxmart: Run, home: Path, fake_build: Path, content: str
) -> None:
    if content == "theirs":
        change(home / "marts.duckdb", "create table sales as select 1 as a")
    else:
        (home / "marts.duckdb").write_text("" if content == "empty" else "my notes")
    assert_refused(cxmart, home, ExitCode.WAREHOUSE, "marts.duckdb was not published by cxmart", "CXMART_HOME")


def test_a_stray_log_beside_the_target_is_refused(cxmart: Run, home: Path, published: Path) -> None:
    """DuckDB would play it into the new file, silently."""
    (home / "marts.duckdb.wal").write_bytes(b"left over")
    assert_refused(cxmart, home, ExitCode.WAREHOUSE, "marts.duckdb.wal")


def test_no_room_leaves_the_old_publication(cxmart: Run, home: Path, published: Path) -> None:
    change(
        published, "insert into marts.fct_tickets select cast(hash(i) // 4 as bigint) from range(500000) as numbers(i)"
    )
    assert_refused(
        cxmart,
        home,
        ExitCode.STORAGE,
        "no room to write",
        arguments=["1000000", "publish"],
        module=("-c", LIMITED),
    )


def test_no_right_to_write_leaves_the_old_publication(cxmart: Run, home: Path, published: Path) -> None:
    home.chmod(0o555)
    try:
        assert_refused(cxmart, home, ExitCode.STORAGE, "no permission for", prefix=without_rights())
    finally:
        home.chmod(0o755)


def without_rights() -> Sequence[str]:
    from test_errors import without_rights as prefix

    return prefix()


def test_what_a_killed_publishing_process_left_is_cleared_away(cxmart: Run, home: Path, published: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    dead = home / f"marts.duckdb.{int(ended.stdout)}.tmp"
    alive = home / f"marts.duckdb.{os.getpid()}.tmp"
    other = home / "marts.duckdb.bak"
    for path in (dead, alive, other):
        path.touch()
    publish(cxmart)
    assert (dead.exists(), alive.exists(), other.exists()) == (False, True, True)
