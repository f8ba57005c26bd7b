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

from conftest import Run, isolated_environment
from cxmart.base.errors import CxmartError, ExitCode
from cxmart.base.settings import read_settings
from cxmart.publish import privacy_guard, publication

LIMITED = """
import resource, sys
from cxmart.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)),) * 2)
main()
"""

Rows = list[tuple[Any, ...]]

# What a published file has beside the marts.
OWN_TABLES = {
    "kpi_revisions",
    "publication",
    "publication_raw",
    "publication_seeds",
    "publication_sources",
    "publication_tables",
}


def change(database: Path, *statements: str) -> None:
    with duckdb.connect(str(database)) as connection:
        for statement in statements:
            connection.execute(statement)


def read(database: Path, query: str) -> Rows:
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(query).fetchall()


def publish(home: Path, **how: Any) -> publication.Published:
    """Publish without a process of its own, which takes a second to start."""
    return publication.publish(read_settings(isolated_environment(home, home / "target")), **how)


def files_of(home: Path) -> list[str]:
    """What lies in a home; versions are named after their number."""
    names = {path.name if path.parent == home else f"versions/{path.parent.name[:6]}" for path in contents(home)}
    return sorted(names - {"refresh.lock"})


def contents(home: Path) -> dict[Path, bytes]:
    """The files of a home with their bytes, but for the lock, which says who had it last."""
    return {path: path.read_bytes() for path in home.rglob("*") if path.is_file() and path.name != "refresh.lock"}


def test_the_tables_of_the_build_are_published(cxmart: Run, home: Path, fake_build: Path) -> None:
    done = cxmart("publish")
    assert done.returncode == 0, done.stderr
    marts = home / "marts.duckdb"
    assert f"published 6 tables with {12 + 6 + 6 + 5 + 1 + 1000:,} rows" in done.stdout
    tables = {name for (name,) in read(marts, "select table_name from duckdb_tables()")}
    everybodys = {"kpi_catalog", "kpi_coverage", "kpi_values", "dim_periods", "kpi_scorecard"}
    assert tables == everybodys | OWN_TABLES
    people = home / "marts_people.duckdb"
    assert {name for (name,) in read(people, "select table_name from duckdb_tables()")} == tables | {"fct_tickets"}
    for table in everybodys | {"fct_tickets"}:
        assert read(people, f"from {table}") == read(fake_build, f"from marts.{table}"), table
    assert read(people, "select comment from duckdb_tables() where table_name = 'fct_tickets'") == [
        ("One row a ticket; it's a test.",)
    ]
    assert read(people, "select comment from duckdb_columns() where table_name = 'fct_tickets'") == [
        ('Id of the "ticket".',)
    ]
    assert files_of(home) == ["build.duckdb", "marts.duckdb", "marts_people.duckdb", "versions/000001"]


def test_the_file_for_everybody_has_no_row_about_a_single_person(home: Path, fake_build: Path) -> None:
    """By default nothing is for everybody: neither a mart nor a slice that nobody has declared."""
    change(
        fake_build,
        "insert into marts.kpi_values select * replace ('agent' as slice, 'desk:A7' as slice_value) "
        "from marts.kpi_values where slice = 'channel'",
        "comment on column marts.kpi_values.slice is 'The slice.'",
        "alter table marts.dim_periods add column last_person varchar default 'desk:C1'",
        "update main.cxmart_build_tables set people_columns = ['last_person'] where table_name = 'dim_periods'",
    )
    publish(home)
    marts, people = home / "marts.duckdb", home / "marts_people.duckdb"
    query = "select count(*) from kpi_values where slice = 'agent'"
    assert (read(marts, query), read(people, query)) == ([(0,)], [(1,)])
    query = "select count(*) from duckdb_columns() where column_name = 'last_person'"
    assert (read(marts, query), read(people, query)) == ([(0,)], [(1,)])
    comment = "select comment from duckdb_columns() where table_name = 'kpi_values' and column_name = 'slice'"
    assert read(marts, comment) == read(people, comment) == [("The slice.",)]
    listed = "select table_name, audience, people_columns, row_count from publication_tables order by 1"
    everything = {name: rest for name, *rest in read(people, listed)}
    assert everything["fct_tickets"] == ["marts_people", [], 1000]
    assert everything["dim_periods"] == ["marts", ["last_person"], 6]
    assert {name for name, *_ in read(marts, listed)} == set(everything) - {"fct_tickets"}
    assert {name: rows for name, _, _, rows in read(marts, listed)}["kpi_values"] == 12


