"""Printing the columns of a file that was checked."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cxmart.base.console import on_one_line, print_sentence, printable
from cxmart.base.formats import count
from cxmart.check import commands, show_rejects
from cxmart.check.seen import HASHED, MATCHED, NEVER_LANDS, UNKNOWN, ColumnSeen, FileSeen, Form
from cxmart.landing import load_files

# As many words, reasons and missing columns are shown.
SHOWN_WORDS = 5
SHOWN_REASONS = 20
# How remarks begin that say what is said of the columns already.
SAID_ABOVE = ("left out, since such columns", "read as Windows", "read as UTF")
DELIMITERS = {"\t": "tabs", ",": "commas", ";": "semicolons", "|": "bars"}


# By column


def draw_file(file: FileSeen, source: str, console: Console) -> None:
    """Print what a file is, column by column, and what would become of it."""
    print_sentence(console, file.file, "bold", is_broken=False)
    written = [f"for the table {file.table}" if file.table else "for no table", format_in_words(file)]
    if file.encoding:
        written.append(file.encoding)
    if file.delimiter:
        between = DELIMITERS.get(file.delimiter, f'"{file.delimiter}"')
        written.append(f"{between} between fields")
    print_sentence(console, f"  {', '.join(written)}")
    if file.error:
        print_sentence(console, f"  would be refused: {file.error}", "red", is_broken=False)
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
        print_sentence(console, f"  {commands.rows_in_words(landed.rows_read)}: {', '.join(outcomes)}", style)
    else:
        print_sentence(console, "  the same bytes as a file above: it would be no work", "green")
    for remark in load_files.remarks(landed):
        if not remark.startswith(SAID_ABOVE):
            print_sentence(console, f"  {remark.replace('`cxmart rejects` shows them', 'see below')}", "yellow")
    if landed.conflict:
        print_sentence(console, f"  WARNING {landed.conflict}", "bold red")
    told = show_rejects.by_column(file.hints)
    for title, groups, are_left_out in (
        ("rows that would be rejected", [group for group in landed.reject_groups if group.rows], False),
        ("values that would be left out", [group for group in landed.reject_groups if group.values_left_out], True),
    ):
        if groups:
            print_sentence(console, f"  {title}, by reason:")
            show_rejects.draw_reasons(
                source, groups, told, SHOWN_REASONS, console, are_left_out=are_left_out, is_of_one_file=True
            )
    for messages in told.values():
        for message in messages:
            print_sentence(console, f"  {message}", "yellow")


def format_in_words(file: FileSeen) -> str:
    """Say in what format a file is."""
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
        grid.add_row(on_one_line(name, console), _values(column))
    console.print(grid)
    if file.landed and file.looked_at < file.landed.rows_read - file.landed.rows_rejected:
        print_sentence(console, f"  (values as they are written in the first {count(file.looked_at)} rows)", "dim")
    for column in file.columns:
        if column.state == UNKNOWN:
            asked = f"; did you mean {' or '.join(column.nearest)}?" if column.nearest else ""
            print_sentence(
                console, f"  {column.name} is no column of the table: kept as text, used by nothing{asked}", "yellow"
            )
    if private := [column.name for column in file.columns if column.state == NEVER_LANDS]:
        print_sentence(console, f"  never lands: {', '.join(private)}", "dim")
    if file.missing_required:
        print_sentence(console, f"  missing, and needed: {', '.join(file.missing_required)}", "red")
    if file.missing_optional:
        print_sentence(console, f"  missing, and optional: {', '.join(file.missing_optional)}", "dim")


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
