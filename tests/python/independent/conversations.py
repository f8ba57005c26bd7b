"""What customers asked and who answered: turns, replies, times to reply, deadlines and opening hours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from independent.tickets import resolved_spells
from independent.world import (
    GRAINS,
    SEVEN_DAYS,
    Kpi,
    Observation,
    Row,
    Stock,
    Ticket,
    Where,
    World,
    keyed,
    lower,
    only,
    valid_tickets,
    where,
)

DAY = timedelta(days=1)
THREE_DAYS = timedelta(hours=72)
# At one instant a customer's message comes before an answer by voice, that before a reply, and a reply before a status
# change.
MESSAGE, VOICE, REPLY, STATUS = range(4)


@dataclass(frozen=True)
class Spoken:
    """An answer by voice."""

    at: datetime
    is_date: bool


@dataclass
class Turn:
    """What a customer asked, until somebody answered or the ticket was resolved without an answer."""

    is_first: bool
    begins_at: datetime
    is_begin_date: bool  # nobody knows at what time of that day
    reply: Row | None = None
    replied_at: datetime | None = None
    closed_at: datetime | None = None
    no_reply_needed_at: list[datetime] = field(default_factory=list)  # when something said that it needs none
    spoken: list[Spoken] = field(default_factory=list)  # answered calls in place of a reply

    def needs_no_reply(self, has_happened: Callable[[datetime], bool]) -> bool:
        return any(has_happened(at) for at in self.no_reply_needed_at)

    def is_spoken_to(self, has_happened: Callable[[datetime], bool]) -> bool:
        return any(has_happened(spoken.at) for spoken in self.spoken)

    def is_closed(self, has_happened: Callable[[datetime], bool]) -> bool:
        return self.closed_at is not None and has_happened(self.closed_at)

    @property
    def seconds(self) -> float | None:
        """The wait for the reply; None where the data do not say."""
        if self.reply is None or self.is_begin_date or "sent_at" in self.reply["date_columns"]:
            return None
        return (self.replied_at - self.begins_at).total_seconds()


# ------------------------------------------------------------------------------------------------- messages and turns


def has_messages(world: World) -> bool:
    """Whether the source tells of messages at all; where it does not, nobody can say who was answered."""
    return bool(world.told("ticket_messages"))


def messages(world: World, ticket: Ticket) -> list[Row]:
    """The ticket's messages that have been sent, in order; those of the tickets merged into it are among them."""
    sent = [message for message in ticket.messages if message["sent_at"] <= world.as_of]
    return sorted(sent, key=lambda message: (message["sent_at"], message["message_id"]))


def is_customer_message(message: Row) -> bool:
    return message["author_type"] == "customer" and message["is_public"]


def is_reply(message: Row) -> bool:
    return message["author_type"] == "agent" and message["is_public"]


def is_automated_reply(message: Row) -> bool:
    return message["author_type"] == "automation" and message["is_public"] and not message["is_acknowledgement"]


def replies(world: World, ticket: Ticket) -> list[Row]:
    return [message for message in messages(world, ticket) if is_reply(message)]


def turns(world: World, ticket: Ticket) -> list[Turn]:
    """The ticket's turns in order."""
    said = [message for message in messages(world, ticket) if is_customer_message(message)]
    # A reply before the ticket ends nothing, unless two clocks differ by that much.
    answered = [(world.since(ticket.created_at, message["sent_at"]), message) for message in replies(world, ticket)]
    answered = [(at, message) for at, message in answered if at >= ticket.created_at]

    steps = [(message["sent_at"], MESSAGE, message["message_id"], message) for message in said]
    steps += [(call["answered_at"], VOICE, call["call_id"], call) for call in ticket.answers_by_voice]
    steps += [(at, REPLY, message["message_id"], message) for at, message in answered]
    steps += [(change.at, STATUS, "", change) for change in ticket.changes if change.is_resolution]
    steps.sort(key=lambda step: step[:3])

    found: list[Turn] = []
    waiting: Turn | None = None
    early: list[Spoken] = []  # answers by voice before the first turn: the ticket was made from the call
    first_answer_at = min((at for at, _ in answered), default=None)
    is_asked = any(first_answer_at is None or message["sent_at"] <= first_answer_at for message in said)
    if ticket.is_inbound and not is_asked:
        # The question came in some other way: nothing but a resolution can come between it and the first reply.
        waiting = Turn(True, ticket.created_at, "created_at" in ticket.row["date_columns"])
        found.append(waiting)
    for at, kind, _, step in steps:
        if kind == MESSAGE:
            if waiting is None:
                waiting = Turn(not found, at, "sent_at" in step["date_columns"])
                found.append(waiting)
            if step["no_reply_needed"]:
                waiting.no_reply_needed_at.append(at)
        elif kind == VOICE:
            spoken = Spoken(at, "answered_at" in step["date_columns"])
            if waiting is not None:
                waiting.spoken.append(spoken)
            elif not found:
                early.append(spoken)
        elif waiting is not None and at >= waiting.begins_at:
            if kind == REPLY:
                waiting.reply, waiting.replied_at = step, at
            else:
                waiting.closed_at = at
                if step.actor_type == "customer":
                    waiting.no_reply_needed_at.append(at)
            waiting = None
    if found:
        found[0].spoken += early
    return found


