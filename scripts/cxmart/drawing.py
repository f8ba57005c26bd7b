"""Drawing the scorecard, and the explanation of a number, in the terminal."""

from itertools import groupby

from rich.console import Console, JustifyMethod
from rich.table import Table
from rich.text import Text

from cxmart import wording
from cxmart.explaining import DIVIDED, LARGEST_FIRST, Explanation, Figures, Observation
from cxmart.scorecard import Cell, Scorecard, Standard

STATUSES = {
    "ok": ("✓ ok", "green"),
    "breach": ("✗ breach", "red"),
    "no_target": ("· no target", "dim"),
    "too_few": ("? too few", "yellow"),
    "no_data": ("no data", "dim"),
}
STILL_MATURING = {"partial", "immature"}
MARK = "~"
GOOD, BAD = "green", "red"
LIMIT_SIGNS = {"<": "<", "<=": "≤", ">": ">", ">=": "≥"}

# What a narrow terminal goes without, first to last, until the titles have room.
DROPPED_FIRST = ("spread", "Sample", "Target", "Before", "Change")
SMALLEST_TITLE = 18
SMALLEST_TITLE_WITH_SPREAD = 30
GAP = 2


def draw_scorecard(scorecard: Scorecard, console: Console) -> None:
    """Draw a scorecard: a section a group, KPIs without data in one line below it.

    Args:
        scorecard: what to draw.
        console: where to draw it; its width decides what is left out.
    """
    publication = scorecard.publication
    console.print(Text(f"{scorecard.period_label} ({scorecard.grain})", style="bold"))
    console.print(
        Text(
            f"as of {publication.as_of_local or 'no data'} · sources: {publication.sources} · "
            f"time zone {publication.reporting_timezone}",
            style="dim",
        )
    )
    shown = [cell for cell in scorecard.cells if cell.status != "no_data"]
    columns = _columns(shown, publication.reporting_currency)
    dropped = _dropped(columns, console.width)
    is_first = True
    for group, members in groupby(scorecard.cells, key=lambda cell: cell.kpi_group):
        in_group = list(members)
        with_data = [cell for cell in in_group if cell.status != "no_data"]
        console.print()
        console.print(Text(wording.group_title(group), style="bold"))
        if with_data:
            console.print(_table(with_data, columns, dropped, publication.reporting_currency, has_header=is_first))
            is_first = False
        without_data = [cell for cell in in_group if cell.status == "no_data"]
        for missing, lacking in groupby(sorted(without_data, key=_missing), key=_missing):
            titles = ", ".join(cell.title for cell in lacking)
            console.print(Text(f"no data{f' (needs {missing})' if missing else ''}: {titles}", style="dim"))
    if scorecard.standards:
        _draw_standards(scorecard.standards, console)
    _draw_notes(scorecard, shown, dropped, console)


def _missing(cell: Cell) -> str:
    return cell.missing or ""


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
        if console.width - sum(width + GAP for width in widths.values()) < SMALLEST_TITLE_WITH_SPREAD:
            del widths[candidate]
    table = Table(box=None, header_style="dim", padding=(0, GAP, 0, 0), pad_edge=False)
    table.add_column("", overflow="fold")
    for heading in widths:
        table.add_column(heading, justify="left" if heading == "Status" else "right", no_wrap=True)
    for title, texts in rows.items():
        table.add_row(Text(title), *(texts[heading] for heading in widths))
    console.print(table)


def _title_of_standard(standard: Standard, standards: list[Standard]) -> str:
    title = standard.standard_id.replace("_", " ").capitalize()
    if [other.standard_id for other in standards].count(standard.standard_id) > 1:
        title += f": {standard.kpi_id.replace('_', ' ')}"
    return title


def _texts_of_standard(standard: Standard) -> dict[str, Text]:
    word, style = STATUSES[standard.status]
    limit = wording.number(standard.limit_value, standard.display_unit)
    return {
        "Value": Text(wording.number(standard.value, standard.display_unit), style="bold"),
        "Limit": Text(f"{LIMIT_SIGNS[standard.comparison]} {limit}"),
        "Sample": Text(wording.count(standard.sample_size)),
        "Status": Text(word + (f" {MARK}" if standard.maturity in STILL_MATURING else ""), style=style),
    }


def _draw_notes(scorecard: Scorecard, shown: list[Cell], dropped: set[str], console: Console) -> None:
    notes = []
    if not scorecard.is_complete:
        notes.append(f"{scorecard.period_label} is not over at the time of the data.")
    if any(cell.maturity in STILL_MATURING for cell in shown):
        notes.append(f"{MARK} still maturing: what happens within the KPI's window after the period may change it.")
    if any(cell.display_unit == "ratio" and cell.change is not None for cell in shown):
        notes.append("pp: percentage points.")
    if dropped:
        notes.append("A wider terminal shows more; --json gives everything.")
    if notes:
        console.print()
        console.print(Text(" ".join(notes), style="dim"))


