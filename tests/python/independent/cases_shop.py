"""Known cases of a shop, with the cells worked out by hand: readings that the sentences leave open, and rare edges."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from independent.cases import DAY, HOUR, MONDAY, NOON, Case, line, order, tables, ticket
from independent.world import Row

SECOND = timedelta(seconds=1)


def review(review_id: str, order_id: str | None, reviewed_at: datetime, rating: int, **columns: Any) -> Row:
    return {"review_id": review_id, "order_id": order_id, "reviewed_at": reviewed_at, "rating": rating, **columns}


def claim(claim_id: str, order_id: str, claim_type: str, **columns: Any) -> Row:
    return {"claim_id": claim_id, "order_id": order_id, "claim_type": claim_type, "opened_at": NOON + DAY, **columns}


def refund(return_id: str, order_id: str, refunded_at: datetime, amount: str) -> Row:
    return {
        "return_id": return_id,
        "order_id": order_id,
        "requested_at": NOON + DAY,
        "refunded_at": refunded_at,
        "refund_amount": Decimal(amount),
    }


def answered(return_id: str, order_id: str, requested_at: datetime, responded_at: datetime | None) -> Row:
    return {
        "return_id": return_id,
        "order_id": order_id,
        "requested_at": requested_at,
        "responded_at": responded_at,
    }


def reply(message_id: str, ticket_id: str, sent_at: datetime, author_id: str | None = None) -> Row:
    author = {"author_type": "agent", "author_id": author_id}
    return {"message_id": message_id, "ticket_id": ticket_id, "sent_at": sent_at, **author}


def view(view_id: str, viewed_at: datetime, session_id: str | None, **columns: Any) -> Row:
    return {"view_id": view_id, "article_id": "z1", "viewed_at": viewed_at, "session_id": session_id, **columns}


CASES = [
    Case(
        "a review is of its product's category, be that none; a product that nobody knows is no product",
        tables(
            orders=[order("o1", NOON)],
            order_lines=[line("l1", "o1", "p1", "5")],
            products=[{"product_id": "p1", "category": "cups"}, {"product_id": "p2"}],
            reviews=[
                review("r1", "o1", NOON, 1, product_id="p2"),
                review("r2", "o1", NOON, 2, product_id="unknown"),
                review("r3", "o1", NOON, 5, product_id="p1"),
            ],
        ),
        {
            ("reviews_received", "day", MONDAY, "category", "(none)"): (1, None),
            ("reviews_received", "day", MONDAY, "category", "cups"): (2, None),
            ("negative_review_share", "day", MONDAY, "category", "cups"): (1, 2),
            # The order is of cups alone, and r2 is bad feedback on it.
            ("negative_feedback_rate", "day", MONDAY, "category", "cups"): (1, 1),
            ("negative_feedback_rate", "day", MONDAY, "category", "(none)"): None,
        },
    ),
    Case(
        "a review on an order is its person's, whatever account it names; on no order a test customer's is a test",
        tables(
            customers=[{"customer_id": "c9", "is_test": True}],
            orders=[order("o1", NOON), order("o2", NOON, customer_id="c9")],
            reviews=[
                review("r1", "o1", NOON, 5, customer_id="c9"),
                review("r2", "o2", NOON, 5, customer_id="c1"),
                review("r3", None, NOON, 5, customer_id="c9"),
                review("r4", "unknown", NOON, 5, customer_id="c9"),
                review("r5", None, NOON, 5),
            ],
        ),
        {
            # r1 and r5
            ("reviews_received", "day", MONDAY, "overall", "all"): (2, None),
            ("positive_review_rate", "day", MONDAY, "overall", "all"): (1, 1),
        },
    ),
    Case(
        "an order cancelled after its window stays valid, and a defect at the window's very end counts",
        tables(
            orders=[
                order("o1", NOON, cancelled_at=NOON + 60 * DAY + SECOND),
                order("o2", NOON, cancelled_at=NOON + 60 * DAY),
                order("o3", NOON, cancelled_at=NOON + 30 * DAY + SECOND),
                order("o4", NOON),
            ],
            reviews=[
                review("r1", "o1", NOON + 60 * DAY, 1),
                review("r2", "o4", NOON + 60 * DAY + SECOND, 1),
                review("r3", "o3", NOON + 30 * DAY, 1),
            ],
        ),
        {
            # o1 and o4 are valid after 60 days, and o1 has a defect; o2 and o3 are cancelled by then.
            ("order_defect_rate", "day", MONDAY, "overall", "all"): (1, 2),
            # One person, who has a valid order after 30 days and left r3 on one.
            ("negative_feedback_rate", "day", MONDAY, "overall", "all"): (1, 1),
        },
        as_of=NOON + 61 * DAY,
    ),
    Case(
        "a claim denied after as_of is not denied yet, and a chargeback is a defect whatever became of it",
        tables(
            orders=[order(order_id, NOON) for order_id in ("o1", "o2", "o3", "o4")],
            claims=[
                claim("c1", "o1", "a_to_z", status="denied", decided_at=NOON + 3 * DAY),
                claim("c2", "o2", "a_to_z", status="denied", decided_at=NOON + 2 * DAY),
                claim("c3", "o3", "a_to_z", status="denied"),
                claim("c4", "o4", "chargeback", status="denied", decided_at=NOON + 2 * DAY),
            ],
        ),
        {("order_defect_rate", "day", MONDAY, "overall", "all"): (2, 4)},
        as_of=NOON + 2 * DAY,
    ),
    Case(
        "a return request is due after 48 hours, that instant included; one on a test order is in no KPI",
        tables(
            orders=[order("o1", NOON), order("o2", NOON, is_test=True)],
            returns=[
                answered("r1", "o1", NOON, NOON + 2 * DAY),
                answered("r2", "o1", NOON, NOON + 2 * DAY + SECOND),
                answered("r3", "o2", NOON, NOON + 2 * DAY),
                answered("r4", "unknown", NOON, None),
                answered("r5", "o1", NOON + SECOND, NOON + HOUR),
            ],
        ),
        {
            ("return_sla_rate", "day", MONDAY + 2 * DAY, "overall", "all"): (1, 3),
            ("return_sla_rate", "day", MONDAY + 2 * DAY, "marketplace", "web"): (1, 2),
            ("return_sla_rate", "day", MONDAY + 2 * DAY, "marketplace", "(none)"): (0, 1),
        },
        as_of=NOON + 2 * DAY,
    ),
    Case(
        "an order credits the newest ticket answered before it, and none that is answered at its very instant",
        tables(
            tickets=[
                ticket("t1", NOON, customer_id="c1"),
                ticket("t2", NOON + HOUR, customer_id="c1"),
                ticket("t3", NOON, customer_id="c2"),
            ],
            agents=[{"agent_id": "q", "is_queue": True}],
            ticket_messages=[
                reply("m1", "t1", NOON + HOUR, "a1"),
                reply("m2", "t2", NOON + 2 * HOUR, "a2"),
                reply("m3", "t3", NOON + 5 * DAY - SECOND, "q"),
            ],
            orders=[
                order("o1", NOON + 2 * HOUR),
                order("o2", NOON + 5 * DAY, customer_id="c2"),
                order("o3", NOON + 5 * DAY + SECOND, customer_id="c2"),
            ],
        ),
        {
            # t1 for o1, since t2 is answered at the instant of o1; t3 for o2, but not for o3.
            ("ticket_conversion_rate", "day", MONDAY, "overall", "all"): (2, 3),
            ("converted_revenue", "day", MONDAY, "overall", "all"): (20, None),
            ("converted_tickets", "week", MONDAY, "agent", "standard:a1"): (1, None),
            ("converted_tickets", "week", MONDAY, "agent", "standard:a2"): None,
            ("converted_tickets", "week", MONDAY, "agent", "(none)"): (1, None),
        },
    ),
    Case(
        "refunds are taken off at the order's rate, from the order on until exactly 30 days after it",
        tables(
            tickets=[ticket("t1", NOON, customer_id="c1")],
            ticket_messages=[reply("m1", "t1", NOON + HOUR)],
            orders=[order("o1", NOON + DAY, currency="USD", total_amount=Decimal(100))],
            exchange_rates=[
                {"currency": "USD", "rate_date": MONDAY, "rate": Decimal("0.5")},
                {"currency": "USD", "rate_date": MONDAY + 20 * DAY, "rate": Decimal("0.9")},
            ],
            returns=[
                refund("r1", "o1", NOON + DAY - SECOND, "1"),
                refund("r2", "o1", NOON + DAY, "2"),
                refund("r3", "o1", NOON + 31 * DAY, "4"),
                refund("r4", "o1", NOON + 31 * DAY + SECOND, "8"),
            ],
        ),
        # (100 - 2 - 4) x 0.5
        {("converted_revenue", "day", MONDAY, "overall", "all"): (47, None)},
        as_of=NOON + 40 * DAY,
    ),
    Case(
        "where a source has no messages, nobody can say what was converted",
        tables(
            tickets=[ticket("t1", NOON, customer_id="c1")],
            orders=[order("o1", NOON + DAY)],
        ),
        {
            ("ticket_conversion_rate", "day", MONDAY, "overall", "all"): None,
            ("converted_tickets", "day", MONDAY, "overall", "all"): None,
        },
    ),
    Case(
        "a view is a revisit by time and id, in another session; without a session each is one of its own",
        tables(
            article_views=[
                view("v1", NOON, "s1", reader_id="r1"),
                view("v2", NOON, "s2", reader_id="r1"),
                view("v3", NOON, "s2", reader_id="r1"),
                view("v3 of another reader", NOON, "s2", customer_id="c1"),
                view("v4", NOON + DAY, "s2", customer_id="c1"),
                view("v5", NOON + 2 * DAY, None, customer_id="c1"),
                view("v6", NOON + 9 * DAY, None, customer_id="c1"),
                view("v7", NOON + 16 * DAY + SECOND, None, customer_id="c1"),
                view("v8", NOON + 16 * DAY + SECOND, None),
            ],
        ),
        {
            # v2 and v3 came after v1.
            ("article_revisit_rate", "day", MONDAY, "overall", "all"): (2, 4),
            ("article_revisit_rate", "day", MONDAY + DAY, "overall", "all"): (0, 1),
            ("article_revisit_rate", "day", MONDAY + 2 * DAY, "overall", "all"): (1, 1),
            ("article_revisit_rate", "day", MONDAY + 9 * DAY, "overall", "all"): (1, 1),
            ("article_revisit_rate", "day", MONDAY + 16 * DAY, "overall", "all"): (0, 1),
        },
    ),
    Case(
        "a session is followed by a ticket after its first view and within 24 hours of it",
        tables(
            article_views=[
                view("v1", NOON, "s1", customer_id="c1"),
                view("v2", NOON + HOUR, "s1", customer_id="c1"),
                view("v3", NOON + HOUR, "s1", customer_id="c2"),
                view("v4", NOON, None, customer_id="c3"),
                view("v5", NOON - SECOND, None, customer_id="c3"),
                view("v6", NOON, "s2"),
            ],
            tickets=[
                ticket("t1", NOON + DAY + SECOND, customer_id="c1"),
                ticket("t2", NOON + DAY + HOUR, customer_id="c2"),
                ticket("t3", NOON, customer_id="c3"),
                ticket("t4", NOON + 2 * HOUR, customer_id="c1", initiated_by="agent"),
            ],
        ),
        # The sessions of c1 (a second too late), c2 (at the very end), v4 (at the same instant) and v5.
        {("reader_ticket_rate", "day", MONDAY, "overall", "all"): (2, 4)},
    ),
    Case(
        "who buys every other month never comes back, and a month without orders has a cell",
        tables(
            orders=[
                order("o1", NOON),
                order("o2", NOON + 31 * DAY, customer_id="c2"),
                order("o3", NOON + 61 * DAY),
                order("o4", NOON + 61 * DAY, customer_id="c2", marketplace="amazon"),
            ],
        ),
        {
            ("customer_retention_rate", "month", MONDAY.replace(day=1), "overall", "all"): (0, 0),
            ("customer_retention_rate", "month", MONDAY.replace(month=4, day=1), "overall", "all"): (0, 1),
            ("customer_retention_rate", "month", MONDAY.replace(month=5, day=1), "overall", "all"): (1, 1),
            ("customer_retention_rate", "month", MONDAY.replace(month=5, day=1), "marketplace", "web"): (0, 1),
            ("customer_retention_rate", "month", MONDAY.replace(month=5, day=1), "marketplace", "amazon"): (0, 0),
            ("customer_retention_rate", "month", MONDAY.replace(month=6, day=1), "overall", "all"): (0, 2),
        },
        as_of=NOON + 95 * DAY,
    ),
]
