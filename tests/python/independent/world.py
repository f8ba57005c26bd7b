"""What raw rows of the standard layout say at `as_of`, read slowly and obviously.

This follows the sentences of the KPI definitions and shares nothing with the SQL: where the two disagree, one of them
is wrong. Rows are dictionaries with the columns of the raw tables; times are aware datetimes in UTC; ids
have no prefix.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from independent.conforming import (
    BEGINNINGS,
    DESCRIBES,
    LONG_AGO,
    OPEN,
    PROMISES,
    RESOLVED,
    USUAL,
    Columns,
    Config,
    Names,
    Raw,
    Row,
    Settings,
    configured,
    conformed,
    happened,
    lower,
    start_of,
)

__all__ = ["LONG_AGO", "Config", "Raw", "Row", "lower"]

Where = list[tuple[str, str]]

SOURCE = "standard"
NONE = "(none)"
GRAINS = ("day", "week", "month", "quarter")
HOUR = timedelta(hours=1)
SEVEN_DAYS = timedelta(days=7)
THIRTY_DAYS = timedelta(days=30)


# ------------------------------------------------------------------------------------------------------- vocabulary


@dataclass(frozen=True)
class Kpi:
    """What a KPI is: how its observations become a value, and how long after a period its value still changes.

    kind            count         numerators are added up; no denominator
                    sum           the same, of amounts
                    ratio         sum of numerators / sum of denominators
                    duration      the same, of seconds, with median and p90
                    stock         what there is at the period's end
                    distinct      people with a numerator / people with a denominator
                    retained      people of both this period and the one before / people of the one before
                    per_period    a ratio whose observations are of one grain each
                    confidential  a ratio without numbers where fewer than `min_respondents` people answered
    sample          what the sample of a cell is, where it is not the usual: denominator, numerator or observations
    shares          slices whose numerators are divided by the denominator of overall
    """

    kind: str
    window: timedelta = timedelta(0)
    sample: str | None = None
    min_respondents: int = 0
    grains: tuple[str, ...] = GRAINS
    shares: tuple[str, ...] = ()


@dataclass(frozen=True)
class Observation:
    """Something that a KPI counts, at an instant, in the cells named by `where`.

    A denominator of 0 is one half of a ratio whose halves are counted in two tables. `subject` is the person where
    people are counted. With a `grain` the observation is in periods of that grain alone.
    """

    at: datetime
    where: Where
    numerator: float | Decimal = 1
    denominator: float | Decimal = 1
    subject: str | None = None
    grain: str | None = None


# What a stock holds at the end of a local day, asked for each day from the first on: cells and a number each, which
# are added up. `ends_at` is the instant at which the day ends: what happens at that very instant is of the next day. A
# number of 0 says that a cell exists from this day on.
Stock = Callable[["World", date, datetime], Iterator[tuple[Where, float]]]


def where(**slices: str | None) -> Where:
    """The cells of an observation: overall, its source, and the given slices, where a missing value is `(none)`."""
    return [("overall", "all"), ("source", SOURCE), *((name, value or NONE) for name, value in slices.items())]


def only(slices: dict[str, str | None], *names: str) -> Where:
    """The cells of an observation, in the named ones of many slices."""
    return where(**{name: slices[name] for name in names})


def keyed(name: str | None) -> str | None:
    """The id of an agent, an article or a template as slices show it."""
    return None if name is None else f"{SOURCE}:{name}"


@dataclass(frozen=True)
class Change:
    """A resolution or a reopening.

    Where the instant is unknown, `at` is the last known event of the ticket; where only the date is told, `at` is the
    first instant of that day.
    """

    at: datetime
    is_resolution: bool
    actor_type: str | None = None
    actor_id: str | None = None
    is_at_known: bool = True
    is_date: bool = False


@dataclass(frozen=True)
class Resolution:
    """A resolution with what came before and after it."""

    at: datetime
    change: Change
    is_reopened: bool  # within 7 days
    spell_starts_at: datetime
    previous_standing_at: datetime | None
    is_time_known: bool  # of day, at both ends of the spell

    @property
    def seconds(self) -> float | None:
        """How long the spell took; None where the data do not say."""
        seconds = (self.at - self.spell_starts_at).total_seconds()
        return seconds if self.is_time_known and seconds >= 0 else None


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
    answers_by_voice: list[Row] = field(default_factory=list)  # calls whose answer has a time
    is_state_known: bool = True

    @property
    def id(self) -> str:
        return self.row["ticket_id"]

    @property
    def created_at(self) -> datetime:
        return self.row["created_at"]

    @property
    def is_spam_or_test(self) -> bool:
        is_of_test_customer = self.customer is not None and self.customer["is_test"]
        return self.row["is_spam"] or self.row["is_test"] or is_of_test_customer

    @property
    def is_valid(self) -> bool:
        return not (self.row["is_deleted"] or self.is_spam_or_test or self.is_merged)

    @property
    def is_inbound(self) -> bool:
        return self.row["initiated_by"] == "customer"

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


# --------------------------------------------------------------------------------------------------------------- world


class World:
    """What exists at `as_of`, and what can be asked about it."""

    def __init__(
        self,
        raw: Raw,
        timezone: str,
        currency: str,
        as_of: datetime,
        config: Config,
        settings: Settings = USUAL,
    ) -> None:
        self.zone = ZoneInfo(timezone)
        self.currency = currency
        self.as_of = as_of
        self.skew = settings.skew
        names = Names(raw, config)
        self.config = configured(config, names)  # the rows of the seeds, typed as those are
        self.rows = conformed(raw, config, names, self.zone, settings)
        self.existing_rows: dict[str, list[Row]] = {}
        self.happened = sorted(happened(raw, self.zone, settings))  # what its file could know, deleted rows included

        self.agents: dict[str, list[Row]] = defaultdict(list)
        for row in self.existing("agents"):
            self.agents[row["agent_id"]].append(row)
        self.customers = {row["customer_id"]: row for row in self.existing("customers")}
        self.products = {row["product_id"]: row for row in self.existing("products")}
        self.rates = {(row["currency"], row["rate_date"]): row["rate"] for row in self.existing("exchange_rates")}
        self.tickets = self.read_tickets()
        self.calls = self.read_calls()
        for call in self.calls:
            ticket = self.ticket_of(call["ticket_id"])
            if ticket is not None and call["answered_at"] is not None:
                ticket.answers_by_voice.append(call)
        self.orders = self.read_orders()

    def told(self, table: str) -> list[Row]:
        """The rows that are not deleted, or describe what has ended. What happens after `as_of` is among them."""
        return [
            row
            for row in self.rows.get(table, [])
            if row["left_out"] is None and (table in DESCRIBES or not row["is_deleted"])
        ]

    def existing(self, table: str) -> list[Row]:
        """The rows that are told and have happened: the same objects each time.

        A time after `as_of` is None in them, and its column is named in the row's `later`; the row with it is `given`.
        """
        if table not in self.existing_rows:
            self.existing_rows[table] = [
                self.until_as_of(row)
                for row in self.told(table)
                if table not in BEGINNINGS or row["happened_at"] <= self.as_of
            ]
        return self.existing_rows[table]

    def gives(self, table: str) -> bool:
        """Whether the source has this table at all, be it of later."""
        return any(table in DESCRIBES or not row["is_deleted"] for row in self.rows.get(table, []))

    def tells(self, table: str, *columns: str) -> bool:
        """Whether the source ever fills one of these columns, be it later."""
        return any(
            column in row["told"]
            for row in self.rows.get(table, [])
            if table in DESCRIBES or not row["is_deleted"]
            for column in columns
        )

    @property
    def first_at(self) -> datetime | None:
        """When the first thing happened, be it deleted."""
        return min(
            (
                row["happened_at"]
                for table in BEGINNINGS
                for row in self.rows.get(table, [])
                if row["left_out"] is None and row["happened_at"] <= self.as_of
            ),
            default=None,
        )

    def until_as_of(self, row: Row) -> Row:
        later = {
            name
            for name, value in row.items()
            if isinstance(value, datetime) and value > self.as_of and name not in PROMISES
        }
        return Columns({**row, **dict.fromkeys(later), "later": later, "given": row})

    # -- time

    def local_date(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def exists(self, day: date) -> bool:
        """False for a local date that the zone skipped."""
        return self.local_date(self.starts_at(day)) == day

    def starts_at(self, day: date) -> datetime:
        """The instant at which a local day begins: a skipped midnight is moved on by the gap."""
        return start_of(day, self.zone)

    def ends_at(self, day: date) -> datetime:
        """The instant at which a local day ends: the first one of the next day."""
        return self.starts_at(day + timedelta(days=1))

    def days(self, first: date, last: date) -> Iterator[date]:
        """The local days from one to another, without those that the zone skipped."""
        day = first
        while day <= last:
            if self.exists(day):
                yield day
            day += timedelta(days=1)

    def since(self, start: datetime, end: datetime) -> datetime:
        """An end as its start has it: one that lies before it by no more than two clocks differ is at the start."""
        return start if start - self.skew <= end < start else end

    def in_time(self, at: datetime, is_date: bool, deadline: datetime) -> bool | None:
        """Whether something came by a deadline; None where a date alone does not say so.

        A date is in time if its whole day is, and late if its day begins after the deadline.
        """
        if not is_date:
            return at <= deadline
        day = self.local_date(at)
        if self.ends_at(day) - timedelta(microseconds=1) <= deadline:
            return True
        return False if self.starts_at(day) > deadline else None

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

    # -- calls

    def read_calls(self) -> list[Row]:
        """The calls that count: of no test customer, and on no excluded ticket. An end is moved to its start where it
        lies before it by no more than two clocks differ.
        """
        calls = []
        for row in self.existing("calls"):
            if self.is_of_test_customer(row) or self.is_on_excluded_ticket(row):
                continue
            call = Columns(row)
            if call["answered_at"] is not None:
                call["answered_at"] = self.since(call["queued_at"], call["answered_at"])
            if call["ended_at"] is not None:
                starts_at = max(call["queued_at"], call["answered_at"] or call["queued_at"])
                call["ended_at"] = self.since(starts_at, call["ended_at"])
            # Who talked was answered, be it at an unknown time.
            call["is_answered"] = call["answered_at"] is not None or (
                "answered_at" not in call["later"] and (call["talk_seconds"] or 0) > 0
            )
            calls.append(call)
        return calls

    def is_of_test_customer(self, row: Row) -> bool:
        customer = self.customers.get(row["customer_id"])
        return customer is not None and customer["is_test"]

    def ticket_of(self, ticket_id: str | None) -> Ticket | None:
        """The ticket that a row with this ticket's id counts for: the one at the end of the chain of merges."""
        ticket = self.tickets.get(ticket_id or "")
        return None if ticket is None else self.tickets[ticket.root_id]

    def is_on_excluded_ticket(self, row: Row) -> bool:
        """Whether a row is on a ticket that is in no KPI, as spam and tests are, whatever they were merged into."""
        ticket, root = self.tickets.get(row["ticket_id"] or ""), self.ticket_of(row["ticket_id"])
        return ticket is not None and root is not None and (ticket.is_spam_or_test or not root.is_valid)

    # -- tickets

    def read_tickets(self) -> dict[str, Ticket]:
        # A deleted ticket still is one: it is excluded, and a chain of merges runs through it.
        rows = {
            row["ticket_id"]: row
            for row in self.rows.get("tickets", [])
            if row["left_out"] is None and row["created_at"] <= self.as_of
        }
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
            ticket = tickets.get(message["ticket_id"])
            if ticket is not None and not (ticket.is_merged and ticket.is_spam_or_test):
                root = tickets[ticket.root_id]
                if "sent_at" in message["date_columns"]:
                    message = Columns({**message, "sent_at": self.since_creation(root, message["sent_at"], True)})
                root.messages.append(message)
        for ticket in tickets.values():
            ticket.assignments = self.read_assignments(ticket)
            ticket.is_state_known = self.is_state_known(ticket)
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

    def status_events(self, ticket: Ticket) -> list[Row]:
        """Those that say what the ticket became: a status that nobody knows is no event."""
        return [row for row in self.events(ticket, "status_changed") if row["new_value"] is not None]

    def read_assignments(self, ticket: Ticket) -> list[tuple[datetime, str | None]]:
        """Who got the ticket when, or that nobody had it. What gives it to whom has it already is nothing."""
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

    def holders(self, ticket: Ticket, until: datetime) -> list[tuple[str, date, date]]:
        """Who had the ticket up to an instant, with the local dates from when to when. Nobody is left out."""
        found = []
        last_at = min(until, self.as_of)
        for index, (assigned_at, agent_id) in enumerate(ticket.assignments):
            if agent_id is None or assigned_at > until:
                continue
            taken_at = next((at for at, _ in ticket.assignments[index + 1 :]), None)
            if taken_at is None or taken_at > last_at:
                held_last_at = max(assigned_at, last_at)
            else:
                # It is no longer theirs at the instant at which somebody else gets it.
                held_last_at = max(assigned_at, taken_at - timedelta(microseconds=1))
            found.append((agent_id, self.local_date(assigned_at), self.local_date(held_last_at)))
        return found

    def since_creation(self, ticket: Ticket, at: datetime, is_date: bool) -> datetime:
        """When something happened to a ticket: what differs by two clocks, or is of its first day, is not before it."""
        is_on_the_day = is_date and self.local_date(at) == self.local_date(ticket.created_at)
        return max(at, ticket.created_at) if is_on_the_day else self.since(ticket.created_at, at)

    def is_state_known(self, ticket: Ticket) -> bool:
        """Whether anything says that the ticket is open, or that it is not."""
        row = ticket.row
        if self.status_events(ticket) or row["status"] is not None or row["resolved_at"] is not None:
            return True
        # In a source that has but times of resolution, a ticket without one is open.
        is_told = self.tells("tickets", "resolved_at") or self.has_status_events
        return is_told and not self.tells("tickets", "status")

    @property
    def has_status_events(self) -> bool:
        return any(
            row["event_type"] == "status_changed" and row["new_value"] is not None for row in self.told("ticket_events")
        )

    def read_changes(self, ticket: Ticket) -> list[Change]:
        """The ticket's resolutions and reopenings in order."""
        events = self.status_events(ticket)
        if not events:
            return self.stand_in(ticket)
        changes = self.before_the_log(ticket, events[0])
        is_resolved = events[0]["old_value"] in RESOLVED
        for row in events:
            resolves = row["new_value"] in RESOLVED
            if row["occurred_at"] <= self.as_of and resolves != is_resolved:
                changes.append(
                    Change(
                        self.since_creation(ticket, row["occurred_at"], "occurred_at" in row["date_columns"]),
                        resolves,
                        row["actor_type"],
                        row["actor_id"],
                        is_date="occurred_at" in row["date_columns"],
                    )
                )
                is_resolved = resolves
        if len(changes) > 1 and not changes[0].is_at_known:
            # A log may begin before its ticket: what was before a step of it was so by then.
            changes[0] = replace(changes[0], at=min(changes[0].at, changes[1].at))
        return changes

    def before_the_log(self, ticket: Ticket, first: Row) -> list[Change]:
        """The resolution before the first status event, where that begins with a resolved ticket."""
        if first["old_value"] not in RESOLVED:
            return []
        resolved_at = ticket.row["resolved_at"]
        if resolved_at is not None and ticket.created_at - self.skew <= resolved_at <= first["occurred_at"]:
            is_date = "resolved_at" in ticket.row["date_columns"]
            return self.resolved(self.since(ticket.created_at, resolved_at), is_date=is_date)
        return self.resolved_sometime(ticket, until=first["occurred_at"])

    def stand_in(self, ticket: Ticket) -> list[Change]:
        """The one resolution of a ticket without status events, as its own row tells it."""
        row = ticket.row
        if row["status"] in OPEN:
            return []
        column = "resolved_at"
        if row["resolved_at"] is None and row["status"] == "solved":
            column = "updated_at"
        if row[column] is not None:
            return self.resolved(self.since(ticket.created_at, row[column]), is_date=column in row["date_columns"])
        # What comes after `as_of` is known as well: a ticket that is still at work then was not resolved before.
        return self.resolved_sometime(ticket) if row["status"] in RESOLVED else []

    def resolved(self, at: datetime, is_date: bool) -> list[Change]:
        return [Change(at, is_resolution=True, is_date=is_date)] if at <= self.as_of else []

    def resolved_sometime(self, ticket: Ticket, until: datetime | None = None) -> list[Change]:
        """A resolution at an unknown time: not before the last that is known of the ticket, up to an instant."""
        known = [message["sent_at"] for message in ticket.messages]
        known += [event["occurred_at"] for event in self.events(ticket, "assigned")]
        last_known_at = max([ticket.created_at, *(at for at in known if until is None or at <= until)])
        return [Change(last_known_at, is_resolution=True, is_at_known=False)] if last_known_at <= self.as_of else []

    def is_known_at(self, ticket: Ticket, at: datetime) -> bool:
        """Whether anybody can say if the ticket is resolved at an instant."""
        last = next((change for change in reversed(ticket.changes) if change.at <= at), None)
        if last is None:
            return ticket.is_state_known
        return last.is_at_known and self.in_time(last.at, last.is_date, at) is not None

    def resolutions(self, ticket: Ticket) -> list[Resolution]:
        """The resolutions of a ticket whose instant is known."""
        return [resolution for resolution in self.all_resolutions(ticket) if resolution.change.is_at_known]

    def all_resolutions(self, ticket: Ticket) -> list[Resolution]:
        """The same with those at an unknown time, which are at the last that was known of the ticket."""
        resolutions = []
        spell_starts_at = ticket.created_at
        is_start_known = "created_at" not in ticket.row["date_columns"]
        previous_standing_at = None
        for index, change in enumerate(ticket.changes):
            if not change.is_resolution:
                continue
            reopening = ticket.changes[index + 1] if index + 1 < len(ticket.changes) else None
            is_reopened = reopening is not None and reopening.at <= change.at + SEVEN_DAYS
            is_time_known = is_start_known and change.is_at_known and not change.is_date
            resolutions.append(
                Resolution(change.at, change, is_reopened, spell_starts_at, previous_standing_at, is_time_known)
            )
            if reopening is not None and not is_reopened:
                if reopening.at > ticket.created_at:
                    # Whether a resolution at an unknown time stood for a week, nobody knows, nor when the spell began.
                    is_start_known = change.is_at_known and not reopening.is_date
                    spell_starts_at = reopening.at
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
        """When the ticket went from one team to another, or within a team from one person to another.

        That nobody had it in between changes nothing.
        """
        changed_at = []
        holder = None
        team = None
        last_person = None  # kept while a queue of the same or of an unknown team has the ticket
        for assigned_at, agent_id in ticket.assignments:
            if agent_id is None or agent_id == holder:
                continue
            holder = agent_id
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

    def rate(self, currency: str | None, at: datetime) -> Decimal | None:
        """The newest rate on or before the local date, at most 7 days old."""
        if currency is None:
            return None
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
            for name in ("shipped_at", "delivered_at", "cancelled_at"):
                if order[name] is not None:
                    order[name] = self.since(order["ordered_at"], order[name])
            customer = self.customers.get(order["customer_id"])
            order["person"] = self.person_of(order["customer_id"])
            order["country"] = customer["country"] if customer else None
            order["is_test"] = order["is_test"] or bool(customer and customer["is_test"])
            order["is_cancelled"] = order["cancelled_at"] is not None or (
                order["status"] == "cancelled" and "cancelled_at" not in order["later"]
            )
            order["is_valid"] = not (order["is_cancelled"] or order["is_test"])
            order["rate"] = self.rate(order["currency"], order["ordered_at"])
            order["value"] = self.worth(order, order["total_amount"])
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

    def worth(self, order: Row, amount: Decimal | None) -> Decimal | None:
        """What an amount in an order's currency is in that of the reports; None where nobody can say."""
        return None if amount is None or order["rate"] is None else amount * order["rate"]

    def worth_of_lines(self, order: Row, lines: list[Row]) -> Decimal | None:
        """What lines of an order are worth together; None where there are none, or where one has no price."""
        prices = [(line["quantity"], line["unit_price"]) for line in lines if line["quantity"] != 0]
        if not lines or None in (price for _, price in prices):
            return None
        return self.worth(order, sum((quantity * price for quantity, price in prices), Decimal(0)))

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
        paid = [
            Decimal(other["unit_price"]) * rate
            for other, rate in before
            if rate is not None and other["unit_price"] is not None
        ]
        if order["rate"] is None or line["unit_price"] is None or not paid:
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


def valid_tickets(world: World) -> list[Ticket]:
    return [ticket for ticket in world.tickets.values() if ticket.is_valid]


def read_world(
    raw: Raw,
    timezone: str,
    currency: str,
    config: Config,
    as_of: datetime | None = None,
    settings: Settings = USUAL,
) -> World | None:
    """What there is at `as_of`, by default at the newest happening; None where nothing happened.

    Args:
        raw: The rows of the raw tables by table.
        timezone: The reporting zone, an IANA name.
        currency: The reporting currency.
        config: The rows of the seeds by seed.
        as_of: The instant at which the world ends.
        settings: What a brand may set.
    """
    as_of = as_of or max(happened(raw, ZoneInfo(timezone), settings), default=None)
    return None if as_of is None else World(raw, timezone, currency, as_of, config, settings)
