"""The audit of a publication: which final cells change, why, and when that stops it. On small builds made by hand."""

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pytest

from conftest import Run, describe_build, isolated_environment
from cxmart.base.errors import CxmartError, ExitCode
from cxmart.base.settings import Settings, read_settings
from cxmart.build import freshness
from cxmart.publish import publication, versions
from cxmart.publish.audit import Audit

# Tickets of three months, one a day; as_of is 2 April.
Ticket = tuple[str, str, str, str, str | None]
DAYS = [f"2026-0{month}-{day:02}" for month in (1, 2, 3) for day in range(1, 29)]
TICKETS: list[Ticket] = [
    # ticket_id, created_at, channel, agent, exclusion_reason
    (f"desk:T{number}", f"{day} 10:00:00", "email" if number % 2 else "chat", f"desk:A{number % 3}", None)
    for number, day in enumerate(DAYS)
]
CATALOG = [
    # kpi_id, kind, stretches_in
    ("tickets_created", "count", None),
    ("tickets_open", "stock", "fct_stretches"),
    ("mood", "confidential", None),
    ("buyers", "stock", None),
]
NOW = "2026-04-02T12:00:00Z"


@dataclass
class Warehouse:
    """What a build is made of; a test changes something and publishes again."""

    tickets: list[Ticket] = field(default_factory=lambda: list(TICKETS))
    as_of: str = "2026-04-02 08:00:00"
    run_id: str = "run-1"
    zone: str = "UTC"
    kpi_versions: dict[str, int] = field(default_factory=dict)
    dropped_kpis: tuple[str, ...] = ()
    target: float | None = None
    seed: str = "one"
    code: str = "c1"
    mood: float = 4.0
    rows_loaded: int = len(TICKETS)
    more: tuple[str, ...] = ()

    def build(self, home: Path) -> None:
        """Make the build: cells are worked out from the view, as the roll-ups do."""
        home.mkdir(exist_ok=True)
        (home / "build.duckdb").unlink(missing_ok=True)
        with duckdb.connect(str(home / "build.duckdb")) as build:
            for statement in self._statements():
                build.execute(statement)
            build.executemany("insert into marts.fct_tickets values (?, ?, ?, ?, ?, 'desk')", self.tickets)
            build.execute(STRETCHES)
            build.execute(VALUES.format(mood=self.mood, target=self.target or "null"), {"as_of": self.as_of})
            for kpi_id, version in self.kpi_versions.items():
                for table in ("kpi_catalog", "kpi_values"):
                    build.execute(f"update marts.{table} set kpi_version = {version} where kpi_id = '{kpi_id}'")
            for kpi_id in self.dropped_kpis:
                for table in ("kpi_catalog", "kpi_values", "kpi_slices"):
                    build.execute(f"delete from marts.{table} where kpi_id = '{kpi_id}'")
            describe_build(build)
            build.execute(
                "update main.cxmart_build_raw set row_count = ?, rows_loaded = ?",
                [len(self.tickets), self.rows_loaded],
            )
            for statement in self.more:
                build.execute(statement)

    def _statements(self) -> Iterable[str]:
        yield "create schema marts; create schema kpis; create schema intermediate; create schema seeds"
        yield f"create table intermediate.int_warehouse__as_of as select timestamp '{self.as_of}' as as_of"
        yield f"create table seeds.policies as select '{self.seed}' as policy"
        yield (
            "create table marts.fct_tickets (ticket_id varchar, created_at timestamp, channel varchar, agent varchar, "
            "exclusion_reason varchar, source varchar)"
        )
        yield (
            "create view kpis.tickets_created as select created_at as measured_at, ticket_id as observation_id, "
            "1 as numerator, null as denominator, exclusion_reason, source, channel, agent from build.marts.fct_tickets"
        )
        yield (
            "create table marts.kpi_catalog (kpi_order integer, kpi_id varchar, kpi_version integer, title varchar, "
            "unit varchar, kind varchar, grains varchar, window_days integer, stretches_in varchar)"
        )
        for order, (kpi_id, kind, stretches_in) in enumerate(CATALOG):
            stretches = f"'{stretches_in}'" if stretches_in else "null"
            yield (
                f"insert into marts.kpi_catalog values ({order}, '{kpi_id}', 1, '{kpi_id}', 'count', '{kind}', "
                f"'month', 0, {stretches})"
            )
        yield "create table marts.kpi_slices (kpi_id varchar, slice varchar, slice_form varchar)"
        yield "insert into marts.kpi_slices values ('tickets_created', 'channel', 'partition')"
        yield (
            f"create table main.cxmart_build as select '{self.run_id}' as run_id, true as is_complete, 9 as nodes_run, "
            "0 as nodes_failed, 5 as tests_passed, 0 as tests_warned, 'standard' as sources, "
            f"'{self.zone}' as reporting_timezone, 'EUR' as reporting_currency, '{self.code}' as code_checksum, "
            "null as code_commit"
        )


