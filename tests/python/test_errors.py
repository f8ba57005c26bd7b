"""What goes wrong with the warehouse's files: one clear sentence, its exit code, and everything stays as it was.

Nothing here is simulated: files are really damaged, held by another process, out of reach, or on a full disk.
"""

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from conftest import PROJECT_ROOT, Run
from cxmart.base.errors import ExitCode

HEADER = "ticket_id,channel,created_at,status"

# A process that opens a database and keeps it, until its standard input ends.
HOLD = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1], read_only=sys.argv[2] == "read")
print("held", flush=True)
sys.stdin.read()
"""

# The command line with a limit on the size of files, as `ulimit -f` sets it.
LIMITED = """
import resource, sys
from cxmart.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)),) * 2)
main()
"""


@pytest.fixture
def tickets(tmp_path: Path) -> Path:
    return write_tickets(tmp_path / "tickets-2.csv", range(10, 12))


def write_many_tickets(path: Path, count: int) -> Path:
    """Tickets whose ids can't be compressed."""
    draw = random.Random(0)
    lines = [f"{draw.getrandbits(128):032x},email,2026-03-01,open" for _ in range(count)]
    path.write_text("\n".join([HEADER, *lines, ""]), encoding="utf-8")
    return path


def write_tickets(path: Path, numbers: range) -> Path:
    lines = [f"t{number},email,2026-03-01,open" for number in numbers]
    path.write_text("\n".join([HEADER, *lines, ""]), encoding="utf-8")
    return path


@pytest.fixture
def loaded(cxmart: Run, home: Path, tmp_path: Path) -> Path:
    """A home with a few tickets in it."""
    done = cxmart("load", "standard", str(write_tickets(tmp_path / "tickets-1.csv", range(3))))
    assert done.returncode == 0, done.stderr
    return home


