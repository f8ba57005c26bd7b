"""Numbers as people read them."""

from collections.abc import Iterable, Sequence

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


# Units of durations, the smallest first.
SECONDS_IN = {"s": 1, "min": 60, "h": 3600, "d": 86400}
# A number of so many units is written in the next one, if what matters most is at least so much of that.
MANY_UNITS = 1000
LEAST_PART = 0.05


def one_unit(main: Iterable[float | None], others: Iterable[float | None] = ()) -> str:
    """Choose the unit in which durations are written that are to be compared: s, min, h or d.

    Args:
        main: those that matter most, in seconds: of all of them there is at least one unit, two of days.
        others: what stands beside them.
    """
    known = [abs(seconds) for seconds in main if seconds]
    smallest = min(known, default=0)
    largest = max([*known, *(abs(seconds) for seconds in others if seconds)], default=0)
    units = list(SECONDS_IN)
    chosen = max(
        (unit for unit in units if smallest >= (2 if unit == "d" else 1) * SECONDS_IN[unit]),
        key=units.index,
        default="s",
    )
    while chosen != "h" and chosen != "d":
        following = units[units.index(chosen) + 1]
        if largest < MANY_UNITS * SECONDS_IN[chosen] or smallest < LEAST_PART * SECONDS_IN[following]:
            break
        chosen = following
    return chosen


def in_unit(seconds: float | None, unit: str) -> str:
    """Write a duration in one unit, to three digits: 1.25 h, 10.1 h, 109 h."""
    if seconds is None:
        return MISSING
    amount = seconds / SECONDS_IN[unit]
    decimals = 0 if round(abs(amount), 1) >= 100 else 1 if round(abs(amount), 2) >= 10 else 2
    return f"{amount:,.{decimals}f} {unit}"


def bound_in_unit(seconds: float | None, unit: str) -> str:
    """Write the bound of a target in that unit: 8 h, 0.5 h."""
    return MISSING if seconds is None else f"{seconds / SECONDS_IN[unit]:,.6g} {unit}"


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


def target(lower: float | None, upper: float | None, unit: str, currency: str = "", time_unit: str = "") -> str:
    """Write the bounds that a target sets; both are still within it. Durations may be given a unit."""

    def bound(value: float) -> str:
        return bound_in_unit(value, time_unit) if time_unit else number(value, unit, currency)

    if lower is not None and upper is not None:
        return f"{bound(lower)} to {bound(upper)}"
    if lower is not None:
        return f"≥ {bound(lower)}"
    if upper is not None:
        return f"≤ {bound(upper)}"
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


def shipped(settings: Sequence[str]) -> str:
    """Say of opening hours and the like that nobody but cxmart chose them; nothing where there are none."""
    if not settings:
        return ""
    words = ", ".join(settings)
    return (
        f"{words[0].upper()}{words[1:]}: cxmart's examples; put your own in CXMART_CONFIG, see docs/configuration.md."
    )


def group_title(group: str) -> str:
    """Write the name of a group of KPIs as a heading: self_service is Self service."""
    return group.replace("_", " ").capitalize()