# Open from its creation on.
STRETCHES = """
    create table marts.fct_stretches as
    select
        ticket_id, created_at as starts_at, cast(null as timestamp) as ends_at, exclusion_reason, channel, source
    from marts.fct_tickets
"""

# A cell a month and slice: how many tickets, how many were there at its end, a figure given in confidence.
VALUES = """
    create table marts.kpi_values as
    with counted as (
        select *, date_trunc('month', created_at) as month
        from marts.fct_tickets
        where exclusion_reason is null
    ),

    cut as (
        select month, 'overall' as slice, 'all' as slice_value, ticket_id from counted
        union all select month, 'channel', channel, ticket_id from counted
        union all select month, 'agent', agent, ticket_id from counted
    ),

    cells as (
        select 'tickets_created' as kpi_id, month, slice, slice_value, count(*) as sample_size from cut group by all
        union all
        select 'tickets_open', months.month, 'overall', 'all', count(*)
        from (select distinct month from counted) as months
        inner join counted on counted.month <= months.month
        group by all
        union all
        select 'mood', month, 'overall', 'all', 5 from counted group by all
        union all
        select 'buyers', month, 'overall', 'all', count(*) from counted group by all
    )

    select
        kpi_id, 1 as kpi_version, 'month' as grain, cast(month as date) as period_start,
        cast(month as timestamp) as period_start_at, cast(month + interval 1 month as timestamp) as period_end_at,
        slice, slice_value,
        cast(if(kpi_id = 'mood', {mood} * 5, sample_size) as double) as numerator,
        cast(if(kpi_id = 'mood', 5, null) as double) as denominator,
        cast(if(kpi_id = 'mood', {mood}, sample_size) as double) as value,
        sample_size, cast(null as double) as median, cast(null as double) as p90,
        cast(null as double) as target_lower, cast({target} as double) as target_upper,
        if({target} is null, 'no_target', 'ok') as status,
        if(month + interval 1 month <= cast($as_of as timestamp), 'final', 'partial') as maturity
    from cells
"""

Publish = Callable[..., publication.Published]


@pytest.fixture
def settings(home: Path, target_path: Path) -> Settings:
    return read_settings(isolated_environment(home, target_path, {"CXMART_NOW": NOW, "CXMART_MAX_REVISED_SHARE": "1"}))


@pytest.fixture
def publish(settings: Settings) -> Publish:
    """Build a warehouse and publish it."""

    def run(warehouse: Warehouse, strict: bool = False, **how: Any) -> publication.Published:
        warehouse.build(settings.home)
        chosen = settings
        if strict:
            environment = isolated_environment(settings.home, settings.target_path, {"CXMART_NOW": NOW})
            chosen = read_settings(environment)
        return publication.publish(chosen, **how)

    return run


def revisions(settings: Settings, columns: str, name: str = "marts_people.duckdb") -> list[tuple[Any, ...]]:
    with duckdb.connect(str(settings.home / name), read_only=True) as published:
        return published.execute(f"select {columns} from kpi_revisions order by all").fetchall()


CELL = "kpi_id, period_start || '', slice, slice_value, old_value, new_value, reason"


def test_the_first_publication_revises_nothing(publish: Publish, settings: Settings) -> None:
    audit = publish(Warehouse()).audit
    assert (audit.final_cells, audit.revised_cells) == (0, 0)
    assert revisions(settings, "*") == []


