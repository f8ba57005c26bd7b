"""What a shop's KPIs count: reviews, the order standards of marketplaces, loyalty, conversion, self-service, mentions.

Like the rest of the calculation this follows the sentences of the definitions, not the SQL.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from independent.orders import by_category, is_repeat, values_by_category
from independent.world import (
    GRAINS,
    NONE,
    SEVEN_DAYS,
    THIRTY_DAYS,
    Kpi,
    Observation,
    Row,
    Stock,
    Ticket,
    Where,
    World,
    keyed,
    valid_tickets,
    was_cancelled,
    where,
)

ONE_DAY = timedelta(days=1)
FIVE_DAYS = timedelta(days=5)
THIRTY_FIVE_DAYS = timedelta(days=35)
SIXTY_DAYS = timedelta(days=60)
RETURN_ANSWERED_WITHIN = timedelta(hours=48)
LONGEST_READ = timedelta(minutes=30).total_seconds()

KPIS = {
    "reviews_received": Kpi("count"),
    "days_since_last_review": Kpi("stock", sample="observations"),
    "negative_feedback_rate": Kpi("distinct", THIRTY_DAYS),
    "positive_review_rate": Kpi("distinct", THIRTY_DAYS),
    "negative_review_share": Kpi("ratio"),
    "positive_review_share": Kpi("ratio"),
    "order_defect_rate": Kpi("ratio", SIXTY_DAYS),
    "on_time_shipping_rate": Kpi("ratio"),
    "on_time_delivery_rate": Kpi("ratio"),
    "return_sla_rate": Kpi("ratio"),
    "repeat_revenue_rate": Kpi("ratio", sample="observations"),
    "customer_retention_rate": Kpi("retained", grains=("month", "quarter")),
    "converted_tickets": Kpi("count", FIVE_DAYS),
    "ticket_conversion_rate": Kpi("ratio", FIVE_DAYS),
    "converted_revenue": Kpi("sum", THIRTY_FIVE_DAYS),
    "articles_published": Kpi("count"),
    "article_views": Kpi("count"),
    "views_per_ticket": Kpi("ratio"),
    "reader_ticket_rate": Kpi("ratio", ONE_DAY),
    "article_read_time": Kpi("duration"),
    "article_revisit_rate": Kpi("ratio"),
    "article_engagement_rate": Kpi("ratio"),
    "brand_mentions": Kpi("count", grains=("hour", *GRAINS)),
    "contact_rate": Kpi("ratio"),
}


def orders_by_id(world: World) -> dict[str, Row]:
    return {order["order_id"]: order for order in world.orders}


def is_on_test_order(order: Row | None) -> bool:
    return order is not None and order["is_test"]


def is_test_customer(world: World, customer_id: str | None) -> bool:
    customer = world.customers.get(customer_id)
    return customer is not None and customer["is_test"]


def is_valid_at(order: Row, at: datetime) -> bool:
    """Whether an order was valid at the end of its window."""
    return not order["is_test"] and not was_cancelled(order, at)


def inbound_tickets(world: World) -> list[Ticket]:
    return [ticket for ticket in valid_tickets(world) if ticket.is_inbound]


def country_of(ticket: Ticket) -> str | None:
    return None if ticket.customer is None else ticket.customer["country"]


# ------------------------------------------------------------------------------------------------------------- reviews


@dataclass(frozen=True)
class Review:
    """A review that is no test."""

    at: datetime
    rating: float
    is_standing: bool
    order: Row | None
    marketplace: str | None
    categories: frozenset[str]

    @property
    def is_negative(self) -> bool:
        return self.is_standing and self.rating <= 2

    @property
    def is_positive(self) -> bool:
        return self.is_standing and self.rating >= 4


def reviews(world: World) -> Iterator[Review]:
    """Reviews, but not those on test orders, nor those of test customers on no order."""
    orders = orders_by_id(world)
    for row in world.existing("reviews"):
        order = orders.get(row["order_id"])
        if is_on_test_order(order) or (order is None and is_test_customer(world, row["customer_id"])):
            continue
        # A product that is known goes before the order, also where it has no category.
        categories = {NONE}
        if row["product_id"] in world.products:
            categories = {world.category(row["product_id"]) or NONE}
        elif order is not None:
            categories = set(by_category(world, order))
        yield Review(
            at=row["reviewed_at"],
            rating=row["rating"],
            is_standing=row["removed_at"] is None,
            order=order,
            marketplace=row["marketplace"] or (order["marketplace"] if order is not None else None),
            categories=frozenset(categories),
        )


def review_where(review: Review, **slices: str) -> Where:
    categories = [("category", category) for category in review.categories]
    return where(marketplace=review.marketplace, **slices) + categories


def reviews_received(world: World) -> Iterator[Observation]:
    """Reviews, removed ones included."""
    for review in reviews(world):
        yield Observation(review.at, review_where(review, rating=f"{review.rating:g}"))


def days_since_last_review(world: World, day: date, ends_at: datetime) -> Iterator[tuple[Where, float]]:
    """Local days since the newest standing positive review, on a local day."""
    newest: dict[tuple[str, str], date] = {}
    for review in reviews(world):
        reviewed_on = world.local_date(review.at)
        if review.is_positive and reviewed_on <= day:
            for cell in where(marketplace=review.marketplace):
                newest[cell] = max(newest.get(cell, reviewed_on), reviewed_on)
    for cell, reviewed_on in newest.items():
        yield [cell], (day - reviewed_on).days


def reviewed_orders(world: World, is_wanted: Callable[[Review], bool]) -> Iterator[Observation]:
    """Valid orders of people, with whether a wanted review was left on them within 30 days.

    By category, an order belongs to each category of its lines and its reviews to their own.
    """
    if not world.tells("reviews", "order_id"):
        return
    left_on = defaultdict(list)
    for review in reviews(world):
        if review.order is not None and is_wanted(review):
            left_on[review.order["order_id"]].append(review)
    for order in world.orders:
        at = order["ordered_at"]
        if order["person"] is None or not is_valid_at(order, at + THIRTY_DAYS):
            continue
        found = [review for review in left_on[order["order_id"]] if at <= review.at <= at + THIRTY_DAYS]
        yield Observation(
            at,
            where(marketplace=order["marketplace"], country=order["country"]),
            numerator=int(bool(found)),
            subject=order["person"],
        )
        for category in by_category(world, order):
            yield Observation(
                at,
                [("category", category)],
                numerator=int(any(category in review.categories for review in found)),
                subject=order["person"],
            )


def negative_feedback_rate(world: World) -> Iterator[Observation]:
    """People who left a standing review of 1-2 stars on an order / people with a valid order."""
    return reviewed_orders(world, lambda review: review.is_negative)


def positive_review_rate(world: World) -> Iterator[Observation]:
    """People who left a standing review of 4-5 stars on an order / people with a valid order."""
    return reviewed_orders(world, lambda review: review.is_positive)


def standing_reviews(world: World, is_wanted: Callable[[Review], bool]) -> Iterator[Observation]:
    for review in reviews(world):
        if review.is_standing:
            yield Observation(review.at, review_where(review), numerator=int(is_wanted(review)))


def negative_review_share(world: World) -> Iterator[Observation]:
    """Reviews of 1-2 stars / standing reviews."""
    return standing_reviews(world, lambda review: review.is_negative)


def positive_review_share(world: World) -> Iterator[Observation]:
    """Reviews of 4-5 stars / standing reviews."""
    return standing_reviews(world, lambda review: review.is_positive)


# ------------------------------------------------------------------------------------------------------ order standards


def is_defect(claim: Row) -> bool:
    """Whether a claim counts against its order: a chargeback always, an A-to-z claim unless it was denied."""
    is_denied = claim["status"] == "denied" and "decided_at" not in claim["later"]
    return claim["claim_type"] == "chargeback" or not is_denied


def order_defect_rate(world: World) -> Iterator[Observation]:
    """Valid orders with one or more defects within 60 days, where the source tells of any kind of defect."""
    if not world.tells("reviews", "order_id") and not world.gives("claims"):
        return
    defects = defaultdict(list)
    for review in reviews(world):
        if review.order is not None and review.is_negative:
            defects[review.order["order_id"]].append(review.at)
    for claim in world.existing("claims"):
        if is_defect(claim):
            defects[claim["order_id"]].append(claim["opened_at"])
    for order in world.orders:
        at = order["ordered_at"]
        if is_valid_at(order, at + SIXTY_DAYS):
            has_defect = any(at <= defect_at <= at + SIXTY_DAYS for defect_at in defects[order["order_id"]])
            yield Observation(at, where(marketplace=order["marketplace"]), numerator=int(has_defect))


def by_the_promise(
    world: World, promise: str, is_in_time: Callable[[Row, datetime], bool | None]
) -> Iterator[Observation]:
    """Valid orders whose promise has come, with whether it was kept; without those of which nobody knows."""
    for order in world.orders:
        promised_at = order[promise]
        if not order["is_valid"] or promised_at is None or promised_at > world.as_of:
            continue
        is_kept = is_in_time(order, promised_at)
        if is_kept is not None:
            slices = where(marketplace=order["marketplace"], country=order["country"])
            yield Observation(promised_at, slices, numerator=int(is_kept))


def is_by(world: World, row: Row, column: str, deadline: datetime) -> bool | None:
    """Whether a time of a row, as its source gives it, is by a deadline."""
    given = row["given"]
    if given[column] is None:
        return None
    at = world.since(row["happened_at"], given[column])
    return world.in_time(at, column in given["date_columns"], deadline)


def on_time_shipping_rate(world: World) -> Iterator[Observation]:
    """Orders shipped by the promise / valid orders whose promise has come.

    What was delivered by then was shipped by then; what was shipped nobody knows when may have been late or not.
    """

    def is_in_time(order: Row, promised_at: datetime) -> bool | None:
        given = order["given"]
        if given["shipped_at"] is not None:
            return is_by(world, order, "shipped_at", promised_at)
        is_shipped = order["status"] in ("shipped", "delivered") or given["delivered_at"] is not None
        return (is_by(world, order, "delivered_at", promised_at) or None) if is_shipped else False

    if world.tells("orders", "shipped_at"):
        yield from by_the_promise(world, "promised_ship_at", is_in_time)


def on_time_delivery_rate(world: World) -> Iterator[Observation]:
    """Orders delivered by the promise / valid orders whose promise has come."""

    def is_in_time(order: Row, promised_at: datetime) -> bool | None:
        if order["given"]["delivered_at"] is not None:
            return is_by(world, order, "delivered_at", promised_at)
        return None if order["status"] == "delivered" else False

    if world.tells("orders", "delivered_at"):
        yield from by_the_promise(world, "promised_delivery_at", is_in_time)


def return_sla_rate(world: World) -> Iterator[Observation]:
    """Return requests answered within 48 hours / requests due.

    A refund is an answer, but there may have been an earlier one that the row does not tell of.
    """
    if not world.tells("returns", "responded_at", "refunded_at"):
        return
    orders = orders_by_id(world)
    for row in world.existing("returns"):
        order = orders.get(row["order_id"])
        deadline = row["requested_at"] + RETURN_ANSWERED_WITHIN
        if is_on_test_order(order) or deadline > world.as_of or "requested_at" in row["date_columns"]:
            continue
        is_answered: bool | None = False
        if row["given"]["responded_at"] is not None:
            is_answered = is_by(world, row, "responded_at", deadline)
        elif row["given"]["refunded_at"] is not None:
            is_answered = is_by(world, row, "refunded_at", deadline) or None
        if is_answered is not None:
            slices = where(marketplace=order["marketplace"] if order is not None else None)
            yield Observation(deadline, slices, numerator=int(is_answered))


# ------------------------------------------------------------------------------------------------------------- loyalty


def repeat_revenue_rate(world: World) -> Iterator[Observation]:
    """The value of repeat orders / the value of valid orders of people; by category that of the category's lines."""
    for order in world.orders:
        if not order["is_valid"] or order["person"] is None:
            continue
        slices = where(marketplace=order["marketplace"], country=order["country"])
        for cells, value in [(slices, order["value"]), *values_by_category(world, order)]:
            if value is not None:
                numerator = value if is_repeat(order) else Decimal(0)
                yield Observation(order["ordered_at"], cells, numerator=numerator, denominator=value)


