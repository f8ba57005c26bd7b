"""Every row of `marketplace_standards`: what the marketplaces' rules say of each local day.

Like the rest of the calculation this follows the sentences of the definitions, not the SQL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from independent import conversations, orders, shop
from independent.world import Observation, Row, World, lower, where

DAY = timedelta(days=1)

# Standard, marketplace, figure, judged day.
StandardKey = tuple[str, str, str, date]

# Figures of the turns begun in the window, as they stand at the end of the judged day.
TURNS_ANSWERED, TURN_RESPONSE_TIME = "turns_answered_rate", "turn_response_time"

MODULES = {
    "message_sla_rate": conversations,
    "return_sla_rate": shop,
    "order_defect_rate": shop,
    "on_time_shipping_rate": shop,
    "cancellation_rate": orders,
}

KEEPS: dict[str, Callable[[float, float], bool]] = {
    "<": lambda value, limit: value < limit,
    "<=": lambda value, limit: value <= limit,
    ">=": lambda value, limit: value >= limit,
    ">": lambda value, limit: value > limit,
}


@dataclass(frozen=True)
class Judged:
    """A figure of a standard on a local day."""

    window_first_date: date
    window_last_date: date
    numerator: float
    denominator: float
    value: float | None
    comparison: str
    limit_value: float
    margin: float | None
    maturity: str
    status: str
    standard_status: str


def standards(world: World) -> dict[StandardKey, Judged]:
    """Each figure on each day that a row of the seed holds for, from the figure's first data on."""
    found: dict[StandardKey, Judged] = {}
    for rule in world.config["marketplace_standards"]:
        for day in days_of(world, rule):
            found[rule["standard_id"], rule["marketplace"], rule["kpi_id"], day] = judged(world, rule, day)
    return {key: with_standard_status(key, figure, found) for key, figure in found.items()}


def days_of(world: World, rule: Row) -> Iterator[date]:
    """The local days that a row of the seed judges."""
    happened = [observation.at for observation in observed(world, rule, None)]
    if happened:
        for day in world.days(world.local_date(min(happened)), world.local_date(world.as_of)):
            if rule["valid_from"] <= day and (rule["valid_to"] is None or day < rule["valid_to"]):
                yield day


def observed(world: World, rule: Row, ends_at: datetime | None) -> Iterator[Observation]:
    """What a figure counts in the rule's marketplace, as known when a day ends; without an end, all that there is."""
    if rule["kpi_id"] in (TURNS_ANSWERED, TURN_RESPONSE_TIME):
        found = turns(world, rule["kpi_id"], ends_at)
    else:
        found = MODULES[rule["kpi_id"]].OBSERVATIONS[rule["kpi_id"]](world)
    for observation in found:
        names = [value for name, value in observation.where if name == "marketplace"]
        if lower(rule["marketplace"]) in [lower(name) for name in names]:
            yield observation


def turns(world: World, kpi_id: str, ends_at: datetime | None) -> Iterator[Observation]:
    """Turns with whether they were answered before a day's end, or those answered with their waits.

    A turn that is known by then to need no reply is left out.
    """

    def has_happened(at: datetime | None) -> bool:
        return ends_at is not None and at is not None and at < ends_at

    for ticket, turn in conversations.inbound_turns(world):
        if ticket.row["marketplace"] is None or turn.needs_no_reply(has_happened):
            continue
        cells = where(marketplace=ticket.row["marketplace"])
        is_answered = has_happened(turn.replied_at)
        if kpi_id == TURNS_ANSWERED:
            yield Observation(turn.begins_at, cells, numerator=int(is_answered))
        else:
            wait = (turn.replied_at - turn.begins_at).total_seconds() if is_answered else 0
            yield Observation(turn.begins_at, cells, numerator=wait, denominator=int(is_answered))


def judged(world: World, rule: Row, day: date) -> Judged:
    """A figure over the window that ends `lag_days` before a day."""
    last = day - rule["lag_days"] * DAY
    first = last - (rule["window_days"] - 1) * DAY
    inside = [
        observation
        for observation in observed(world, rule, world.ends_at(day))
        if first <= world.local_date(observation.at) <= last
    ]
    numerator = float(sum(observation.numerator for observation in inside))
    denominator = float(sum(observation.denominator for observation in inside))
    value = numerator / denominator if denominator else None
    limit = rule["limit_value"]
    margin, status = None, "no_data"
    if value is not None:
        margin = limit - value if rule["comparison"] in ("<", "<=") else value - limit
        status = "ok" if KEEPS[rule["comparison"]](value, limit) else "breach"
    return Judged(
        window_first_date=first,
        window_last_date=last,
        numerator=numerator,
        denominator=denominator,
        value=value,
        comparison=rule["comparison"],
        limit_value=limit,
        margin=margin,
        maturity=maturity(world, rule, last),
        status=status,
        standard_status=status,
    )


def maturity(world: World, rule: Row, last: date) -> str:
    """How settled a figure is: its window is over, and nothing that happens later changes it."""
    window_ends_at = world.ends_at(last)
    if window_ends_at > world.as_of:
        return "partial"
    # Turns are judged as they stand at the day's end.
    module = MODULES.get(rule["kpi_id"])
    later = timedelta(0) if module is None else module.KPIS[rule["kpi_id"]].window
    return "final" if window_ends_at + later <= world.as_of else "immature"


def with_standard_status(key: StandardKey, figure: Judged, found: dict[StandardKey, Judged]) -> Judged:
    """The figure with the status of its whole standard that day."""
    standard_id, marketplace, _, day = key
    statuses = {
        other.status
        for (other_id, other_marketplace, _, other_day), other in found.items()
        if (other_id, lower(other_marketplace), other_day) == (standard_id, lower(marketplace), day)
    }
    worst = next(status for status in ("breach", "no_data", "ok") if status in statuses)
    return Judged(**{**vars(figure), "standard_status": worst})
