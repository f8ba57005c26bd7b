"""Every cell of `kpi_values`, computed slowly and obviously from raw rows of the standard layout.

This follows the sentences of the KPI definitions and shares nothing with the SQL: where the two disagree, one of them
is wrong. Rows are dictionaries with the columns of the raw tables; times are aware datetimes in UTC; ids
have no prefix.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

Row = dict[str, Any]
Raw = dict[str, list[Row]]
CellKey = tuple[str, str, date, str, str]
Where = list[tuple[str, str]]

SOURCE = "standard"
NONE = "(none)"
GRAINS = ("day", "week", "month", "quarter")
OPEN = ("new", "open", "pending", "on_hold")
RESOLVED = ("solved", "closed")
SEVEN_DAYS = timedelta(days=7)
THIRTY_DAYS = timedelta(days=30)
LONG_AGO = date(1, 1, 1)

# What happened when: the newest of these that is not later than its landing is the default `as_of`.
HAPPENINGS = {
    "tickets": ("created_at",),
    "ticket_messages": ("sent_at",),
    "ticket_events": ("occurred_at",),
    "calls": ("queued_at",),
    "survey_responses": ("sent_at", "responded_at"),
    "orders": ("ordered_at",),
    "reviews": ("reviewed_at",),
    "article_views": ("viewed_at",),
    "brand_mentions": ("mentioned_at",),
}

AGE_BANDS = (
    ("0-1 d", timedelta(days=1)),
    ("1-3 d", timedelta(days=3)),
    ("3-7 d", timedelta(days=7)),
    ("over 7 d", timedelta.max),
)


@dataclass(frozen=True)
class Kpi:
    """What a KPI is: how its observations become a value, and how long after a period its value still changes."""

    kind: str  # count, sum, ratio, duration, stock, distinct
    window: timedelta = timedelta(0)


KPIS = {
    "tickets_created": Kpi("count"),
    "unresolved_tickets": Kpi("stock"),
    "resolution_time": Kpi("duration", SEVEN_DAYS),
    "tickets_closed": Kpi("count", SEVEN_DAYS),
    "reassignments_per_ticket": Kpi("ratio", SEVEN_DAYS),
    "resolution_rate": Kpi("ratio", SEVEN_DAYS),
    "reopen_rate": Kpi("ratio", SEVEN_DAYS),
    "cancellation_rate": Kpi("ratio", THIRTY_DAYS),
    "repeat_orders": Kpi("count"),
    "repeat_revenue": Kpi("sum"),
    "repeat_order_rate": Kpi("ratio"),
    "repeat_customer_rate": Kpi("distinct"),
    "cross_sell_rate": Kpi("distinct"),
    "up_sell_rate": Kpi("distinct"),
}


@dataclass(frozen=True)
class Cell:
    """The numbers of a KPI for one period and one value of one slice."""

    numerator: float
    denominator: float | None
    value: float | None
    sample_size: float
    median: float | None
    p90: float | None
    status: str
    maturity: str


@dataclass(frozen=True)
class Observation:
    """Something that a KPI counts, at an instant, in the cells named by `where`."""

    at: datetime
    where: Where
    numerator: float | Decimal = 1
    denominator: int = 1
    subject: str | None = None


@dataclass(frozen=True)
class Change:
    """A resolution or a reopening. Where the instant is unknown, `at` is the last known event of the ticket."""

    at: datetime
    is_resolution: bool
    actor_type: str | None = None
    actor_id: str | None = None
    is_at_known: bool = True


@dataclass(frozen=True)
class Resolution:
    """A resolution with what came before and after it."""

    at: datetime
    change: Change
    is_reopened: bool  # within 7 days
    spell_starts_at: datetime
    previous_standing_at: datetime | None


@dataclass
class Ticket:
    """A ticket that exists at `as_of`, with its history."""

    row: Row
    root_id: str
    is_merged: bool = False
    customer: Row | None = None
    changes: list[Change] = field(default_factory=list)
    assignments: list[tuple[datetime, str | None]] = field(default_factory=list)
    messages: list[Row] = field(default_factory=list)  # those after `as_of` too

    @property
    def id(self) -> str:
        return self.row["ticket_id"]

    @property
    def created_at(self) -> datetime:
        return self.row["created_at"]

    @property
    def is_valid(self) -> bool:
        is_test = self.row["is_test"] or (self.customer is not None and self.customer["is_test"])
        return not (self.row["is_deleted"] or is_test or self.row["is_spam"] or self.is_merged)

    def resolution_in_force(self, has_happened: Callable[[datetime], bool]) -> Change | None:
        """The resolution that the ticket is in, judged by what has happened; None while it is open."""
        state = None
        for change in self.changes:
            if has_happened(change.at):
                state = change
        return state if state is not None and state.is_resolution else None

    def assignee(self, has_happened: Callable[[datetime], bool]) -> str | None:
        """Who has the ticket, judged by what has happened."""
        holder = None
        for assigned_at, agent_id in self.assignments:
            if has_happened(assigned_at):
                holder = agent_id
        return holder


# ------------------------------------------------------------------------------------------------------------- tidying


def text(value: str | None) -> str | None:
    """Text without blanks around it; None where nothing is left."""
    return None if value is None else value.strip(" ") or None


def lower(value: str | None) -> str | None:
    value = text(value)
    return None if value is None else value.lower()


LOWERED = {
    "tickets": ("status", "initiated_by", "complexity"),
    "ticket_messages": ("author_type",),
    "ticket_events": ("event_type", "actor_type"),
    "orders": ("status", "cancelled_by"),
}
UPPERED = {"orders": ("currency",), "exchange_rates": ("currency",)}
FLAGS = {
    "tickets": {"is_spam": False, "is_test": False},
    "ticket_messages": {"is_public": True, "is_acknowledgement": False},
    "agents": {"is_queue": False},
    "customers": {"is_test": False},
    "orders": {"is_test": False},
}


class Columns(dict[str, Any]):
    """A row whose absent columns are None."""

    def __missing__(self, column: str) -> None:
        return None


def tidied(table: str, row: Row) -> Row:
    """The row with its text trimmed, words of lists in lower case, and what an empty flag means filled in."""
    tidy = Columns({name: text(value) if isinstance(value, str) else value for name, value in row.items()})
    for name in LOWERED.get(table, ()):
        tidy[name] = lower(tidy[name])
    for name in UPPERED.get(table, ()):
        tidy[name] = tidy[name].upper() if tidy[name] else None
    for name, default in FLAGS.get(table, {}).items():
        tidy[name] = default if tidy[name] is None else tidy[name]
    tidy["is_deleted"] = bool(tidy["is_deleted"])
    if table == "agents":
        tidy["valid_from"] = tidy["valid_from"] or LONG_AGO
    return tidy


def newest_happening(raw: Raw) -> datetime | None:
    """The default `as_of`: the newest happening that is not later than the landing of its row."""
    happened = [
        row[column]
        for table, columns in HAPPENINGS.items()
        for row in raw.get(table, [])
        for column in columns
        if row.get(column) is not None and row[column] <= row["_loaded_at"]
    ]
    return max(happened, default=None)


# --------------------------------------------------------------------------------------------------------------- world


class World:
    """What exists at `as_of`, and what can be asked about it."""

    def __init__(self, raw: Raw, timezone: str, currency: str, as_of: datetime) -> None:
        self.zone = ZoneInfo(timezone)
        self.currency = currency
        self.as_of = as_of
        self.rows = {table: [tidied(table, row) for row in rows] for table, rows in raw.items()}

        self.agents: dict[str, list[Row]] = defaultdict(list)
        for row in self.existing("agents"):
            self.agents[row["agent_id"]].append(row)
        self.customers = {row["customer_id"]: row for row in self.existing("customers")}
        self.products = {row["product_id"]: row for row in self.existing("products")}
        self.rates = {(row["currency"], row["rate_date"]): row["rate"] for row in self.existing("exchange_rates")}
        self.tickets = self.read_tickets()
        self.orders = self.read_orders()

    def told(self, table: str) -> list[Row]:
        """The rows that are not deleted. What happens after `as_of` still shows what a source tells of."""
        return [row for row in self.rows.get(table, []) if not row["is_deleted"]]

    def existing(self, table: str) -> list[Row]:
        """The rows that are not deleted and have happened."""
        return [row for row in self.told(table) if self.has_happened(table, row)]

    def has_happened(self, table: str, row: Row) -> bool:
        """Whether the row is not after `as_of`. What describes a thing has no instant, and always exists."""
        if table not in HAPPENINGS:
            return True
        return row[HAPPENINGS[table][0]] <= self.as_of

    # -- time

    def local_date(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def exists(self, day: date) -> bool:
        """False for a local date that the zone skipped."""
        return self.local_date(self.starts_at(day)) == day

    def starts_at(self, day: date) -> datetime:
        """The instant at which a local day begins: a skipped midnight is moved on by the gap."""
        return datetime.combine(day, time(0), tzinfo=self.zone).astimezone(UTC)

    def periods(self, grain: str, first: date, last: date) -> Iterator[date]:
        """The starts of all periods from that of one day to that of another, without days that the zone skipped."""
        start = period_start(grain, first)
        while start <= last:
            if grain != "day" or self.exists(start):
                yield start
            start = next_period(grain, start)

    # -- agents

    def version(self, agent_id: str | None, day: date) -> Row | None:
        """The row of the agent that holds on a local date."""
        versions = [row for row in self.agents.get(agent_id or "", []) if row["valid_from"] <= day]
        return max(versions, key=lambda row: row["valid_from"], default=None)

    def team(self, agent_id: str | None, day: date) -> str | None:
        version = self.version(agent_id, day)
        return None if version is None else version["team"]

    def person(self, agent_id: str | None, day: date) -> str | None:
        """The agent, unless that is a queue then: a queue is nobody. An agent that no row describes is somebody."""
        versions = self.agents.get(agent_id or "", [])
        # Before its first date nothing is known of an agent's team, but that it is a queue.
        version = self.version(agent_id, day) or min(versions, key=lambda row: row["valid_from"], default=None)
        return None if version is not None and version["is_queue"] else agent_id

    # -- tickets

    def read_tickets(self) -> dict[str, Ticket]:
        # A deleted ticket still is one: it is excluded, and a chain of merges runs through it.
        rows = {row["ticket_id"]: row for row in self.rows.get("tickets", []) if row["created_at"] <= self.as_of}
        tickets = {}
        for ticket_id, row in rows.items():
            root_id = end_of_merges(ticket_id, rows)
            tickets[ticket_id] = Ticket(
                row=row,
                root_id=root_id,
                is_merged=root_id != ticket_id,
                customer=self.customers.get(row["customer_id"]),
            )
        for message in self.told("ticket_messages"):
            if message["ticket_id"] in tickets:
                tickets[tickets[message["ticket_id"]].root_id].messages.append(message)
        for ticket in tickets.values():
            ticket.assignments = self.read_assignments(ticket)
            ticket.changes = self.read_changes(ticket)
        return tickets

    def events(self, ticket: Ticket, event_type: str) -> list[Row]:
        """The ticket's own events that are not deleted, those after `as_of` included, in order."""
        events = [
            row
            for row in self.told("ticket_events")
            if row["ticket_id"] == ticket.id and row["event_type"] == event_type
        ]
        return sorted(events, key=lambda row: (row["occurred_at"], row["event_id"]))

    def read_assignments(self, ticket: Ticket) -> list[tuple[datetime, str | None]]:
        """Who got the ticket when. What gives it to whom has it already is nothing."""
        events = self.events(ticket, "assigned")
        if not events:
            agent_id = ticket.row["assigned_agent_id"]
            return [] if agent_id is None else [(ticket.created_at, agent_id)]
        first = events[0]
        assignments: list[tuple[datetime, str | None]] = []
        if first["old_value"] is not None:
            # Even an event after `as_of` says who had the ticket before it.
            assignments.append((min(ticket.created_at, first["occurred_at"]), first["old_value"]))
        for row in events:
            holder = assignments[-1][1] if assignments else None
            if row["occurred_at"] <= self.as_of and row["new_value"] != holder:
                assignments.append((row["occurred_at"], row["new_value"]))
        return assignments

    def read_changes(self, ticket: Ticket) -> list[Change]:
        """The ticket's resolutions and reopenings in order."""
        events = [row for row in self.events(ticket, "status_changed") if lower(row["new_value"]) in OPEN + RESOLVED]
        if not events:
            return self.stand_in(ticket)
        changes = []
        is_resolved = False
        for row in events:
            resolves = lower(row["new_value"]) in RESOLVED
            if row["occurred_at"] <= self.as_of and resolves != is_resolved:
                changes.append(Change(row["occurred_at"], resolves, row["actor_type"], row["actor_id"]))
                is_resolved = resolves
        return changes

    def stand_in(self, ticket: Ticket) -> list[Change]:
        """The one resolution of a ticket without status events, as its own row tells it."""
        row = ticket.row
        if row["status"] not in RESOLVED:
            return []
        resolved_at = row["resolved_at"]
        if resolved_at is None and row["status"] == "solved":
            resolved_at = row["updated_at"]
        if resolved_at is not None:
            return [Change(resolved_at, is_resolution=True)] if resolved_at <= self.as_of else []
        # What comes after `as_of` is known as well: a ticket that is still at work then was not resolved before.
        known = [message["sent_at"] for message in ticket.messages]
        known += [event["occurred_at"] for event in self.events(ticket, "assigned")]
        last_known_at = max([ticket.created_at, *known])
        return [Change(last_known_at, is_resolution=True, is_at_known=False)] if last_known_at <= self.as_of else []

    def resolutions(self, ticket: Ticket) -> list[Resolution]:
        """The resolutions of a ticket whose instant is known."""
        resolutions = []
        spell_starts_at = ticket.created_at
        previous_standing_at = None
        for index, change in enumerate(ticket.changes):
            if not (change.is_resolution and change.is_at_known):
                continue
            reopening = ticket.changes[index + 1] if index + 1 < len(ticket.changes) else None
            is_reopened = reopening is not None and reopening.at <= change.at + SEVEN_DAYS
            resolutions.append(Resolution(change.at, change, is_reopened, spell_starts_at, previous_standing_at))
            if reopening is not None and not is_reopened:
                spell_starts_at = max(ticket.created_at, reopening.at)
                previous_standing_at = change.at
        return resolutions

    def resolver(self, ticket: Ticket, change: Change) -> str | None:
        """Who is credited with a resolution: an agent or a queue."""
        if change.actor_type == "automation":
            return None
        if change.actor_type == "agent" and change.actor_id is not None:
            return change.actor_id
        return ticket.assignee(lambda at: at <= change.at)

    def handled_by(self, ticket: Ticket, resolution: Resolution) -> str | None:
        """Who replied in the spell of a resolution, up to it."""
        in_spell = [
            message
            for message in ticket.messages
            if message["sent_at"] <= resolution.at
            and (resolution.previous_standing_at is None or message["sent_at"] > resolution.previous_standing_at)
        ]
        by_agent = any(m["author_type"] == "agent" and m["is_public"] for m in in_spell)
        by_automation = any(
            m["author_type"] == "automation" and m["is_public"] and not m["is_acknowledgement"] for m in in_spell
        )
        if by_agent and by_automation:
            return "both"
        if by_agent:
            return "agent"
        return "automation" if by_automation else None

    def reassignments(self, ticket: Ticket) -> list[datetime]:
        """When the ticket went from one team to another, or within a team from one person to another."""
        changed_at = []
        team = None
        last_person = None  # kept while a queue of the same or of an unknown team has the ticket
        for assigned_at, agent_id in ticket.assignments:
            day = self.local_date(assigned_at)
            previous_team, team = team, self.team(agent_id, day)
            person = self.person(agent_id, day)
            is_other_team = previous_team is not None and team is not None and team != previous_team
            if is_other_team or (last_person is not None and person is not None and person != last_person):
                changed_at.append(assigned_at)
            last_person = person if is_other_team else person or last_person
        return changed_at

    # -- people and orders

    def person_of(self, customer_id: str | None) -> str | None:
        """Who is behind a customer account; None for nobody."""
        if customer_id is None:
            return None
        customer = self.customers.get(customer_id)
        if customer is not None and customer["person_id"] is not None:
            return "person:" + customer["person_id"]
        if customer is not None and customer["email_hash"] is not None:
            sharing = {
                other["person_id"]
                for other in self.customers.values()
                if other["email_hash"] == customer["email_hash"] and other["person_id"] is not None
            }
            return "person:" + sharing.pop() if len(sharing) == 1 else "email:" + customer["email_hash"]
        return f"customer:{SOURCE}:{customer_id}"

    def rate(self, currency: str, at: datetime) -> Decimal | None:
        """The newest rate on or before the local date, at most 7 days old."""
        if currency == self.currency:
            return Decimal(1)
        day = self.local_date(at)
        for age in range(8):
            found = self.rates.get((currency, day - timedelta(days=age)))
            if found is not None:
                return Decimal(found)
        return None

    def read_orders(self) -> list[Row]:
        """Orders in order, with their lines, and what is asked of them."""
        lines = defaultdict(list)
        for line in self.existing("order_lines"):
            lines[line["order_id"]].append(line)
        orders = sorted(self.existing("orders"), key=lambda row: (row["ordered_at"], row["order_id"]))
        for order in orders:
            customer = self.customers.get(order["customer_id"])
            for instant in ("cancelled_at", "shipped_at"):
                order[f"{instant}_later"] = order[instant] is not None and order[instant] > self.as_of
                if order[f"{instant}_later"]:
                    order[instant] = None
            order["person"] = self.person_of(order["customer_id"])
            order["country"] = customer["country"] if customer else None
            order["is_test"] = order["is_test"] or bool(customer and customer["is_test"])
            order["is_cancelled"] = order["cancelled_at"] is not None or (
                order["status"] == "cancelled" and not order["cancelled_at_later"]
            )
            order["is_valid"] = not (order["is_cancelled"] or order["is_test"])
            order["rate"] = self.rate(order["currency"], order["ordered_at"])
            order["lines"] = lines[order["order_id"]]
            order["bought"] = [line for line in order["lines"] if line["quantity"] > 0]
        for index, order in enumerate(orders):
            order["earlier"] = [
                other
                for other in orders[:index]
                if other["person"] == order["person"] is not None
                and not other["is_test"]
                and not was_cancelled(other, order["ordered_at"])
            ]
        return orders

    def family(self, product_id: str) -> tuple[str, str]:
        """The family of a product; without one the product is its own."""
        product = self.products.get(product_id)
        if product is None or product["family"] is None:
            return ("product", product_id)
        return ("family", product["family"])

    def category(self, product_id: str) -> str | None:
        product = self.products.get(product_id)
        return None if product is None else product["category"]

    def tier(self, product_id: str) -> float | None:
        product = self.products.get(product_id)
        return None if product is None else product["tier"]

    def is_cross_sale(self, order: Row, line: Row) -> bool:
        """Whether none of the person's earlier orders had the family of the line."""
        had = {self.family(other["product_id"]) for earlier in order["earlier"] for other in earlier["bought"]}
        return self.family(line["product_id"]) not in had

    def is_up_sale(self, order: Row, line: Row) -> bool:
        """Whether the line is a dearer version of something that the person had bought."""
        before = [
            (other, earlier["rate"])
            for earlier in order["earlier"]
            for other in earlier["bought"]
            if self.family(other["product_id"]) == self.family(line["product_id"])
        ]
        if not before or any(other["product_id"] == line["product_id"] for other, _ in before):
            return False
        tier = self.tier(line["product_id"])
        tiers = [self.tier(other["product_id"]) for other, _ in before]
        if tier is not None and None not in tiers:
            return tier > max(tiers)
        paid = [Decimal(other["unit_price"]) * rate for other, rate in before if rate is not None]
        if order["rate"] is None or not paid:
            return False
        return Decimal(line["unit_price"]) * order["rate"] > max(paid)


