"""Showing what did not land: grouped by reason, row by row, and in a warning where a file has lost most of its rows."""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from itertools import groupby
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cxmart.base.console import is_unbroken, on_one_line, print_sentence, printable, say
from cxmart.base.database import opened
from cxmart.base.errors import CxmartError
from cxmart.base.formats import count
from cxmart.base.settings import Settings
from cxmart.check import hints
from cxmart.check.commands import (
    check_command,
    command,
    line_in_words,
    path_as_word,
    path_of,
    rejects_command,
    rows_in_words,
)
from cxmart.check.hints import Hint, Written
from cxmart.contract import dialects, source_contract
from cxmart.contract.source_contract import Source
from cxmart.landing.landed import Landed
from cxmart.landing.rejects import Fault, Group, Grouped, Reject

# As many characters of a value are shown.
SHOWN_VALUE = 60
# How long a line across is where there is no width.
WIDTH_OF_RULE = 100
# As many files, and reasons of each, are in a warning.
SHOWN_FILES = 5
SHOWN_REASONS = 3

# Sentences by source, table and column.
Hints = dict[tuple[str, str, str], list[str]]


def hints_of_file(settings: Settings, source: Source, file: Landed) -> list[Hint]:
    """Find the lines of configuration that would read what could not be read of a file.

    Args:
        settings: for where they are written.
        source: the source of the file.
        file: what became of it.
    """
    values: dict[tuple[str, str], dict[str, int]] = {}
    for group in file.reject_groups:
        if group.column is not None and group.written:
            written = values.setdefault((group.table, group.column), {})
            for value, rows in group.written:
                written[value] = written.get(value, 0) + rows
    path = path_of(file.file)
    return hints.of_columns(
        source, settings, [Written(table, column, written, path) for (table, column), written in values.items()]
    )


def hints_of_open(settings: Settings, found: Iterable[Grouped]) -> list[Hint]:
    """Find the lines of configuration that would read what did not land and is not settled.

    Args:
        settings: the warehouse.
        found: what did not land; a source of it that is declared no more has no hints.
    """
    said: list[Hint] = []
    with opened(settings.raw_file, settings, read_only=True) as raw:
        for name in sorted({table.source for table in found}):
            try:
                source = source_contract.read_source(settings.project_root, name)
            except CxmartError:
                continue
            said += hints.of_rejects(raw, source, settings)
    return said


def by_column(said: Iterable[Hint]) -> Hints:
    """Give the sentences of hints by source, table and column."""
    messages: dict[tuple[str, str, str], list[str]] = {}
    for hint in said:
        messages.setdefault((hint.source, hint.table, hint.column), []).append(hint.message)
    return messages


def as_json(found: Iterable[Grouped], said: Iterable[Hint]) -> list[dict[str, Any]]:
    """Give what did not land for JSON, each reason with the hints about its column."""
    told = []
    by_column: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for hint in said:
        one = {"message": hint.message, "setting": dict(hint.setting), "file": hint.file}
        by_column.setdefault((hint.source, hint.table, hint.column), []).append(one)
    for table in found:
        content = table.as_json()
        for group in content["groups"]:
            group["hints"] = by_column.get((table.source, group["table"], group["column"] or ""), [])
        told.append(content)
    return told


def as_rows(found: Iterable[Grouped], said: Iterable[Hint]) -> tuple[list[dict[str, Any]], list[str]]:
    """Give a row a reason of a table, and the columns."""
    rows = [
        {"source": table["source"], **group, "hints": [hint["message"] for hint in group["hints"]]}
        for table in as_json(found, said)
        for group in table["groups"]
    ]
    names = [field.name for field in fields(Group) if field.name != "written"]
    return rows, ["source", *names, "examples", "hints"]


# By reason


