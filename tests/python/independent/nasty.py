"""Small data sets made of what goes wrong: ties, exact edges, changes of the clock, gaps, circles and nulls.

Everything is drawn from small pools, so that rows meet: the same instants, the same ids, the same words.
"""

from __future__ import annotations

import random
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from independent import nasty_config, nasty_conversations, nasty_exports, nasty_people, nasty_shop
from independent.world import Config, Raw, Row

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
# What lies between two things that happen: nothing, or the edges of the windows of the definitions.
GAPS = [
    *(timedelta(0), SECOND, timedelta(hours=1), DAY, DAY + SECOND, 3 * DAY, 3 * DAY + SECOND),
    *(7 * DAY - SECOND, 7 * DAY, 7 * DAY, 7 * DAY + SECOND, 8 * DAY, 14 * DAY, 14 * DAY + SECOND),
    *(30 * DAY, 30 * DAY + SECOND),
]


@dataclass(frozen=True)
class DataSet:
    """Rows of the raw tables and of the seeds; an `as_of` where not the newest happening is it."""

    raw: Raw
    config: Config
    as_of: datetime | None


@dataclass(frozen=True)
class Scene:
    """A zone, and local days around which everything happens."""

    timezone: str
    days: tuple[date, ...]

    def clock(self, *times: tuple[int, int]) -> list[datetime]:
        """Local times of the days, as hours and minutes."""
        zone = ZoneInfo(self.timezone)
        return [
            datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone).astimezone(UTC)
            for day in self.days
            for hour, minute in times
        ]

    @property
    def anchors(self) -> list[datetime]:
        midnights = self.clock((0, 0))
        return [*midnights, *(at - SECOND for at in midnights), *self.clock((2, 30), (12, 0), (23, 30))]

    def ends(self, instants: list[datetime]) -> list[datetime]:
        """Where a week that holds one of the instants ends, and 7 and 30 days after that."""
        zone = ZoneInfo(self.timezone)
        mondays = [at.astimezone(zone).date() + timedelta(days=7 - at.astimezone(zone).weekday()) for at in instants]
        midnights = [datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC) for day in mondays]
        return [at + gap for at in midnights for gap in (timedelta(0), 7 * DAY, 30 * DAY)]


SCENES = {
    "utc": Scene("UTC", (date(2025, 12, 28), date(2025, 12, 31), date(2026, 1, 1), date(2026, 1, 5))),
    "spring": Scene("Europe/Berlin", (date(2026, 3, 22), date(2026, 3, 28), date(2026, 3, 29), date(2026, 4, 1))),
    "autumn": Scene("Europe/Berlin", (date(2025, 10, 19), date(2025, 10, 25), date(2025, 10, 26), date(2025, 11, 2))),
    "no midnight": Scene(
        "America/Sao_Paulo", (date(2018, 10, 28), date(2018, 11, 3), date(2018, 11, 4), date(2018, 11, 11))
    ),
    "two midnights": Scene(
        "America/Sao_Paulo", (date(2018, 2, 10), date(2018, 2, 17), date(2018, 2, 18), date(2018, 2, 24))
    ),
    "half an hour": Scene(
        "Australia/Lord_Howe", (date(2026, 4, 4), date(2026, 4, 5), date(2026, 4, 6), date(2026, 4, 12))
    ),
    "no day": Scene("Pacific/Apia", (date(2011, 12, 22), date(2011, 12, 28), date(2011, 12, 29), date(2011, 12, 31))),
}

# Targets of every kind, so that each way to choose one and each verdict comes up in every data set.
TARGETS: list[Row] = [
    {"grain": None, "slice": None, "slice_value": None, "lower": None, "upper": None, "valid_to": None}
    | {"valid_from": date(2000, 1, 1), "source": "test"}
    | {"unit": {"repeat_revenue": "money", "resolution_rate": "ratio"}.get(target["kpi_id"], "count")}
    | target
    for target in (
        {"kpi_id": "tickets_created", "upper": 1.0},
        {"kpi_id": "tickets_created", "grain": "week", "upper": 2.0},
        {"kpi_id": "tickets_created", "slice": "channel", "lower": 1.0, "upper": 1.0},
        {"kpi_id": "tickets_created", "slice": "channel", "slice_value": "email", "upper": 3.0},
        {"kpi_id": "tickets_created", "grain": "day", "slice": "channel", "slice_value": "email", "upper": 0.0},
        *(
            {"kpi_id": "unresolved_tickets", "slice": "overall", "upper": upper, "valid_from": begins, "valid_to": ends}
            for begins, ends, upper in (
                (date(2000, 1, 1), date(2011, 12, 29), 1.0),
                (date(2011, 12, 29), date(2018, 2, 18), 3.0),
                (date(2018, 2, 18), date(2018, 11, 4), 1.0),
                (date(2018, 11, 4), date(2025, 10, 26), 3.0),
                (date(2025, 10, 26), date(2025, 12, 31), 1.0),
                (date(2025, 12, 31), date(2026, 3, 29), 3.0),
                (date(2026, 3, 29), None, 1.0),
            )
        ),
        {"kpi_id": "repeat_revenue", "lower": 10.0},
        {"kpi_id": "repeat_orders", "slice": "order_number_band", "slice_value": "2", "lower": 1.0},
        {"kpi_id": "resolution_rate", "slice": "agent", "lower": 0.5},
    )
]

