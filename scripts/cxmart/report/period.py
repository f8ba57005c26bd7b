"""The period that numbers are of: as a person names it, the newest one, and the one before."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from cxmart.base.database import Connection, one_row
from cxmart.base.errors import CxmartError, ExitCode

GRAINS = ("day", "week", "month", "quarter")
# What is shown by default: the newest complete month, of a young warehouse the longest period that is complete.
DEFAULT_GRAINS = ("month", "week", "day")

NO_DATA_YET = "the warehouse holds no data yet; run `cxmart load standard FOLDER`, `cxmart build` and `cxmart publish`"


@dataclass(frozen=True)
class Publication:
    """What the published file says of itself. `as_of` is in UTC; `as_of_local` is text in the reporting zone."""

    as_of: datetime | None
    as_of_local: str | None
    sources: str
    reporting_timezone: str
    reporting_currency: str


@dataclass(frozen=True)
class Period:
    """The days that a scorecard shows, [start, end), and those that it compares them with.

    `days` are those of it that are over; `previous_label` is None where there are no data so far back.
    """

    grain: str
    label: str
    start: date
    end: date
    is_complete: bool
    is_to_date: bool
    days: int
    previous_start: date
    previous_end: date
    previous_label: str | None

    @property
    def length(self) -> int:
        """How many days it has in all."""
        return (self.end - self.start).days


def parse_period(text: str) -> tuple[str, date]:
    """Read a period as a person writes it.

    Args:
        text: a day 2026-03-05, an ISO week 2026-W12, a month 2026-04 or a quarter 2026-Q1.

    Returns:
        The grain, and the first day of the period.

    Raises:
        CxmartError: it is none of these, or does not exist.
    """
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            return "day", date.fromisoformat(text)
        if re.fullmatch(r"\d{4}-\d\d", text):
            return "month", date.fromisoformat(f"{text}-01")
        if found := re.fullmatch(r"(\d{4})-W(\d\d)", text):
            return "week", date.fromisocalendar(int(found.group(1)), int(found.group(2)), 1)
        if found := re.fullmatch(r"(\d{4})-Q([1-4])", text):
            return "quarter", date(int(found.group(1)), 3 * int(found.group(2)) - 2, 1)
    except ValueError:
        pass
    raise CxmartError(
        f"'{text}' is no period; write a day 2026-03-05, a week 2026-W12, a month 2026-04 or a quarter 2026-Q1",
        ExitCode.USAGE,
    )


def read_publication(marts: Connection) -> Publication:
    """Read what a published file says of itself."""
    return Publication(
        *one_row(
            marts,
            """
            select
                as_of,
                strftime(timezone(reporting_timezone, timezone('UTC', as_of)), '%Y-%m-%d %H:%M'),
                sources,
                reporting_timezone,
                reporting_currency
            from publication
            """,
        )
    )


def find_period(marts: Connection, publication: Publication, grain: str | None, first_day: date | None) -> Period:
    """Find a period that is named, or the newest complete one.

    Raises:
        CxmartError: the data has no such period.
    """
    if first_day is None:
        grain, first_day, *_ = newest_period(marts, (grain,) if grain else DEFAULT_GRAINS)
    grain = str(grain)
    found = marts.execute(
        "select period_end, period_label, is_complete from dim_periods where grain = ? and period_start = ?",
        [grain, first_day],
    ).fetchone()
    if found:
        end, label, is_complete = found
        days = (end - first_day).days if is_complete else _days_over(publication, first_day)
        before = period_before(grain, first_day)
        return Period(
            grain=grain,
            label=label,
            start=first_day,
            end=end,
            is_complete=is_complete,
            is_to_date=False,
            days=days,
            previous_start=before,
            previous_end=before + timedelta(days=1) if grain == "day" else first_day,
            previous_label=_label_of(marts, grain, before),
        )
    first, last = one_row(
        marts,
        """
        select min_by(period_label, period_start), max_by(period_label, period_start)
        from dim_periods
        where grain = ?
        """,
        [grain],
    )
    if first is None:
        raise CxmartError(NO_DATA_YET)
    raise CxmartError(f"no data for that {grain}; the data covers {first} to {last}", ExitCode.USAGE)


def running_period(marts: Connection, publication: Publication, grain: str) -> Period | None:
    """Find the whole days of the running period, and as many of the one before; None where there is no whole day."""
    found = marts.execute(
        """
        select period_start, period_end, period_label from dim_periods
        where grain = ? and not is_complete order by period_start desc nulls last limit 1
        """,
        [grain],
    ).fetchone()
    if not found or not _days_over(publication, found[0]):
        return None
    start, end, label = found
    days, before = _days_over(publication, start), period_before(grain, start)
    return Period(
        grain=grain,
        label=label,
        start=start,
        end=end,
        is_complete=False,
        is_to_date=True,
        days=days,
        previous_start=before,
        # A shorter month has not as many.
        previous_end=min(before + timedelta(days=days), start),
        previous_label=_label_of(marts, grain, before),
    )


def _days_over(publication: Publication, start: date) -> int:
    """Count the days of a running period that are over: up to the local day of `as_of`."""
    today = date.fromisoformat(publication.as_of_local[:10]) if publication.as_of_local else start
    return max(0, (today - start).days)


def period_before(grain: str, start: date) -> date:
    """Tell where the period begins that one is compared with: of a day, the same weekday of the week before."""
    if grain in ("day", "week"):
        return start - timedelta(days=7)
    months = 12 * start.year + start.month - 1 - (3 if grain == "quarter" else 1)
    return date(months // 12, months % 12 + 1, 1)


def _label_of(marts: Connection, grain: str, start: date) -> str | None:
    found = marts.execute(
        "select period_label from dim_periods where grain = ? and period_start = ?", [grain, start]
    ).fetchone()
    return found[0] if found else None


def newest_period(marts: Connection, grains: Sequence[str]) -> tuple[str, date, str, bool]:
    """Find the period that a person who names none wants to see.

    Args:
        marts: the published file.
        grains: the grains that will do, the best first.

    Returns:
        Grain, first day, label and whether the period is over: the newest complete one of the first grain that has any,
        else the running one of the first grain.

    Raises:
        CxmartError: there is no data at all.
    """
    for is_complete in (True, False):
        for grain in grains:
            found = marts.execute(
                """
                select grain, period_start, period_label, is_complete
                from dim_periods
                where grain = ? and is_complete >= ?
                order by period_start desc nulls last
                limit 1
                """,
                [grain, is_complete],
            ).fetchone()
            if found:
                return found
    raise CxmartError(NO_DATA_YET)
