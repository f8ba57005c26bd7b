"""The reference of the command line, docs/commands.md, from what `--help` says: `make reference` writes it anew."""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from cxmart.cli import app

PAGE = Path(__file__).resolve().parents[2] / "docs" / "commands.md"

INTRODUCTION = """\
# Commands

What `cxmart --help` and `cxmart COMMAND --help` print. This page is generated: `make reference`
writes it anew, and a test compares the two.

## Output for programs

At a terminal, text and tables fit its width. In a pipe or a file nothing is wrapped or cut: each
row of a table is one line, at any `COLUMNS`.

Every command that prints a table of its own takes `--format tsv`, `csv` or `json` (`--json` is
short for the last). `generate` takes `--json` only, because its `--format` is that of the files.

| command | rows of `tsv` and `csv` |
| --- | --- |
| `load`, `check` | a file; with `check --columns` a column of a file |
| `rejects` | a reason for which rows or values of a table were rejected; with `--rows` a rejected row |
| `scorecard` | a KPI; with `--slice channel` a KPI and value of the slice |
| `explain` | an observation; `reason` is empty if it counts, and says why if it was left out |
| `publish --versions` | a kept version |
| `status` | a name and a value, such as `sources.0.age_seconds` |
| `forget --dry-run` | a table |
| `doctor` | a setting, a file or a version |

- The first line names the columns. Columns keep their names; new ones may be added.
- Numbers are whole and unrounded, without separators of thousands. Shares are between 0 and 1,
  durations are in seconds, money is in the reporting currency.
- An unknown value is empty in TSV and CSV, and `null` in JSON.
- Instants are in UTC and end in `Z` (RFC 3339): `2026-07-01T12:30:00Z`. Days are `2026-07-01`.
  Columns that end in `_local` are the local time of the reports, without an offset. The logs of
  `cxmart refresh` write instants the same way.
- A row of TSV is always one line: a tab, a line break, another character that cannot be printed and
  a backslash are written as `\\t`, `\\n`, `\\x1b` and `\\\\`. CSV is quoted as in RFC 4180.
- A list within a cell is written as JSON.
"""


def commands() -> dict[str, Any]:
    """Every command by its name, as the help lists them."""
    group: Any = typer.main.get_command(app)
    return {name: group.commands[name] for name in group.list_commands(typer.Context(group))}


def page() -> str:
    """Write the page."""
    group: Any = typer.main.get_command(app)
    parts = [INTRODUCTION, group.help, "## All commands", _table(["command", "what it does"], _overview())]
    for name, command in commands().items():
        parts += [f"## cxmart {name}", *_of_command(name, command)]
    parts += ["## Exit codes", _exit_codes(group.epilog)]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _overview() -> Iterator[list[str]]:
    for name, command in commands().items():
        yield [f"[`{name}`](#cxmart-{name})", _paragraphs(command.help)[0]]


def _of_command(name: str, command: Any) -> Iterator[str]:
    context = typer.Context(command, info_name=name)
    usage = " ".join(command.collect_usage_pieces(context))
    yield f"```text\ncxmart {name} {usage}\n```"
    yield from _paragraphs(command.help)
    for kind in ("argument", "option"):
        records = [one.get_help_record(context) for one in command.params if one.param_type_name == kind]
        if records:
            rows = ([f"`{' '.join(names.split())}`", " ".join(text.split())] for names, text in records)
            yield _table([kind, "meaning"], rows)


def _paragraphs(text: str) -> list[str]:
    return [" ".join(paragraph.split()) for paragraph in inspect.cleandoc(text).split("\n\n")]


def _exit_codes(epilog: str) -> str:
    codes = epilog.removeprefix("Exit codes: ").removesuffix(".").split("; ")
    return _table(["code", "meaning"], (list(re.fullmatch(r"(\d+) (.*)", code).groups()) for code in codes))  # type: ignore[union-attr]


def _table(headings: list[str], rows: Iterator[list[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
