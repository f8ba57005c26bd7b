"""Numbers as people read them."""

MISSING = "-"


def count(value: float) -> str:
    """Write a number of things: 12,345."""
    return f"{value:,.0f}"


def duration(seconds: float) -> str:
    """Write a duration with its one or two largest units: 7 h 12 min.

    Args:
        seconds: the duration.
    """
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole_seconds = round(seconds)
    if whole_seconds < 60:
        return f"{whole_seconds} s"
    if whole_seconds < 600:
        return _two_units(whole_seconds, 60, "min", "s")
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return _two_units(minutes, 60, "h", "min")
    hours = round(seconds / 3600)
    return _two_units(hours, 24, "d", "h")


def _two_units(amount: int, per_unit: int, unit: str, part: str) -> str:
    whole, rest = divmod(amount, per_unit)
    return f"{whole} {unit} {rest} {part}" if rest else f"{whole} {unit}"


def number(value: float | None, unit: str, currency: str = "") -> str:
    """Write a value of a KPI.

    Args:
        value: the value; None is a dash.
        unit: s, ratio (a share of 1), count, money, points or days; anything else is a plain number.
        currency: the code to put behind money.
    """
    if value is None:
        return MISSING
    if unit == "s":
        return duration(value)
    if unit == "ratio":
        return f"{100 * value:,.1f} %"
    if unit == "count":
        return count(value)
    if unit == "money":
        return f"{value:,.0f} {currency}".rstrip()
    if unit == "days":
        return f"{value:,.0f} {'day' if value == 1 else 'days'}"
    if unit == "points":
        return f"{value:,.1f}"
    return f"{value:,.2f}"


def exact(value: float | None) -> str:
    """Write a number as it is, to 12 digits, without a unit: 12,345 or 0.25; None is a dash."""
    return MISSING if value is None else f"{value:,.12g}"


def target(lower: float | None, upper: float | None, unit: str, currency: str = "") -> str:
    """Write the bounds that a target sets; both are still within it."""
    if lower is not None and upper is not None:
        return f"{number(lower, unit, currency)} to {number(upper, unit, currency)}"
    if lower is not None:
        return f"≥ {number(lower, unit, currency)}"
    if upper is not None:
        return f"≤ {number(upper, unit, currency)}"
    return MISSING


def change(absolute: float | None, relative: float | None, unit: str) -> str:
    """Write how a value differs from the one before, with an arrow.

    Args:
        absolute: the difference, in the unit of the value.
        relative: the difference as a share of the value before; None where that was 0.
        unit: shares differ in percentage points (pp), scores in their own unit, the rest in percent.
    """
    if absolute is None:
        return MISSING
    if unit == "ratio":
        text = f"{abs(100 * absolute):,.1f} pp"
    elif unit == "points":
        text = f"{abs(absolute):,.1f}"
    elif unit in {"s", "count", "money"} and relative is not None:
        text = f"{abs(100 * relative):,.1f} %"
    else:
        text = number(abs(absolute), unit)
    if not any(digit in text for digit in "123456789"):
        return f"= {text}"
    return f"{'▲' if absolute > 0 else '▼'} {text}"


def group_title(group: str) -> str:
    """Write the name of a group of KPIs as a heading: self_service is Self service."""
    return group.replace("_", " ").capitalize()
