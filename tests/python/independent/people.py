"""Calls, the days of agents, issues, and what people answer when they are asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from independent.conforming import Columns, name_key
from independent.tickets import resolved_spells
from independent.world import (
    LONG_AGO,
    SEVEN_DAYS,
    Kpi,
    Observation,
    Row,
    Stock,
    Ticket,
    World,
    keyed,
    only,
    valid_tickets,
    where,
)

WEEK_UP = ("week", "month", "quarter")
MONTH_UP = ("month", "quarter")

# The scale of a survey that names none.
USUAL_SCALES: dict[str, tuple[float, float]] = {
    "csat": (1, 5),
    "ces": (1, 7),
    "nps": (0, 10),
    "agent_satisfaction": (1, 5),
    "article_helpful": (0, 1),
}

KPIS = {
    "call_wait_time": Kpi("duration"),
    "handle_time": Kpi("duration", grains=WEEK_UP),
    "handle_time_with_wrap_up": Kpi("duration", grains=WEEK_UP),
    "abandonment_rate": Kpi("ratio"),
    "tickets_closed_per_hour": Kpi("ratio", SEVEN_DAYS, sample="numerator"),
    "tickets_handled_per_day": Kpi("ratio"),
    "agent_turnover_rate": Kpi("per_period", grains=MONTH_UP),
    "contacts_to_resolution": Kpi("ratio", SEVEN_DAYS),
    "first_contact_resolution_rate": Kpi("ratio", SEVEN_DAYS),
    "csat_score": Kpi("ratio"),
    "csat_satisfied_rate": Kpi("ratio"),
    "net_promoter_score": Kpi("ratio"),
    "customer_effort_score": Kpi("ratio"),
    "agent_satisfaction": Kpi("confidential", min_respondents=5, grains=MONTH_UP),
    "survey_response_rate": Kpi("ratio", SEVEN_DAYS),
    "article_helpful_rate": Kpi("ratio"),
}


# --------------------------------------------------------------------------------------------------------------- calls


def inbound_calls(world: World) -> list[Row]:
    return [call for call in world.calls if call["direction"] == "inbound"]


def by_call_agent(world: World, call: Row) -> dict[str, str | None]:
    """Agent and team of a call, on the local date of the answer, else of the entry into the queue."""
    day = world.local_date(call["answered_at"] or call["queued_at"])
    agent_id = call["agent_id"]
    return {"agent": keyed(world.person(agent_id, day)), "team": world.team(agent_id, day)}


def call_wait_time(world: World) -> Iterator[Observation]:
    """Queue entry to an agent's answer, of answered inbound calls."""
    for call in inbound_calls(world):
        is_date = not {"queued_at", "answered_at"}.isdisjoint(call["date_columns"])
        if call["answered_at"] is not None and call["answered_at"] >= call["queued_at"] and not is_date:
            seconds = (call["answered_at"] - call["queued_at"]).total_seconds()
            yield Observation(call["answered_at"], where(**by_call_agent(world, call)), numerator=seconds)


def has_bad_order(world: World, call: Row) -> bool:
    """Whether a call ended before it began. What is but a date is not before another time of that day."""
    for name in ("queued_at", "answered_at"):
        if call[name] is not None and call["ended_at"] < call[name]:
            is_date = not {"ended_at", name}.isdisjoint(call["date_columns"])
            if not is_date or world.local_date(call["ended_at"]) < world.local_date(call[name]):
                return True
    return False


def handled_calls(world: World, *more: str) -> Iterator[Observation]:
    """Talk and hold of answered calls that have ended, in both directions, and some more parts of them."""
    for call in world.calls:
        if not call["is_answered"] or call["ended_at"] is None or call["talk_seconds"] is None:
            continue
        if has_bad_order(world, call):
            continue
        # A hold or a wrap-up that is not told was none; one below nothing is no part of a duration.
        seconds = [call[name] or 0 for name in ("talk_seconds", "hold_seconds", *more)]
        if min(seconds) >= 0:
            yield Observation(call["ended_at"], where(**by_call_agent(world, call)), numerator=sum(seconds))