TICKETS = [f"t{number}" for number in range(12)]
AGENTS = ["a1", "queue", "a2", "a3", "a4"]
CUSTOMERS = [f"c{number}" for number in range(6)]
ORDERS = [f"o{number:02}" for number in range(15)]
EVENTS = [f"e{number:02}" for number in range(60)]
MESSAGES = [f"m{number:02}" for number in range(60)]
LINES = [f"l{number:02}" for number in range(60)]
PRODUCTS = [f"p{number}" for number in range(12)]

# Pools to draw from; None is what a system did not say.
SELDOM_TRUE = [None] * 10 + [False] * 9 + [True]
TEAMS = [None, "north", "south", "south"]


def mostly(value: Any, *others: Any) -> list[Any]:
    return [value] * (3 * len(others)) + list(others)


@st.composite
def thinned_data_sets(draw: st.DrawFn, scene: Scene, shipped: Config) -> DataSet:
    """Data sets of which a row in ten is missing. Of one that fails, Hypothesis leaves out all that it can.

    Args:
        draw: Given by Hypothesis.
        scene: Where and when it happens.
        shipped: The seeds that the project ships.
    """
    whole = data_set(scene, draw(st.integers(1_000, 1_000_000)), shipped)
    is_kept = st.integers(0, 9)  # 0 is what Hypothesis tries first to make it smaller
    raw = {table: [row for row in rows if draw(is_kept)] for table, rows in whole.raw.items()}
    return DataSet(raw, whole.config, whole.as_of)


