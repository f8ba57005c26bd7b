"""Small data sets on which the warehouse and the calculation once disagreed, with the cells worked out by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from independent.calculation import CellKey
from independent.world import Config, Raw, Row

# A Monday.
MONDAY = date(2026, 3, 2)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
LANDING = NOON + 60 * DAY
# The team of each agent who answers.
SURVEYED_TEAMS = ["east"] * 6 + ["north"] * 5 + ["south"] * 3


@dataclass(frozen=True)
class Case:
    """Rows, and what some cells must be: numerator and denominator, or None where there must be no cell."""

    name: str
    raw: Raw
    cells: dict[CellKey, tuple[float | None, float | None] | None]  # a withheld cell has no numbers
    timezone: str = "UTC"
    as_of: datetime | None = None
    # Seeds in place of the shipped ones.
    seeds: Config = field(default_factory=dict)


def landed(rows: list[Row]) -> list[Row]:
    return [{"_loaded_at": LANDING, **row} for row in rows]


def ticket(ticket_id: str, created_at: datetime = NOON, **columns: Any) -> Row:
    return {"ticket_id": ticket_id, "created_at": created_at, "channel": "email", "status": "open", **columns}


def status_event(event_id: str, ticket_id: str, occurred_at: datetime, new_value: str, **columns: Any) -> Row:
    return {
        "event_id": event_id,
        "ticket_id": ticket_id,
        "event_type": "status_changed",
        "occurred_at": occurred_at,
        "new_value": new_value,
        **columns,
    }


def assigned(event_id: str, ticket_id: str, occurred_at: datetime, new_value: str, **columns: Any) -> Row:
    return {**status_event(event_id, ticket_id, occurred_at, new_value, **columns), "event_type": "assigned"}


def order(order_id: str, ordered_at: datetime, **columns: Any) -> Row:
    return {
        "order_id": order_id,
        "customer_id": "c1",
        "marketplace": "web",
        "ordered_at": ordered_at,
        "status": "paid",
        "currency": "EUR",
        "total_amount": Decimal(10),
        **columns,
    }


def line(order_line_id: str, order_id: str, product_id: str, unit_price: str, quantity: int = 1) -> Row:
    return {
        "order_line_id": order_line_id,
        "order_id": order_id,
        "product_id": product_id,
        "quantity": Decimal(quantity),
        "unit_price": Decimal(unit_price),
    }


def tables(**rows: list[Row]) -> Raw:
    return {name: landed(found) for name, found in rows.items()}


CASES = [
    Case(
        "an agent whom no row describes is somebody",
        tables(tickets=[ticket("t1", assigned_agent_id="a1")]),
        {
            ("resolution_rate", "week", MONDAY, "agent", "standard:a1"): (0, 1),
            ("resolution_rate", "week", MONDAY, "agent", "(none)"): None,
            ("resolution_rate", "week", MONDAY, "team", "(none)"): (0, 1),
        },
    ),
    Case(
        "a queue is one before its first date, when its team is unknown",
        tables(
            tickets=[ticket("t1", assigned_agent_id="q")],
            agents=[{"agent_id": "q", "valid_from": date(2026, 3, 3), "is_queue": True, "team": "south"}],
        ),
        {
            ("resolution_rate", "week", MONDAY, "agent", "(none)"): (0, 1),
            ("resolution_rate", "week", MONDAY, "agent", "standard:q"): None,
            ("resolution_rate", "week", MONDAY, "team", "south"): None,
        },
    ),
    Case(
        "from a person of a team to one of an unknown team is a reassignment, over a queue too",
        tables(
            tickets=[ticket("t1", assigned_agent_id="ignored")],
            ticket_events=[
                assigned("e1", "t1", NOON + 1 * HOUR, "unknown person", old_value="a1"),
                assigned("e2", "t1", NOON + 2 * HOUR, "q"),
                assigned("e3", "t1", NOON + 3 * HOUR, "a1"),
                status_event("e4", "t1", NOON + 4 * HOUR, "solved"),
            ],
            agents=[
                {"agent_id": "a1", "team": "south"},
                {"agent_id": "q", "team": None, "is_queue": True},
            ],
        ),
        {
            ("reassignments_per_ticket", "day", MONDAY, "overall", "all"): (2, 1),
            ("reassignments_per_ticket", "day", MONDAY, "team", "south"): (2, 1),
        },
    ),
    Case(
        "a first assignment after as_of says who had the ticket, and takes its stand-in away",
        tables(
            tickets=[ticket("t1", assigned_agent_id="a2"), ticket("t2", assigned_agent_id="a2")],
            ticket_events=[
                assigned("e1", "t1", NOON + 2 * DAY, "a2", old_value="a1"),
                assigned("e2", "t2", NOON + 2 * DAY, "a2"),
            ],
        ),
        {
            ("resolution_rate", "week", MONDAY, "agent", "standard:a1"): (0, 1),
            ("resolution_rate", "week", MONDAY, "agent", "(none)"): (0, 1),
            ("resolution_rate", "week", MONDAY, "agent", "standard:a2"): None,
        },
        as_of=NOON + DAY,
    ),
    Case(
        "a source that tells of assignments and status changes only after as_of tells of them",
        tables(
            tickets=[ticket("t1", status="solved", resolved_at=NOON + HOUR)],
            ticket_events=[
                assigned("e1", "t2", NOON + 2 * DAY, "a2"),
                status_event("e2", "t2", NOON + 2 * DAY, "open"),
            ],
        ),
        {
            ("reassignments_per_ticket", "day", MONDAY, "overall", "all"): (0, 1),
            ("reopen_rate", "day", MONDAY, "overall", "all"): (0, 1),
        },
        as_of=NOON + DAY,
    ),
    Case(
        "a ticket resolved at an unknown time was not resolved while it was still at work, be it after as_of",
        tables(
            tickets=[ticket("t1", status="closed"), ticket("t2", status="closed")],
            ticket_messages=[
                {"message_id": "m1", "ticket_id": "t1", "author_type": "system", "sent_at": NOON + 2 * DAY},
                {"message_id": "m2", "ticket_id": "t2", "author_type": "system", "sent_at": NOON + DAY},
            ],
        ),
        {
            ("unresolved_tickets", "day", MONDAY, "overall", "all"): (2, None),
            ("unresolved_tickets", "day", MONDAY + DAY, "overall", "all"): (1, None),
            # Whether t2 was resolved within its week, nobody knows.
            ("resolution_rate", "day", MONDAY, "overall", "all"): (0, 1),
        },
        as_of=NOON + DAY,
    ),
    Case(
        "a ticket reopened before its creation has been open since its creation",
        tables(
            tickets=[ticket("t1", NOON + 20 * DAY)],
            ticket_events=[
                status_event("e1", "t1", NOON, "solved"),
                status_event("e2", "t1", NOON + 8 * DAY, "open"),
                status_event("e3", "t1", NOON + 21 * DAY, "solved"),
            ],
        ),
        {
            ("tickets_closed", "day", MONDAY, "overall", "all"): (1, None),
            ("tickets_closed", "day", MONDAY + 21 * DAY, "overall", "all"): (1, None),
            ("resolution_time", "day", MONDAY, "overall", "all"): None,
            ("resolution_time", "day", MONDAY + 21 * DAY, "overall", "all"): (86400, 1),
            ("unresolved_tickets", "day", MONDAY + 8 * DAY, "overall", "all"): None,
            ("unresolved_tickets", "day", MONDAY + 20 * DAY, "overall", "all"): (1, None),
        },
    ),
    Case(
        "a line that was given back, or of nothing, was not bought",
        tables(
            orders=[order("o1", NOON), order("o2", NOON + DAY)],
            order_lines=[
                line("l1", "o1", "p1", "5", quantity=-1),
                line("l2", "o2", "p1", "5"),
                line("l3", "o2", "p2", "5", quantity=0),
            ],
            products=[{"product_id": "p2", "category": "cups", "family": "mugs"}],
        ),
        {
            ("cross_sell_rate", "day", MONDAY + DAY, "category", "(none)"): (1, 1),
            ("cross_sell_rate", "day", MONDAY + DAY, "category", "cups"): (0, 1),
            ("repeat_orders", "day", MONDAY + DAY, "category", "cups"): (1, None),
        },
    ),
    Case(
        "a ticket that was open for no time still begins the cells of its team and age",
        tables(
            tickets=[
                ticket("t1", status="closed", complexity="low"),
                ticket("t2", NOON + DAY, status="solved", resolved_at=NOON, complexity="high"),
            ]
        ),
        {
            ("unresolved_tickets", "day", MONDAY, "team", "(none)"): (0, None),
            ("unresolved_tickets", "day", MONDAY, "age_band", "0-1 d"): (0, None),
            ("unresolved_tickets", "day", MONDAY, "age_band", "1-3 d"): None,
            ("unresolved_tickets", "day", MONDAY, "complexity", "low"): (0, None),
            ("unresolved_tickets", "day", MONDAY, "complexity", "high"): None,
            ("unresolved_tickets", "day", MONDAY + DAY, "complexity", "high"): (0, None),
        },
    ),
    Case(
        "a repeat order without lines has no money of any category, one without a rate no money at all",
        tables(
            orders=[
                order("o1", NOON),
                order("o2", NOON + DAY),
                order("o3", NOON + 2 * DAY, currency="USD"),
            ],
            order_lines=[line("l3", "o3", "p1", "10")],
        ),
        {
            ("repeat_orders", "day", MONDAY + DAY, "category", "(none)"): (1, None),
            ("repeat_revenue", "day", MONDAY + DAY, "category", "(none)"): None,
            ("repeat_revenue", "day", MONDAY + DAY, "overall", "all"): (10, None),
            ("repeat_orders", "day", MONDAY + 2 * DAY, "marketplace", "web"): (1, None),
            ("repeat_revenue", "day", MONDAY + 2 * DAY, "marketplace", "web"): None,
            ("repeat_revenue", "day", MONDAY + 2 * DAY, "overall", "all"): (0, None),
        },
    ),
    Case(
        "a reopening after exactly 7 d is in time, one a second later is not",
        tables(
            tickets=[ticket("t1"), ticket("t2")],
            ticket_events=[
                status_event("e1", "t1", NOON + HOUR, "solved"),
                status_event("e2", "t1", NOON + HOUR + 7 * DAY, "open"),
                status_event("e3", "t2", NOON + HOUR, "solved"),
                status_event("e4", "t2", NOON + HOUR + 7 * DAY + timedelta(seconds=1), "open"),
            ],
        ),
        {
            ("reopen_rate", "day", MONDAY, "overall", "all"): (1, 2),
            ("tickets_closed", "day", MONDAY, "overall", "all"): (1, None),
            ("resolution_time", "day", MONDAY, "overall", "all"): (3600, 1),
            ("resolution_rate", "day", MONDAY, "overall", "all"): (2, 2),
            ("unresolved_tickets", "day", MONDAY, "overall", "all"): (0, None),
            ("unresolved_tickets", "day", MONDAY + 7 * DAY, "overall", "all"): (2, None),
            ("unresolved_tickets", "day", MONDAY + 7 * DAY, "age_band", "over 7 d"): (2, None),
        },
    ),
    Case(
        "of merges on a circle none counts, of a chain into it the last does",
        tables(
            tickets=[
                ticket("t1", merged_into_ticket_id="t2"),
                ticket("t2", merged_into_ticket_id="t3", status="solved", resolved_at=NOON + HOUR),
                ticket("t3", merged_into_ticket_id="t2"),
                ticket("t4", merged_into_ticket_id="t5", is_spam=True),
                ticket("t5", merged_into_ticket_id="gone"),
            ],
            ticket_messages=[
                {
                    "message_id": f"m{number}",
                    "ticket_id": ticket_id,
                    "author_type": author_type,
                    "sent_at": NOON + HOUR,
                }
                for number, (ticket_id, author_type) in enumerate([("t1", "agent"), ("t3", "automation")])
            ],
        ),
        {
            ("tickets_created", "day", MONDAY, "overall", "all"): (3, None),
            ("tickets_closed", "day", MONDAY, "handled_by", "agent"): (1, None),
            ("unresolved_tickets", "day", MONDAY, "overall", "all"): (2, None),
        },
    ),
    Case(
        "a day that begins at one o'clock has 23 hours, and all of them are its own",
        tables(
            tickets=[
                ticket("t1", datetime(2018, 11, 4, 2, 59, 59, tzinfo=UTC)),
                ticket("t2", datetime(2018, 11, 4, 3, 0, tzinfo=UTC)),
                ticket("t3", datetime(2018, 11, 5, 1, 59, 59, tzinfo=UTC)),
                ticket("t4", datetime(2018, 11, 5, 2, 0, tzinfo=UTC)),
            ]
        ),
        {
            ("tickets_created", "day", date(2018, 11, 3), "overall", "all"): (1, None),
            ("tickets_created", "day", date(2018, 11, 4), "overall", "all"): (2, None),
            ("tickets_created", "week", date(2018, 10, 29), "overall", "all"): (3, None),
            ("unresolved_tickets", "day", date(2018, 11, 4), "overall", "all"): (3, None),
        },
        timezone="America/Sao_Paulo",
    ),
    Case(
        "a dearer version is one of a higher tier, and where a tier is unknown one of a higher price",
        tables(
            orders=[order("o1", NOON), order("o2", NOON + DAY), order("o3", NOON + 2 * DAY)],
            order_lines=[
                line("l1", "o1", "small", "20"),
                line("l2", "o2", "large", "15"),
                line("l3", "o3", "huge", "20"),
                line("l4", "o3", "other", "5"),
            ],
            products=[
                {"product_id": "small", "family": "mug", "tier": 1.0},
                {"product_id": "large", "family": "mug", "tier": 2.0, "category": "cups"},
                {"product_id": "huge", "family": "mug", "tier": None, "category": "cups"},
                {"product_id": "other", "family": None, "tier": 9.0},
            ],
        ),
        {
            ("up_sell_rate", "day", MONDAY + DAY, "overall", "all"): (1, 1),
            ("up_sell_rate", "day", MONDAY + 2 * DAY, "overall", "all"): (0, 1),
            ("cross_sell_rate", "day", MONDAY + DAY, "overall", "all"): (0, 1),
            ("cross_sell_rate", "day", MONDAY + 2 * DAY, "overall", "all"): (1, 1),
            ("cross_sell_rate", "day", MONDAY + 2 * DAY, "category", "cups"): (0, 1),
            ("cross_sell_rate", "day", MONDAY + 2 * DAY, "category", "(none)"): (1, 1),
            ("cross_sell_rate", "week", MONDAY, "overall", "all"): (1, 1),
        },
    ),
    Case(
        "an hour that comes twice is two hours, and one without tickets has a cell",
        tables(
            tickets=[
                ticket("t1", datetime(2025, 10, 26, 0, 30, tzinfo=UTC)),
                ticket("t2", datetime(2025, 10, 26, 1, 30, tzinfo=UTC)),
                ticket("t3", datetime(2025, 10, 26, 3, 0, tzinfo=UTC)),
            ],
        ),
        {
            ("tickets_created", "hour", datetime(2025, 10, 26, 0, tzinfo=UTC), "overall", "all"): (1, None),
            ("tickets_created", "hour", datetime(2025, 10, 26, 1, tzinfo=UTC), "channel", "email"): (1, None),
            ("tickets_created", "hour", datetime(2025, 10, 26, 2, tzinfo=UTC), "overall", "all"): (0, None),
            ("tickets_created", "hour", datetime(2025, 10, 26, 2, tzinfo=UTC), "channel", "email"): None,
            ("tickets_created", "hour", datetime(2025, 10, 26, 3, tzinfo=UTC), "overall", "all"): (1, None),
            ("tickets_created", "hour", datetime(2025, 10, 26, 4, tzinfo=UTC), "overall", "all"): None,
        },
        timezone="Europe/Berlin",
    ),
    Case(
        "where local midnight is at half past, hours are too",
        tables(tickets=[ticket("t1", NOON), ticket("t2", NOON + timedelta(minutes=30))]),
        {
            ("tickets_created", "hour", NOON - timedelta(minutes=30), "overall", "all"): (1, None),
            ("tickets_created", "hour", NOON + timedelta(minutes=30), "overall", "all"): (1, None),
            ("tickets_created", "hour", NOON, "overall", "all"): None,
        },
        timezone="Asia/Kolkata",
    ),
    Case(
        "with the one team that is withheld goes the next smallest, though its name comes later",
        tables(
            agents=[{"agent_id": f"a{number}", "team": team} for number, team in enumerate(SURVEYED_TEAMS)],
            survey_responses=[
                {
                    "survey_id": f"v{number}",
                    "survey_type": "agent_satisfaction",
                    "agent_id": f"a{number}",
                    "score": 4.0,
                    "sent_at": NOON,
                    "responded_at": NOON,
                }
                for number in range(len(SURVEYED_TEAMS))
            ],
        ),
        {
            ("agent_satisfaction", "month", date(2026, 3, 1), "overall", "all"): (56, 14),
            ("agent_satisfaction", "month", date(2026, 3, 1), "team", "east"): (24, 6),
            ("agent_satisfaction", "month", date(2026, 3, 1), "team", "north"): (None, None),
            ("agent_satisfaction", "month", date(2026, 3, 1), "team", "south"): (None, None),
            ("agent_satisfaction", "quarter", date(2026, 1, 1), "team", "north"): (None, None),
        },
        as_of=datetime(2026, 4, 1, tzinfo=UTC),
    ),
]