def test_a_column_about_a_person_is_in_no_table_for_everybody(cxmart: Run, home: Path, published: Path) -> None:
    for column in ("agent_id", "first_ticket_id", "issue_key", "assignee", "agent_name", "email_hash", "phone"):
        with pytest.raises(CxmartError, match=rf"dim_any\.{column} tells of a single agent or person"):
            privacy_guard.refuse_personal_columns("dim_any", ["kpi_id", "article_id", "team", column])
    change(published, "alter table marts.dim_periods add column agent_id varchar")
    assert_refused(cxmart, home, ExitCode.FAILED, "dim_periods.agent_id", "audience: marts_people")


def test_what_is_secret_is_in_no_table_at_all(cxmart: Run, home: Path, published: Path) -> None:
    change(published, "alter table marts.fct_tickets add column customer_email_hash varchar")
    assert_refused(cxmart, home, ExitCode.FAILED, "fct_tickets.customer_email_hash would be published")


def test_readers_of_the_file_are_those_of_the_file_before(home: Path, fake_build: Path) -> None:
    """Nobody may write to it: who opens it for writing keeps the others out."""
    publish(home)
    marts, people = home / "marts.duckdb", home / "marts_people.duckdb"
    assert [path.stat().st_mode & 0o777 for path in (marts, people)] == [0o444 & ~current_umask(), 0o400]
    marts.chmod(0o640)
    people.chmod(0o440)
    publish(home)
    assert [path.stat().st_mode & 0o777 for path in (marts, people)] == [0o440, 0o440]


def current_umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_a_table_can_be_named_with_and_without_the_name_of_the_file(home: Path, fake_build: Path) -> None:
    publish(home)
    assert read(home / "marts.duckdb", "select count(*) from marts.dim_periods") == [(6,)]
    assert read(home / "marts.duckdb", "select count(*) from dim_periods") == [(6,)]
    assert read(home / "marts_people.duckdb", "select count(*) from marts_people.fct_tickets") == [(1000,)]


def test_the_file_says_what_it_was_published_from(home: Path, fake_build: Path) -> None:
    publish(home)
    assert read(
        home / "marts.duckdb",
        """
        select run_id, as_of || '', sources, reporting_timezone, reporting_currency, tests_passed, tests_warned
        from publication
        """,
    ) == [("run-1", "2026-04-02 22:30:00", "standard", "Europe/Berlin", "EUR", 5, 1)]
    for name in ("marts.duckdb", "marts_people.duckdb"):
        assert read(
            home / name,
            "select version, published_at || '', data_age_seconds, final_cells, warnings, duckdb_version "
            "from publication",
        ) == [("000001-20261101T000000Z", "2026-11-01 00:00:00", None, 0, "1 data test warned", duckdb.__version__)]
    assert read(home / "marts.duckdb", "select count(cxmart_version) from publication") == [(1,)]
    assert read(home / "marts.duckdb", "select source, state, rejected_rows from publication_sources") == [
        ("standard", "no_limit", 0)
    ]


def test_wide_views_have_a_row_a_period_and_a_column_a_kpi(home: Path, fake_build: Path) -> None:
    publish(home)
    with duckdb.connect(str(home / "marts.duckdb"), read_only=True) as marts:
        cursor = marts.execute("from kpi_month_wide")
        assert [column[0] for column in cursor.description or []] == [
            "period_start",
            "is_complete",
            "maturity",
            "immature_kpis",
            "tickets_created",
            "resolution_time",
            "resolution_rate",
            "net_promoter_score",
            "repeat_revenue",
            "handle_time",
        ]
        found = [(str(row[0]), *row[1:]) for row in cursor.fetchall()]
    assert found == [
        ("2026-02-01", True, "final", None, 1000, 50400, 0.9, None, 0, None),
        ("2026-03-01", True, "immature", "resolution_time", 1250, 25920, 0.725, -12.5, 1234567.4, None),
        ("2026-04-01", False, "partial", None, 40, None, None, None, None, None),
    ]
    bare = r"""
        select table_name, column_name from duckdb_columns()
        where database_name = 'marts' and comment is null
            and (table_name like 'kpi\_%\_wide' escape '\' or table_name in ('kpi_revisions', 'publication')
                or table_name like 'publication\_%' escape '\')
    """
    assert read(home / "marts.duckdb", bare) == []
    assert read(home / "marts.duckdb", "select tickets_created from kpi_week_wide") == [(300,)]