def end_of_merges(ticket_id: str, rows: dict[str, Row]) -> str:
    """The ticket at the end of a chain of merges. Merges to nothing and those on a circle are void."""
    here = ticket_id
    while not is_void_merge(here, rows):
        here = rows[here]["merged_into_ticket_id"]
    return here


def is_void_merge(ticket_id: str, rows: dict[str, Row]) -> bool:
    """Whether the ticket stays itself: no merge, a merge to nothing, or a merge that leads back to the ticket."""
    here, seen = ticket_id, set()
    while here not in seen:
        seen.add(here)
        into = rows[here]["merged_into_ticket_id"]
        if into not in rows:
            return here == ticket_id
        here = into
    return here == ticket_id


def was_cancelled(order: Row, at: datetime) -> bool:
    """Whether an order was cancelled at an instant; without a time it always was."""
    return order["is_cancelled"] and (order["cancelled_at"] is None or order["cancelled_at"] <= at)


# -------------------------------------------------------------------------------------------------------- observations


def where(**slices: str | None) -> Where:
    """The cells of an observation: overall, its source, and the given slices, where a missing value is `(none)`."""
    return [("overall", "all"), ("source", SOURCE), *((name, value or NONE) for name, value in slices.items())]


def valid_tickets(world: World) -> list[Ticket]:
    return [ticket for ticket in world.tickets.values() if ticket.is_valid]