@pytest.mark.slow
def test_the_same_again_revises_nothing(publish: Publish, settings: Settings) -> None:
    publish(Warehouse())
    audit = publish(Warehouse(run_id="run-2")).audit
    # 3 months of 1 + 2 + 3 cells of tickets and one of each other KPI.
    assert (audit.final_cells, audit.revised_cells) == (27, 0)


@pytest.mark.slow
def test_a_later_month_revises_nothing(publish: Publish) -> None:
    """What was partial is not what was said for good."""
    publish(Warehouse(as_of="2026-03-20 00:00:00"))
    more = [*TICKETS, ("desk:T900", "2026-03-25 10:00:00", "fax", "desk:A9", None)]
    audit = publish(Warehouse(tickets=more, rows_loaded=len(more))).audit
    assert (audit.final_cells, audit.revised_cells) == (18, 0)


def test_a_late_row_is_told(publish: Publish, settings: Settings) -> None:
    """Also in a cell that was not there, since nothing had been observed in it."""
    publish(Warehouse())
    more = [*TICKETS, ("desk:T900", "2026-02-11 10:00:00", "fax", "desk:A1", None)]
    publish(Warehouse(tickets=more, rows_loaded=len(more), run_id="run-2"))
    assert [row for row in revisions(settings, CELL) if row[0] == "tickets_created"] == [
        ("tickets_created", "2026-02-01", "agent", "desk:A1", 10, 11, "late_row"),
        ("tickets_created", "2026-02-01", "channel", "fax", None, 1, "late_row"),
        ("tickets_created", "2026-02-01", "overall", "all", 28, 29, "late_row"),
    ]
    # It is in the stock of the months after it; what is no observation of a KPI can't be told.
    assert [row[1:] for row in revisions(settings, CELL) if row[0] == "tickets_open"] == [
        ("2026-02-01", "overall", "all", 56, 57, "late_row"),
        ("2026-03-01", "overall", "all", 84, 85, "late_row"),
    ]
    assert [row[-1] for row in revisions(settings, CELL) if row[0] == "buyers"] == ["unknown"]
    said = "run_id, version, revised_at || '', old_sample_size, new_sample_size, new_maturity, is_restatement"
    assert set(revisions(settings, said)) >= {
        ("run-2", "000002-20260402T120000Z", "2026-04-02 12:00:00", 28, 29, "final", False)
    }


def changed(number: int, **values: str) -> list[Ticket]:
    """The tickets, one of them changed."""
    names = ("ticket_id", "created_at", "channel", "agent", "exclusion_reason")
    row = dict(zip(names, TICKETS[number], strict=True)) | values
    return [*TICKETS[:number], tuple(row.values()), *TICKETS[number + 1 :]]  # type: ignore[list-item]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("tickets", "reason"),
    [
        (changed(3, exclusion_reason="merged"), "merge"),
        (changed(3, exclusion_reason="deleted"), "deleted"),
        (changed(3, exclusion_reason="spam"), "correction"),
        (changed(3, created_at="2026-02-20 10:00:00"), "correction"),
        (TICKETS[:3] + TICKETS[4:], "correction"),
    ],
)
def test_what_happened_to_a_row_is_told(
    publish: Publish, settings: Settings, tickets: list[Ticket], reason: str
) -> None:
    publish(Warehouse())
    publish(Warehouse(tickets=tickets, rows_loaded=len(TICKETS) + 1))
    rows = revisions(settings, CELL)
    assert ("tickets_created", "2026-01-01", "overall", "all", 28, 27, reason) in rows
    assert ("tickets_open", "2026-01-01", "overall", "all", 28, 27, reason) in rows
    assert {row[-1] for row in rows if row[0] != "buyers"} == {reason}