def test_views_work_under_any_name_of_the_file(home: Path, fake_build: Path, tmp_path: Path) -> None:
    """Also where the session has a table of the same name."""
    publish(home)
    shutil.copy(home / "marts.duckdb", tmp_path / "copy of march.duckdb")
    with duckdb.connect() as session:
        session.execute("create table kpi_values as select 1 as other")
        session.execute(f"attach '{tmp_path / 'copy of march.duckdb'}' as theirs (read_only)")
        assert session.execute("select tickets_created from theirs.kpi_week_wide").fetchall() == [(300,)]


def test_a_build_without_kpis_is_published_without_views(home: Path, fake_build: Path) -> None:
    change(fake_build, "delete from main.cxmart_build_tables where table_name like 'kpi%'")
    publish(home)
    assert read(home / "marts.duckdb", "select count(*) from duckdb_views() where not internal") == [(0,)]
    assert read(home / "marts_people.duckdb", "select count(*) from fct_tickets") == [(1000,)]


def test_a_reader_keeps_the_old_file_until_it_opens_the_new_one(cxmart: Run, home: Path, fake_build: Path) -> None:
    publish(home)
    people = home / "marts_people.duckdb"
    with duckdb.connect(str(people), read_only=True) as reader:
        change(fake_build, "insert into marts.fct_tickets values (5000)")
        assert cxmart("publish").returncode == 0
        assert reader.execute("select count(*) from fct_tickets").fetchall() == [(1000,)]
    assert read(people, "select count(*) from fct_tickets") == [(1001,)]


# What is refused


def assert_refused(cxmart: Run, home: Path, exit_code: ExitCode, *words: str, **how: Any) -> None:
    """Publishing fails in one sentence; the files are those of before, to the byte."""
    before = contents(home)
    done = cxmart(*how.pop("arguments", ["publish"]), **how)
    assert done.returncode == exit_code, done.stdout + done.stderr
    assert done.stderr.startswith("error: ")
    assert len(done.stderr.splitlines()) == 1
    for word in words:
        assert word in done.stderr
    assert contents(home) == before


@pytest.fixture
def published(home: Path, fake_build: Path) -> Path:
    """A home with a publication, and a build that could be published again."""
    publish(home)
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
        ("update main.cxmart_build set is_complete = false", ExitCode.FAILED, "selected models alone"),
        ("update main.cxmart_build set nodes_failed = 2", ExitCode.FAILED, "2 nodes of the build failed"),
        (
            "insert into main.cxmart_build_tables values ('never_made', 'marts', [], null)",
            ExitCode.FAILED,
            "never_made",
        ),
        ("alter table main.cxmart_build_tables drop audience", ExitCode.WAREHOUSE, "is of an older cxmart"),
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


@pytest.mark.parametrize("name", ["marts.duckdb", "marts_people.duckdb"])
@pytest.mark.parametrize("content", ["theirs", "text", "empty"])
def test_a_file_that_cxmart_did_not_publish_is_never_replaced(
    cxmart: Run, home: Path, fake_build: Path, content: str, name: str
) -> None:
    if content == "theirs":
        change(home / name, "create table sales as select 1 as a")
    else:
        (home / name).write_text("" if content == "empty" else "my notes")
    assert_refused(cxmart, home, ExitCode.WAREHOUSE, f"{name} was not published by cxmart", "CXMART_HOME")


@pytest.mark.parametrize("name", ["marts.duckdb.wal", "marts_people.duckdb.wal"])
def test_a_stray_log_beside_the_target_is_refused(cxmart: Run, home: Path, published: Path, name: str) -> None:
    """DuckDB would play it into the new file, silently."""
    (home / name).write_bytes(b"left over")
    assert_refused(cxmart, home, ExitCode.WAREHOUSE, name)


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
    assert cxmart("publish").returncode == 0
    assert (dead.exists(), alive.exists(), other.exists()) == (False, True, True)
