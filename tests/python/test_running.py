"""What a scheduled run stands on: the lock, stopping in order, the log, the status, and how old data may be."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from conftest import NOW, PROJECT_ROOT, Run, isolated_environment, make_fake_build
from cxmart.base import locking
from cxmart.base.database import opened
from cxmart.base.errors import CxmartError, ExitCode
from cxmart.base.settings import Settings, read_settings
from cxmart.base.signals import StoppedError, stoppable
from cxmart.build import freshness, landed_rows
from cxmart.build.freshness import Limits
from cxmart.landing.rejects import OpenRejects
from cxmart.publish import waiting
from cxmart.refresh import refresh, run_log, status
from cxmart.refresh.refresh import Drop
from cxmart.refresh.run_log import RunLog

# A process that holds the lock until it is killed.
HOLD = """
import sys, time
from cxmart.base import locking
from cxmart.base.settings import read_settings
with locking.exclusive(read_settings(), "refresh"):
    print("held", flush=True)
    time.sleep(600)
"""


def settings_of(home: Path, **environment: str) -> Settings:
    return read_settings({"CXMART_HOME": str(home), "CXMART_NOW": NOW, **environment})


@pytest.fixture
def settings(home: Path) -> Settings:
    return settings_of(home)


@pytest.fixture
def held(home: Path, target_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock."""
    environment = isolated_environment(
        home, target_path, {"CXMART_RUN_ID": "run-7", "PYTHONPATH": str(PROJECT_ROOT / "scripts")}
    )
    with subprocess.Popen([sys.executable, "-c", HOLD], env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


# The lock


@pytest.mark.parametrize("command", [["refresh"], ["build"], ["publish"]])
def test_the_second_is_told_who_holds_the_warehouse(
    cxmart: Run, home: Path, held: subprocess.Popen[str], command: list[str]
) -> None:
    done = cxmart(*command)
    assert done.returncode == ExitCode.RUNNING
    assert f"`cxmart refresh` (process {held.pid} on " in done.stderr
    assert "run run-7) since 2026-11-01T00:00:00Z" in done.stderr
    assert [path.name for path in home.iterdir()] == [locking.FILE_NAME]


def test_the_lock_of_a_dead_process_is_no_obstacle(held: subprocess.Popen[str], settings: Settings) -> None:
    found = locking.holder(settings)
    assert found
    assert (found.pid, found.command, found.run_id) == (held.pid, "refresh", "run-7")
    held.kill()
    held.wait()
    assert locking.lock_file(settings).exists()
    assert locking.holder(settings) is None
    with locking.exclusive(settings, "build"):
        found = locking.holder(settings)
        assert found
        assert (found.pid, found.command) == (os.getpid(), "build")
    assert not locking.lock_file(settings).exists()


def test_a_lock_whose_file_was_replaced_is_taken_anew(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between opening the file and locking it, the holder has ended and somebody else made another file."""
    settings.home.mkdir()
    path = locking.lock_file(settings)
    path.touch()
    real = locking.fcntl.flock
    calls = []

    def flock(descriptor: int, operation: int) -> None:
        if not calls:
            path.unlink()
            path.touch()
        calls.append(descriptor)
        real(descriptor, operation)

    monkeypatch.setattr(locking.fcntl, "flock", flock)
    with locking.exclusive(settings, "build"):
        monkeypatch.undo()
        assert len(calls) == 2
        assert locking.holder(settings) is not None


def test_the_lock_leaves_no_home_behind_that_it_made(settings: Settings) -> None:
    with locking.exclusive(settings, "build"):
        assert settings.home.exists()
    assert not settings.home.exists()


# Stopping


@pytest.mark.parametrize(
    ("number", "cause"), [(signal.SIGTERM, ExitCode.TERMINATED), (signal.SIGINT, ExitCode.INTERRUPTED)]
)
def test_a_signal_ends_a_query_of_the_engine(tmp_path: Path, number: signal.Signals, cause: ExitCode) -> None:
    """Also what the engine's other threads do for it, for which it would wait in the end."""
    before = signal.getsignal(number)
    started = time.monotonic()
    timer = threading.Timer(0.3, os.kill, (os.getpid(), number))
    settings = settings_of(tmp_path)
    with (
        stoppable(None) as stopper,
        pytest.raises(RuntimeError, match="interrupted"),
        opened(tmp_path / "any.duckdb", settings) as engine,
    ):
        timer.start()
        engine.execute("select sum(hash(a.range || b.range)) from range(100000) a, range(1000000) b").fetchall()
    assert stopper.cause is cause
    assert stopper.error().exit_code is cause
    assert time.monotonic() - started < 20
    assert signal.getsignal(number) is before


def test_the_end_of_the_time_stops_what_waits() -> None:
    with stoppable(0.05) as stopper, pytest.raises(StoppedError):
        time.sleep(20)
    assert stopper.cause is ExitCode.TIMEOUT
    assert "0.05 s, its time limit" in str(stopper.error())
    time.sleep(0.1)  # a timer that was left would end this process


def test_what_overlooks_a_signal_is_told_at_the_next_step() -> None:
    with stoppable(0.01) as stopper:
        with contextlib.suppress(StoppedError):
            time.sleep(20)
        with pytest.raises(StoppedError):
            stopper.check()


def test_a_signal_that_is_ignored_stays_so() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stoppable(None) as stopper:
            os.kill(os.getpid(), signal.SIGHUP)
            stopper.check()
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        with stoppable(None) as stopper, pytest.raises(StoppedError):
            os.kill(os.getpid(), signal.SIGHUP)
        assert "stopped by SIGHUP" in str(stopper.error())
    finally:
        signal.signal(signal.SIGHUP, before)


def test_nothing_stops_the_last_words() -> None:
    with stoppable(None) as stopper:
        stopper.acknowledge()
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGINT)
        stopper.check()
    assert stopper.cause is None


@pytest.mark.parametrize("end", ["kill", "close"])
def test_dbt_ends_with_the_process_that_started_it(tmp_path: Path, end: str) -> None:
    """The parent is killed, or closes the pipe, while dbt is at work."""
    parent = (
        "import subprocess, sys, time\n"
        "command = [sys.executable, '-m', 'cxmart.build.dbt_process', 'debug', '--project-dir', sys.argv[1]]\n"
        "quiet = {'stdout': subprocess.DEVNULL, 'stderr': subprocess.DEVNULL}\n"
        "child = subprocess.Popen(command, stdin=subprocess.PIPE, **quiet)\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(600) if sys.argv[2] == 'kill' else (time.sleep(.3), child.stdin.close(), child.wait())\n"
    )
    environment = isolated_environment(tmp_path, tmp_path, {"PYTHONPATH": str(PROJECT_ROOT / "scripts")})
    with subprocess.Popen(
        [sys.executable, "-c", parent, str(tmp_path), end], env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        child = int(process.stdout.readline())
        if end == "kill":
            time.sleep(0.3)
            process.kill()
        process.wait()
    deadline = time.monotonic() + 10
    while is_alive(child) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not is_alive(child)


def is_alive(process_id: int) -> bool:
    """Whether a process is there, and not only waits for somebody to ask how it ended."""
    try:
        stat = Path(f"/proc/{process_id}/stat").read_text(encoding="utf-8")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


# Drop folders


def test_drop_folders_are_named_with_their_source(home: Path, tmp_path: Path) -> None:
    (tmp_path / "a=b").mkdir()
    (tmp_path / "c").mkdir()
    one, two = settings_of(home), settings_of(home, CXMART_SOURCES="standard,online_retail")
    plain, odd = str(tmp_path / "c"), str(tmp_path / "a=b")
    assert refresh.read_drops([plain, odd, f"standard={odd}"], one) == [
        Drop("standard", tmp_path / "c"),
        Drop("standard", tmp_path / "a=b"),
        Drop("standard", tmp_path / "a=b"),
    ]
    assert refresh.read_drops([f"online_retail={plain}"], two) == [Drop("online_retail", tmp_path / "c")]
    by_setting = settings_of(home, CXMART_DROP=f"{plain}, standard={odd}")
    assert refresh.read_drops([], by_setting) == [
        Drop("standard", tmp_path / "c"),
        Drop("standard", tmp_path / "a=b"),
    ]
    assert refresh.read_drops([], one) == []


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("{folder}", "names no known source, and 2 are enabled; write it as standard="),
        ("uci_incidents={folder}", "is of source uci_incidents, which is not enabled"),
        ("standard={folder}/nowhere", "nowhere does not exist or is no folder; is it mounted?"),
    ],
)
def test_a_drop_folder_that_can_not_be_right_is_said(
    cxmart: Run, home: Path, tmp_path: Path, given: str, words: str
) -> None:
    done = cxmart("refresh", "--drop", given.format(folder=tmp_path), env={"CXMART_SOURCES": "standard,online_retail"})
    assert done.returncode == ExitCode.USAGE
    assert words in done.stderr
    assert not home.exists()


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("CXMART_RUN_ID", "../x", "letters, digits"),
        ("CXMART_REFRESH_TIMEOUT", "soon", "90s, 50m, 2h or 1d"),
        ("CXMART_REFRESH_TIMEOUT", "0s", "90s, 50m, 2h or 1d"),
        ("CXMART_KEEP_LOGS", "0", "a whole number from 1"),
    ],
)
def test_a_setting_that_can_not_be_right_is_said(home: Path, name: str, value: str, words: str) -> None:
    with pytest.raises(CxmartError, match=words) as raised:
        settings_of(home, **{name: value})
    assert raised.value.exit_code is ExitCode.USAGE
    assert name in str(raised.value)


