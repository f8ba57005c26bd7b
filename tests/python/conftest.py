"""What all tests share: a home of their own, and the real command line in a process of its own."""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import configuration

from independent import harness

PROJECT_ROOT = Path(__file__).resolve().parents[2]

# What Hypothesis keeps lies with the other caches, not in the checkout.
configuration.set_hypothesis_home_dir(PROJECT_ROOT / ".venv" / ".cache" / "hypothesis")

# The time at which files land, later than everything that happens in the tests' files.
NOW = "2026-11-01T00:00:00Z"

Run = Callable[..., subprocess.CompletedProcess[str]]


# How much the tests compared with an independent calculation, by what it is; told at the end of a run.
COMPARED: Counter[str] = Counter()

# What else tests found out, in sentences; told at the end, too.
TOLD: list[str] = []


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        # The processes of a run that is spread over several ignore an interrupt, and so would all that a test starts.
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Of several processes, each gives what it found out to the one that tells it."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput.update(compared=dict(COMPARED), told=TOLD)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    found = getattr(node, "workeroutput", {})
    COMPARED.update(found.get("compared", {}))
    TOLD.extend(found.get("told", []))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if COMPARED:
        counts = ", ".join(f"{count:,} {things}" for things, count in sorted(COMPARED.items()))
        terminalreporter.write_line(f"compared: {counts}")
    for sentence in sorted(TOLD):
        terminalreporter.write_line(sentence)


@pytest.fixture(scope="session")
def project_root() -> Path:
    return PROJECT_ROOT


@pytest.fixture(scope="session")
def target_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """dbt's target folder: one for all tests, so that the project is parsed once."""
    return tmp_path_factory.mktemp("target")


@pytest.fixture(scope="session")
def folder_of_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("homes") / "test"


