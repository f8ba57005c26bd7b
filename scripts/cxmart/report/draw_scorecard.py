"""Drawing the scorecard in the terminal: the card of a period, or of all values of a slice."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from rich.console import Console, JustifyMethod
from rich.table import Table
from rich.text import Text

from cxmart.base import formats
from cxmart.base.console import is_unbroken, on_one_line
from cxmart.report.cell import MATURING, OTHER_LENGTH, RUNNING, Cell
from cxmart.report.period import Period
from cxmart.report.scorecard import Scorecard
from cxmart.report.standards import Standard

STATUSES = {
    "ok": ("✓ ok", "green"),
    "breach": ("✗ breach", "red"),
    "partial": ("… not over", "yellow"),
    "no_target": ("·", "dim"),
    "too_few": ("? too few", "yellow"),
    "no_data": ("no data", "dim"),
}
# What stands beside a number in the table of a slice, where there is no room for a word.
SIGNS = {"ok": " ✓", "breach": " ✗", "too_few": " ?"}
MARK = "~"
STYLES = {True: "green", False: "red", None: ""}
WORDS = {True: "better", False: "worse", None: ""}
WHY_NOT = {
    RUNNING: "a number grows with the period, which is not over",
    MATURING: "what happens within the KPI's window after the period may still change it",
    OTHER_LENGTH: "there were fewer days before",
}
MEANS = "Durations are means: medians of days do not add up."
LIMIT_SIGNS = {"<": "<", "<=": "≤", ">": ">", ">=": "≥"}

# What a narrow terminal goes without, first to last, until the titles have room.
DROPPED_FIRST = ("KPI", "Sample", "Before", "words", "Target", "spread", "Change")
SMALLEST_TITLE = 18
SMALLEST_TITLE_WITH_SPREAD = 23
SMALLEST_TITLE_OF_STANDARD = 30
# The narrowest column of a slice's table, so that titles break between their words.
SMALLEST_COLUMN = 10
LARGEST_COLUMN = 16
GAP = 2
# What is measured with the columns and is none.
BESIDES = ("words", "title")


def draw_scorecard(scorecard: Scorecard, console: Console) -> None:
    """Draw a scorecard: the headline KPIs, then a section a group, KPIs without data in one line below it.

    Args:
        scorecard: what to draw.
        console: where to draw it; its width decides what is left out.
    """
    _draw_head(scorecard, console)
    if scorecard.slice_value is None:
        _draw_slice(scorecard, console)
    else:
        _draw_card(scorecard, console)


def _draw_head(scorecard: Scorecard, console: Console) -> None:
    publication, period = scorecard.publication, scorecard.period
    title = f"{period.label} ({period.grain}{' to date' if period.is_to_date else ''})"
    if scorecard.slice_value is None:
        title += f", by {scorecard.slice_name}"
    elif scorecard.slice_name != "overall":
        title += f", {scorecard.slice_name} {scorecard.slice_value}"
    console.print(Text(title, style="bold"))
    if scorecard.note:
        console.print(Text(scorecard.note, style="yellow"))
    if not period.is_complete:
        console.print(Text(_how_far(period), style="yellow"))
    console.print(
        Text(
            f"as of {publication.as_of_local or 'no data'} · sources: {publication.sources} · "
            f"time zone {publication.reporting_timezone}",
            style="dim",
        )
    )
    console.print(Text(f"before: {_before(period)}", style="dim"))


def _how_far(period: Period) -> str:
    days = f"{period.days} of {period.length} days"
    if period.is_to_date:
        return f"… the {days} that are over; a target is for the whole {period.grain}, so nothing is judged"
    if period.grain == "day":
        return "… not over: a target is for the whole day, so nothing is judged"
    return f"… not over ({days}): a target is for the whole {period.grain}, so nothing is judged"


def _before(period: Period) -> str:
    if period.previous_label is None:
        return "no data so far back"
    if period.grain == "day":
        return f"{period.previous_label}, the same weekday of the week before"
    if period.is_to_date:
        days = (period.previous_end - period.previous_start).days
        return f"the first {days} {'day' if days == 1 else 'days'} of {period.previous_label}"
    return period.previous_label


# The card of a period


def _draw_card(scorecard: Scorecard, console: Console) -> None:
    currency = scorecard.publication.reporting_currency
    shown = [cell for cell in scorecard.cells if cell.status != "no_data"]
    _draw_targets(scorecard, shown, console)
    columns = _columns(shown, currency, console)
    dropped = _dropped(columns, console.width)
    headline = [cell for cell in scorecard.cells if cell.is_headline]
    rest = [cell for cell in scorecard.cells if not cell.is_headline]
    sections = [("Headline", headline)] if headline else []
    sections += [
        (formats.group_title(group), list(members)) for group, members in groupby(rest, key=lambda cell: cell.kpi_group)
    ]
    is_first = True
    for title, members in sections:
        with_data = [cell for cell in members if cell.status != "no_data"]
        console.print()
        console.print(Text(title, style="bold"))
        if with_data:
            console.print(_table(with_data, columns, dropped, currency, console, has_header=is_first))
            is_first = False
        without_data = [cell for cell in members if cell.status == "no_data"]
        for why, lacking in groupby(sorted(without_data, key=_why_none), key=_why_none):
            console.print(Text(f"{why}: {', '.join(cell.title for cell in lacking)}", style="dim"))
    if scorecard.standards:
        _draw_standards(scorecard.standards, console)
    _draw_notes(scorecard, shown, dropped, console)


def _why_none(cell: Cell) -> str:
    if cell.missing:
        return f"no data (needs {cell.missing})"
    return f"not to date, as {cell.not_told}" if cell.not_told else "no data"


def _draw_targets(scorecard: Scorecard, cells: Sequence[Cell], console: Console) -> None:
    """Say in a line how many targets are met, and name those that are not."""
    met = sum(cell.status == "ok" for cell in cells)
    missed = [cell.title for cell in cells if cell.status == "breach"]
    missed_standards = dict.fromkeys(
        _name_of_standard(standard) for standard in scorecard.standards if standard.standard_status == "breach"
    )
    if met or missed:
        text = f"targets: {met} met, {len(missed)} missed"
        console.print(Text(text + (f": {', '.join(missed)}" if missed else ""), style="red" if missed else "green"))
    if missed_standards:
        console.print(Text(f"standards missed: {', '.join(missed_standards)}", style="red"))


def _columns(cells: Iterable[Cell], currency: str, console: Console) -> dict[str, int]:
    """Tell the columns beside the titles, and how wide each must be for all cells.

    `title` is the width of the longest title, `words` what the words take that say whether a change is to the good.
    """
    contents = {heading: [heading] for heading in ("Value", "Before", "Change", "Target", "Sample", "Status", "KPI")}
    words, title = 0, SMALLEST_TITLE
    for cell in cells:
        for heading, text in _texts(cell, currency).items():
            contents[heading].append(text.plain)
        words = max(words, len(WORDS[cell.is_better]))
        title = max(title, *map(len, on_one_line(_title(cell, with_spread=True), console).plain.split("\n")))
    columns = {heading: max(map(len, texts)) for heading, texts in contents.items()}
    return columns | {"words": words + 1 if words else 0, "title": title}


def _dropped(columns: dict[str, int], width: int) -> set[str]:
    dropped: set[str] = set()
    for candidate in DROPPED_FIRST:
        taken = sum(
            needed + (0 if heading == "words" else GAP)
            for heading, needed in columns.items()
            if heading not in dropped and heading != "title"
        )
        # The spread is a second line below the title.
        smallest = SMALLEST_TITLE if "spread" in dropped else SMALLEST_TITLE_WITH_SPREAD
        if width - taken >= smallest:
            break
        dropped.add(candidate)
    return dropped


def _table(
    cells: Sequence[Cell],
    columns: dict[str, int],
    dropped: set[str],
    currency: str,
    console: Console,
    *,
    has_header: bool,
) -> Table:
    table = Table(box=None, show_header=has_header, header_style="dim", padding=(0, GAP, 0, 0), pad_edge=False)
    headings = [heading for heading in columns if heading not in dropped and heading not in BESIDES]
    with_words = "words" not in dropped and columns["words"] > 0
    taken = sum(columns[heading] + GAP for heading in headings) + (columns["words"] if with_words else 0)
    # No wider than the longest title, so that the eye finds the number.
    table.add_column("", width=min(console.width - taken, columns["title"]))
    for heading in headings:
        justify: JustifyMethod = "left" if heading in ("Status", "KPI") else "right"
        width = columns[heading] + (columns["words"] if heading == "Change" and with_words else 0)
        table.add_column(heading, justify=justify, width=width, no_wrap=True)
    for cell in cells:
        texts = _texts(cell, currency)
        if with_words:
            # What rounds to no change is neither better nor worse.
            word = "" if texts["Change"].plain.startswith("=") else WORDS[cell.is_better]
            word = word.ljust(columns["words"] - 1)
            texts["Change"] = Text(f"{texts['Change'].plain} {word}", style=texts["Change"].style)
        title = on_one_line(_title(cell, with_spread="spread" not in dropped), console)
        table.add_row(title, *(texts[heading] for heading in headings))
    return table


def _time_unit(cell: Cell) -> str:
    """Tell the unit in which all durations of a line are written; nothing where it has none."""
    if cell.display_unit != "s":
        return ""
    return formats.one_unit(
        (cell.shown_value, cell.shown_previous), (cell.value, cell.p90, cell.target_lower, cell.target_upper)
    )


def _title(cell: Cell, *, with_spread: bool) -> Text:
    if cell.median is None:
        return Text(_name(cell))
    title = Text(f"{_name(cell)}, median")
    unit = _time_unit(cell)
    parts = [f"mean {formats.in_unit(cell.value, unit)}"]
    if with_spread and cell.p90 is not None:
        parts.append(f"p90 {formats.in_unit(cell.p90, unit)}")
    # The mean is what a target judges.
    if with_spread or cell.status in ("ok", "breach"):
        title.append(f"\n{', '.join(parts)}", style="dim")
    return title


def _name(cell: Cell) -> str:
    """Write what a KPI is called, and of answers on a scale the scale."""
    kind, _, scale = cell.unit.partition(" ")
    return f"{cell.title} ({scale})" if kind == "mean" and scale else cell.title


def _texts(cell: Cell, currency: str) -> dict[str, Text]:
    word, style = STATUSES.get(cell.status, (cell.status, ""))
    mark = f" {MARK}" if cell.maturity == "immature" else ""
    unit = _time_unit(cell)
    target = formats.target(cell.target_lower, cell.target_upper, cell.display_unit, currency, unit)
    if cell.median is not None and target != formats.MISSING:
        target = f"mean {target}"
    return {
        "Value": Text(_number(cell.shown_value, cell, unit, currency), style="bold"),
        "Before": Text(_number(cell.shown_previous, cell, unit, currency)),
        "Change": Text(
            formats.change(cell.shown_change, cell.shown_relative_change, cell.display_unit),
            style=STYLES[cell.is_better],
        ),
        "Target": Text(target),
        "Sample": Text(formats.MISSING if cell.sample_size is None else formats.count(cell.sample_size)),
        "Status": Text(word + mark, style=style),
        # What `cxmart explain` and SQL call it.
        "KPI": Text(cell.kpi_id, style="dim"),
    }


def _number(value: float | None, cell: Cell, unit: str, currency: str) -> str:
    # Whole minutes are cut off: what took none took less than one.
    if unit and value == 0 and cell.median is not None and cell.numerator and cell.numerator % 60 == 0:
        return "< 1 min"
    return formats.in_unit(value, unit) if unit else formats.number(value, cell.display_unit, currency)


# All values of a slice


def _draw_slice(scorecard: Scorecard, console: Console) -> None:
    """Draw a line a value and a column a KPI, in as many tables as the width asks for."""
    if not scorecard.by_value:
        console.print()
        console.print(Text(f"nothing by {scorecard.slice_name} in this period", style="dim"))
        return
    currency = scorecard.publication.reporting_currency
    kpis = {cell.kpi_id: cell for cells in scorecard.by_value.values() for cell in cells}
    cells = {kpi_id: [_cell(row, kpi_id) for row in scorecard.by_value.values()] for kpi_id in kpis}
    texts = {kpi_id: _column_of_slice(column, currency) for kpi_id, column in cells.items()}
    titles = {kpi_id: _heading(column) for kpi_id, column in cells.items()}
    widths = {
        kpi_id: max(SMALLEST_COLUMN, *(len(text.plain) for text in texts[kpi_id]), *map(len, titles[kpi_id].split()))
        for kpi_id in kpis
    }
    label_width = min(max(map(len, (*scorecard.by_value, scorecard.slice_name))), max(12, console.width // 3))
    for block in _blocks(widths, console.width - label_width - GAP):
        console.print()
        table = Table(box=None, header_style="dim", padding=(0, GAP, 0, 0), pad_edge=False)
        table.add_column(scorecard.slice_name, width=label_width, overflow="fold", vertical="bottom")
        for kpi_id in block:
            room = max(widths[kpi_id], min(LARGEST_COLUMN, len(titles[kpi_id])))
            width = None if is_unbroken(console) else widths[kpi_id] if len(block) > 1 else room
            table.add_column(titles[kpi_id], justify="right", width=width, vertical="bottom")
        for place, value in enumerate(scorecard.by_value):
            table.add_row(Text(value), *(texts[kpi_id][place] for kpi_id in block))
        console.print(table)
    _draw_notes_of_slice(scorecard, [cell for column in cells.values() for cell in column], console)


def _cell(cells: Iterable[Cell], kpi_id: str) -> Cell:
    return next(cell for cell in cells if cell.kpi_id == kpi_id)


def _heading(column: Sequence[Cell]) -> str:
    has_median = any(cell.median is not None for cell in column)
    return f"{_name(column[0])}, median" if has_median else _name(column[0])


def _column_of_slice(column: Sequence[Cell], currency: str) -> list[Text]:
    unit = formats.one_unit(cell.shown_value for cell in column) if column[0].display_unit == "s" else ""
    texts = []
    for cell in column:
        _, style = STATUSES.get(cell.status, ("", ""))
        sign = SIGNS.get(cell.status, "  ")
        if cell.status == "no_data":
            texts.append(Text(f"{formats.MISSING}  ", style="dim"))
        else:
            text = Text(_number(cell.shown_value, cell, unit, currency))
            texts.append(text.append(sign, style=style))
    return texts


def _blocks(widths: dict[str, int], room: int) -> list[list[str]]:
    """Part the columns into tables that fit, each with about as many."""
    blocks: list[list[str]] = [[]]
    taken = 0
    for kpi_id, width in widths.items():
        if blocks[-1] and taken + width + GAP > room:
            blocks.append([])
            taken = 0
        blocks[-1].append(kpi_id)
        taken += width + GAP
    return blocks


def _draw_notes_of_slice(scorecard: Scorecard, cells: Sequence[Cell], console: Console) -> None:
    statuses = {cell.status for cell in cells}
    signs = {"ok": "✓ meets its target", "breach": "✗ misses its target", "too_few": "? too few to tell"}
    notes = [", ".join(text for status, text in signs.items() if status in statuses)]
    notes = [f"{note}." for note in notes if note]
    if any(cell.median is not None and cell.status in ("ok", "breach") for cell in cells):
        notes.append("Targets of durations judge the mean.")
    if scorecard.period.is_to_date and any(cell.display_unit == "s" for cell in cells):
        notes.append(MEANS)
    if scorecard.not_cut:
        notes.append(f"--slice {scorecard.slice_name}=VALUE shows every KPI of one value.")
    if standards := scorecard.standards:
        _draw_standards(standards, console)
    if notes:
        console.print()
        console.print(Text(" ".join(notes), style="dim"))
    _draw_shipped(scorecard, console)


# Standards


def _draw_standards(standards: list[Standard], console: Console) -> None:
    """Draw the marketplaces' standards, a line a figure; its window ends with the day."""
    console.print()
    console.print(Text(f"Marketplace standards on {standards[0].local_date}", style="bold"))
    rows = {_title_of_standard(standard, standards): _texts_of_standard(standard) for standard in standards}
    widths = {
        heading: max(len(heading), *(len(texts[heading].plain) for texts in rows.values()))
        for heading in ("Value", "Limit", "Sample", "Status")
    }
    for candidate in ("Sample", "Limit"):
        if console.width - sum(width + GAP for width in widths.values()) < SMALLEST_TITLE_OF_STANDARD:
            del widths[candidate]
    table = Table(box=None, header_style="dim", padding=(0, GAP, 0, 0), pad_edge=False)
    table.add_column("", overflow="fold")
    for heading in widths:
        table.add_column(heading, justify="left" if heading == "Status" else "right", no_wrap=True)
    for title, texts in rows.items():
        table.add_row(Text(title), *(texts[heading] for heading in widths))
    console.print(table)


