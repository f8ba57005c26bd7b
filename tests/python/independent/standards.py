"""Every row of `marketplace_standards`: what the marketplaces' rules say of each local day.

Like the rest of the calculation this follows the sentences of the definitions, not the SQL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from independent import conversations, orders, shop
from independent.conversations import Turn
from independent.world import Observation, Row, World

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


@dataclass
class Figure:
    """What a figure counts in a marketplace: the observations of a KPI, or turns."""

    kpi_id: str
    observations: list[Observation] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)

    @property
    def first_at(self) -> datetime | None:
        begun = [turn.begins_at for turn in self.turns]
        return min([*begun, *(observation.at for observation in self.observations)], default=None)

    def known_at(self, ends_at: datetime) -> Iterator[Observation]:
        """What is counted, as known when a day ends.

        A turn that is known by then to need no reply is left out; of the turns that are answered or not, so is one that
        was closed without a reply, or in which somebody spoke to the customer.
        """
        yield from self.observations
        for turn in self.turns:

            def has_happened(at: datetime) -> bool:
                return at < ends_at

            is_answered = turn.replied_at is not None and has_happened(turn.replied_at)
            if turn.needs_no_reply(has_happened):
                continue
            if self.kpi_id == TURNS_ANSWERED:
                if not (turn.is_closed(has_happened) or turn.is_spoken_to(has_happened)):
                    yield Observation(turn.begins_at, [], numerator=int(is_answered))
            elif is_answered and turn.seconds is not None:
                yield Observation(turn.begins_at, [], numerator=turn.seconds)


def standards(world: World) -> dict[StandardKey, Judged]:
    """Each figure on each day that a row of the seed holds for, from the figure's first data on."""
    found: dict[StandardKey, Judged] = {}
    for rule in world.config["marketplace_standards"]:
        figure = figure_of(world, rule)
        for day in days_of(world, rule, figure):
            found[rule["standard_id"], rule["marketplace"], rule["kpi_id"], day] = judged(world, rule, figure, day)
    return {key: with_standard_status(key, figure, found) for key, figure in found.items()}


def figure_of(world: World, rule: Row) -> Figure:
    """What a rule looks at, in its marketplace alone."""
    kpi_id, marketplace = rule["kpi_id"], rule["marketplace"]
    if kpi_id in (TURNS_ANSWERED, TURN_RESPONSE_TIME):
        turns = conversations.inbound_turns(world)
        return Figure(kpi_id, turns=[turn for ticket, turn in turns if ticket.row["marketplace"] == marketplace])
    found = MODULES[kpi_id].OBSERVATIONS[kpi_id](world)
    return Figure(kpi_id, observations=[seen for seen in found if dict(seen.where)["marketplace"] == marketplace])


def days_of(world: World, rule: Row, figure: Figure) -> Iterator[date]:
    """The local days that a row of the seed judges."""
    if figure.first_at is not None:
        for day in world.days(world.local_date(figure.first_at), world.local_date(world.as_of)):
            if rule["valid_from"] <= day and (rule["valid_to"] is None or day < rule["valid_to"]):
                yield day


def judged(world: World, rule: Row, figure: Figure, day: date) -> Judged:
    """A figure over the window that ends `lag_days` before a day."""
    last = day - rule["lag_days"] * DAY
    first = last - (rule["window_days"] - 1) * DAY
    inside = [
        observation
        for observation in figure.known_at(world.ends_at(day))
        if first <= world.local_date(observation.at) <= last
    ]
    numerator = float(sum(observation.numerator for observation in inside))
    denominator = float(sum(observation.denominator for observation in inside))
    value = numerator / denominator if denominator else None
    limit = rule["limit_value"]
    margin, status, matures = None, "no_data", maturity(world, rule, last)
    if value is not None:
        margin = limit - value if rule["comparison"] in ("<", "<=") else value - limit
        # A day that runs on may still turn it.
        status = "ok" if KEEPS[rule["comparison"]](value, limit) else "breach"
        status = "partial" if matures == "partial" else status
    return Judged(
        window_first_date=first,
        window_last_date=last,
        numerator=numerator,
        denominator=denominator,
        value=value,
        comparison=rule["comparison"],
        limit_value=limit,
        margin=margin,
        maturity=matures,
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
        if (other_id, other_marketplace, other_day) == (standard_id, marketplace, day)
    }
    worst = next(status for status in ("breach", "no_data", "partial", "ok") if status in statuses)
    return Judged(**{**vars(figure), "standard_status": worst})
