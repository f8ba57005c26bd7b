"""A KPI in a period: its numbers, how they differ from those before, and how to show them."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from cxmart.report.period import Period

# Why a number is not compared with the one before, and why there is none.
RUNNING = "the period is not over"
MATURING = "it may still change of itself"
OTHER_LENGTH = "another number of days"
NOT_ADDITIVE = "days do not add up"


# What follows from the other numbers of a cell.
DERIVED = (
    *("change", "relative_change", "shown", "shown_value", "shown_previous"),
    *("shown_change", "shown_relative_change", "is_better"),
)


@dataclass(frozen=True)
class Cell:
    """A KPI in the period. Durations are in seconds, ratios are shares, money is in the reporting currency.

    Numbers are None where there is no data. `missing` names the tables that no source gives and that the KPI needs.
    `not_told` says why there is no number where there is data; `not_compared` why no change is told.
    """

    kpi_id: str
    title: str
    kpi_group: str
    unit: str
    display_unit: str
    direction: str
    kind: str
    grows_with_period: bool
    is_headline: bool
    window_days: int
    min_sample: int
    numerator: float | None
    denominator: float | None
    value: float | None
    sample_size: int | None
    median: float | None
    p90: float | None
    target_lower: float | None
    target_upper: float | None
    status: str
    maturity: str | None
    previous_value: float | None
    previous_sample_size: int | None
    previous_median: float | None
    missing: str | None = None
    not_told: str | None = None
    not_compared: str | None = None

    @property
    def change(self) -> float | None:
        """The value less the one before."""
        return self._change(self.value, self.previous_value)

    @property
    def relative_change(self) -> float | None:
        """The change as a share of the value before; None where that was 0."""
        return _share(self.change, self.previous_value)

    @property
    def shown(self) -> str:
        """Which number to show first: of durations the median, since a few long ones make the mean; else the value."""
        return "value" if self.median is None else "median"

    @property
    def shown_value(self) -> float | None:
        """The number to show first."""
        return self.value if self.median is None else self.median

    @property
    def shown_previous(self) -> float | None:
        """The same of what was before."""
        return self.previous_value if self.median is None else self.previous_median

    @property
    def shown_change(self) -> float | None:
        """How the number shown first differs from the one before."""
        return self._change(self.shown_value, self.shown_previous)

    @property
    def shown_relative_change(self) -> float | None:
        """The same as a share of the one before."""
        return _share(self.shown_change, self.shown_previous)

    @property
    def is_better(self) -> bool | None:
        """Whether the change is to the good; None where neither is, of small samples, and of what may still change."""
        too_few = self.status == "too_few" or (self.previous_sample_size or 0) < self.min_sample
        if not self.shown_change or self.direction not in {"more", "less"} or self.maturity != "final" or too_few:
            return None
        return (self.shown_change > 0) == (self.direction == "more")

    def _change(self, value: float | None, previous: float | None) -> float | None:
        if self.not_compared or value is None or previous is None:
            return None
        return value - previous

    def as_json(self) -> dict[str, Any]:
        """Give it as data that JSON can hold."""
        return asdict(self) | {name: getattr(self, name) for name in DERIVED}


def _share(change: float | None, previous: float | None) -> float | None:
    return change / abs(previous) if change is not None and previous else None


def compared(cell: Cell, period: Period) -> Cell:
    """Say where a number is no measure beside the one before."""
    reason = None
    if period.is_to_date:
        days_before = (period.previous_end - period.previous_start).days
        if cell.grows_with_period and not cell.not_told and period.days != days_before:
            reason = OTHER_LENGTH
    elif not period.is_complete and cell.grows_with_period:
        reason = RUNNING
    # What was before had its window, most of this has it yet to come.
    if not period.is_complete and cell.window_days:
        reason = MATURING
    return replace(cell, not_compared=reason) if reason else cell