def _columns(cells: list[Cell], currency: str) -> dict[str, int]:
    """Tell the columns beside the titles, and how wide each must be for all cells."""
    contents = {heading: [heading] for heading in ("Value", "Before", "Change", "Target", "Sample", "Status")}
    for cell in cells:
        for heading, text in _texts(cell, currency).items():
            contents[heading].append(text.plain)
    return {heading: max(map(len, texts)) for heading, texts in contents.items()}


def _dropped(columns: dict[str, int], width: int) -> set[str]:
    dropped: set[str] = set()
    for candidate in DROPPED_FIRST:
        taken = sum(needed + GAP for heading, needed in columns.items() if heading not in dropped)
        # The spread is a second line below the title.
        smallest = SMALLEST_TITLE if "spread" in dropped else SMALLEST_TITLE_WITH_SPREAD
        if width - taken >= smallest:
            break
        dropped.add(candidate)
    return dropped


def _table(cells: list[Cell], columns: dict[str, int], dropped: set[str], currency: str, *, has_header: bool) -> Table:
    table = Table(
        box=None, show_header=has_header, header_style="dim", padding=(0, GAP, 0, 0), pad_edge=False, expand=True
    )
    table.add_column("", ratio=1)
    headings = [heading for heading in columns if heading not in dropped]
    for heading in headings:
        justify: JustifyMethod = "left" if heading == "Status" else "right"
        table.add_column(heading, justify=justify, width=columns[heading], no_wrap=True)
    for cell in cells:
        texts = _texts(cell, currency)
        table.add_row(_title(cell, with_spread="spread" not in dropped), *(texts[heading] for heading in headings))
    return table


def _title(cell: Cell, *, with_spread: bool) -> Text:
    title = Text(cell.title)
    if with_spread and cell.median is not None and cell.p90 is not None:
        median, p90 = wording.number(cell.median, cell.display_unit), wording.number(cell.p90, cell.display_unit)
        title.append(f"\nmedian {median}, p90 {p90}", style="dim")
    return title


def _texts(cell: Cell, currency: str) -> dict[str, Text]:
    word, style = STATUSES.get(cell.status, (cell.status, ""))
    mark = f" {MARK}" if cell.maturity in STILL_MATURING else ""
    return {
        "Value": Text(wording.number(cell.value, cell.display_unit, currency), style="bold"),
        "Before": Text(wording.number(cell.previous_value, cell.display_unit, currency)),
        "Change": Text(
            wording.change(cell.change, cell.relative_change, cell.display_unit), style=_style_of_change(cell)
        ),
        "Target": Text(wording.target(cell.target_lower, cell.target_upper, cell.display_unit, currency)),
        "Sample": Text(wording.MISSING if cell.sample_size is None else wording.count(cell.sample_size)),
        "Status": Text(word + mark, style=style),
    }


def _style_of_change(cell: Cell) -> str:
    if not cell.change or cell.direction not in {"more", "less"}:
        return ""
    return GOOD if (cell.change > 0) == (cell.direction == "more") else BAD


def draw_explanation(explanation: Explanation, console: Console) -> None:
    """Draw where a number comes from: the value, what adds up to it, and what was left out.

    Args:
        explanation: what to draw.
        console: where to draw it.
    """
    zone, currency = explanation.publication.reporting_timezone, explanation.publication.reporting_currency
    where = "" if explanation.slice_name == "overall" else f", {explanation.slice_name} {explanation.slice_value}"
    console.print(Text(f"{explanation.title}{where}, {explanation.period.label}", style="bold"))
    console.print(Text(explanation.definition, style="dim"))
    console.print(
        Text(
            f"as of {explanation.publication.as_of_local or 'no data'} · time zone {zone} · run {explanation.run_id}",
            style="dim",
        )
    )
    console.print()
    if explanation.is_withheld:
        console.print(Text("Withheld: it could be worked out from it what single people answered.", style="yellow"))
        return
    _draw_sum(explanation, currency, console)
    if explanation.is_confidential:
        console.print(Text("\nThe answers were given in confidence: there is no list of them.", style="dim"))
    elif explanation.observations:
        _draw_observations(explanation, zone, console)
    if explanation.left_out:
        _draw_left_out(explanation, console)


