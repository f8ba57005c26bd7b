"""A small made-up brand in the standard layout, for tests that land files and build."""

import csv
import random
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

Row = Mapping[str, object]
Tables = dict[str, list[dict[str, object]]]

START = datetime(2024, 2, 26, tzinfo=UTC)  # a leap day, a change of clocks and a year's end lie ahead
DAYS = 320


def make_brand(seed: int, tickets: int = 200) -> Tables:
    """Draw a brand with every table that a model reads today.

    Args:
        seed: The same seed gives the same rows.
        tickets: How many tickets; the other tables follow.

    Returns:
        Rows by table, with the columns of the raw contract; times are ISO 8601 text.
    """
    draw = random.Random(seed)
    agents = [f"a{number}" for number in range(6)]
    customers = [f"c{number}" for number in range(30)]
    products = [f"p{number}" for number in range(20)]

    def moment(day: float) -> datetime:
        # Whole minutes make ties common.
        return START + timedelta(minutes=int(day * 24 * 60))

    def text(at: datetime | None) -> str | None:
        return None if at is None else at.isoformat().replace("+00:00", "Z")

    tables: Tables = {
        "agents": [
            {
                "agent_id": agent,
                "valid_from": valid_from,
                "agent_name": agent.upper(),
                "team": team,
                "is_queue": agent == "a5",
            }
            for agent in agents
            for valid_from, team in [
                (None, draw.choice(["north", "south"])),
                ("2024-06-15", draw.choice(["north", "west"])),
            ]
        ],
        "customers": [
            {
                "customer_id": customer,
                "person_id": draw.choice([None, None, f"person{draw.randrange(20)}"]),
                "email_hash": draw.choice([None, f"hash{draw.randrange(25)}"]),
                "country": draw.choice(["DE", "FR", None]),
                "is_test": draw.random() < 0.05,
            }
            for customer in customers
        ],
        "products": [
            {
                "product_id": product,
                "product_name": product,
                "category": draw.choice(["mugs", "lamps", None]),
                "family": draw.choice(["f1", "f2", "f3", None]),
                "tier": draw.choice([1, 2, 3, None]),
            }
            for product in products[:-1]  # one product is unknown
        ],
        "exchange_rates": [
            {"currency": "USD", "rate_date": (START + timedelta(days=day)).date().isoformat(), "rate": "0.9"}
            for day in range(0, DAYS, 9)  # some days have no rate at most 7 days old
        ],
        "tickets": [],
        "ticket_messages": [],
        "ticket_events": [],
        "orders": [],
        "order_lines": [],
    }
    for number in range(tickets):
        ticket = f"t{number}"
        created = draw.random() * DAYS
        has_events = draw.random() < 0.8
        status = draw.choice(["open", "pending", "solved", "closed"])
        tables["tickets"].append(
            {
                "ticket_id": ticket,
                "customer_id": draw.choice([None, "unknown", *customers]),
                "channel": draw.choice(["email", "chat", "phone"]),
                "created_at": text(moment(created)),
                "status": status,
                "topic": draw.choice(["delivery", "returns", None]),
                "complexity": draw.choice(["low", "high", None]),
                "marketplace": draw.choice(["amazon", None]),
                "assigned_agent_id": draw.choice([None, *agents]),
                "resolved_at": text(moment(created + draw.random() * 12)) if draw.random() < 0.6 else None,
                "updated_at": text(moment(created + 13)),
                "is_spam": draw.random() < 0.05,
                "is_test": draw.random() < 0.03,
                "is_deleted": draw.random() < 0.03,
                "merged_into_ticket_id": f"t{draw.randrange(tickets)}" if draw.random() < 0.1 else None,
            }
        )
        day = created
        for step in range(draw.randrange(6) if has_events else 0):
            day += draw.choice([0, 0.01, 1, 3, 7, 8])
            is_status = draw.random() < 0.6
            statuses = ["solved", "closed", "open", "pending", "unheard of"]
            tables["ticket_events"].append(
                {
                    "event_id": f"{ticket}e{step}",
                    "ticket_id": ticket,
                    "event_type": "status_changed" if is_status else "assigned",
                    "new_value": draw.choice(statuses if is_status else agents),
                    "actor_type": draw.choice(["agent", "customer", "automation", None]),
                    "actor_id": draw.choice([None, *agents]),
                    "occurred_at": text(moment(day)),
                }
            )
        for step in range(draw.randrange(4)):
            tables["ticket_messages"].append(
                {
                    "message_id": f"{ticket}m{step}",
                    "ticket_id": ticket,
                    "author_type": draw.choice(["customer", "agent", "automation"]),
                    "is_public": draw.random() < 0.8,
                    "is_acknowledgement": draw.random() < 0.2,
                    "sent_at": text(moment(created + step * draw.random())),
                }
            )
    for number in range(tickets):
        order = f"o{number}"
        ordered = draw.random() * DAYS
        cancelled = draw.random() < 0.15
        tables["orders"].append(
            {
                "order_id": order,
                "customer_id": draw.choice([None, *customers]),
                "marketplace": draw.choice(["amazon", "web"]),
                "ordered_at": text(moment(ordered)),
                "status": "cancelled" if cancelled else "shipped",
                "currency": draw.choice(["EUR", "EUR", "USD"]),
                "total_amount": f"{draw.randrange(100, 20000) / 100:.2f}",
                "shipped_at": text(moment(ordered + 2)) if draw.random() < 0.8 else None,
                "cancelled_at": text(moment(ordered + draw.choice([0, 1, 30, 40])))
                if cancelled and draw.random() < 0.8
                else None,
                "cancelled_by": draw.choice(["seller", "customer", None]) if cancelled else None,
                "is_test": draw.random() < 0.03,
            }
        )
        for line in range(draw.randrange(4)):
            tables["order_lines"].append(
                {
                    "order_line_id": f"{order}l{line}",
                    "order_id": order,
                    "product_id": draw.choice(products),
                    "quantity": draw.choice([1, 2, 0]),
                    "unit_price": f"{draw.randrange(100, 5000) / 100:.2f}",
                }
            )
    return tables


def write_brand(tables: Mapping[str, Sequence[Row]], folder: Path, shuffle_seed: int | None = None) -> Path:
    """Write each table as a CSV file, its rows shuffled where a seed is given."""
    folder.mkdir(parents=True, exist_ok=True)
    for table, rows in tables.items():
        ordered = list(rows)
        if shuffle_seed is not None:
            random.Random(shuffle_seed).shuffle(ordered)
        write_csv(folder / f"{table}.csv", ordered)
    return folder


def write_csv(path: Path, rows: Iterable[Row]) -> None:
    """Write rows as CSV with the first row's columns; null is an empty field, a boolean true or false."""
    rows = list(rows)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        for row in rows:
            writer.writerow(
                {name: str(value).lower() if isinstance(value, bool) else value for name, value in row.items()}
            )