@pytest.mark.slow
def test_several_reasons_of_a_cell_are_all_told(publish: Publish, settings: Settings) -> None:
    publish(Warehouse())
    more = [*changed(3, exclusion_reason="merged"), ("desk:T900", "2026-01-11 10:00:00", "fax", "desk:A1", None)]
    audit = publish(Warehouse(tickets=more, rows_loaded=len(TICKETS) + 2)).audit
    rows = [row[2:] for row in revisions(settings, CELL) if row[:2] == ("tickets_created", "2026-01-01")]
    # One came and one went: overall is what it was, and is not listed.
    assert rows == [
        ("agent", "desk:A0", 10, 9, "merge"),
        ("agent", "desk:A1", 9, 10, "late_row"),
        ("channel", "email", 14, 13, "merge"),
        ("channel", "fax", None, 1, "late_row"),
    ]
    assert audit.by_reason == {"late_row": 2, "merge": 2}


@pytest.mark.slow
def test_a_reason_that_cant_be_told_keeps_no_number_back(publish: Publish, settings: Settings) -> None:
    """The view reads something that is not published, the stock's fact is not there any more."""
    publish(Warehouse())
    other = (
        "create schema confidential; create table confidential.answers as select * from marts.fct_tickets",
        "create or replace view kpis.tickets_created as select created_at as measured_at, "
        "ticket_id as observation_id, 1 as numerator, exclusion_reason, channel from build.confidential.answers",
        "update marts.kpi_catalog set stretches_in = 'fct_gone' where kpi_id = 'tickets_open'",
    )
    more = [*TICKETS, ("desk:T900", "2026-02-11 10:00:00", "fax", "desk:A1", None)]
    audit = publish(Warehouse(tickets=more, rows_loaded=len(more), more=other)).audit
    assert audit.by_reason == {"unknown": 6}


def test_what_moves_within_a_cell_is_no_reason(publish: Publish, settings: Settings) -> None:
    """A ticket that only changed its channel changes nothing overall; there, it is the late one alone."""
    publish(Warehouse())
    more = [*changed(3, channel="fax"), ("desk:T900", "2026-01-11 10:00:00", "email", "desk:A1", None)]
    publish(Warehouse(tickets=more, rows_loaded=len(TICKETS) + 2))
    rows = [row[2:] for row in revisions(settings, CELL) if row[:2] == ("tickets_created", "2026-01-01")]
    # By e-mail one came and one went, so that the number is the same, and no revision.
    assert rows == [
        ("agent", "desk:A1", 9, 10, "late_row"),
        ("channel", "fax", None, 1, "correction"),
        ("overall", "all", 28, 29, "late_row"),
    ]


@pytest.mark.slow
def test_rows_that_say_something_else_without_a_correction_are_late(publish: Publish, settings: Settings) -> None:
    """A ticket may say something else since another row of it came late: all that was loaded was new."""
    publish(Warehouse())
    more = [*changed(3, channel="fax"), ("desk:T900", "2026-04-01 10:00:00", "email", "desk:A1", None)]
    publish(Warehouse(tickets=more, rows_loaded=len(more)))
    assert {row[-1] for row in revisions(settings, CELL)} == {"late_row"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "reason"),
    [({"seed": "two"}, "configuration"), ({"code": "c2"}, "code"), ({}, "unknown")],
)
def test_what_changes_without_any_row_is_no_row(
    publish: Publish, settings: Settings, change: dict[str, str], reason: str
) -> None:
    publish(Warehouse())
    publish(Warehouse(more=("update marts.kpi_values set value = value + 1 where kpi_id = 'tickets_open'",), **change))
    assert {row[-1] for row in revisions(settings, CELL)} == {reason}


@pytest.mark.slow
def test_what_may_have_two_causes_is_unknown(publish: Publish, settings: Settings) -> None:
    publish(Warehouse())
    publish(Warehouse(tickets=changed(3, channel="fax"), rows_loaded=len(TICKETS) + 1, seed="two"))
    assert {row[-1] for row in revisions(settings, CELL)} == {"unknown"}


def test_another_target_restates_no_number_and_stops_nothing(publish: Publish, settings: Settings) -> None:
    publish(Warehouse())
    audit = publish(Warehouse(target=100), strict=True).audit
    assert (audit.revised_cells, audit.restated_cells) == (0, 0)
    assert revisions(settings, CELL) == []
    with duckdb.connect(str(settings.people_file), read_only=True) as marts:
        assert marts.execute("select distinct target_upper from kpi_values").fetchall() == [(100,)]


