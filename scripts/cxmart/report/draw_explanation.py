"""Drawing the explanation of a number in the terminal."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cxmart.base import formats
from cxmart.report.explanation import Explanation, Figures, Observation

GOOD, BAD = "green", "red"
STATUS_STYLES = {"ok": GOOD, "breach": BAD, "partial": "yellow", "too_few": "yellow"}
GAP = 2


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
    if explanation.note:
        console.print(Text(explanation.note, style="yellow"))
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
    parts.add_row("observations", formats.count(explanation.observation_count), words.get("observation_id", ""))
    if explanation.is_divided:
        parts.add_row("numerator", formats.exact(added.numerator), Text(words.get("numerator", "")))
        parts.add_row("denominator", formats.exact(added.denominator), Text(words.get("denominator", "")))
    else:
        parts.add_row("sum", formats.exact(added.numerator), Text(words.get("numerator", "")))
    console.print(parts)
    console.print()
    published = explanation.published
    value = Text(_equation(explanation, currency))
    if explanation.agrees:
        if explanation.is_of_build:
            value.append("  ✓ as built" if published else "  ✓ nothing is built there", style=GOOD)
        else:
            value.append("  ✓ as published" if published else "  ✓ nothing is published there", style=GOOD)
        if explanation.maturity == "immature":
            value.append(" (immature: it may still change of itself)", style="dim")
    else:
        stands = "built" if explanation.is_of_build else "published"
        value.append(f"  ✗ {stands} is {_figures(published)}, the observations give {_figures(added)}", style=BAD)
    console.print(value)
    console.print(Text(explanation.why, style=STATUS_STYLES.get(explanation.status, "dim")))
    if explanation.shipped:
        console.print(Text(formats.shipped(explanation.shipped), style="yellow"))


def _equation(explanation: Explanation, currency: str) -> str:
    added, unit = explanation.added, explanation.display_unit
    # Durations in one unit, so that they compare.
    time_unit = formats.one_unit((added.median, added.value), (added.p90,)) if unit == "s" else ""
    value = formats.in_unit(added.value, time_unit) if time_unit else formats.number(added.value, unit, currency)
    if not explanation.is_divided:
        text = value
    elif added.value is None:
        text = f"{formats.exact(added.numerator)} / {formats.exact(added.denominator)}: no data"
    else:
        text = f"{formats.exact(added.numerator)} / {formats.exact(added.denominator)} = {value}"
    if added.median is not None and added.p90 is not None:
        text += f", median {formats.in_unit(added.median, time_unit)}, p90 {formats.in_unit(added.p90, time_unit)}"
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
    return ", ".join(f"{name} {formats.exact(figure)}" for name, figure in named.items() if figure is not None)


def _draw_observations(explanation: Explanation, zone: str, console: Console) -> None:
    listed, count = len(explanation.observations), explanation.observation_count
    order = "the largest first" if explanation.largest_first else "the oldest first"
    all_of_them = f"All {formats.count(count)}" if listed >= count else f"{listed} of {formats.count(count)}"
    console.print()
    console.print(Text(f"{all_of_them} observations, {order}", style="bold"))
    table = Table(box=None, header_style="dim", padding=(0, GAP, 0, 0), pad_edge=False)
    has_subject = any(row.subject_id for row in explanation.observations)
    has_parts = any(row.part == "before" for row in explanation.observations)
    is_divided = explanation.is_divided
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
        cells = [row.observation_id or formats.MISSING]
        cells += [row.source or formats.MISSING] if has_source else []
        cells.append(row.measured_at_local or formats.MISSING)
        cells += [row.subject_id or formats.MISSING] if has_subject else []
        cells += ["before" if row.part == "before" else "this"] if has_parts else []
        cells.append(formats.exact(row.numerator))
        cells += [formats.exact(row.denominator)] if is_divided else []
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
            meaning += f" ({formats.count(left_out.count_without_time)} of them at an unknown time, of any period.)"
        table.add_row(
            Text(left_out.reason), formats.count(left_out.count), Text(meaning), Text(_examples(left_out.observations))
        )
    console.print(table)


def _examples(observations: list[Observation], most: int = 3) -> str:
    return ", ".join(dict.fromkeys(row.observation_id or formats.MISSING for row in observations[:most]))
