"""What every command prints: into a pipe, narrow and wide, without colours, and as JSON where it prints a table."""

import json
from collections.abc import Mapping
from pathlib import Path

import duckdb
import pytest
import typer

from conftest import Run, make_fake_build
from cxmart.base.errors import ExitCode
from cxmart.cli import app
from test_explain import make_build

ESCAPE = "\x1b"
ELLIPSIS = "…"

# A call of every command that shows something of a warehouse, and whether it can give JSON.
CALLS: dict[str, tuple[list[str], bool]] = {
    "scorecard": (["scorecard"], True),
    "explain": (["explain", "created"], True),
    "status": (["status"], True),
    "rejects": (["rejects"], True),
    "publish --versions": (["publish", "--versions"], True),
    "load": (["load", "standard", "{files}/tickets.csv"], True),
    "load again": (["load", "standard", "{files}/tickets.csv", "{files}/orders.csv"], True),
    "doctor": (["doctor"], True),
    "help": (["--help"], False),
    "version": (["--version"], False),
    "generate": (["generate", "--tickets", "20", "--out", "{new}"], True),
    "check": (["check", "{files}"], True),
}
# Commands that show no table of a warehouse, or take minutes; their parts are tested where they are.
OTHERS = {"build", "refresh", "demo", "dictionary", "forget"}

FORMS: dict[str, Mapping[str, str]] = {
    "piped": {},
    "60": {"COLUMNS": "60"},
    "80": {"COLUMNS": "80"},
    "200": {"COLUMNS": "200"},
    "NO_COLOR": {"NO_COLOR": "1"},
    "dumb": {"TERM": "dumb", "COLUMNS": "80"},
}

# What is built once is built once, also by two workers.
SLOW = (pytest.mark.slow, pytest.mark.xdist_group("outputs"))


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory, cxmart_module: Run) -> Path:
    """A home with a publication and with rejects, and a folder of files with names as people write them."""
    base = tmp_path_factory.mktemp("with blanks, ünd mehr")
    home, files = base / "home", base / "files"
    files.mkdir()
    (files / "tickets.csv").write_text(
        "ticket_id,channel,created_at,status\nt1,email,2026-03-01,open\nt2,chat,31.3.26,x\n"
    )
    (files / "orders.csv").write_text("order_id,ordered_at,status\no1,yesterday,paid\n")
    env = {"CXMART_HOME": str(home)}
    cxmart_module("load", "standard", str(files), env=env)
    make_fake_build(home)
    done = cxmart_module("publish", env=env)
    assert done.returncode == 0, done.stderr
    # A build of which cells can be explained.
    make_build(base / "explained")
    done = cxmart_module("publish", env={"CXMART_HOME": str(base / "explained")})
    assert done.returncode == 0, done.stderr
    return base


def call(cxmart: Run, warehouse: Path, new: Path, name: str, env: Mapping[str, str], *more: str):
    words = [
        word.format(files=warehouse / "files", new=new / f"made for {name} {len(list(new.iterdir()))}")
        for word in CALLS[name][0]
    ]
    home = warehouse / ("explained" if name == "explain" else "home")
    return cxmart(*words, *more, env={"CXMART_HOME": str(home), **env})


def known() -> set[str]:
    return set(typer.main.get_command(app).commands)


def test_every_command_is_called() -> None:
    called = {arguments[0] for arguments, _ in CALLS.values() if not arguments[0].startswith("-")}
    assert known() - called - OTHERS == set()


@pytest.mark.parametrize(
    "form", [form if form in ("piped", "80") else pytest.param(form, marks=SLOW) for form in FORMS]
)
@pytest.mark.parametrize("name", CALLS)
def test_what_is_printed_can_be_read(cxmart: Run, warehouse: Path, tmp_path: Path, name: str, form: str) -> None:
    done = call(cxmart, warehouse, tmp_path, name, FORMS[form])
    assert "Traceback" not in done.stderr
    assert done.stdout + done.stderr
    # No colours and no moving of a cursor where nobody looks at a terminal.
    assert ESCAPE not in done.stdout
    assert ESCAPE not in done.stderr
    # What is cut off tells nobody anything.
    if name != "help":
        assert ELLIPSIS not in done.stdout
    assert "\r" not in done.stdout


