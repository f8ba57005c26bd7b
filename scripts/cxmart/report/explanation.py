"""What is told of a number: the cell, what it is made of, and what was left out."""

import math
from dataclasses import asdict, dataclass, field, fields
from datetime import date, datetime, timedelta
from typing import Any

from cxmart.base import formats
from cxmart.base.json_values import plain_object
from cxmart.report.period import Publication


@dataclass(frozen=True)
class Period:
    """A period of `dim_periods`: its local dates [start, end), and the same as instants in UTC."""

    grain: str
    label: str
    start: date
    end: date
    start_at: datetime
    end_at: datetime


@dataclass(frozen=True)
class Observation:
    """A row of a KPI's view. `observation_id` is as the source has it, `measured_at` is in UTC, `subject_id` the person
    where people count once.

    `part` is `period`, or `before` for what a retained subject did in the period before; of what was left out it is the
    same. Numbers are in the KPI's unit; None where the KPI has no such part.
    """

    observation_id: str | None
    source: str | None
    measured_at: datetime | None
    measured_at_local: str | None
    subject_id: str | None
    part: str
    numerator: float | None
    denominator: float | None


@dataclass(frozen=True)
class LeftOut:
    """What was left out for one reason: how many observations, of them how many at an unknown time (these would be in
    no period), and the first of them.
    """

    reason: str
    meaning: str
    count: int
    count_without_time: int
    observations: list[Observation]


@dataclass(frozen=True)
class Figures:
    """A cell's numbers, in the KPI's unit; `median` and `p90` of durations, in seconds."""

    numerator: float | None
    denominator: float | None
    value: float | None
    median: float | None = None
    p90: float | None = None


@dataclass(frozen=True)
class Explanation:
    """A cell of `kpi_values` and what it is made of.

    `published` are the mart's figures (None where it has no such cell; the build's where `is_of_build`), `added` those
    that the observations add up to; both are empty where the cell is withheld. `words` are the descriptions of the
    view's columns. `stretches_in` names the fact that lists what a stock holds, each since when it is in it. `note`
    says of which build the number is where that is not plain. `shipped` is what of the settings that it goes by is not
    the brand's own.
    """

    kpi_id: str
    title: str
    definition: str
    kind: str
    is_divided: bool
    largest_first: bool
    stretches_in: str | None
    display_unit: str
    period: Period
    slice_name: str
    slice_value: str
    status: str
    maturity: str | None
    target_lower: float | None
    target_upper: float | None
    sample_size: int | None
    min_sample: int
    is_withheld: bool
    is_confidential: bool
    published: Figures | None
    added: Figures
    observation_count: int
    observations: list[Observation]
    left_out: list[LeftOut]
    words: dict[str, str]
    publication: Publication
    run_id: str
    is_of_build: bool = False
    note: str | None = None
    shipped: list[str] = field(default_factory=list)

    @property
    def why(self) -> str:
        """Why the status is what it is, in a sentence, and whether the numbers are those so far."""
        unit, currency = self.display_unit, self.publication.reporting_currency
        time_unit, number = "", self.published.value if self.published else None
        value = formats.number(number, unit, currency)
        if unit == "s":
            time_unit = formats.one_unit((self.added.median, number), (self.added.p90,))
            value = f"a mean of {formats.in_unit(number, time_unit)}"
        target = formats.target(self.target_lower, self.target_upper, unit, currency, time_unit)
        ends = (
            f"{self.period.label} is not over: it ends {self._local_end}, the data reach {self.publication.as_of_local}"
        )
        reasons = {
            "no_data": "there is nothing to divide by" if self.published else "there is no such cell",
            "too_few": f"{formats.count(self.sample_size or 0)} observed, {self.min_sample} are the least to be judged",
            "no_target": "no target is set for it (kpi_targets)",
            "partial": f"{ends}; until then the target {target} judges nothing",
            "ok": f"{value} keeps the target {target}",
            "breach": f"{value} does not keep the target {target}",
        }
        reason = reasons.get(self.status, "")
        if self.is_withheld:
            reason = "withheld, as it would tell of too few people"
        so_far = f". {ends}; these are the numbers so far" if self.maturity == "partial" != self.status else ""
        return f"{self.status}: {reason}{so_far}"

    @property
    def _local_end(self) -> str:
        if self.period.grain == "hour":
            return f"{self.period.end_at:%Y-%m-%dT%H:%MZ}"
        return f"at the end of {self.period.end - timedelta(days=1)}"

    @property
    def agrees(self) -> bool:
        """Whether the observations add up to what is published; a cell that is not there has nothing in it."""
        if self.is_withheld:
            return True
        published = self.published or Figures(0.0, 0.0 if self.is_divided else None, None)
        pairs = [(published.numerator, self.added.numerator), (published.denominator, self.added.denominator)]
        if self.published:
            pairs += [
                (self.published.value, self.added.value),
                (self.published.median, self.added.median),
                (self.published.p90, self.added.p90),
            ]
        return all(_is_same(one, other) for one, other in pairs)

    def as_json(self) -> dict[str, Any]:
        """Give it as data that JSON can hold; instants as ISO 8601 in UTC."""
        return plain_object({**asdict(self), "agrees": self.agrees, "why": self.why})

    def as_rows(self) -> tuple[list[dict[str, Any]], list[str]]:
        """Give a row an observation, with the `reason` for which it was left out, and the columns."""
        rows = [{**asdict(row), "reason": None} for row in self.observations]
        rows += [{**asdict(row), "reason": group.reason} for group in self.left_out for row in group.observations]
        return rows, [*(field.name for field in fields(Observation)), "reason"]


def _is_same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is None and other is None
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