def draw_groups(
    found: Sequence[Grouped], said: Sequence[Hint], settings: Settings, limit: int, console: Console
) -> None:
    """Print what did not land by table, column and reason, and then what to do.

    Args:
        found: what did not land.
        said: what would mend it.
        settings: for where that is to be written.
        limit: how many reasons of a table are shown.
        console: where to.
    """
    told = by_column(said)
    for place, table in enumerate(found):
        if place:
            console.print()
        rejecting = [group for group in table.groups if group.rows]
        leaving = [group for group in table.groups if group.values_left_out]
        name = f"{table.source}.{table.table}"
        if rejecting:
            files = "1 file" if table.files == 1 else f"{count(table.files)} files"
            print_sentence(console, f"{name}: {rows_in_words(table.rows)} of {files} did not land", "bold")
            draw_reasons(table.source, rejecting, told, limit, console, are_left_out=False)
        if leaving:
            values = "1 value was" if table.values == 1 else f"{count(table.values)} values were"
            print_sentence(console, f"{name}: {values} left out of rows that landed", "bold")
            draw_reasons(table.source, leaving, told, limit, console, are_left_out=True)
    _say_lines(console, said, settings)
    named = found[0].source if found else "standard"
    print_sentence(
        console,
        "\nLines are counted without the header, rows of workbooks as they show them. Every row with all its faults:",
        "dim",
    )
    _say_command(console, command("cxmart", "rejects", named, "--rows"))
    print_sentence(
        console,
        "Put them right where they come from, and land the file again under its name: that settles them.",
        "dim",
    )


def draw_reasons(
    source: str,
    groups: Sequence[Group],
    told: Hints,
    limit: int,
    console: Console,
    *,
    are_left_out: bool,
    is_of_one_file: bool = False,
) -> None:
    """Print reasons, each with how many rows or values it is about, examples, the first place and hints."""
    grid = Table.grid(padding=(0, 2, 0, 0), pad_edge=False)
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(overflow="fold")
    for group in groups[:limit]:
        number = group.values_left_out if are_left_out else group.rows
        text = _reason(group, is_aside=not are_left_out and not group.rejects_row)
        if group.examples:
            text.append(f"\n{_examples(group)}", "dim")
        line = line_in_words(group.first_file, group.first_line)
        place = line if is_of_one_file else f"{group.first_file}, {line}"
        text.append(f"\nfirst: {printable(place)}", "dim")
        # Once a column is enough.
        for message in told.pop((source, group.table, group.column or ""), ()):
            text.append(f"\n{printable(message)}", "yellow")
        grid.add_row(f"  {count(number)}", on_one_line(text, console))
    console.print(grid)
    if len(groups) > limit:
        print_sentence(console, f"  {count(limit)} of {count(len(groups))} reasons; --limit shows more", "dim")


def _reason(group: Group, *, is_aside: bool = False) -> Text:
    text = Text()
    if group.column:
        text.append(f"{printable(group.column)} ", "bold")
    text.append(printable(group.reason))
    if is_aside:
        text.append(" (this alone would only leave the value out)", "dim")
    return text


def _examples(group: Group) -> str:
    """Write the commonest values, each with how often it comes where that differs, and how many more there are."""
    is_once = group.different == group.rows + group.values_left_out
    shown = [
        f'"{one_value(value)}"' + ("" if is_once or group.is_sample or group.different == 1 else f" ({count(rows)})")
        for value, rows in group.examples
    ]
    more = group.different - len(shown)
    at_least = "at least " if group.is_sample else ""
    others = f" and {at_least}{count(more)} other{'s' if more > 1 else ''}" if more > 0 else ""
    return f"{', '.join(shown)}{others}"


def one_value(value: str) -> str:
    """Write a value on one line; what is left of the end is said by three points."""
    plain = printable(value.replace("\n", "\\n"))
    return plain if len(plain) <= SHOWN_VALUE else f"{plain[: SHOWN_VALUE - 1]}…"


# Row by row


