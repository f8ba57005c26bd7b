"""What exports do to rows of any table: times that can't be, dates without a time, placeholders in place of ids, names
in other spellings, clocks that differ, accounts that were deleted, columns and tables that are never given.

Each is done in some data sets only, and there to some rows only, so that what is whole meets what is not.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from independent.conforming import NAMED, Config, Raw, Row, name_key

if TYPE_CHECKING:
    from independent.nasty import Scene

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)

# What systems write where they know no time, and what clocks say that were never set.
SENTINELS = [
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(1899, 12, 30, tzinfo=UTC),
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(1989, 12, 31, 23, 59, 59, tzinfo=UTC),
    datetime(2099, 12, 31, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
]
# Columns that hold local dates.
DATES = {"agents": ("hired_on", "left_on", "valid_from"), "agent_shifts": ("shift_date",)}

# Who somebody is, and what is written where nobody is known, in words of the shipped list.
IDENTITIES = {
    "tickets": ("customer_id", "assigned_agent_id"),
    "ticket_messages": ("author_id",),
    "ticket_events": ("actor_id",),
    "calls": ("customer_id", "agent_id"),
    "agent_shifts": ("agent_id",),
    "survey_responses": ("customer_id", "agent_id"),
    "customers": ("person_id", "email_hash"),
    "orders": ("customer_id",),
    "reviews": ("customer_id",),
    "article_views": ("reader_id", "customer_id"),
}
PLACEHOLDERS = [
    "n/a",
    " N/A",
    "None",
    "null",
    "unknown",
    "Unassigned ",
    "guest",
    "-",
    "0",
    "000",
    "no-reply@shop.example",
]

# Pairs of columns of which the second is never before the first, and columns that are never before their ticket.
ORDERED = {
    "calls": [("queued_at", "answered_at"), ("answered_at", "ended_at"), ("queued_at", "ended_at")],
    "tickets": [("created_at", "resolved_at")],
    "orders": [("ordered_at", "shipped_at"), ("ordered_at", "delivered_at"), ("ordered_at", "cancelled_at")],
    "returns": [("requested_at", "responded_at"), ("requested_at", "refunded_at")],
    "survey_responses": [("sent_at", "responded_at")],
}
AFTER_THE_TICKET = {"ticket_messages": "sent_at", "ticket_events": "occurred_at"}
SKEWS = [SECOND, 2 * SECOND, 2 * SECOND, 2 * SECOND + timedelta(microseconds=1), 3 * SECOND]

# What some systems never tell.
SELDOM_GIVEN = [
    *(("tickets", name) for name in ("status", "status", "resolved_at", "customer_id", "topic", "issue_id")),
    *(("ticket_messages", name) for name in ("template_id", "is_acknowledgement", "is_acknowledgement", "is_public")),
    *(("calls", name) for name in ("answered_at", "answered_at", "hold_seconds", "talk_seconds", "wrap_up_seconds")),
    *(("ticket_events", name) for name in ("old_value", "actor_type")),
    *(("orders", name) for name in ("status", "shipped_at", "delivered_at", "cancelled_at", "cancelled_by")),
    *(("orders", name) for name in ("promised_ship_at", "total_amount", "currency", "customer_id")),
    *(("reviews", "order_id"), ("returns", "responded_at"), ("returns", "refunded_at")),
    *(("article_views", name) for name in ("resources_opened", "session_id", "reader_id")),
    *(("survey_responses", "sent_at"), ("brand_mentions", "is_own_account"), ("agents", "hired_on")),
]


def add(rng: random.Random, scene: Scene, raw: Raw, config: Config, leave: Collection[str] = ()) -> None:
    """Do to rows what exports do.

    Args:
        rng: What is drawn from.
        scene: Where it happens: dates are those of its zone.
        raw: The rows of all tables, which are changed.
        config: The seeds, which tell the aliases of names.
        leave: The names of methods of `Exports` that do nothing.
    """
    Exports(rng, scene, raw, config).add(leave)


class Exports:
    """The rows, and how to draw what happens to them."""

    def __init__(self, rng: random.Random, scene: Scene, raw: Raw, config: Config) -> None:
        self.rng = rng
        self.zone = ZoneInfo(scene.timezone)
        self.raw = raw
        self.aliases = config.get("name_aliases", [])

    def add(self, leave: Collection[str]) -> None:
        kinds: list[tuple[float, Callable[[], None]]] = [
            (0.4, self.delete_accounts),
            (0.3, self.discard_merged),
            (0.3, self.let_clocks_differ),
            (0.35, self.respell),
            (0.3, self.name_nobody),
            (0.35, self.forget_times_of_day),
            (0.25, self.write_sentinels),
            (0.3, self.tell_less),
            (0.12, self.give_less),
        ]
        for share, change in kinds:
            if self.rng.random() < share and change.__name__ not in leave:
                change()

    def some(self, table: str, share: float) -> Iterator[Row]:
        """Rows of a table, each with the same chance."""
        for row in self.raw.get(table, []):
            if self.rng.random() < share:
                yield row

    def delete_accounts(self) -> None:
        """What rows of the past are about is deleted, at a time or at none."""
        times = [row["created_at"] for row in self.raw["tickets"]]
        for table in ("agents", "customers", "products", "articles", "templates"):
            for row in self.some(table, 0.3):
                row["is_deleted"] = True
                row["updated_at"] = self.rng.choice([None, *times, *times])

    def discard_merged(self) -> None:
        """What was merged was thrown away first, or was spam."""
        for row in self.some("tickets", 0.7):
            if row.get("merged_into_ticket_id"):
                row[self.rng.choice(("is_deleted", "is_spam", "is_test"))] = True

    def let_clocks_differ(self) -> None:
        """An end lies a little before its start, by as much as is nothing or by more."""
        created_at = {row["ticket_id"]: row["created_at"] for row in self.raw["tickets"]}
        for table, pairs in ORDERED.items():
            for row in self.some(table, 0.15):
                start, end = self.rng.choice(pairs)
                if row.get(start) is not None and row.get(end) is not None:
                    row[end] = row[start] - self.rng.choice(SKEWS)
        for table, column in AFTER_THE_TICKET.items():
            for row in self.some(table, 0.1):
                if row["ticket_id"] in created_at:
                    row[column] = created_at[row["ticket_id"]] - self.rng.choice(SKEWS)

    def respell(self) -> None:
        """Names as somebody else writes them."""
        for table, columns in NAMED.items():
            for column, kind in columns.items():
                for row in self.some(table, 0.2):
                    if row.get(column):
                        row[column] = self.respelled(kind, row[column])
        for row in self.some("ticket_events", 0.3):
            if row["event_type"] == "status_changed":
                for column in ("old_value", "new_value"):
                    if row[column]:
                        row[column] = self.respelled("ticket_status", row[column])
            row["event_type"] = self.rng.choice((row["event_type"], row["event_type"].upper()))

    def respelled(self, kind: str, name: str) -> str:
        aliases = [
            row["alias"] for row in self.aliases if row["kind"] == kind and name_key(row["name"]) == name_key(name)
        ]
        name = self.rng.choice([name, *aliases])
        parts = name.strip().replace("-", " ").replace("_", " ").split()
        if len(parts) == 1 and self.rng.random() < 0.3:
            parts = [name[:1], name[1:]]
        joined = self.rng.choice((" ", "_", "-", "\u2013", "")).join(parts)
        return self.rng.choice((joined, joined.upper(), joined.title(), f" {joined}"))

    def name_nobody(self) -> None:
        """Something stands where nobody is known, and somebody is made of it."""
        for table, columns in IDENTITIES.items():
            for row in self.some(table, 0.12):
                row[self.rng.choice(columns)] = self.rng.choice(PLACEHOLDERS)
        for row in self.some("ticket_events", 0.2):
            if row["event_type"].strip().lower() == "assigned":
                row[self.rng.choice(("old_value", "new_value"))] = self.rng.choice([None, *PLACEHOLDERS])
        for table, key, columns in (
            ("agents", "agent_id", {"valid_from": None, "team": "north", "is_queue": None, "hired_on": None}),
            ("customers", "customer_id", {"person_id": None, "country": "DE", "is_test": True}),
        ):
            for placeholder in self.rng.sample(PLACEHOLDERS, self.rng.choice((0, 1, 3))):
                if self.raw.get(table):
                    self.raw[table].append(self.rng.choice(self.raw[table]) | columns | {key: placeholder.strip()})

    def times(self, row: Row) -> list[str]:
        return [name for name, value in row.items() if isinstance(value, datetime) and name != "_loaded_at"]

    def forget_times_of_day(self) -> None:
        """Times that are but dates: here and there, or all of a column."""
        for table in self.raw:
            for row in self.some(table, 0.12):
                if names := self.times(row):
                    self.make_dates(row, self.rng.sample(names, min(len(names), self.rng.choice((1, 1, 2)))))
        for table in self.rng.sample(sorted(self.raw), self.rng.choice((0, 1))):
            column = self.rng.choice(sorted({name for row in self.raw[table] for name in self.times(row)}) or [None])
            for row in self.raw[table]:
                self.make_dates(row, [column])

    def make_dates(self, row: Row, names: list[str]) -> None:
        given = set((row.get("_date_columns") or "").split(",")) - {""}
        for name in names:
            if row.get(name) is not None and name not in given:
                day = row[name].astimezone(self.zone).date()
                row[name] = datetime(day.year, day.month, day.day, tzinfo=UTC)
                given.add(name)
        row["_date_columns"] = ",".join(sorted(given)) or None

    def write_sentinels(self) -> None:
        """Times and dates that can't be, and the last ones that can."""
        for table, rows in self.raw.items():
            for row in self.some(table, 0.06):
                names: list[str] = [*self.times(row), *(name for name in DATES.get(table, ()) if row.get(name))]
                if not names:
                    continue
                name = self.rng.choice(names)
                at = self.rng.choice([*SENTINELS, row["_loaded_at"] + DAY, row["_loaded_at"] + DAY + SECOND])
                value: Any = at.date() if name in DATES.get(table, ()) else at
                if name == "valid_from":
                    # A key has one row, and of two that always held one is newer.
                    if any((other["agent_id"], other["valid_from"]) == (row["agent_id"], value) for other in rows):
                        continue
                    row["updated_at"] = row["_loaded_at"] - self.rng.randrange(1, 10**6) * SECOND
                row[name] = value
                given = (row.get("_date_columns") or "").split(",")
                row["_date_columns"] = ",".join(column for column in given if column != name) or None

    def tell_less(self) -> None:
        """Columns that are never given."""
        for table, column in self.rng.sample(SELDOM_GIVEN, self.rng.choice((1, 2, 4))):
            for row in self.raw.get(table, []):
                row[column] = None

    def give_less(self) -> None:
        """Tables that are not given."""
        for table in self.rng.sample(sorted(self.raw), self.rng.choice((1, 1, 2))):
            self.raw[table] = []
