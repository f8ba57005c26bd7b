"""A refresh from end to end, in a small project: what it publishes, how it ends, and what it survives.

Nothing is simulated: processes are really killed, disks really full, files really damaged. What is published must at
any time be the old or the new state, whole, and the next refresh must need no help.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from cxmart.base import locking
from cxmart.base.errors import ExitCode
from cxmart.base.settings import read_settings
from cxmart.refresh import run_log
from small_project import SmallProject, ids_of, make_project, published, run_ids, write_tickets

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("refresh")]

FIRST = [f"t{number}" for number in range(20)]
STEPS = ["land", "build", "publish", "scorecard"]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> SmallProject:
    return make_project(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="module")
def first(project: SmallProject, tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    """The first refresh of a home, whose folder is its argument."""
    base = tmp_path_factory.mktemp("first")
    write_tickets(base / "drop" / "tickets-0.csv", FIRST)
    done = project.run(base / "home", "refresh", "--drop", str(base / "drop"))
    assert done.returncode == 0, done.stdout + done.stderr
    return subprocess.CompletedProcess(base, 0, done.stdout, done.stderr)


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    (tmp_path / "drop").mkdir()
    return tmp_path / "drop"


@pytest.fixture
def refreshed(first: subprocess.CompletedProcess[str], tmp_path: Path) -> Path:
    """A home of this test's own, in which the first refresh has been."""
    return copy_home(first, tmp_path / "home")


def copy_home(first: subprocess.CompletedProcess[str], home: Path) -> Path:
    # Names of one file stay names of one file.
    subprocess.run(["cp", "-a", str(first.args / "home"), str(home)], check=True)
    return home


def lines_of(home: Path, run_id: str | None = None) -> list[dict[str, Any]]:
    """The log of a run, by default the newest one's."""
    folder = home / "logs" / "refresh"
    path = (
        folder / f"{run_id}.jsonl" if run_id else max(folder.glob("*.jsonl"), key=lambda path: path.stat().st_mtime_ns)
    )
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def last_step(home: Path) -> str:
    """The last step that the newest run began; the run itself where it had begun none, as it checks seeds first."""
    return [run_log.RUN, *(line["step"] for line in lines_of(home) if line["step"] != run_log.RUN)][-1]


def expected_months(tickets: Iterable[tuple[str, str]]) -> list[tuple[date, float]]:
    """The values of the one KPI, from the tickets' ids and dates."""
    months = Counter(day[:7] for _, day in tickets)
    return [(date.fromisoformat(f"{month}-01"), float(count)) for month, count in sorted(months.items())]


def months_of(home: Path) -> list[tuple[date, float]]:
    """The values of the one KPI, as they are published."""
    with duckdb.connect(str(home / "marts.duckdb"), read_only=True) as marts:
        return marts.execute("select period_start, value from kpi_values order by all").fetchall()


def assert_idle(project: SmallProject, home: Path) -> None:
    """No process of the home is left, nobody holds the lock, and nothing temporary lies there."""
    deadline = time.monotonic() + 10
    while processes_of(home) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert processes_of(home) == []
    assert locking.holder(read_settings(project.environment(home))) is None
    odd = [path.name for path in home.iterdir() if path.name.endswith((".tmp", ".wal", ".lock")) or ".tmp" in path.name]
    assert odd == []
    assert list(home.glob(".landing-*")) == []


def processes_of(home: Path) -> list[int]:
    """The processes, other than this one, that work for a home."""
    needle = f"CXMART_HOME={home}\0".encode()
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if needle in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


# What it does