def test_durations_are_read() -> None:
    read = {
        text: settings_of(Path("x"), CXMART_REFRESH_TIMEOUT=text).refresh_timeout for text in ("90s", "1.5m", "2 h")
    }
    assert read == {"90s": 90, "1.5m": 90, "2 h": 7200}


# The log


def write_run(
    settings: Settings, run_id: str, exit_code: int | None = 0, steps: Mapping[str, dict[str, Any]] | None = None
) -> None:
    """Write the log of a run as a run writes it; one without an exit code was killed in its last step."""
    log = RunLog(settings, run_id)
    whole = log.begin(run_log.RUN, pid=1)
    for number, (name, counts) in enumerate((steps or {"land": {}, "build": {}}).items(), start=1):
        step = log.begin(name)
        step.counts.update(counts)
        if exit_code is not None or number < len(steps or {1: 1, 2: 2}):
            log.end(step)
    if exit_code is not None:
        error = CxmartError("it broke", ExitCode(exit_code)) if exit_code else None
        log.end(whole, error)


def test_each_step_is_a_line_with_the_run_and_how_it_went(settings: Settings) -> None:
    write_run(settings, "run-1", ExitCode.TESTS, {"land": {"sources": {"standard": {"rows_read": 3}}}})
    lines = [json.loads(line) for line in (run_log.folder(settings) / "run-1.jsonl").read_text().splitlines()]
    assert [(line["run_id"], line["step"], line["state"]) for line in lines] == [
        ("run-1", "refresh", "started"),
        ("run-1", "land", "started"),
        ("run-1", "land", "done"),
        ("run-1", "refresh", "failed"),
    ]
    assert lines[2]["counts"] == {"sources": {"standard": {"rows_read": 3}}}
    assert lines[2]["seconds"] >= 0
    assert lines[2]["started_at"] == lines[2]["ended_at"] == "2026-11-01T00:00:00.000Z"
    assert (lines[3]["exit_code"], lines[3]["cause"], lines[3]["messages"]) == (6, "tests", ["it broke"])