def keyed(agent_id: str | None) -> str | None:
    """An agent's id as slices show it."""
    return None if agent_id is None else f"{SOURCE}:{agent_id}"


def tickets_created(world: World) -> Iterator[Observation]:
    """Valid tickets created."""
    for ticket in valid_tickets(world):
        team = None
        if ticket.assignments:
            assigned_at, agent_id = ticket.assignments[0]
            team = world.team(agent_id, world.local_date(assigned_at))
        yield Observation(
            ticket.created_at,
            where(
                channel=ticket.row["channel"],
                team=team,
                complexity=ticket.row["complexity"],
                topic=ticket.row["topic"],
                marketplace=ticket.row["marketplace"],
                country=ticket.customer["country"] if ticket.customer else None,
            ),
        )


def resolved_spells(world: World) -> Iterator[tuple[Ticket, Resolution, dict[str, str | None]]]:
    """Resolutions of valid tickets with every slice that a KPI of resolutions may have."""
    for ticket in valid_tickets(world):
        for resolution in world.resolutions(ticket):
            resolver = world.resolver(ticket, resolution.change)
            day = world.local_date(resolution.at)
            yield (
                ticket,
                resolution,
                {
                    "agent": keyed(world.person(resolver, day)),
                    "team": world.team(resolver, day),
                    "handled_by": world.handled_by(ticket, resolution),
                    **{name: ticket.row[name] for name in ("channel", "complexity", "topic", "marketplace")},
                },
            )