def raw_tables(home: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table of raw.duckdb, in the order in which it lies there."""
    with duckdb.connect(str(home / "raw.duckdb"), read_only=True) as raw:
        names = raw.execute("select schema_name || '.' || table_name from duckdb_tables() order by 1").fetchall()
        return {name: raw.execute(f"from {name}").fetchall() for (name,) in names}


def assert_says(done: subprocess.CompletedProcess[str], exit_code: ExitCode, *words: str) -> None:
    """One sentence on standard error, and no traceback."""
    assert done.returncode == exit_code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1, done.stderr
    for word in words:
        assert word in errors[0]


class Holder:
    """Another process that holds a database open."""

    def __init__(self, path: Path, mode: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(path), mode], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout
        assert self.process.stdout.readline() == "held\n"

    def __enter__(self) -> "Holder":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.communicate()


# Held


@pytest.mark.parametrize("mode", ["read", "write"])
def test_load_names_the_process_that_holds_the_warehouse(cxmart: Run, loaded: Path, tickets: Path, mode: str) -> None:
    before = raw_tables(loaded)
    with Holder(loaded / "raw.duckdb", mode) as holder:
        done = cxmart("load", "standard", str(tickets))
    assert_says(done, ExitCode.WAREHOUSE, "raw.duckdb is held by process", str(holder.process.pid))
    assert raw_tables(loaded) == before


@pytest.mark.parametrize("database", ["raw", "build"])
@pytest.mark.parametrize("mode", ["read", "write"])
def test_build_deletes_nothing_that_a_process_holds(cxmart: Run, loaded: Path, database: str, mode: str) -> None:
    with duckdb.connect(str(loaded / "build.duckdb")) as build:
        build.execute("create schema staging; create table staging.stg_kept as select 1 as kept")
    with Holder(loaded / f"{database}.duckdb", mode) as holder:
        done = cxmart("build")
    assert_says(done, ExitCode.WAREHOUSE, f"{database}.duckdb is held by process {holder.process.pid}")
    with duckdb.connect(str(loaded / "build.duckdb"), read_only=True) as build:
        assert build.execute("from staging.stg_kept").fetchall() == [(1,)]


# Foreign and damaged


@pytest.mark.parametrize("command", ["load", "build"])
@pytest.mark.parametrize("schema", ["main", "sales"])
def test_a_database_of_another_program_is_left_alone(
    cxmart: Run, home: Path, tickets: Path, command: str, schema: str
) -> None:
    home.mkdir()
    with duckdb.connect(str(home / "raw.duckdb")) as raw:
        raw.execute(f"create schema if not exists {schema}; create table {schema}.theirs as select 1 as a")
    before = (home / "raw.duckdb").read_bytes()
    done = cxmart("load", "standard", str(tickets)) if command == "load" else cxmart("build")
    assert_says(done, ExitCode.WAREHOUSE, "raw.duckdb holds tables that cxmart did not make", "CXMART_HOME")
    assert (home / "raw.duckdb").read_bytes() == before
    assert [path.name for path in home.iterdir()] == ["raw.duckdb"]


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\0" * 100])
def test_a_file_that_is_no_database_is_left_alone(cxmart: Run, home: Path, tickets: Path, content: bytes) -> None:
    home.mkdir()
    (home / "raw.duckdb").write_bytes(content)
    for command in (["load", "standard", str(tickets)], ["build"]):
        assert_says(cxmart(*command), ExitCode.WAREHOUSE, "raw.duckdb is no DuckDB database, or is damaged")
    assert (home / "raw.duckdb").read_bytes() == content


def test_a_damaged_warehouse_is_said_to_be(cxmart: Run, loaded: Path, tickets: Path) -> None:
    whole = (loaded / "raw.duckdb").read_bytes()
    (loaded / "raw.duckdb").write_bytes(whole[: len(whole) // 2])
    assert_says(cxmart("load", "standard", str(tickets)), ExitCode.WAREHOUSE, "raw.duckdb", "damaged")
    assert (loaded / "raw.duckdb").read_bytes() == whole[: len(whole) // 2]


def test_a_warehouse_of_a_newer_layout_is_left_alone(cxmart: Run, loaded: Path, tickets: Path) -> None:
    with duckdb.connect(str(loaded / "raw.duckdb")) as raw:
        raw.execute("update main.cxmart_raw set layout_version = 99")
    before = raw_tables(loaded)
    assert_says(cxmart("load", "standard", str(tickets)), ExitCode.WAREHOUSE, "layout 99", "update cxmart")
    assert raw_tables(loaded) == before


@pytest.mark.parametrize("content", ["text", "theirs"])
def test_build_never_deletes_a_database_of_another_program(cxmart: Run, loaded: Path, content: str) -> None:
    if content == "text":
        (loaded / "build.duckdb").write_text("notes of mine")
    else:
        with duckdb.connect(str(loaded / "build.duckdb")) as build:
            build.execute("create table theirs as select 1 as a")
    before = (loaded / "build.duckdb").read_bytes()
    assert_says(cxmart("build"), ExitCode.WAREHOUSE, "build.duckdb", "stays as it is")
    assert (loaded / "build.duckdb").read_bytes() == before


# No permission


def without_rights() -> list[str]:
    """A program that runs a command without the superuser's right to pass over file modes."""
    if os.geteuid() != 0:
        return []
    if not shutil.which("setpriv"):
        if os.environ.get("CI") == "true":
            pytest.fail("running as root, this needs setpriv (package util-linux)")
        pytest.skip("running as root without setpriv: file modes would not keep anybody out")
    dropped = "-dac_override,-dac_read_search"
    return ["setpriv", f"--bounding-set={dropped}", f"--inh-caps={dropped}"]


@pytest.fixture
def closed(request: pytest.FixtureRequest) -> Iterator[list[Path]]:
    """Paths put here are made writable again, so that pytest can clear up."""
    paths: list[Path] = []
    yield paths
    for path in paths:
        path.chmod(0o755)


def test_no_right_to_write_is_said(cxmart: Run, loaded: Path, tickets: Path, closed: list[Path]) -> None:
    before = raw_tables(loaded)
    closed.append(loaded / "raw.duckdb")
    (loaded / "raw.duckdb").chmod(0o444)
    done = cxmart("load", "standard", str(tickets), prefix=without_rights())
    assert_says(done, ExitCode.STORAGE, "no permission for", "raw.duckdb", "CXMART_HOME")
    assert raw_tables(loaded) == before


def test_no_right_to_make_the_home_is_said(cxmart: Run, tmp_path: Path, tickets: Path, closed: list[Path]) -> None:
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o555)
    closed.append(folder)
    for home in (folder, folder / "home"):
        for command in (["load", "standard", str(tickets)], ["build"]):
            done = cxmart(*command, env={"CXMART_HOME": str(home)}, prefix=without_rights())
            assert_says(done, ExitCode.STORAGE, "no permission for", str(folder))
    assert list(folder.iterdir()) == []