def _draw_sum(explanation: Explanation, currency: str, console: Console) -> None:
    """Draw the parts, how they make the value, and whether that is what is published."""
    added, words = explanation.added, explanation.words
    parts = Table(box=None, show_header=False, padding=(0, GAP, 0, 0), pad_edge=False)
    parts.add_column(no_wrap=True)
    parts.add_column(justify="right", no_wrap=True)
    parts.add_column(style="dim", overflow="fold")
    parts.add_row("observations", wording.count(explanation.observation_count), words.get("observation_id", ""))
    if explanation.kind in DIVIDED:
        parts.add_row("numerator", wording.exact(added.numerator), Text(words.get("numerator", "")))
        parts.add_row("denominator", wording.exact(added.denominator), Text(words.get("denominator", "")))
    else:
        parts.add_row("sum", wording.exact(added.numerator), Text(words.get("numerator", "")))
    console.print(parts)
    console.print()
    published = explanation.published
    value = Text(_equation(explanation, currency))
    if explanation.agrees:
        value.append("  ✓ as published" if published else "  ✓ nothing is published there", style=GOOD)
        if explanation.maturity in STILL_MATURING:
            value.append(f" ({explanation.maturity}: it may still change)", style="dim")
    else:
        value.append(f"  ✗ published is {_figures(published)}, the observations give {_figures(added)}", style=BAD)
    console.print(value)


def _equation(explanation: Explanation, currency: str) -> str:
    added, unit = explanation.added, explanation.display_unit
    value = wording.number(added.value, unit, currency)
    if explanation.kind not in DIVIDED:
        text = value
    elif added.value is None:
        text = f"{wording.exact(added.numerator)} / {wording.exact(added.denominator)}: no data"
    else:
        text = f"{wording.exact(added.numerator)} / {wording.exact(added.denominator)} = {value}"
    if added.median is not None and added.p90 is not None:
        text += f", median {wording.number(added.median, unit)}, p90 {wording.number(added.p90, unit)}"
    return text


def _figures(figures: Figures | None) -> str:
    if figures is None:
        return "nothing"
    named = {
        "numerator": figures.numerator,
        "denominator": figures.denominator,
        "value": figures.value,
        "median": figures.median,
        "p90": figures.p90,
    }
    return ", ".join(f"{name} {wording.exact(figure)}" for name, figure in named.items() if figure is not None)


def _draw_observations(explanation: Explanation, zone: str, console: Console) -> None:
    listed, count = len(explanation.observations), explanation.observation_count
    order = "the largest first" if explanation.kind in LARGEST_FIRST else "the oldest first"
    all_of_them = f"All {wording.count(count)}" if listed >= count else f"{listed} of {wording.count(count)}"
    console.print()
    console.print(Text(f"{all_of_them} observations, {order}", style="bold"))
    table = Table(box=None, header_style="dim", padding=(0, GAP, 0, 0), pad_edge=False)
    has_subject = any(row.subject_id for row in explanation.observations)
    has_parts = any(row.part == "before" for row in explanation.observations)
    is_divided = explanation.kind in DIVIDED
    table.add_column("id", overflow="fold")
    if len({row.source for row in explanation.observations}) > 1:
        table.add_column("source", no_wrap=True)
    table.add_column(f"{'since' if explanation.stretches_in else 'at'} ({zone})", overflow="fold")
    if has_subject:
        table.add_column("person", overflow="fold")
    if has_parts:
        table.add_column("period", no_wrap=True)
    table.add_column("numerator" if is_divided else "number", justify="right", no_wrap=True)
    if is_divided:
        table.add_column("denominator", justify="right", no_wrap=True)
    has_source = table.columns[1].header == "source"
    for row in explanation.observations:
        cells = [row.observation_id or wording.MISSING]
        cells += [row.source or wording.MISSING] if has_source else []
        cells.append(row.measured_at_local or wording.MISSING)
        cells += [row.subject_id or wording.MISSING] if has_subject else []
        cells += ["before" if row.part == "before" else "this"] if has_parts else []
        cells.append(wording.exact(row.numerator))
        cells += [wording.exact(row.denominator)] if is_divided else []
        table.add_row(*map(Text, cells))
    console.print(table)
    if listed < count:
        console.print(Text("--limit N lists more, --csv FILE and --json all.", style="dim"))


def _draw_left_out(explanation: Explanation, console: Console) -> None:
    console.print()
    console.print(Text("Left out, and why", style="bold"))
    table = Table(box=None, header_style="dim", padding=(0, GAP, 0, 0), pad_edge=False)
    for heading in ("reason", "rows", "meaning", "such as"):
        table.add_column(heading, justify="right" if heading == "rows" else "left", overflow="fold")
    for left_out in explanation.left_out:
        meaning = left_out.meaning
        if left_out.count_without_time:
            meaning += f" ({wording.count(left_out.count_without_time)} of them at an unknown time, of any period.)"
        table.add_row(
            Text(left_out.reason), wording.count(left_out.count), Text(meaning), Text(_examples(left_out.observations))
        )
    console.print(table)


def _examples(observations: list[Observation], most: int = 3) -> str:
    return ", ".join(dict.fromkeys(row.observation_id or wording.MISSING for row in observations[:most]))
