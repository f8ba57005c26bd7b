"""Commands that messages and pages tell to run are commands: they run as they are printed."""

import shlex
from pathlib import Path

import pytest

from commands import UsageError, commands_in, commands_in_messages, commands_of_page, parse
from conftest import PROJECT_ROOT, Run, at_terminal
from cxmart.check import commands
from landings import Lander

MODULES = sorted((PROJECT_ROOT / "scripts" / "cxmart").rglob("*.py"))
PAGES = [PROJECT_ROOT / "README.md", PROJECT_ROOT / "CONTRIBUTING.md", *sorted((PROJECT_ROOT / "docs").glob("*.md"))]
# What messages fill in.
NAMES = {"command": "build", "__version__": "1.0", "source": "standard"}
HEAD = "ticket_id,channel,created_at,status\n"


def test_commands_are_found_in_texts() -> None:
    text = (
        "run `cxmart build` first\n    cxmart load standard 'a b.csv'\n"
        "Look: CXMART_HOME='x y' cxmart status\nno cxmart here"
    )
    assert commands_in(text) == [
        "cxmart build", "cxmart load standard 'a b.csv'", "CXMART_HOME='x y' cxmart status",
    ]  # fmt: skip


@pytest.mark.parametrize("wrong", ["cxmart bild", "cxmart load standard", "cxmart publish --to", "cxmart rejects --x"])
def test_what_is_no_command_is_told(wrong: str) -> None:
    with pytest.raises(UsageError):
        parse(wrong)


def test_commands_in_messages_are_commands() -> None:
    found = [command for module in MODULES for command in commands_in_messages(module, NAMES)]
    assert len(found) > 20
    wrong = {}
    for command in found:
        try:
            parse(command)
        except UsageError as error:
            wrong[command] = error.message
    assert wrong == {}


def test_commands_on_pages_are_commands() -> None:
    found = [command for page in PAGES for command in commands_of_page(page.read_text(encoding="utf-8"))]
    assert len(found) > 20
    for command in found:
        parse(command)


@pytest.mark.parametrize("folder", ["my exports", "it's here", 'a;b $HOME "ünï"'])
def test_what_a_load_says_to_run_runs_as_it_is_printed(cxmart: Run, tmp_path: Path, folder: str) -> None:
    lander = Lander(tmp_path)
    path = lander.write(f"{folder}/tickets.csv", HEAD + "t1,email,31.12.2026,open\nt2,email,30.12.2026,open\n")
    done = cxmart("load", "standard", str(path), env=at_terminal(60))
    told = commands_in(done.stdout) + commands_in(done.stderr)
    assert any(str(path) in shlex.split(command) for command in told)
    told += commands_in(cxmart("rejects", env=at_terminal(60)).stdout)
    for command in told:
        parse(command)
    # Really, too.
    assert len(told) >= 4
    for command in dict.fromkeys(told):
        run = cxmart(*shlex.split(command)[1:])
        assert run.returncode in {0, 12}, (command, run.stderr)
        assert "error" not in run.stderr


def test_a_command_quotes_what_a_shell_would_take_apart() -> None:
    assert commands.command("cxmart", "load", "standard", "a b's.csv") == "cxmart load standard 'a b'\"'\"'s.csv'"