def handle_time(world: World) -> Iterator[Observation]:
    """Talk and hold of answered calls."""
    return handled_calls(world)


def handle_time_with_wrap_up(world: World) -> Iterator[Observation]:
    """The same with wrap-up, where the source tells of any."""
    if world.tells("calls", "wrap_up_seconds"):
        yield from handled_calls(world, "wrap_up_seconds")


def abandonment_rate(world: World) -> Iterator[Observation]:
    """Inbound calls that ended unanswered / inbound calls, where the source tells which were answered."""
    if not world.tells("calls", "answered_at"):
        return
    for call in inbound_calls(world):
        yield Observation(
            call["queued_at"],
            where(queue=call["queue"], topic=call["topic"]),
            numerator=int(call["ended_at"] is not None and not call["is_answered"]),
        )


# -------------------------------------------------------------------------------------------------------- agents' days


def worked_minutes(world: World) -> dict[tuple[str, date], float]:
    """Minutes worked by agent and local day; a day on which nobody knows that the agent worked is not in it."""
    minutes: dict[tuple[str, date], float] = defaultdict(float)
    for shift in world.existing("agent_shifts"):
        is_to_come = shift["shift_date"] > world.local_date(world.as_of) or "starts_at" in shift["later"]
        # A queue works no shifts.
        if not is_to_come and world.person(shift["agent_id"], shift["shift_date"]) is not None:
            minutes[shift["agent_id"], shift["shift_date"]] += shift["worked_minutes"] or 0
    return {agent_day: worked for agent_day, worked in minutes.items() if worked > 0}


def agent_days(world: World, weight: Callable[[float], float]) -> Iterator[Observation]:
    """The days that agents worked, as denominators of what they did on them."""
    for (agent_id, day), minutes in worked_minutes(world).items():
        slices = where(agent=keyed(agent_id), team=world.team(agent_id, day))
        yield Observation(world.starts_at(day), slices, numerator=0, denominator=weight(minutes))


def tickets_closed_per_hour(world: World) -> Iterator[Observation]:
    """Standing resolutions of agents on days that they worked / hours worked."""
    yield from agent_days(world, lambda minutes: minutes / 60)
    worked = worked_minutes(world)
    for ticket, resolution, slices in resolved_spells(world):
        day = world.local_date(resolution.at)
        resolver = world.resolver(ticket, resolution.change)
        is_person = world.person(resolver, day) is not None
        if not resolution.is_reopened and is_person and (resolver, day) in worked:
            yield Observation(resolution.at, only(slices, "agent", "team"), denominator=0)


def tickets_handled_per_day(world: World) -> Iterator[Observation]:
    """Tickets that an agent replied to on a day that they worked, each once a day / days that agents worked."""
    if not world.told("ticket_messages"):
        return
    yield from agent_days(world, lambda minutes: 1)
    worked = worked_minutes(world)
    first_reply: dict[tuple[str, str, date], datetime] = {}
    for ticket in valid_tickets(world):
        for message in ticket.messages:
            is_reply = message["author_type"] == "agent" and message["is_public"]
            if is_reply and message["sent_at"] <= world.as_of:
                key = (message["author_id"], ticket.id, world.local_date(message["sent_at"]))
                first_reply[key] = min(message["sent_at"], first_reply.get(key, message["sent_at"]))
    for (agent_id, _, day), sent_at in first_reply.items():
        if (agent_id, day) in worked:
            slices = where(agent=keyed(agent_id), team=world.team(agent_id, day))
            yield Observation(sent_at, slices, denominator=0)


# ------------------------------------------------------------------------------------------------------------ turnover