def draw_rows(found: Iterable[Reject], limit: int, console: Console) -> bool:
    """Print rows that did not land with all their faults, and then values of rows that did.

    Args:
        found: the rejects.
        limit: how many are shown of either.
        console: where to.

    Returns:
        Whether there were any.
    """
    shown: dict[bool, list[Reject]] = {False: [], True: []}
    numbers = {False: 0, True: 0}
    for reject in found:
        numbers[reject.is_row_kept] += 1
        if len(shown[reject.is_row_kept]) < limit:
            shown[reject.is_row_kept].append(reject)
    is_first = True
    for kept, what in ((False, "rows that did not land"), (True, "values left out of rows that landed")):
        if not shown[kept]:
            continue
        print_sentence(console, f"{'' if is_first else chr(10)}{what}:", "bold")
        is_first = False
        for (source, table, file), rejects in groupby(shown[kept], lambda one: (one.source, one.table, one.file)):
            print_sentence(console, f"{source}.{table}, {file}", "dim", is_broken=False)
            _draw_faults(rejects, console)
        if numbers[kept] > limit:
            print_sentence(
                console,
                f"{count(limit)} of {count(numbers[kept])} {what}; --limit shows more, --export writes all to a file",
            )
    return any(numbers.values())


def _draw_faults(found: Iterable[Reject], console: Console) -> None:
    table = Table(box=None, header_style="dim", padding=(0, 2, 0, 0))
    for heading in ("line", "column", "value", "reason"):
        table.add_column(heading, overflow="fold", justify="right" if heading == "line" else "left")
    for reject in found:
        for place, fault in enumerate(reject.faults):
            table.add_row(*(Text(cell) for cell in (*([str(reject.line)] if not place else [""]), *_cells(fault))))
    console.print(table)


def _cells(fault: Fault) -> Iterator[str]:
    yield printable(fault.column or "-")
    yield one_value(fault.value or "-")
    yield printable(fault.reason)


# A file that has lost most of its rows


def mostly_rejected(landed: Iterable[Landed]) -> list[Landed]:
    """List the files of which more than half of the rows did not land, those of which none did first.

    Of a file that was loaded before, only that none did is worth to be said again.
    """
    found = []
    for file in landed:
        rejected, rows = file.rejected_of
        if file.is_all_rejected or (file.is_new and 2 * rejected > rows):
            found.append(file)
    return sorted(found, key=lambda file: not file.is_all_rejected)


def columns_lost(file: Landed) -> list[tuple[str, int]]:
    """List the columns of which most values were left out of the rows of a file that landed, with how many."""
    left: dict[str, int] = {}
    for group in file.reject_groups:
        left[group.column or ""] = left.get(group.column or "", 0) + group.values_left_out
    rejected, rows = file.rejected_of
    return [(column, values) for column, values in left.items() if file.is_new and 2 * values > rows - rejected]


def _draw_lost(source: Source, file: Landed, told: Hints, console: Console, *, is_dry: bool) -> None:
    """Print what a file has lost, and the commonest reasons."""
    rejected, rows = file.rejected_of
    if file in mostly_rejected([file]):
        print_sentence(console, f"{file.file}: {lost(file, is_dry=is_dry)}", "bold red", is_broken=False)
        rejecting = [group for group in file.reject_groups if group.rows and group.rejects_row]
        draw_reasons(
            source.name,
            rejecting[:SHOWN_REASONS],
            told,
            SHOWN_REASONS,
            console,
            are_left_out=False,
            is_of_one_file=True,
        )
        if len(rejecting) > SHOWN_REASONS:
            more = len(rejecting) - SHOWN_REASONS
            print_sentence(console, f"  and {count(more)} more reason{'s' if more > 1 else ''}")
    for column, values in columns_lost(file):
        lands = "would land" if is_dry else "landed"
        what = f"{column} is empty in {count(values)} of {rows_in_words(rows - rejected)} that {lands}"
        print_sentence(console, f"{file.file}: {what}, as it could not be read", "bold red", is_broken=False)
        groups = [group for group in file.reject_groups if group.column == column and group.values_left_out]
        draw_reasons(
            source.name, groups[:SHOWN_REASONS], told, SHOWN_REASONS, console, are_left_out=True, is_of_one_file=True
        )