def test_a_data_file_that_may_not_be_read_is_said(cxmart: Run, loaded: Path, tickets: Path) -> None:
    before = raw_tables(loaded)
    tickets.chmod(0o000)
    done = cxmart("load", "standard", str(tickets), prefix=without_rights())
    assert_says(done, ExitCode.STORAGE, "no permission for", "tickets-2.csv")
    assert raw_tables(loaded) == before


# No room


def test_a_limit_on_file_sizes_leaves_everything_as_it_was(cxmart: Run, loaded: Path, tmp_path: Path) -> None:
    """The engine's writes fail in the same way as on a full disk, and this needs no rights."""
    before = raw_tables(loaded)
    big = write_many_tickets(tmp_path / "tickets-big.csv", 100_000)
    limit = str((loaded / "raw.duckdb").stat().st_size + 300_000)
    done = cxmart(limit, "load", "standard", str(big), module=("-c", LIMITED))
    assert_says(done, ExitCode.STORAGE, "no room to write", "raw.duckdb", "nothing was changed")
    assert raw_tables(loaded) == before
    assert cxmart("load", "standard", str(big)).returncode == 0
    assert len(raw_tables(loaded)["raw_standard.tickets"]) == 100_003


def test_a_first_load_without_room_leaves_nothing_behind(cxmart: Run, home: Path, tmp_path: Path) -> None:
    big = write_many_tickets(tmp_path / "tickets-big.csv", 100_000)
    done = cxmart("300000", "load", "standard", str(big), module=("-c", LIMITED))
    assert_says(done, ExitCode.STORAGE, "no room to write")
    assert list(home.iterdir()) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 4 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)], capture_output=True, text=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip(f"can't mount a small disk ({mounted.stderr.strip()}); the limit on file sizes is tested instead")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_leaves_everything_as_it_was(cxmart: Run, small_disk: Path, tmp_path: Path) -> None:
    home = small_disk / "home"
    env = {"CXMART_HOME": str(home)}
    done = cxmart("load", "standard", str(write_tickets(tmp_path / "tickets-1.csv", range(3))), env=env)
    assert done.returncode == 0, done.stderr
    before = raw_tables(home)
    big = write_many_tickets(tmp_path / "tickets-big.csv", 500_000)
    done = cxmart("load", "standard", str(big), env=env)
    assert_says(done, ExitCode.STORAGE, "no room to write", "raw.duckdb")
    assert raw_tables(home) == before
    bytes_failed = (home / "raw.duckdb").stat().st_size
    subprocess.run(["mount", "-o", "remount,size=6m", str(small_disk)], check=True)
    done = cxmart("load", "standard", str(write_tickets(tmp_path / "tickets-2.csv", range(3, 6))), env=env)
    assert done.returncode == 0, done.stderr
    assert len(raw_tables(home)["raw_standard.tickets"]) == 6
    # What the failed load had written is written over.
    assert (home / "raw.duckdb").stat().st_size <= bytes_failed


# Anything else


def test_no_project_is_said(tmp_path: Path) -> None:
    """The package outside of a project, in a folder that is in none either."""
    shutil.copytree(PROJECT_ROOT / "scripts" / "cxmart", tmp_path / "elsewhere" / "scripts" / "cxmart")
    done = subprocess.run(
        [sys.executable, "-m", "cxmart", "doctor"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "elsewhere" / "scripts")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert_says(done, ExitCode.USAGE, "found no cxmart project")


def test_a_contract_that_can_not_be_read_is_said(tmp_path: Path, tickets: Path) -> None:
    project = tmp_path / "project"
    shutil.copytree(PROJECT_ROOT / "scripts" / "cxmart", project / "scripts" / "cxmart")
    shutil.copy(PROJECT_ROOT / "dbt_project.yml", project)
    folder = project / "models" / "staging" / "mine"
    folder.mkdir(parents=True)
    (folder / "_mine__sources.yml").write_text("sources: [{name: mine, tables: [{name: tickets, columns: 7}]}]")
    done = subprocess.run(
        [sys.executable, "-m", "cxmart", "load", "mine", str(tickets)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(project / "scripts"), "CXMART_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert_says(done, ExitCode.USAGE, "_mine__sources.yml can't be read")