def inbound_turns(world: World) -> Iterator[tuple[Ticket, Turn]]:
    """The turns of valid tickets that customers began."""
    if has_messages(world):
        for ticket in valid_tickets(world):
            if ticket.is_inbound:
                for turn in turns(world, ticket):
                    yield ticket, turn


def reply_slices(world: World, ticket: Ticket, reply: Row) -> dict[str, str | None]:
    """Every slice that a KPI of replies may have: who replied, and what the ticket is."""
    day = world.local_date(reply["sent_at"])
    return {
        "agent": keyed(world.person(reply["author_id"], day)),
        "team": world.team(reply["author_id"], day),
        **{name: ticket.row[name] for name in ("channel", "complexity", "topic", "marketplace")},
    }


# ------------------------------------------------------------------------------------------------------ opening hours


def is_policy_of(policy: Row, ticket: Ticket, day: date) -> bool:
    """Whether a policy is for a ticket that was created on a local date; what it does not name may be anything."""
    names = all(policy[name] in (None, ticket.row[name]) for name in ("channel", "marketplace", "priority"))
    is_valid = (policy["valid_from"] is None or policy["valid_from"] <= day) and (
        policy["valid_to"] is None or day < policy["valid_to"]
    )
    return names and is_valid and lower(policy["metric"]) == "first_response"


def sla_policy(world: World, ticket: Ticket) -> Row | None:
    """The most specific policy: more names first; with as many, a marketplace before a channel before a priority."""
    day = world.local_date(ticket.created_at)
    fitting = [policy for policy in world.config["sla_policies"] if is_policy_of(policy, ticket, day)]

    def names(policy: Row) -> tuple[int, list[bool]]:
        named = [policy[name] is not None for name in ("marketplace", "channel", "priority")]
        return sum(named), named

    return max(fitting, key=names, default=None)


def calendar_of(world: World, ticket: Ticket) -> str:
    policy = sla_policy(world, ticket)
    return (lower(policy["calendar"]) if policy is not None else None) or "default"


def local_instant(zone: ZoneInfo, day: date, minutes: int) -> datetime:
    """The instant of a local time. One that comes twice is the first, a skipped one is moved on by the gap."""
    # Both is what an aware datetime with fold 0 means.
    wall = datetime(day.year, day.month, day.day) + timedelta(minutes=minutes)  # noqa: DTZ001
    return wall.replace(tzinfo=zone).astimezone(UTC)


def minutes_of(time_of_day: str) -> int:
    hours, minutes = time_of_day.strip().split(":")[:2]
    return int(hours) * 60 + int(minutes)


def openings(world: World, calendar: str, begins_at: datetime, ends_at: datetime) -> list[tuple[datetime, datetime]]:
    """The stretches in which a calendar is open between two instants, in order, none touching another."""
    hours = [row for row in world.config["business_hours"] if lower(row["calendar"]) == calendar]
    holidays = {row["holiday_date"] for row in world.config["holidays"] if lower(row["calendar"]) == calendar}
    found = []
    # A zone is never more than a day away from UTC, and hours end on the day after the one on which they begin.
    day = begins_at.date() - 3 * DAY
    while day <= ends_at.date() + 3 * DAY:
        for row in hours:
            if row["iso_weekday"] != day.isoweekday() or day in holidays:
                continue
            zone = ZoneInfo(row["timezone"].strip())
            if local_instant(zone, day, 0).astimezone(zone).date() != day:
                continue  # a date that the zone left out has no hours
            opens, closes = minutes_of(row["opens_at"]), minutes_of(row["closes_at"])
            if closes <= opens:
                closes += 24 * 60
            opens_at = max(local_instant(zone, day, opens), begins_at)
            closes_at = min(local_instant(zone, day, closes), ends_at)
            if opens_at < closes_at:
                found.append((opens_at, closes_at))
        day += DAY
    joined: list[tuple[datetime, datetime]] = []
    for opens_at, closes_at in sorted(found):
        if joined and opens_at <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], closes_at))
        else:
            joined.append((opens_at, closes_at))
    return joined