def test_a_line_that_was_cut_off_is_passed_over(settings: Settings) -> None:
    write_run(settings, "run-1", None)
    path = run_log.folder(settings) / "run-1.jsonl"
    with path.open("a", encoding="utf-8") as log:
        log.write('{"run_id": "run-1", "step": "refr')
    (run,) = run_log.read_runs(settings, 9)
    assert (run.run_id, run.step, run.exit_code, run.ended_at) == ("run-1", "build", None, None)


def test_the_newest_logs_are_kept(home: Path) -> None:
    settings = settings_of(home, CXMART_KEEP_LOGS="3")
    for number in range(6):
        write_run(settings, f"run-{9 - number}")
        os.utime(run_log.folder(settings) / f"run-{9 - number}.jsonl", (number, number))
    write_run(settings, "run-1")
    assert [run.run_id for run in run_log.read_runs(settings, 9)] == ["run-1", "run-4", "run-5"]


def test_a_run_id_is_used_once(settings: Settings) -> None:
    write_run(settings, "run-1")
    with pytest.raises(CxmartError, match="there was a run run-1 already") as raised:
        RunLog(settings, "run-1")
    assert raised.value.exit_code is ExitCode.USAGE
    ids = {run_log.new_run_id(settings) for _ in range(100)}
    assert len(ids) == 100
    assert all(run_id.startswith("20261101T000000Z-") for run_id in ids)


