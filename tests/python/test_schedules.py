"""What docs/refresh.md and examples/schedule say is true: each example is checked by its own program, and run."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from conftest import NOW, PROJECT_ROOT, Run
from cxmart.errors import ExitCode
from small_project import SETTINGS, SmallProject, ids_of, make_project, write_tickets

SCHEDULES = PROJECT_ROOT / "examples" / "schedule"
PAGE = PROJECT_ROOT / "docs" / "refresh.md"
# Where the examples expect the project, the warehouse and the files.
FOLDER = "/srv/cxmart"


def needs(program: str, package: str) -> str:
    """Find a program of the system; without it a user's tests go on, CI's do not."""
    found = shutil.which(program)
    if not found:
        if os.environ.get("CI") == "true":
            pytest.fail(f"this needs {program} (package {package})")
        pytest.skip(f"this needs {program} (package {package})")
    return found


# The page


def test_the_page_and_the_help_list_every_exit_code(cxmart: Run) -> None:
    rows = re.findall(r"^\| (\d+) \| `(\w+)` \| \S.* \| \S.* \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert {(int(code), cause) for code, cause in rows} == {(int(code), code.name.lower()) for code in ExitCode}
    told = " ".join(cxmart("--help").stdout.split()).split("Exit codes:")[1]
    assert {int(code) for code in re.findall(r"(?:^|; ) ?(\d+) ", told)} == set(ExitCode)


def test_the_page_lists_the_settings(cxmart: Run) -> None:
    named = set(re.findall(r"^\| `(CXMART_\w+)` ", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    assert named == {
        "CXMART_DROP",
        "CXMART_PUBLISH_TO",
        "CXMART_REFRESH_TIMEOUT",
        "CXMART_MAX_DATA_AGE_HOURS",
        "CXMART_KEEP_LOGS",
        "CXMART_RUN_ID",
    }
    told = cxmart("doctor").stdout
    assert [name for name in sorted(named) if name not in told] == []


def test_every_example_is_on_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert [path.name for path in sorted(SCHEDULES.iterdir()) if f"examples/schedule/{path.name})" not in page] == []


# The examples, checked


def test_the_crontab_is_one(tmp_path: Path) -> None:
    crontab = needs("crontab", "cron")
    done = subprocess.run([crontab, "-n", str(SCHEDULES / "crontab")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (tmp_path / "wrong").write_text("61 * * * * true\n", encoding="utf-8")
    wrong = subprocess.run([crontab, "-n", str(tmp_path / "wrong")], capture_output=True, text=True, check=False)
    assert wrong.returncode != 0


def test_the_units_of_systemd_are_right(tmp_path: Path) -> None:
    analyze = needs("systemd-analyze", "systemd")
    # The program must be there for the check, and the page too; a unit can't name a path with a space.
    (tmp_path / "python").symlink_to(sys.executable)
    (tmp_path / "project").symlink_to(PROJECT_ROOT)
    for name in ("cxmart-refresh.service", "cxmart-refresh.timer"):
        text = (SCHEDULES / name).read_text(encoding="utf-8")
        text = text.replace(f"{FOLDER}/project/.venv/bin/cxmart", str(tmp_path / "python"))
        (tmp_path / name).write_text(text.replace(f"{FOLDER}/project", str(tmp_path / "project")), encoding="utf-8")
    assert complaints(analyze, tmp_path) == []
    service = tmp_path / "cxmart-refresh.service"
    service.write_text(service.read_text(encoding="utf-8").replace("oneshot", "once"), encoding="utf-8")
    assert complaints(analyze, tmp_path) != []
    (when,) = re.findall(r"^OnCalendar=(.*)$", (SCHEDULES / "cxmart-refresh.timer").read_text(encoding="utf-8"), re.M)
    done = subprocess.run([analyze, "calendar", when], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Next elapse" in done.stdout


def complaints(analyze: str, folder: Path) -> list[str]:
    """What systemd says of the units in a folder; it tells of the machine's other units too."""
    units = [str(folder / name) for name in ("cxmart-refresh.service", "cxmart-refresh.timer")]
    done = subprocess.run([analyze, "verify", *units], capture_output=True, text=True, check=False)
    return [line for line in done.stderr.splitlines() if "cxmart-refresh" in line]