def business_seconds(world: World, calendar: str, begins_at: datetime, ends_at: datetime) -> float:
    """Seconds between two instants within opening hours."""
    stretches = openings(world, calendar, begins_at, ends_at)
    return sum((closes_at - opens_at).total_seconds() for opens_at, closes_at in stretches)


def business_deadline(world: World, calendar: str, begins_at: datetime, target: timedelta) -> datetime | None:
    """The first instant at which the target has passed in opening hours; None where it has not by `as_of`."""
    left = target
    for opens_at, closes_at in openings(world, calendar, begins_at, world.as_of):
        if closes_at - opens_at >= left:
            return opens_at + left
        left -= closes_at - opens_at
    return None


# -------------------------------------------------------------------------------------------------------- observations


def first_response_time(world: World) -> Iterator[Observation]:
    """The wait of answered first turns."""
    for ticket, turn in inbound_turns(world):
        if turn.is_first and turn.reply is not None and turn.seconds is not None:
            yield Observation(turn.replied_at, where(**reply_slices(world, ticket, turn.reply)), numerator=turn.seconds)


def first_response_time_business(world: World) -> Iterator[Observation]:
    """The same within the opening hours of the ticket's calendar."""
    for ticket, turn in inbound_turns(world):
        if turn.is_first and turn.reply is not None and turn.seconds is not None:
            yield Observation(
                turn.replied_at,
                where(**reply_slices(world, ticket, turn.reply)),
                numerator=business_seconds(world, calendar_of(world, ticket), turn.begins_at, turn.replied_at),
            )


def automated_first_response_time(world: World) -> Iterator[Observation]:
    """From the creation of an inbound ticket to its first automated reply; one before the creation is no duration."""
    if not world.tells("ticket_messages", "is_acknowledgement"):
        return  # any of them may be an acknowledgement
    for ticket in valid_tickets(world):
        automated = [message for message in messages(world, ticket) if is_automated_reply(message)]
        if not ticket.is_inbound or not automated:
            continue
        at = world.since(ticket.created_at, automated[0]["sent_at"])
        is_date = "created_at" in ticket.row["date_columns"] or "sent_at" in automated[0]["date_columns"]
        if at >= ticket.created_at and not is_date:
            yield Observation(
                at, where(channel=ticket.row["channel"]), numerator=(at - ticket.created_at).total_seconds()
            )


def response_time(world: World) -> Iterator[Observation]:
    """The wait of every answered turn."""
    for ticket, turn in inbound_turns(world):
        if turn.reply is not None and turn.seconds is not None:
            yield Observation(
                turn.replied_at,
                where(
                    **reply_slices(world, ticket, turn.reply),
                    turn="first" if turn.is_first else "follow_up",
                ),
                numerator=turn.seconds,
            )


def resolution_time_business(world: World) -> Iterator[Observation]:
    """From the start of a spell to its standing resolution, within the opening hours of the ticket's calendar."""
    for ticket, resolution, slices in resolved_spells(world):
        if not resolution.is_reopened and resolution.seconds is not None:
            calendar = calendar_of(world, ticket)
            yield Observation(
                resolution.at,
                only(slices, "channel", "agent", "team", "complexity", "topic", "marketplace", "handled_by"),
                numerator=business_seconds(world, calendar, resolution.spell_starts_at, resolution.at),
            )


def answered_in_time(world: World, turn: Turn, due_at: datetime) -> bool | None:
    """Whether somebody replied or spoke to the customer by a deadline; None where a date alone does not say so."""
    answers = [] if turn.replied_at is None else [(turn.replied_at, "sent_at" in turn.reply["date_columns"])]
    answers += [(spoken.at, spoken.is_date) for spoken in turn.spoken]
    verdicts = {world.in_time(at, is_date, due_at) for at, is_date in answers}
    return True if True in verdicts else None if None in verdicts else False