def test_another_target_beside_another_number_is_told_with_both(publish: Publish, settings: Settings) -> None:
    publish(Warehouse())
    publish(
        Warehouse(target=100, more=("update marts.kpi_values set value = value + 1 where kpi_id = 'tickets_open'",))
    )
    found = revisions(
        settings, "kpi_id, new_value - old_value, old_target_upper, new_target_upper, old_status, new_status"
    )
    assert set(found) == {("tickets_open", 1, None, 100, "no_target", "ok")}


def test_a_new_definition_is_a_restatement_that_stops_nothing(publish: Publish, settings: Settings) -> None:
    publish(Warehouse())
    doubled = "update marts.kpi_values set value = value * 2 where kpi_id = 'tickets_open'"
    audit = publish(
        Warehouse(kpi_versions={"tickets_open": 2}, dropped_kpis=("buyers",), more=(doubled,)), strict=True
    ).audit
    assert (audit.revised_cells, audit.restated_cells) == (0, 6)
    told = "kpi_id, old_kpi_version, new_kpi_version, new_value is null, is_restatement, reason"
    assert set(revisions(settings, told)) == {
        ("tickets_open", 1, 2, False, True, "definition_version"),
        ("buyers", 1, None, True, True, "definition_version"),
    }


@pytest.mark.slow
def test_an_earlier_as_of_is_told(publish: Publish, settings: Settings) -> None:
    publish(Warehouse())
    publish(Warehouse(as_of="2026-03-20 00:00:00"))
    found = revisions(settings, "kpi_id, period_start || '', new_maturity, reason")
    assert {row[1:] for row in found} == {("2026-03-01", "partial", "as_of")}
    assert len(found) == 9


def test_what_was_said_in_confidence_is_not_told(publish: Publish, settings: Settings) -> None:
    """The difference of two means of five people tells what one of them answered."""
    publish(Warehouse())
    publish(Warehouse(mood=4.2))
    told = (
        "kpi_id, old_numerator, new_numerator, old_denominator, new_denominator, old_value, new_value, "
        "old_sample_size, new_sample_size, reason"
    )
    assert revisions(settings, told) == [("mood", *[None] * 8, "unknown")] * 3


def test_cells_of_single_agents_are_not_in_the_file_for_everybody(publish: Publish, settings: Settings) -> None:
    publish(Warehouse())
    publish(Warehouse(tickets=changed(3, exclusion_reason="deleted"), rows_loaded=len(TICKETS) + 1))
    everything, everybodys = revisions(settings, "slice"), revisions(settings, "slice", "marts.duckdb")
    assert ("agent",) in everything
    assert everybodys == [row for row in everything if row != ("agent",)]


@pytest.mark.slow
def test_revisions_are_kept_for_good(publish: Publish, settings: Settings) -> None:
    publish(Warehouse())
    for round_ in range(1, 4):
        more = [*TICKETS, *((f"desk:L{late}", "2026-02-11 10:00:00", "fax", "desk:A1", None) for late in range(round_))]
        publish(Warehouse(tickets=more, rows_loaded=len(more), run_id=f"run-{round_ + 1}"))
    query = f"run_id, {CELL}"
    overall = [row for row in revisions(settings, query) if row[1] == "tickets_created" and row[3] == "overall"]
    assert [(row[0], row[5], row[6]) for row in overall] == [("run-2", 28, 29), ("run-3", 29, 30), ("run-4", 30, 31)]


# What stops it