def test_a_refresh_publishes_and_says_so(first: subprocess.CompletedProcess[str]) -> None:
    home = first.args / "home"
    assert months_of(home) == [(date(2026, 3, 1), 20.0)]
    assert "Tickets created" in first.stdout
    lines = lines_of(home)
    run_id = lines[0]["run_id"]
    assert {line["run_id"] for line in lines} == {run_id}
    assert f"run {run_id} has published in " in first.stdout
    assert [line["step"] for line in lines if line["state"] == "started"] == ["refresh", *STEPS]
    assert [(line["step"], line["exit_code"]) for line in lines if line["state"] == "done"] == [
        *((step, 0) for step in STEPS),
        ("refresh", 0),
    ]
    landed = next(line for line in lines if line["step"] == "land" and line["state"] == "done")
    assert landed["counts"]["sources"]["standard"] == {
        "files_new": 1, "files_known": 0, "files_refused": 0, "files_rejected": 0,
        "rows_read": 20, "rows_loaded": 20, "rows_duplicate": 0, "rows_stale": 0, "rows_rejected": 0,
        "values_rejected": 0, "rows_conflicting": 0,
    }  # fmt: skip
    assert [line.split(":")[0] for line in first.stderr.splitlines() if ": " in line] == STEPS
    # The same id everywhere: in the build, in both files, in the log.
    assert run_ids(home) == [run_id, run_id]
    with duckdb.connect(str(home / "build.duckdb"), read_only=True) as build:
        assert build.execute("select run_id from cxmart_build").fetchall() == [(run_id,)]
    assert not (home / locking.FILE_NAME).exists()


def test_of_the_drop_folder_what_can_land_is_published(project: SmallProject, refreshed: Path, drop: Path) -> None:
    """A refused file is told each time until it is put right; an empty folder is nothing."""
    done = project.run(refreshed, "refresh", "--drop", str(drop))
    assert done.returncode == 0, done.stderr
    write_tickets(drop / "tickets-1.csv", ["n1", "n2"])
    (drop / "tickets-2.csv").write_text("ticket_id,status\nn3,open\n", encoding="utf-8")
    (drop / "tickets-3.csv").write_text("ticket_id,channel,created_at,status\nn4,email,soon,open\n", encoding="utf-8")
    done = project.run(refreshed, "refresh", env={"CXMART_DROP": str(drop)})
    assert done.returncode == ExitCode.REJECTED, done.stderr
    assert "tickets-2.csv lacks channel, created_at" in done.stderr
    assert "tickets-3.csv: nothing landed, its only row was rejected" in done.stderr
    assert ids_of(refreshed) == {*FIRST, "n1", "n2"}
    status = project.run(refreshed, "status", "--json")
    assert status.returncode == ExitCode.REJECTED
    content = json.loads(status.stdout)
    assert "tickets-2.csv lacks channel" in content["problems"][0]["message"]
    assert content["rejects"] == [{"source": "standard", "table": "tickets", "rows": 1, "files": 1, "values": 0}]
    assert "could not be landed: 1" in content["published"]["warnings"]
    assert "of which every row was rejected: 1" in content["published"]["warnings"]
    # What is known by its bytes landed nothing all the same.
    write_tickets(drop / "tickets-3.csv", ["n4"])
    done = project.run(refreshed, "refresh", "--drop", f"standard={drop}")
    assert done.returncode == ExitCode.REFUSED, done.stderr
    (drop / "tickets-2.csv").write_text("ticket_id,channel,created_at\nn3,email,soon\n", encoding="utf-8")
    for _ in range(2):
        done = project.run(refreshed, "refresh", "--drop", f"standard={drop}")
        assert done.returncode == ExitCode.REJECTED, done.stderr
        assert "cxmart rejects standard --table tickets" in done.stderr
    write_tickets(drop / "tickets-2.csv", ["n3"])
    done = project.run(refreshed, "refresh", "--drop", f"standard={drop}")
    assert done.returncode == 0, done.stderr
    assert ids_of(refreshed) == {*FIRST, "n1", "n2", "n3", "n4"}
    assert project.run(refreshed, "status").returncode == 0