def judged(world: World, turn: Turn, due_at: datetime) -> int | None:
    """1 for a turn that was answered by its deadline, 0 for one that still waited then, None for one that is neither.

    Neither needed no reply or was closed by then without an answer, or nobody knows.
    """
    if due_at > world.as_of or turn.is_begin_date or turn.needs_no_reply(lambda at: at <= due_at):
        return None
    is_in_time = answered_in_time(world, turn, due_at)
    if is_in_time is None or (not is_in_time and turn.is_closed(lambda at: at <= due_at)):
        return None
    return int(is_in_time)


def first_response_sla_rate(world: World) -> Iterator[Observation]:
    """First turns answered by their deadline / first turns that were answered or still waited then."""
    for ticket, turn in inbound_turns(world):
        policy = sla_policy(world, ticket)
        if not turn.is_first or policy is None:
            continue
        target = timedelta(seconds=policy["target_seconds"])
        if lower(policy["clock"]) == "business":
            due_at = business_deadline(world, calendar_of(world, ticket), turn.begins_at, target)
        else:
            due_at = turn.begins_at + target
        if due_at is None or (is_in_time := judged(world, turn, due_at)) is None:
            continue
        assignee = ticket.assignee(lambda at, due_at=due_at: at <= due_at)
        yield Observation(
            due_at,
            where(
                channel=ticket.row["channel"],
                team=world.team(assignee, world.local_date(due_at)),
                priority=ticket.row["priority"],
                marketplace=ticket.row["marketplace"],
            ),
            numerator=is_in_time,
        )


def message_sla_rate(world: World) -> Iterator[Observation]:
    """Turns of marketplace tickets answered within 24 h / those that were, or still waited then."""
    for ticket, turn in inbound_turns(world):
        due_at = turn.begins_at + DAY
        if ticket.row["marketplace"] is not None and (is_in_time := judged(world, turn, due_at)) is not None:
            yield Observation(due_at, where(marketplace=ticket.row["marketplace"]), numerator=is_in_time)


def unanswered_tickets(world: World, day: date, ends_at: datetime) -> Iterator[tuple[Where, float]]:
    """Inbound tickets whose first turn has begun, with 1 while it waits for an answer just before the day's end.

    A customer may have asked before the ticket was created; a ticket that does not exist yet waits for nothing.
    """

    def has_happened(at: datetime | None) -> bool:
        return at is not None and at < ends_at

    for ticket, turn in inbound_turns(world):
        if turn.is_first and has_happened(turn.begins_at) and has_happened(ticket.created_at):
            is_over = has_happened(turn.replied_at) or turn.is_closed(has_happened) or turn.is_spoken_to(has_happened)
            yield (
                where(**{name: ticket.row[name] for name in ("channel", "complexity", "topic", "marketplace")}),
                int(not is_over and not turn.needs_no_reply(has_happened)),
            )


def template_usage_rate(world: World) -> Iterator[Observation]:
    """Replies written from a template / replies."""
    if not world.tells("ticket_messages", "template_id"):
        return
    for ticket in valid_tickets(world):
        for reply in replies(world, ticket):
            slices = reply_slices(world, ticket, reply)
            template = reply["template_id"]
            by_template = [] if template is None else [("template", keyed(template))]
            yield Observation(
                reply["sent_at"],
                [*only(slices, "agent", "team", "channel"), *by_template],
                numerator=int(template is not None),
            )


def single_reply_resolution_rate(world: World) -> Iterator[Observation]:
    """Inbound tickets that 7 days after their creation are resolved, with one reply so far and never reopened."""
    if not has_messages(world):
        return
    for ticket in valid_tickets(world):
        if not ticket.is_inbound:
            continue
        ends_at = ticket.created_at + SEVEN_DAYS
        if not world.is_known_at(ticket, ends_at):
            continue
        resolution = ticket.resolution_in_force(lambda at, ends_at=ends_at: at <= ends_at)
        is_reopened = any(not change.is_resolution and change.at <= ends_at for change in ticket.changes)
        answers = [reply for reply in replies(world, ticket) if reply["sent_at"] <= ends_at]
        assignee = ticket.assignee(lambda at, ends_at=ends_at: at <= ends_at)
        yield Observation(
            ticket.created_at,
            where(
                channel=ticket.row["channel"],
                # In a window that is still open, the team is that of today.
                team=world.team(assignee, world.local_date(min(ends_at, world.as_of))),
                complexity=ticket.row["complexity"],
                topic=ticket.row["topic"],
            ),
            numerator=int(resolution is not None and not is_reopened and len(answers) == 1),
        )