def test_too_much_that_changes_stops_it_until_it_is_accepted(publish: Publish, settings: Settings) -> None:
    publish(Warehouse())
    before = settings.marts_file.read_bytes()
    wrong = Warehouse(tickets=[(f"{row[0]}x", *row[1:]) for row in TICKETS if row[2] == "email"], rows_loaded=200)
    with pytest.raises(CxmartError) as stopped:
        publish(wrong, strict=True)
    assert stopped.value.exit_code == ExitCode.AUDIT
    text = str(stopped.value)
    # All but the 3 cells of `mood` and the 3 of e-mail; those of chat are gone.
    assert "21 of 27 final cells of KPIs would change (77.8 %, CXMART_MAX_REVISED_SHARE allows 5 %" in text
    assert "cxmart publish --accept-revisions" in text
    assert settings.marts_file.read_bytes() == before
    with duckdb.connect(str(settings.build_file), read_only=True) as build:
        listed = build.execute("select count(*), count(reason) from failures.kpi_revisions").fetchall()
    assert listed == [(21, 21)]
    published = publish(wrong, strict=True, accept_revisions=True)
    assert published.audit.revised_cells == 21
    assert "77.8 % of the cells that were final changed" in published.warnings


@pytest.mark.slow
def test_another_time_zone_stops_it_and_is_named(publish: Publish) -> None:
    """As where a scheduler forgets a variable."""
    publish(Warehouse(zone="Europe/Berlin"))
    shifted = "update marts.kpi_values set value = value + 1, period_start_at = period_start_at + interval 1 hour"
    with pytest.raises(CxmartError, match=r"reasons: configuration 27;.*CXMART_TIMEZONE was Europe/Berlin and is UTC"):
        publish(Warehouse(more=(shifted,)), strict=True)


@pytest.mark.slow
def test_rows_that_are_gone_stop_it(publish: Publish, settings: Settings) -> None:
    many = (
        "create or replace table marts.dim_products as select cast(i as varchar) as product_id from range({}) as t(i)"
    )
    listed = "insert into main.cxmart_build_tables values ('dim_products', 'marts', [], null)"
    publish(Warehouse(more=(many.format(1000), listed)))
    publish(Warehouse(more=(many.format(800), listed)), strict=True)
    with pytest.raises(CxmartError, match="dim_products would have 639 rows instead of 800") as stopped:
        publish(Warehouse(more=(many.format(639), listed)), strict=True)
    assert stopped.value.exit_code == ExitCode.AUDIT
    with pytest.raises(CxmartError, match="dim_products would have 0 rows instead of 800"):
        publish(Warehouse(), strict=True)
    warnings = publish(Warehouse(), strict=True, accept_revisions=True).warnings
    assert warnings == ["dim_products has 0 rows instead of 800"]


def test_an_erasure_is_told_and_names_nobody(publish: Publish, settings: Settings) -> None:
    publish(Warehouse())
    publish(Warehouse(tickets=changed(3, agent="desk:A1"), rows_loaded=len(TICKETS) + 1))
    assert "desk:A0" in {value for (value,) in revisions(settings, "slice_value")}
    without = [row for row in TICKETS if row[3] != "desk:A0"]
    publish(Warehouse(tickets=without, rows_loaded=200), strict=True, erased={"desk:A0"})
    told = revisions(settings, "slice_value, reason")
    assert "desk:A0" not in {value for value, _ in told}
    assert ("all", "erasure") in told
    assert {reason for _, reason in told} == {"correction", "erasure"}


# The newest thing happened 24 hours before the publication.
COVERAGE = (
    "create table intermediate.int_warehouse__source_coverage as "
    "select 'standard' as source, timestamp '2026-04-01 12:00:00' as last_happened_at"
)
HOUR = 3600.0


