"""KPIs of orders and of people who come back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from decimal import Decimal

from independent.world import NONE, THIRTY_DAYS, Kpi, Observation, Row, Where, World, where


def tells_cancellations(world: World) -> bool:
    """Whether the source says which orders were cancelled, and by whom."""
    if not world.tells("orders", "status", "cancelled_at"):
        return False
    has_cancelled = any(
        row["status"] == "cancelled" or row["cancelled_at"] is not None
        for row in world.rows.get("orders", [])
        if not row["is_deleted"]
    )
    return world.tells("orders", "cancelled_by") or not has_cancelled


def cancellation_rate(world: World) -> Iterator[Observation]:
    """Orders cancelled by the seller before shipping, within 30 days.

    It matters who cancelled an order only where it would count; where that is unknown then, the order is left out.
    """
    if not tells_cancellations(world):
        return
    has_times = world.tells("orders", "cancelled_at")
    for order in world.orders:
        is_status_missing = order["status"] is None and order["cancelled_at"] is None and not has_times
        if order["is_test"] or is_status_missing:
            continue
        cancelled_at = order["cancelled_at"]
        shipped = "shipped_at" if order["given"]["shipped_at"] is not None else "delivered_at"
        shipped_at = order["shipped_at"] or order["delivered_at"]
        is_before_shipping: bool | None = shipped_at is None
        if cancelled_at is not None and shipped_at is not None:
            is_before_shipping = cancelled_at < shipped_at
            # Of a date and a time of that day nobody knows which came first.
            if world.local_date(cancelled_at) == world.local_date(shipped_at) and (
                "cancelled_at" in order["date_columns"] or shipped in order["date_columns"]
            ):
                is_before_shipping = None
        is_in_window = order["is_cancelled"] and (
            cancelled_at is None or order["ordered_at"] <= cancelled_at <= order["ordered_at"] + THIRTY_DAYS
        )
        by = order["cancelled_by"]
        is_open = is_in_window and is_before_shipping is not False and by in (None, "seller")
        if is_open and (by is None or is_before_shipping is None):
            continue
        yield Observation(
            order["ordered_at"],
            where(marketplace=order["marketplace"], country=order["country"]),
            numerator=int(is_in_window and bool(is_before_shipping) and order["cancelled_by"] == "seller"),
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


def values_by_category(world: World, order: Row) -> Iterator[tuple[Where, Decimal | None]]:
    """What the lines of each category are worth."""
    for category, lines in by_category(world, order).items():
        yield [("category", category)], world.worth_of_lines(order, lines)


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
        if not is_repeat(order):
            continue
        slices = where(marketplace=order["marketplace"], country=order["country"], order_number_band=number_band(order))
        for cells, value in [(slices, order["value"]), *values_by_category(world, order)]:
            if value is not None:
                yield Observation(order["ordered_at"], cells, numerator=value)


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
    """Repeat orders, with whether a line of them is a sale of some kind; by category, a line of the category.

    Where no family is told, nobody knows what belongs together.
    """
    if not world.tells("products", "family"):
        return
    for order in world.orders:
        if not is_repeat(order) or not order["bought"]:
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


KPIS = {
    "cancellation_rate": Kpi("ratio", THIRTY_DAYS),
    "repeat_orders": Kpi("count"),
    "repeat_revenue": Kpi("sum"),
    "repeat_order_rate": Kpi("ratio"),
    "repeat_customer_rate": Kpi("distinct"),
    "cross_sell_rate": Kpi("distinct"),
    "up_sell_rate": Kpi("distinct"),
}

OBSERVATIONS: dict[str, Callable[[World], Iterator[Observation]]] = {
    "cancellation_rate": cancellation_rate,
    "repeat_orders": repeat_orders,
    "repeat_revenue": repeat_revenue,
    "repeat_order_rate": repeat_order_rate,
    "repeat_customer_rate": repeat_customer_rate,
    "cross_sell_rate": cross_sell_rate,
    "up_sell_rate": up_sell_rate,
}