@pytest.mark.parametrize(("broken", "exit_code"), [("test", ExitCode.TESTS), ("model", ExitCode.FAILED)])
def test_what_is_not_right_is_not_published(
    project: SmallProject, refreshed: Path, drop: Path, broken: str, exit_code: ExitCode
) -> None:
    before = {name: (refreshed / f"{name}.duckdb").read_bytes() for name in ("marts", "marts_people")}
    write_tickets(drop / "tickets-1.csv", ["n1"])
    done = project.run(refreshed, "refresh", "--drop", str(drop), env={"BREAK": broken})
    assert done.returncode == exit_code, done.stderr
    assert {name: (refreshed / f"{name}.duckdb").read_bytes() for name in before} == before
    assert (last_step(refreshed), lines_of(refreshed)[-1]["exit_code"]) == ("build", exit_code)
    status = project.run(refreshed, "status")
    assert status.returncode == exit_code
    assert_idle(project, refreshed)
    # What has landed is published as soon as it can be.
    done = project.run(refreshed, "refresh")
    assert done.returncode == 0, done.stderr
    assert ids_of(refreshed) == {*FIRST, "n1"}


# How it ends


def wait_for(project: SmallProject, home: Path, step: str, process: subprocess.Popen[str]) -> None:
    """Wait until the run at work has begun a step."""
    settings = read_settings(project.environment(home))
    while process.poll() is None:
        holder = locking.holder(settings)
        if holder and holder.pid == process.pid and holder.run_id:
            path = run_log.folder(settings) / f"{holder.run_id}.jsonl"
            if path.exists() and f'"step": "{step}"' in path.read_text(encoding="utf-8"):
                return
        time.sleep(0.005)
    raise AssertionError(f"the run ended before step {step}: {process.communicate()}")


@pytest.mark.parametrize(
    ("number", "exit_code"), [(signal.SIGTERM, ExitCode.TERMINATED), (signal.SIGINT, ExitCode.INTERRUPTED)]
)
def test_a_signal_stops_it_in_order_and_meanwhile_no_other_begins(
    project: SmallProject, refreshed: Path, drop: Path, number: signal.Signals, exit_code: ExitCode
) -> None:
    before = published(refreshed)
    write_tickets(drop / "tickets-1.csv", ["n1"])
    process = project.start(refreshed, "refresh", "--drop", str(drop))
    wait_for(project, refreshed, "build", process)
    second = project.run(refreshed, "refresh", "--drop", str(drop))
    assert second.returncode == ExitCode.RUNNING
    assert f"(process {process.pid} on " in second.stderr
    assert len(processes_of(refreshed)) == 2, "the refresh and its dbt"
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == exit_code, errors
    assert "Traceback" not in errors
    assert_idle(project, refreshed)
    last = lines_of(refreshed)[-1]
    assert (last["step"], last["state"], last["exit_code"]) == ("refresh", "failed", exit_code)
    assert published(refreshed) == before


def test_the_time_limit_stops_it(project: SmallProject, refreshed: Path) -> None:
    before = published(refreshed)
    done = project.run(refreshed, "refresh", "--timeout", "1.5s")
    assert done.returncode == ExitCode.TIMEOUT
    assert "error: stopped after 1.5 s, its time limit" in done.stderr
    assert_idle(project, refreshed)
    assert published(refreshed) == before


# What it survives: the build is disposable