def only(slices: dict[str, str | None], *names: str) -> Where:
    return where(**{name: slices[name] for name in names})


def resolution_time(world: World) -> Iterator[Observation]:
    """From the start of a spell to its standing resolution."""
    for _, resolution, slices in resolved_spells(world):
        seconds = (resolution.at - resolution.spell_starts_at).total_seconds()
        if not resolution.is_reopened and seconds >= 0:
            yield Observation(
                resolution.at,
                only(slices, "channel", "agent", "team", "complexity", "topic", "marketplace", "handled_by"),
                numerator=seconds,
            )


def tickets_closed(world: World) -> Iterator[Observation]:
    """Standing resolutions."""
    for _, resolution, slices in resolved_spells(world):
        if not resolution.is_reopened:
            yield Observation(resolution.at, only(slices, "agent", "team", "channel", "handled_by"))


def reassignments_per_ticket(world: World) -> Iterator[Observation]:
    """Changes of agent or team in the spell of a standing resolution."""
    if not any(row["event_type"] == "assigned" for row in world.told("ticket_events")):
        return
    for ticket, resolution, slices in resolved_spells(world):
        if not resolution.is_reopened:
            after = resolution.previous_standing_at
            in_spell = [
                at for at in world.reassignments(ticket) if at <= resolution.at and (after is None or at > after)
            ]
            yield Observation(
                resolution.at, only(slices, "channel", "team", "complexity", "topic"), numerator=len(in_spell)
            )