def test_a_log_that_can_not_be_written_any_more_does_not_end_the_run(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    log = RunLog(settings, "run-1")
    log.file.unlink()
    log.file.mkdir()
    for _ in range(2):
        log.end(log.begin("land"))
    assert list(log.file.iterdir()) == []
    assert capsys.readouterr().err.count("error: ") == 1


# How old data is

HOUR = 3600.0
AT = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "limits", "state"),
    [
        (1, Limits(), "no_limit"),
        (None, Limits(), "no_limit"),
        (None, Limits(HOUR), "no_data"),
        (1, Limits(HOUR, 2 * HOUR), "fresh"),
        (1.5, Limits(HOUR, 2 * HOUR), "late"),
        (2, Limits(HOUR, 2 * HOUR), "late"),
        (2.5, Limits(HOUR, 2 * HOUR), "too_late"),
        (2.5, Limits(None, 2 * HOUR), "too_late"),
        (-5, Limits(HOUR), "fresh"),
    ],
)
def test_data_is_judged_by_its_newest_happening(hours: float | None, limits: Limits, state: str) -> None:
    newest = (AT - timedelta(hours=hours)).replace(tzinfo=None) if hours is not None else None
    age = freshness.judge("shop", newest, None, limits, AT)
    assert age.state == state
    assert age.age_seconds == (hours * HOUR if hours is not None else None)


def project_with(tmp_path: Path, home: Path, freshness_text: str) -> Settings:
    folder = tmp_path / "models" / "staging" / "shop"
    folder.mkdir(parents=True)
    (folder / "_shop__sources.yml").write_text(f"sources: [{{name: shop, config: {{freshness: {freshness_text}}}}}]")
    return replace(settings_of(home), project_root=tmp_path)


def test_limits_are_read_as_dbt_writes_them(tmp_path: Path, home: Path) -> None:
    text = "{warn_after: {count: 36, period: hour}, error_after: {count: 3, period: day}}"
    settings = project_with(tmp_path, home, text)
    assert freshness.read_limits(settings, "shop") == Limits(36 * HOUR, 72 * HOUR)
    assert freshness.read_limits(settings, "other") == Limits()


@pytest.mark.parametrize("wrong", ["{count: 0, period: day}", "{count: 1, period: month}", "{count: x}", "soon"])
def test_limits_that_can_not_be_right_are_said(tmp_path: Path, home: Path, wrong: str) -> None:
    settings = project_with(tmp_path, home, f"{{warn_after: {wrong}}}")
    with pytest.raises(CxmartError, match="the freshness of shop can't be read") as raised:
        freshness.read_limits(settings, "shop")
    assert raised.value.exit_code is ExitCode.USAGE


# The status


def publish_by_hand(home: Path, published_at: str, newest_at: str = "2026-10-31 12:00") -> None:
    """Put a file in place that says what a published one says of itself; its source may be a day old."""
    home.mkdir(exist_ok=True)
    with duckdb.connect(str(home / "marts.duckdb")) as marts:
        marts.execute(
            "create table publication as select 'run-1' as run_id, timestamp '2026-10-31 12:00' as as_of, "
            f"412 as tests_passed, 2 as tests_warned, timestamp '{published_at}' as published_at"
        )
        marts.execute(
            "create table publication_sources as select 'standard' as source, "
            f"timestamp '{newest_at}' as newest_at, timestamp '{newest_at}' as newest_loaded_at, "
            "cast(86400 as double) as warn_after_seconds, cast(null as double) as error_after_seconds, 'fresh' as state"
        )