def test_the_workflow_is_one() -> None:
    workflow = yaml.safe_load((SCHEDULES / "github-actions.yml").read_text(encoding="utf-8"))
    assert set(workflow) == {"name", True, "permissions", "concurrency", "jobs"}  # YAML takes `on` for true
    assert workflow[True]["schedule"] == [{"cron": "7 * * * *"}]
    (job,) = workflow["jobs"].values()
    assert [set(step) - {"if"} for step in job["steps"]] == [{"uses"}, {"run"}, {"run"}, {"run"}]
    ours = yaml.safe_load((PROJECT_ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8"))
    used = {step.get("uses") for one in ours["jobs"].values() for step in one["steps"]}
    assert job["steps"][0]["uses"] in used


# The examples, run


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> SmallProject:
    """A project in a folder `project`, installed as the examples expect it, with a file dropped beside it."""
    base = tmp_path_factory.mktemp("srv")
    project = make_project(base / "project")
    binaries = project.root / ".venv" / "bin"
    binaries.mkdir(parents=True)
    command = binaries / "cxmart"
    variables = {"PYTHONPATH": str(project.root / "scripts"), "CXMART_NOW": NOW, **SETTINGS}
    given = " ".join(f"{name}={shlex.quote(value)}" for name, value in variables.items())
    command.write_text(f'#!/bin/sh\n{given} exec "{sys.executable}" -m cxmart "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        shutil.copy(PROJECT_ROOT / name, project.root)
    (project.root / ".venv" / ".installed").touch()
    return project


def run_line(command: str, project: SmallProject, variables: dict[str, str], shell: list[str]) -> int:
    """Run a command line of an example with its variables alone, as a scheduler does."""
    base = str(project.root.parent)
    given = {name: value.replace(FOLDER, base) for name, value in variables.items()}
    done = subprocess.run(
        [*shell, command.replace(FOLDER, base)],
        env={"PATH": os.environ["PATH"], "HOME": base, **given},
        cwd=base,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    print(done.stdout, done.stderr)
    return done.returncode


def drop(project: SmallProject, name: str, ticket: str) -> None:
    write_tickets(project.root.parent / "drop" / f"tickets-{name}.csv", [ticket])


@pytest.mark.slow
@pytest.mark.xdist_group("schedules")
def test_the_lines_of_the_crontab_run(installed: SmallProject) -> None:
    drop(installed, "cron", "c1")
    lines = (SCHEDULES / "crontab").read_text(encoding="utf-8").splitlines()
    variables = dict(re.findall(r"^(\w+)=(.*)$", "\n".join(lines), re.MULTILINE))
    commands = [match.group(1) for line in lines if (match := re.match(r"[\d*]\S*(?: +\S+){4} +(\S.*)$", line))]
    assert len(commands) == 2
    for command in commands:
        assert run_line(command, installed, variables, ["/bin/sh", "-c"]) == 0
    home = installed.root.parent / "warehouse"
    assert "c1" in ids_of(home)
    assert "has published" in (home.parent / "refresh.txt").read_text(encoding="utf-8")
    assert "all is well" in (home.parent / "status.txt").read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.xdist_group("schedules")
def test_the_command_of_the_service_runs(installed: SmallProject) -> None:
    drop(installed, "systemd", "s1")
    text = (SCHEDULES / "cxmart-refresh.service").read_text(encoding="utf-8")
    (command,) = re.findall(r"^ExecStart=(.*)$", text, re.MULTILINE)
    (variables,) = re.findall(r"^Environment=(.*)$", text, re.MULTILINE)
    (folder,) = re.findall(r"^WorkingDirectory=(.*)$", text, re.MULTILINE)
    given = dict(part.split("=", 1) for part in variables.split())
    assert run_line(f"cd {folder} && exec {command}", installed, given, ["/bin/sh", "-c"]) == 0
    assert "s1" in ids_of(installed.root.parent / "warehouse")


@pytest.mark.slow
@pytest.mark.xdist_group("schedules")
def test_the_steps_of_the_workflow_run(installed: SmallProject) -> None:
    drop(installed, "actions", "a1")
    workflow = yaml.safe_load((SCHEDULES / "github-actions.yml").read_text(encoding="utf-8"))
    (job,) = workflow["jobs"].values()
    given = {**job["env"], "CXMART_HASH_KEY": "0123456789abcdef0123456789abcdef"}
    for step in job["steps"]:
        if "run" in step:
            command = f"cd {FOLDER}/project\n{step['run']}"
            assert run_line(command, installed, given, ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c"]) == 0
    assert "a1" in ids_of(installed.root.parent / "warehouse")
