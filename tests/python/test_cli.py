"""The command line: what it prints, how it ends, and that several files stand or fall each alone."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from conftest import PROJECT_ROOT, Run, isolated_environment
from cxmart.base.errors import ExitCode

HEADER = "ticket_id,channel,created_at,status"


def write(path: Path, *lines: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def raw(home: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(home / "raw.duckdb"), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_help_lists_the_commands_and_exit_codes(cxmart: Run) -> None:
    done = cxmart("--help")
    assert done.returncode == 0
    for word in ("load", "build", "publish", "scorecard", "demo", "generate", "doctor", "rejects"):
        assert word in done.stdout
    text = " ".join(done.stdout.split())
    for code in (0, 1, 2, 3, 4, 130):
        assert f"{code} " in text.split("Exit codes:")[1]


def test_a_wrong_call_is_explained(cxmart: Run) -> None:
    done = cxmart("loda")
    assert done.returncode == ExitCode.USAGE
    assert "loda" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_installed_command_is_the_module(cxmart: Run) -> None:
    installed = Path(sys.executable).with_name("cxmart")
    done = subprocess.run([str(installed), "--help"], capture_output=True, text=True, check=True)
    assert done.stdout == cxmart("--help").stdout


def test_load_takes_folders_patterns_and_files(cxmart: Run, home: Path, tmp_path: Path) -> None:
    write(tmp_path / "in" / "tickets-1.csv", HEADER, "t1,email,2026-03-01,open")
    write(tmp_path / "in" / "notes [old].txt", "not a table")
    write(tmp_path / "in" / "deep" / "tickets-2.tsv", HEADER.replace(",", "\t"), "t2\temail\t2026-03-01\topen")
    write(tmp_path / "more" / "tickets-3.csv", HEADER, "t3,email,2026-03-01,open", "t3,email,2026-03-01,open")
    done = cxmart("load", "standard", str(tmp_path / "in"), "more/*.csv", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert raw(home, "select ticket_id from raw_standard.tickets order by 1") == [("t1",), ("t2",), ("t3",)]
    assert done.stderr.splitlines() == [
        f"ignored (text that is named for no table): {tmp_path / 'in' / 'notes [old].txt'}",
        "next: cxmart build",
    ]
    assert raw(home, "select file from raw_standard._loads order by load_id") == [
        (str(tmp_path / "in" / "deep" / "tickets-2.tsv"),),
        (str(tmp_path / "in" / "tickets-1.csv"),),
        ("more/tickets-3.csv",),
    ]
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("more/tickets-3.csv")]
    assert line.split()[1:6] == ["tickets", "2", "1", "1", "0"]


def test_load_as_json(cxmart: Run, tmp_path: Path) -> None:
    path = write(tmp_path / "tickets.csv", HEADER, "t1,email,2026-03-01,open")
    first, again = (cxmart("load", "standard", str(path), "no.csv", "--json") for _ in range(2))
    assert (first.returncode, again.returncode) == (1, 1)
    content = json.loads(first.stdout)
    seconds = content["files"][0].pop("seconds")
    assert seconds > 0
    assert content["files"][0].pop("bytes") == path.stat().st_size
    assert content == {
        "files": [
            {
                "file": str(path),
                "table": "tickets",
                "is_new": True,
                "load_id": 1,
                "rows_read": 1,
                "rows_loaded": 1,
                "rows_duplicate": 0,
                "rows_stale": 0,
                "rows_rejected": 0,
                "rows_undated_change": 0,
                "rows_conflicting": 0,
                "values_rejected": 0,
                "conflict": "",
                "rows_erased": 0,
                "rejects_cleared": 0,
                "times_moved": 0,
                "times_twice": 0,
                "dropped": [],
                "let_through": [],
                "notes": [],
                "reject_groups": [],
                "rows_read_before": 0,
                "rows_rejected_before": 0,
                "rows_reread": 0,
                "local_time": None,
            }
        ],
        "errors": [{"error": "no.csv does not exist"}],
    }
    assert json.loads(again.stdout)["files"][0]["is_new"] is False


def test_the_same_file_again_says_that_there_is_nothing_to_do(cxmart: Run, tmp_path: Path) -> None:
    path = write(tmp_path / "tickets.csv", HEADER, "t1,email,2026-03-01,open")
    assert cxmart("load", "standard", str(path)).returncode == 0
    again = cxmart("load", "standard", str(path))
    assert again.returncode == 0
    assert again.stdout == f"{path}: the same as load 1 of tickets, nothing to do\n"


def test_of_several_files_the_good_ones_stand(cxmart: Run, home: Path, tmp_path: Path) -> None:
    write(tmp_path / "in" / "a.csv", "x", "1")
    write(tmp_path / "in" / "tickets-1.csv", HEADER, "t1,email,2026-03-01,open")
    write(tmp_path / "in" / "tickets-2.csv", "ticket_id,status", "t2,open")
    write(tmp_path / "in" / "tickets-3.csv", HEADER, "t4,email,2026-03-01,open")
    done = cxmart("load", "standard", str(tmp_path / "in"), "missing.csv")
    assert done.returncode == ExitCode.FAILED
    assert raw(home, "select ticket_id from raw_standard.tickets order by 1") == [("t1",), ("t4",)]
    errors = done.stderr.splitlines()
    assert [line.startswith("error: ") for line in errors] == [True, True, True, False]
    assert "missing.csv does not exist" in errors[0]
    assert "a.csv is named for no table" in errors[1]
    assert "tickets-2.csv lacks channel, created_at" in errors[2]
    assert errors[3] == "2 loaded or known, 3 not loaded"


@pytest.mark.parametrize(
    ("arguments", "exit_code", "words"),
    [
        (["standrad", "."], ExitCode.USAGE, ["no source 'standrad'", "did you mean standard?", "docs/add-a-source.md"]),
        (["zendesk", "."], ExitCode.USAGE, ["known sources: online_retail, standard, uci_incidents"]),
        (["standard", "nowhere.csv"], ExitCode.FAILED, ["nowhere.csv does not exist"]),
        (["standard", "no*.csv"], ExitCode.FAILED, ["no file matches no*.csv"]),
        (["standard", "empty"], ExitCode.FAILED, ["folder empty has nothing to load", ".parquet"]),
        (["standard", "notes.docx"], ExitCode.FAILED, ["notes.docx is no file that can be loaded"]),
    ],
)
def test_what_can_not_be_loaded_is_said_and_leaves_nothing(
    cxmart: Run, home: Path, tmp_path: Path, arguments: list[str], exit_code: ExitCode, words: list[str]
) -> None:
    write(tmp_path / "empty" / "readme.txt", "nothing")
    write(tmp_path / "notes.docx", "nothing")
    done = cxmart("load", *arguments, cwd=tmp_path)
    assert done.returncode == exit_code
    error, *others = done.stderr.splitlines()
    assert error.startswith("error: ")
    assert others == [f"ignored (text that is named for no table): {Path('empty', 'readme.txt')}" for _ in others]
    for word in words:
        assert word in error
    assert not home.exists()


def test_a_refused_first_file_leaves_no_database(cxmart: Run, home: Path, tmp_path: Path) -> None:
    done = cxmart("load", "standard", str(write(tmp_path / "tickets.csv", "id", "1")))
    assert done.returncode == ExitCode.FAILED
    assert list(home.iterdir()) == []


def test_a_terminal_without_unicode_gets_question_marks(cxmart: Run, tmp_path: Path) -> None:
    path = write(tmp_path / "tickets-ü.csv", HEADER, "t1,email,2026-03-01,open")
    done = cxmart("load", "standard", str(path), "ü.csv", env={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
    assert done.returncode == ExitCode.FAILED
    assert "error: ?.csv does not exist" in done.stderr
    assert "Traceback" not in done.stderr


# Builds, with dbt, of a small project of their own: how they are told, not what the shipped models give.


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package in a project with two models; variables break one of them, or a test."""
    root = tmp_path_factory.mktemp("project")
    shutil.copytree(PROJECT_ROOT / "scripts" / "cxmart", root / "scripts" / "cxmart")
    shutil.copy(PROJECT_ROOT / "profiles.yml", root)
    for name in (
        "hooks.sql",
        "sources.sql",
        "entities.sql",
        "settings.sql",
        "generate_schema_name.sql",
        "audiences.sql",
        "literal.sql",
        "catalog/slices.sql",
    ):
        write(root / "macros" / name, (PROJECT_ROOT / "macros" / name).read_text(encoding="utf-8"))
    for path in (PROJECT_ROOT / "macros" / "engine").glob("*.sql"):
        write(root / "macros" / "engine" / path.name, path.read_text(encoding="utf-8"))
    write(
        root / "dbt_project.yml",
        "name: cxmart",
        "version: 0.1.0",
        "config-version: 2",
        "profile: cxmart",
        "flags: {send_anonymous_usage_stats: false, version_check: false}",
        "vars: {sources: {standard: []}}",
        'on-run-start: ["{{ create_missing_raw_tables() }}", "{{ forget_build() }}"]',
        'on-run-end: ["{{ record_build(results) }}"]',
        "models: {cxmart: {+materialized: table, +schema: marts}}",
    )
    write(root / "models" / "first.sql", "select 1 as a, cast(null as integer) as b")
    write(
        root / "models" / "second.sql",
        "select a, case when '{{ env_var(\"BREAK\", \"\") }}' = 'model' then error('it broke') end as c",
        "from {{ ref('first') }}",
    )
    write(root / "models" / "third.sql", "select a from {{ ref('second') }}")
    write(
        root / "models" / "models.yml",
        "models:",
        "  - name: first",
        "    columns:",
        "      - name: b",
        "        data_tests: [{not_null: {config: {severity: warn}}}]",
        "  - name: third",
        "    columns:",
        "      - name: a",
        "        data_tests:",
        "          - accepted_values:",
        "              arguments: {values: [\"{{ 2 if env_var('BREAK', '') == 'test' else 1 }}\"], quote: false}",
    )
    return root