@pytest.fixture(scope="session", autouse=True)
def shared_by_processes(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What is compiled is compiled once, whichever process of a run needs it."""
    base = tmp_path_factory.getbasetemp()
    harness.shared_folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "compiled"


@pytest.fixture
def home(folder_of_home: Path, tmp_path: Path) -> Iterator[Path]:
    """The CXMART_HOME of a test; the first command makes it.

    It has the same path in every test: dbt parses the whole project anew where the path of its database has changed.
    What a test leaves behind is moved to its other files.
    """
    folder_of_home.mkdir()
    yield folder_of_home / "home"
    folder_of_home.rename(tmp_path / "folder_of_home")


@pytest.fixture(scope="module")
def cxmart_module(target_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Run the command line; CXMART_HOME is shared within the module unless `env` names another."""
    return _runner(tmp_path_factory.mktemp("module") / "home", target_path)


@pytest.fixture
def cxmart(home: Path, target_path: Path) -> Run:
    """Run the command line in this test's home."""
    return _runner(home, target_path)


def _runner(home: Path, target_path: Path) -> Run:
    def run(
        *arguments: str,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        prefix: Sequence[str] = (),
        module: Sequence[str] = ("-m", "cxmart"),
    ) -> subprocess.CompletedProcess[str]:
        """Run `cxmart` with arguments.

        Args:
            env: variables beside the isolated environment; CXMART_HOME is the test's own by default.
            cwd: the current folder, by default the project's.
            prefix: a program that runs the command, with its arguments.
            module: how Python is told what to run.
        """
        return subprocess.run(
            [*prefix, sys.executable, *module, *arguments],
            env=isolated_environment(home, target_path, env),
            cwd=cwd or PROJECT_ROOT,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )

    return run


def at_terminal(columns: int) -> dict[str, str]:
    """Variables that let a command draw as at a terminal of a width, without colours; into a pipe it draws no width."""
    return {"TTY_COMPATIBLE": "1", "TERM": "dumb", "COLUMNS": str(columns), "LINES": "50"}


def isolated_environment(home: Path, target_path: Path, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment without any setting, then the tests' own."""
    # With compiled modules kept, a command starts in half the time.
    others = ("CXMART_", "DBT_", "COLUMNS", "TTY_", "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(others)}
    return {**kept, "CXMART_HOME": str(home), "CXMART_NOW": NOW, "DBT_TARGET_PATH": str(target_path), **(extra or {})}


# A build of one KPI a unit, as publishing and the scorecard find it. Months of 2026; as_of is in April.
CATALOG = [
    # kpi_id, title, kpi_group, unit, direction, grains
    ("tickets_created", "Tickets created", "demand", "count", "neither", "day,week,month,quarter"),
    ("resolution_time", "Resolution time", "speed", "s", "less", "day,week,month,quarter"),
    ("resolution_rate", "Resolution rate", "outcome", "ratio", "more", "day,week,month,quarter"),
    ("net_promoter_score", "Net promoter score", "outcome", "points", "more", "month"),
    ("repeat_revenue", "Repeat revenue", "self_service", "money", "more", "month"),
    ("handle_time", "Handle time", "self_service", "s", "less", "week,month"),
]

VALUES = [
    # kpi_id, grain, period_start, slice, value, sample_size, median, p90, lower, upper, status, maturity
    ("tickets_created", "month", "2026-02-01", "overall", 1000, 1000, None, None, None, None, "no_target", "final"),
    ("tickets_created", "month", "2026-03-01", "overall", 1250, 1250, None, None, None, 2000, "ok", "final"),
    ("tickets_created", "month", "2026-03-01", "channel", 7, 7, None, None, None, None, "no_target", "final"),
    ("tickets_created", "month", "2026-04-01", "overall", 40, 40, None, None, None, 2000, "partial", "partial"),
    ("tickets_created", "week", "2026-03-16", "overall", 300, 300, None, None, None, None, "no_target", "final"),
    ("resolution_time", "month", "2026-02-01", "overall", 50400, 900, 30000, 90000, None, 28800, "breach", "final"),
    ("resolution_time", "month", "2026-03-01", "overall", 25920, 1100, 18000, 86400, None, 28800, "ok", "immature"),
    ("resolution_rate", "month", "2026-02-01", "overall", 0.9, 1000, None, None, 0.8, None, "ok", "final"),
    ("resolution_rate", "month", "2026-03-01", "overall", 0.725, 1250, None, None, 0.8, None, "breach", "final"),
    ("net_promoter_score", "month", "2026-03-01", "overall", -12.5, 4, None, None, None, None, "too_few", "final"),
    ("repeat_revenue", "month", "2026-02-01", "overall", 0, 0, None, None, None, None, "no_target", "final"),
    ("repeat_revenue", "month", "2026-03-01", "overall", 1234567.4, 99, None, None, None, None, "no_target", "final"),
]

PERIODS = [
    # grain, period_start, period_end, period_label, is_complete
    ("month", "2026-02-01", "2026-03-01", "2026-02", True),
    ("month", "2026-03-01", "2026-04-01", "2026-03", True),
    ("month", "2026-04-01", "2026-05-01", "2026-04", False),
    ("week", "2026-03-16", "2026-03-23", "2026-W12", True),
    ("quarter", "2026-01-01", "2026-04-01", "2026-Q1", True),
    ("day", "2026-03-05", "2026-03-06", "2026-03-05", True),
]


@pytest.fixture
def fake_build(home: Path) -> Path:
    """A finished build.duckdb of this test, made without dbt."""
    return make_fake_build(home)


def make_fake_build(home: Path) -> Path:
    """Make a build.duckdb with the tables that publishing and the scorecard rely on."""
    home.mkdir(exist_ok=True)
    path = home / "build.duckdb"
    with duckdb.connect(str(path)) as build:
        build.execute("create schema marts; create schema intermediate")
        build.execute(
            "create table intermediate.int_warehouse__as_of as select timestamp '2026-04-02 22:30:00' as as_of"
        )
        build.execute(
            """
            create table marts.kpi_catalog (
                kpi_order integer, kpi_id varchar, title varchar, kpi_group varchar, unit varchar, direction varchar,
                grains varchar, kpi_version integer default 1, kind varchar default 'count',
                window_days integer default 0, stretches_in varchar, is_headline boolean, min_sample integer,
                slices varchar, display_unit varchar, people_slices varchar default '', is_divided boolean,
                is_additive boolean default true, grows_with_period boolean default true,
                configured_by varchar default ''
            )
            """
        )
        build.executemany(
            """
            insert into marts.kpi_catalog
            select $1, $2, $3, $4, $5, $6, $7, 1, 'count', 0, null, $2 = 'resolution_time', 0,
                case when $2 like 'tickets%' then 'overall,channel,source' else 'overall,source' end,
                $5, '', false, true, true, ''
            """,
            [(order, *kpi) for order, kpi in enumerate(CATALOG, start=1)],
        )
        build.execute(
            """
            create table marts.kpi_values (
                kpi_id varchar, grain varchar, period_start date, slice varchar, value double, sample_size bigint,
                median double, p90 double, target_lower double, target_upper double, status varchar, maturity varchar,
                kpi_version integer default 1, slice_value varchar default 'all', numerator double, denominator double,
                period_start_at timestamp, period_end_at timestamp
            )
            """
        )
        build.executemany(
            f"""
            insert into marts.kpi_values
            select {", ".join(f"${number}" for number in range(1, 13))}, 1, 'all', null, null, cast($3 as timestamp),
                cast($3 as timestamp) + case $2 when 'week' then interval 7 day else interval 1 month end
            """,
            VALUES,
        )
        build.execute(
            """
            create table marts.kpi_coverage as
            select 'handle_time' as kpi_id, 'all' as source, false as is_covered, 'calls' as missing
            """
        )
        build.execute(
            """
            create table marts.dim_periods (
                grain varchar, period_start date, period_end date, period_label varchar, is_complete boolean
            )
            """
        )
        build.executemany("insert into marts.dim_periods values (?, ?, ?, ?, ?)", PERIODS)
        build.execute(
            """
            create table marts.kpi_scorecard as
            select newest.*, previous.value as previous_value, previous.sample_size as previous_sample_size,
                newest.value - previous.value as change,
                (newest.value - previous.value) / nullif(abs(previous.value), 0) as relative_change
            from marts.kpi_values as newest
            left join marts.kpi_values as previous
                on newest.kpi_id = previous.kpi_id and previous.period_start = date '2026-02-01'
            where newest.period_start = date '2026-03-01' and newest.slice = 'overall'
            """
        )
        build.execute("create table marts.fct_tickets as select 1000 - i as ticket_id from range(1000) as numbers(i)")
        build.execute("comment on table marts.fct_tickets is 'One row a ticket; it''s a test.'")
        build.execute("comment on column marts.fct_tickets.ticket_id is 'Id of the \"ticket\".'")
        build.execute("create table marts.not_of_this_build as select 1 as a")
        build.execute(
            """
            create table main.cxmart_build as
            select 'run-1' as run_id, true as is_complete, 9 as nodes_run, 0 as nodes_failed, 5 as tests_passed,
                1 as tests_warned, 'standard' as sources, 'Europe/Berlin' as reporting_timezone,
                'EUR' as reporting_currency
            """
        )
        describe_build(build)
        build.execute("delete from main.cxmart_build_tables where table_name = 'not_of_this_build'")
    return path


def describe_build(build: duckdb.DuckDBPyConnection) -> None:
    """Say of a build made by hand what dbt's last hook says of one: facts are about single people, the rest is not."""
    build.execute(
        """
        create table main.cxmart_build_tables as
        select
            table_name,
            case when table_name like 'fct%' then 'marts_people' else 'marts' end as audience,
            cast([] as varchar[]) as people_columns,
            case
                when table_name in ('kpi_values', 'kpi_slices') then 'slice in (''overall'', ''channel'', ''team'')'
            end as condition_of_groups
        from duckdb_tables()
        where schema_name = 'marts'
        """
    )
    build.execute(
        """
        create table main.cxmart_build_keys as
        select * from (values
            ('fct_tickets', ['ticket_id']),
            ('kpi_values', ['kpi_id', 'grain', 'period_start_at', 'slice', 'slice_value']),
            ('kpi_scorecard', ['kpi_id', 'grain']),
            ('kpi_catalog', ['kpi_id'])
        ) as keys (table_name, key_columns)
        """
    )
    build.execute(
        """
        create table main.cxmart_build_raw as
        select 'standard' as source, 'tickets' as table_name, cast(10 as bigint) as row_count,
            cast(10 as bigint) as rows_loaded, cast(1 as bigint) as last_load_id
        """
    )
