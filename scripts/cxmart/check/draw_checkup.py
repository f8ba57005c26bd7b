"""Printing what `cxmart check` found: in short what keeps rows out and what to do, or column by column."""

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cxmart.base.console import print_sentence, printable
from cxmart.base.formats import count
from cxmart.base.settings import Settings
from cxmart.check import commands, show_rejects
from cxmart.check.checkup import Checkup
from cxmart.check.draw_columns import SHOWN_REASONS, draw_file
from cxmart.check.hints import Hint
from cxmart.check.seen import UNKNOWN, FileSeen
from cxmart.contract import dialects
from cxmart.landing import load_files
from cxmart.landing.rejects import Group

SHOWN_KPIS = 12
# In short.
SHORT_REASONS = 8
SHORT_WORDS = 12
SHORT_ROWS = 15
SHORT_NAMES = 4
SHORT_TABLES = 5
SHORT_PATHS = 5
# In a narrower terminal each file has two lines.
WIDTH_OF_TABLE = 72
# What the reasons tell already.
SAID_BY_REASONS = "empty in rows that landed, since"
# Where lines of configuration go if no folder is named.
OWN_FOLDER = "cxmart-config"


def draw(
    found: Checkup,
    settings: Settings,
    console: Console,
    paths: Sequence[str],
    *,
    by_column: bool = False,
    written: Path | None = None,
) -> None:
    """Print what files are and what would become of them, and what to do.

    Args:
        found: what was found.
        settings: for where configuration is written.
        console: where to.
        paths: what was checked, as the user gave it.
        by_column: every column of every file, too.
        written: the file of configuration that was just written, with which this was found.
    """
    if by_column:
        for file in found.files:
            draw_file(file, found.source.name, console)
            console.print()
    _draw_table(found, console)
    for error in (*found.errors, *(file.error for file in found.files if file.error)):
        print_sentence(console, f"refused: {error}", "red", is_broken=False)
    _draw_ignored(found, console)
    _draw_remarks(found, console, is_short=not by_column)
    _draw_reasons(found, console, is_short=not by_column)
    _draw_lines(found, settings, console, paths)
    _draw_words(found, settings, console, is_short=not by_column)
    if by_column:
        _draw_kpis(found, console)
    else:
        _draw_kpis_in_short(found, console)
    _draw_end(found, settings, console, paths, written)


# In short