def customer_retention_rate(world: World) -> Iterator[Observation]:
    """Who placed a valid order when."""
    for order in world.orders:
        if order["is_valid"] and order["person"] is not None:
            yield Observation(
                order["ordered_at"],
                where(marketplace=order["marketplace"], country=order["country"]),
                subject=order["person"],
            )


# ---------------------------------------------------------------------------------------------------------- conversion


def answers(world: World, ticket: Ticket) -> list[Row]:
    """Replies and automated replies of a ticket, in order."""
    found = [
        message
        for message in ticket.messages
        if message["sent_at"] <= world.as_of
        and message["is_public"]
        and (
            message["author_type"] == "agent"
            or (message["author_type"] == "automation" and not message["is_acknowledgement"])
        )
    ]
    return sorted(found, key=lambda message: (message["sent_at"], message["message_id"]))


@dataclass(frozen=True)
class Candidate:
    """A valid inbound ticket of a person, with its answers within 5 days."""

    ticket: Ticket
    person: str
    answers: list[Row]

    @property
    def ends_at(self) -> datetime:
        return self.ticket.created_at + FIVE_DAYS

    def is_eligible(self, order: Row) -> bool:
        """Whether an order may credit the ticket: asked and answered before the order, at most 5 days before it."""
        at = order["ordered_at"]
        return (
            self.person == order["person"]
            and self.ticket.created_at < at <= self.ends_at
            and any(answer["sent_at"] < at for answer in self.answers)
        )

    def slices(self) -> dict[str, str | None]:
        by_agent = any(answer["author_type"] == "agent" for answer in self.answers)
        by_automation = any(answer["author_type"] == "automation" for answer in self.answers)
        handled_by = "both" if by_agent and by_automation else "agent" if by_agent else None
        if by_automation and not by_agent:
            handled_by = "automation"
        return {"channel": self.ticket.row["channel"], "topic": self.ticket.row["topic"], "handled_by": handled_by}

    def first_replier(self, world: World) -> str | None:
        for answer in self.answers:
            if answer["author_type"] == "agent":
                return world.person(answer["author_id"], world.local_date(answer["sent_at"]))
        return None


