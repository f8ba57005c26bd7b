"""Nasty rows of a shop: reviews, claims, returns, promises, orders after tickets, articles and their views, mentions.

Much happens exactly at the edge of a window after something else, a second later, or before it. Much is not known: what
an order was worth, who cancelled it, when it was shipped.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from independent.world import Raw, Row

if TYPE_CHECKING:
    from independent.nasty import Scene

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
SELDOM_TRUE = [None] * 10 + [False] * 9 + [True]
# An end a little before its start, as two clocks have it, or as none of them should.
SKEWS = [-SECOND, -2 * SECOND, -2 * SECOND, -3 * SECOND]

# What systems call the state of an order.
STATUSES = [*["paid"] * 6, "shipped", "Dispatched", "delivered", "Delivered ", "cancelled", "Canceled", None]
CANCELLERS = [None, "seller", "seller", "customer", "Merchant", "system"]
BRANDS = [None, "North Sea", "north-sea", "Dune"]

TOPICS = [None, "returns", "returns", "sizes", " "]
ARTICLES = ["z1", "z2", "z3"]
READERS = [None, None, "r1", "r2"]
SESSIONS = [None, "s1", "s1", "s2"]


def edges(*windows: timedelta) -> list[timedelta]:
    """At once, before, and at and after the end of each window."""
    return [timedelta(0), SECOND, -SECOND, *(gap for window in windows for gap in (window, window, window + SECOND))]


def add(rng: random.Random, scene: Scene, raw: Raw) -> None:
    """Add the rows of a shop to those of its help desk."""
    Shop(rng, scene, raw).add()


class Shop:
    """What has been drawn so far, and how to draw more."""

    def __init__(self, rng: random.Random, scene: Scene, raw: Raw) -> None:
        self.rng = rng
        self.raw = raw
        self.tickets = raw.setdefault("tickets", [])
        self.orders = raw.setdefault("orders", [])
        happened = [row["created_at"] for row in self.tickets] + [row["ordered_at"] for row in self.orders]
        self.instants = sorted(set(happened)) or sorted(scene.anchors)
        # What lands early and happens late is after `as_of`, unless something else is as late.
        landed = [row["_loaded_at"] for rows in raw.values() for row in rows if "_loaded_at" in row]
        landing = max(landed, default=self.instants[-1] + DAY) + rng.choice(
            (timedelta(0), 35 * DAY, 70 * DAY, 70 * DAY)
        )
        self.landings = [landing] * 6 + [rng.choice(self.instants)]

    def add(self) -> None:
        self.add_sales()
        self.add_promises()
        self.add_feedback()
        self.add_returns()
        self.add_articles()
        self.add_mentions()

    def choice(self, *values: Any) -> Any:
        return self.rng.choice(values)

    def rows(self, table: str, key: str, counts: tuple[int, ...]) -> list[Row]:
        """New rows of a table with nothing but an id. The order of ids says nothing about the order of times."""
        prefix = f"{table[0]}{key[0]}-"
        before = sum(row[key].startswith(prefix) for row in self.raw.get(table, []))
        new = [
            {
                key: f"{prefix}{before + number:02}",
                "is_deleted": self.rng.choice(SELDOM_TRUE),
                "_loaded_at": self.rng.choice(self.landings),
            }
            for number in range(self.rng.choice(counts))
        ]
        self.raw.setdefault(table, []).extend(new)
        return new

    def some_order(self) -> Row:
        """An order, or one that nobody knows."""
        unknown = {"order_id": "stranger", "ordered_at": self.rng.choice(self.instants)}
        return unknown if not self.orders or self.rng.random() < 0.05 else self.rng.choice(self.orders)

    def after(self, at: datetime, *windows: timedelta) -> datetime:
        """An instant at an edge after another, or any."""
        return self.choice(*[at + gap for gap in edges(*windows)] * 4, *self.rng.choices(self.instants, k=5))

    def add_sales(self) -> None:
        """Orders around the end of the time in which they credit a ticket, and around what answers the ticket."""
        customers = [ticket["customer_id"] for ticket in self.tickets] + ["c0", "stranger", None]
        for row in self.rows("orders", "order_id", (0, 8, 15)):
            ticket = self.rng.choice(self.tickets) if self.tickets else None
            begins_at = ticket["created_at"] if ticket else self.rng.choice(self.instants)
            same = ticket["customer_id"] if ticket else None
            ordered_at = self.after(begins_at, HOUR, 5 * DAY, 30 * DAY, 92 * DAY)
            row |= {
                "customer_id": self.choice(same, same, self.rng.choice(customers)),
                "marketplace": self.choice("amazon", "web", "Amazon"),
                "ordered_at": ordered_at,
                "status": self.rng.choice(STATUSES),
                "currency": self.choice("EUR", "EUR", "EUR", "USD", "GBP", None),
                "total_amount": self.choice(Decimal("20"), Decimal("20"), Decimal("7.25"), Decimal("0"), None),
                "shipped_at": self.choice(None, self.after(ordered_at, DAY)),
                "cancelled_at": self.choice(
                    *[None] * 8,
                    self.after(begins_at, 5 * DAY),
                    self.after(ordered_at, 30 * DAY, 60 * DAY),
                    ordered_at + self.rng.choice(SKEWS),
                ),
                "cancelled_by": self.rng.choice(CANCELLERS),
                "is_test": self.choice(*[None] * 4, *[False] * 3, True),
            }
        for row in self.rows("order_lines", "order_line_id", (0, 10)):
            row |= {
                "order_id": self.some_order()["order_id"],
                "product_id": self.rng.choice([*self.ids("products", "product_id"), "stranger"]),
                "quantity": self.choice(Decimal(1), Decimal(2), Decimal(-1)),
                "unit_price": self.choice(*[Decimal("5")] * 4, *[Decimal("12.5")] * 4, None),
            }
        self.add_dearer_lines()
        self.forget_sales()
        if self.rng.random() < 0.05:
            # Without any message nobody can say who was answered.
            self.raw.get("ticket_messages", []).clear()
            return
        for row in self.rows("ticket_messages", "message_id", (0, 5, 10)):
            ticket = self.rng.choice(self.tickets) if self.tickets else None
            begins_at = ticket["created_at"] if ticket else self.rng.choice(self.instants)
            if self.orders and self.rng.random() < 0.3:
                begins_at = self.rng.choice(self.orders)["ordered_at"]
            row |= {
                "ticket_id": ticket["ticket_id"] if ticket else "stranger",
                "author_type": self.choice("agent", "agent", "automation", "customer"),
                "author_id": self.choice(None, "a1", "a2", "queue", "stranger"),
                "is_public": self.choice(None, True, True, False),
                "is_acknowledgement": self.choice(None, False, False, True),
                "sent_at": self.after(begins_at, HOUR, 5 * DAY),
            }

    def add_dearer_lines(self) -> None:
        """The later an order, the dearer what it has: so people come back for a better one of what they had."""
        products = sorted(self.raw.get("products", []), key=lambda row: (row["tier"] or 0, row["product_id"]))
        orders = sorted(self.orders, key=lambda row: (row["ordered_at"], row["order_id"]))
        if not products or not orders:
            return
        for row in self.rows("order_lines", "order_line_id", (0, 10, 25)):
            place = self.rng.randrange(len(orders))
            row |= {
                "order_id": orders[place]["order_id"],
                "product_id": products[place * len(products) // len(orders)]["product_id"],
                "quantity": Decimal(1),
                "unit_price": Decimal(5 + place),
            }

    def forget_sales(self) -> None:
        """In some shops a column of orders is never filled, and in some it is always."""
        if self.rng.random() < 0.15:
            column = self.choice("cancelled_by", "cancelled_by", "cancelled_at", "status", "total_amount")
            for order in self.orders:
                order[column] = None
        if self.rng.random() < 0.1:
            # Nobody cancels, and nobody need say who does.
            for order in self.orders:
                order |= {"status": "paid", "cancelled_at": None, "cancelled_by": None}

    def ids(self, table: str, key: str) -> list[str]:
        return [row[key] for row in self.raw.get(table, [])]

    def add_promises(self) -> None:
        """Promises to ship and to deliver, on the instant of the shipping or the delivery or next to it."""
        for order in self.orders:
            ordered_at = order["ordered_at"]
            shipped_at = order.get("shipped_at") or ordered_at
            delivered_at = self.choice(None, self.after(shipped_at, DAY))
            order |= {
                "promised_ship_at": self.choice(None, self.after(shipped_at), self.after(ordered_at, DAY)),
                "delivered_at": delivered_at,
                "promised_delivery_at": self.choice(
                    None, self.after(delivered_at or shipped_at), self.after(ordered_at, 2 * DAY)
                ),
            }
        if self.rng.random() < 0.1:
            # Shipping is noted when a parcel arrives, or never.
            for order in self.orders:
                order["shipped_at"] = self.choice(None, order["delivered_at"])

    def add_feedback(self) -> None:
        """Reviews and claims around the ends of 30 and 60 days after their order, several on one order."""
        for row in self.rows("reviews", "review_id", (0, 20, 40)):
            order = self.some_order()
            reviewed_at = self.after(order["ordered_at"], 30 * DAY, 60 * DAY)
            row |= {
                "order_id": self.choice(*[order["order_id"]] * 4, None),
                "product_id": self.rng.choice([None, None, "stranger", *self.ids("products", "product_id")]),
                "customer_id": self.rng.choice([None, "stranger", *self.ids("customers", "customer_id")]),
                "marketplace": self.choice(None, None, "amazon", " web "),
                "rating": self.choice(1, 2, 2, 2.5, 3, 3.9, 4, 4, 5),
                "reviewed_at": reviewed_at,
                "removed_at": self.choice(*[None] * 4, self.after(reviewed_at, 7 * DAY)),
                "is_verified": self.choice(None, True, False),
            }
        for row in self.rows("claims", "claim_id", (0, 8, 20)):
            order = self.some_order()
            opened_at = self.after(order["ordered_at"], 60 * DAY)
            row |= {
                "order_id": order["order_id"],
                "claim_type": self.choice("a_to_z", "a_to_z", "A_to_Z", "chargeback"),
                "opened_at": opened_at,
                "status": self.choice(None, "pending", "granted", "denied", "Denied"),
                "decided_at": self.choice(None, None, self.after(opened_at, 7 * DAY, 92 * DAY)),
            }

    def add_returns(self) -> None:
        """Return requests answered around 48 hours and refunded around 30 days after the order."""
        for row in self.rows("returns", "return_id", (0, 10, 25)):
            # The newest orders are those placed after tickets.
            order = self.choice(self.some_order(), *self.orders[-5:])
            requested_at = self.after(order["ordered_at"], 30 * DAY)
            row |= {
                "order_id": order["order_id"],
                "requested_at": requested_at,
                "responded_at": self.choice(None, self.after(requested_at, 48 * HOUR, 48 * HOUR)),
                "refunded_at": self.choice(
                    *(None, self.after(requested_at, 48 * HOUR)), *[self.after(order["ordered_at"], 30 * DAY)] * 3
                ),
                "refund_amount": self.choice(None, Decimal("1.5"), Decimal("3"), Decimal("99.99")),
            }

    def add_articles(self) -> None:
        """Articles, and views within and across sessions, a day before tickets and a week after other views."""
        for article_id in ARTICLES[: self.choice(0, 2, 3)]:
            self.raw.setdefault("articles", []).append(
                {
                    "article_id": article_id,
                    "topic": self.rng.choice(TOPICS),
                    "resource_type": self.choice(None, "article", "FAQ", "video"),
                    "published_at": self.choice(None, *self.instants),
                    "is_deleted": self.rng.choice(SELDOM_TRUE),
                    "_loaded_at": self.rng.choice(self.landings),
                }
            )
        views = self.rows("article_views", "view_id", (0, 15, 30))
        for index, row in enumerate(views):
            ticket = self.rng.choice(self.tickets) if self.tickets else None
            customer_id = ticket["customer_id"] if ticket else None
            viewed_at = ticket["created_at"] if ticket else self.rng.choice(self.instants)
            viewed_at -= self.rng.choice(edges(DAY, DAY))
            if index and self.rng.random() < 0.5:
                before = self.rng.choice(views[:index])
                viewed_at = self.after(before["viewed_at"], HOUR, 7 * DAY)
                customer_id = before["customer_id"]
            row |= {
                "article_id": self.choice("z1", "z1", "z2", "z3", "stranger"),
                "reader_id": self.rng.choice(READERS),
                "customer_id": self.choice(customer_id, customer_id, None, "c0", "stranger"),
                "session_id": self.rng.choice(SESSIONS),
                "viewed_at": viewed_at,
                "read_seconds": self.choice(None, 0, 5, 1799, 1800, 1801, 4000),
                "resources_opened": self.choice(None, 0, 1, 2),
            }

    def add_mentions(self) -> None:
        """Mentions of the brand, its own among them."""
        for row in self.rows("brand_mentions", "mention_id", (0, 4, 8)):
            row |= {
                "network": self.choice("x", "mastodon", " x "),
                "mentioned_at": self.rng.choice(self.instants) + self.rng.choice(edges(HOUR)),
                "is_own_account": self.rng.choice(SELDOM_TRUE),
                "sentiment": self.choice(None, "positive", "negative", ""),
                "brand": self.rng.choice(BRANDS),
            }
