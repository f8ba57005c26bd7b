"""Known cases of what real logs of tickets and calls are like, with the cells worked out by hand.

Logs begin late, statuses and times are not told, somebody answers by voice or solves without a word, nobody has a
ticket, clocks differ, and dates have no time.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from independent.cases import DAY, HOUR, LANDING, MONDAY, NOON, Case, assigned, status_event, tables, ticket
from independent.cases_conversations import MINUTE, SECOND, automated, policy, reply, said
from independent.cases_people import contact, solved
from independent.world import Row

WEEK = 7 * DAY
MICROSECOND = timedelta(microseconds=1)
MIDNIGHT = NOON - 12 * HOUR
SPOKEN = {"talk_seconds": 60}


def call(call_id: str, ticket_id: str | None, queued_at: datetime, answered_at: datetime | None, **columns: Any) -> Row:
    """A call that ends when it is answered, else when it began."""
    return {
        "call_id": call_id,
        "ticket_id": ticket_id,
        "queued_at": queued_at,
        "answered_at": answered_at,
        "ended_at": answered_at or queued_at,
        **columns,
    }


def of_day(row: Row, *columns: str) -> Row:
    """The row with some of its times given as dates."""
    midnights = {name: datetime.combine(row[name].date(), datetime.min.time(), UTC) for name in columns}
    return row | midnights | {"_date_columns": ",".join(columns)}


# An hour to the first reply, whatever the ticket.
AN_HOUR = {"sla_policies": [policy("all", HOUR)]}

CASES = [
    Case(
        "what the first event names as the state before it was so, and closing what was solved is nothing",
        tables(
            tickets=[
                # Resolved at noon of the first day, as its own row says.
                ticket("a", NOON - 3 * HOUR, channel="chat", status="closed", resolved_at=NOON),
                # The same, and nothing says when.
                ticket("b", NOON - 3 * HOUR, channel="phone", status="closed"),
                # Open before the log began.
                ticket("c", NOON - 3 * HOUR, channel="sms", status="solved"),
                # What its row says is of later: the ticket was reopened.
                ticket("d", NOON - 3 * HOUR, channel="web", status="solved", resolved_at=NOON + 6 * DAY),
            ],
            ticket_messages=[reply("m1", "b", NOON - 2 * HOUR), reply("m2", "b", NOON + 5 * DAY)],
            ticket_events=[
                status_event("e1", "a", NOON + 4 * DAY, "closed", old_value="solved"),
                status_event("e2", "b", NOON + 4 * DAY, "closed", old_value="solved"),
                status_event("e3", "c", NOON + 4 * DAY, "open", old_value="pending"),
                status_event("e4", "c", NOON + 5 * DAY, "solved", old_value="open"),
                status_event("e5", "d", NOON + 4 * DAY, "open", old_value="closed"),
                status_event("e6", "d", NOON + 6 * DAY, "solved", old_value="open"),
            ],
        ),
        {
            ("resolution_time", "day", MONDAY, "channel", "chat"): (3 * 3600, 1),
            ("resolution_time", "day", MONDAY + 4 * DAY, "overall", "all"): (0, 0),
            ("resolution_time", "day", MONDAY + 5 * DAY, "channel", "sms"): (123 * 3600, 1),
            # When d was first resolved, nobody knows, but it was reopened within a week: one spell since its creation.
            ("resolution_time", "day", MONDAY + 6 * DAY, "channel", "web"): (147 * 3600, 1),
            ("resolution_time", "week", MONDAY, "channel", "phone"): None,
            # b was at work until 10:00, d when it was created; c is left.
            ("unresolved_tickets", "day", MONDAY, "overall", "all"): (1, None),
            ("unresolved_tickets", "day", MONDAY + 4 * DAY, "overall", "all"): (2, None),
            ("unresolved_tickets", "day", MONDAY + 6 * DAY, "overall", "all"): (0, None),
            ("tickets_closed", "week", MONDAY, "overall", "all"): (3, None),
            # b was resolved at a time that nobody knows.
            ("resolution_rate", "week", MONDAY, "overall", "all"): (3, 3),
            ("single_reply_resolution_rate", "week", MONDAY, "channel", "phone"): None,
            ("reopen_rate", "week", MONDAY, "overall", "all"): (0, 3),
        },
    ),
    Case(
        "a resolution before the log that may have stood leaves the duration of the spell after it unknown",
        tables(
            tickets=[ticket("a"), ticket("b", channel="chat", resolved_at=NOON + 20 * DAY + SECOND)],
            ticket_events=[
                status_event("e1", "a", NOON + 20 * DAY, "open", old_value="solved"),
                status_event("e2", "a", NOON + 21 * DAY, "solved"),
                # Resolved after the event that found it resolved: that is not the time.
                status_event("e3", "b", NOON + 7 * DAY, "open", old_value="solved"),
                status_event("e4", "b", NOON + 21 * DAY, "solved"),
            ],
        ),
        {
            ("tickets_closed", "day", MONDAY + 21 * DAY, "overall", "all"): (2, None),
            ("resolution_time", "day", MONDAY + 21 * DAY, "overall", "all"): (21 * 86400, 1),
            # By the end of its week a was resolved, nobody knows when; b was open again.
            ("resolution_rate", "day", MONDAY, "overall", "all"): (0, 1),
            ("resolution_rate", "day", MONDAY, "channel", "email"): None,
        },
    ),
    Case(
        "a log that begins after as_of says what the ticket was at as_of",
        tables(
            tickets=[
                ticket("a", status="open", resolved_at=NOON + HOUR),
                ticket("b", status="closed", resolved_at=NOON + HOUR),
                ticket("c", channel="chat", status="open"),
            ],
            ticket_events=[
                status_event("e1", "a", NOON + 2 * DAY, "open", old_value="closed"),
                status_event("e2", "b", NOON + 2 * DAY, "closed", old_value="open"),
                status_event("e3", "c", NOON + 2 * DAY, "open", old_value="closed"),
            ],
            ticket_messages=[reply("m1", "c", NOON + DAY + SECOND)],
        ),
        {
            ("resolution_time", "day", MONDAY, "overall", "all"): (3600, 1),
            # b, and c, which was still at work after as_of.
            ("unresolved_tickets", "day", MONDAY + DAY, "overall", "all"): (2, None),
        },
        as_of=NOON + DAY,
    ),
    Case(
        "a status that nobody knows is no state, where the source tells of states",
        tables(
            tickets=[
                ticket("a", status=None),
                ticket("b", status="dozing"),
                ticket("c", status="open"),
                ticket("d", status=None, resolved_at=NOON + HOUR),
                ticket("e", status="dozing"),
            ],
            ticket_messages=[said("m1", "a", NOON)],
            ticket_events=[status_event("e1", "e", NOON + HOUR, "solved")],
        ),
        {
            ("tickets_created", "day", MONDAY, "overall", "all"): (5, None),
            ("unresolved_tickets", "day", MONDAY, "overall", "all"): (1, None),
            ("resolution_rate", "day", MONDAY, "overall", "all"): (2, 3),
            ("resolution_rate", "week", MONDAY, "agent", "(none)"): (2, 3),
            ("resolution_rate", "day", MONDAY, "team", "(none)"): (2, 3),
            ("single_reply_resolution_rate", "day", MONDAY, "overall", "all"): (0, 3),
            ("resolution_time", "day", MONDAY, "overall", "all"): (7200, 2),
            ("unanswered_tickets", "day", MONDAY, "overall", "all"): (3, None),
        },
    ),
    Case(
        "where a source has but times of resolution, a ticket without one is open",
        tables(tickets=[ticket("a", status=None), ticket("b", status=None, resolved_at=NOON + HOUR)]),
        {
            ("unresolved_tickets", "day", MONDAY, "overall", "all"): (1, None),
            ("resolution_rate", "day", MONDAY, "overall", "all"): (1, 2),
        },
        as_of=NOON + DAY,
    ),
    Case(
        "where a source tells of no resolution at all, nothing is known to be open",
        tables(tickets=[ticket("a", status=None), ticket("b", status=None)], ticket_messages=[said("m1", "a", NOON)]),
        {
            ("tickets_created", "day", MONDAY, "overall", "all"): (2, None),
            ("unresolved_tickets", "day", MONDAY, "channel", "email"): None,
            ("resolution_rate", "day", MONDAY, "overall", "all"): None,
            ("single_reply_resolution_rate", "day", MONDAY, "overall", "all"): None,
        },
    ),
    Case(
        "who was spoken to is answered, and who was closed before the deadline waits for nothing",
        tables(
            tickets=[
                ticket(f"t{number}", channel=channel, marketplace="amazon", status="open")
                for number, channel in enumerate(
                    ("spoken", "late", "before", "agent", "anyone", "bot", "system", "customer", "never", "test")
                )
            ],
            customers=[{"customer_id": "c9", "is_test": True}],
            calls=[
                call("k0", "t0", NOON + MINUTE, NOON + HOUR, direction="outbound"),
                call("k1", "t1", NOON + MINUTE, NOON + HOUR + SECOND),
                call("k2", "t2", NOON - DAY, NOON - DAY),
                # Rang, and nobody answered.
                call("k8", "t8", NOON + MINUTE, None),
                call("k9", "t9", NOON + MINUTE, NOON + MINUTE, customer_id="c9"),
            ],
            ticket_messages=[
                said("m0", "t0", NOON),
                # The reply after the call is what ends the turn.
                reply("m1", "t0", NOON + 2 * HOUR),
                said("m2", "t3", NOON),
            ],
            ticket_events=[
                status_event("e3", "t3", NOON + HOUR, "solved", actor_type="agent", actor_id="a1"),
                status_event("e4", "t4", NOON + 10 * MINUTE, "closed"),
                status_event("e5", "t5", NOON + 10 * MINUTE, "solved", actor_type="automation"),
                status_event("e6", "t6", NOON + 10 * MINUTE, "solved", actor_type="system"),
                status_event("e7", "t7", NOON + 10 * MINUTE, "solved", actor_type="customer"),
                status_event("e8", "t8", NOON + HOUR + SECOND, "solved", actor_type="agent", actor_id="a1"),
            ],
        ),
        {
            ("first_response_sla_rate", "day", MONDAY, "channel", "spoken"): (1, 1),
            ("first_response_sla_rate", "day", MONDAY, "channel", "late"): (0, 1),
            ("first_response_sla_rate", "day", MONDAY, "channel", "before"): (1, 1),
            **{
                ("first_response_sla_rate", "day", MONDAY, "channel", name): None
                for name in ("agent", "anyone", "bot", "system", "customer")
            },
            # Closed a second after the deadline: it still waited then.
            ("first_response_sla_rate", "day", MONDAY, "channel", "never"): (0, 1),
            ("first_response_sla_rate", "day", MONDAY, "channel", "test"): (0, 1),
            ("first_response_sla_rate", "day", MONDAY, "overall", "all"): (2, 5),
            # Within 24 h somebody spoke to three; t9 waits.
            ("message_sla_rate", "day", MONDAY + DAY, "overall", "all"): (3, 4),
            ("unanswered_tickets", "day", MONDAY, "overall", "all"): (1, None),
            ("unanswered_tickets", "day", MONDAY, "channel", "test"): (1, None),
            ("first_response_time", "day", MONDAY, "overall", "all"): (2 * 3600, 1),
        },
        seeds=AN_HOUR,
        as_of=NOON + 2 * DAY,
    ),
    Case(
        "an answer by voice belongs to the turn that waits when it is given",
        tables(
            tickets=[
                ticket("t1", channel="first", marketplace="amazon"),
                ticket("t2", channel="second", marketplace="ebay"),
                ticket("t3", channel="between", marketplace="otto"),
                ticket("t4", channel="merged", marketplace="bol", merged_into_ticket_id="t5"),
                ticket("t5", channel="root", marketplace="etsy"),
            ],
            ticket_messages=[
                said("m1", "t1", NOON),
                said("m2", "t2", NOON),
                reply("m3", "t2", NOON + MINUTE),
                said("m4", "t2", NOON + HOUR),
                said("m5", "t3", NOON),
                reply("m6", "t3", NOON + MINUTE),
                said("m7", "t3", NOON + 2 * HOUR),
            ],
            calls=[
                # At the very instant of the question.
                call("k1", "t1", NOON, NOON),
                call("k2", "t2", NOON + 2 * HOUR, NOON + 2 * HOUR),
                # Nobody waited then.
                call("k3", "t3", NOON + HOUR, NOON + HOUR),
                call("k4", "t4", NOON + HOUR, NOON + HOUR),
            ],
        ),
        {
            ("message_sla_rate", "day", MONDAY + DAY, "marketplace", "amazon"): (1, 1),
            ("message_sla_rate", "day", MONDAY + DAY, "marketplace", "ebay"): (2, 2),
            ("message_sla_rate", "day", MONDAY + DAY, "marketplace", "otto"): (1, 2),
            ("message_sla_rate", "day", MONDAY + DAY, "marketplace", "bol"): None,
            ("message_sla_rate", "day", MONDAY + DAY, "marketplace", "etsy"): (1, 1),
        },
        as_of=NOON + 2 * DAY,
    ),
    Case(
        "what somebody talked over was not resolved by automation",
        tables(
            tickets=[ticket("t1", channel="chat"), ticket("t2", channel="sms"), ticket("t3", channel="web")],
            ticket_messages=[
                {**automated(f"m{number}", f"t{number}", NOON), "is_acknowledgement": False} for number in (1, 2, 3)
            ],
            ticket_events=[status_event(f"e{number}", f"t{number}", NOON + HOUR, "solved") for number in (1, 2, 3)],
            calls=[
                call("k1", "t1", NOON, NOON + HOUR),
                call("k2", "t2", NOON, NOON + HOUR + SECOND),
                call("k3", "t3", NOON, None),
            ],
        ),
        {
            ("automated_resolution_rate", "day", MONDAY, "channel", "chat"): (0, 1),
            ("automated_resolution_rate", "day", MONDAY, "channel", "sms"): (1, 1),
            ("automated_resolution_rate", "day", MONDAY, "channel", "web"): (1, 1),
        },
    ),
    Case(
        "where no message says whether it acknowledges, nothing is known to be an automated answer",
        tables(
            tickets=[ticket(f"t{number}") for number in range(3)],
            ticket_messages=[
                said("m0", "t0", NOON + MINUTE, author_type="automation"),
                said("m1", "t1", NOON + MINUTE, author_type="automation"),
                reply("m2", "t1", NOON + MINUTE),
            ],
            ticket_events=[status_event(f"e{number}", f"t{number}", NOON + HOUR, "solved") for number in range(3)],
        ),
        {
            ("automated_first_response_time", "day", MONDAY, "overall", "all"): None,
            # Of t0 nobody knows; t1 had a reply, and t2 no message at all.
            ("automated_resolution_rate", "day", MONDAY, "overall", "all"): (0, 2),
            # No message names a template either.
            ("template_usage_rate", "day", MONDAY, "overall", "all"): None,
        },
    ),
    Case(
        "a ticket may be taken from everybody, which is no reassignment until somebody else has it",
        tables(
            tickets=[ticket("t1"), ticket("t2"), ticket("t3")],
            ticket_events=[
                assigned("e1", "t1", NOON, "ann"),
                assigned("e2", "t1", NOON + HOUR, None, old_value="ann"),
                assigned("e3", "t1", NOON + 2 * HOUR, "bob"),
                status_event("e4", "t1", NOON + 3 * HOUR, "solved", actor_type="agent", actor_id="bob"),
                assigned("e5", "t2", NOON, "ann"),
                assigned("e6", "t2", NOON + DAY, "unassigned"),
                assigned("e7", "t3", NOON, "ann"),
                assigned("e8", "t3", NOON + HOUR, None),
                assigned("e9", "t3", NOON + 2 * HOUR, "ann"),
                status_event("e10", "t3", NOON + 3 * HOUR, "solved"),
            ],
            agents=[{"agent_id": "ann", "team": "north"}, {"agent_id": "bob", "team": "north"}],
        ),
        {
            ("reassignments_per_ticket", "day", MONDAY, "overall", "all"): (1, 2),
            ("tickets_created", "day", MONDAY, "team", "north"): (3, None),
            ("unresolved_tickets", "day", MONDAY, "team", "north"): (1, None),
            ("unresolved_tickets", "day", MONDAY + DAY, "team", "north"): (0, None),
            ("unresolved_tickets", "day", MONDAY + DAY, "team", "(none)"): (1, None),
            ("resolution_rate", "week", MONDAY, "agent", "standard:ann"): (1, 3),
            ("resolution_rate", "week", MONDAY, "agent", "standard:bob"): (1, 1),
            ("resolution_rate", "day", MONDAY, "team", "north"): (2, 3),
            ("resolution_rate", "day", MONDAY, "team", "(none)"): None,
        },
    ),
    Case(
        "what is on spam or a test counts for nobody, whatever it was merged into",
        tables(
            customers=[{"customer_id": "c1", "is_test": True}],
            tickets=[
                ticket("spam", NOON - DAY, merged_into_ticket_id="t1", is_spam=True),
                ticket("test", NOON - DAY, merged_into_ticket_id="t1", customer_id="c1"),
                ticket("gone", NOON - HOUR, merged_into_ticket_id="t1", is_deleted=True),
                ticket("t1"),
            ],
            ticket_messages=[
                said("m1", "spam", NOON - DAY),
                said("m2", "test", NOON - DAY),
                said("m3", "gone", NOON - HOUR),
                reply("m4", "t1", NOON + HOUR),
                reply("m5", "spam", NOON - DAY, template_id="x"),
            ],
            calls=[
                call("k1", "spam", NOON, NOON + MINUTE, **SPOKEN),
                call("k2", "test", NOON, NOON + MINUTE, **SPOKEN),
                call("k3", "gone", NOON, NOON + HOUR, **SPOKEN),
            ],
            survey_responses=[
                {
                    "survey_id": f"v{number}",
                    "survey_type": "csat",
                    "ticket_id": ticket_id,
                    "score": number,
                    "sent_at": NOON,
                    "responded_at": NOON + HOUR,
                }
                for number, ticket_id in ((1, "spam"), (2, "test"), (3, "gone"))
            ],
        ),
        {
            ("first_response_time", "day", MONDAY, "overall", "all"): (2 * 3600, 1),
            ("template_usage_rate", "day", MONDAY, "overall", "all"): (0, 1),
            ("template_usage_rate", "day", MONDAY - DAY, "overall", "all"): None,
            ("call_wait_time", "day", MONDAY, "overall", "all"): (3600, 1),
            ("csat_score", "day", MONDAY, "overall", "all"): (3, 1),
        },
    ),
    Case(
        "every team that had a ticket within the week is one of it, and to be without a team is one",
        tables(
            tickets=[ticket("t1"), ticket("t2", channel="chat"), ticket("t3", channel="sms")],
            ticket_events=[
                assigned("e1", "t1", NOON, "ann"),
                assigned("e2", "t1", NOON + 4 * DAY, "dot"),
                status_event("e3", "t1", NOON + 5 * DAY, "solved", actor_type="agent", actor_id="dot"),
                # Ann has t2 on the last day of her week in the south, at whose end the ticket's own week ends.
                assigned("e4", "t2", NOON, "ann"),
                status_event("e5", "t2", NOON + DAY, "solved", actor_type="agent", actor_id="ann"),
            ],
            agents=[
                {"agent_id": "ann", "team": "north"},
                {"agent_id": "ann", "team": "south", "valid_from": MONDAY + 2 * DAY},
                # A day on which she no longer has t1, and one after the week of t2.
                {"agent_id": "ann", "team": "west", "valid_from": MONDAY + 5 * DAY},
                {"agent_id": "ann", "team": "east", "valid_from": MONDAY + 8 * DAY},
                {"agent_id": "dot", "team": None},
            ],
        ),
        {
            # t1 and t2, of which ann solved one in the north.
            ("resolution_rate", "day", MONDAY, "team", "north"): (1, 2),
            ("resolution_rate", "day", MONDAY, "team", "south"): (0, 2),
            ("resolution_rate", "day", MONDAY, "team", "west"): (0, 1),
            ("resolution_rate", "day", MONDAY, "team", "east"): None,
            # dot solved t1; nobody had t3.
            ("resolution_rate", "day", MONDAY, "team", "(none)"): (1, 2),
            ("resolution_rate", "day", MONDAY, "overall", "all"): (2, 3),
        },
    ),
    Case(
        "a contact that can be joined to no other is none of an issue",
        tables(
            tickets=[
                contact("t1", None, NOON),
                contact("t2", "c1", NOON, topic=None),
                contact("t3", None, NOON, topic=None, issue_id="i1"),
                contact("t4", "n/a", NOON, topic="sizes"),
                contact("t5", "c1", NOON),
            ],
            ticket_events=[solved(f"t{number}", NOON + HOUR) for number in range(1, 6)],
            calls=[call("k1", None, NOON, NOON + MINUTE, topic="returns")],
        ),
        {
            ("contacts_to_resolution", "day", MONDAY, "overall", "all"): (2, 2),
            ("first_contact_resolution_rate", "day", MONDAY, "topic", "returns"): (1, 1),
            ("first_contact_resolution_rate", "day", MONDAY, "topic", "(none)"): (1, 1),
            ("first_contact_resolution_rate", "day", MONDAY, "topic", "sizes"): None,
        },
    ),
    Case(
        "what lies before its start by as much as two clocks may differ is at the start",
        tables(
            tickets=[
                ticket("t1", channel="chat"),
                ticket("t2", channel="phone"),
                ticket("t3", channel="sms", status="solved", resolved_at=NOON - 2 * SECOND),
                ticket("t4", channel="web", status="solved", resolved_at=NOON - 2 * SECOND - MICROSECOND),
                ticket("t5", MIDNIGHT, channel="letter"),
            ],
            ticket_messages=[
                reply("m1", "t1", NOON - 2 * SECOND, template_id="x"),
                reply("m2", "t2", NOON - 2 * SECOND - MICROSECOND),
                automated("m3", "t1", NOON - SECOND),
                automated("m4", "t2", NOON - 3 * SECOND),
            ],
            # A second before the day and the ticket began.
            ticket_events=[status_event("e1", "t5", MIDNIGHT - SECOND, "solved")],
            calls=[
                call("k1", None, NOON, NOON - 2 * SECOND, ended_at=NOON + MINUTE, talk_seconds=10),
                call("k2", None, NOON, NOON - 3 * SECOND, ended_at=NOON + MINUTE, talk_seconds=20),
                call("k3", None, NOON, NOON + MINUTE, ended_at=NOON + MINUTE - 2 * SECOND, talk_seconds=40),
                call("k4", None, NOON, NOON + MINUTE, ended_at=NOON + MINUTE - 3 * SECOND, talk_seconds=80),
                call("k5", None, MIDNIGHT, MIDNIGHT - SECOND, ended_at=MIDNIGHT - 2 * SECOND, talk_seconds=160),
            ],
        ),
        {
            ("first_response_time", "day", MONDAY, "channel", "chat"): (0, 1),
            ("first_response_time", "day", MONDAY, "channel", "phone"): None,
            ("automated_first_response_time", "day", MONDAY, "channel", "chat"): (0, 1),
            ("automated_first_response_time", "day", MONDAY, "channel", "phone"): None,
            ("resolution_time", "day", MONDAY, "channel", "sms"): (0, 1),
            ("resolution_time", "day", MONDAY, "channel", "web"): None,
            ("resolution_time", "day", MONDAY, "channel", "letter"): (0, 1),
            ("tickets_closed", "day", MONDAY - DAY, "overall", "all"): None,
            ("tickets_closed", "day", MONDAY, "overall", "all"): (3, None),
            # k1, k5: 0; k3, k4: 60
            ("call_wait_time", "day", MONDAY, "overall", "all"): (120, 4),
            # k1, k3, k5; k2 was answered before it came, and ended after that.
            ("handle_time", "week", MONDAY, "overall", "all"): (230, 4),
        },
        as_of=NOON + DAY,
    ),
    Case(
        "what is but a date has no time of day: no duration and no deadline begins or ends with it",
        tables(
            tickets=[
                of_day(ticket("t1", channel="created", marketplace="amazon"), "created_at"),
                ticket("t2", channel="replied", marketplace="amazon"),
                ticket("t3", channel="asked", marketplace="amazon"),
                of_day(ticket("t4", channel="solved", status="solved", resolved_at=NOON + 2 * DAY), "resolved_at"),
                of_day(ticket("t5", channel="same day", status="solved", resolved_at=NOON), "resolved_at"),
                ticket("t6", channel="event"),
            ],
            ticket_messages=[
                reply("m1", "t1", NOON + HOUR),
                of_day(reply("m2", "t2", NOON + HOUR), "sent_at"),
                of_day(said("m3", "t3", NOON), "sent_at"),
                reply("m4", "t3", NOON + HOUR),
                said("m5", "t3", NOON + 2 * HOUR),
                reply("m6", "t3", NOON + 3 * HOUR),
                of_day(automated("m7", "t6", NOON + DAY), "sent_at"),
            ],
            ticket_events=[of_day(status_event("e1", "t6", NOON + 3 * DAY, "solved"), "occurred_at")],
            calls=[
                of_day(call("k1", None, NOON, NOON, ended_at=NOON + HOUR, **SPOKEN), "ended_at"),
                of_day(call("k2", None, NOON, NOON + HOUR, **SPOKEN), "answered_at"),
                of_day(call("k3", None, NOON, NOON + HOUR, **SPOKEN), "queued_at"),
                call("k4", None, NOON, NOON + MINUTE, **SPOKEN),
            ],
        ),
        {
            ("tickets_created", "day", MONDAY, "overall", "all"): (6, None),
            ("first_response_time", "day", MONDAY, "overall", "all"): None,
            # t3's second turn
            ("response_time", "day", MONDAY, "overall", "all"): (3600, 1),
            # t2 was answered some time on Monday, before it was due on Tuesday at noon.
            ("message_sla_rate", "day", MONDAY + DAY, "overall", "all"): (2, 2),
            ("automated_first_response_time", "day", MONDAY + DAY, "overall", "all"): None,
            ("resolution_time", "week", MONDAY, "overall", "all"): None,
            ("tickets_closed", "day", MONDAY, "channel", "same day"): (1, None),
            ("tickets_closed", "day", MONDAY + 2 * DAY, "channel", "solved"): (1, None),
            ("tickets_closed", "day", MONDAY + 3 * DAY, "channel", "event"): (1, None),
            ("unresolved_tickets", "day", MONDAY + DAY, "channel", "solved"): (1, None),
            ("unresolved_tickets", "day", MONDAY + 2 * DAY, "channel", "solved"): (0, None),
            ("call_wait_time", "day", MONDAY, "overall", "all"): (60 + 0, 2),
            # It ended some time on the day on which it was answered.
            ("handle_time", "week", MONDAY, "overall", "all"): (240, 4),
        },
        as_of=NOON + 20 * DAY,
    ),
    Case(
        "a date is in time if all of its day is, late if none of it is, and else nobody knows",
        tables(
            # In Berlin the first is Sunday 23:00 to Monday 23:00.
            tickets=[
                ticket("t1", marketplace="amazon", created_at=NOON - DAY + 11 * HOUR - MICROSECOND),
                ticket("t2", marketplace="ebay", created_at=NOON - DAY + 11 * HOUR - 2 * MICROSECOND),
                ticket("t3", marketplace="otto", created_at=NOON - 2 * DAY + 11 * HOUR),
                ticket("t4", marketplace="etsy", created_at=NOON - 2 * DAY + 11 * HOUR - MICROSECOND),
            ],
            ticket_messages=[of_day(reply(f"m{number}", f"t{number}", NOON), "sent_at") for number in (1, 2, 3, 4)],
        ),
        {
            ("message_sla_rate", "day", MONDAY, "marketplace", "amazon"): (1, 1),
            ("message_sla_rate", "day", MONDAY, "marketplace", "ebay"): None,
            ("message_sla_rate", "day", MONDAY, "marketplace", "otto"): None,
            ("message_sla_rate", "day", MONDAY - DAY, "marketplace", "etsy"): (0, 1),
        },
        timezone="Europe/Berlin",
        as_of=NOON + 20 * DAY,
    ),
    Case(
        "whether a ticket was resolved within its week, a date says only if the week does not end on it",
        tables(
            tickets=[
                of_day(ticket("t1", channel="before", status="solved", resolved_at=NOON + 6 * DAY), "resolved_at"),
                of_day(ticket("t2", channel="on it", status="solved", resolved_at=NOON + 7 * DAY), "resolved_at"),
                of_day(ticket("t3", channel="after", status="solved", resolved_at=NOON + 8 * DAY), "resolved_at"),
            ],
            ticket_messages=[reply(f"m{number}", f"t{number}", NOON) for number in (1, 2, 3)],
        ),
        {
            ("resolution_rate", "day", MONDAY, "overall", "all"): (1, 2),
            ("resolution_rate", "day", MONDAY, "channel", "on it"): None,
            ("resolution_rate", "day", MONDAY, "team", "(none)"): (1, 2),
            ("single_reply_resolution_rate", "day", MONDAY, "overall", "all"): (1, 2),
        },
        as_of=NOON + 20 * DAY,
    ),
    Case(
        "a part of a call that can't be is no part, and the call stays one",
        tables(
            calls=[
                call("k1", None, NOON, NOON, talk_seconds=60.5, hold_seconds=0.25, wrap_up_seconds=10),
                call("k2", None, NOON, NOON, talk_seconds=60, wrap_up_seconds=-3),
                call("k3", None, NOON, NOON, talk_seconds=60, hold_seconds=-1, wrap_up_seconds=10),
                call("k4", None, NOON, NOON, talk_seconds=-1),
                # Whoever talked was answered, nobody knows when.
                call("k5", None, NOON, None, ended_at=NOON + HOUR, talk_seconds=30),
                call("k6", None, NOON, None, talk_seconds=0),
                call("k7", None, NOON, None, ended_at=None),
            ],
        ),
        {
            ("handle_time", "week", MONDAY, "overall", "all"): (150.75, 3),
            ("handle_time_with_wrap_up", "week", MONDAY, "overall", "all"): (100.75, 2),
            ("call_wait_time", "day", MONDAY, "overall", "all"): (0, 4),
            ("abandonment_rate", "day", MONDAY, "overall", "all"): (1, 7),
        },
        as_of=NOON + DAY,
    ),
    Case(
        "where a source never says that a call was answered, none is known to be abandoned",
        tables(calls=[call("k1", None, NOON, None), call("k2", None, NOON, None, ended_at=NOON + HOUR, **SPOKEN)]),
        {
            ("abandonment_rate", "day", MONDAY, "overall", "all"): None,
            ("handle_time", "week", MONDAY, "overall", "all"): (60, 1),
            ("handle_time_with_wrap_up", "week", MONDAY, "overall", "all"): None,
        },
        as_of=NOON + DAY,
    ),
    Case(
        "who was deleted left then, and keeps their team in the past",
        tables(
            tickets=[ticket("t1", datetime(2026, 1, 5, tzinfo=UTC)), ticket("t2")],
            ticket_events=[
                status_event("e1", "t1", NOON - 40 * DAY, "solved", actor_type="agent", actor_id="dora"),
                status_event("e2", "t2", NOON + HOUR, "solved", actor_type="agent", actor_id="ann"),
            ],
            agents=[
                {"agent_id": "ann", "team": "west", "hired_on": date(2020, 1, 1)},
                {
                    "agent_id": "dora",
                    "team": "east",
                    "is_deleted": True,
                    "updated_at": datetime(2026, 2, 10, tzinfo=UTC),
                },
                # Nobody knows when.
                {"agent_id": "eve", "team": "east", "is_deleted": True},
                # Left before the account was deleted, and will be deleted after as_of.
                {
                    "agent_id": "fay",
                    "left_on": date(2026, 1, 20),
                    "is_deleted": True,
                    "updated_at": datetime(2026, 2, 10, tzinfo=UTC),
                },
                {"agent_id": "gus", "is_deleted": True, "updated_at": NOON + 40 * DAY},
            ],
        ),
        {
            ("tickets_closed", "month", date(2026, 1, 1), "team", "east"): (1, None),
            # ann, dora, fay and gus, of whom fay left
            ("agent_turnover_rate", "month", date(2026, 1, 1), "overall", "all"): (1, 3.5),
            ("agent_turnover_rate", "month", date(2026, 2, 1), "team", "east"): (1, 0.5),
            ("agent_turnover_rate", "month", date(2026, 3, 1), "overall", "all"): (0, 2),
        },
    ),
    Case(
        "an event later than the landing of its file is none, and what has no time is no row",
        tables(
            tickets=[
                ticket("t1", status="solved", resolved_at=NOON + HOUR, assigned_agent_id="a2"),
                ticket("t2", datetime(1970, 1, 1, tzinfo=UTC)),
                ticket("t3", status="solved", resolved_at=datetime(1, 1, 1, tzinfo=UTC)),
            ],
            ticket_messages=[reply("m1", "t1", datetime(9999, 12, 31, tzinfo=UTC)), reply("m2", "t2", NOON)],
            ticket_events=[
                status_event("e1", "t1", LANDING + HOUR, "open", old_value="solved"),
                assigned("e2", "t1", LANDING + SECOND, "a1"),
                # Not even that: after the day on which it landed.
                assigned("e3", "t1", datetime(2031, 1, 1, tzinfo=UTC), "a1"),
            ],
            agents=[{"agent_id": "a1", "team": "north"}, {"agent_id": "a2", "team": "south"}],
        ),
        {
            ("tickets_created", "day", MONDAY, "overall", "all"): (2, None),
            ("tickets_created", "quarter", date(1970, 1, 1), "overall", "all"): None,
            ("resolution_time", "day", MONDAY, "team", "south"): (3600, 1),
            ("reassignments_per_ticket", "day", MONDAY, "overall", "all"): None,
            ("reopen_rate", "day", MONDAY, "overall", "all"): None,
            ("template_usage_rate", "day", MONDAY, "overall", "all"): None,
        },
        as_of=NOON + DAY,
    ),
]