def candidates(world: World) -> list[Candidate]:
    """Tickets that may be converted, by creation; none where the source has no messages."""
    if not world.told("ticket_messages"):
        return []
    found = []
    for ticket in inbound_tickets(world):
        person = world.person_of(ticket.row["customer_id"])
        if person is not None:
            ends_at = ticket.created_at + FIVE_DAYS
            within = [answer for answer in answers(world, ticket) if answer["sent_at"] <= ends_at]
            found.append(Candidate(ticket, person, within))
    return sorted(found, key=lambda candidate: (candidate.ticket.created_at, candidate.ticket.id))


def credited(world: World) -> list[tuple[Candidate, list[Row]]]:
    """Tickets that may be converted, each with the orders that credit it."""
    found = candidates(world)
    orders: dict[str, list[Row]] = defaultdict(list)
    for order in world.orders:
        eligible = [candidate for candidate in found if candidate.is_eligible(order)]
        if eligible and is_valid_at(order, eligible[-1].ends_at):
            orders[eligible[-1].ticket.id].append(order)
    return [(candidate, orders[candidate.ticket.id]) for candidate in found]


def converted_tickets(world: World) -> Iterator[Observation]:
    """Inbound tickets credited with an order."""
    for candidate, orders in credited(world):
        if orders:
            slices = candidate.slices() | {"agent": keyed(candidate.first_replier(world))}
            yield Observation(candidate.ticket.created_at, where(**slices))