def standing_spells(world: World) -> Iterator[tuple[Ticket, datetime, Callable[[datetime], bool]]]:
    """Standing resolutions: the ticket, the instant, and what says whether an instant is in the spell."""
    for ticket in valid_tickets(world):
        for resolution in world.resolutions(ticket):
            if not resolution.is_reopened:

                def is_in_spell(at: datetime, resolution=resolution) -> bool:
                    after = resolution.previous_standing_at
                    return at <= resolution.at and (after is None or at > after)

                yield ticket, resolution.at, is_in_spell


def customer_turns_to_resolution(world: World) -> Iterator[Observation]:
    """Turns of the spells that ended with a standing resolution and had any."""
    if not has_messages(world):
        return
    for ticket, resolved_at, is_in_spell in standing_spells(world):
        count = sum(is_in_spell(turn.begins_at) for turn in turns(world, ticket))
        if count:
            yield Observation(
                resolved_at,
                where(**{name: ticket.row[name] for name in ("channel", "complexity", "topic")}),
                numerator=count,
            )


def contacts(world: World) -> Iterator[tuple[str | None, datetime, Ticket | None]]:
    """Whoever got in touch when: valid tickets and calls, in both directions, with the ticket that it is."""
    for ticket in valid_tickets(world):
        yield world.person_of(ticket.row["customer_id"]), ticket.created_at, ticket
    for call in world.calls:
        yield world.person_of(call["customer_id"]), call["queued_at"], None


def automated_resolution_rate(world: World) -> Iterator[Observation]:
    """Spells with an automated reply, no answer of a human and no further contact within 72 h / standing resolutions.

    Where no message says whether it is an acknowledgement, those that may be automated are left out.
    """
    if not has_messages(world):
        return
    everybody = list(contacts(world))
    is_told = world.tells("ticket_messages", "is_acknowledgement")
    for ticket, resolved_at, is_in_spell in standing_spells(world):
        in_spell = [message for message in messages(world, ticket) if is_in_spell(message["sent_at"])]
        person = world.person_of(ticket.row["customer_id"])
        came_back = any(
            who == person is not None and resolved_at < at <= resolved_at + THREE_DAYS and what is not ticket
            for who, at, what in everybody
        )
        is_spoken_to = any(is_in_spell(call["answered_at"]) for call in ticket.answers_by_voice)
        is_automated = any(map(is_automated_reply, in_spell)) and not any(map(is_reply, in_spell))
        if is_told or not is_automated:
            yield Observation(
                resolved_at,
                where(channel=ticket.row["channel"], topic=ticket.row["topic"]),
                numerator=int(is_automated and not is_spoken_to and not came_back),
            )


def social_tickets(world: World) -> Iterator[Observation]:
    """Valid tickets from channels of social networks."""
    social = {row["channel"] for row in world.config["channels"] if row["is_social"]}
    for ticket in valid_tickets(world):
        if ticket.row["channel"] in social:
            yield Observation(ticket.created_at, where(channel=ticket.row["channel"]))


KPIS: dict[str, Kpi] = {
    "first_response_time": Kpi("duration"),
    "first_response_time_business": Kpi("duration"),
    "automated_first_response_time": Kpi("duration"),
    "response_time": Kpi("duration"),
    "resolution_time_business": Kpi("duration", SEVEN_DAYS),
    "first_response_sla_rate": Kpi("ratio"),
    "message_sla_rate": Kpi("ratio"),
    "unanswered_tickets": Kpi("stock"),
    "template_usage_rate": Kpi("ratio", shares=("template",)),
    "single_reply_resolution_rate": Kpi("ratio", SEVEN_DAYS),
    "customer_turns_to_resolution": Kpi("ratio", SEVEN_DAYS),
    "automated_resolution_rate": Kpi("ratio", SEVEN_DAYS),
    "social_tickets": Kpi("count", grains=("hour", *GRAINS)),
}

OBSERVATIONS: dict[str, Callable[[World], Iterator[Observation]]] = {
    "first_response_time": first_response_time,
    "first_response_time_business": first_response_time_business,
    "automated_first_response_time": automated_first_response_time,
    "response_time": response_time,
    "resolution_time_business": resolution_time_business,
    "first_response_sla_rate": first_response_sla_rate,
    "message_sla_rate": message_sla_rate,
    "template_usage_rate": template_usage_rate,
    "single_reply_resolution_rate": single_reply_resolution_rate,
    "customer_turns_to_resolution": customer_turns_to_resolution,
    "automated_resolution_rate": automated_resolution_rate,
    "social_tickets": social_tickets,
}

STOCKS: dict[str, Stock] = {
    "unanswered_tickets": unanswered_tickets,
}