def resolution_rate(world: World) -> Iterator[Observation]:
    """Tickets resolved 7 days after their creation; by agent and team, resolved by them / ever assigned to them."""
    for ticket in valid_tickets(world):
        ends_at = ticket.created_at + SEVEN_DAYS
        resolution = ticket.resolution_in_force(lambda at, ends_at=ends_at: at <= ends_at)
        yield Observation(
            ticket.created_at,
            where(channel=ticket.row["channel"], complexity=ticket.row["complexity"]),
            numerator=int(resolution is not None),
        )
        had = [
            (agent_id, world.local_date(assigned_at))
            for assigned_at, agent_id in ticket.assignments
            if assigned_at <= ends_at
        ]
        for name, look_up in (("agent", world.person), ("team", world.team)):
            resolved_by = None
            if resolution is not None:
                resolved_by = look_up(world.resolver(ticket, resolution), world.local_date(resolution.at))
            for value in ({look_up(agent_id, day) for agent_id, day in had} - {None}) or {None}:
                yield Observation(
                    ticket.created_at,
                    [(name, (keyed(value) if name == "agent" else value) or NONE)],
                    numerator=int(resolution is not None and resolved_by == value),
                )


def reopen_rate(world: World) -> Iterator[Observation]:
    """Resolutions reopened within 7 days."""
    if not any(
        row["event_type"] == "status_changed" and lower(row["new_value"]) in OPEN + RESOLVED
        for row in world.told("ticket_events")
    ):
        return
    for _, resolution, slices in resolved_spells(world):
        yield Observation(
            resolution.at,
            only(slices, "agent", "team", "channel", "complexity", "handled_by"),
            numerator=int(resolution.is_reopened),
        )