def ticket_conversion_rate(world: World) -> Iterator[Observation]:
    """Converted tickets / inbound tickets of people."""
    for candidate, orders in credited(world):
        yield Observation(candidate.ticket.created_at, where(**candidate.slices()), numerator=int(bool(orders)))


def refunded(world: World, order: Row) -> Decimal:
    """What was refunded of an order within 30 days of it, in the order's currency."""
    at = order["ordered_at"]
    in_time = [
        row["refund_amount"] or Decimal(0)
        for row in world.existing("returns")
        if row["order_id"] == order["order_id"]
        and row["refunded_at"] is not None
        and at <= row["refunded_at"] <= at + THIRTY_DAYS
    ]
    return sum(in_time, Decimal(0))


def converted_revenue(world: World) -> Iterator[Observation]:
    """The value of the credited orders that have one, refunds taken off."""
    for candidate, orders in credited(world):
        for order in orders:
            if order["value"] is not None:
                amount = order["total_amount"] - refunded(world, order)
                slices = where(**candidate.slices())
                yield Observation(candidate.ticket.created_at, slices, numerator=amount * order["rate"])


# -------------------------------------------------------------------------------------------------------- self-service


def articles(world: World) -> dict[str, Row]:
    return {row["article_id"]: row for row in world.existing("articles")}


