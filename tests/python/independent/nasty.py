"""Small data sets made of what goes wrong: ties, exact edges, changes of the clock, gaps, circles and nulls.

Everything is drawn from small pools, so that rows meet: the same instants, the same ids, the same words.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from independent.calculation import Raw, Row

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Scene:
    """A zone, and local days around which everything happens."""

    timezone: str
    days: tuple[date, ...]

    @property
    def instants(self) -> list[datetime]:
        """Local midnights and clock times of the days, and the edges of 7 and 30 days after the first of them."""
        zone = ZoneInfo(self.timezone)
        clock = [
            datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone).astimezone(UTC)
            for day in self.days
            for hour, minute in ((0, 0), (2, 30), (12, 0), (23, 30))
        ]
        first = clock[2]
        edges = [
            first + length + nudge
            for length in (timedelta(0), HOUR, DAY, 3 * DAY, WEEK, 2 * WEEK, 30 * DAY)
            for nudge in (-SECOND, timedelta(0), SECOND)
        ]
        return sorted({*clock, *(at - SECOND for at in clock[::4]), *edges})


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
    "no day": Scene("Pacific/Apia", (date(2011, 12, 22), date(2011, 12, 28), date(2011, 12, 29), date(2011, 12, 31))),
}

# Targets of every kind, so that each way to choose one and each verdict comes up in every data set.
TARGETS: list[Row] = [
    {"grain": None, "slice": None, "slice_value": None, "lower": None, "upper": None, "valid_to": None}
    | {"valid_from": date(2000, 1, 1), "source": "test"}
    | target
    for target in (
        {"kpi_id": "tickets_created", "upper": 1.0},
        {"kpi_id": "tickets_created", "grain": "week", "upper": 2.0},
        {"kpi_id": "tickets_created", "slice": "channel", "lower": 1.0, "upper": 1.0},
        {"kpi_id": "tickets_created", "slice": "channel", "slice_value": "email", "upper": 3.0},
        {"kpi_id": "tickets_created", "grain": "day", "slice": "channel", "slice_value": "email", "upper": 0.0},
        {"kpi_id": "unresolved_tickets", "upper": 2.0, "valid_to": date(2018, 11, 1)},
        {"kpi_id": "unresolved_tickets", "slice": "overall", "upper": 3.0, "valid_from": date(2018, 11, 1)},
        {"kpi_id": "repeat_revenue", "lower": 10.0},
        {"kpi_id": "repeat_orders", "slice": "order_number_band", "slice_value": "2", "lower": 1.0},
        {"kpi_id": "resolution_rate", "slice": "agent", "lower": 0.5},
    )
]

TICKETS = [f"t{number}" for number in range(12)]
AGENTS = ["a1", "a2", "a3", "a4", "queue"]
CUSTOMERS = [f"c{number}" for number in range(6)]
ORDERS = [f"o{number:02}" for number in range(15)]
EVENTS = [f"e{number:02}" for number in range(60)]
MESSAGES = [f"m{number:02}" for number in range(20)]
LINES = [f"l{number:02}" for number in range(30)]
PRODUCTS = ["p1", "p2", "p3", "p4", "p5"]

seldom = st.sampled_from([None] * 5 + [False] * 4 + [True])


def often_none(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from([None, *values])


def mostly(value: Any, *others: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from([value] * (3 * len(others)) + list(others))


def as_ofs(scene: Scene) -> st.SearchStrategy[datetime | None]:
    """Mostly none, so that the data say; else an instant in the middle of them."""
    return st.one_of(st.none(), st.none(), st.sampled_from(scene.instants[len(scene.instants) // 3 :]))


@st.composite
def data_sets(draw: st.DrawFn, scene: Scene) -> Raw:
    """Rows of all tables, by table."""
    instants = scene.instants
    at = st.sampled_from(instants)
    maybe_at = st.one_of(st.none(), at)
    landing = instants[-1] + DAY
    # Most rows land after everything; what lands early and happens late is after `as_of`, if nothing else is as late.
    landed = mostly(landing, instants[len(instants) // 2], instants[-3])
    days = [instant.date() for instant in instants[:: len(instants) // 6]]
    meta = {"is_deleted": st.sampled_from([None] * 8 + [False] * 8 + [True]), "_loaded_at": landed}
    agent = st.sampled_from([*AGENTS, "unknown"])
    customer = often_none(*CUSTOMERS, "unknown")

    def rows(key: str, ids: list[str], **columns: st.SearchStrategy[Any]) -> list[Row]:
        """A row for each id. The order of ids says nothing about the order of times."""
        return [{key: name, **draw(st.fixed_dictionaries(columns | meta))} for name in ids]

    def some(names: list[str], *counts: int) -> list[str]:
        return names[: draw(st.sampled_from(counts))]

    tickets = rows(
        "ticket_id",
        some(TICKETS, 0, 3, 6, 12, 12),
        customer_id=customer,
        channel=st.sampled_from(["email", "chat", " email "]),
        created_at=at,
        status=st.sampled_from(["new", "open", "pending", "on_hold", "solved", "solved", "closed", "Closed"]),
        topic=often_none("returns", ""),
        complexity=often_none("low", "high"),
        marketplace=often_none("amazon"),
        assigned_agent_id=st.one_of(st.none(), agent),
        resolved_at=maybe_at,
        updated_at=maybe_at,
        is_spam=seldom,
        is_test=seldom,
        merged_into_ticket_id=st.sampled_from([None] * 12 + [*TICKETS[:6], "unknown"]),
    )
    ticket = st.sampled_from([row["ticket_id"] for row in tickets][:6] or ["unknown"])
    statuses = st.sampled_from(["open", "pending", "solved", "solved", "closed", "Solved", "on_hold", "new", "dozing"])
    events = rows(
        "event_id",
        some(EVENTS, 0, 10, 30, 60),
        ticket_id=ticket,
        event_type=st.sampled_from(["status_changed", "status_changed", "assigned"]),
        actor_type=often_none("agent", "agent", "customer", "automation", "system"),
        actor_id=st.one_of(st.none(), agent),
        occurred_at=at,
    )
    for event in events:
        values = agent if event["event_type"] == "assigned" else statuses
        event["old_value"] = draw(st.one_of(st.none(), values))
        event["new_value"] = draw(values)
    messages = rows(
        "message_id",
        some(MESSAGES, 0, 10, 20),
        ticket_id=st.one_of(ticket, ticket, ticket, st.sampled_from([*TICKETS, "unknown"])),
        author_type=st.sampled_from(["customer", "agent", "automation", "system", "Agent"]),
        is_public=often_none(True, True, False),
        is_acknowledgement=often_none(False, True),
        sent_at=at,
    )
    agents = []
    for agent_id in AGENTS[: draw(st.integers(1, 5))]:
        for valid_from in draw(st.lists(often_none(*days[::2]), min_size=1, max_size=2, unique=True)):
            version = draw(st.fixed_dictionaries({"team": often_none("north", "south", "south"), **meta}))
            is_queue = draw(mostly(agent_id == "queue", agent_id != "queue")) if valid_from else agent_id == "queue"
            agents.append({"agent_id": agent_id, "valid_from": valid_from, "is_queue": is_queue, **version})
    customers = rows(
        "customer_id",
        some(CUSTOMERS, 3, 6, 6),
        person_id=often_none("bo", "al"),
        email_hash=often_none("x", "y"),
        country=often_none("DE", "FR"),
        is_test=seldom,
    )
    orders = rows(
        "order_id",
        some(ORDERS, 0, 4, 15, 15),
        customer_id=st.sampled_from([None, *CUSTOMERS[:3], *CUSTOMERS[:3], "c4", "unknown"]),
        marketplace=st.sampled_from(["amazon", "web"]),
        ordered_at=at,
        status=st.sampled_from(["paid", "paid", "paid", "shipped", "cancelled", "Cancelled"]),
        currency=st.sampled_from(["EUR", "eur", "USD"]),
        total_amount=st.sampled_from([Decimal("10"), Decimal("7.25"), Decimal("0"), Decimal("99.99")]),
        shipped_at=maybe_at,
        cancelled_at=st.one_of(st.none(), st.none(), at),
        cancelled_by=often_none("seller", "customer", "Seller"),
        is_test=seldom,
    )
    lines = rows(
        "order_line_id",
        some(LINES, 0, 15, 30) if orders else [],
        order_id=st.sampled_from([row["order_id"] for row in orders] or ["unknown"]),
        product_id=st.sampled_from([*PRODUCTS, "unknown"]),
        quantity=st.sampled_from([Decimal(1), Decimal(1), Decimal(2), Decimal(0), Decimal(-1)]),
        unit_price=st.sampled_from([Decimal("5"), Decimal("10"), Decimal("12.5")]),
    )
    products = rows(
        "product_id",
        some(PRODUCTS, 4, 5, 5),
        category=often_none("tea", "cups"),
        family=often_none("mugs", "p1"),
        tier=st.sampled_from([None, 1.0, 2.0, 2.0]),
    )
    rates = [
        {"currency": currency, "rate_date": day, **draw(st.fixed_dictionaries({"rate": rate, **meta}))}
        for currency, rate in (("USD", st.sampled_from([Decimal("0.5"), Decimal("2")])), ("EUR", st.just(Decimal("3"))))
        for day in draw(st.lists(st.sampled_from(days), unique=True, max_size=3))
    ]
    # Something of another kind that happens at the end, so that windows are over in some data sets.
    views = rows("view_id", some(["v"], 0, 1), article_id=st.just("z"), viewed_at=at)
    return {
        "tickets": tickets,
        "ticket_events": events,
        "ticket_messages": messages,
        "agents": agents,
        "customers": customers,
        "orders": orders,
        "order_lines": lines,
        "products": products,
        "exchange_rates": rates,
        "article_views": views,
    }