def test_old_data_stops_it_or_is_marked(publish: Publish, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    limits = freshness.Limits(warn_after=10 * HOUR, error_after=20 * HOUR)
    monkeypatch.setattr(freshness, "read_limits", lambda *_: limits)
    with pytest.raises(CxmartError, match="the newest data of standard is 24 h old, more than its YAML") as stopped:
        publish(Warehouse(more=(COVERAGE,)))
    assert stopped.value.exit_code == ExitCode.STALE
    assert sorted(path.name for path in settings.home.iterdir()) == ["build.duckdb"]
    # An erasure does not wait for newer data.
    publish(Warehouse(more=(COVERAGE,)), erased={"desk:C1"})
    limits = freshness.Limits(warn_after=10 * HOUR)
    assert publish(Warehouse(more=(COVERAGE,))).warnings == [
        "the newest data of standard is 24 h old, more than its YAML expects (10 h)"
    ]
    with duckdb.connect(str(settings.marts_file), read_only=True) as marts:
        said = marts.execute("select data_age_seconds, warnings from publication").fetchall()
        sources = marts.execute("select source, age_seconds, state from publication_sources").fetchall()
    assert said == [(24 * HOUR, "the newest data of standard is 24 h old, more than its YAML expects (10 h)")]
    assert sources == [("standard", 24 * HOUR, "late")]


def test_rows_that_did_not_land_are_told(publish: Publish, settings: Settings) -> None:
    settings.home.mkdir()
    with duckdb.connect(str(settings.raw_file)) as raw:
        raw.execute("create schema raw_standard")
        raw.execute(
            "create table raw_standard._rejects as select 'tickets' as table_name, 'file ' || i % 2 as file, "
            "false as is_row_kept, if(i = 4, 1, null) as cleared_by_load_id from range(5) as numbers(i)"
        )
    assert publish(Warehouse()).warnings == ["4 rows of 2 files of standard did not land (`cxmart rejects standard`)"]
    with duckdb.connect(str(settings.marts_file), read_only=True) as marts:
        told = marts.execute("select rejected_rows, rejected_files from publication_sources").fetchall()
    assert told == [(4, 2)]


# Versions


def kept(settings: Settings) -> list[tuple[int, str, str | None, bool]]:
    return [
        (version.number, version.run_id, version.restored_from and version.restored_from[:6], version.is_published)
        for version in versions.versions_of(settings)
    ]


@pytest.mark.slow
def test_the_last_versions_are_kept(publish: Publish, settings: Settings) -> None:
    for number in range(1, 8):
        publish(Warehouse(run_id=f"run-{number}"))
    assert [version[:2] for version in kept(settings)] == [(number, f"run-{number}") for number in (7, 6, 5, 4, 3)]
    assert kept(settings)[0] == (7, "run-7", None, True)
    # The published files and their version are one on disk.
    assert settings.marts_file.samefile(versions.versions_of(settings)[0].marts_file)


def test_a_rollback_puts_a_version_back_and_keeps_what_was_said_since(publish: Publish, settings: Settings) -> None:
    for late in range(3):
        more = [*TICKETS, *((f"desk:L{one}", "2026-02-11 10:00:00", "email", "desk:A1", None) for one in range(late))]
        publish(Warehouse(tickets=more, rows_loaded=len(more), run_id=f"run-{late + 1}"))
    published = publication.rollback(settings)
    assert (published.run_id, published.version[:6]) == ("run-2", "000004")
    for path in (settings.marts_file, settings.people_file):
        with duckdb.connect(str(path), read_only=True) as file:
            said = "select run_id, version, restored_from, revised_cells from publication"
            # Two stocks, two of tickets overall and by channel, one by agent (in the people's file), and buyers.
            assert file.execute(said).fetchall() == [("run-2", "000004-20260402T120000Z", "000002-20260402T120000Z", 6)]
            overall = "select value from kpi_values where kpi_id = 'tickets_created' and slice = 'overall' order by all"
            assert file.execute(overall).fetchall() == [(28,), (28,), (29,)]
    told = [row for row in revisions(settings, f"version[:6], {CELL}") if row[1] == "tickets_created"]
    assert [(row[0], *row[5:]) for row in told if row[3] == "overall"] == [
        ("000002", 28, 29, "late_row"),
        ("000003", 29, 30, "late_row"),
        ("000004", 30, 29, "rollback"),
    ]
    # Further back, then to one that is named.
    assert publication.rollback(settings).run_id == "run-1"
    with pytest.raises(CxmartError, match="no version before the published one is kept"):
        publication.rollback(settings)
    assert publication.rollback(settings, "3").run_id == "run-3"
    assert publication.rollback(settings, "run-1").run_id == "run-1"
    with pytest.raises(CxmartError, match="no version '99' is kept; there are: 000007-"):
        publication.rollback(settings, "99")
    # What is built is published on top of it.
    assert publish(Warehouse(run_id="run-9")).version[:6] == "000008"


@pytest.mark.slow
def test_a_damaged_version_is_not_put_back(publish: Publish, settings: Settings) -> None:
    publish(Warehouse(run_id="run-1"))
    publish(Warehouse(run_id="run-2"))
    file = versions.find(settings, "1").people_file
    file.chmod(0o600)
    with duckdb.connect(str(file)) as damaged:
        damaged.execute("update kpi_values set value = 0 where kpi_id = 'mood'")
    before = settings.marts_file.read_bytes()
    with pytest.raises(CxmartError, match=r"table kpi_values of .* or other ones"):
        publication.rollback(settings, "1")
    assert settings.marts_file.read_bytes() == before


def test_a_kill_between_the_two_files_is_healed(publish: Publish, settings: Settings) -> None:
    """The people's file is the first to be replaced: what marts.duckdb says is what is published."""
    publish(Warehouse(run_id="run-1"))
    publish(Warehouse(run_id="run-2"))
    first = versions.find(settings, "1")
    shutil.copy(first.marts_file, settings.marts_file.with_suffix(".new"))
    settings.marts_file.with_suffix(".new").replace(settings.marts_file)
    versions.heal(settings)
    with duckdb.connect(str(settings.people_file), read_only=True) as people:
        assert people.execute("select run_id from publication").fetchall() == [("run-1",)]
    assert publish(Warehouse(run_id="run-3")).version[:6] == "000003"


def test_a_kill_before_the_version_is_kept_is_healed(publish: Publish, settings: Settings) -> None:
    publish(Warehouse(run_id="run-1"))
    folder = versions.versions_of(settings)[0].folder
    folder.rename(folder.with_name(f"{folder.name}.new"))
    publish(Warehouse(run_id="run-2"))
    assert kept(settings) == [(2, "run-2", None, True), (1, "run-1", None, False)]
    assert sorted(path.suffix for path in settings.versions_folder.iterdir()) == ["", ""]


@pytest.mark.slow
def test_after_an_erasure_no_older_version_is_left(publish: Publish, settings: Settings) -> None:
    publish(Warehouse(run_id="run-1"))
    publish(Warehouse(run_id="run-2"))
    versions.remove_versions(settings)
    assert [version[:2] for version in kept(settings)] == [(2, "run-2")]


@pytest.mark.slow
def test_the_newest_version_stands_in_for_files_that_are_gone(publish: Publish, settings: Settings) -> None:
    """So that what was said is not forgotten where somebody has moved the published files away."""
    publish(Warehouse())
    more = [*TICKETS, ("desk:T900", "2026-02-11 10:00:00", "fax", "desk:A1", None)]
    publish(Warehouse(tickets=more, rows_loaded=len(more)))
    count = len(revisions(settings, "kpi_id"))
    for path in (settings.marts_file, settings.people_file):
        path.unlink()
    assert publish(Warehouse(tickets=more, rows_loaded=len(more))).audit.final_cells == 28
    assert len(revisions(settings, "kpi_id")) == count > 0


@pytest.mark.slow
def test_the_command_lists_and_puts_back(cxmart: Run, publish: Publish, settings: Settings) -> None:
    publish(Warehouse(run_id="run-1"))
    publish(Warehouse(run_id="run-2"))
    done = cxmart("publish", "--rollback")
    assert done.returncode == 0, done.stderr
    assert "published run run-1 again, as version 000003-20261101T000000Z" in done.stdout
    listed = cxmart("publish", "--versions").stdout.splitlines()
    assert [line.split()[0][:6] for line in listed[1:]] == ["000003", "000002", "000001"]
    assert listed[1].rstrip().endswith("published, from 000001")
    for wrong in (["--rollback", "--versions"], ["3"]):
        done = cxmart("publish", *wrong)
        assert (done.returncode, len(done.stderr.splitlines())) == (ExitCode.USAGE, 1)


@pytest.mark.parametrize(
    ("final", "revised", "share"),
    [(0, 0, 0.0), (40, 2, 0.05), (2, 2, 1.0), (2, 3, 1.0)],
)
def test_no_more_than_all_is_revised(final: int, revised: int, share: float) -> None:
    """Cells that appear in final periods are revised, and were not final: beside 2 there may be 3."""
    assert Audit(final_cells=final, revised_cells=revised).revised_share == share