@pytest.mark.parametrize("name", [name for name, (_, gives_json) in CALLS.items() if gives_json])
def test_json_is_json_at_any_width(cxmart: Run, warehouse: Path, tmp_path: Path, name: str) -> None:
    for columns in ("60", "200"):
        done = call(cxmart, warehouse, tmp_path, name, {"COLUMNS": columns}, "--json")
        assert ESCAPE not in done.stdout
        assert json.loads(done.stdout) is not None


def test_every_command_with_a_table_gives_json() -> None:
    """Commands of which somebody may want to read the table by a program."""
    commands = typer.main.get_command(app).commands
    for name, (arguments, gives_json) in CALLS.items():
        command = commands.get(arguments[0])
        if command is not None and gives_json:
            assert any("--json" in option.opts for option in command.params), name


@pytest.mark.parametrize("columns", ["60", "80", "200"])
def test_values_and_paths_are_whole(cxmart: Run, warehouse: Path, columns: str) -> None:
    """However narrow it is, every letter is there: a cell goes on in the next line, and a path in a sentence is one."""
    env = {"CXMART_HOME": str(warehouse / "home"), "COLUMNS": columns}
    assert f"{warehouse / 'home' / 'raw.duckdb'}\n" in cxmart("doctor", env=env).stdout
    explained = {**env, "CXMART_HOME": str(warehouse / "explained")}
    for arguments, of, question in (
        (["explain", "creatd"], explained, "did you mean created?"),
        (["explain", "created", "--slice", "chanel=email"], explained, "did you mean channel?"),
        (["explain", "created", "--slice", "channel=emial"], explained, "did you mean email?"),
        (["rejects", "standrad"], env, "did you mean standard?"),
    ):
        done = cxmart(*arguments, env=of)
        assert done.returncode == ExitCode.USAGE
        assert question in done.stderr
        assert done.stderr.count("\n") == 1


# A home that is new, or can't be one.

READERS = [
    ["scorecard"],
    ["explain", "tickets_created"],
    ["rejects"],
    ["publish"],
    ["publish", "--versions"],
    ["status"],
]


@pytest.mark.parametrize("arguments", READERS, ids=" ".join)
def test_a_new_home_is_told_what_to_do(cxmart: Run, tmp_path: Path, arguments: list[str]) -> None:
    home = tmp_path / "a nëw home" / "within another"
    done = cxmart(*arguments, env={"CXMART_HOME": str(home)})
    assert "Traceback" not in done.stderr
    assert done.returncode in (ExitCode.DONE, ExitCode.WAREHOUSE)
    assert "run `cxmart" in done.stdout + done.stderr or "`cxmart publish` makes one" in done.stdout
    assert not home.exists()


@pytest.mark.parametrize("arguments", [*READERS, ["build"], ["refresh"], ["doctor"]], ids=" ".join)
def test_a_home_that_is_a_file_is_said(cxmart: Run, tmp_path: Path, arguments: list[str]) -> None:
    home = tmp_path / "a file"
    home.write_text("mine")
    done = cxmart(*arguments, env={"CXMART_HOME": str(home)})
    assert done.returncode == ExitCode.USAGE
    assert done.stderr == f"error: CXMART_HOME is {home}, which is no folder\n"
    assert home.read_text() == "mine"


def test_a_new_home_is_made_by_what_writes(cxmart: Run, warehouse: Path, tmp_path: Path) -> None:
    home = tmp_path / "a nëw home" / "within another"
    done = cxmart("load", "standard", str(warehouse / "files" / "tickets.csv"), env={"CXMART_HOME": str(home)})
    assert "Traceback" not in done.stderr
    with duckdb.connect(str(home / "raw.duckdb"), read_only=True) as raw:
        assert raw.execute("select count(*) from raw_standard.tickets").fetchall() == [(1,)]
