"""Known cases of a shop, with the cells worked out by hand: readings that the sentences leave open, and rare edges."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from independent.cases import DAY, HOUR, MONDAY, NOON, Case, line, order, tables, ticket
from independent.cases_conforming import dates, mention
from independent.cases_people import survey
from independent.world import Row

SECOND = timedelta(seconds=1)


def review(review_id: str, order_id: str | None, reviewed_at: datetime, rating: float, **columns: Any) -> Row:
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


def scale(survey_type: str, scale_min: float, scale_max: float, **columns: Any) -> Row:
    limits = {"satisfied_min": None, "promoter_min": None, "detractor_max": None, "is_reversed": False, "words": None}
    ends = {"scale_min": float(scale_min), "scale_max": float(scale_max)}
    return {"survey_type": survey_type, **ends, **limits, "source": "test", **columns}


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
    Case(
        "an order of which nobody knows the amount counts, and is worth nothing that could be added up",
        tables(
            orders=[
                order("o1", NOON),
                order("o2", NOON + DAY, total_amount=None, currency=None),
                order("o3", NOON + 2 * DAY, total_amount=None),
                order("o4", NOON + 3 * DAY),
                order("o5", NOON + 4 * DAY, currency=None),
                order("o6", NOON + 5 * DAY + SECOND),
            ],
            order_lines=[
                line("l3", "o3", "p1", "7"),
                # Of what was ordered in no number the price does not matter.
                line("l4", "o4", "p1", "9"),
                line("l5", "o4", "p2", "1", quantity=0) | {"unit_price": None},
                line("l6", "o6", "p1", "4"),
                line("l7", "o6", "p1", "4") | {"unit_price": None},
            ],
            products=[{"product_id": "p1", "category": "cups"}, {"product_id": "p2", "category": "cups"}],
            tickets=[ticket("t1", NOON, customer_id="c1")],
            ticket_messages=[reply("m1", "t1", NOON + HOUR)],
        ),
        {
            ("repeat_orders", "week", MONDAY, "overall", "all"): (5, None),
            # o4 and o6; with o1 of all
            ("repeat_revenue", "week", MONDAY, "overall", "all"): (20, None),
            ("repeat_revenue_rate", "week", MONDAY, "overall", "all"): (20, 30),
            # l3, whose order has a currency, and l4; o6 has a line without a price
            ("repeat_revenue", "week", MONDAY, "category", "cups"): (16, None),
            # By o2 to o5, of which o4 alone has an amount; o6 is too late.
            ("converted_tickets", "day", MONDAY, "overall", "all"): (1, None),
            ("converted_revenue", "day", MONDAY, "overall", "all"): (10, None),
        },
        as_of=NOON + 10 * DAY,
    ),
    Case(
        "who cancelled an order matters where it would count, and there it is left out",
        tables(
            orders=[
                order("o1", NOON, cancelled_at=NOON + DAY, cancelled_by="seller"),
                order("o2", NOON, cancelled_at=NOON + 30 * DAY),
                order("o3", NOON, cancelled_at=NOON + 30 * DAY + SECOND),
                order("o4", NOON, cancelled_at=NOON + 2 * DAY, shipped_at=NOON + 2 * DAY),
                order("o5", NOON, status="cancelled"),
                order("o6", NOON, status="cancelled", shipped_at=NOON + DAY),
                order("o7", NOON, status=None),
            ],
        ),
        # o1 of o1, o3, o4, o6 and o7
        {("cancellation_rate", "day", MONDAY, "overall", "all"): (1, 5)},
        as_of=NOON + 40 * DAY,
    ),
    Case(
        "where nobody is told who cancels, no order says anything",
        tables(orders=[order("o1", NOON), order("o2", NOON, cancelled_at=NOON + 20 * DAY)]),
        {("cancellation_rate", "day", MONDAY, "overall", "all"): None},
        as_of=NOON + DAY,
    ),
    Case(
        "where no order was ever cancelled, nobody need say who did it",
        tables(orders=[order("o1", NOON), order("o2", NOON, status=None), order("o3", NOON, is_test=True)]),
        # Of o2 nobody knows: the source tells of cancellations by the status alone.
        {("cancellation_rate", "day", MONDAY, "overall", "all"): (0, 1)},
        as_of=NOON + DAY,
    ),
    Case(
        "where neither a status nor a time is told, nobody knows what was cancelled",
        tables(
            orders=[
                order("o1", NOON, status=None),
                order("o2", NOON, status=None, cancelled_by="seller"),
            ]
        ),
        {
            ("cancellation_rate", "day", MONDAY, "overall", "all"): None,
            ("repeat_orders", "day", MONDAY, "overall", "all"): (1, None),
        },
        as_of=NOON + DAY,
    ),
    Case(
        "what was shipped nobody knows when was shipped in time if it was delivered by the promise",
        tables(
            orders=[
                order("o1", NOON, promised_ship_at=NOON + DAY, shipped_at=NOON + DAY),
                order("o2", NOON, promised_ship_at=NOON + DAY, shipped_at=NOON + DAY + SECOND),
                order("o3", NOON, promised_ship_at=NOON + DAY),
                order("o4", NOON, promised_ship_at=NOON + DAY, status="Shipped"),
                order("o5", NOON, promised_ship_at=NOON + DAY, status="delivered", delivered_at=NOON + DAY),
                order("o6", NOON, promised_ship_at=NOON + DAY, delivered_at=NOON + DAY + SECOND),
                # Shipped after as_of: it was not by the promise.
                order("o7", NOON, promised_ship_at=NOON + DAY, status="shipped", shipped_at=NOON + 5 * DAY),
                order("o8", NOON, promised_ship_at=NOON + 2 * DAY + SECOND),
                order("o9", NOON, promised_ship_at=NOON + DAY, status="cancelled", shipped_at=NOON),
            ],
        ),
        # o1 and o5 of o1, o2, o3, o5 and o7
        {("on_time_shipping_rate", "day", MONDAY + DAY, "overall", "all"): (2, 5)},
        as_of=NOON + 2 * DAY,
    ),
    Case(
        "what is not delivered when its promise has come is late, but if it was delivered nobody knows when",
        tables(
            customers=[{"customer_id": "c1", "country": "DE"}],
            orders=[
                order("o1", NOON, promised_delivery_at=NOON + DAY, delivered_at=NOON + DAY),
                order("o2", NOON, promised_delivery_at=NOON + DAY, delivered_at=NOON + DAY + SECOND),
                order("o3", NOON, promised_delivery_at=NOON + DAY, shipped_at=NOON, status="shipped"),
                order("o4", NOON, promised_delivery_at=NOON + DAY, status="Delivered"),
                order("o5", NOON, promised_delivery_at=NOON + DAY, delivered_at=NOON + 9 * DAY),
                order("o6", NOON, promised_delivery_at=NOON + 3 * DAY),
                order("o7", NOON, delivered_at=NOON + DAY),
                # By a date: the promise holds to the end of Tuesday, and what came on a date came some time on it.
                dates(
                    order("o8", NOON, promised_delivery_at=NOON + DAY, delivered_at=NOON + DAY + 10 * HOUR),
                    "promised_delivery_at",
                ),
                dates(order("o9", NOON, promised_delivery_at=NOON + DAY, delivered_at=NOON + DAY), "delivered_at"),
                dates(
                    order("o10", NOON, promised_delivery_at=NOON + DAY, delivered_at=NOON + DAY),
                    *("promised_delivery_at", "delivered_at"),
                ),
                dates(order("o11", NOON, promised_delivery_at=NOON + DAY, delivered_at=NOON + 2 * DAY), "delivered_at"),
                order("o12", NOON, promised_delivery_at=NOON + DAY, delivered_at=NOON, is_test=True),
            ],
        ),
        {
            # o1, o8 and o10 of o1, o2, o3, o5, o8, o10 and o11
            ("on_time_delivery_rate", "day", MONDAY + DAY, "overall", "all"): (3, 7),
            ("on_time_delivery_rate", "day", MONDAY + DAY, "marketplace", "web"): (3, 7),
            ("on_time_delivery_rate", "day", MONDAY + DAY, "country", "DE"): (3, 7),
        },
        as_of=NOON + 2 * DAY,
    ),
    Case(
        "where no shipping, delivery or answer is ever told, nothing is late",
        tables(
            orders=[order("o1", NOON, promised_ship_at=NOON + DAY, promised_delivery_at=NOON + DAY, status="shipped")],
            returns=[answered("r1", "o1", NOON, None)],
        ),
        {
            ("on_time_shipping_rate", "day", MONDAY + DAY, "overall", "all"): None,
            ("on_time_delivery_rate", "day", MONDAY + DAY, "overall", "all"): None,
            ("return_sla_rate", "day", MONDAY + 2 * DAY, "overall", "all"): None,
        },
        as_of=NOON + 10 * DAY,
    ),
    Case(
        "a refund within 48 hours is an answer, a later one may not have been the first",
        tables(
            orders=[order("o1", NOON)],
            returns=[
                answered("r1", "o1", NOON, None) | {"refunded_at": NOON + 2 * DAY},
                answered("r2", "o1", NOON, None) | {"refunded_at": NOON + 2 * DAY + SECOND},
                answered("r3", "o1", NOON, None),
                answered("r4", "o1", NOON, NOON + 3 * DAY) | {"refunded_at": NOON + DAY},
                # By dates: answered on the day on which it is due, before it, after it, and asked at an unknown time.
                dates(answered("r5", "o1", NOON, NOON + 2 * DAY), "responded_at"),
                dates(answered("r6", "o1", NOON, NOON + DAY), "responded_at"),
                dates(answered("r7", "o1", NOON, NOON + 3 * DAY), "responded_at"),
                dates(answered("r8", "o1", NOON, NOON + DAY), "requested_at"),
            ],
        ),
        # r1 and r6 of r1, r3, r4, r6 and r7
        {("return_sla_rate", "week", MONDAY, "overall", "all"): (2, 5)},
        as_of=NOON + 10 * DAY,
    ),
    Case(
        "reviews that name no order say nothing of orders, and without claims nobody knows of a defect",
        tables(orders=[order("o1", NOON)], reviews=[review("r1", None, NOON, 1, customer_id="c1")]),
        {
            ("order_defect_rate", "day", MONDAY, "overall", "all"): None,
            ("negative_feedback_rate", "day", MONDAY, "overall", "all"): None,
            ("positive_review_rate", "day", MONDAY, "overall", "all"): None,
            ("negative_review_share", "day", MONDAY, "overall", "all"): (1, 1),
        },
        as_of=NOON + DAY,
    ),
    Case(
        "claims alone tell of defects",
        tables(orders=[order("o1", NOON)], claims=[claim("k1", "o1", "chargeback")]),
        {
            ("order_defect_rate", "day", MONDAY, "overall", "all"): (1, 1),
            ("positive_review_rate", "day", MONDAY, "overall", "all"): None,
        },
        as_of=NOON + 2 * DAY,
    ),
    Case(
        "a repeat order without bought lines is left out of what else was bought",
        tables(
            orders=[order("o1", NOON), order("o2", NOON + DAY), order("o3", NOON + DAY + HOUR)],
            order_lines=[
                line("l1", "o1", "p1", "5"),
                line("l2", "o2", "p2", "5", quantity=-1),
                line("l3", "o3", "p3", "5"),
                line("l4", "o3", "p4", "5", quantity=0),
            ],
            products=[
                {"product_id": "p2", "category": "pots", "family": "pots"},
                {"product_id": "p3", "category": "cups"},
                {"product_id": "p4", "category": "lids"},
            ],
        ),
        {
            # o3 of c1; o2 gave something back.
            ("repeat_orders", "day", MONDAY + DAY, "overall", "all"): (2, None),
            ("cross_sell_rate", "day", MONDAY + DAY, "overall", "all"): (1, 1),
            ("cross_sell_rate", "day", MONDAY + DAY, "category", "cups"): (1, 1),
            ("cross_sell_rate", "day", MONDAY + DAY, "category", "lids"): (0, 1),
            ("cross_sell_rate", "day", MONDAY + DAY, "category", "pots"): None,
            ("up_sell_rate", "day", MONDAY + DAY, "overall", "all"): (0, 1),
        },
        as_of=NOON + 10 * DAY,
    ),
    Case(
        "where no family is told, nobody knows what is new or a version of another",
        tables(
            orders=[order("o1", NOON), order("o2", NOON + DAY)],
            order_lines=[line("l1", "o1", "p1", "5"), line("l2", "o2", "p2", "5")],
            products=[{"product_id": "p1", "tier": 1.0}, {"product_id": "p2", "tier": 2.0, "family": None}],
        ),
        {
            ("repeat_orders", "day", MONDAY + DAY, "overall", "all"): (1, None),
            ("cross_sell_rate", "day", MONDAY + DAY, "overall", "all"): None,
            ("up_sell_rate", "day", MONDAY + DAY, "overall", "all"): None,
        },
    ),
    Case(
        "where no line is told, nobody knows what else was bought",
        tables(orders=[order("o1", NOON), order("o2", NOON + DAY)]),
        {
            ("repeat_orders", "day", MONDAY + DAY, "overall", "all"): (1, None),
            ("cross_sell_rate", "day", MONDAY + DAY, "overall", "all"): None,
            ("up_sell_rate", "day", MONDAY + DAY, "overall", "all"): None,
        },
    ),
    Case(
        "stars may have decimals, and stand in their slice as they are read",
        tables(
            orders=[order("o1", NOON), order("o2", NOON, customer_id="c2")],
            reviews=[
                review("r1", "o1", NOON, 2.0),
                review("r2", "o1", NOON, 2.5),
                review("r3", "o2", NOON, 3.9),
                review("r4", "o2", NOON, 4),
            ],
        ),
        {
            ("reviews_received", "day", MONDAY, "rating", "2"): (1, None),
            ("reviews_received", "day", MONDAY, "rating", "2.5"): (1, None),
            ("reviews_received", "day", MONDAY, "rating", "4"): (1, None),
            ("negative_review_share", "day", MONDAY, "overall", "all"): (1, 4),
            ("positive_review_share", "day", MONDAY, "overall", "all"): (1, 4),
            ("positive_review_rate", "day", MONDAY, "overall", "all"): (1, 2),
        },
        as_of=NOON + DAY,
    ),
    Case(
        "a view that tells of no resources says nothing of them",
        tables(
            article_views=[
                view("w1", NOON, "s1", resources_opened=2),
                view("w2", NOON, "s1", resources_opened=0),
                view("w3", NOON, "s1"),
            ],
        ),
        {
            ("article_engagement_rate", "day", MONDAY, "overall", "all"): (1, 2),
            ("article_views", "day", MONDAY, "overall", "all"): (3, None),
        },
    ),
    Case(
        "mentions are of a brand",
        tables(
            brand_mentions=[
                mention("x1", brand="North Sea"),
                mention("x2", brand="north-sea"),
                mention("x3"),
                mention("x4", brand="North Sea", is_own_account=True),
            ],
        ),
        {
            ("brand_mentions", "day", MONDAY, "brand", "North Sea"): (2, None),
            ("brand_mentions", "day", MONDAY, "brand", "(none)"): (1, None),
            ("brand_mentions", "day", MONDAY, "overall", "all"): (3, None),
        },
    ),
    Case(
        "two clocks may differ by two seconds",
        tables(
            orders=[
                order("o1", NOON, cancelled_at=NOON - 2 * SECOND, cancelled_by="seller"),
                order("o2", NOON, cancelled_at=NOON - 3 * SECOND, cancelled_by="seller"),
                # Shipped and cancelled at the instant of the order: not before shipping.
                order("o3", NOON, cancelled_at=NOON - SECOND, shipped_at=NOON - 2 * SECOND, cancelled_by="seller"),
            ],
            survey_responses=[
                survey("v1", "csat", 5, NOON - 2 * SECOND),
                survey("v2", "csat", 4, NOON - 3 * SECOND),
                survey("v3", "csat", None, None),
            ],
        ),
        {
            ("cancellation_rate", "day", MONDAY, "overall", "all"): (1, 3),
            ("survey_response_rate", "day", MONDAY, "overall", "all"): (1, 3),
        },
        as_of=NOON + DAY,
    ),
    Case(
        "a KPI of two tables says nothing where one of them is not given",
        tables(
            orders=[order("o1", NOON)],
            tickets=[ticket("t1", is_deleted=True)],
            article_views=[view("w1", NOON, "s1", customer_id="c1")],
        ),
        {
            ("contact_rate", "day", MONDAY, "overall", "all"): None,
            ("views_per_ticket", "day", MONDAY, "overall", "all"): None,
            ("reader_ticket_rate", "day", MONDAY, "overall", "all"): None,
            ("article_views", "day", MONDAY, "overall", "all"): (1, None),
        },
    ),
    Case(
        "an order that is still to come shows that there are orders",
        tables(orders=[order("o1", NOON + 3 * DAY)], tickets=[ticket("t1")]),
        {("contact_rate", "day", MONDAY, "overall", "all"): (1, 0)},
        as_of=NOON + DAY,
    ),
    Case(
        "an export of answers alone tells nothing of those who were asked",
        tables(
            survey_responses=[
                survey("v1", "csat", 5, NOON + HOUR),
                survey("v2", "csat", 4, None),
                survey("v3", "nps", 9, NOON + HOUR),
                # Unanswered, and not asked before as_of.
                survey("v4", "nps", None, None, sent_at=NOON + 5 * DAY),
                survey("v5", "nps", 9, NOON + HOUR, sent_at=None),
                survey("v6", "csat", 1, NOON + 2 * DAY, sent_at=None),
            ],
        ),
        {
            ("survey_response_rate", "day", MONDAY, "survey_type", "csat"): None,
            ("survey_response_rate", "day", MONDAY, "survey_type", "nps"): (1, 1),
            ("net_promoter_score", "day", MONDAY, "overall", "all"): (200, 2),
            ("csat_score", "day", MONDAY + 2 * DAY, "overall", "all"): (1, 1),
        },
        as_of=NOON + 3 * DAY,
    ),
    Case(
        "without a scale an answer is on the usual one, unless more than one in ten lies off it",
        tables(
            survey_responses=[
                # One of ten is off the scale: it is left out.
                *(survey(f"c{n}", "csat", 5, NOON + HOUR) for n in range(9)),
                survey("c9", "csat", 10, NOON + HOUR),
                # Two of eleven: then nobody knows what the others are on. Those with a scale are read.
                *(survey(f"e{n}", "ces", 7, NOON + HOUR) for n in range(9)),
                survey("e9", "ces", 8, NOON + HOUR),
                survey("e10", "ces", 9, NOON + 9 * DAY, sent_at=NOON + 9 * DAY),
                survey("e11", "ces", 4, NOON + HOUR, scale_max=5),
                # An answer off a scale that is given says nothing of the usual one.
                survey("n1", "nps", 9, NOON + HOUR),
                survey("n2", "nps", 11, NOON + HOUR, scale_min=0, scale_max=10),
            ],
        ),
        {
            ("csat_score", "day", MONDAY, "overall", "all"): (45, 9),
            # 4 of 1-5 is 1 + 3 x 6 / 4 of 1-7
            ("customer_effort_score", "day", MONDAY, "overall", "all"): (5.5, 1),
            ("net_promoter_score", "day", MONDAY, "overall", "all"): (100, 1),
        },
        as_of=NOON + 3 * DAY,
    ),
    Case(
        "a scale that does not say who is satisfied, or who promotes, has a mean and no share",
        tables(
            survey_responses=[
                survey("v1", "csat", 10, NOON + HOUR, scale_min=0, scale_max=10),
                survey("v2", "csat", 5, NOON + HOUR),
                survey("v3", "nps", 9, NOON + HOUR),
                survey("v4", "article_helpful", 1, NOON + HOUR, article_id="z1"),
            ],
        ),
        {
            ("csat_score", "day", MONDAY, "overall", "all"): (10, 2),
            ("csat_satisfied_rate", "day", MONDAY, "overall", "all"): (1, 1),
            ("net_promoter_score", "day", MONDAY, "overall", "all"): None,
            ("article_helpful_rate", "day", MONDAY, "overall", "all"): None,
        },
        seeds={
            "survey_scales": [
                scale("csat", 0, 10),
                scale("csat", 1, 5, satisfied_min=4.0),
                scale("nps", 0, 10),
                scale("article_helpful", 0, 1),
            ]
        },
    ),
    Case(
        "an answer in words has the points of its word, and a word of no points is no answer",
        tables(
            survey_responses=[
                survey("v1", "csat", "Good", NOON + HOUR),
                survey("v2", "csat", "VERY-BAD", NOON + HOUR),
                survey("v3", "csat", "offered", NOON + HOUR),
                survey("v4", "csat", "meh", NOON + HOUR),
                survey("v5", "csat", "4", NOON + HOUR),
                survey("v6", "csat", None, None),
            ],
        ),
        {
            # 5, 1 and 4
            ("csat_score", "day", MONDAY, "overall", "all"): (10, 3),
            ("csat_satisfied_rate", "day", MONDAY, "overall", "all"): (2, 3),
            # Somebody answered "meh", though nobody knows what that is.
            ("survey_response_rate", "day", MONDAY, "overall", "all"): (4, 6),
        },
        seeds={
            "survey_scales": [
                scale("csat", 1, 5, satisfied_min=4.0),
                scale("csat", 0, 1, satisfied_min=1.0, words="very bad=0|good=1|offered="),
            ]
        },
    ),
]