@pytest.fixture
def build(project: Path, home: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Run a command in the small project."""
    target = tmp_path_factory.getbasetemp() / "small-target"

    def run(*arguments: str, broken: str = "") -> subprocess.CompletedProcess[str]:
        environment = isolated_environment(home, target, {"BREAK": broken, "PYTHONPATH": str(project / "scripts")})
        return subprocess.run(
            [sys.executable, "-m", "cxmart", *arguments],
            env=environment,
            cwd=home.parent,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return run


def test_a_build_begins_anew_and_tells_its_warnings_and_its_time(build: Run, home: Path) -> None:
    home.mkdir()
    with duckdb.connect(str(home / "build.duckdb")) as last:
        last.execute("create schema marts; create table marts.of_the_last_build as select 1 as a")
    done = build("build")
    assert done.returncode == 0, done.stdout + done.stderr
    nothing, *lines = done.stdout.splitlines()
    assert nothing.startswith("WARNING: nothing has landed of standard, so every KPI says no_data; ")
    assert done.stderr.splitlines()[-1] == "next: cxmart publish"
    assert lines[:3] == [
        "warning: data test not_null_first_b: 1 row",
        "  all of them are in failures.not_null_first_b of the build, such as",
        "    b=None",
    ]
    assert lines[3].startswith("built 5 nodes in ")
    assert lines[3].endswith("findings: 0, warnings: 1, failures: 0")
    with duckdb.connect(str(home / "build.duckdb"), read_only=True) as made:
        tables = made.execute(
            "select table_name from duckdb_tables() where schema_name = 'marts' order by 1"
        ).fetchall()
    assert tables == [("first",), ("second",), ("third",)]
    assert sorted(path.name for path in home.iterdir()) == ["build.duckdb", "logs", "raw.duckdb"]
    assert (home / "logs" / "dbt.log").stat().st_size > 0


@pytest.mark.parametrize(
    ("broken", "failed", "message", "skipped", "exit_code", "error"),
    [
        ("model", "second", "it broke", 2, ExitCode.FAILED, "1 node of the build failed, so it can't be published"),
        (
            "test",
            "accepted_values_third_a",
            "1 row",
            0,
            ExitCode.TESTS,
            "1 data test failed, so it can't be published (no KPI stands on it)",
        ),
    ],
)
def test_a_failed_node_is_named_and_nothing_can_be_published(
    build: Run, home: Path, broken: str, failed: str, message: str, skipped: int, exit_code: ExitCode, error: str
) -> None:
    done = build("build", broken=broken)
    assert done.returncode == exit_code
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("failed: ")]
    assert line.startswith(f"failed: {failed}")
    assert message in line
    assert ("nodes were skipped" in done.stderr) == bool(skipped)
    assert f"error: {error}" in done.stderr
    assert '{"data"' not in done.stdout + done.stderr
    published = build("publish")
    assert published.returncode == ExitCode.FAILED
    assert "nodes of the build failed or were skipped" in published.stderr
    assert not (home / "marts.duckdb").exists()


def test_a_project_that_dbt_can_not_read_is_said(build: Run, home: Path, project: Path) -> None:
    broken = write(project / "models" / "broken.sql", "select * from {{ ref('nothing') }}")
    try:
        done = build("build")
    finally:
        broken.unlink()
    assert done.returncode == ExitCode.FAILED
    assert "error: dbt built nothing: " in done.stderr
    assert "'nothing'" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_damaged_build_is_made_anew(build: Run, home: Path) -> None:
    home.mkdir()
    with duckdb.connect(str(home / "build.duckdb")) as last:
        last.execute("create schema marts; create table marts.of_the_last_build as select 1 as a")
    whole = (home / "build.duckdb").read_bytes()
    (home / "build.duckdb").write_bytes(whole[: len(whole) // 2])
    done = build("build")
    assert done.returncode == 0, done.stdout + done.stderr
    with duckdb.connect(str(home / "build.duckdb"), read_only=True) as made:
        assert made.execute("select a from marts.third").fetchall() == [(1,)]