def cut_in_half(build: Path) -> None:
    build.write_bytes(build.read_bytes()[: build.stat().st_size // 2])


def change_bytes(build: Path) -> None:
    content = bytearray(build.read_bytes())
    draw = random.Random(1)
    for _ in range(2_000):
        content[draw.randrange(12, len(content))] ^= 0xFF
    build.write_bytes(content)


def lose_the_beginning(build: Path) -> None:
    build.write_bytes(bytes(4096) + build.read_bytes()[4096:])


def lose_all_but_a_log(build: Path) -> None:
    """A log of another database lies there, which would make the new build one with a foreign table."""
    other = build.with_name("other.duckdb")
    script = (
        "import duckdb, os, sys\n"
        "connection = duckdb.connect(sys.argv[1])\n"
        "connection.execute('create schema marts; create table marts.theirs as select 1')\n"
        "os._exit(0)\n"
    )
    subprocess.run([sys.executable, "-c", script, str(other)], check=True)
    build.unlink()
    other.with_name("other.duckdb.wal").rename(build.with_name("build.duckdb.wal"))
    other.unlink()


@pytest.mark.parametrize("damage", [cut_in_half, change_bytes, lose_the_beginning, lose_all_but_a_log, Path.unlink])
def test_a_damaged_build_heals_by_itself(
    project: SmallProject, refreshed: Path, drop: Path, damage: Callable[[Path], None]
) -> None:
    damage(refreshed / "build.duckdb")
    write_tickets(drop / "tickets-1.csv", ["n1"])
    done = project.run(refreshed, "refresh", "--drop", str(drop))
    assert done.returncode == 0, done.stderr
    assert ids_of(refreshed) == {*FIRST, "n1"}
    assert_idle(project, refreshed)


# What it survives: no room, no right to write


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """A disk of its own; call it with mount options to change them."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(folder)], capture_output=True, text=True, check=False
    )
    if mounted.returncode != 0:
        if os.environ.get("CI") == "true" and os.geteuid() == 0:
            pytest.fail(f"can't mount a small disk: {mounted.stderr}")
        pytest.skip(f"can't mount a small disk ({mounted.stderr.strip()})")

    def remount(options: str) -> Path:
        subprocess.run(["mount", "-o", f"remount,{options}", str(folder)], check=True)
        return folder

    yield remount
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_leaves_the_old_or_the_new(
    project: SmallProject, first: subprocess.CompletedProcess[str], disk: Callable[[str], Path], drop: Path
) -> None:
    """With less and less room the refresh ends in publishing, building, landing and at its log."""
    folder = disk("size=64m")
    home = copy_home(first, folder / "home")
    done = project.run(home, "refresh")
    assert done.returncode == 0, done.stderr
    needed = (home / "build.duckdb").stat().st_size // 1024
    ended: Counter[str] = Counter()
    old = [expected_months((ticket, "2026-03") for ticket in FIRST), set(FIRST)]
    new: list[str] = []
    for number, kilobytes in enumerate((needed + 500, 100, 8, 0), start=1):
        # The last build is deleted before the next one is made, and would make room for it.
        (home / "build.duckdb").unlink(missing_ok=True)
        write_tickets(drop / f"tickets-{number}.csv", [f"n{number}-{row}" for row in range(50)])
        new += [f"n{number}-{row}" for row in range(50)]
        used = subprocess.run(["du", "-sk", str(folder)], capture_output=True, text=True, check=True).stdout.split()[0]
        disk(f"size={int(used) + kilobytes}k")
        done = project.run(home, "refresh", "--drop", str(drop))
        assert done.returncode == ExitCode.STORAGE, (kilobytes, done.returncode, done.stdout, done.stderr)
        error = [line for line in done.stderr.splitlines() if line.startswith("error: ")][-1]
        assert "no room" in error or "No space left" in error
        assert "Traceback" not in done.stderr
        begun = [line.split(":")[0] for line in done.stderr.splitlines() if line.split(":")[0] in STEPS]
        ended[begun[-1] if begun else "none"] += 1
        # Nothing of it is seen, though two of the files have landed.
        assert [months_of(home), ids_of(home)] == old
        disk("size=64m")
    done = project.run(home, "refresh", "--drop", str(drop))
    assert done.returncode == 0, done.stderr
    assert ids_of(home) == {*FIRST, *new}
    assert_idle(project, home)
    assert ended == {"publish": 1, "build": 1, "land": 1, "none": 1}


def test_a_target_that_can_not_be_written_stays_as_it_is(
    project: SmallProject, first: subprocess.CompletedProcess[str], disk: Callable[[str], Path], drop: Path
) -> None:
    folder = disk("size=64m")
    home = copy_home(first, folder / "home")
    before = published(home)
    write_tickets(drop / "tickets-1.csv", ["n1"])
    disk("ro")
    done = project.run(home, "refresh", "--drop", str(drop))
    assert done.returncode == ExitCode.STORAGE
    assert "no permission for" in done.stderr
    assert "Traceback" not in done.stderr
    assert published(home) == before
    disk("rw")
    done = project.run(home, "refresh", "--drop", str(drop))
    assert done.returncode == 0, done.stderr
    assert ids_of(home) == {*FIRST, "n1"}


# What it survives: being killed

KILLS_ANYWHERE, KILLS_IN_A_STEP, KILLS_BEFORE_HEALING = 30, 10, 10


def test_killed_anywhere_the_old_or_the_new_is_published(
    project: SmallProject, first: subprocess.CompletedProcess[str], refreshed: Path, drop: Path, tmp_path: Path
) -> None:
    """At random moments of the whole refresh, and in the two steps that write what must not be lost.

    Before each there is something new to land, so that the old and the new are not the same. The parent alone is
    killed: dbt has to notice by itself.
    """
    draw = random.Random(29)
    started = time.monotonic()
    assert project.run(refreshed, "refresh").returncode == 0
    whole = time.monotonic() - started
    seconds = {line["step"]: line["seconds"] for line in lines_of(refreshed) if line["state"] == "done"}
    plan = [None] * KILLS_ANYWHERE + ["land", "publish"] * KILLS_IN_A_STEP
    draw.shuffle(plan)
    tickets = [(ticket, "2026-03") for ticket in FIRST]
    allowed = [list(tickets)]
    killed_in: Counter[str] = Counter()
    kills = 0
    while plan or kills % KILLS_BEFORE_HEALING:
        step = plan[-1] if plan else None
        month = f"2026-{draw.randrange(1, 13):02}"
        new = [(f"k{len(tickets)}-{row}", month) for row in range(3)]
        number = len(tickets)
        write_tickets(drop / f"tickets-{number}.csv", [ticket for ticket, _ in new], f"{month}-05T00:00:00Z")
        tickets += new
        allowed.append(list(tickets))
        process = project.start(refreshed, "refresh", "--drop", str(drop))
        if step:
            wait_for(project, refreshed, step, process)
            time.sleep(draw.uniform(0, seconds[step]))
        else:
            time.sleep(draw.uniform(0, whole))
        process.kill()
        _, errors = process.communicate()
        if process.returncode == -signal.SIGKILL:
            kills += 1
            killed_in[last_step(refreshed)] += 1
            if plan:
                plan.pop()
        else:
            assert process.returncode == 0, errors
        # Each file is one of the states, whole; of the people's, which is put in place first, none before the other's.
        states = [expected_months(state) for state in allowed]
        assert months_of(refreshed) in states
        there = states.index(months_of(refreshed))
        people = ids_of(refreshed)
        assert people in [{ticket for ticket, _ in state} for state in allowed[there:]]
        if kills % KILLS_BEFORE_HEALING == 0 and process.returncode:
            done = project.run(refreshed, "refresh", "--drop", str(drop))
            assert done.returncode == 0, done.stderr
            assert_idle(project, refreshed)
            assert months_of(refreshed) == states[-1]
            assert len(set(run_ids(refreshed))) == 1
            allowed = [list(tickets)]
    assert kills >= KILLS_ANYWHERE + 2 * KILLS_IN_A_STEP
    assert {"land", "build", "publish"} <= set(killed_in), killed_in
    undisturbed = copy_home(first, tmp_path / "undisturbed")
    done = project.run(undisturbed, "refresh", "--drop", str(drop))
    assert done.returncode == 0, done.stderr
    assert published(refreshed) == published(undisturbed)


def test_a_new_target_is_no_revision_and_stops_nothing(project: SmallProject, refreshed: Path, drop: Path) -> None:
    """Every final cell gets another status, where no final number may change."""
    for target, status in (("0", "breach"), ("1000000", "ok")):
        done = project.run(
            refreshed, "refresh", "--drop", str(drop), env={"TARGET": target, "CXMART_MAX_REVISED_SHARE": "0"}
        )
        assert done.returncode == ExitCode.DONE, done.stderr
        assert "revised" not in done.stdout
        with duckdb.connect(str(refreshed / "marts.duckdb"), read_only=True) as marts:
            found = marts.execute("select distinct status, target_upper from kpi_values where maturity = 'final'")
            assert found.fetchall() == [(status, float(target))]
            assert marts.execute("select count(*) from kpi_revisions").fetchall() == [(0,)]