def test_all_is_well(cxmart: Run, home: Path, settings: Settings) -> None:
    publish_by_hand(home, "2026-10-31 23:30")
    write_run(settings, "run-1")
    done = cxmart("status", "--max-age", "1h")
    assert done.returncode == 0, done.stderr
    for words in (
        "all is well",
        "run run-1, since 2026-10-31 23:30:00 UTC",
        "412 passed, 2 warned",
        "12 h",
        "none open",
    ):
        assert words in done.stdout


def test_the_status_as_json(cxmart: Run, home: Path, settings: Settings) -> None:
    publish_by_hand(home, "2026-10-31 23:30", "2026-10-30 12:00")
    write_run(settings, "run-1", ExitCode.REFUSED)
    done = cxmart("status", "--json", "--max-age", "29m")
    assert done.returncode == ExitCode.REFUSED
    content = json.loads(done.stdout)
    assert [problem["exit_code"] for problem in content["problems"]] == [5, 8, 10]
    assert content["exit_code"] == 5
    assert content["published"] == {
        "run_id": "run-1",
        "published_at": "2026-10-31T23:30:00Z",
        "as_of": "2026-10-31T12:00:00Z",
        "tests_passed": 412,
        "tests_warned": 2,
        "warnings": None,
        "warned_tests": [],
    }
    assert content["sources"][0]["state"] == "late"
    assert content["sources"][0]["age_seconds"] == 36 * HOUR
    assert content["last_run"]["messages"] == ["it broke"]


@pytest.mark.parametrize(
    ("exit_code", "expected", "words"),
    [
        (0, ExitCode.DONE, "all is well"),
        (ExitCode.TESTS, ExitCode.TESTS, "run run-2 ended with tests: it broke"),
        (None, ExitCode.KILLED, "run run-2 was killed in step build"),
    ],
)
def test_the_last_run_decides(
    home: Path,
    settings: Settings,
    capsys: pytest.CaptureFixture[str],
    exit_code: int | None,
    expected: ExitCode,
    words: str,
) -> None:
    publish_by_hand(home, "2026-10-31 23:30")
    write_run(settings, "run-1", ExitCode.AUDIT)
    os.utime(run_log.folder(settings) / "run-1.jsonl", (1, 1))
    write_run(settings, "run-2", exit_code)
    found = status.read_status(settings)
    assert found.exit_code is expected
    assert words in " ".join(["all is well" if not found.problems else "", *(p.message for p in found.problems)])


@pytest.mark.parametrize(
    ("exit_code", "command", "is_settled"),
    [
        *((code, "publish", True) for code in (ExitCode.AUDIT, ExitCode.TESTS, ExitCode.STALE, ExitCode.TIMEOUT, None)),
        *((code, "publish", False) for code in (ExitCode.SERVER, ExitCode.REFUSED, ExitCode.REJECTED)),
        (ExitCode.SERVER, "publish --to", True),
        (ExitCode.AUDIT, "publish --to", False),
        (ExitCode.AUDIT, "load", False),
    ],
)
def test_what_was_done_by_hand_since_settles_a_run(
    home: Path, settings: Settings, exit_code: int | None, command: str, is_settled: bool
) -> None:
    """Who has followed the advice of a run that stopped is not told of it until the next one."""
    publish_by_hand(home, "2026-10-31 23:30")
    write_run(settings, "run-2", exit_code, {"land": {"open_rejects": []}})
    with (run_log.folder(settings) / "run-2.jsonl").open("a", encoding="utf-8") as log:
        log.write('{"step": "sco')  # as a kill leaves it
    # Rejects that were put right are open no more, which settles a run by itself.
    assert bool(status.read_status(settings).problems) == (exit_code != ExitCode.REJECTED)
    run_log.settle(settings, command, ["t.csv"])
    run_log.settle(settings, command, ["t.csv"])
    found = status.read_status(settings)
    assert found.last_run
    assert found.last_run.settled_by == (command if is_settled else None)
    assert (found.problems == []) == (is_settled or exit_code == ExitCode.REJECTED)
    write_run(settings, "run-3", ExitCode.AUDIT)
    assert status.read_status(settings).exit_code is ExitCode.AUDIT