def cancellation_rate(world: World) -> Iterator[Observation]:
    """Orders cancelled by the seller before shipping, within 30 days."""
    for order in world.orders:
        if order["is_test"]:
            continue
        cancelled_at, shipped_at = order["cancelled_at"], order["shipped_at"]
        if cancelled_at is None:
            is_in_window = order["is_cancelled"] and shipped_at is None
        else:
            is_in_window = order["ordered_at"] <= cancelled_at <= order["ordered_at"] + THIRTY_DAYS and (
                shipped_at is None or cancelled_at < shipped_at
            )
        yield Observation(
            order["ordered_at"],
            where(marketplace=order["marketplace"], country=order["country"]),
            numerator=int(is_in_window and order["cancelled_by"] == "seller"),
        )


def is_repeat(order: Row) -> bool:
    return order["is_valid"] and bool(order["earlier"])


def number_band(order: Row) -> str:
    number = len(order["earlier"]) + 1
    if number <= 3:
        return str(number)
    return "4-6" if number <= 6 else "7 and more"


def by_category(world: World, order: Row) -> dict[str, list[Row]]:
    """The lines of an order by category; an order without lines is in `(none)`."""
    lines = defaultdict(list)
    for line in order["lines"]:
        lines[world.category(line["product_id"]) or NONE].append(line)
    return lines or {NONE: []}


def order_where(world: World, order: Row, *names: str) -> Where:
    categories = [("category", name) for name in by_category(world, order)]
    return where(**{name: order[name] for name in names}) + categories


def repeat_orders(world: World) -> Iterator[Observation]:
    """Valid orders of a person with an earlier order."""
    for order in world.orders:
        if is_repeat(order):
            slices = order_where(world, order, "marketplace", "country")
            yield Observation(order["ordered_at"], [*slices, ("order_number_band", number_band(order))])


def repeat_revenue(world: World) -> Iterator[Observation]:
    """The value of repeat orders that have one; by category that of the category's lines."""
    for order in world.orders:
        rate = order["rate"]
        if not is_repeat(order) or rate is None:
            continue
        slices = where(marketplace=order["marketplace"], country=order["country"], order_number_band=number_band(order))
        yield Observation(order["ordered_at"], slices, numerator=order["total_amount"] * rate)
        for category, lines in by_category(world, order).items():
            if lines:
                amount = sum(line["quantity"] * line["unit_price"] for line in lines) * rate
                yield Observation(order["ordered_at"], [("category", category)], numerator=amount)


def repeat_order_rate(world: World) -> Iterator[Observation]:
    """Repeat orders / valid orders of people."""
    for order in world.orders:
        if order["is_valid"] and order["person"] is not None:
            slices = order_where(world, order, "marketplace", "country")
            yield Observation(order["ordered_at"], slices, numerator=int(is_repeat(order)))


def repeat_customer_rate(world: World) -> Iterator[Observation]:
    """People with a repeat order / people with a valid order."""
    for order in world.orders:
        if order["is_valid"] and order["person"] is not None:
            slices = order_where(world, order, "marketplace", "country")
            yield Observation(order["ordered_at"], slices, numerator=int(is_repeat(order)), subject=order["person"])


