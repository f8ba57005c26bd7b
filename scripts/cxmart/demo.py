"""The two real examples: loading, building and publishing them, and what their files hold, counted in the marts."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from cxmart.database import Connection, attach, one_row, opened
from cxmart.errors import CxmartError
from cxmart.settings import Settings
from cxmart.wording import count


@dataclass(frozen=True)
class Example:
    """An example: its file in the project, the settings that it fixes, and the period that its scorecard shows."""

    source: str
    file: str
    title: str
    environment: dict[str, str] = field(default_factory=dict)
    period: str | None = None
    note: str = ""


EXAMPLES = {
    "online_retail": Example(
        source="online_retail",
        file="examples/data/online_retail.csv.gz",
        title="Online Retail: the invoice lines of a British gift shop, December 2010 to December 2011",
        environment={"CXMART_TIMEZONE": "Europe/London", "CXMART_CURRENCY": "GBP"},
    ),
    "uci_incidents": Example(
        source="uci_incidents",
        file="examples/data/uci_incidents.csv.gz",
        title="Incidents: the first part of the log of a service desk, from 29 February 2016",
        environment={"CXMART_TIMEZONE": "UTC", "CXMART_CURRENCY": "EUR"},
        period="2016-04",
        note=(
            "The scorecard shows April 2016: the file is cut off by incident number, so few incidents of May are in "
            "it, and April is the last month that it holds whole."
        ),
    ),
}

# What is counted, in the published marts and, for what is no KPI entity, in the build.
FACTS = {
    "online_retail": [
        ("invoices", "select count(*) from build.staging.stg_online_retail__invoices"),
        (
            "cancelled invoices (credit notes, C…)",
            "select count(*) from build.staging.stg_online_retail__invoices where kind = 'credit_note'",
        ),
        (
            "adjustments (A…)",
            "select count(*) from build.staging.stg_online_retail__invoices where kind = 'adjustment'",
        ),
        ("customers", "select count(*) from dim_customers"),
        ("orders", "select count(*) from fct_orders"),
        ("orders that a credit note cancelled whole", "select count(*) from fct_orders where is_cancelled"),
    ],
    "uci_incidents": [
        ("tickets", "select count(*) from fct_tickets"),
        ("resolutions", "select count(*) from fct_ticket_resolutions"),
        ("reopenings", "select count(reopened_at) from fct_ticket_resolutions"),
        ("customers", "select count(*) from dim_customers"),
    ],
}


def environment(example: Example) -> dict[str, str]:
    """Give the environment that an example runs in: the user's, but for what the example fixes."""
    return {**os.environ, "CXMART_SOURCES": example.source, **example.environment}


def path_of(example: Example, settings: Settings) -> str:
    """Give the path of an example's file, from the current folder where that is within the project."""
    path = settings.project_root / example.file
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


@dataclass(frozen=True)
class Accounting:
    """Where the raw rows of an example went: (outcome, reason, rows), which add up to `raw_rows`."""

    raw_rows: int
    rows: list[tuple[str, str, int]]


def facts(example: Example, settings: Settings) -> tuple[list[tuple[str, str]], Accounting]:
    """Count what an example's file holds, after it was built and published.

    Args:
        example: the example.
        settings: where its files are.

    Returns:
        Labels with figures as text, and the accounting of its rows.

    Raises:
        CxmartError: the files can't be read, or a raw row is unaccounted for.
    """
    with opened(settings.marts_file, settings, read_only=True) as marts:
        attach(marts, settings.build_file, "build")
        attach(marts, settings.raw_file, "raw")
        accounting = _accounting(marts, example)
        figures = [("raw rows", count(accounting.raw_rows))]
        figures += [(label, count(one_row(marts, query)[0])) for label, query in FACTS[example.source]]
        if example.source == "online_retail":
            figures.append(_repeat_customers(marts))
    return figures, accounting


def _accounting(marts: Connection, example: Example) -> Accounting:
    rows: list[tuple[str, str, int]] = marts.execute(
        """
        select outcome, reason, cast(sum(row_count) as bigint) as row_count
        from row_accounting
        where step = 'raw_to_staged' and source = ?
        group by outcome, reason
        order by outcome nulls last, row_count desc nulls last, reason nulls last
        """,
        [example.source],
    ).fetchall()
    (raw_rows,) = one_row(marts, f"select count(*) from raw.raw_{example.source}.{example.source}")
    accounted = sum(row_count for *_, row_count in rows)
    if accounted != raw_rows:
        raise CxmartError(
            f"row_accounting tells of {accounted:,} rows of {example.source}, raw.duckdb has {raw_rows:,}; "
            "run `cxmart build` and `cxmart publish` again"
        )
    return Accounting(raw_rows, rows)


def _repeat_customers(marts: Connection) -> tuple[str, str]:
    repeating, ordering = one_row(
        marts,
        """
        select
            count(distinct person_id) filter (is_repeat),
            count(distinct person_id)
        from fct_orders
        where is_valid
        """,
    )
    share = f"{100 * repeating / ordering:.1f} %" if ordering else "no data"
    return (
        "repeat customers: people with a valid order after an earlier valid order of theirs, of all people with a "
        "valid order, over the whole file",
        f"{count(repeating)} of {count(ordering)} = {share}",
    )
