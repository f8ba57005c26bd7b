"""The two consoles: what a command gives goes to standard output, errors and progress to standard error.

At a terminal, text and tables fit its width. Everywhere else nothing is wrapped or cut: a row of a table is one line.
"""

import csv
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cxmart.base.errors import CxmartError, ExitCode
from cxmart.base.json_values import to_json, to_text

# Wider than any line: a file or a pipe has no width.
UNBROKEN_WIDTH = 100_000

# The rows of a table for programs, and its columns in their order.
Rows = tuple[Iterable[Mapping[str, object]], Sequence[str]]


class Format(StrEnum):
    """How a command prints what it found: for people, or for programs."""

    TEXT = "text"
    TSV = "tsv"
    CSV = "csv"
    JSON = "json"


def _console(*, stderr: bool = False) -> Console:
    stream = sys.stderr if stderr else sys.stdout
    # As other programs do, rich takes a stream for a terminal where this is set.
    is_terminal = stream.isatty() or os.environ.get("TTY_COMPATIBLE") == "1"
    return Console(stderr=stderr, highlight=False, width=None if is_terminal else UNBROKEN_WIDTH)


def make_printable() -> None:
    """Let a stream that can't show a character put a question mark there, rather than fail."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(errors="replace")


out = _console()
err = _console(stderr=True)


def is_unbroken(console: Console) -> bool:
    """Tell whether a console has no width, so that a row is one line however long it is."""
    return console.width >= UNBROKEN_WIDTH


def on_one_line(text: Text, console: Console) -> Text:
    """Put a cell of several lines on one where a console has no width."""
    return Text("  ").join(text.split("\n")) if is_unbroken(console) else text


def printable(text: str) -> str:
    """Write characters that would steer a terminal, or that no encoding has, as their codes."""
    return "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in text)


def say(text: str, style: str = "") -> None:
    """Print plain text; square brackets in it are text, and no line is broken."""
    out.print(printable(text), style=style, markup=False, soft_wrap=True)


def complain(error: CxmartError) -> None:
    """Print an error as one sentence."""
    err.print(f"error: {printable(str(error))}", style="red", markup=False, soft_wrap=True)


def say_json(value: object) -> None:
    """Print a value as JSON."""
    out.print_json(to_json(value))


def say_rows(rows: Iterable[Mapping[str, object]], columns: Sequence[str], output: Format) -> None:
    """Print rows as TSV or CSV with a header line, numbers unrounded, unknown values empty.

    A row is one line of TSV: a tab, a line break, another character that can't be printed and a backslash within a
    value are written as their codes. CSV is quoted as in RFC 4180.

    Args:
        rows: each with values by column; a list or a mapping within is written as JSON.
        columns: the columns in their order.
        output: TSV or CSV.
    """
    table = ([to_text(row.get(name)) for name in columns] for row in rows)
    if output is Format.CSV:
        csv.writer(out.file, lineterminator="\n").writerows([columns, *table])
    else:
        out.file.writelines("\t".join(map(_escaped, cells)) + "\n" for cells in (columns, *table))


def _escaped(text: str) -> str:
    return "".join("\\\\" if c == "\\" else c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def chosen_format(output: Format | None, *, as_json: bool) -> Format:
    """Tell the format that `--format` and `--json`, its short form for JSON, ask for.

    Raises:
        CxmartError: they contradict each other.
    """
    if as_json and output not in (None, Format.JSON):
        raise CxmartError(f"--json and --format {output} contradict each other; give one of them", ExitCode.USAGE)
    return Format.JSON if as_json else output or Format.TEXT


def say_for_programs(output: Format, document: Callable[[], object], rows: Callable[[], Rows]) -> bool:
    """Print what a command found in a format for programs.

    Args:
        output: the format.
        document: gives all of it, for JSON.
        rows: gives the rows of its table, for TSV and CSV.

    Returns:
        Whether it was printed; false where the format is the one for people.
    """
    if output is Format.JSON:
        say_json(document())
    elif output is not Format.TEXT:
        say_rows(*rows(), output)
    return output is not Format.TEXT


def new_table(*headings: str, numbers_from: int | None = None) -> Table:
    """Make a table without lines; from a column on, numbers stand at the right."""
    table = Table(box=None, header_style="dim", padding=(0, 2, 0, 0))
    for place, heading in enumerate(headings):
        is_number = numbers_from is not None and place >= numbers_from
        table.add_column(heading, justify="right" if is_number else "left", overflow="fold")
    return table


def print_sentence(console: Console, text: str, style: str = "", *, is_broken: bool = True) -> None:
    """Print a sentence; one with a path in it is not broken where the terminal ends."""
    console.print(Text(printable(text), style), soft_wrap=not is_broken)