def articles_published(world: World) -> Iterator[Observation]:
    """Help articles, FAQs and videos published."""
    for row in articles(world).values():
        if row["published_at"] is not None:
            yield Observation(row["published_at"], where(resource_type=row["resource_type"], topic=row["topic"]))


@dataclass(frozen=True)
class View:
    """A view of an article, by whom and in which session."""

    row: Row
    article: Row | None
    person: str | None
    reader: tuple[str, str] | None
    session: tuple[str, str]

    @property
    def at(self) -> datetime:
        return self.row["viewed_at"]

    def where(self, *names: str) -> Where:
        slices = {
            "article": keyed(self.row["article_id"]),
            "topic": None if self.article is None else self.article["topic"],
            "resource_type": None if self.article is None else self.article["resource_type"],
        }
        return where(**{name: slices[name] for name in names})


def views(world: World) -> list[View]:
    """Views in order."""
    known = articles(world)
    found = []
    for row in sorted(world.existing("article_views"), key=lambda row: (row["viewed_at"], row["view_id"])):
        person = world.person_of(row["customer_id"])
        reader = ("reader", row["reader_id"]) if row["reader_id"] is not None else None
        if reader is None and person is not None:
            reader = ("person", person)
        session = ("session", row["session_id"]) if row["session_id"] is not None else ("view", row["view_id"])
        found.append(View(row, known.get(row["article_id"]), person, reader, session))
    return found


def article_views(world: World) -> Iterator[Observation]:
    """Views of articles."""
    for view in views(world):
        yield Observation(view.at, view.where("article", "topic", "resource_type"))


def views_per_ticket(world: World) -> Iterator[Observation]:
    """Views of articles / valid tickets created."""
    for view in views(world):
        yield Observation(view.at, view.where("topic"), denominator=0)
    for ticket in valid_tickets(world):
        yield Observation(ticket.created_at, where(topic=ticket.row["topic"]), numerator=0)


