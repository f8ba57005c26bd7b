"""The sample brand: a made-up shop of any size, written as files in the standard layout.

The rows are made by the SQL files in `sample/`, one statement a table, from integers that follow from the seed: the
same seed gives the same files at any number of threads. docs/sample-brand.md says what is planted in them.
"""

import math
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb
from dateutil.easter import easter

from cxmart.base.database import THREADS, Connection, literal, one_row, quoted
from cxmart.base.errors import CxmartError, ExitCode, translate
from cxmart.contract.source_contract import Table

FROM = date(2024, 7, 1)
TO = date(2026, 6, 30)
FORMATS = ("csv", "parquet")

# Which days the calendar of the sample can be about; Europe/Berlin has had the same clock changes throughout.
EARLIEST, LATEST = date(2000, 1, 1), date(2099, 12, 31)
MOST_TICKETS = 6_000_000  # the ids of orders, of which there are more, have seven digits

# The planted stories. A day named `…_until` is the first on which a story is over; outside of the period none shows.
STORIES: dict[str, date | str] = {
    # An outage in ISO week 2026-W11: four times as many technical tickets, and slow first replies.
    "outage_from": date(2026, 3, 9),
    "outage_until": date(2026, 3, 16),
    # The returns desk is in a hurry from here on: quicker, and less liked.
    "returns_faster_from": date(2026, 4, 1),
    # A burst of one-star reviews of one product family on Amazon.
    "review_burst_from": date(2026, 5, 11),
    "review_burst_until": date(2026, 5, 18),
    "review_burst_family": "trail_lamp",
    # Amazon: late parcels in May 2026 and none since; more cancellations by the seller from May on; every message
    # answered in 24 hours and every return in 48 from May on, for which the marketplace team takes no leave in June.
    "late_from": date(2026, 5, 1),
    "late_until": date(2026, 6, 1),
    "amazon_cancels_from": date(2026, 5, 1),
    "amazon_keeps_from": date(2026, 5, 1),
    "marketplace_leave_from": date(2026, 5, 15),
    "marketplace_leave_until": date(2026, 7, 1),
    # The bot answers in the chat.
    "bot_from": date(2025, 10, 1),
    # Messenger is open while somebody is there, and answered within minutes.
    "messenger_fast_from": date(2026, 5, 1),
}

# The SQL files in their order, with what they make.
STEPS = (
    ("draws", "the dice"),
    ("calendar", "the calendar"),
    ("staff", "agents and shifts"),
    ("shop", "customers and orders"),
    ("tickets", "tickets"),
    ("turn", "turns"),
    ("conversations", "messages and events"),
    ("help_centre", "articles and views"),
    ("contacts", "calls and surveys"),
    ("brand", "mentions, templates and rates"),
)
LAST_TURN = 7  # five turns, and two after reopenings

SAMPLE_FOLDER = Path(__file__).parent / "sample"


@dataclass(frozen=True)
class Order:
    """What to generate: how many tickets, from which seed, over which local days, in which format."""

    tickets: int
    seed: int
    file_format: str = "csv"
    from_date: date = FROM
    to_date: date = TO


@dataclass(frozen=True)
class Written:
    """A file that was written."""

    file: str
    table: str
    rows: int
    bytes: int


def read_order(tickets: int, seed: int, file_format: str, from_text: str | None, to_text: str | None) -> Order:
    """Check what was asked for.

    Args:
        tickets: how many tickets.
        seed: any number from 0 on.
        file_format: csv or parquet.
        from_text: the first local day as ISO 8601; by default that of the sample's two years.
        to_text: the last.

    Raises:
        CxmartError: a value that can't be right.
    """
    if not 1 <= tickets <= MOST_TICKETS:
        raise CxmartError(f"--tickets is {tickets}; give a number from 1 to {MOST_TICKETS}", ExitCode.USAGE)
    if seed < 0:
        raise CxmartError(f"--seed is {seed}; give 0 or a greater number", ExitCode.USAGE)
    if file_format not in FORMATS:
        raise CxmartError(f"--format is '{file_format}'; give {' or '.join(FORMATS)}", ExitCode.USAGE)
    from_date = _day("--from", from_text) if from_text is not None else FROM
    to_date = _day("--to", to_text) if to_text is not None else TO
    if from_date > to_date:
        raise CxmartError(f"--from {from_date} is after --to {to_date}; give the earlier day first", ExitCode.USAGE)
    return Order(tickets, seed, file_format, from_date, to_date)


