"""Known cases of rows as they come: names in many spellings, times that can't be, dates without a time, placeholders,
and what was deleted. The cells are worked out by hand.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from independent.cases import DAY, HOUR, LANDING, MONDAY, NOON, Case, line, order, status_event, tables, ticket
from independent.world import Config, Row

SECOND = timedelta(seconds=1)
MICROSECOND = timedelta(microseconds=1)
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
YEAR_ONE = datetime(1, 1, 1, tzinfo=UTC)
THE_END = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


def alias(kind: str, spelling: str, name: str) -> Row:
    return {"kind": kind, "alias": spelling, "name": name, "source": "test"}


def placeholders(*patterns: str) -> Config:
    return {"placeholder_identities": [{"pattern": pattern, "source": "test"} for pattern in patterns]}


def dates(row: Row, *columns: str) -> Row:
    """The row, with these of its times given as a date alone."""
    return {**row, **{name: midnight(row[name]) for name in columns}, "_date_columns": ",".join(columns)}


def midnight(day: datetime | date) -> datetime:
    """How a date lands: its midnight, as written."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def mention(mention_id: str, mentioned_at: datetime = NOON, **columns: Any) -> Row:
    return {"mention_id": mention_id, "network": "x", "mentioned_at": mentioned_at, **columns}