def sales(world: World, is_sale: Callable[[Row, Row], bool]) -> Iterator[Observation]:
    """Repeat orders, with whether a line of them is a sale of some kind; by category, a line of the category."""
    for order in world.orders:
        if not is_repeat(order):
            continue
        yield Observation(
            order["ordered_at"],
            where(marketplace=order["marketplace"], country=order["country"]),
            numerator=int(any(is_sale(order, line) for line in order["bought"])),
            subject=order["person"],
        )
        for category, lines in by_category(world, order).items():
            yield Observation(
                order["ordered_at"],
                [("category", category)],
                numerator=int(any(is_sale(order, line) for line in lines if line in order["bought"])),
                subject=order["person"],
            )


def cross_sell_rate(world: World) -> Iterator[Observation]:
    """People who bought a family that they had not bought before / people with a repeat order."""
    return sales(world, world.is_cross_sale)


def up_sell_rate(world: World) -> Iterator[Observation]:
    """People who bought a dearer version of what they had / people with a repeat order."""
    return sales(world, world.is_up_sale)


OBSERVATIONS: dict[str, Callable[[World], Iterator[Observation]]] = {
    "tickets_created": tickets_created,
    "resolution_time": resolution_time,
    "tickets_closed": tickets_closed,
    "reassignments_per_ticket": reassignments_per_ticket,
    "resolution_rate": resolution_rate,
    "reopen_rate": reopen_rate,
    "cancellation_rate": cancellation_rate,
    "repeat_orders": repeat_orders,
    "repeat_revenue": repeat_revenue,
    "repeat_order_rate": repeat_order_rate,
    "repeat_customer_rate": repeat_customer_rate,
    "cross_sell_rate": cross_sell_rate,
    "up_sell_rate": up_sell_rate,
}


# --------------------------------------------------------------------------------------------------------------- cells


def period_start(grain: str, day: date) -> date:
    if grain == "week":
        return day - timedelta(days=day.weekday())
    if grain == "month":
        return day.replace(day=1)
    if grain == "quarter":
        return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
    return day


def next_period(grain: str, start: date) -> date:
    """The start of the period after the one that begins on `start`."""
    longest = {"day": 1, "week": 7, "month": 31, "quarter": 92}[grain]
    return period_start(grain, start + timedelta(days=longest))


def percentile(values: list[float], share: float) -> float | None:
    """The percentile by linear interpolation between the two values next to it."""
    if not values:
        return None
    values = sorted(values)
    position = share * (len(values) - 1)
    below = int(position)
    above = min(below + 1, len(values) - 1)
    return values[below] + (values[above] - values[below]) * (position - below)


def stock_states(world: World) -> tuple[dict[tuple[date, str, str], int], dict[tuple[str, str], date]]:
    """Unresolved tickets at the end of each local day by slice, and the day of each slice value's first ticket."""
    counts: dict[tuple[date, str, str], int] = defaultdict(int)
    first_day: dict[tuple[str, str], date] = {}
    today = world.local_date(world.as_of)
    for ticket in valid_tickets(world):
        fixed = where(channel=ticket.row["channel"], complexity=ticket.row["complexity"])
        for day in world.periods("day", world.local_date(ticket.created_at), today):
            ends_at = world.starts_at(next_period("day", day))
            for team, age_band in unresolved_during(world, ticket, day):
                for cell in [*fixed, ("team", team or NONE), ("age_band", age_band)]:
                    first_day[cell] = min(first_day.get(cell, day), day)
            if ticket.resolution_in_force(lambda at, ends_at=ends_at: at < ends_at) is None:
                team = world.team(ticket.assignee(lambda at, ends_at=ends_at: at < ends_at), day)
                age_band = age_band_at(ticket, min(ends_at, world.as_of))
                for cell in [*fixed, ("team", team or NONE), ("age_band", age_band)]:
                    counts[day, *cell] += 1
    return counts, first_day


def age_band_at(ticket: Ticket, at: datetime, is_just_after: bool = False) -> str:
    """The band of a ticket's age at an instant, or just after it; bands are closed at their end."""
    age = at - ticket.created_at
    return next(name for name, longest in AGE_BANDS if age < longest or (age == longest and not is_just_after))


def unresolved_during(world: World, ticket: Ticket, day: date) -> set[tuple[str | None, str]]:
    """The teams and age bands in which a ticket was unresolved on a local day, be it for a moment."""
    starts_at, ends_at = world.starts_at(day), world.starts_at(next_period("day", day))
    openings = [ticket.created_at] + [
        max(change.at, ticket.created_at) for change in ticket.changes if not change.is_resolution
    ]
    moments = {
        *openings,
        max(starts_at, ticket.created_at),
        *(assigned_at for assigned_at, _ in ticket.assignments),
        *(ticket.created_at + longest for _, longest in AGE_BANDS[:-1]),
    }
    found = set()
    for moment in moments:
        if not max(starts_at, ticket.created_at) <= moment < ends_at or moment > world.as_of:
            continue
        is_resolved = ticket.resolution_in_force(lambda at, moment=moment: at <= moment) is not None
        if moment in openings or not is_resolved:
            team = world.team(ticket.assignee(lambda at, moment=moment: at <= moment), day)
            found.add((team, age_band_at(ticket, moment, is_just_after=moment < world.as_of)))
    return found