def _day(option: str, text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise CxmartError(f"{option} is '{text}'; write a day as 2026-06-30", ExitCode.USAGE) from None
    if not EARLIEST <= day <= LATEST:
        raise CxmartError(f"{option} is {day}; give a day from {EARLIEST} to {LATEST}", ExitCode.USAGE)
    return day


def generate(
    order: Order,
    tables: Mapping[str, Table],
    folder: Path,
    *,
    memory_limit: str = "4GB",
    threads: int = THREADS,
    tell: Callable[[str], None] = lambda _: None,
) -> list[Written]:
    """Make the sample brand and write it, a file a table; all files appear at once or none does.

    Args:
        order: what to make.
        tables: the contract to meet: its columns in its order, and rows in the order of its keys.
        folder: where to; it must not hold anything.
        memory_limit: of DuckDB, as it writes sizes.
        threads: of DuckDB; the files don't depend on it.
        tell: takes what is worked on, for a progress line.

    Returns:
        The files, in the order of the contract.

    Raises:
        CxmartError: the folder is not empty, or can't be written.
    """
    folder = folder.resolve()
    _refuse_full(folder)
    with _beside(folder) as unfinished:
        work = unfinished / ".work"
        work.mkdir()
        try:
            # In a file, since a large brand does not fit into memory.
            with duckdb.connect(
                work / "sample.duckdb",
                config={
                    "threads": str(threads),
                    "memory_limit": memory_limit,
                    "autoinstall_known_extensions": "false",
                    "autoload_known_extensions": "false",
                },
            ) as engine:
                _make(engine, order, tell)
                written = [_write(engine, table, unfinished, order.file_format, tell) for table in tables.values()]
        except duckdb.Error as error:
            raise translate(error, folder) from error
        shutil.rmtree(work)
        unfinished.replace(folder)
    return written


def _refuse_full(folder: Path) -> None:
    try:
        is_full = folder.exists() and any(folder.iterdir())
    except NotADirectoryError:
        raise CxmartError(f"{folder} is no folder; give a new one", ExitCode.USAGE) from None
    except OSError as error:
        raise translate(error, folder) from error
    if is_full:
        raise CxmartError(f"{folder} is not empty; give a new folder, or empty it", ExitCode.USAGE)


@contextmanager
def _beside(folder: Path) -> Iterator[Path]:
    """Give a new folder beside another, and take it away if it is still there in the end."""
    unfinished = folder.with_name(f".{folder.name}-{secrets.token_hex(4)}")
    try:
        unfinished.mkdir(parents=True)
        yield unfinished
    except OSError as error:
        raise translate(error, folder) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _make(engine: Connection, order: Order, tell: Callable[[str], None]) -> None:
    engine.execute("set TimeZone = 'UTC'")
    for name, value in _variables(order).items():
        engine.execute(f"set variable {quoted(name)} = {_as_sql(value)}")
    engine.execute(
        """
        set variable export_at = timezone(
            'UTC', timezone('Europe/Berlin', cast(getvariable('to_date') + 1 as timestamp))
        )
        """
    )
    engine.execute("create table holidays (holiday_date date)")
    years = range(order.from_date.year - 1, order.to_date.year + 2)
    engine.executemany("insert into holidays values (?)", [[day] for year in years for day in public_holidays(year)])
    for step, what in STEPS:
        tell(f"making {what}")
        statements = (SAMPLE_FOLDER / f"{step}.sql").read_text(encoding="utf-8")
        if step != "turn":
            engine.execute(statements)
            continue
        for turn in range(LAST_TURN + 1):
            engine.execute(f"set variable turn_no = {turn}")
            engine.execute(statements)


def _variables(order: Order) -> dict[str, date | str | int]:
    """Say how large each part of the brand is; people, products and articles grow with the root of the tickets."""
    days = (order.to_date - order.from_date).days + 1
    orders = math.ceil(order.tickets * 3 / 2)
    accounts = math.ceil(order.tickets * 3 / 4)
    crew_size = max(1, math.isqrt(order.tickets // 20_000))
    return {
        "seed": order.seed,
        "from_date": order.from_date,
        "to_date": order.to_date,
        "period_days": days,
        "tickets": order.tickets,
        "tickets_in_4_days": max(1, 4 * order.tickets // days),
        "orders": orders,
        "orders_in_3_days": orders // days,
        "accounts": accounts,
        "regulars": math.ceil(accounts * 2 / 5),
        "product_reviews": math.ceil(order.tickets / 20),
        "burst_reviews": max(40, order.tickets // 250),
        "calls": math.ceil(order.tickets * 16 / 100),
        "brand_surveys": math.ceil(order.tickets / 16),
        "visits": math.ceil(order.tickets * 8 / 10),
        "mentions": math.ceil(order.tickets * 15 / 100),
        "crew_size": crew_size,
        "articles": 64 + 8 * (crew_size - 1),
        **STORIES,
    }


def _as_sql(value: date | str | int) -> str:
    if isinstance(value, int):
        return f"cast({value} as bigint)"
    return f"date {literal(value.isoformat())}" if isinstance(value, date) else literal(value)


def public_holidays(year: int) -> list[date]:
    """List the days on which all of Germany has a public holiday.

    Args:
        year: a year of the Gregorian calendar.
    """
    fixed = [date(year, month, day) for month, day in ((1, 1), (5, 1), (10, 3), (12, 25), (12, 26))]
    return sorted([*fixed, *(easter(year) + timedelta(days=days) for days in (-2, 1, 39, 50))])


def _write(engine: Connection, table: Table, folder: Path, file_format: str, tell: Callable[[str], None]) -> Written:
    tell(f"writing {table.name}")
    types = {name: kind for name, kind, *_ in engine.execute(f"describe {quoted(table.name)}").fetchall()}
    columns = ", ".join(
        f"strftime({quoted(column.name)}, '%Y-%m-%dT%H:%M:%SZ') as {quoted(column.name)}"
        if types[column.name] == "TIMESTAMP" and file_format == "csv"
        else quoted(column.name)
        for column in table.columns
    )
    keys = ", ".join(f"{quoted(name)} nulls first" for name in table.key)
    path = folder / f"{table.name}.{file_format}"
    options = "format csv, header" if file_format == "csv" else "format parquet, compression zstd"
    engine.execute(
        f"copy (select {columns} from {quoted(table.name)} order by {keys}) to {literal(str(path))} ({options})"
    )
    (rows,) = one_row(engine, f"select count(*) from {quoted(table.name)}")
    return Written(file=path.name, table=table.name, rows=rows, bytes=path.stat().st_size)