def data_set(scene: Scene, seed: int, shipped: Config, leave: Collection[str] = ()) -> DataSet:
    """Rows of all tables and seeds, and an `as_of` in some data sets; the same ones for the same number.

    Args:
        scene: Where and when it happens.
        seed: The number of the data set.
        shipped: The seeds that the project ships.
        leave: What exports may do to rows and do not here, by the names of methods of `nasty_exports.Exports`.
    """
    # The scene is in the seed, so that scenes differ in more than their times.
    draw = random.Random(f"{scene.timezone} {scene.days[0]} {seed}")

    # Few instants, so that most things meet, and many that are a window apart.
    anchors = draw.sample(scene.anchors, draw.randint(1, 3))
    gaps = [timedelta(0), 7 * DAY, *draw.sample(GAPS, 3)]
    at = sorted({anchor + gap for anchor in anchors for gap in gaps})
    maybe_at = [None] * len(at) + at
    landing = at[-1] + DAY
    # Most rows land after everything. What lands early and happens late is after `as_of`, if nothing else is as late.
    meta = {
        "is_deleted": [None] * 10 + [False] * 9 + [True],
        "_loaded_at": mostly(landing, *(at[len(at) // 2], at[-2:][0])),
    }
    days = sorted({(instant - age).date() for instant in at for age in (timedelta(0), 7 * DAY, 8 * DAY)})
    agent = ["a1", "a1", "a2", "a3", "a4", "queue", "queue", "stranger"]

    def row(pools: dict[str, list[Any]]) -> Row:
        return {name: draw.choice(pool) for name, pool in {**pools, **meta}.items()}

    def rows(key: str, ids: list[str], **pools: list[Any]) -> list[Row]:
        """A row for each id. The order of ids says nothing about the order of times."""
        return [{key: name, **row(pools)} for name in ids]

    def some(names: list[str], *counts: int) -> list[str]:
        return names[: draw.choice(counts)]

    tickets = rows(
        "ticket_id",
        some(TICKETS, 0, 4, 12, 12, 12),
        customer_id=[None, *CUSTOMERS, "stranger"],
        channel=["email", "chat", " email "],
        created_at=at,
        status=["new", "open", "pending", "on_hold", "solved", "solved", "closed", "Closed", None, "dozing"],
        topic=[None, "returns", ""],
        complexity=[None, "low", "high"],
        marketplace=[None, "amazon"],
        assigned_agent_id=[None, *agent],
        resolved_at=maybe_at,
        updated_at=maybe_at,
        is_spam=SELDOM_TRUE,
        is_test=SELDOM_TRUE,
        merged_into_ticket_id=[None] * 40 + [*TICKETS[:6], "stranger"],
    )
    # A few tickets with long histories, or many with short ones; the others show what stands in.
    ticket = [found["ticket_id"] for found in tickets][: draw.choice((3, 6, 12))] or ["stranger"]
    events = rows(
        "event_id",
        some(EVENTS, 0, 30, 30, 60),
        ticket_id=ticket,
        event_type=["status_changed", "status_changed", "assigned"],
        actor_type=[None, "agent", "agent", "customer", "automation", "system"],
        actor_id=[None, *agent],
        occurred_at=at,
    )
    status = ["open", "open", "pending", "solved", "solved", "closed", "Solved", "on_hold", "new", "dozing"]
    for event in events:
        values = agent if event["event_type"] == "assigned" else status
        event["old_value"] = draw.choice([None, *values])
        # Nobody may have a ticket, but no ticket has no status.
        event["new_value"] = draw.choice([*values, None] if event["event_type"] == "assigned" else values)
    messages = rows(
        "message_id",
        some(MESSAGES, 0, 20, 40, 60),
        ticket_id=[*ticket * 3, *TICKETS, "stranger"],
        author_type=["customer", "customer", "Customer", "agent", "agent", "Agent", "automation", "system"],
        is_public=[None, True, True, False],
        is_acknowledgement=[None, False, True],
        sent_at=at,
    )
    agents = []
    for agent_id in some(AGENTS, 1, 3, 5, 5):
        for valid_from in draw.sample([None, None, *days], draw.randint(1, 3)):
            # Seldom does a queue become a person, or a person a queue.
            is_queue = [agent_id == "queue"] if valid_from is None else mostly(agent_id == "queue", agent_id != "queue")
            agents.append(
                {"agent_id": agent_id, "valid_from": valid_from, **row({"team": TEAMS, "is_queue": is_queue})}
            )
    agents = list({(found["agent_id"], found["valid_from"]): found for found in agents}.values())
    customers = rows(
        "customer_id",
        some(CUSTOMERS, 3, 6, 6),
        person_id=[None, "bo", "al"],
        email_hash=[None, "x", "x", "y"],
        country=[None, "DE", "FR"],
        is_test=SELDOM_TRUE,
    )
    orders = rows(
        "order_id",
        some(ORDERS, 0, 5, 15, 15, 15),
        customer_id=mostly("c0", *(None, "c1", "c2", "c3", "stranger")),
        marketplace=["amazon", "web"],
        ordered_at=at,
        status=["paid"] * 9 + ["shipped", "cancelled", "Cancelled"],
        currency=["EUR", "eur", "USD"],
        total_amount=[Decimal("10"), Decimal("7.25"), Decimal("0"), Decimal("99.99")],
        shipped_at=maybe_at,
        cancelled_at=[None] * (2 * len(at)) + at,
        cancelled_by=[None, "seller", "customer", "Seller"],
        is_test=SELDOM_TRUE,
    )
    lines = rows(
        "order_line_id",
        some(LINES, 0, 15, 25, 60),
        order_id=[found["order_id"] for found in orders] or ["stranger"],
        product_id=[*PRODUCTS, "stranger"],
        quantity=[Decimal(1)] * 4 + [Decimal(2), Decimal(0), Decimal(-1)],
        unit_price=[Decimal("5"), Decimal("10"), Decimal("12.5")],
    )
    products = rows(
        "product_id",
        some(PRODUCTS, 8, 12, 12),
        category=[None, "tea", "cups"],
        family=[None, "mugs", "mugs", "mugs", "pots", "p1"],
        tier=[None, 1.0, 2.0, 3.0, 4.0, 5.0],
    )
    rates = [
        {"currency": currency, "rate_date": day, **row({"rate": rate})}
        for currency, rate in (("USD", [Decimal("0.5"), Decimal("2")]), ("EUR", [Decimal(3)]))
        for day in draw.sample(days, min(len(days), draw.randint(0, 4)))
    ]
    raw = {
        "tickets": tickets,
        "ticket_events": events,
        "ticket_messages": messages,
        "agents": agents,
        "customers": customers,
        "orders": orders,
        "order_lines": lines,
        "products": products,
        "exchange_rates": rates,
        # Something of another kind that happens, so that nothing of the other kinds need be the newest.
        "article_views": rows("view_id", some(["v1"], 0, 1), article_id=["z"], viewed_at=at),
    }
    for domain in (nasty_conversations, nasty_people, nasty_shop):
        domain.add(draw, scene, raw)
    config = shipped | {"kpi_targets": shipped["kpi_targets"] + TARGETS}
    if draw.random() < 0.7:
        config = nasty_config.configuration(draw, scene, config)
    nasty_exports.add(draw, scene, raw, config, leave)
    as_of = draw.choice([None, None, *(draw.choice(pool) for pool in (at[len(at) // 2 :], scene.ends(at)))])
    return DataSet(raw, config, as_of)