def _name_of_standard(standard: Standard) -> str:
    return standard.standard_id.replace("_", " ").capitalize()


def _title_of_standard(standard: Standard, standards: list[Standard]) -> str:
    title = _name_of_standard(standard)
    if [other.standard_id for other in standards].count(standard.standard_id) > 1:
        title += f": {standard.kpi_id.replace('_', ' ')}"
    return title


def _texts_of_standard(standard: Standard) -> dict[str, Text]:
    word, style = STATUSES[standard.status]
    limit = formats.number(standard.limit_value, standard.unit)
    return {
        "Value": Text(formats.number(standard.value, standard.unit), style="bold"),
        "Limit": Text(f"{LIMIT_SIGNS[standard.comparison]} {limit}"),
        "Sample": Text(formats.count(standard.sample_size)),
        "Status": Text(word + (f" {MARK}" if standard.maturity == "immature" else ""), style=style),
    }


# What is to be known of them


def _draw_notes(scorecard: Scorecard, shown: list[Cell], dropped: set[str], console: Console) -> None:
    notes = []
    if any(cell.median is not None for cell in shown):
        notes.append("Durations show their median; a target judges their mean.")
    elif scorecard.period.is_to_date and any(cell.display_unit == "s" for cell in shown):
        notes.append(MEANS)
    reasons = {cell.not_compared for cell in shown if cell.not_compared}
    if reasons:
        hint = "; --to-date compares as many days" if RUNNING in reasons else ""
        notes.append(f"No change is told where {' or '.join(sorted(WHY_NOT[reason] for reason in reasons))}{hint}.")
    if any(cell.maturity == "immature" for cell in shown):
        notes.append(
            f"{MARK} still maturing: what happens within the KPI's window after the period may change it, so it is "
            "called neither better nor worse."
        )
    if any(cell.display_unit == "ratio" and cell.change is not None for cell in shown):
        notes.append("pp: percentage points.")
    if any(cell.status == "no_target" for cell in shown):
        notes.append("· no target is set.")
    if scorecard.not_cut:
        notes.append(f"{len(scorecard.not_cut)} KPIs are not cut by {scorecard.slice_name}.")
    if dropped:
        notes.append("A wider terminal shows more; --json gives everything.")
    if notes:
        console.print()
        console.print(Text(" ".join(notes), style="dim"))
    _draw_shipped(scorecard, console)


def _draw_shipped(scorecard: Scorecard, console: Console) -> None:
    if scorecard.shipped:
        console.print()
        console.print(Text(formats.shipped(scorecard.shipped), style="yellow"))
