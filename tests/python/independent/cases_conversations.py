"""Known cases of turns, replies, deadlines and opening hours, with the cells worked out by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from independent.cases import DAY, HOUR, MONDAY, NOON, Case, assigned, status_event, tables, ticket
from independent.world import Row

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
SUNDAY = date(2026, 3, 29)  # in Berlin clocks go from 02:00 to 03:00


def said(message_id: str, ticket_id: str, sent_at: datetime, **columns: Any) -> Row:
    """A message, of the customer if nothing else is said."""
    return {
        "message_id": message_id,
        "ticket_id": ticket_id,
        "author_type": "customer",
        "sent_at": sent_at,
        **columns,
    }


def reply(message_id: str, ticket_id: str, sent_at: datetime, **columns: Any) -> Row:
    return said(message_id, ticket_id, sent_at, **{"author_type": "agent", "author_id": "a1", **columns})


def automated(message_id: str, ticket_id: str, sent_at: datetime) -> Row:
    return said(message_id, ticket_id, sent_at, author_type="automation", is_acknowledgement=False)


def call(call_id: str, customer_id: str | None, queued_at: datetime, **columns: Any) -> Row:
    return {"call_id": call_id, "customer_id": customer_id, "queued_at": queued_at, "ended_at": queued_at, **columns}


def opening(weekday: int, opens_at: str, closes_at: str) -> Row:
    return {
        "calendar": "default",
        "timezone": "Europe/Berlin",
        "iso_weekday": weekday,
        "opens_at": opens_at,
        "closes_at": closes_at,
        "source": "test",
    }


def policy(policy_id: str, target: timedelta, **columns: Any) -> Row:
    names = dict.fromkeys(("channel", "marketplace", "priority", "calendar", "valid_from", "valid_to"))
    return {
        **names,
        "policy_id": policy_id,
        "metric": "first_response",
        "target_seconds": int(target.total_seconds()),
        "clock": "calendar",
        "source": "test",
        **columns,
    }


CASES = [
    Case(
        "a contact after a resolution counts though the ticket was created only later, the ticket's creation does not",
        tables(
            tickets=[
                ticket("t1", NOON + 2 * HOUR, customer_id="c1"),
                ticket("t2", NOON + 2 * HOUR, customer_id="c2"),
                ticket("t3", NOON + 2 * HOUR, customer_id="c3"),
                ticket("t4", NOON + 2 * HOUR, customer_id="c3"),
            ],
            ticket_messages=[automated(f"m{number}", f"t{number}", NOON) for number in (1, 2, 3)],
            ticket_events=[status_event(f"e{number}", f"t{number}", NOON, "solved") for number in (1, 2, 3)],
            calls=[call("k1", "c1", NOON + HOUR)],
        ),
        # The person of t1 called, that of t2 did not, that of t3 wrote again when t3 was created.
        {("automated_resolution_rate", "day", MONDAY, "overall", "all"): (1, 3)},
    ),
    Case(
        "a contact at the very instant of a resolution is not after it, one 72 h later is the last",
        tables(
            tickets=[
                ticket("t1", NOON - HOUR, customer_id="c1", channel="chat"),
                ticket("t2", NOON - HOUR, customer_id="c2", channel="phone"),
                ticket("t3", NOON - HOUR, customer_id="c3", channel="sms"),
                ticket("t4", NOON, customer_id="c1"),
                ticket("t5", NOON + 3 * DAY, customer_id="c2", initiated_by="agent"),
                # Calls on spam are in no KPI, and a call on what was merged into it is one.
                ticket("t6", NOON, merged_into_ticket_id="t7"),
                ticket("t7", NOON, is_spam=True),
            ],
            ticket_messages=[automated(f"m{number}", f"t{number}", NOON) for number in (1, 2, 3)],
            ticket_events=[status_event(f"e{number}", f"t{number}", NOON, "solved") for number in (1, 2, 3)],
            calls=[
                call("k1", "c3", NOON + HOUR, ticket_id="t6"),
                call("k2", "c3", NOON + 3 * DAY + SECOND, direction="outbound"),
            ],
        ),
        {
            ("automated_resolution_rate", "day", MONDAY, "channel", "chat"): (1, 1),
            ("automated_resolution_rate", "day", MONDAY, "channel", "phone"): (0, 1),
            ("automated_resolution_rate", "day", MONDAY, "channel", "sms"): (1, 1),
        },
    ),
    Case(
        "a ticket that does not exist yet waits for nothing, though its customer has asked",
        tables(
            tickets=[ticket("t1", NOON + DAY)],
            ticket_messages=[said("m1", "t1", NOON), reply("m2", "t1", NOON + 2 * DAY)],
        ),
        {
            ("unanswered_tickets", "day", MONDAY, "overall", "all"): None,
            ("unanswered_tickets", "day", MONDAY + DAY, "overall", "all"): (1, None),
            ("unanswered_tickets", "day", MONDAY + 2 * DAY, "overall", "all"): (0, None),
            ("first_response_time", "day", MONDAY + 2 * DAY, "overall", "all"): (2 * 86400, 1),
        },
    ),
    Case(
        "a reply before the ticket ends nothing, be it of a ticket merged into it; one at its creation does",
        tables(
            tickets=[
                ticket("t1", channel="chat"),
                ticket("t2", channel="phone"),
                ticket("t3", NOON - DAY, merged_into_ticket_id="t2"),
                ticket("t4", channel="sms"),
            ],
            ticket_messages=[
                said("m1", "t1", NOON - 2 * HOUR),
                reply("m2", "t1", NOON - HOUR, template_id="x"),
                reply("m3", "t1", NOON + HOUR),
                said("m4", "t3", NOON - DAY),
                reply("m5", "t3", NOON - DAY),
                reply("m6", "t2", NOON),
                reply("m7", "t4", NOON),
            ],
        ),
        {
            ("first_response_time", "day", MONDAY, "channel", "chat"): (3 * 3600, 1),
            ("first_response_time", "day", MONDAY, "channel", "phone"): (86400, 1),
            ("first_response_time", "day", MONDAY, "channel", "sms"): (0, 1),
            # Replies they are all the same.
            ("template_usage_rate", "day", MONDAY, "channel", "chat"): (1, 2),
            ("template_usage_rate", "day", MONDAY, "template", "standard:x"): (1, 4),
        },
    ),
    Case(
        "at one instant a message comes before a reply and a reply before a resolution",
        tables(
            tickets=[
                ticket("t1", NOON - HOUR, channel="chat"),
                ticket("t2", NOON - HOUR, channel="phone"),
                ticket("t3", NOON - HOUR, channel="sms"),
            ],
            # In the order of ids it would be the other way round.
            ticket_messages=[
                said("m3", "t1", NOON),
                reply("m2", "t1", NOON),
                said("m5", "t2", NOON),
                said("m4", "t3", NOON),
                reply("m6", "t3", NOON + HOUR),
            ],
            ticket_events=[
                status_event("e1", "t1", NOON, "solved"),
                status_event("e2", "t2", NOON, "solved"),
                status_event("e3", "t3", NOON - MINUTE, "solved"),
            ],
        ),
        {
            ("first_response_time", "day", MONDAY, "channel", "chat"): (0, 1),
            # Closed as soon as asked.
            ("first_response_time", "day", MONDAY, "channel", "phone"): None,
            ("customer_turns_to_resolution", "day", MONDAY, "channel", "phone"): (1, 1),
            # Asked after the resolution: that one had no turn.
            ("first_response_time", "day", MONDAY, "channel", "sms"): (3600, 1),
            ("customer_turns_to_resolution", "day", MONDAY, "channel", "sms"): None,
        },
    ),
    Case(
        "a ticket without a question asked at its creation, unless we began it",
        tables(
            tickets=[
                ticket("t1", channel="chat"),
                ticket("t2", channel="phone", initiated_by="agent"),
                ticket("t3", channel="sms"),
                ticket("t4", channel="web"),
            ],
            ticket_messages=[
                reply("m1", "t1", NOON + HOUR),
                said("m2", "t1", NOON + 2 * HOUR),
                reply("m3", "t1", NOON + 4 * HOUR),
                reply("m4", "t2", NOON + HOUR),
                said("m5", "t2", NOON + 2 * HOUR),
                # A note is no question, and no answer.
                said("m6", "t4", NOON, is_public=False),
                reply("m7", "t4", NOON, is_public=False),
            ],
            ticket_events=[status_event("e1", "t2", NOON + 5 * HOUR, "solved")],
        ),
        {
            ("response_time", "day", MONDAY, "turn", "first"): (3600, 1),
            ("response_time", "day", MONDAY, "turn", "follow_up"): (2 * 3600, 1),
            ("customer_turns_to_resolution", "day", MONDAY, "channel", "phone"): (1, 1),
            ("unanswered_tickets", "day", MONDAY, "overall", "all"): (2, None),
            ("unanswered_tickets", "day", MONDAY, "channel", "phone"): None,
            ("unanswered_tickets", "day", MONDAY, "channel", "sms"): (1, None),
            ("unanswered_tickets", "day", MONDAY, "channel", "web"): (1, None),
        },
    ),
    Case(
        "without any message nobody can say who waits, be a message there that was deleted",
        tables(
            tickets=[ticket("t1", marketplace="amazon", status="solved", resolved_at=NOON + HOUR)],
            ticket_messages=[said("m1", "t1", NOON, is_deleted=True)],
        ),
        {
            ("unanswered_tickets", "day", MONDAY, "overall", "all"): None,
            ("single_reply_resolution_rate", "day", MONDAY, "overall", "all"): None,
            ("automated_resolution_rate", "day", MONDAY, "overall", "all"): None,
            ("message_sla_rate", "day", MONDAY + DAY, "overall", "all"): None,
            # 13:00 to 14:00 in Berlin.
            ("resolution_time_business", "day", MONDAY, "overall", "all"): (3600, 1),
        },
        as_of=NOON + 3 * DAY,
    ),
    Case(
        "an answer after exactly 24 h is in time, and what says by then that none is needed takes the turn out",
        tables(
            tickets=[
                ticket(f"t{number}", marketplace=marketplace)
                for number, marketplace in enumerate(["amazon", "ebay", "etsy", "otto", "bol", "real"])
            ],
            ticket_messages=[
                reply("m0", "t0", NOON + DAY),
                reply("m1", "t1", NOON + DAY + SECOND),
                # Thanks at the deadline, answered or not; and a second too late.
                said("m2", "t2", NOON),
                said("m3", "t2", NOON + DAY, no_reply_needed=True),
                reply("m4", "t2", NOON + DAY),
                said("m5", "t3", NOON),
                said("m6", "t3", NOON + DAY + SECOND, no_reply_needed=True),
            ],
            ticket_events=[
                # The customer solved it, and somebody else did: nobody waits any more.
                status_event("e1", "t4", NOON + DAY, "solved", actor_type="customer"),
                status_event("e2", "t5", NOON + HOUR, "solved", actor_type="agent", actor_id="a1"),
            ],
        ),
        {
            ("message_sla_rate", "day", MONDAY + DAY, "marketplace", "amazon"): (1, 1),
            ("message_sla_rate", "day", MONDAY + DAY, "marketplace", "ebay"): (0, 1),
            ("message_sla_rate", "day", MONDAY + DAY, "marketplace", "etsy"): None,
            ("message_sla_rate", "day", MONDAY + DAY, "marketplace", "otto"): (0, 1),
            ("message_sla_rate", "day", MONDAY + DAY, "marketplace", "bol"): None,
            ("message_sla_rate", "day", MONDAY + DAY, "marketplace", "real"): None,
            ("message_sla_rate", "day", MONDAY + DAY, "overall", "all"): (1, 3),
        },
    ),
    Case(
        "a deadline at as_of is due, a later one is not",
        tables(
            tickets=[ticket("t1", marketplace="amazon"), ticket("t2", NOON + SECOND, marketplace="amazon")],
            ticket_messages=[said("m1", "t1", NOON), said("m2", "t2", NOON + SECOND)],
        ),
        {("message_sla_rate", "day", MONDAY + DAY, "overall", "all"): (0, 1)},
        as_of=NOON + DAY,
    ),
    Case(
        "a business deadline that fits is the closing instant, a second more is in the next opening",
        tables(
            tickets=[
                # Berlin is an hour ahead: asked at 17:00 and a second later, an hour before closing.
                ticket("t1", datetime(2026, 3, 2, 16, tzinfo=UTC), channel="chat"),
                ticket("t2", datetime(2026, 3, 2, 16, 0, 1, tzinfo=UTC), channel="phone"),
            ],
            ticket_messages=[
                reply("m1", "t1", datetime(2026, 3, 2, 17, tzinfo=UTC)),
                reply("m2", "t2", datetime(2026, 3, 3, 7, 0, 2, tzinfo=UTC)),
            ],
            ticket_events=[
                assigned("e1", "t1", datetime(2026, 3, 2, 17, tzinfo=UTC), "a1"),
                assigned("e2", "t2", datetime(2026, 3, 3, 7, 0, 2, tzinfo=UTC), "a1"),
            ],
            agents=[{"agent_id": "a1", "team": "south"}],
        ),
        {
            ("first_response_sla_rate", "day", MONDAY, "channel", "chat"): (1, 1),
            ("first_response_sla_rate", "day", MONDAY, "team", "south"): (1, 1),
            # Due on Tuesday at 08:00:01, when nobody had the ticket; answered at 08:00:02.
            ("first_response_sla_rate", "day", MONDAY + DAY, "channel", "phone"): (0, 1),
            ("first_response_sla_rate", "day", MONDAY + DAY, "team", "(none)"): (0, 1),
            ("first_response_time_business", "day", MONDAY + DAY, "overall", "all"): (3601, 1),
        },
        seeds={
            "business_hours": [opening(weekday, "08:00", "18:00") for weekday in range(1, 6)],
            "holidays": [],
            "sla_policies": [policy("all", HOUR, clock="business")],
        },
    ),
    Case(
        "hours moved on by a change of clocks are counted once where they meet others, and some are none",
        tables(
            tickets=[ticket("t1", datetime(2026, 3, 28, 23, tzinfo=UTC))],
            ticket_messages=[reply("m1", "t1", datetime(2026, 3, 29, 3, tzinfo=UTC))],
        ),
        # 02:15 to 02:45 becomes 03:15 to 03:45, which lies within 03:00 to 03:50; 02:50 to 03:00 would end before it
        # begins (03:50 to 03:00); 00:30 to 01:00 is as ever: 50 and 30 minutes.
        {("first_response_time_business", "day", SUNDAY, "overall", "all"): (80 * 60, 1)},
        timezone="Europe/Berlin",
        seeds={
            "business_hours": [
                opening(7, "00:30", "01:00"),
                opening(7, "02:15", "02:45"),
                opening(7, "02:50", "03:00"),
                opening(7, "03:00", "03:50"),
            ],
            "holidays": [],
            "sla_policies": [],
        },
    ),
    Case(
        "a night over the change of clocks is an hour longer in autumn, and stays open into a holiday",
        tables(
            tickets=[ticket("t1", datetime(2025, 10, 25, 12, tzinfo=UTC))],
            ticket_messages=[reply("m1", "t1", datetime(2025, 10, 27, 12, tzinfo=UTC))],
        ),
        # Saturday 22:00 to Sunday 06:00 has nine hours; the night that begins on Sunday, a holiday, is closed.
        {("first_response_time_business", "day", date(2025, 10, 27), "overall", "all"): (9 * 3600, 1)},
        seeds={
            "business_hours": [opening(6, "22:00", "06:00"), opening(7, "22:00", "06:00")],
            "holidays": [{"calendar": "default", "holiday_date": date(2025, 10, 26), "name": "n", "source": "test"}],
            "sla_policies": [],
        },
    ),
    Case(
        "of policies with as many names a marketplace goes before a channel and a channel before a priority",
        tables(
            tickets=[
                ticket("t1", marketplace="Amazon", priority="urgent"),
                ticket("t2", channel="Email", priority="urgent"),
                ticket("t3", channel="chat", priority="Urgent"),
                ticket("t4", channel="chat", marketplace="amazon", priority="urgent"),
                ticket("t5", channel="chat"),
            ],
            ticket_messages=[said("m1", "t1", NOON)],
        ),
        {
            ("first_response_sla_rate", "day", MONDAY + DAY, "overall", "all"): (0, 1),  # t1
            ("first_response_sla_rate", "day", MONDAY + 2 * DAY, "overall", "all"): (0, 1),  # t2
            ("first_response_sla_rate", "day", MONDAY + 3 * DAY, "overall", "all"): (0, 1),  # t3
            ("first_response_sla_rate", "day", MONDAY + 4 * DAY, "overall", "all"): (0, 1),  # t4
            ("first_response_sla_rate", "day", MONDAY + 5 * DAY, "overall", "all"): (0, 0),
        },
        as_of=NOON + 5 * DAY,
        seeds={
            "sla_policies": [
                policy("marketplace", DAY, marketplace="amazon"),
                policy("channel", 2 * DAY, channel="email"),
                policy("priority", 3 * DAY, priority="URGENT"),
                policy("all three", 4 * DAY, channel="chat", priority="urgent", marketplace="amazon"),
            ]
        },
    ),
    Case(
        "one reply is one until exactly 7 d, after the resolution too, and a reopening spoils it",
        tables(
            tickets=[ticket(f"t{number}", channel=f"channel {number}") for number in range(5)],
            ticket_messages=[
                reply("m0", "t0", NOON + HOUR),
                reply("m1", "t0", NOON + 7 * DAY + SECOND),
                reply("m2", "t1", NOON + HOUR),
                reply("m3", "t1", NOON + 7 * DAY),
                reply("m4", "t2", NOON + HOUR),
                reply("m5", "t3", NOON + HOUR),
                automated("m6", "t4", NOON + HOUR),
            ],
            ticket_events=[
                *(status_event(f"e{number}", f"t{number}", NOON + 2 * HOUR, "solved") for number in (0, 1, 2, 4)),
                status_event("e5", "t2", NOON + 3 * HOUR, "open"),
                status_event("e6", "t2", NOON + 4 * HOUR, "solved"),
                status_event("e7", "t3", NOON + 7 * DAY, "solved"),
            ],
        ),
        {
            ("single_reply_resolution_rate", "day", MONDAY, "channel", "channel 0"): (1, 1),
            ("single_reply_resolution_rate", "day", MONDAY, "channel", "channel 1"): (0, 1),
            ("single_reply_resolution_rate", "day", MONDAY, "channel", "channel 2"): (0, 1),
            ("single_reply_resolution_rate", "day", MONDAY, "channel", "channel 3"): (1, 1),
            ("single_reply_resolution_rate", "day", MONDAY, "channel", "channel 4"): (0, 1),
        },
    ),
    Case(
        "a turn between a standing resolution and the reopening belongs to the spell after it",
        tables(
            tickets=[ticket("t1")],
            ticket_messages=[
                said("m1", "t1", NOON),
                reply("m2", "t1", NOON + HOUR),
                said("m3", "t1", NOON + 8 * DAY),
                automated("m4", "t1", NOON + 8 * DAY),
            ],
            ticket_events=[
                status_event("e1", "t1", NOON + 2 * HOUR, "solved"),
                status_event("e2", "t1", NOON + 9 * DAY, "open"),
                status_event("e3", "t1", NOON + 10 * DAY, "solved"),
            ],
        ),
        {
            ("customer_turns_to_resolution", "day", MONDAY, "overall", "all"): (1, 1),
            ("customer_turns_to_resolution", "day", MONDAY + 10 * DAY, "overall", "all"): (1, 1),
            ("automated_resolution_rate", "day", MONDAY, "overall", "all"): (0, 1),
            ("automated_resolution_rate", "day", MONDAY + 10 * DAY, "overall", "all"): (1, 1),
        },
    ),
    Case(
        "the first automated reply is the first, be it before its ticket and so out of the duration",
        tables(
            tickets=[ticket("t1"), ticket("t2", channel="chat")],
            ticket_messages=[
                automated("m1", "t1", NOON - 3 * SECOND),
                automated("m2", "t1", NOON + SECOND),
                {**automated("m3", "t2", NOON), "is_acknowledgement": True},
                automated("m4", "t2", NOON + SECOND),
            ],
        ),
        {
            ("automated_first_response_time", "day", MONDAY, "channel", "email"): None,
            ("automated_first_response_time", "day", MONDAY, "channel", "chat"): (1, 1),
        },
    ),
]