CASES = [
    Case(
        "blanks, dashes, underscores and case make no other name, and an alias does",
        tables(
            tickets=[
                ticket("t1", channel="E-Mail", topic="Large  Items"),
                ticket("t2", channel="email", topic="large-items"),
                ticket("t3", channel="e mail", topic="large_items", is_deleted=True),
                # The spelling that comes first counts, though its row is deleted and its time is yet to come.
                ticket("t4", NOON + DAY, channel="E_MAIL", topic="LARGE\N{EN DASH}ITEMS", is_deleted=True),
                ticket("t5", channel="post", topic="sizes"),
                ticket("t6", channel="Pigeon Post", topic="Sizes"),
                ticket("t7", channel="pigeonpost", topic="colours"),
            ],
        ),
        {
            ("tickets_created", "day", MONDAY, "channel", "email"): (3, None),
            ("tickets_created", "day", MONDAY, "channel", "Pigeon Post"): (2, None),
            ("tickets_created", "day", MONDAY, "channel", "E-Mail"): None,
            ("tickets_created", "day", MONDAY, "topic", "LARGE\N{EN DASH}ITEMS"): (2, None),
            ("tickets_created", "day", MONDAY, "topic", "Sizes"): (2, None),
            ("tickets_created", "day", MONDAY, "topic", "colours"): (1, None),
        },
        as_of=NOON + HOUR,
        seeds={"name_aliases": [alias("channel", "Post", "email")]},
    ),
    Case(
        "a status in other words is that status, and a word that nobody knows is none",
        tables(
            tickets=[
                ticket("t1", status="Resolved", resolved_at=NOON + HOUR),
                ticket("t2", status="On-Hold"),
                ticket("t3"),
                ticket("t4"),
            ],
            ticket_events=[
                status_event("e1", "t3", NOON + HOUR, "RE SOLVED", old_value="On Hold"),
                status_event("e2", "t3", NOON + 2 * HOUR, "on ice"),
                status_event("e3", "t4", NOON + HOUR, "on ice"),
            ],
            orders=[
                order("o1", NOON, status="Canceled", cancelled_by="Merchant"),
                order("o2", NOON, status="CANCELLED", cancelled_by="SELLER"),
                order("o3", NOON, status="Dispatched"),
            ],
        ),
        {
            # t1 and t3, of which nobody knows what "on ice" is
            ("tickets_closed", "day", MONDAY, "overall", "all"): (2, None),
            ("unresolved_tickets", "day", MONDAY, "overall", "all"): (2, None),
            ("cancellation_rate", "day", MONDAY, "overall", "all"): (2, 3),
        },
        as_of=NOON + 2 * HOUR,
        seeds={
            "name_aliases": [
                alias("ticket_status", "resolved", "solved"),
                alias("order_status", "canceled", "cancelled"),
                alias("order_status", "dispatched", "shipped"),
                alias("canceller", "merchant", "seller"),
            ]
        },
    ),
    Case(
        "targets, policies and standards name what rows name, in any spelling",
        tables(
            orders=[
                order("o1", NOON, marketplace="Amazon.DE", cancelled_by="seller", cancelled_at=NOON + HOUR),
                order("o2", NOON, marketplace="AMAZON"),
                order("o3", NOON, marketplace="amazon de"),
                order("o4", NOON, marketplace="my-shop"),
                order("o5", NOON, marketplace="My Shop"),
            ],
        ),
        {
            ("cancellation_rate", "day", MONDAY, "marketplace", "amazon"): (1, 3),
            ("cancellation_rate", "day", MONDAY, "marketplace", "My Shop"): (0, 2),
        },
        as_of=NOON + DAY,
        seeds={
            "name_aliases": [alias("marketplace", "amazon.de", "amazon"), alias("marketplace", "amazon-de", "amazon")]
        },
    ),
    Case(
        "a time before the earliest one or long after its landing is none, and what has none never was",
        tables(
            tickets=[
                ticket("t1", YEAR_ONE),
                ticket("t2", datetime(1970, 1, 1, tzinfo=UTC)),
                ticket("t3", status="solved", resolved_at=THE_END),
                ticket("t6", NOON, _loaded_at=NOON - DAY),
                ticket("t7", NOON + MICROSECOND, _loaded_at=NOON - DAY),
            ],
            orders=[
                order("o1", NOON, cancelled_at=YEAR_ONE, status="paid"),
                # A promise may be of long after the landing, but not of any time.
                order("o2", NOON, promised_ship_at=NOON + HOUR, shipped_at=NOON + HOUR),
                order("o3", NOON, promised_ship_at=THE_END, shipped_at=NOON + HOUR),
                order("o4", NOON, promised_ship_at=datetime(1970, 1, 1, tzinfo=UTC)),
                # Cancelled at the earliest instant, and before it, which nobody can.
                order("o5", NOON, cancelled_at=EARLIEST),
                order("o6", NOON, cancelled_at=EARLIEST - MICROSECOND),
            ],
            ticket_messages=[
                {"message_id": "m1", "ticket_id": "t3", "author_type": "agent", "sent_at": YEAR_ONE},
                {"message_id": "m2", "ticket_id": "t3", "author_type": "agent", "sent_at": NOON + HOUR},
            ],
        ),
        {
            ("tickets_created", "day", MONDAY, "overall", "all"): (2, None),
            ("tickets_created", "quarter", date(1970, 1, 1), "overall", "all"): None,
            ("first_response_time", "day", MONDAY, "overall", "all"): (3600, 1),
            # All but o1 and o5
            ("repeat_orders", "day", MONDAY, "overall", "all"): (4, None),
            ("on_time_shipping_rate", "day", MONDAY, "overall", "all"): (1, 1),
        },
        as_of=NOON + 2 * DAY,
    ),
    Case(
        "no calendar begins with a time that can't be, and none ends with one",
        tables(tickets=[ticket("t1", YEAR_ONE), ticket("t2"), ticket("t3", THE_END)]),
        {
            ("tickets_created", "day", MONDAY, "overall", "all"): (1, None),
            ("unresolved_tickets", "day", MONDAY, "overall", "all"): (1, None),
            ("tickets_created", "day", MONDAY + DAY, "overall", "all"): None,
        },
    ),
    Case(
        "a promise that is a date holds to the end of that local day, and what came on a date came on that day",
        tables(
            orders=[
                # Of the 3rd in Berlin, which ends at 23:00 UTC.
                dates(
                    order("o1", NOON, promised_ship_at=NOON + DAY, shipped_at=NOON + DAY + 11 * HOUR - MICROSECOND),
                    "promised_ship_at",
                ),
                dates(
                    order("o2", NOON, promised_ship_at=NOON + DAY, shipped_at=NOON + DAY + 11 * HOUR),
                    "promised_ship_at",
                ),
                # A date by a date, by an instant later that day, and by one of the day before.
                dates(
                    order("o3", NOON, promised_ship_at=NOON + DAY, shipped_at=NOON + DAY),
                    "promised_ship_at",
                    "shipped_at",
                ),
                dates(order("o4", NOON, promised_ship_at=NOON + DAY, shipped_at=NOON + DAY), "shipped_at"),
                dates(order("o5", NOON, promised_ship_at=NOON + DAY, shipped_at=NOON + 2 * DAY), "shipped_at"),
            ],
        ),
        {
            # o1 and o3 of o1, o2, o3 and o5: of o4 nobody knows.
            ("on_time_shipping_rate", "day", MONDAY + DAY, "overall", "all"): (2, 4),
        },
        timezone="Europe/Berlin",
        as_of=NOON + 3 * DAY,
    ),
    Case(
        "what has a date alone is at the start of its local day, but not before what it belongs to",
        tables(
            orders=[
                dates(order("o1", NOON), "ordered_at"),
                # Cancelled on the day of the order: after it, and within its 30 days.
                dates(order("o2", NOON, cancelled_at=NOON, cancelled_by="seller"), "cancelled_at"),
                dates(order("o3", NOON, cancelled_at=NOON - DAY, cancelled_by="seller"), "cancelled_at"),
            ],
            brand_mentions=[dates(mention("x1"), "mentioned_at"), mention("x2", NOON)],
        ),
        {
            ("cancellation_rate", "day", MONDAY, "overall", "all"): (1, 3),
            # Midnight in Berlin is 23:00 of the day before in UTC.
            ("brand_mentions", "hour", datetime(2026, 3, 1, 23, tzinfo=UTC), "overall", "all"): (1, None),
            ("brand_mentions", "hour", NOON, "overall", "all"): (1, None),
            ("brand_mentions", "day", MONDAY, "overall", "all"): (2, None),
        },
        timezone="Europe/Berlin",
        as_of=NOON + DAY,
    ),
    Case(
        "a placeholder is nobody",
        tables(
            customers=[
                {"customer_id": "c1", "person_id": "None"},
                {"customer_id": "c2", "person_id": "none"},
                {"customer_id": "c3", "person_id": "000"},
                {"customer_id": "c4", "email_hash": "NoReply@Shop.example"},
                {"customer_id": "c5", "email_hash": "noreply@elsewhere.example"},
                # Nobody has a country.
                {"customer_id": "n/a", "country": "DE"},
            ],
            orders=[
                *(order(f"o{n}", NOON + n * HOUR, customer_id=f"c{n}") for n in range(1, 6)),
                order("o6", NOON + 6 * HOUR, customer_id="N/A"),
                order("o7", NOON + 7 * HOUR, customer_id=" n/a "),
                order("o8", NOON + 8 * HOUR, customer_id="00000000-0000-0000-0000-000000000000"),
                order("o9", NOON + 9 * HOUR, customer_id="0-0"),
                # Almost a placeholder is none.
                order("o10", NOON + 10 * HOUR, customer_id="0100"),
                order("o11", NOON + 11 * HOUR, customer_id="0100"),
            ],
        ),
        {
            # c1 to c5 and 0100, who came back
            ("repeat_customer_rate", "day", MONDAY, "overall", "all"): (1, 6),
            ("repeat_orders", "day", MONDAY, "overall", "all"): (1, None),
            ("contact_rate", "day", MONDAY, "overall", "all"): None,
            ("cancellation_rate", "day", MONDAY, "country", "(none)"): (0, 11),
            ("cancellation_rate", "day", MONDAY, "country", "DE"): None,
        },
        seeds=placeholders("n/a", "none", "0*", "noreply@*"),
    ),
    Case(
        "who and what was deleted keeps its past",
        tables(
            customers=[
                {"customer_id": "c1", "country": "FR", "person_id": "ann", "is_deleted": True},
                {"customer_id": "c2", "person_id": "ann"},
            ],
            products=[
                {"product_id": "p1", "category": "cups", "family": "mugs", "is_deleted": True},
                {"product_id": "p2", "category": "cups", "family": "mugs"},
            ],
            articles=[{"article_id": "z1", "topic": "returns", "published_at": NOON, "is_deleted": True}],
            article_views=[{"view_id": "w1", "article_id": "z1", "viewed_at": NOON}],
            orders=[order("o1", NOON), order("o2", NOON + HOUR, customer_id="c2")],
            order_lines=[line("l1", "o1", "p1", "5"), line("l2", "o2", "p2", "5")],
        ),
        {
            ("cancellation_rate", "day", MONDAY, "country", "FR"): (0, 1),
            ("repeat_orders", "day", MONDAY, "category", "cups"): (1, None),
            # The mugs of o2 are of a family that ann had.
            ("cross_sell_rate", "day", MONDAY, "overall", "all"): (0, 1),
            ("articles_published", "day", MONDAY, "overall", "all"): (1, None),
            ("article_views", "day", MONDAY, "topic", "returns"): (1, None),
        },
        as_of=LANDING,
    ),
]