def reader_ticket_rate(world: World) -> Iterator[Observation]:
    """Reading sessions of known people, with whether a ticket of theirs followed within 24 hours."""
    sessions: dict[tuple[tuple[str, str], str], list[View]] = defaultdict(list)
    for view in views(world):
        if view.person is not None:
            sessions[view.session, view.person].append(view)
    asked = defaultdict(list)
    for ticket in inbound_tickets(world):
        asked[world.person_of(ticket.row["customer_id"])].append(ticket.created_at)
    for (_, person), inside in sessions.items():
        first_at = inside[0].at
        cells = {cell for view in inside for cell in view.where("article", "topic")}
        is_followed = any(first_at < at <= first_at + ONE_DAY for at in asked[person])
        yield Observation(first_at, sorted(cells), numerator=int(is_followed))


def article_read_time(world: World) -> Iterator[Observation]:
    """Seconds read, each view capped at 30 minutes."""
    for view in views(world):
        if view.row["read_seconds"] is not None:
            seconds = min(view.row["read_seconds"], LONGEST_READ)
            yield Observation(view.at, view.where("article", "topic"), numerator=seconds)


def article_revisit_rate(world: World) -> Iterator[Observation]:
    """Views of what the same reader had viewed in the 7 days before in another session / views with a reader."""
    found = [view for view in views(world) if view.reader is not None]
    for index, view in enumerate(found):
        is_revisit = any(
            before.reader == view.reader
            and before.row["article_id"] == view.row["article_id"]
            and before.session != view.session
            and view.at - before.at <= SEVEN_DAYS
            for before in found[:index]
        )
        yield Observation(view.at, view.where("article"), numerator=int(is_revisit))


def article_engagement_rate(world: World) -> Iterator[Observation]:
    """Views in which a video or another resource was opened / views that tell whether one was."""
    for view in views(world):
        if view.row["resources_opened"] is not None:
            yield Observation(view.at, view.where("article"), numerator=int(view.row["resources_opened"] > 0))


# -------------------------------------------------------------------------------------------------------------- demand


def brand_mentions(world: World) -> Iterator[Observation]:
    """Mentions of the brand by others."""
    for row in world.existing("brand_mentions"):
        if not row["is_own_account"]:
            slices = where(**{name: row[name] for name in ("network", "sentiment", "brand")})
            yield Observation(row["mentioned_at"], slices)


def contact_rate(world: World) -> Iterator[Observation]:
    """Inbound tickets created / valid orders placed."""
    for ticket in inbound_tickets(world):
        slices = where(marketplace=ticket.row["marketplace"], country=country_of(ticket))
        yield Observation(ticket.created_at, slices, denominator=0)
    for order in world.orders:
        if order["is_valid"]:
            slices = where(marketplace=order["marketplace"], country=order["country"])
            yield Observation(order["ordered_at"], slices, numerator=0)


OBSERVATIONS: dict[str, Callable[[World], Iterator[Observation]]] = {
    "reviews_received": reviews_received,
    "negative_feedback_rate": negative_feedback_rate,
    "positive_review_rate": positive_review_rate,
    "negative_review_share": negative_review_share,
    "positive_review_share": positive_review_share,
    "order_defect_rate": order_defect_rate,
    "on_time_shipping_rate": on_time_shipping_rate,
    "on_time_delivery_rate": on_time_delivery_rate,
    "return_sla_rate": return_sla_rate,
    "repeat_revenue_rate": repeat_revenue_rate,
    "customer_retention_rate": customer_retention_rate,
    "converted_tickets": converted_tickets,
    "ticket_conversion_rate": ticket_conversion_rate,
    "converted_revenue": converted_revenue,
    "articles_published": articles_published,
    "article_views": article_views,
    "views_per_ticket": views_per_ticket,
    "reader_ticket_rate": reader_ticket_rate,
    "article_read_time": article_read_time,
    "article_revisit_rate": article_revisit_rate,
    "article_engagement_rate": article_engagement_rate,
    "brand_mentions": brand_mentions,
    "contact_rate": contact_rate,
}

STOCKS: dict[str, Stock] = {
    "days_since_last_review": days_since_last_review,
}
