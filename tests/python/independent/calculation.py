"""Every cell of `kpi_values`, computed slowly and obviously from raw rows of the standard layout.

What is observed is said by one module a domain; here observations become the cells of periods and slices.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from independent import conversations, orders, people, shop, tickets
from independent.world import (
    HOUR,
    Kpi,
    Observation,
    Row,
    Stock,
    World,
    next_period,
    period_start,
)

# The start of a period is a local date; of an hour it is the instant, since a local hour can come twice.
Period = date | datetime
CellKey = tuple[str, str, Period, str, str]
Place = tuple[str, Period, str, str]

MODULES = (tickets, orders, conversations, people, shop)
KPIS: dict[str, Kpi] = {kpi_id: kpi for module in MODULES for kpi_id, kpi in module.KPIS.items()}
OBSERVATIONS: dict[str, Callable[[World], Iterator[Observation]]] = {
    kpi_id: observe for module in MODULES for kpi_id, observe in getattr(module, "OBSERVATIONS", {}).items()
}
STOCKS: dict[str, Stock] = {
    kpi_id: count for module in MODULES for kpi_id, count in getattr(module, "STOCKS", {}).items()
}

# KPIs that put tables together, with the tables without which they say nothing, whatever the others say.
NEEDS: dict[str, tuple[str, ...]] = {
    "contact_rate": ("tickets", "orders"),
    # Without products each is a family of its own: nothing is a version of another, and everything a new family.
    "cross_sell_rate": ("products",),
    "up_sell_rate": ("products",),
    "views_per_ticket": ("article_views", "tickets"),
    "reader_ticket_rate": ("article_views", "tickets"),
    "converted_tickets": ("tickets", "ticket_messages", "orders"),
    "ticket_conversion_rate": ("tickets", "ticket_messages", "orders"),
    "converted_revenue": ("tickets", "ticket_messages", "orders"),
    "tickets_closed_per_hour": ("tickets", "agent_shifts"),
    "tickets_handled_per_day": ("tickets", "ticket_messages", "agent_shifts"),
}

# Slices that exist from the week up: a day of one agent or article says too little.
FROM_THE_WEEK_UP = {"agent", "article"}


@dataclass(frozen=True)
class Cell:
    """The numbers of a KPI for one period and one value of one slice."""

    numerator: float | None
    denominator: float | None
    value: float | None
    sample_size: float | None
    median: float | None
    p90: float | None
    status: str
    maturity: str


@dataclass(frozen=True)
class Parts:
    """What the value of a cell is made of."""

    numerator: float
    denominator: float | None
    sample_size: float
    values: tuple[float, ...] = ()  # each of what is summed, for a median


# A cell that could show what a single person answered.
WITHHELD = Parts(0, None, 0)


# ------------------------------------------------------------------------------------------------------------- periods


def previous_period(grain: str, start: date) -> date:
    return period_start(grain, start - timedelta(days=1))


def period_of(world: World, grain: str, at: datetime) -> Period:
    """The start of the period that holds an instant. Hours are counted from local midnight."""
    day = world.local_date(at)
    if grain != "hour":
        return period_start(grain, day)
    midnight = world.starts_at(day)
    return midnight + (at - midnight) // HOUR * HOUR


def end_of(world: World, grain: str, start: Period) -> datetime:
    """The instant at which a period ends."""
    if isinstance(start, datetime):
        return min(start + HOUR, world.ends_at(world.local_date(start)))
    return world.starts_at(next_period(grain, start))


def periods(world: World, grain: str, first: datetime, last: datetime) -> Iterator[Period]:
    """The starts of all periods from that of one instant to that of another, without days that the zone skipped."""
    start, newest = period_of(world, grain, first), period_of(world, grain, last)
    while start <= newest:
        if grain != "day" or world.exists(start):
            yield start
        start = end_of(world, grain, start) if grain == "hour" else next_period(grain, start)


# --------------------------------------------------------------------------------------------------------------- cells


def percentile(values: Iterable[float], share: float) -> float | None:
    """The percentile by linear interpolation between the two values next to it."""
    values = sorted(values)
    if not values:
        return None
    position = share * (len(values) - 1)
    below = int(position)
    above = min(below + 1, len(values) - 1)
    return values[below] + (values[above] - values[below]) * (position - below)


def total(numbers: Iterable[float | Decimal]) -> float:
    return math.fsum(float(number) for number in numbers)


def observed_parts(world: World, kpi: Kpi, observations: list[Observation]) -> dict[Place, Parts]:
    """The parts of each cell in which something was observed, and of each period since the first observation."""
    if not observations:
        return {}
    members: dict[Place, list[Observation]] = {}
    for grain in kpi.grains:
        of_grain = [observation for observation in observations if observation.grain in (None, grain)]
        first = min((observation.at for observation in of_grain), default=None)
        for start in periods(world, grain, first, world.as_of) if first else ():
            members[grain, start, "overall", "all"] = []
        for observation in of_grain:
            start = period_of(world, grain, observation.at)
            for slice_name, slice_value in observation.where:
                if not (grain in ("hour", "day") and slice_name in FROM_THE_WEEK_UP):
                    members.setdefault((grain, start, slice_name, slice_value), []).append(observation)
    if kpi.kind == "retained":
        return retained_parts(world, members)
    found = {place: parts(kpi, inside) for place, inside in members.items()}
    if kpi.kind == "confidential":
        found |= dict.fromkeys(withheld(world, kpi, members), WITHHELD)
    for grain, start, slice_name, slice_value in members:
        if slice_name in kpi.shares:
            whole = found[grain, start, "overall", "all"].denominator or 0
            inside = found[grain, start, slice_name, slice_value]
            found[grain, start, slice_name, slice_value] = Parts(inside.numerator, whole, whole)
    return found


def parts(kpi: Kpi, observations: list[Observation]) -> Parts:
    """The parts of a cell with these observations."""
    if kpi.kind == "distinct":
        having = {observation.subject for observation in observations if observation.numerator}
        people = {observation.subject for observation in observations if observation.denominator}
        return Parts(len(having), len(people), len(people))
    numerator = total(observation.numerator for observation in observations)
    denominator = total(observation.denominator for observation in observations)
    if kpi.kind in ("count", "sum"):
        return Parts(numerator, None, len(observations))
    sample_size = {"numerator": numerator, "observations": len(observations)}.get(kpi.sample or "", denominator)
    # Agents who are there at one end of a period are half ones; a sample is a whole number.
    sample_size = math.floor(sample_size + 0.5)
    return Parts(
        numerator, denominator, sample_size, tuple(float(observation.numerator) for observation in observations)
    )


def retained_parts(world: World, members: dict[Place, list[Observation]]) -> dict[Place, Parts]:
    """People of both a period and the one before / people of the one before, where anybody was there in either."""
    there = {
        place: {observation.subject for observation in inside}
        for place, inside in members.items()
        if inside or place[2] == "overall"
    }
    after = {
        (grain, next_period(grain, start), slice_name, slice_value) for grain, start, slice_name, slice_value in there
    }
    begun = {place for place in after if place[1] <= period_of(world, place[0], world.as_of)}
    found = {}
    for grain, start, slice_name, slice_value in there.keys() | begun:
        people = there.get((grain, start, slice_name, slice_value), set())
        before = there.get((grain, previous_period(grain, start), slice_name, slice_value), set())
        found[grain, start, slice_name, slice_value] = Parts(len(people & before), len(before), len(before))
    return found


def withheld(world: World, kpi: Kpi, members: dict[Place, list[Observation]]) -> set[Place]:
    """The cells from which it could be told what a few people answered: docs/decisions.md, "Answers in confidence"."""
    # A period without any answer has nothing to withhold.
    people = {place: {observation.subject for observation in inside} for place, inside in members.items() if inside}

    def is_over(place: Place) -> bool:
        return end_of(world, *place[:2]) <= world.as_of

    def kept_company(hidden: set[Place], others: set[Place], hidden_people: set[str | None]) -> set[Place]:
        """What is withheld, with the smallest of the others where it is alone or of too few people."""
        if hidden and (len(hidden) == 1 or len(hidden_people) < kpi.min_respondents):
            return hidden | set(sorted(others, key=lambda place: (len(people[place]), place[3]))[:1])
        return hidden

    found: set[Place] = set()
    for start, name in {(start, name) for grain, start, name, _ in people if grain == "month"}:
        cells = {place for place in people if place[:3] == ("month", start, name)}
        small = {place for place in cells if len(people[place]) < kpi.min_respondents}
        if all(is_over(place) for place in cells):
            found |= kept_company(small, cells - small, set().union(*(people[place] for place in small)))
        else:
            found |= cells

    quarters = [place for place in people if place[0] == "quarter"]
    months = {
        quarter: {
            place
            for place in people
            if place[0] == "month" and place[2:] == quarter[2:] and period_start("quarter", place[1]) == quarter[1]
        }
        for quarter in quarters
    }
    for start, name in {(start, name) for _, start, name, _ in quarters}:
        whole = months["quarter", start, "overall", "all"]
        overall_tells_some = bool(whole & found) and bool(whole - found)
        hidden, instead_of_months = set(), set()
        for quarter in (place for place in quarters if place[1:3] == (start, name)):
            if months[quarter] <= found and (
                is_over(quarter)
                and len(people[quarter]) >= kpi.min_respondents
                and len(months[quarter]) == len(whole)
                and not overall_tells_some
            ):
                instead_of_months.add(quarter)
            elif months[quarter] & found:
                hidden.add(quarter)
        untold = {place for quarter in hidden for place in months[quarter] & found}
        found |= kept_company(hidden, instead_of_months, set().union(*(people[place] for place in untold)))
    return found


def stock_parts(world: World, kpi: Kpi, count: Stock, first: datetime) -> dict[Place, Parts]:
    """The stock at the end of each period, which is that of its last day, since the first day of each cell."""
    states: dict[tuple[date, str, str], list[float]] = defaultdict(list)
    first_day: dict[tuple[str, str], date] = {}
    today = world.local_date(world.as_of)
    for day in world.days(world.local_date(first), today):
        for cells, number in count(world, day, world.ends_at(day)):
            for cell in cells:
                first_day.setdefault(cell, day)
                states[day, *cell].append(number)
    found: dict[Place, Parts] = {}
    for (slice_name, slice_value), begins in first_day.items():
        for grain in kpi.grains:
            for start in periods(world, grain, world.starts_at(begins), world.as_of):
                last_day = min(next_period(grain, start) - timedelta(days=1), today)
                numbers = states[last_day, slice_name, slice_value]
                number = total(numbers)
                sample_size = len(numbers) if kpi.sample == "observations" else number
                found[grain, start, slice_name, slice_value] = Parts(number, None, sample_size)
    return found


def status(
    world: World,
    key: CellKey,
    value: float | None,
    sample_size: float,
    min_sample: int,
    targets: Iterable[Row],
    matures: str,
) -> str:
    """The status of a cell, the first that fits; a target is for periods that are over."""
    if value is None:
        return "no_data"
    if sample_size < min_sample:
        return "too_few"
    kpi_id, grain, start, slice_name, slice_value = key
    day = world.local_date(start) if isinstance(start, datetime) else start
    fitting = [
        row
        for row in targets
        if row["kpi_id"] == kpi_id
        # The shipped examples judge nobody.
        and not row.get("is_example")
        and row["grain"] in (None, grain)
        and row["slice"] in (None, slice_name)
        and row["slice_value"] in (None, slice_value)
        and row["valid_from"] <= day
        and (row["valid_to"] is None or day < row["valid_to"])
    ]
    if not fitting:
        return "no_target"
    target = max(fitting, key=lambda row: [row[name] is not None for name in ("slice_value", "slice", "grain")])
    if matures == "partial":
        return "partial"
    is_below = target["lower"] is not None and value < target["lower"]
    is_above = target["upper"] is not None and value > target["upper"]
    return "breach" if is_below or is_above else "ok"


def maturity(world: World, kpi: Kpi, ends_at: datetime) -> str:
    """How settled a cell is whose period ends at an instant."""
    if ends_at > world.as_of:
        return "partial"
    return "final" if ends_at + kpi.window <= world.as_of else "immature"


def calculate(world: World, min_samples: dict[str, int]) -> dict[CellKey, Cell]:
    """Every cell of the KPIs named in `min_samples`, by KPI, grain, period, slice and slice value.

    Args:
        world: What there is at `as_of`.
        min_samples: The KPIs to compute, with the sample below which a cell says too little.
    """
    cells: dict[CellKey, Cell] = {}
    for kpi_id, min_sample in min_samples.items():
        kpi = KPIS[kpi_id]
        if not all(world.gives(table) for table in NEEDS.get(kpi_id, ())):
            continue
        if kpi.kind == "stock":
            found = stock_parts(world, kpi, STOCKS[kpi_id], world.first_at) if world.first_at else {}
        else:
            found = observed_parts(world, kpi, list(OBSERVATIONS[kpi_id](world)))
        for place, inside in found.items():
            grain, start, *_ = place
            matures = maturity(world, kpi, end_of(world, grain, start))
            cells[kpi_id, *place] = cell(world, kpi, (kpi_id, *place), inside, min_sample, matures)
    return cells


def cell(world: World, kpi: Kpi, key: CellKey, inside: Parts, min_sample: int, matures: str) -> Cell:
    if inside is WITHHELD:
        return Cell(None, None, None, None, None, None, "too_few", matures)
    if inside.denominator is None:
        value: float | None = inside.numerator
    else:
        value = inside.numerator / inside.denominator if inside.denominator else None
    return Cell(
        numerator=inside.numerator,
        denominator=inside.denominator,
        value=value,
        sample_size=inside.sample_size,
        median=percentile(inside.values, 0.5) if kpi.kind == "duration" else None,
        p90=percentile(inside.values, 0.9) if kpi.kind == "duration" else None,
        status=status(world, key, value, inside.sample_size, min_sample, world.config["kpi_targets"], matures),
        maturity=matures,
    )
