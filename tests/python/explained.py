"""Explaining many cells of a build, and adding their observations up once more."""

import math
from datetime import datetime
from typing import Any

from conftest import COMPARED
from cxmart.report.explain import Explainer
from cxmart.report.explanation import Explanation

Cell = tuple[str, str, str, str, float | None, float | None, float | None]


def random_cells(explainer: Explainer, kpi_id: str, count: int) -> list[Cell]:
    """Some cells of a KPI, of all grains and slices, the same ones each time.

    Returns:
        The period as `explain` takes it, grain, slice and its value, numerator, denominator and value.
    """
    rows = explainer.marts.execute(
        """
        select period_label, period_start_at, grain, slice, slice_value, numerator, denominator, value
        from kpi_values
        inner join dim_periods using (grain, period_start_at)
        where kpi_id = ?
        order by hash(grain, period_start_at, slice, slice_value)
        limit ?
        """,
        [kpi_id, count],
    ).fetchall()
    return [(period_text(label, start_at, grain), grain, *cell) for label, start_at, grain, *cell in rows]


def period_text(label: str, start_at: datetime, grain: str) -> str:
    return f"{start_at:%Y-%m-%dT%H:%MZ}" if grain == "hour" else label


def added_by_hand(explanation: Explanation) -> tuple[float | None, float | None]:
    """Numerator and denominator of the observations that are listed, all of them."""
    listed = explanation.observations
    if explanation.kind == "distinct":
        return (
            len({row.subject_id for row in listed if row.subject_id and row.numerator and row.numerator > 0}),
            len({row.subject_id for row in listed if row.subject_id and row.denominator and row.denominator > 0}),
        )
    if explanation.kind == "retained":
        before, here = ({row.subject_id for row in listed if row.part == part} for part in ("before", "period"))
        return len(before & here), len(before)
    numerator = math.fsum(row.numerator for row in listed if row.numerator is not None)
    if explanation.published and explanation.published.denominator is None:
        return numerator, None
    return numerator, math.fsum(row.denominator for row in listed if row.denominator is not None)


def differing(explainer: Explainer, kpi_id: str, count: int) -> tuple[int, list[Any]]:
    """Explain cells of a KPI.

    Returns:
        How many, and those whose explanation does not add up to what is published: the command's own sum, or the
        observations that it lists.
    """
    cells = random_cells(explainer, kpi_id, count)
    COMPARED["explained cells"] += len(cells)
    wrong = []
    for period, grain, slice_name, slice_value, numerator, denominator, value in cells:
        explanation = explainer.explain(kpi_id, period, f"{slice_name}={slice_value}", limit=None)
        added = [explanation.added.numerator, explanation.added.denominator, explanation.added.value]
        is_right = explanation.agrees and all(map(is_close, added, [numerator, denominator, value]))
        if not explanation.is_confidential:
            is_right &= all(map(is_close, added_by_hand(explanation), [numerator, denominator]))
        if not is_right:
            wrong.append((kpi_id, grain, period, slice_name, slice_value, explanation.published, explanation.added))
    return len(cells), wrong


def is_close(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is None and other is None
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
