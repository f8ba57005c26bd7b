"""Markdown as GitHub shows it."""

from collections.abc import Sequence


def table(headings: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[int] = ()) -> str:
    """Write a table.

    Args:
        headings: one a column.
        rows: the cells' text.
        numbers: the places of columns that are aligned right.
    """
    rule = ["---:" if place in numbers else "---" for place in range(len(headings))]
    lines = [headings, rule, *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