def test_a_refused_file_is_settled_by_its_own_load(home: Path, settings: Settings) -> None:
    publish_by_hand(home, "2026-10-31 23:30")
    log = RunLog(settings, "run-1")
    run = log.begin(run_log.RUN)
    run.messages += ["drop/tickets.csv lacks the column created_at", "drop/orders.csv: is empty"]
    log.end(run, exit_code=ExitCode.REFUSED)
    run_log.settle(settings, run_log.LOAD, ["tickets.csv", "drop/ticket", "other/drop/orders.csv"])
    assert "tickets.csv lacks" in status.read_status(settings).problems[0].message
    run_log.settle(settings, run_log.LOAD, ["drop/tickets.csv"])
    (problem,) = status.read_status(settings).problems
    assert problem.message == "run run-1 ended with refused: drop/orders.csv: is empty"
    run_log.settle(settings, run_log.LOAD, ["drop/orders.csv"])
    assert status.read_status(settings).problems == []


def test_what_waits_is_told(home: Path, settings: Settings) -> None:
    """Rows that landed and are not built, and a build that is not published."""
    home.mkdir(exist_ok=True)
    assert "cxmart load standard FOLDER" in status.read_status(settings).problems[0].message
    with duckdb.connect(str(home / "raw.duckdb")) as raw:
        raw.execute("create schema raw_standard; create schema raw_shop")
        raw.execute("create table raw_standard._loads as select 'tickets' as table_name, 3 as rows_loaded")
        raw.execute("create table raw_shop._loads as select 'tickets' as table_name, 9 as rows_loaded")
    assert landed_rows.nothing_landed(replace(settings, sources=("other",))) == (
        "nothing has landed of other, so every KPI says no_data; rows have landed of shop, standard: "
        "enable it in CXMART_SOURCES"
    )
    assert landed_rows.nothing_landed(settings) is None
    (problem,) = status.read_status(settings).problems
    assert "3 rows have landed and are not built yet: run `cxmart build`" in problem.message
    with duckdb.connect(str(home / "build.duckdb")) as build:
        build.execute("create table cxmart_build as select 'run-1' as run_id, true as is_complete, 0 as nodes_failed")
        build.execute(
            "create table cxmart_build_raw as select 'standard' as source, 'tickets' as table_name, 2 as row_count, "
            "2 as rows_loaded, 1 as last_load_id"
        )
    publish_by_hand(home, "2026-10-31 23:30")
    with duckdb.connect(str(home / "marts.duckdb")) as marts:
        marts.execute("create table publication_raw as select 'standard' as source, 2 as rows_loaded")
    found = status.read_status(settings)
    assert found.problems == []
    assert found.waiting == waiting.Waiting(3, 1, None, ("shop",))
    assert found.waiting.sentence == "1 row has landed and is not built yet: run `cxmart build`, then `cxmart publish`"
    with duckdb.connect(str(home / "build.duckdb")) as build:
        build.execute("update cxmart_build set run_id = 'run-2'; update cxmart_build_raw set rows_loaded = 3")
    found = status.read_status(settings)
    assert found.waiting
    assert found.waiting.sentence == "run run-2 is built and not published: run `cxmart publish`"
    with raw_held(home):
        assert status.read_status(settings).waiting is None