def first_happening(world: World) -> datetime | None:
    """When the first thing happened, be it deleted since; what landed before it happened is no news."""
    return min((at for at in world.happened if at <= world.as_of), default=None)


def first_of(day: date, months: int) -> date:
    """The first day of the period of so many months that holds a day."""
    return day.replace(month=(day.month - 1) // months * months + 1, day=1)


def agent_turnover_rate(world: World) -> Iterator[Observation]:
    """Agents who left in the period / mean of the agents there on its first and on its last day."""
    first = first_happening(world)
    if first is None or not world.tells("agents", "hired_on", "left_on"):
        return
    today = world.local_date(world.as_of)
    for agent_id, rows in world.agents.items():
        # Where no row holds yet, the first one tells, but for the team.
        newest = world.version(agent_id, today) or min(rows, key=lambda row: row["valid_from"])
        if newest["is_queue"]:
            continue
        hired_on = newest["hired_on"] or LONG_AGO
        left_on = newest["left_on"]
        if newest["is_deleted"] and left_on is None:
            # Who was deleted left then. One of whom nobody knows when is out.
            if "updated_at" in newest["later"]:
                left_on = None
            elif newest["updated_at"] is None:
                continue
            else:
                left_on = world.local_date(newest["updated_at"])
        # Who has yet to leave is there.
        left_on = left_on if left_on is not None and left_on <= today else None
        for grain, months in (("month", 1), ("quarter", 3)):
            start = first_of(world.local_date(first), months=3)
            while start <= today:
                next_start = first_of(start + timedelta(days=31 * months), months)
                last_day = min(next_start - timedelta(days=1), today)
                for day in (start, last_day):
                    if hired_on <= day and (left_on is None or day <= left_on):
                        slices = where(team=world.team(agent_id, day))
                        yield Observation(world.starts_at(start), slices, 0, denominator=0.5, grain=grain)
                if left_on is not None and start <= left_on <= last_day and hired_on <= left_on:
                    slices = where(team=world.team(agent_id, left_on))
                    yield Observation(world.starts_at(start), slices, 1, denominator=0, grain=grain)
                start = next_start


# -------------------------------------------------------------------------------------------------------------- issues


@dataclass(frozen=True)
class Contact:
    """An inbound ticket, or an inbound call that has no ticket."""

    id: str
    is_call: bool
    starts_at: datetime
    ends_at: datetime | None
    is_end_known: bool
    is_resolved: bool
    issue_id: str | None
    person: str | None
    slices: dict[str, str | None]


def ticket_contact(world: World, ticket: Ticket) -> Contact:
    # A ticket that was resolved at an unknown time goes by its last known event.
    resolution = next((found for found in world.all_resolutions(ticket) if not found.is_reopened), None)
    return Contact(
        id=ticket.id,
        is_call=False,
        starts_at=ticket.created_at,
        ends_at=None if resolution is None else resolution.at,
        is_end_known=resolution is None or resolution.change.is_at_known,
        is_resolved=resolution is not None,
        issue_id=ticket.row["issue_id"],
        person=world.person_of(ticket.row["customer_id"]),
        slices={
            **{name: ticket.row[name] for name in ("topic", "complexity", "channel")},
            "handled_by": None if resolution is None else world.handled_by(ticket, resolution),
        },
    )


def call_contact(world: World, call: Row) -> Contact:
    return Contact(
        id=call["call_id"],
        is_call=True,
        starts_at=call["queued_at"],
        ends_at=call["ended_at"],
        is_end_known=True,
        is_resolved=call["is_answered"] and call["ended_at"] is not None,
        issue_id=None,
        person=world.person_of(call["customer_id"]),
        slices={"topic": call["topic"], "complexity": None, "channel": None, "handled_by": None},
    )


def contacts(world: World) -> list[Contact]:
    """All contacts in the order of time."""
    found = [ticket_contact(world, ticket) for ticket in valid_tickets(world) if ticket.is_inbound]
    found += [call_contact(world, call) for call in inbound_calls(world) if call["ticket_id"] is None]
    return sorted(found, key=lambda contact: (contact.starts_at, contact.is_call, contact.id))


def issues(world: World) -> list[list[Contact]]:
    """The contacts of each issue, in the order of time. A contact without an issue, a person or a topic is of none."""
    named: dict[str, list[Contact]] = defaultdict(list)
    newest: dict[tuple[str, str], list[Contact]] = {}  # the issue that a person's next contact on a topic may join
    found: list[list[Contact]] = []
    for contact in contacts(world):
        if contact.issue_id is not None:
            named[contact.issue_id].append(contact)
            continue
        topic = contact.slices["topic"]
        if contact.person is None or topic is None:
            continue  # nobody knows what it would be joined to
        issue = newest.get((contact.person, topic))
        if issue is not None and joins(contact, issue):
            issue.append(contact)
        else:
            newest[contact.person, topic] = [contact]
            found.append(newest[contact.person, topic])
    return [*found, *named.values()]


def joins(contact: Contact, issue: list[Contact]) -> bool:
    """Whether a contact follows those of an issue closely enough. While one of them has no end, all do."""
    ends = [earlier.ends_at for earlier in issue]
    return None in ends or contact.starts_at <= max(ends) + SEVEN_DAYS


def is_resolved(issue: list[Contact]) -> bool:
    tickets = [contact for contact in issue if not contact.is_call]
    return all(ticket.is_resolved for ticket in tickets) if tickets else issue[-1].is_resolved


def resolved_issues(world: World) -> Iterator[tuple[datetime, int, dict[str, str | None]]]:
    """When each resolved issue ended, the number of its contacts, and its slices."""
    for issue in issues(world):
        if is_resolved(issue) and all(contact.is_end_known for contact in issue):
            ended_at = max(contact.ends_at for contact in issue if contact.ends_at is not None)
            slices = {
                name: next((contact.slices[name] for contact in issue if contact.slices[name] is not None), None)
                for name in ("topic", "complexity", "channel", "handled_by")
            }
            yield ended_at, len(issue), slices


def contacts_to_resolution(world: World) -> Iterator[Observation]:
    """Contacts of resolved issues / resolved issues."""
    for ended_at, count, slices in resolved_issues(world):
        yield Observation(ended_at, only(slices, "topic", "complexity"), numerator=count)


def first_contact_resolution_rate(world: World) -> Iterator[Observation]:
    """Resolved issues of one contact / resolved issues."""
    for ended_at, count, slices in resolved_issues(world):
        yield Observation(ended_at, only(slices, "topic", "channel", "handled_by"), numerator=int(count == 1))


# ------------------------------------------------------------------------------------------------------------- surveys


@dataclass(frozen=True)
class Reading:
    """How an answer is read: a number on a scale that is known, turned so that more is better."""

    score: float
    lowest: float
    highest: float
    scale: Row


@dataclass(frozen=True)
class Survey:
    """A survey that counts. Without a reading its answer, if it has one, is on an unknown scale or off its scale."""

    row: Row
    ticket: Ticket | None
    has_answer: bool
    reading: Reading | None

    @property
    def kind(self) -> str:
        return self.row["survey_type"]

    @property
    def sent_at(self) -> datetime | None:
        return self.row["sent_at"]

    @property
    def responded_at(self) -> datetime | None:
        return self.row["responded_at"]

    @property
    def is_answered(self) -> bool:
        return self.responded_at is not None and self.has_answer


@dataclass(frozen=True)
class Answer:
    """An answer that can be read."""

    survey: Survey
    at: datetime
    reading: Reading

    def mapped(self, lowest: float, highest: float) -> float:
        """The answer on another scale."""
        own = self.reading
        return lowest + (own.score - own.lowest) * (highest - lowest) / (own.highest - own.lowest)

    def is_satisfied(self) -> bool | None:
        """Whether the answer is a satisfied one; None on a scale that does not say from where on."""
        least = self.reading.scale["satisfied_min"]
        return None if least is None else self.reading.score >= least

    def promotes(self) -> int | None:
        """1 for a promoter, -1 for a detractor; None on a scale without these limits."""
        promoter_min, detractor_max = self.reading.scale["promoter_min"], self.reading.scale["detractor_max"]
        if promoter_min is None or detractor_max is None:
            return None
        return int(self.reading.score >= promoter_min) - int(self.reading.score <= detractor_max)


def words(scale: Row) -> dict[str, float | None]:
    """The words of a scale with their points; a word without points is of somebody who has not answered."""
    pairs = [pair.split("=") for pair in (scale.get("words") or "").split("|") if pair]
    return {name_key(word): float(points) if points.strip() else None for word, points in pairs}


def all_surveys(world: World, kind: str) -> list[Row]:
    """The rows of surveys of a kind that are not deleted, be they of later."""
    rows = world.rows.get("survey_responses", [])
    return [row for row in rows if row["survey_type"] == kind and not row["is_deleted"]]


def disproved_scales(world: World) -> set[str]:
    """The kinds of which more than one in ten of the scores without a scale lie off the usual one."""
    disproved = set()
    for kind, (lowest, highest) in USUAL_SCALES.items():
        scores = [
            row["score"]
            for row in all_surveys(world, kind)
            if row["score"] is not None and row["scale_min"] is None and row["scale_max"] is None
        ]
        if 10 * sum(not lowest <= score <= highest for score in scores) > len(scores):
            disproved.add(kind)
    return disproved


def read_survey(world: World, row: Row, disproved: set[str]) -> Survey:
    """A survey with its answer, if it has one, and how that is read."""
    kind = row["survey_type"]
    ticket = world.ticket_of(row["ticket_id"])
    scales = [scale for scale in world.config.get("survey_scales", []) if scale["survey_type"] == kind]
    score, lowest, highest = row["score"], row["scale_min"], row["scale_max"]
    if row["score_word"] is not None:
        word = name_key(row["score_word"])
        scale = next((scale for scale in scales if word in words(scale)), None)
        if scale is None:
            return Survey(row, ticket, has_answer=True, reading=None)
        score, lowest, highest = words(scale)[word], scale["scale_min"], scale["scale_max"]
    elif score is not None and lowest is None and highest is None and kind in disproved:
        return Survey(row, ticket, has_answer=True, reading=None)
    if score is None:
        return Survey(row, ticket, has_answer=False, reading=None)
    lowest = USUAL_SCALES[kind][0] if lowest is None else lowest
    highest = USUAL_SCALES[kind][1] if highest is None else highest
    scale = next((scale for scale in scales if (scale["scale_min"], scale["scale_max"]) == (lowest, highest)), None)
    if scale is None or not lowest <= score <= highest:
        return Survey(row, ticket, has_answer=True, reading=None)
    turned = lowest + highest - score if scale["is_reversed"] else score
    return Survey(row, ticket, has_answer=True, reading=Reading(turned, lowest, highest, scale))


def surveys(world: World) -> list[Survey]:
    disproved = disproved_scales(world)
    counting = [
        row
        for row in world.existing("survey_responses")
        if not (world.is_of_test_customer(row) or world.is_on_excluded_ticket(row))
    ]
    return [read_survey(world, on_one_clock(world, row), disproved) for row in counting]


def on_one_clock(world: World, row: Row) -> Row:
    """A survey whose answer is no earlier than its sending, where only two clocks differ."""
    if row["sent_at"] is None or row["responded_at"] is None:
        return row
    return Columns({**row, "responded_at": world.since(row["sent_at"], row["responded_at"])})


def answers(world: World, kind: str) -> list[Answer]:
    """All answers of a kind that can be read."""
    return [
        Answer(survey, survey.responded_at, survey.reading)
        for survey in surveys(world)
        if survey.kind == kind and survey.reading is not None and survey.responded_at is not None
    ]


def newest_answers(world: World, kind: str) -> list[Answer]:
    """The newest answer per ticket; without a ticket, per person and local day; without either, each."""
    newest: dict[tuple[object, ...], Answer] = {}
    for answer in answers(world, kind):
        survey = answer.survey
        person = world.person_of(survey.row["customer_id"])
        about: tuple[object, ...]
        if survey.ticket is not None:
            about = ("ticket", survey.ticket.id)
        elif person is not None:
            about = ("person", person, world.local_date(answer.at))
        else:
            about = ("survey", survey.row["survey_id"])
        other = newest.get(about)
        if other is None or (other.at, other.survey.row["survey_id"]) < (answer.at, survey.row["survey_id"]):
            newest[about] = answer
    return list(newest.values())


def survey_slices(world: World, survey: Survey, at: datetime) -> dict[str, str | None]:
    """Every slice that a KPI of surveys may have, as of the answer or the sending."""
    row, ticket = survey.row, survey.ticket
    agent_id, day = row["agent_id"], world.local_date(at)
    handled_by = None
    if ticket is not None:
        # What happens at one instant is in this order: the resolution, the survey that it sends.
        before = [resolution for resolution in world.all_resolutions(ticket) if resolution.at <= at]
        if agent_id is None and before:
            agent_id = world.resolver(ticket, before[-1].change)
            day = world.local_date(before[-1].at)  # the team is the one in which it was resolved
        handled_by = world.handled_by(ticket, before[-1]) if before else handled_by_until(ticket, at)
    # Who was asked is the survey's own customer, be it one that nobody knows, else that of the ticket.
    if row["customer_id"] is not None:
        asked = world.customers.get(row["customer_id"])
    else:
        asked = None if ticket is None else ticket.customer
    return {
        "agent": keyed(world.person(agent_id, day)),
        "team": world.team(agent_id, day),
        "handled_by": handled_by,
        "country": asked["country"] if asked is not None else None,
        "survey_scope": "brand" if ticket is None else "ticket",
        "survey_type": survey.kind,
        **{name: None if ticket is None else ticket.row[name] for name in ("channel", "complexity", "topic")},
    }


def handled_by_until(ticket: Ticket, at: datetime) -> str | None:
    """Who sent replies and automated replies up to an instant."""
    public = [message for message in ticket.messages if message["sent_at"] <= at and message["is_public"]]
    by_agent = any(message["author_type"] == "agent" for message in public)
    by_automation = any(
        message["author_type"] == "automation" and not message["is_acknowledgement"] for message in public
    )
    if by_agent and by_automation:
        return "both"
    return "agent" if by_agent else "automation" if by_automation else None


CSAT_SLICES = ("channel", "agent", "team", "complexity", "topic", "handled_by", "survey_scope")


def csat_score(world: World) -> Iterator[Observation]:
    """Answers mapped on 1 to 5."""
    for answer in newest_answers(world, "csat"):
        slices = survey_slices(world, answer.survey, answer.at)
        yield Observation(answer.at, only(slices, *CSAT_SLICES), numerator=answer.mapped(1, 5))


def csat_satisfied_rate(world: World) -> Iterator[Observation]:
    """Satisfied answers / answers."""
    for answer in newest_answers(world, "csat"):
        slices = survey_slices(world, answer.survey, answer.at)
        if (is_satisfied := answer.is_satisfied()) is not None:
            yield Observation(answer.at, only(slices, *CSAT_SLICES), numerator=int(is_satisfied))


def net_promoter_score(world: World) -> Iterator[Observation]:
    """100 x (promoters - detractors) / answers."""
    for answer in newest_answers(world, "nps"):
        slices = only(survey_slices(world, answer.survey, answer.at), "channel", "country", "survey_scope")
        if (promotes := answer.promotes()) is not None:
            yield Observation(answer.at, slices, numerator=100 * promotes)


def customer_effort_score(world: World) -> Iterator[Observation]:
    """Answers mapped on 1 to 7, where 7 is very easy."""
    for answer in newest_answers(world, "ces"):
        slices = survey_slices(world, answer.survey, answer.at)
        yield Observation(answer.at, only(slices, "channel", "agent", "team"), numerator=answer.mapped(1, 7))


def agent_satisfaction(world: World) -> Iterator[Observation]:
    """All answers of agents mapped on 1 to 5. An answer without an agent is a respondent of its own."""
    for answer in answers(world, "agent_satisfaction"):
        row = answer.survey.row
        day = world.local_date(answer.at)
        yield Observation(
            answer.at,
            where(team=world.team(row["agent_id"], day), survey_dimension=row["survey_dimension"]),
            numerator=answer.mapped(1, 5),
            subject=f"agent {row['agent_id']}" if row["agent_id"] is not None else f"survey {row['survey_id']}",
        )


def tells_of_the_unanswered(world: World, kind: str) -> bool:
    """Whether the source has any survey of a kind that nobody answered, be it later; else it tells of answers alone.

    Somebody who answered without a score answered all the same.
    """
    return any(
        row["score_word"] is not None or row["responded_at"] is None
        for row in all_surveys(world, kind)
        if not read_survey(world, row, set()).has_answer
    )


def survey_response_rate(world: World) -> Iterator[Observation]:
    """Customer surveys answered within 7 days / customer surveys sent."""
    asks = {kind: tells_of_the_unanswered(world, kind) for kind in USUAL_SCALES}
    for survey in surveys(world):
        # Whether an answer without a time came within the week, nobody knows; one that is still to come has a time.
        is_timeless = survey.responded_at is None and "responded_at" not in survey.row["later"]
        is_unknown = survey.has_answer and is_timeless
        if survey.kind == "agent_satisfaction" or is_unknown or survey.sent_at is None or not asks[survey.kind]:
            continue
        is_in_time = survey.is_answered and survey.sent_at <= survey.responded_at <= survey.sent_at + SEVEN_DAYS
        slices = survey_slices(world, survey, survey.sent_at)
        yield Observation(survey.sent_at, only(slices, "channel", "team", "survey_type"), numerator=int(is_in_time))


def article_helpful_rate(world: World) -> Iterator[Observation]:
    """Answers of yes to "did this solve it" / answers."""
    topics = {row["article_id"]: row["topic"] for row in world.existing("articles")}
    for answer in answers(world, "article_helpful"):
        article_id = answer.survey.row["article_id"]
        slices = where(article=keyed(article_id), topic=topics.get(article_id))
        if (is_satisfied := answer.is_satisfied()) is not None:
            yield Observation(answer.at, slices, numerator=int(is_satisfied))


OBSERVATIONS: dict[str, Callable[[World], Iterator[Observation]]] = {
    "call_wait_time": call_wait_time,
    "handle_time": handle_time,
    "handle_time_with_wrap_up": handle_time_with_wrap_up,
    "abandonment_rate": abandonment_rate,
    "tickets_closed_per_hour": tickets_closed_per_hour,
    "tickets_handled_per_day": tickets_handled_per_day,
    "agent_turnover_rate": agent_turnover_rate,
    "contacts_to_resolution": contacts_to_resolution,
    "first_contact_resolution_rate": first_contact_resolution_rate,
    "csat_score": csat_score,
    "csat_satisfied_rate": csat_satisfied_rate,
    "net_promoter_score": net_promoter_score,
    "customer_effort_score": customer_effort_score,
    "agent_satisfaction": agent_satisfaction,
    "survey_response_rate": survey_response_rate,
    "article_helpful_rate": article_helpful_rate,
}

STOCKS: dict[str, Stock] = {}
