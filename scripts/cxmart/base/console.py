"""The two consoles: what a command gives goes to standard output, errors and progress to standard error."""

import os
import sys

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cxmart.base.errors import CxmartError
from cxmart.base.json_values import to_json

# What a file or a pipe gets, where nothing says how wide it is.
WIDTH_WITHOUT_TERMINAL = 100


def _console(*, stderr: bool = False) -> Console:
    is_terminal = (sys.stderr if stderr else sys.stdout).isatty()
    width = None if is_terminal or "COLUMNS" in os.environ else WIDTH_WITHOUT_TERMINAL
    return Console(stderr=stderr, highlight=False, width=width)


def make_printable() -> None:
    """Let a stream that can't show a character put a question mark there, rather than fail."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(errors="replace")


out = _console()
err = _console(stderr=True)


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