def _draw_table(found: Checkup, console: Console) -> None:
    """Print a line a file."""
    files = [file for file in found.files if file.landed or file.error]
    if not files:
        return
    folder = _common_folder(files)
    names = {file.file: _short_name(file, folder) for file in files}
    where = f" in {folder}" if folder else ""
    what = _number(len(files), "table" if any(file.sheet for file in files) else "file")
    print_sentence(console, f"{what}{where}, checked as source {found.source.name}; nothing was landed", "bold")
    console.print()
    counted = [
        (name, heading)
        for name, heading in (
            ("read", "rows"),
            ("loaded", "would land"),
            ("duplicate", "duplicate"),
            ("stale", "stale"),
            ("rejected", "rejected"),
        )
        if name in {"read", "loaded", "rejected"} or any(_rows(file, name) for file in files)
    ]
    workbook = None
    if console.width < WIDTH_OF_TABLE:
        for file in files:
            name, what = names[file.file], f"{file.table or 'no table'}, {_form(file)}"
            if file.sheet is not None:
                book = name.removesuffix(f"#{file.sheet}")
                name, workbook, is_same = book, book, book == workbook
                what = f"#{file.sheet}" if file.sheet == file.table else f"#{file.sheet} ({file.table or 'no table'})"
            else:
                is_same = False
            if not is_same:
                print_sentence(console, name, "bold", is_broken=False)
            told = ", ".join(
                f"{count(_rows(file, name))} {heading}"
                for name, heading in counted
                if name in {"read", "loaded"} or _rows(file, name)
            )
            print_sentence(console, f"  {what}: {told if file.landed else 'refused'}", _style(file))
        if len(files) > 1:
            sums = ", ".join(
                f"{count(sum(_rows(file, name) for file in files))} {heading}" for name, heading in counted
            )
            print_sentence(console, f"all: {sums}", "bold")
        return
    table = Table(box=None, header_style="dim", padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column("file", overflow="fold")
    table.add_column("table", no_wrap=True)
    table.add_column("form", no_wrap=True)
    for _, heading in counted:
        table.add_column(heading, justify="right", no_wrap=True)
    for file in files:
        name = names[file.file]
        if file.sheet is not None:
            book = name.removesuffix(f"#{file.sheet}")
            if book != workbook:
                table.add_row(Text(printable(book)))
            workbook, name = book, f"  #{file.sheet}"
        cells = [count(_rows(file, name)) for name, _ in counted] if file.landed else ["refused"]
        table.add_row(
            *(Text(printable(cell)) for cell in (name, file.table or "-", _form(file), *cells)), style=_style(file)
        )
    if len(files) > 1:
        of_all = [count(sum(_rows(file, name) for file in files)) for name, _ in counted]
        table.add_row("all", "", "", *of_all, style="bold")
    console.print(table)


def _common_folder(files: Sequence[FileSeen]) -> str:
    folders = [str(commands.path_of(file.file).parent) for file in files]
    try:
        return os.path.commonpath(folders).removesuffix(".")
    except ValueError:
        return ""


def _short_name(file: FileSeen, folder: str) -> str:
    return str(Path(file.file).relative_to(folder)) if folder else file.file


def _rows(file: FileSeen, name: str) -> int:
    return getattr(file.landed, f"rows_{name}") if file.landed else 0


def _style(file: FileSeen) -> str:
    if file.landed is None or file.landed.is_all_rejected:
        return "red"
    return "" if file.is_fine else "yellow"


def _form(file: FileSeen) -> str:
    """Say how a file is written, in a word or two."""
    if file.sheet is not None:
        return "sheet"
    if file.format in {"jsonl", "parquet"}:
        return {"jsonl": "JSON lines", "parquet": "Parquet"}[file.format]
    return f"CSV {'tab' if file.delimiter == chr(9) else file.delimiter or ''}".strip()


def _draw_ignored(found: Checkup, console: Console) -> None:
    by_reason: dict[str, list[str]] = {}
    for one in found.ignored:
        by_reason.setdefault(one.why, []).append(_last(one.name))
    for why, names in by_reason.items():
        print_sentence(console, f"ignored ({why}): {_some(names)}", "dim", is_broken=False)


def _draw_remarks(found: Checkup, console: Console, *, is_short: bool) -> None:
    """Print what is to be known of files, each once for all of which it is true."""
    if found.zone_question:
        print_sentence(console, f"\n{found.zone_question}", "bold yellow")
    if not is_short:
        return
    said: dict[tuple[str, str], list[str]] = {}
    for file in found.files:
        name = _last(file.file)
        for remark in load_files.remarks(file.landed) if file.landed else ():
            if SAID_BY_REASONS not in remark:
                said.setdefault(("", remark), []).append(name)
        if file.landed and not file.landed.is_new:
            said.setdefault(("", "the same bytes as another file, no work"), []).append(name)
        if file.landed and file.landed.conflict:
            said.setdefault(("bold red", f"WARNING {file.landed.conflict}"), []).append(name)
        for column in file.columns:
            if column.state == UNKNOWN:
                asked = f"; is it {' or '.join(column.nearest)}? Then rename it" if column.nearest else ""
                remark = f"{column.name} is no column of {file.table}: kept as text, used by nothing{asked}"
                said.setdefault(("yellow", remark), []).append(name)
    if said:
        console.print()
    for (style, remark), names in said.items():
        print_sentence(console, f"{_some(names)}: {remark}", style)


def _draw_reasons(found: Checkup, console: Console, *, is_short: bool) -> None:
    """Print why rows would not land: what a line of configuration mends, once for all columns, and then the rest."""
    mended: dict[tuple[tuple[str, str], ...], list[tuple[FileSeen, Hint]]] = {}
    asked: dict[str, list[tuple[FileSeen, Hint]]] = {}
    hinted = set()
    for file in found.files:
        for hint in file.hints:
            hinted.add((file.file, hint.column))
            if hint.setting:
                mended.setdefault(tuple(sorted(hint.setting.items())), []).append((file, hint))
            else:
                # With other examples, it is the same question.
                asked.setdefault(hint.message.rpartition("; ")[2], []).append((file, hint))
    rest: dict[tuple[str, str | None, str], list[Group]] = {}
    for file in found.files:
        for group in file.landed.reject_groups if file.landed else ():
            if (file.file, group.column) not in hinted:
                rest.setdefault((group.table, group.column, group.reason), []).append(group)
    if not mended and not asked and not rest:
        return
    print_sentence(
        console,
        "\nWhy rows or values would not land, and what mends it",
        "bold",
    )
    for setting, hints in mended.items():
        line = " and ".join(f"{name}: {value}" for name, value in setting)
        files = len({file.file for file, _ in hints})
        shown = _shown_example(*max(hints, key=lambda one: one[1].rows))
        columns = f"{_number(len(hints), 'column')} of {_number(files, 'file')}"
        print_sentence(console, f"  {line} reads {columns}{f', such as {shown}' if shown else ''}", "yellow")
    for hints in asked.values():
        file, hint = hints[0]
        more = f" ({_number(len(hints) - 1, 'more column')} alike)" if len(hints) > 1 else ""
        print_sentence(console, f"  {_last(file.file)}, {hint.message}{more}", "yellow")
    groups = sorted(rest.values(), key=lambda some: -sum(group.rows + group.values_left_out for group in some))
    for some in groups[: SHORT_REASONS if is_short else SHOWN_REASONS]:
        _draw_reason(some, console)
    if is_short and len(groups) > SHORT_REASONS:
        print_sentence(
            console, f"  and {_number(len(groups) - SHORT_REASONS, 'more reason')}; --columns shows them", "dim"
        )


def _draw_reason(groups: Sequence[Group], console: Console) -> None:
    first = groups[0]
    rows, values = sum(group.rows for group in groups), sum(group.values_left_out for group in groups)
    told = [commands.rows_in_words(rows)] if rows else []
    told += [f"{_number(values, 'value')} left out"] if values else []
    number = ", ".join(told)
    what = f"{first.table}.{first.column}" if first.column else first.table
    place = f"{_last(first.first_file)}, {commands.line_in_words(first.first_file, first.first_line)}"
    written: Counter[str] = Counter()
    for group in groups:
        written.update(dict(group.written))
    examples = ", ".join(f'"{show_rejects.one_value(value)}"' for value, _ in written.most_common(2))
    aside = "" if not rows or first.rejects_row else " (this alone would only leave the value out)"
    shown = f": {examples}" if examples else ""
    print_sentence(
        console, f"  {number}: {what} {first.reason}{aside}{shown} (first: {place})", "red" if rows else "yellow"
    )


def _shown_example(file: FileSeen, hint: Hint) -> str:
    """Write a column and one of its values that could not be read."""
    for group in file.landed.reject_groups if file.landed else ():
        if group.column == hint.column and group.written:
            return f'{hint.column} "{show_rejects.one_value(group.written[0][0])}"'
    return ""


def _draw_kpis_in_short(found: Checkup, console: Console) -> None:
    if found.fed is None or found.lacking is None or not found.files:
        return
    every = len(found.fed) + len(found.lacking)
    landed = f" (with what has landed already: {_some(found.landed_before)})" if found.landed_before else ""
    if not found.lacking:
        print_sentence(console, f"\nKPIs: these files feed all {every}{landed}")
        return
    by_need: dict[str, list[str]] = {}
    for kpi, missing in found.lacking.items():
        by_need.setdefault(" and ".join(missing), []).append(kpi)
    told = []
    for need, kpis in sorted(by_need.items(), key=lambda one: -len(one[1]))[:SHORT_TABLES]:
        told.append(f"{need} would add {kpis[0] if len(kpis) == 1 else f'{len(kpis)}, such as {kpis[0]}'}")
    more = len(by_need) - len(told)
    others = f"; {more} more tables the rest" if more > 1 else f"; {more} more table the rest" if more else ""
    print_sentence(console, f"\nKPIs: these files feed {len(found.fed)} of {every}{landed}; {'; '.join(told)}{others}")


def _some(names: Sequence[str]) -> str:
    more = len(names) - SHORT_NAMES
    return ", ".join(names) if more <= 1 else f"{', '.join(names[:SHORT_NAMES])} and {more} more"


def _last(name: str) -> str:
    """Give the name of a file without its folders, with the sheet."""
    path = commands.path_of(name)
    return f"{path.name}{name[len(str(path)) :]}"


def _number(number: int, what: str) -> str:
    return f"{count(number)} {what}{'' if number == 1 else 's'}"


def _draw_kpis(found: Checkup, console: Console) -> None:
    if found.fed is None or found.lacking is None or not found.files:
        return
    every = len(found.fed) + len(found.lacking)
    print_sentence(console, f"\nKPIs: these tables can feed {len(found.fed)} of {every}", "bold")
    if found.fed:
        print_sentence(console, f"  {', '.join(found.fed)}")
    by_need: dict[str, list[str]] = {}
    for kpi, missing in found.lacking.items():
        by_need.setdefault(" and ".join(missing), []).append(kpi)
    if by_need:
        print_sentence(console, "  the others lack tables:")
    grid = Table.grid(padding=(0, 2, 0, 0), pad_edge=False)
    grid.add_column(overflow="fold", max_width=max(16, console.width // 3))
    grid.add_column(overflow="fold")
    for need, kpis in sorted(by_need.items(), key=lambda one: -len(one[1])):
        more = len(kpis) - SHOWN_KPIS
        shown = ", ".join(kpis[:SHOWN_KPIS]) + (f" and {more} more" if more > 0 else "")
        grid.add_row(f"    {need}", Text(shown, "dim"))
    console.print(grid)


def _draw_lines(found: Checkup, settings: Settings, console: Console, paths: Sequence[str]) -> None:
    if not found.sources_yml:
        return
    place = dialects.settings_file(settings)
    if settings.config is None:
        title = f"Lines for {place}, in a folder that CXMART_CONFIG names (`--write-config FOLDER` writes it)"
    elif place.exists():
        title = f"Lines to add to {place}, under the source where it stands there already"
    else:
        title = f"Lines for a new file {place} (`--write-config {settings.config}` writes it)"
    print_sentence(console, f"\n{title}:\n", "bold", is_broken=settings.config is None)
    _print_lines(found.sources_yml.splitlines(), console)


def _draw_words(found: Checkup, settings: Settings, console: Console, *, is_short: bool) -> None:
    if not found.words:
        return
    print_sentence(console, "\nWords that are known nowhere", "bold")
    for kind, names in {word.kind: word.names for word in found.words}.items():
        words = [word for word in found.words if word.kind == kind]
        shown = words[:SHORT_WORDS] if is_short else words
        told = ", ".join(
            f"{word.word} ({commands.rows_in_words(word.rows)}{f'; perhaps {word.nearest[0]}' if word.nearest else ''})"
            for word in shown
        )
        more = f" and {count(len(words) - len(shown))} more" if len(words) > len(shown) else ""
        print_sentence(console, f"  {kind}: {told}{more}", "yellow")
        print_sentence(console, f"    names of {kind}: {', '.join(names)}", "dim")
    own = str(settings.config / "name_aliases.csv") if settings.config else "name_aliases.csv beside it"
    print_sentence(console, f"\nRows for {own}, once a name stands for each ?:\n", "bold", is_broken=False)
    lines = found.name_aliases.splitlines()
    shown_lines = lines[: SHORT_ROWS + 1] if is_short else lines
    _print_lines(shown_lines, console)
    if len(lines) > len(shown_lines):
        print_sentence(console, f"({count(len(lines) - len(shown_lines))} more rows; --columns prints them)", "dim")
    if any(word.kind == "channel" for word in found.words):
        print_sentence(
            console, "\nA channel that is none of these gets a row of its own in channels.csv there instead.", "dim"
        )


def _print_lines(lines: Iterable[str], console: Console) -> None:
    """Print lines as they are to be pasted: at the left edge, unbroken."""
    for line in lines:
        console.print(Text(printable(line)), soft_wrap=True)


def _draw_end(found: Checkup, settings: Settings, console: Console, paths: Sequence[str], written: Path | None) -> None:
    rejected = sum(file.landed.rows_rejected for file in found.files if file.landed)
    left_out = sum(file.landed.values_rejected for file in found.files if file.landed)
    refused = len(found.errors) + sum(file.error is not None for file in found.files)
    landing = sum(file.landed.rows_loaded for file in found.files if file.landed)
    said = []
    if rejected:
        said.append(f"{commands.rows_in_words(rejected)} would be rejected")
    if left_out:
        said.append(f"{_number(left_out, 'value')} would be left out of rows that land")
    if refused:
        said.append(f"{_number(refused, 'file')} would be refused")
    text = ", ".join(said) if said else "every row would land as it is" if landing else "there is nothing to land"
    print_sentence(console, f"\nNothing was landed: {text}.", "bold")
    named = [] if list(settings.sources) == [found.source.name] else ["--source", found.source.name]
    words = _as_words(paths)
    check = commands.command("cxmart", "check", *named, *words)
    load = commands.command("cxmart", "load", found.source.name, *words)
    if written:
        print_sentence(console, f"The lines that the files need are in {written} now. From here on:", is_broken=False)
        _print_lines([f"export CXMART_CONFIG={commands.command(str(written.parent))}"], console)
    if _reads_more(found.sources_yml):
        if not dialects.settings_file(settings).exists():
            folder = str(settings.config or OWN_FOLDER)
            print_sentence(console, "Next, write the lines above and see what they mend:")
            _print_lines([commands.command("cxmart", "check", *named, "--write-config", folder, *words)], console)
        else:
            print_sentence(console, "Next, add the lines above, and look again:")
            _print_lines([check], console)
        return
    if landing:
        if found.zone_question:
            print_sentence(console, "Say first of which zone the times are, as asked above.", "bold yellow")
        told = "Next, land them:" if not said else "Mend it, and check again; or land what is right already:"
        print_sentence(console, told)
        _print_lines([load], console)
    elif said:
        print_sentence(console, "Mend it, and look again:")
        _print_lines([check], console)


def _reads_more(lines: str) -> bool:
    """Tell whether lines of sources.yml set anything, beside a comment that asks for the zone."""
    return any(line.startswith(" ") and not line.lstrip().startswith("#") for line in lines.splitlines())


def _as_words(paths: Sequence[str]) -> list[str]:
    """Write what was checked for a command."""
    words = [commands.path_as_word(path) if Path(path).exists() else path for path in paths]
    if len(words) > SHORT_PATHS:
        words = [os.path.commonpath([Path(path).absolute() for path in paths])]
    return words