def draw_warning(
    source: Source, landed: Iterable[Landed], settings: Settings, console: Console, *, is_dry: bool = False
) -> None:
    """Print a warning that nobody overlooks where files have lost most of their rows, or of the values of a column.

    It says which, why, and what to do. Of the other files it says which line of configuration would read more.

    Args:
        source: the source of the files.
        landed: what became of them.
        settings: for hints.
        console: where to.
        is_dry: nothing was landed.
    """
    every = list(landed)
    found = mostly_rejected(every)
    found += [file for file in every if file not in found and columns_lost(file)]
    others = [file for file in every if file.is_new and file.reject_groups and file not in found]
    for file in others[:SHOWN_FILES]:
        for hint in hints_of_file(settings, source, file):
            print_sentence(console, f"{file.file}: {hint.message}", "yellow", is_broken=False)
    if not found:
        return
    red = "bold red"
    are_rows = bool(mostly_rejected(found))
    _rule(console, f" WARNING: MOST {'ROWS' if are_rows else 'VALUES OF A COLUMN'} DID NOT LAND ", red)
    said: list[Hint] = []
    for file in found[:SHOWN_FILES]:
        of_file = hints_of_file(settings, source, file)
        said += of_file
        _draw_lost(source, file, by_column(of_file), console, is_dry=is_dry)
    if len(found) > SHOWN_FILES:
        print_sentence(console, f"and {count(len(found) - SHOWN_FILES)} more files, see above for what each lost", red)
    _say_lines(console, said, settings)
    print_sentence(console, "\nWhat to do now", "bold")
    if not is_dry:
        print_sentence(console, "  see all that is wrong, by reason:")
        tables = {file.table for file in found}
        _say_command(console, rejects_command(source.name, found[0].table if len(tables) == 1 else None))
    print_sentence(console, "  see what the file is, and the lines of configuration to paste:")
    _say_command(console, check_command(source.name, found[0].file, settings))
    print_sentence(console, "  then put it right, or the configuration, and land it again under the same name:")
    words = list(dict.fromkeys(path_as_word(file.file) for file in found))
    if len(words) > SHOWN_FILES:
        words = [os.path.commonpath([Path(word).absolute() for word in words])]
    _say_command(console, command("cxmart", "load", source.name, *words))
    _rule(console, "", red)


def lost(file: Landed, *, is_dry: bool = False) -> str:
    """Say how many rows of a file did not land."""
    rejected, rows = file.rejected_of
    when = "would be rejected" if is_dry else "were rejected" if file.is_new else "were rejected earlier"
    if not file.is_all_rejected:
        return f"{count(rejected)} of {rows_in_words(rows)} {when}"
    if rows == 1:
        return f"nothing landed, its only row {when.replace('were', 'was')}"
    return f"nothing landed, all {rows_in_words(rows)} {when}"


def _rule(console: Console, title: str, style: str) -> None:
    character = "━" if console.encoding.startswith("utf") else "="
    line = f"{character * 3}{title}" if title else ""
    width = WIDTH_OF_RULE if is_unbroken(console) else console.width
    console.print(Text(line + character * max(0, width - len(line)), style), soft_wrap=True)


def _say_lines(console: Console, said: Iterable[Hint], settings: Settings) -> None:
    """Print the lines of configuration that hints ask for."""
    lines = hints.to_paste(said)
    if lines:
        print_sentence(
            console, f"\nLines for {dialects.place(settings)} that would read them:", "yellow", is_broken=False
        )
        for line in lines.splitlines():
            _say_command(console, line)


def _say_command(console: Console, text: str) -> None:
    """Print a command on a line of its own, which is not broken."""
    console.print(Text(f"    {printable(text)}"), soft_wrap=True)


def ask_for_zone(source: Source, landed: Sequence[Landed], settings: Settings) -> None:
    """Ask once of which zone the times of a source are, where they do not say it and nobody has."""
    if question := hints.zone_question(source, settings, [(file.file, file.local_time) for file in landed]):
        say(question.message, style="bold yellow")
