"""Nasty rows of people: calls, shifts, agents who come and go, contacts of one issue, and answers to surveys.

Contacts follow each other at the edge of the time within which they are one issue, answers come at the very instant of
a resolution or at the end of their week, and agents leave on the first and last days of months.
"""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from independent.world import Raw, Row

if TYPE_CHECKING:
    from independent.nasty import Scene

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
SELDOM_TRUE = [None] * 10 + [False] * 9 + [True]

AGENTS = ["a1", "a1", "a2", "a3", "a4", "queue", "stranger"]
MORE_AGENTS = [f"s{number}" for number in range(12)]
TEAMS = [None, "north", "south", "south", "west", "west"]
TOPICS = [None, "returns", "returns", " returns ", "sizes"]
ISSUES = ["i1", "i2", " i1 "]
# The time between two things that belong together, or just do not any more.
WEEK_EDGES = [timedelta(0), SECOND, -SECOND, HOUR, 7 * DAY, 7 * DAY, 7 * DAY + SECOND, 7 * DAY - SECOND, 14 * DAY]
# Scales that surveys are answered on: usual ones, half named, reversed, and unknown.
SCALES: dict[str, list[tuple[float | None, float | None]]] = {
    "csat": [(None, None), (1, 5), (1, 10), (None, 10), (0, 10), (0, 1), (1, 3), (2, 5)],
    "nps": [(None, None), (0, 10), (1, 10), (1, None), (0, 5)],
    "ces": [(None, None), (1, 7), (1, 5), (1, 10), (1, 10), (None, 10), (0, 7)],
    "agent_satisfaction": [(None, None), (1, 5), (1, 7), (1, 10), (None, 7), (0, 5)],
    "article_helpful": [(None, None), (0, 1), (None, 1), (0, 2)],
}
# Answers in words: of a shipped scale, of somebody who has not answered, and of no scale.
WORDS = {
    "csat": ["good", "Good", "bad", "very satisfied", "offered", "Unoffered", "meh"],
    "ces": ["agree", "Strongly-Disagree", "meh"],
    "nps": ["meh"],
    "agent_satisfaction": ["meh"],
    "article_helpful": ["yes", "no", "NO"],
}
USUAL_SCALES = {"csat": (1, 5), "nps": (0, 10), "ces": (1, 7), "agent_satisfaction": (1, 5), "article_helpful": (0, 1)}


def add(rng: random.Random, scene: Scene, raw: Raw) -> None:
    """Add what people do to the rows of a help desk."""
    People(rng, scene, raw).add()


