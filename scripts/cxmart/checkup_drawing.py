"""Printing what `cxmart check` found."""

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cxmart import dialects, loading, showing
from cxmart.checkup import HASHED, MATCHED, NEVER_LANDS, UNKNOWN, Checkup, ColumnSeen, FileSeen, Form
from cxmart.output import printable
from cxmart.settings import Settings
from cxmart.wording import count

DELIMITERS = {"\t": "tabs", ",": "commas", ";": "semicolons", "|": "bars"}
# As many words, reasons and missing columns are shown.
SHOWN_WORDS = 5
SHOWN_REASONS = 20
SHOWN_KPIS = 12
# How remarks begin that say what is said of the columns already.
SAID_ABOVE = ("left out, since such columns", "read as Windows", "read as UTF")


def draw(found: Checkup, settings: Settings, console: Console) -> None:
    """Print what files are and what would become of them, and what to do.

    Args:
        found: what was found.
        settings: for where configuration is written.
        console: where to.
    """
    for place, file in enumerate(found.files):
        if place:
            console.print()
        _draw_file(file, found.source.name, console)
    for error in found.errors:
        _say(console, f"\nerror: {error}", "red", is_broken=False)
    if found.ignored:
        console.print()
        for one in found.ignored:
            _say(console, f"ignored ({one.why}): {one.name}", "dim", is_broken=False)
    _draw_kpis(found, console)
    if found.zone_question:
        _say(console, f"\n{found.zone_question}", "bold yellow")
    _draw_lines(found, settings, console)
    _draw_end(found, console)


def _draw_file(file: FileSeen, source: str, console: Console) -> None:
    _say(console, file.file, "bold", is_broken=False)
    written = [f"for the table {file.table}" if file.table else "for no table", _format(file)]
    if file.encoding:
        written.append(file.encoding)
    if file.delimiter:
        between = DELIMITERS.get(file.delimiter, f'"{file.delimiter}"')
        written.append(f"{between} between fields")
    _say(console, f"  {', '.join(written)}")
    if file.error:
        _say(console, f"  would be refused: {file.error}", "red", is_broken=False)
    if file.columns:
        _draw_columns(file, console)
    landed = file.landed
    if landed is None:
        return
    outcomes = [f"{count(landed.rows_loaded)} would land"]
    for number, what in (
        (landed.rows_duplicate, "duplicate"),
        (landed.rows_stale, "stale (another version of their key is newer)"),
        (landed.rows_rejected, "would be rejected"),
    ):
        if number:
            outcomes.append(f"{count(number)} {what}")
    if landed.is_new:
        style = "green" if file.is_fine else "red" if landed.is_all_rejected else "yellow"
        _say(console, f"  {showing.rows_in_words(landed.rows_read)}: {', '.join(outcomes)}", style)
    else:
        _say(console, "  the same bytes as a file above: it would be no work", "green")
    for remark in loading.remarks(landed):
        if not remark.startswith(SAID_ABOVE):
            _say(console, f"  {remark.replace('`cxmart rejects` shows them', 'see below')}", "yellow")
    if landed.conflict:
        _say(console, f"  WARNING {landed.conflict}", "bold red")
    told = showing.by_column(file.hints)
    for title, groups, are_left_out in (
        ("rows that would be rejected", [group for group in landed.reject_groups if group.rows], False),
        ("values that would be left out", [group for group in landed.reject_groups if group.values_left_out], True),
    ):
        if groups:
            _say(console, f"  {title}, by reason:")
            showing.draw_reasons(
                source, groups, told, SHOWN_REASONS, console, are_left_out=are_left_out, is_of_one_file=True
            )
    for messages in told.values():
        for message in messages:
            _say(console, f"  {message}", "yellow")


def _format(file: FileSeen) -> str:
    names = {"csv": "delimited text", "tsv": "delimited text", "txt": "delimited text", "jsonl": "JSON lines"}
    name = f"sheet {file.sheet} of a workbook" if file.sheet else names.get(file.format, "Parquet")
    return name if file.compression == "none" else f"{name}, {file.compression}"