@pytest.mark.parametrize(
    ("newest", "hours", "state", "said"),
    [
        ("timestamp '2026-10-31 12:00'", "36", "fresh", "marked by CXMART_MAX_DATA_AGE_HOURS"),
        (
            "timestamp '2026-10-30 11:00'",
            "36",
            "late",
            "the data of standard is late: the newest in it is 37 h old, and CXMART_MAX_DATA_AGE_HOURS allows 36 h",
        ),
        ("timestamp '2026-10-30 11:00'", "48", "fresh", "all is well"),
        ("timestamp '2020-01-01'", "none", "no_limit", "neither the YAML of the source nor CXMART_MAX_DATA_AGE_HOURS"),
        ("cast(null as timestamp)", "36", "no_data", "nobody knows how old the data of standard is"),
    ],
)
def test_the_age_of_data_is_judged_by_a_default(
    cxmart: Run, home: Path, newest: str, hours: str, state: str, said: str
) -> None:
    """Where the YAML of a source sets no limit; unknown is not fresh."""
    publish_by_hand(home, "2026-10-31 23:30")
    with duckdb.connect(str(home / "marts.duckdb")) as marts:
        marts.execute(f"update publication_sources set warn_after_seconds = null, newest_at = {newest}")
    env = {"CXMART_MAX_DATA_AGE_HOURS": hours}
    done = cxmart("status", env=env)
    assert done.returncode == (ExitCode.DONE if state in ("fresh", "no_limit") else ExitCode.STALE)
    assert said in done.stdout
    (source,) = json.loads(cxmart("status", "--json", env=env).stdout)["sources"]
    assert (source["state"], source["is_default_limit"]) == (state, hours != "none")


def test_a_limit_that_is_none_is_refused(cxmart: Run) -> None:
    done = cxmart("status", env={"CXMART_MAX_DATA_AGE_HOURS": "soon"})
    assert done.returncode == ExitCode.USAGE
    assert "give a number of hours such as 36, or none" in done.stderr


def test_nothing_published_is_a_problem(cxmart: Run, home: Path) -> None:
    done = cxmart("status")
    assert done.returncode == ExitCode.WAREHOUSE
    assert "nothing is published yet" in done.stdout
    assert not home.exists()


def test_a_run_at_work_is_shown_and_not_taken_for_a_killed_one(
    home: Path, settings: Settings, held: subprocess.Popen[str]
) -> None:
    publish_by_hand(home, "2026-10-31 23:30")
    write_run(settings, "run-6")
    os.utime(run_log.folder(settings) / "run-6.jsonl", (1, 1))
    write_run(settings, "run-7", None)
    found = status.read_status(settings)
    assert found.running
    assert found.running.pid == held.pid
    assert found.last_run
    assert found.last_run.run_id == "run-6"
    assert found.problems == []


@contextlib.contextmanager
def raw_held(home: Path) -> Iterator[None]:
    """Within this, another process writes to raw.duckdb."""
    writer = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", writer, str(home / "raw.duckdb")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        yield
        process.communicate()


def test_open_rejects_are_counted_now_or_by_the_last_run(home: Path, cxmart: Run, tmp_path: Path) -> None:
    settings = settings_of(home)
    path = tmp_path / "tickets.csv"
    path.write_text("ticket_id,channel,created_at,status\nt1,email,soon,open\nt2,email,2026-03-01,open\n")
    assert cxmart("load", "standard", str(path)).returncode == 0
    publish_by_hand(home, "2026-10-31 23:30")
    found = status.read_status(settings)
    assert (found.rejects, found.rejects_of_run) == ([OpenRejects("standard", "tickets", 1, 1)], None)
    assert found.exit_code is ExitCode.DONE
    with raw_held(home):
        assert status.read_status(settings).rejects is None
        assert "unknown: raw.duckdb is in use" in cxmart("status").stdout
    counted = {"source": "standard", "table": "tickets", "rows": 5, "files": 2}
    write_run(settings, "run-1", 0, {"land": {"open_rejects": [counted]}})
    with raw_held(home):
        found = status.read_status(settings)
    assert (found.rejects, found.rejects_of_run) == ([OpenRejects("standard", "tickets", 5, 2)], "run-1")


def test_a_published_file_of_an_older_version_has_a_status(home: Path, settings: Settings, cxmart: Run) -> None:
    make_fake_build(home)
    with duckdb.connect(str(home / "marts.duckdb")) as marts:
        marts.execute(
            "create table publication as select 'run-0' as run_id, timestamp '2026-10-31' as as_of, 1 as tests_passed, "
            "0 as tests_warned"
        )
    found = status.read_status(settings, 60)
    assert (found.sources, found.exit_code) == ([], ExitCode.OVERDUE)
