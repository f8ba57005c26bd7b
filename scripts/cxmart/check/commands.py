"""Commands and places as messages name them: they run as they are printed."""

import shlex
from pathlib import Path

from cxmart.base.formats import count
from cxmart.base.settings import Settings
from cxmart.landing import files


def command(*words: str) -> str:
    """Write a command that runs as it is printed, whatever a path has in it."""
    return shlex.join(words)


def path_of(name: str) -> Path:
    """Give the path of a file as it is named in the accounts: a sheet of a workbook is named behind it."""
    path, is_sheet, _ = name.rpartition("#")
    is_workbook = is_sheet and (described := files.describe(Path(path))) and described.format == "workbook"
    return Path(path if is_workbook else name)


def path_as_word(name: str) -> str:
    """Write the path of a file as a word of a command; one that begins with a dash is no option."""
    path = str(path_of(name))
    return f"./{path}" if path.startswith("-") else path


def line_in_words(file: str, number: int) -> str:
    """Name a record of a file; of a workbook that is the row that it shows."""
    return f"{'line' if str(path_of(file)) == file else 'row'} {count(number)}"


def rows_in_words(number: int) -> str:
    """Write a number of rows."""
    return "1 row" if number == 1 else f"{count(number)} rows"


def rejects_command(source: str, table: str | None = None) -> str:
    """Write the command that shows why rows did not land."""
    return command("cxmart", "rejects", source, *(["--table", table] if table else []))


def check_command(source: str, path: str, settings: Settings) -> str:
    """Write the command that says what a file is; without the source where it is the only one."""
    named = [] if list(settings.sources) == [source] else ["--source", source]
    return command("cxmart", "check", *named, path_as_word(path))
