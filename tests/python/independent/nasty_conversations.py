"""Nasty conversations: answers on the edge of a deadline, questions at the instant of an answer, and calls after.

Some are answered by voice, some are closed by somebody without a word, and of some the log begins when they are over.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from independent.world import Raw, Row

if TYPE_CHECKING:
    from independent.nasty import Scene

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

# What lies between two steps of a conversation: mostly nothing, or the edge of a deadline or window.
WINDOWS = [HOUR, 10 * HOUR, DAY, DAY, DAY, 3 * DAY, 7 * DAY]
EDGES = [timedelta(0), timedelta(0), timedelta(0), SECOND, -SECOND]
PAUSES = [
    *(timedelta(0), timedelta(0), SECOND, 30 * MINUTE, HOUR, HOUR + SECOND, 10 * HOUR),
    *(DAY - SECOND, DAY, DAY + SECOND, 2 * DAY, 3 * DAY, 3 * DAY + SECOND, 7 * DAY, 7 * DAY + SECOND),
]
# What may come next in a conversation.
STEPS = [
    *("ask", "ask", "ask", "ask", "answer", "answer", "answer", "automate", "automate", "resolve", "resolve"),
    *("note", "acknowledge", "reopen", "assign", "unassign", "call", "speak"),
]
AGENTS = ["a1", "a1", "a2", "a3", "queue", "stranger", None]
TEMPLATES = [None, None, "hello", " hello ", "goodbye", "gone"]
ACTORS = ["agent", "agent", "customer", "Customer", "automation", "system", None]


def add(rng: random.Random, scene: Scene, raw: Raw) -> None:
    """Give tickets and messages what conversations ask of them, and add conversations, status changes and calls."""
    Conversations(rng, scene, raw).add()


class Conversations:
    """What has been drawn so far, and how to draw more."""

    def __init__(self, rng: random.Random, scene: Scene, raw: Raw) -> None:
        self.rng = rng
        self.scene = scene
        self.raw = raw
        for table in ("tickets", "ticket_messages", "ticket_events", "calls", "customers"):
            raw.setdefault(table, [])
        # What lands early and happens late is after `as_of`, unless something else is as late.
        landed = [row["_loaded_at"] for rows in raw.values() for row in rows if "_loaded_at" in row]
        landing = max(landed, default=max(scene.anchors)) + rng.choice((timedelta(0), 8 * DAY, 40 * DAY))
        self.landings = [landing] * 6 + [rng.choice([*landed, landing])]

    def add(self) -> None:
        rng, raw = self.rng, self.raw
        self.complete_tickets()
        for message in raw["ticket_messages"]:
            message.update(self.spoken())
        raw["templates"] = [self.landed(template_id="hello", template_name="Hello")]
        for number in range(rng.choice((0, 4, 8)) if raw["tickets"] else 0):
            self.add_ticket(f"w{number}")
        tickets = list(raw["tickets"])
        for ticket in rng.sample(tickets, min(len(tickets), rng.choice((0, 8, 16)))):
            rng.choice((self.converse, self.wait, self.wait, self.automate, self.resume))(ticket)
        for _ in range(rng.choice((0, 0, 3)) if tickets else 0):
            called_at = rng.choice(tickets)["created_at"] + rng.choice(PAUSES)
            self.add_call(rng.choice([None, "stranger", rng.choice(tickets)["ticket_id"]]), called_at)

    def landed(self, **columns: Any) -> Row:
        """A row with when it landed, and whether it was deleted since."""
        is_deleted = self.rng.choice([None] * 10 + [False] * 9 + [True])
        return {"is_deleted": is_deleted, "_loaded_at": self.rng.choice(self.landings), **columns}

    def new_id(self, letter: str, table: str) -> str:
        """An id that no row has; the order of ids says nothing about the order of rows."""
        return f"{letter}{self.rng.randrange(100)}-{len(self.raw[table])}"

    def complete_tickets(self) -> None:
        rng = self.rng
        channels = rng.choice((["email", "chat"], ["email", "facebook", " Facebook", "letter", "amazon"]))
        for ticket in self.raw["tickets"]:
            ticket["initiated_by"] = rng.choice([None] * 5 + ["customer", "Customer", "agent", "automation"])
            ticket["priority"] = rng.choice([None, None, "urgent", " Urgent ", "low"])
            if rng.random() < 0.5:
                ticket["channel"] = rng.choice(channels)
            if rng.random() < 0.2:
                ticket["marketplace"] = rng.choice(["ebay", "Amazon"])

    def add_ticket(self, ticket_id: str) -> None:
        """One more ticket like another, that began when things begin; it is valid and nothing is known of it yet."""
        other = self.rng.choice(self.raw["tickets"])
        ticket = other | self.landed(ticket_id=ticket_id, created_at=self.beginning(other), status="open")
        self.raw["tickets"].append(ticket)
        self.forget(ticket)

    def spoken(self) -> Row:
        """What any message may say beside who wrote it when."""
        return {
            "author_id": self.rng.choice(AGENTS),
            "template_id": self.rng.choice(TEMPLATES),
            "no_reply_needed": self.rng.choice([None] * 6 + [False, True, True]),
        }

    def beginning(self, ticket: Row) -> datetime:
        """When a conversation begins: with its ticket or before, at an opening, or a window before something else."""
        created_at: datetime = ticket["created_at"]
        opening_at = self.rng.choice(self.scene.clock((2, 0), (2, 40), (8, 0), (14, 0), (17, 59), (18, 0)))
        other_at = self.rng.choice(self.raw["tickets"] or [ticket])["created_at"]
        return self.rng.choice(
            [*[created_at] * 4, created_at - self.rng.choice(PAUSES), opening_at, other_at - self.rng.choice(WINDOWS)]
        )

    def forget(self, ticket: Row) -> None:
        """Take away what was drawn for a ticket, so that what follows is all of its history."""
        ticket.update(dict.fromkeys(("is_spam", "is_test", "is_deleted", "merged_into_ticket_id", "initiated_by")))
        for table in ("ticket_messages", "ticket_events"):
            self.raw[table][:] = [row for row in self.raw[table] if row["ticket_id"] != ticket["ticket_id"]]

    def converse(self, ticket: Row) -> None:
        """A conversation on a ticket, step by step."""
        at = self.beginning(ticket)
        for _ in range(self.rng.choice((2, 4, 8))):
            self.take(self.rng.choice(STEPS), ticket["ticket_id"], at)
            at += self.rng.choice(PAUSES)

    def wait(self, ticket: Row) -> None:
        """A question, and at the edge of a window what decides how it ends."""
        rng, ticket_id = self.rng, ticket["ticket_id"]
        if rng.random() < 0.7:
            self.forget(ticket)
        ticket["marketplace"] = rng.choice((ticket["marketplace"], "amazon"))
        at = self.beginning(ticket)
        if rng.random() < 0.2:
            self.take("speak", ticket_id, at - rng.choice(PAUSES))
        settled = ["ask", "answer", "resolve"]
        for step in rng.choice(([], ["ask"], ["ask"], ["ask"], settled, [*settled, "reopen", "resolve"])):
            self.take(step, ticket_id, at)
            at += rng.choice((timedelta(0), timedelta(0), SECOND))
        at += rng.choice(WINDOWS) + rng.choice(EDGES)
        for _ in range(rng.choice((1, 1, 2))):
            self.take(
                rng.choice(
                    ["answer", "answer", "answer", "thank", "thank", "resolve", "resolve", "reopen", "assign", "speak"]
                ),
                ticket_id,
                at,
            )
        if rng.random() < 0.5:
            self.take(rng.choice(STEPS), ticket_id, at + rng.choice(PAUSES))

    def automate(self, ticket: Row) -> None:
        """An automated answer that settles a ticket, unless the customer is back at the edge of 72 hours."""
        rng, ticket_id = self.rng, ticket["ticket_id"]
        if rng.random() < 0.7:
            self.forget(ticket)
        at = self.beginning(ticket)
        self.take("automate", ticket_id, at)
        at += rng.choice((timedelta(0), timedelta(0), SECOND, HOUR))
        self.take("resolve", ticket_id, at)
        at += rng.choice((timedelta(0), 3 * DAY)) + rng.choice(EDGES)
        # The other account of the same person may be a test.
        account = next((row for row in self.raw["customers"] if row["customer_id"] == ticket["customer_id"]), {})
        twin = {**account, "customer_id": f"{ticket['customer_id']}-twin", "is_test": rng.choice([None, None, True])}
        if account and all(row["customer_id"] != twin["customer_id"] for row in self.raw["customers"]):
            self.raw["customers"].append(twin)
        who = rng.choice([ticket["customer_id"], ticket["customer_id"], twin["customer_id"], None])
        if rng.random() < 0.7:
            out = [row["ticket_id"] for row in self.raw["tickets"] if row["is_spam"] or row["merged_into_ticket_id"]]
            on = rng.choice([None, None, ticket_id, rng.choice(self.raw["tickets"])["ticket_id"], "stranger", *out[:3]])
            self.add_call(on, at, who)
        else:
            again = ticket | self.landed() | {"ticket_id": f"{ticket_id}-again", "created_at": at, "customer_id": who}
            self.raw["tickets"].append(again)

    def resume(self, ticket: Row) -> None:
        """A log that begins with a ticket that was resolved before, or is still open, and goes on."""
        rng, ticket_id = self.rng, ticket["ticket_id"]
        self.forget(ticket)
        ticket["status"] = rng.choice(("solved", "closed", "open", None))
        at = ticket["created_at"] + rng.choice(PAUSES)
        ticket["resolved_at"] = rng.choice((None, at, at, at - DAY))
        for _ in range(rng.choice((0, 1, 2))):
            self.take(rng.choice(("ask", "answer", "assign", "automate")), ticket_id, at)
            at += rng.choice(PAUSES)
        first = rng.choice((("solved", "closed"), ("solved", "closed"), ("closed", "open"), ("pending", "solved")))
        self.add_event(ticket_id, "status_changed", first[1], at, old_value=first[0])
        for _ in range(rng.choice((0, 1, 3))):
            at += rng.choice(PAUSES)
            self.take(rng.choice((*STEPS, "resolve", "reopen")), ticket_id, at)

    def take(self, step: str, ticket_id: str, at: datetime) -> None:
        """One step of a conversation."""
        rng = self.rng
        if step == "call":
            self.add_call(rng.choice([None, ticket_id]), at)
        elif step == "speak":
            self.add_call(ticket_id, at - rng.choice((timedelta(0), timedelta(0), SECOND, HOUR)), answered_at=at)
        elif step == "assign":
            self.add_event(ticket_id, "assigned", rng.choice([agent for agent in AGENTS if agent]), at)
        elif step == "unassign":
            self.add_event(ticket_id, "assigned", None, at)
        elif step in ("resolve", "reopen"):
            status = rng.choice(["solved", "closed"] if step == "resolve" else ["open", "pending"])
            self.add_event(ticket_id, "status_changed", status, at)
        else:
            authors = {
                "ask": "customer",
                "thank": "customer",
                "answer": "agent",
                "note": rng.choice(["customer", "agent", "automation"]),
            }
            message = self.landed(
                message_id=self.new_id("m", "ticket_messages"),
                ticket_id=ticket_id,
                author_type=authors.get(step, "automation"),
                is_public=False if step == "note" else rng.choice([None, True]),
                is_acknowledgement=True if step == "acknowledge" else rng.choice([None, False]),
                sent_at=at,
                **self.spoken(),
            )
            if step == "thank":
                message["no_reply_needed"] = True
            self.raw["ticket_messages"].append(message)

    def add_event(
        self, ticket_id: str, event_type: str, value: str | None, at: datetime, old_value: str | None = None
    ) -> None:
        event = self.landed(
            event_id=self.new_id("e", "ticket_events"),
            ticket_id=ticket_id,
            event_type=event_type,
            old_value=old_value,
            new_value=value,
            actor_type=self.rng.choice(ACTORS),
            actor_id=self.rng.choice(AGENTS),
            occurred_at=at,
        )
        self.raw["ticket_events"].append(event)

    def add_call(
        self,
        ticket_id: str | None,
        at: datetime,
        customer_id: str | None = None,
        answered_at: datetime | None = None,
    ) -> None:
        customers = [row["customer_id"] for row in self.raw["customers"]]
        ended_at = (answered_at or at) + self.rng.choice(PAUSES)
        call = self.landed(
            call_id=self.new_id("call", "calls"),
            ticket_id=ticket_id,
            customer_id=customer_id or self.rng.choice([None, "stranger", *customers * 2]),
            direction=self.rng.choice([None, "inbound", "outbound", "Outbound"]),
            queued_at=at,
            answered_at=answered_at,
            ended_at=ended_at,
            talk_seconds=self.rng.choice((None, None, 0, 45)),
        )
        self.raw["calls"].append(call)
