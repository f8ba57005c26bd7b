"""What every command prints: into a pipe, at terminals of any width, without colours, and in formats for programs."""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import duckdb
import pytest
import typer

from conftest import Run, at_terminal, make_fake_build
from cxmart.base import console, json_values
from cxmart.base.console import Format
from cxmart.base.errors import CxmartError, ExitCode
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
# Programs get each of these as TSV and CSV, too; `generate --format` tells the format of the files that it writes.
FORMATTED = [name for name, (_, gives_json) in CALLS.items() if gives_json and name != "generate"]
FORMATTED += ["rejects --rows", "check --columns", "scorecard --slice"]
CALLS["rejects --rows"] = (["rejects", "--rows"], True)
CALLS["check --columns"] = (["check", "--columns", "{files}"], True)
CALLS["scorecard --slice"] = (["scorecard", "--slice", "channel"], True)
# Commands that show no table of a warehouse, or take minutes; their parts are tested where they are.
OTHERS = {"build", "refresh", "demo", "dictionary", "forget"}

FORMS: dict[str, Mapping[str, str]] = {
    "piped": {},
    "60": at_terminal(60),
    "80": at_terminal(80),
    "200": at_terminal(200),
    "NO_COLOR": {"NO_COLOR": "1"},
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
    for columns in (60, 200):
        done = call(cxmart, warehouse, tmp_path, name, at_terminal(columns), "--json")
        assert ESCAPE not in done.stdout
        assert json.loads(done.stdout) is not None


def test_every_command_with_a_table_gives_json() -> None:
    """Commands of which somebody may want to read the table by a program."""
    commands = typer.main.get_command(app).commands
    for name, (arguments, gives_json) in CALLS.items():
        command = commands.get(arguments[0])
        if command is not None and gives_json:
            assert any("--json" in option.opts for option in command.params), name


@pytest.mark.parametrize("columns", [60, 80, 200])
def test_values_and_paths_are_whole(cxmart: Run, warehouse: Path, columns: int) -> None:
    """However narrow it is, every letter is there: a cell goes on in the next line, and a path in a sentence is one."""
    env = {"CXMART_HOME": str(warehouse / "home"), **at_terminal(columns)}
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


# Into a pipe, and for programs


@pytest.mark.parametrize("name", CALLS)
def test_a_pipe_has_no_width(cxmart: Run, warehouse: Path, tmp_path: Path, name: str) -> None:
    """Nothing is wrapped: what is printed does not depend on how wide somebody's terminal is."""
    if name in ("help", "generate"):  # drawn by the library of the command line; a new folder each time
        return
    narrow, wide = (call(cxmart, warehouse, tmp_path, name, {"COLUMNS": columns}) for columns in ("20", "300"))
    numbers = re.compile(r"[\d.,:]+")  # seconds and times pass
    assert [numbers.sub("#", line) for line in narrow.stdout.splitlines()] == [
        numbers.sub("#", line) for line in wide.stdout.splitlines()
    ]


def test_a_row_of_a_table_is_one_line(cxmart: Run, warehouse: Path) -> None:
    home = {"CXMART_HOME": str(warehouse / "home")}
    card = cxmart("scorecard", env=home)
    (line,) = [line for line in card.stdout.splitlines() if line.startswith("Resolution rate")]
    assert line.split()[2:] == ["72.5", "%", "90.0", "%", "▼", "17.5", "pp", "worse", "≥", "80.0", "%", "1,250",
                                "✗", "breach", "resolution_rate"]  # fmt: skip
    reasons = cxmart("rejects", env=home).stdout.splitlines()
    (line,) = [line for line in reasons if "created_at is" in line]
    assert '"31.3.26"' in line and "first: " in line


def test_the_card_has_a_line_a_kpi(cxmart: Run, warehouse: Path) -> None:
    home = {"CXMART_HOME": str(warehouse / "home")}
    (line,) = [line for line in cxmart("scorecard", env=home).stdout.splitlines() if "Resolution time" in line]
    assert line.startswith("Resolution time, median  mean 7.2 h, p90 24.0 h ") or "mean" in line


@pytest.mark.parametrize("name", FORMATTED)
def test_programs_get_the_same_rows_in_every_format(cxmart: Run, warehouse: Path, tmp_path: Path, name: str) -> None:
    tsv, as_csv = (call(cxmart, warehouse, tmp_path, name, {"COLUMNS": "20"}, "--format", f) for f in ("tsv", "csv"))
    header, *lines = tsv.stdout.removesuffix("\n").split("\n")
    columns = header.split("\t")
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", column) for column in columns)
    assert len(columns) == len(set(columns))
    rows = [line.split("\t") for line in lines]
    assert rows
    assert {len(row) for row in rows} == {len(columns)}
    same = list(csv.reader(io.StringIO(as_csv.stdout)))
    assert same[0] == columns
    passing = {"seconds", "value"}  # times, and rows of status that tell of them
    for one, other in zip(rows, same[1:], strict=True):
        for column, left, right in zip(columns, one, other, strict=True):
            assert left == right.replace("\\", "\\\\") or column in passing, column
    assert not [cell for row in rows for cell in row if re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", cell)]
    assert ESCAPE not in tsv.stdout + as_csv.stdout


@pytest.mark.parametrize("name", FORMATTED)
def test_json_is_what_format_json_gives(cxmart: Run, warehouse: Path, tmp_path: Path, name: str) -> None:
    one, other = (
        call(cxmart, warehouse, tmp_path, name, {"CXMART_NOW": "2026-12-01T00:00:00Z"}, *arguments)
        for arguments in (["--json"], ["--format", "json"])
    )
    assert one.returncode == other.returncode
    assert without(json.loads(one.stdout), "seconds") == without(json.loads(other.stdout), "seconds")


def without(value: object, name: str) -> object:
    if isinstance(value, dict):
        return {key: without(part, name) for key, part in value.items() if key != name}
    return [without(part, name) for part in value] if isinstance(value, list) else value


def texts(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    """Every text in a document, with the name that it has there."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from texts(part, key)
    elif isinstance(value, list):
        for part in value:
            yield from texts(part, name)
    elif isinstance(value, str):
        yield name, value


@pytest.mark.parametrize("name", FORMATTED)
def test_instants_of_json_end_in_z_and_days_are_days(cxmart: Run, warehouse: Path, tmp_path: Path, name: str) -> None:
    document = json.loads(call(cxmart, warehouse, tmp_path, name, {}, "--json").stdout)
    for key, text in texts(document):
        if key == "at" or key.endswith("_at") or key == "as_of":
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", text), (key, text)
        elif key in ("period_start", "period_end", "previous_start", "previous_end", "local_date", "start", "end"):
            assert re.fullmatch(r"\d{4}-\d\d-\d\d", text), (key, text)
        assert not re.search(r"T\d\d:\d\d(:\d\d)?(\.\d+)?[+]00:00", text), (key, text)


def test_the_run_log_has_instants_that_end_in_z(cxmart: Run, home: Path) -> None:
    cxmart("refresh")
    lines = [line for path in (home / "logs" / "refresh").iterdir() for line in path.read_text().splitlines()]
    stamps = [value for line in lines for name, value in json.loads(line).items() if name.endswith("_at")]
    assert stamps
    assert not [stamp for stamp in stamps if not stamp.endswith("Z")]


def test_formats_that_contradict_are_refused(cxmart: Run) -> None:
    done = cxmart("doctor", "--json", "--format", "csv")
    assert done.returncode == ExitCode.USAGE
    assert "--json and --format csv contradict each other" in done.stderr
    with pytest.raises(CxmartError):
        console.chosen_format(Format.TEXT, as_json=True)


def test_values_are_written_for_programs(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole and unrounded, null as nothing, and whatever is in a text on one line of TSV."""
    row = {
        "number": 1234567.125,
        "whole": 1234567,
        "is_true": True,
        "nothing": None,
        "instant": datetime(2026, 7, 1, 12, 30),  # noqa: DTZ001
        "zoned": datetime(2026, 7, 1, 12, 30, tzinfo=timezone(timedelta(hours=2))),
        "day": datetime(2026, 7, 1, tzinfo=UTC).date(),
        "text": 'a\tb\nc\\d "ü"\x1b',
        "several": ("x", 1),
    }
    stream = io.StringIO()
    monkeypatch.setattr(console.out, "file", stream)
    console.say_rows([row], list(row), Format.TSV)
    assert stream.getvalue().split("\n")[1].split("\t") == [
        *("1234567.125", "1234567", "true", "", "2026-07-01T12:30:00Z", "2026-07-01T10:30:00Z", "2026-07-01"),
        'a\\tb\\nc\\\\d "ü"\\x1b',
        '["x", 1]',
    ]
    stream.truncate(stream.seek(0))
    console.say_rows([row], list(row), Format.CSV)
    (_, read) = csv.reader(io.StringIO(stream.getvalue(), newline=""))
    assert dict(zip(row, read, strict=True))["text"] == row["text"]
    stream.truncate(stream.seek(0))
    console.say_rows([], ["a", "b"], Format.TSV)
    assert stream.getvalue() == "a\tb\n"


def test_a_document_is_taken_apart_into_names_and_values() -> None:
    document = {"a": {"b": [1, {"c": None}]}, "d": [], "e": {}}
    assert [(row["name"], row["value"]) for row in json_values.flattened(document)] == [
        ("a.b.0", 1),
        ("a.b.1.c", None),
        ("d", None),
        ("e", None),
    ]


def test_an_instant_is_in_utc() -> None:
    assert json_values.instant(datetime.fromisoformat("2026-07-01T12:30:00+02:00")) == "2026-07-01T10:30:00Z"
    assert json_values.instant(datetime.fromisoformat("2026-07-01T12:30:00.5"), "milliseconds") == (
        "2026-07-01T12:30:00.500Z"
    )


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