def status(
    kpi_id: str,
    key: CellKey,
    value: float | None,
    sample_size: float,
    min_sample: int,
    targets: Iterable[Row],
) -> str:
    """The status of a cell, the first that fits."""
    if value is None:
        return "no_data"
    if sample_size < min_sample:
        return "too_few"
    _, grain, start, slice_name, slice_value = key
    fitting = [
        row
        for row in targets
        if row["kpi_id"] == kpi_id
        and row["grain"] in (None, grain)
        and row["slice"] in (None, slice_name)
        and row["slice_value"] in (None, slice_value)
        and row["valid_from"] <= start
        and (row["valid_to"] is None or start < row["valid_to"])
    ]
    if not fitting:
        return "no_target"
    target = max(fitting, key=lambda row: [row[name] is not None for name in ("slice_value", "slice", "grain")])
    is_below = target["lower"] is not None and value < target["lower"]
    is_above = target["upper"] is not None and value > target["upper"]
    return "breach" if is_below or is_above else "ok"


def calculate(
    raw: Raw,
    timezone: str,
    currency: str,
    min_samples: dict[str, int],
    targets: list[Row],
    as_of: datetime | None = None,
) -> dict[CellKey, Cell]:
    """Every cell of the KPIs named in `min_samples`, by KPI, grain, period, slice and slice value.

    Args:
        raw: The rows of the raw tables by table.
        timezone: The reporting zone, an IANA name.
        currency: The reporting currency.
        min_samples: The KPIs to compute, with the sample below which a cell says too little.
        targets: The rows of the seed `kpi_targets`.
        as_of: The instant at which the world ends; by default the newest happening.
    """
    as_of = as_of or newest_happening(raw)
    if as_of is None:
        return {}
    world = World(raw, timezone, currency, as_of)
    cells: dict[CellKey, Cell] = {}
    for kpi_id, min_sample in min_samples.items():
        kpi = KPIS[kpi_id]
        found = stock_cells(world) if kpi.kind == "stock" else observed_cells(world, kpi, OBSERVATIONS[kpi_id](world))
        for (grain, start, slice_name, slice_value), (numerator, denominator, sample_size, values) in found.items():
            key = (kpi_id, grain, start, slice_name, slice_value)
            if denominator is None:
                value: float | None = float(numerator)
            else:
                value = float(numerator) / denominator if denominator else None
            ends_at = world.starts_at(next_period(grain, start))
            is_settled = ends_at + kpi.window <= as_of
            maturity = "partial" if ends_at > as_of else "final" if is_settled else "immature"
            cells[key] = Cell(
                numerator=float(numerator),
                denominator=denominator,
                value=value,
                sample_size=sample_size,
                median=percentile(values, 0.5) if kpi.kind == "duration" else None,
                p90=percentile(values, 0.9) if kpi.kind == "duration" else None,
                status=status(kpi_id, key, value, sample_size, min_sample, targets),
                maturity=maturity,
            )
    return cells


Parts = tuple[float | Decimal, float | None, float, list[float]]


def observed_cells(
    world: World, kpi: Kpi, observations: Iterable[Observation]
) -> dict[tuple[str, date, str, str], Parts]:
    """Numerator, denominator, sample and values of each cell in which something was observed, and of each period."""
    observations = list(observations)
    if not observations:
        return {}
    members: dict[tuple[str, date, str, str], list[Observation]] = {}
    first = min(world.local_date(observation.at) for observation in observations)
    for grain in GRAINS:
        for start in world.periods(grain, first, world.local_date(world.as_of)):
            members[grain, start, "overall", "all"] = []
        for observation in observations:
            start = period_start(grain, world.local_date(observation.at))
            for slice_name, slice_value in observation.where:
                if not (grain == "day" and slice_name == "agent"):
                    members.setdefault((grain, start, slice_name, slice_value), []).append(observation)
    return {key: parts(kpi, inside) for key, inside in members.items()}


def parts(kpi: Kpi, observations: list[Observation]) -> Parts:
    if kpi.kind == "distinct":
        having = {observation.subject for observation in observations if observation.numerator}
        people = {observation.subject for observation in observations}
        return len(having), len(people), len(people), []
    total = sum(observation.numerator for observation in observations)
    count = len(observations)
    if kpi.kind in ("count", "sum"):
        return total, None, count, []
    return total, count, count, [float(observation.numerator) for observation in observations]


def stock_cells(world: World) -> dict[tuple[str, date, str, str], Parts]:
    """The stock at the end of each period, which is that of its last day."""
    counts, first_day = stock_states(world)
    cells: dict[tuple[str, date, str, str], Parts] = {}
    today = world.local_date(world.as_of)
    for (slice_name, slice_value), first in first_day.items():
        for grain in GRAINS:
            for start in world.periods(grain, first, today):
                last_day = min(next_period(grain, start) - timedelta(days=1), today)
                count = counts[last_day, slice_name, slice_value]
                cells[grain, start, slice_name, slice_value] = (count, None, count, [])
    return cells