def _draw_columns(file: FileSeen, console: Console) -> None:
    grid = Table.grid(padding=(0, 2, 0, 0), pad_edge=False)
    grid.add_column(overflow="fold", max_width=max(12, console.width // 3))
    grid.add_column(overflow="fold")
    known = [column for column in file.columns if column.state in {MATCHED, HASHED}]
    for column in known:
        name = Text(f"  {printable(column.name)}")
        if column.column and column.column != column.name:
            name.append(f"\n    is {column.column}", "dim")
        grid.add_row(name, _values(column))
    console.print(grid)
    if file.landed and file.looked_at < file.landed.rows_read - file.landed.rows_rejected:
        _say(console, f"  (values as they are written in the first {count(file.looked_at)} rows)", "dim")
    for column in file.columns:
        if column.state == UNKNOWN:
            asked = f"; did you mean {' or '.join(column.nearest)}?" if column.nearest else ""
            _say(console, f"  {column.name} is no column of the table: kept as text, used by nothing{asked}", "yellow")
    if private := [column.name for column in file.columns if column.state == NEVER_LANDS]:
        _say(console, f"  never lands: {', '.join(private)}", "dim")
    if file.missing_required:
        _say(console, f"  missing, and needed: {', '.join(file.missing_required)}", "red")
    if file.missing_optional:
        _say(console, f"  missing, and optional: {', '.join(file.missing_optional)}", "dim")


def _values(column: ColumnSeen) -> Text:
    """Say what the values of a column look like: how they are written, and what they are read as."""
    text = Text()
    if column.state == HASHED:
        text.append("lands as email_hash", "dim")
        return text
    if column.filled == 0:
        text.append("no values", "dim")
        return text
    if column.forms:
        text.append("written ")
        text.append(", ".join(map(_in_words, column.forms[:2])))
        text.append(" and in more forms" if len(column.forms) > 2 else "")
    if column.lowest is not None:
        text.append(f"{', ' if text else ''}read as {column.lowest} to {column.highest}")
    elif column.words:
        words = [f"{printable(word)} ({count(rows)})" for word, rows in list(column.words.items())[:SHOWN_WORDS]]
        more = len(column.words) - SHOWN_WORDS
        text.append(f"{'; ' if text else ''}{', '.join(words)}{f' and {count(more)} more words' if more > 0 else ''}")
    elif column.filled and not column.forms:
        text.append("1 value" if column.filled == 1 else f"{count(column.filled)} values")
        text.append(f": {', '.join(map(printable, column.examples))}" if column.examples else "")
    return text


def _in_words(form: Form) -> str:
    return printable(form.example if form.example == form.form else f"{form.example} (as {form.form})")


def _draw_kpis(found: Checkup, console: Console) -> None:
    if found.fed is None or found.lacking is None or not found.files:
        return
    every = len(found.fed) + len(found.lacking)
    _say(console, f"\nKPIs: these tables can feed {len(found.fed)} of {every}", "bold")
    if found.fed:
        _say(console, f"  {', '.join(found.fed)}")
    by_need: dict[str, list[str]] = {}
    for kpi, missing in found.lacking.items():
        by_need.setdefault(" and ".join(missing), []).append(kpi)
    if by_need:
        _say(console, "  the others lack tables:")
    grid = Table.grid(padding=(0, 2, 0, 0), pad_edge=False)
    grid.add_column(overflow="fold", max_width=max(16, console.width // 3))
    grid.add_column(overflow="fold")
    for need, kpis in sorted(by_need.items(), key=lambda one: -len(one[1])):
        more = len(kpis) - SHOWN_KPIS
        shown = ", ".join(kpis[:SHOWN_KPIS]) + (f" and {more} more" if more > 0 else "")
        grid.add_row(f"    {need}", Text(shown, "dim"))
    console.print(grid)


def _draw_lines(found: Checkup, settings: Settings, console: Console) -> None:
    if found.words:
        _say(console, "\nWords that are known nowhere", "bold")
        for word in found.words:
            near = f"; perhaps {' or '.join(word.nearest)}" if word.nearest else ""
            _say(console, f"  {word.kind} {word.word} ({showing.rows_in_words(word.rows)}){near}", "yellow")
    if found.sources_yml:
        _say(console, f"\nLines to paste into {dialects.place(settings)}", "bold", is_broken=False)
        _print_lines(found.sources_yml.splitlines(), console)
    if found.name_aliases:
        own = str(settings.config / "name_aliases.csv") if settings.config else "name_aliases.csv in CXMART_CONFIG"
        _say(console, f"\nRows to paste into {own}, with a name for each ?", "bold", is_broken=False)
        _print_lines(found.name_aliases.splitlines(), console)
        for kind, names in {word.kind: word.names for word in found.words}.items():
            _say(console, f"  names of {kind}: {', '.join(names)}", "dim")


def _print_lines(lines: Iterable[str], console: Console) -> None:
    for line in lines:
        console.print(Text(f"    {printable(line)}"), soft_wrap=True)


def _draw_end(found: Checkup, console: Console) -> None:
    rejected = sum(file.landed.rows_rejected for file in found.files if file.landed)
    refused = len(found.errors) + sum(file.error is not None for file in found.files)
    said = []
    if rejected:
        said.append(f"{showing.rows_in_words(rejected)} would be rejected")
    if refused:
        said.append(f"{count(refused)} would be refused")
    text = f"nothing was landed; {' and '.join(said)}" if said else "nothing was landed; every row would be"
    _say(console, f"\n{text}", "bold")


def _say(console: Console, text: str, style: str = "", *, is_broken: bool = True) -> None:
    """Print a sentence; one with a path in it is not broken where the terminal ends."""
    console.print(Text(printable(text), style), soft_wrap=not is_broken)