class People:
    """What has been drawn so far, and how to draw more."""

    def __init__(self, rng: random.Random, scene: Scene, raw: Raw) -> None:
        self.rng = rng
        self.raw = raw
        self.zone = ZoneInfo(scene.timezone)
        self.tickets = raw.setdefault("tickets", [])
        self.agents = raw.setdefault("agents", [])
        events = raw.setdefault("ticket_events", [])
        replies = [row for row in raw.setdefault("ticket_messages", []) if row["author_type"] != "customer"]
        self.resolved = [row for row in events if (row["new_value"] or "").strip().lower() in ("solved", "closed")]
        self.created_at = [row["created_at"] for row in self.tickets] or scene.anchors[:2]
        self.resolved_at = [row["occurred_at"] for row in self.resolved] or self.created_at
        self.instants = sorted({*self.created_at, *self.resolved_at, *(row["sent_at"] for row in replies)})
        self.customers = [row["customer_id"] for row in raw.get("customers", [])] + ["stranger"]
        landed = [row["_loaded_at"] for rows in raw.values() for row in rows if "_loaded_at" in row]
        landing = max(landed, default=self.instants[-1]) + self.choice(timedelta(0), 14 * DAY)
        self.landings = [landing] * 8 + [self.rng.choice(self.instants)]

    def add(self) -> None:
        self.join_contacts()
        self.add_calls()
        self.add_agents()
        self.add_shifts()
        self.add_surveys()
        self.add_answers_of_agents()
        self.add_articles()

    def choice(self, *values: Any) -> Any:
        return self.rng.choice(values)

    def rows(self, table: str, letter: str, counts: tuple[int, ...]) -> list[Row]:
        """New rows of a table with nothing but an id. The order of ids says nothing about the order of times."""
        key = {"calls": "call_id", "agent_shifts": "shift_id", "survey_responses": "survey_id"}[table]
        new = [
            {
                key: f"{letter}{number:02}",
                "is_deleted": self.rng.choice(SELDOM_TRUE),
                "_loaded_at": self.rng.choice(self.landings),
            }
            for number in range(self.rng.choice(counts))
        ]
        self.raw.setdefault(table, []).extend(new)
        return new

    def ticket_id(self) -> str:
        return self.rng.choice(self.tickets)["ticket_id"] if self.tickets else "stranger"

    def local_date(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def join_contacts(self) -> None:
        """Let some tickets be of one problem: by its id, or by person and topic."""
        named, alike = self.choice(0.0, 0.3), self.choice(0.0, 0.6)
        for ticket in self.tickets:
            ticket["issue_id"] = self.rng.choice(ISSUES) if self.rng.random() < named else None
            if self.rng.random() < alike:
                ticket["topic"] = "returns"
                ticket["customer_id"] = self.choice("c0", "c0", "c1")

    def add_calls(self) -> None:
        """Calls around the ends of other contacts, and parts of calls in every order."""
        ends: list[datetime] = []
        for row in self.rows("calls", "k", (0, 8, 20)):
            base = self.rng.choice(self.choice(self.created_at, self.resolved_at, ends or self.created_at))
            queued_at = base + self.rng.choice(WEEK_EDGES)
            answered_at = queued_at + self.choice(timedelta(0), SECOND, HOUR, 2 * HOUR)
            ended_at = self.choice(answered_at, answered_at, queued_at) + self.choice(timedelta(0), SECOND, HOUR, DAY)
            if self.rng.random() < 0.1:
                answered_at, ended_at = self.choice((ended_at + SECOND, ended_at), (queued_at - SECOND, queued_at))
            if self.rng.random() < 0.05:
                ended_at = queued_at - SECOND
            ends.append(ended_at)
            row |= {
                "ticket_id": self.choice(None, None, None, self.ticket_id(), "stranger"),
                "customer_id": self.choice(None, "c0", "c0", "c1", self.rng.choice(self.customers)),
                "agent_id": self.rng.choice([None, *AGENTS]),
                "direction": self.choice(None, "inbound", "inbound", "Inbound", "outbound"),
                "queue": self.choice(None, "orders", "orders ", "stock"),
                "topic": self.rng.choice(TOPICS),
                "queued_at": queued_at,
                "answered_at": self.choice(None, answered_at, answered_at),
                "ended_at": ended_at,
                "hold_seconds": self.choice(None, 0, 30, 90.5),
                "talk_seconds": self.choice(None, 0, 60, 61.25, 300, 300),
                "wrap_up_seconds": self.choice(None, 0, 20),
            }
            if self.rng.random() < 0.1:
                row[self.choice("hold_seconds", "talk_seconds", "wrap_up_seconds")] = -1

    def add_agents(self) -> None:
        """More agents, so that some teams are large enough to show, and the first and last days of all."""
        for agent_id in MORE_AGENTS[: self.choice(0, 12, 12)]:
            self.agents.append(
                {
                    "agent_id": agent_id,
                    "valid_from": None,
                    "team": self.rng.choice(TEAMS),
                    "is_queue": None,
                    "is_deleted": self.rng.choice(SELDOM_TRUE),
                    "_loaded_at": self.landings[0],
                }
            )
        near = {self.local_date(at) for at in self.instants}
        firsts = {day.replace(day=1) for day in near} | {day.replace(month=1, day=1) for day in near}
        firsts |= {(day.replace(day=1) + 31 * DAY).replace(day=1) for day in near}
        days = sorted(
            {first + timedelta(days=gap) for first in firsts for gap in (-1, 0, 1)} | near | {date(2009, 5, 1)}
        )
        is_told = self.choice(True, True, False)
        for row in self.agents:
            row["hired_on"] = self.rng.choice([None, *days]) if is_told else None
            row["left_on"] = self.rng.choice([None, None, *days]) if is_told else None

    def add_shifts(self) -> None:
        """Shifts on the days on which something happens, several on one day, and none on some."""
        days = sorted({self.local_date(at) for at in self.instants})
        for row in self.rows("agent_shifts", "h", (0, 15, 40)):
            day = self.rng.choice(days)
            at = self.rng.choice([at for at in self.instants if self.local_date(at) == day])
            row |= {
                "agent_id": self.choice("a1", "a1", "a2", "a3", "queue", "stranger"),
                "shift_date": day,
                "starts_at": self.choice(None, at, at + SECOND),
                "ends_at": self.choice(None, at + 8 * HOUR),
                "scheduled_minutes": self.choice(None, 480),
                "worked_minutes": self.choice(None, 0, 1, 200, 455.5, 480),
                "absence_reason": self.choice(None, None, "sick"),
            }

    def add_surveys(self) -> None:
        """Surveys of customers: several on one ticket, several of one person on a day, and of nobody."""
        sent: list[datetime] = []
        # A tool that never says on which scale it asks asks on its own, and one that exports answers alone, no others.
        scaleless = self.choice(*[None] * 4, "csat", "nps", "ces", "article_helpful")
        own_scale = self.rng.choice(SCALES[scaleless]) if scaleless else (None, None)
        answered = self.choice(*[None] * 5, "csat", "nps", "ces", "article_helpful")
        for row in self.rows("survey_responses", "v", (0, 15, 45)):
            kind = self.choice("csat", "csat", "nps", "ces", "article_helpful")
            sent_at = self.rng.choice(self.choice(self.resolved_at, self.instants, sent or self.instants))
            sent_at += self.choice(timedelta(0), timedelta(0), SECOND, HOUR)
            sent.append(sent_at)
            self.answer(row, kind, sent_at, *([own_scale] if kind == scaleless else []))
            if kind == scaleless:
                row |= {"scale_min": None, "scale_max": None}
            if kind == answered:
                row |= {
                    "score": 1 if row["score"] is None else row["score"],
                    "responded_at": row["responded_at"] or sent_at,
                    "sent_at": self.choice(None, row["sent_at"]),
                }
            row |= {
                "ticket_id": self.choice(self.ticket_id(), self.ticket_id(), None, "stranger"),
                "article_id": self.choice(None, "z", "z1", "z2", "stranger"),
                "customer_id": self.choice(None, "c0", "c0", self.rng.choice(self.customers)),
                "agent_id": self.rng.choice([*[None] * 7, *AGENTS]),
            }

    def add_answers_of_agents(self) -> None:
        """Surveys of agents, several answers of some of them, and answers without a name."""
        agents = [row["agent_id"] for row in self.agents] + [None]
        for row in self.rows("survey_responses", "w", (0, 8, 60, 60)):
            self.answer(row, "agent_satisfaction", self.rng.choice(self.instants))
            row |= {
                "agent_id": self.rng.choice(agents),
                "survey_dimension": self.choice(None, "tools", "tools ", "workload"),
            }

    def answer(self, row: Row, kind: str, sent_at: datetime, *scales: tuple[float | None, float | None]) -> None:
        """Mostly an answer, on some scale, within the week or at its end."""
        lowest, highest = self.rng.choice(scales or SCALES[kind])
        usual = USUAL_SCALES[kind]
        least, most = (usual[0] if lowest is None else lowest), (usual[1] if highest is None else highest)
        gap = self.choice(timedelta(0), SECOND, HOUR, HOUR, -SECOND, -3 * SECOND, 7 * DAY, 7 * DAY + SECOND)
        row |= {
            "survey_type": self.choice(kind, kind, kind.upper()),
            "scale_min": lowest,
            "scale_max": highest,
            "score": self.choice(None, least, most, most, (least + most) / 2, *range(int(least), int(most) + 1)),
            "sent_at": sent_at,
            "responded_at": self.choice(None, *[sent_at + gap] * 4),
        }
        if self.rng.random() < 0.12:
            row |= {"score": self.rng.choice(WORDS[kind]), "scale_min": None, "scale_max": None}
        if self.rng.random() < 0.02 and row["score"] is not None:
            # Off its scale, whichever that is.
            row["score"] = 11
        if self.rng.random() < 0.06 and row["responded_at"] is not None:
            row["sent_at"] = None

    def add_articles(self) -> None:
        """Topics of articles that surveys name."""
        articles = self.raw.setdefault("articles", [])
        if not any(row["article_id"] == "z" for row in articles):
            topic = self.rng.choice(TOPICS)
            articles.append({"article_id": "z", "topic": topic, "_loaded_at": self.rng.choice(self.landings)})
