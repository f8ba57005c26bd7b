"""The examples: the sample brand and two public data sets, each in a warehouse of its own, counted in the marts."""

import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cxmart.base.console import say
from cxmart.base.database import Connection, attach, one_row, opened, quoted
from cxmart.base.errors import CxmartError, ExitCode, translate
from cxmart.base.formats import count
from cxmart.base.settings import Settings
from cxmart.contract import source_contract
from cxmart.demo import downloads, generate
from cxmart.demo.downloads import DataSet


@dataclass(frozen=True)
class Example:
    """An example: the data set that a person downloads for it (None for what is generated), the settings that it fixes,
    and the period that its scorecard shows.
    """

    name: str
    source: str
    data_set: DataSet | None
    title: str
    environment: dict[str, str] = field(default_factory=dict)
    period: str | None = None
    note: str = ""


SAMPLE_TICKETS, SAMPLE_SEED = 20_000, 1

EXAMPLES = {
    "sample": Example(
        name="sample",
        source="standard",
        data_set=None,
        title="The sample brand: a made-up European shop, July 2024 to June 2026",
        # The export was taken at midnight, when June was over.
        environment={
            "CXMART_TIMEZONE": "Europe/Berlin",
            "CXMART_CURRENCY": "EUR",
            "CXMART_AS_OF": "2026-07-01T00:00:00+02:00",
            # The example targets were made for a shop of this size.
            "CXMART_EXAMPLE_TARGETS": "true",
        },
        note="docs/sample-brand.md tells what is planted in it, docs/questions.md what the marts answer.",
    ),
    "online_retail": Example(
        name="online_retail",
        source="online_retail",
        data_set=downloads.ONLINE_RETAIL,
        title="Online Retail: the invoice lines of a British gift shop, December 2010 to December 2011",
        environment={"CXMART_TIMEZONE": "Europe/London", "CXMART_CURRENCY": "GBP"},
    ),
    "uci_incidents": Example(
        name="uci_incidents",
        source="uci_incidents",
        data_set=downloads.UCI_INCIDENTS,
        title="Incidents: the log of an IT service desk, from 29 February 2016",
        environment={"CXMART_TIMEZONE": "UTC", "CXMART_CURRENCY": "EUR"},
        period="2016-04",
        note=("The scorecard shows April 2016, which both the log and its first 119,998 rows hold whole."),
    ),
}

# What is counted, in the published marts and, for what is no KPI entity, in the build.
FACTS = {
    "sample": [
        ("tickets", "select count(*) from fct_tickets"),
        ("of them in KPIs", "select count(*) from fct_tickets where is_valid"),
        ("messages", "select count(*) from build.intermediate.int_ticket_messages__unioned"),
        ("calls", "select count(*) from fct_calls"),
        ("surveys sent", "select count(*) from fct_survey_responses"),
        ("customers", "select count(*) from dim_customers"),
        ("orders", "select count(*) from fct_orders"),
        ("reviews", "select count(*) from fct_reviews"),
        ("article views", "select count(*) from fct_article_views"),
        ("KPIs", "select count(*) from kpi_catalog"),
        ("cells in kpi_values", "select count(*) from kpi_values"),
    ],
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


def environment(example: Example, settings: Settings) -> dict[str, str]:
    """Give the environment that an example runs in: the user's, but for what the example fixes and a home of its own.

    The home keeps what is made up apart from a brand's own data.
    """
    home = settings.home / "demo" / example.name
    fixed = {"CXMART_CONFIG": "", "CXMART_AS_OF": "", **example.environment}
    return {**os.environ, "CXMART_HOME": str(home), "CXMART_SOURCES": example.source, **fixed}


def files_of(example: Example, settings: Settings, given: Sequence[str], tell: Callable[[str], None]) -> list[str]:
    """Give the paths of an example's files, from the current folder where they are below it.

    They are generated, or copied out of what a person downloaded.

    Args:
        example: the example.
        settings: its own.
        given: the files that were downloaded.
        tell: takes what is worked on, for a progress line.

    Raises:
        CxmartError: no file is given where one is needed or the other way round, it is not that data set, the warehouse
            of the example holds another file of it, or files can't be read or written.
    """
    path = settings.home / "files"
    if example.data_set is None:
        if given:
            raise CxmartError(
                f"{example.name} is generated and takes no files; load files of your own with cxmart load",
                ExitCode.USAGE,
            )
        shutil.rmtree(path, ignore_errors=True)
        settings.home.mkdir(parents=True, exist_ok=True)
        tables = source_contract.read_source(settings.project_root, example.source).tables
        order = generate.Order(SAMPLE_TICKETS, SAMPLE_SEED)
        generate.generate(order, tables, path, memory_limit=settings.memory_limit, tell=tell)
    elif not given:
        raise downloads.ask_for_file(example.name, example.data_set)
    else:
        _take_download(example.data_set, example.source, settings, path, given)
    return [str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)]


def _take_download(data_set: DataSet, source: str, settings: Settings, folder: Path, given: Sequence[str]) -> None:
    """Put the table of a data set into the folder that is landed; what landed from another file of it must be gone."""
    (table,) = source_contract.read_source(settings.project_root, source).tables.values()
    new = folder.with_name("files.new")
    shutil.rmtree(new, ignore_errors=True)
    try:
        taken = downloads.take(given, data_set, table, new)
        if settings.raw_file.exists() and downloads.digests_in(folder) != downloads.digests_in(new):
            raise CxmartError(
                f"{settings.home} holds another file of this data set, and its rows would be counted twice; "
                f"to begin anew, delete that folder: rm -r '{settings.home}'"
            )
        shutil.rmtree(folder, ignore_errors=True)
        new.rename(folder)
    except OSError as error:
        raise translate(error, new) from error
    finally:
        shutil.rmtree(new, ignore_errors=True)
    for named, what in taken:
        say(f"{named}: {what}")


@dataclass(frozen=True)
class Accounting:
    """Where the rows of an example went: (table, outcome, reason, rows), which add up to `rows_in_all`."""

    rows_in_all: int
    rows: list[tuple[str, str, str, int]]


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
    with opened(settings.people_file, settings, read_only=True) as marts:
        attach(marts, settings.build_file, "build")
        attach(marts, settings.raw_file, "raw")
        accounting = _accounting(marts, example)
        figures = [("raw rows", count(_raw_rows(marts, example)))]
        figures += [(label, count(one_row(marts, query)[0])) for label, query in FACTS[example.name]]
        if example.name == "online_retail":
            figures.append(_repeat_customers(marts))
    return figures, accounting


def _raw_rows(marts: Connection, example: Example) -> int:
    tables = marts.execute(
        "select table_name from duckdb_tables() where database_name = 'raw' and schema_name = ?",
        [f"raw_{example.source}"],
    ).fetchall()
    return sum(
        one_row(marts, f"select count(*) from raw.raw_{example.source}.{quoted(table)}")[0]
        for (table,) in tables
        if not table.startswith("_")
    )


def _accounting(marts: Connection, example: Example) -> Accounting:
    """Read where the rows went: raw rows of a file that holds all in one, staged rows of the standard layout."""
    step = "staged_to_mart" if example.source == "standard" else "raw_to_staged"
    rows: list[tuple[str, str, str, int]] = marts.execute(
        """
        select table_name, outcome, reason, cast(sum(row_count) as bigint) as row_count
        from row_accounting
        where step = ? and source = ?
        group by table_name, outcome, reason
        order by table_name, outcome nulls last, row_count desc nulls last, reason nulls last
        """,
        [step, example.source],
    ).fetchall()
    raw_rows = _raw_rows(marts, example)
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
