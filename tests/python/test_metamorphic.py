"""What a change of the rows must do to the numbers: nothing, or one thing that can be told beforehand.

No expected number stands here. A brand is built as it is and changed (renamed, moved, landed twice, joined with another
one), and every cell of the two warehouses is compared, to the last digit.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest

from brand import as_raw, make_brand, write_again
from conftest import NOW
from cxmart.base.settings import read_settings
from cxmart.contract import source_contract
from cxmart.landing import files, land_file, raw_file
from independent.calculation import Cell, CellKey, percentile
from independent.harness import (
    PROJECT_ROOT,
    Warehouse,
    catalog,
    compile_project,
    compiled_for,
    shipped_config,
)
from independent.nasty import Scene, data_set
from independent.standards import Judged, StandardKey
from independent.world import NONE, SOURCE, Config, Raw, Row, period_start

pytestmark = pytest.mark.xdist_group("metamorphic")

CATALOG = catalog()
ALL_KPIS = set(CATALOG)
SHIPPED = shipped_config()
DECLARED = source_contract.read_source(PROJECT_ROOT, "standard").tables
DAY = timedelta(days=1)
# What they hold follows from the calendar and `as_of` alone.
CALENDARS = {"dim_dates", "dim_periods"}
TICKETS = 300
# The local hour begins at a quarter past; it has the same distance from UTC all year.
ZONE = "Asia/Kathmandu"
OFFSET = timedelta(hours=5, minutes=45)

WarehouseOf = Callable[[str], Warehouse]


# ---------------------------------------------------------------------------------------------------- what is compared


@dataclass(frozen=True)
class Shape:
    """What a column of a fact or dimension holds, told without its names and times: `total` is of numbers."""

    rows: int
    filled: int
    distinct: int
    total: Any


@dataclass(frozen=True)
class Told:
    """All that a warehouse tells of a brand."""

    cells: Mapping[CellKey, Cell]
    standards: Mapping[StandardKey, Judged]
    shapes: Mapping[tuple[str, str], Shape]

    def select(self, wanted: Callable[[CellKey], bool]) -> Told:
        """The same with some cells alone."""
        return replace(self, cells={key: cell for key, cell in self.cells.items() if wanted(key)})


def told(warehouse: Warehouse, raw: Raw, config: Config = SHIPPED, as_of: datetime | None = None) -> Told:
    """Build from rows, and read every cell, judged standard and shape of a column."""
    cells = warehouse.cells(raw, config, as_of)
    return Told(cells, warehouse.standards(), shapes(warehouse))


def shapes(warehouse: Warehouse) -> dict[tuple[str, str], Shape]:
    """The shape of every column of the facts and dimensions that were built last."""
    found = {}
    for model in warehouse.models:
        if not model["name"].startswith(("fct_", "dim_")) or model["name"] in CALENDARS:
            continue
        relation = model["relation_name"]
        columns = [(row[0], row[1]) for row in warehouse.rows(f"describe {relation}")]
        parts = ["count(*)"]
        for name, kind in columns:
            is_number = kind in ("BOOLEAN", "INTEGER", "BIGINT", "DOUBLE") or kind.startswith("DECIMAL")
            # Sums of decimals do not depend on the order of rows.
            parts += [f'count("{name}")', f'count(distinct "{name}")']
            parts += [f'sum(cast("{name}" as decimal(38, 6)))' if is_number else "null"]
        ((rows, *numbers),) = warehouse.rows(f"select {', '.join(parts)} from {relation}")
        for place, (name, _) in enumerate(columns):
            found[model["name"], name] = Shape(rows, *numbers[3 * place : 3 * place + 3])
    return found


def differences(expected: Mapping[Any, Any], found: Mapping[Any, Any]) -> list[str]:
    """What differs between two mappings to dataclasses, a line each: the key, and each field that is another."""
    lines = []
    for key in expected.keys() | found.keys():
        wanted, got = expected.get(key), found.get(key)
        if wanted == got:
            continue
        name = " ".join(str(part) for part in key)
        if wanted is None or got is None:
            lines.append(f"{name}: " + (f"not expected, found {got}" if wanted is None else f"missing {wanted}"))
            continue
        changed = [
            f"{field.name} {getattr(wanted, field.name)} became {getattr(got, field.name)}"
            for field in fields(wanted)
            if getattr(wanted, field.name) != getattr(got, field.name)
        ]
        lines.append(f"{name}: {', '.join(changed)}")
    return sorted(lines)


def compare(expected: Told, found: Told) -> None:
    """Fail with the first differences of each kind."""
    # Facts first: where they differ, the cells follow.
    for name in ("shapes", "standards", "cells"):
        lines = differences(getattr(expected, name), getattr(found, name))
        if lines:
            raise AssertionError(f"{len(lines)} {name} differ:\n" + "\n".join(lines[:20]))


def assert_same(expected: Told, found: Told, kpis: set[str] = ALL_KPIS) -> None:
    """Compare, and fail too where so little was compared that it says nothing.

    Args:
        expected: What the changed warehouse must tell.
        found: What it tells.
        kpis: Those that are compared.
    """
    compare(expected, found)
    assert len(expected.cells) > 50_000
    assert {key[0] for key in expected.cells} == kpis


# -------------------------------------------------------------------------------------------------------- the brand


@pytest.fixture(scope="module")
def warehouse_of(target_path: Path, tmp_path_factory: pytest.TempPathFactory) -> WarehouseOf:
    """The warehouse of a reporting zone; the project is compiled once for all zones but UTC."""
    compile_for = cache(lambda timezone: compile_project(timezone, tmp_path_factory.mktemp("compiled"), target_path))
    return cache(lambda timezone: Warehouse(compiled_for(timezone, compile_for)))


def brand_rows(folder: Path, seed: int, tickets: int = TICKETS) -> Raw:
    """A generated brand, of which two agents leave."""
    raw = as_raw(PROJECT_ROOT, make_brand(PROJECT_ROOT, folder, seed, tickets))
    leaves = {"A003": date(2025, 11, 28), "A007": date(2026, 2, 10)}
    for row in raw["agents"]:
        row["left_on"] = leaves.get(row["agent_id"], row["left_on"])
    return raw


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Raw:
    return brand_rows(tmp_path_factory.mktemp("brand") / "files", seed=1)


@pytest.fixture(scope="module")
def as_it_is(warehouse_of: WarehouseOf, raw: Raw) -> Told:
    return told(warehouse_of(ZONE), raw)


def changed(raw: Raw, change: Callable[[str, str, Row], Any]) -> Raw:
    """The rows with each value that is there replaced by `change(table, column, row)`."""
    return {
        table: [
            {name: change(table, name, row) if value is not None else None for name, value in row.items()}
            for row in rows
        ]
        for table, rows in raw.items()
    }


def test_the_brand_tells_of_every_kpi_grain_and_slice(as_it_is: Told) -> None:
    """What a brand says nothing of would stay the same whatever is done to it."""
    grains, slices, standards = defaultdict(set), defaultdict(set), set()
    for (kpi_id, grain, _, name, value), cell in as_it_is.cells.items():
        if cell.value and value != NONE:
            grains[kpi_id].add(grain)
            slices[kpi_id].add(name)
    assert grains == {kpi_id: set(entry["grains"]) for kpi_id, entry in CATALOG.items()}
    assert slices == {kpi_id: {"overall", "source", *entry["slices"]} for kpi_id, entry in CATALOG.items()}
    for (standard_id, _, figure, _), judged in as_it_is.standards.items():
        if judged.value is not None:
            standards.add((standard_id, figure))
    assert standards == {(row["standard_id"], row["kpi_id"]) for row in SHIPPED["marketplace_standards"]}


def test_a_difference_is_told(as_it_is: Told) -> None:
    """The comparison itself: one number of one cell, a cell that is missing, a fact with a row more."""
    key = next(key for key, cell in as_it_is.cells.items() if cell.sample_size)
    wrong = replace(as_it_is.cells[key], sample_size=-1)
    without = {other: cell for other, cell in as_it_is.cells.items() if other != key}
    for cells in ({**as_it_is.cells, key: wrong}, without):
        with pytest.raises(AssertionError, match=f"1 cells differ:\n{key[0]} {key[1]}"):
            assert_same(as_it_is, replace(as_it_is, cells=cells))
    with pytest.raises(AssertionError, match="shapes differ:\nfct_tickets"):
        assert_same(as_it_is, replace(as_it_is, shapes={**as_it_is.shapes, ("fct_tickets", "more"): Shape(1, 1, 1, 1)}))


# ------------------------------------------------------------------------------------------------------ ids renamed

# The slices whose values are ids, with what the ids are of.
ID_SLICES = {"agent": "agent_id", "article": "article_id", "template": "template_id"}


def id_kind(name: str, row: Row) -> str | None:
    """What the id in a column is of, named as the column that is its key; None where the column holds no id."""
    if name in ("author_id", "actor_id"):
        whose = (row["author_type"] if name == "author_id" else row["actor_type"] or "").strip().lower()
        return {"agent": "agent_id", "customer": "customer_id"}.get(whose, name)
    if name in ("old_value", "new_value"):
        return "agent_id" if row["event_type"].strip().lower() == "assigned" else None
    if name == "email_hash":
        return name
    return (
        name.removeprefix("merged_into_").removeprefix("assigned_") if name.endswith("_id") and name[0] != "_" else None
    )


def with_ids(raw: Raw, rename: Callable[[str, str], str]) -> Raw:
    """The rows with every id replaced by `rename(kind, id)`."""

    def change(_: str, name: str, row: Row) -> Any:
        kind = id_kind(name, row)
        return rename(kind, row[name]) if kind else row[name]

    return changed(raw, change)


def all_ids(raw: Raw) -> dict[str, set[str]]:
    """The ids of each kind."""
    found: dict[str, set[str]] = defaultdict(set)
    with_ids(raw, lambda kind, name: found[kind].add(name) or name)
    return found


def with_slice_ids(expected: Told, rename: Callable[[str, str], str]) -> Told:
    """What a warehouse tells with the same ids replaced in its slices."""
    cells = {}
    for (kpi_id, grain, start, name, value), cell in expected.cells.items():
        if name in ID_SLICES and value != NONE:
            value = f"{SOURCE}:{rename(ID_SLICES[name], value.removeprefix(f'{SOURCE}:'))}"
        cells[kpi_id, grain, start, name, value] = cell
    return replace(expected, cells=cells)


def with_prefix(_: str, name: str) -> str:
    """A longer id in the same order; blanks around an id are no part of it."""
    bare = name.strip(" ")
    return name.replace(bare, f"0-{bare}") if bare else name


def backwards(raw: Raw) -> Callable[[str, str], str]:
    """A new number for every id, so that what was first in the order of ids is last."""
    numbers = {
        (kind, name): f"{number:08}"
        for kind, names in all_ids(raw).items()
        # An id of zeros alone would be a placeholder, and nobody.
        for number, name in enumerate(sorted(names, reverse=True), start=1)
    }
    return lambda kind, name: numbers[kind, name]


def test_every_column_of_ids_is_renamed(raw: Raw) -> None:
    """A column that is added to the contract is renamed too: what its ids are of follows from its name."""
    renamed = {
        (table, name)
        for table, rows in with_ids(raw, with_prefix).items()
        for row, before in zip(rows, raw[table], strict=True)
        for name in row
        if row[name] != before[name]
    }
    declared = {
        (table.name, column.name)
        for table in DECLARED.values()
        for column in table.columns
        if column.name.endswith(("_id", "_hash"))
    }
    # What an event changes is a status or an agent.
    assert renamed == declared | {("ticket_events", "old_value"), ("ticket_events", "new_value")}


@pytest.mark.slow
def test_ids_are_but_names(warehouse_of: WarehouseOf, raw: Raw, as_it_is: Told) -> None:
    """Another id for everything, in the same order."""
    found = told(warehouse_of(ZONE), with_ids(raw, with_prefix))
    assert_same(with_slice_ids(as_it_is, with_prefix), found)


def test_the_order_of_ids_says_nothing(warehouse_of: WarehouseOf, raw: Raw, as_it_is: Told) -> None:
    """Another id for everything, in the reverse order: no two things of this brand are alike but for the id."""
    rename = backwards(raw)
    assert_same(with_slice_ids(as_it_is, rename), told(warehouse_of(ZONE), with_ids(raw, rename)))


# What is told of changes of status and assignee: by when a ticket is resolved, by whom, in which team's hands, and in
# which turns and issues it falls.
OF_EVENTS = {
    *("automated_resolution_rate", "contacts_to_resolution", "csat_satisfied_rate", "csat_score"),
    *("customer_effort_score", "customer_turns_to_resolution", "first_contact_resolution_rate"),
    *("first_response_sla_rate", "reassignments_per_ticket", "reopen_rate", "resolution_rate", "resolution_time"),
    *("resolution_time_business", "response_time", "single_reply_resolution_rate", "survey_response_rate"),
    *("tickets_closed", "tickets_closed_per_hour", "tickets_created", "unresolved_tickets"),
}


@pytest.mark.slow
def test_an_id_decides_where_two_things_are_alike_in_all_else(warehouse_of: WarehouseOf, raw: Raw) -> None:
    """Where times are whole hours, many things happen at once, and ids settle which comes first.

    Such ties are of a ticket's events here: which of two statuses of the same instant is the later one is told by their
    ids alone. All other ids may be turned round, and with microseconds between the events of an hour theirs may too.
    """
    warehouse = warehouse_of(ZONE)
    hourly = changed(raw, lambda _, name, row: to_the_hour(row[name]))
    before = told(warehouse, hourly)
    assert_same(with_slice_ids(before, with_prefix), told(warehouse, with_ids(hourly, with_prefix)))

    turned = backwards(raw)

    def turned_but_events(kind: str, name: str) -> str:
        return name if kind == "event_id" else turned(kind, name)

    found = told(warehouse, with_ids(hourly, turned_but_events))
    assert_same(with_slice_ids(before, turned_but_events), found)

    decided = {key[0] for key in unlike(with_slice_ids(before, turned), told(warehouse, with_ids(hourly, turned)))}
    assert {"reassignments_per_ticket", "resolution_time", "unresolved_tickets"} <= decided <= OF_EVENTS

    apart = hourly | {"ticket_events": told_apart(hourly["ticket_events"])}
    assert_same(with_slice_ids(told(warehouse, apart), turned), told(warehouse, with_ids(apart, turned)))


def unlike(expected: Told, found: Told) -> set[CellKey]:
    """The cells that differ."""
    keys = expected.cells.keys() | found.cells.keys()
    return {key for key in keys if expected.cells.get(key) != found.cells.get(key)}


def to_the_hour(value: Any) -> Any:
    return value.replace(minute=0, second=0) if isinstance(value, datetime) else value


def told_apart(rows: list[Row]) -> list[Row]:
    """The rows with as many microseconds added to their times as rows stand before them: no two are at once."""
    return [
        {
            name: value + number * timedelta(microseconds=1) if isinstance(value, datetime) else value
            for name, value in row.items()
        }
        for number, row in enumerate(rows)
    ]


# ------------------------------------------------------------------------------------------------------- names changed

# Columns of text whose words the models know, all or some.
KNOWN_WORDS = {"status", "actor_type", "currency", "old_value", "new_value", "score"}


def free_text(table: str, name: str) -> bool:
    """Whether the words in a column are the brand's own."""
    column = next((column for column in DECLARED[table].columns if column.name == name), None)
    return (
        column is not None
        and column.data_type == "varchar"
        and not column.accepted_values
        and not name.endswith(("_id", "_hash"))
        and name not in KNOWN_WORDS
    )


def with_names(raw: Raw, rename: Callable[[str, str], str]) -> Raw:
    """The rows with the brand's own words replaced by `rename(column, word)`."""
    return changed(raw, lambda table, name, row: rename(name, row[name]) if free_text(table, name) else row[name])


def config_with_names(config: Config, rename: Callable[[str, str], str]) -> Config:
    """The seeds with the same words replaced."""

    def seed(name: str, *columns: str) -> list[Row]:
        return [
            {column: rename(column, value) if column in columns and value else value for column, value in row.items()}
            for row in config[name]
        ]

    targets = [
        row | {"slice_value": rename(row["slice"], row["slice_value"])}
        if row["slice_value"] and row["slice"] != "overall"
        else row
        for row in config["kpi_targets"]
    ]
    return config | {
        "channels": seed("channels", "channel"),
        "sla_policies": seed("sla_policies", "channel", "marketplace", "priority"),
        "marketplace_standards": seed("marketplace_standards", "marketplace"),
        "kpi_targets": targets,
    }


def told_with_names(expected: Told, rename: Callable[[str, str], str]) -> Told:
    """What a warehouse tells with the same words replaced in its slices."""
    names = {
        column.name for table in DECLARED.values() for column in table.columns if free_text(table.name, column.name)
    }
    cells = {
        (*place, name, rename(name, value) if name in names and value != NONE else value): cell
        for (*place, name, value), cell in expected.cells.items()
    }
    standards = {
        (standard_id, rename("marketplace", marketplace), *rest): judged
        for (standard_id, marketplace, *rest), judged in expected.standards.items()
    }
    return replace(expected, cells=cells, standards=standards)


def post_for_email(name: str, word: str) -> str:
    return "post" if (name, word) == ("channel", "email") else word


def all_numbered(_: str, word: str) -> str:
    return f"7{word}"


@pytest.mark.parametrize(
    "rename",
    [pytest.param(post_for_email, marks=pytest.mark.slow), all_numbered],
    ids=["email is called post", "all words"],
)
def test_names_are_but_names(
    rename: Callable[[str, str], str], warehouse_of: WarehouseOf, raw: Raw, as_it_is: Told
) -> None:
    """Channels, topics, teams, marketplaces … under other names, in the rows and in the seeds."""
    renamed = with_names(raw, rename)
    assert renamed != raw
    found = told(warehouse_of(ZONE), renamed, config_with_names(SHIPPED, rename))
    assert_same(told_with_names(as_it_is, rename), found)


# ------------------------------------------------------------------------------------------- what goes wrong, renamed


@pytest.mark.slow
def test_ids_and_years_are_but_names_where_much_goes_wrong(warehouse_of: WarehouseOf) -> None:
    """Ties, circles, unknown ids and odd seeds: other ids in the same order, in another year."""
    warehouse = warehouse_of(ZONE)
    scene = Scene(ZONE, (date(2025, 12, 28), date(2025, 12, 31), date(2026, 1, 1), date(2026, 1, 5)))
    compared, kpis = 0, set()
    for seed in range(6):
        # What stands for no id and for no time is another one once it is changed.
        rows = data_set(scene, seed, SHIPPED, leave=("name_nobody", "write_sentinels"))
        expected = told(warehouse, rows.raw, rows.config, rows.as_of)
        found = told(
            warehouse,
            moved(with_ids(rows.raw, with_prefix), YEARS_28),
            moved(rows.config, YEARS_28),
            rows.as_of and rows.as_of + YEARS_28,
        )
        compare(told_moved(with_slice_ids(expected, with_prefix), YEARS_28), found)
        compared += len(expected.cells)
        kpis |= {key[0] for key, cell in expected.cells.items() if cell.value}
    assert compared > 4_000
    assert len(kpis) > 60


# ------------------------------------------------------------------------------------------ moved in time and in place

BERLIN = "Europe/Berlin"
MARQUESAS = "Pacific/Marquesas"
# The Gregorian calendar is the same 28 years later as long as no century's end lies between.
WEEKS_52, YEARS_28 = 52 * 7 * DAY, (28 * 365 + 7) * DAY


def moved(rows: Mapping[str, list[Row]], by: timedelta, kind: type[date] = date) -> dict[str, list[Row]]:
    """Rows of tables or seeds with every time and date moved, or with every value of one of these kinds."""
    return {
        table: [
            {name: value + by if isinstance(value, kind) else value for name, value in row.items()}
            for row in table_rows
        ]
        for table, table_rows in rows.items()
    }


def told_moved(expected: Told, by: timedelta, kind: type[date] = date) -> Told:
    """What a warehouse tells with the starts of periods and the days of standards moved."""

    def move(value: Any) -> Any:
        return value + by if isinstance(value, kind) else value

    return replace(
        expected,
        cells={tuple(move(part) for part in key): cell for key, cell in expected.cells.items()},
        standards={
            tuple(move(part) for part in key): replace(
                judged,
                window_first_date=move(judged.window_first_date),
                window_last_date=move(judged.window_last_date),
            )
            for key, judged in expected.standards.items()
        },
    )


@pytest.mark.slow
def test_the_same_days_of_another_year(warehouse_of: WarehouseOf, raw: Raw) -> None:
    """All rows and seeds moved: the clocks of Berlin change on days as far apart, and holidays are left out.

    52 weeks later months are cut elsewhere, so days and weeks are compared. 28 years later everything is.
    """
    warehouse, config = warehouse_of(BERLIN), SHIPPED | {"holidays": []}
    expected = told(warehouse, raw, config)
    found = told(warehouse, moved(raw, YEARS_28), moved(config, YEARS_28))
    assert_same(told_moved(expected, YEARS_28), found)
    found = told(warehouse, moved(raw, WEEKS_52), moved(config, WEEKS_52))
    assert_same(told_moved(of_days_and_weeks(expected), WEEKS_52), of_days_and_weeks(found), told_by_week())


def of_days_and_weeks(everything: Told) -> Told:
    return everything.select(lambda key: key[1] in ("hour", "day", "week"))


def told_by_week() -> set[str]:
    """All but turnover, retention and what agents say, which are told by month."""
    return {kpi_id for kpi_id, entry in CATALOG.items() if "week" in entry["grains"]}


@pytest.mark.slow
def test_the_same_clock_in_another_zone(warehouse_of: WarehouseOf, raw: Raw) -> None:
    """The same local times 15 and a quarter hours further west: the same days, and hours that begin as much later."""

    def opening_hours(timezone: str) -> Config:
        return SHIPPED | {"business_hours": [row | {"timezone": timezone} for row in SHIPPED["business_hours"]]}

    by = timedelta(hours=15, minutes=15)
    expected = told(warehouse_of(ZONE), raw, opening_hours(ZONE))
    found = told(warehouse_of(MARQUESAS), moved(raw, by, datetime), opening_hours(MARQUESAS))
    assert_same(told_moved(expected, by, datetime), found)


@pytest.mark.slow
def test_utc_is_a_zone(warehouse_of: WarehouseOf, raw: Raw) -> None:
    """Reports in UTC have SQL of their own."""
    assert_same(told(warehouse_of("UTC"), raw), told(warehouse_of("Etc/UTC"), raw))


# What asks for the local date of something, and so has other totals where dates are cut elsewhere.
OF_LOCAL_DATES = {
    "days_since_last_review": "counts local days",
    "tickets_closed_per_hour": "closings on a local day without a shift are left out",
    "tickets_handled_per_day": "a ticket counts once a local day",
    "repeat_customer_rate": "a person counts once a period",
    "customer_retention_rate": "a person counts once a period",
    "negative_feedback_rate": "a person counts once a period",
    "positive_review_rate": "a person counts once a period",
    "cross_sell_rate": "a person counts once a period",
    "up_sell_rate": "a person counts once a period",
}


@pytest.mark.slow
def test_a_zone_changes_no_total(warehouse_of: WarehouseOf, raw: Raw) -> None:
    """Where days are cut elsewhere, what is counted is in other days, and in all it is the same.

    So that money is too, a currency has one rate on all days.
    """
    one_rate = {row["currency"]: row["rate"] for row in raw["exchange_rates"]}
    rows = raw | {"exchange_rates": [row | {"rate": one_rate[row["currency"]]} for row in raw["exchange_rates"]]}
    here = totals(told(warehouse_of(ZONE), rows))
    assert {kpi_id for kpi_id, _ in here} == ALL_KPIS
    others = {
        kpi_id
        for timezone in (MARQUESAS, BERLIN, "Pacific/Kiritimati")
        for kpi_id, _ in unlike_numbers(here, totals(told(warehouse_of(timezone), rows)))
    }
    assert others == OF_LOCAL_DATES.keys()


def totals(everything: Told) -> dict[tuple[str, str], tuple[float, float, float]]:
    """Numerator, denominator and sample of overall over all periods of a grain; of stocks, of the newest one."""
    found: dict[tuple[str, str], list[tuple[float, float, float]]] = defaultdict(list)
    newest: dict[tuple[str, str], date] = {}
    for (kpi_id, grain, start, name, _), cell in everything.cells.items():
        if name != "overall":
            continue
        place = (kpi_id, grain)
        if CATALOG[kpi_id]["kind"] == "stock":
            if start < newest.get(place, start):
                continue
            newest[place] = start
            found[place] = []
        found[place].append((cell.numerator or 0, cell.denominator or 0, cell.sample_size or 0))
    return {place: tuple(math.fsum(numbers) for numbers in zip(*parts, strict=True)) for place, parts in found.items()}


def unlike_numbers(expected: Mapping[Any, tuple[float, ...]], found: Mapping[Any, tuple[float, ...]]) -> set[Any]:
    """The keys whose numbers differ by more than what adding up doubles may do."""
    return {
        key
        for key in expected.keys() | found.keys()
        if key not in expected
        or key not in found
        or not all(is_close(one, other) for one, other in zip(expected[key], found[key], strict=True))
    }


def is_close(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)


# ------------------------------------------------------------------------------------------------ two brands together


@dataclass(frozen=True)
class Brands:
    """Two brands that share no id, each alone and both as one; of durations what was observed in each cell."""

    alone: tuple[Told, Told]
    together: Told
    observed: tuple[Mapping[CellKey, list[float]], Mapping[CellKey, list[float]]]

    def parts(self, key: CellKey) -> list[Cell]:
        return [brand.cells[key] for brand in self.alone if key in brand.cells]


@pytest.fixture(scope="module")
def brands(warehouse_of: WarehouseOf, raw: Raw, tmp_path_factory: pytest.TempPathFactory) -> Brands:
    other = brand_rows(tmp_path_factory.mktemp("other") / "files", seed=2)
    # Both have the same days, and money at the same rates.
    as_of = datetime(2026, 4, 12, 18, tzinfo=UTC)
    rates = {"exchange_rates": raw["exchange_rates"]}
    both = [
        with_ids(rows | rates, lambda kind, name, mark=mark: f"{mark}-{name}")
        for mark, rows in (("a", raw), ("b", other))
    ]
    warehouse = warehouse_of(ZONE)
    alone, observed = [], []
    for rows in both:
        alone.append(told(warehouse, rows, as_of=as_of))
        observed.append(observations(warehouse))
    united = {table: [row for rows in both for row in rows[table]] for table in both[0]} | rates
    together = told(warehouse, united, as_of=as_of)
    return Brands((alone[0], alone[1]), together, (observed[0], observed[1]))


def observations(warehouse: Warehouse) -> dict[CellKey, list[float]]:
    """The seconds that each cell of a duration is made of, from the KPIs' views."""
    relations = {model["name"]: model["relation_name"] for model in warehouse.models}
    found: dict[CellKey, list[float]] = defaultdict(list)
    for kpi_id, entry in CATALOG.items():
        if entry["kind"] != "duration":
            continue
        slices = [*entry["slices"], "source"]
        columns = ", ".join(["measured_at", "numerator", *slices])
        counted = f"select {columns} from {relations[kpi_id]} where exclusion_reason is null"
        for measured_at, seconds, *values in warehouse.rows(counted):
            day = (measured_at + OFFSET).date()
            for grain in entry["grains"]:
                for name, value in [("overall", "all"), *zip(slices, values, strict=True)]:
                    found[kpi_id, grain, period_start(grain, day), name, value or NONE].append(seconds)
    return found


def slice_form(key: CellKey) -> str:
    return CATALOG[key[0]]["slices"].get(key[3], "partition")


def rule_of(key: CellKey) -> str:
    """How the cell of two brands follows from those of each: every cell has one rule."""
    kpi_id = key[0]
    kind = CATALOG[kpi_id]["kind"]
    if kpi_id == "days_since_last_review":
        return "the newer of two"
    if kind == "confidential":
        return "withheld or added"
    return "by the whole" if slice_form(key) == "share" else "added"


def added(key: CellKey, parts: list[Cell]) -> tuple[float, float | None, float]:
    """Numerators, denominators and samples added up; the sample of half agents is a whole number."""
    numerator = math.fsum(cell.numerator for cell in parts)
    denominator = math.fsum(cell.denominator for cell in parts) if parts[0].denominator is not None else None
    sample = sum(cell.sample_size for cell in parts)
    if CATALOG[key[0]]["kind"] == "per_period":
        sample = math.floor(denominator + 0.5)
    return numerator, denominator, sample


def is_wrong(brands: Brands, key: CellKey, cell: Cell) -> bool:
    """Whether the cell of both brands is not what its rule makes of those of each."""
    parts = brands.parts(key)
    found = (cell.numerator, cell.denominator, cell.sample_size)
    rule = rule_of(key)
    if rule == "the newer of two":
        expected = (min(part.numerator for part in parts), None, 1)
    elif rule == "by the whole":
        whole = [
            brand.cells[*key[:3], "overall", "all"]
            for brand in brands.alone
            if (*key[:3], "overall", "all") in brand.cells
        ]
        _, denominator, sample = added(key, whole)
        expected = (added(key, parts)[0], denominator, sample)
    elif rule == "withheld or added" and (cell.numerator is None or any(part.numerator is None for part in parts)):
        return is_wrongly_withheld(brands, key, cell)
    else:
        expected = added(key, parts)
    return not all(
        one == other if one is None or other is None else is_close(one, other)
        for one, other in zip(expected, found, strict=True)
    )


def is_wrongly_withheld(brands: Brands, key: CellKey, cell: Cell) -> bool:
    """Two brands have as many respondents or more: what either shows, both show.

    But for what is withheld in a month so that a smaller one is not alone, and a quarter with such a month in it.
    """
    if cell.numerator is not None or all(part.numerator is None for part in brands.parts(key)):
        return False
    hidden = [at for at, other in brands.together.cells.items() if at[0] == key[0] and other.numerator is None]
    if key[1] == "quarter":
        months = [at for at in hidden if at[1] == "month" and at[3:] == key[3:]]
        return not any(period_start("quarter", at[2]) == key[2] for at in months)
    return sum(at[:4] == key[:4] for at in hidden) < 2


def test_two_brands_add_up(brands: Brands) -> None:
    """Brands that share nobody and nothing: each cell of both is what its rule makes of the cells of each."""
    keys = brands.together.cells.keys()
    assert keys == brands.alone[0].cells.keys() | brands.alone[1].cells.keys()
    wrong = [key for key in keys if is_wrong(brands, key, brands.together.cells[key])]
    assert not wrong, f"{len(wrong)} cells:\n" + "\n".join(
        f"{key} {rule_of(key)}: {brands.together.cells[key]} of {brands.parts(key)}" for key in wrong[:10]
    )
    # Both have a part in enough of them.
    both = Counter(
        key[0]
        for key in keys
        if all(part.value is not None for part in brands.parts(key)) and len(brands.parts(key)) == 2
    )
    few = {kpi_id: both[kpi_id] for kpi_id in CATALOG if both[kpi_id] < 10}
    assert few == {}


def test_the_distribution_of_two_brands_is_that_of_all_observations(brands: Brands) -> None:
    """Median and p90 do not add up: they are those of what both observed."""
    compared = 0
    for key, cell in brands.together.cells.items():
        seconds = [value for observed in brands.observed for value in observed.get(key, [])]
        for share, found in ((0.5, cell.median), (0.9, cell.p90)):
            expected = percentile(seconds, share)
            assert (expected is None) == (found is None), key
            assert expected is None or is_close(expected, found), key
            compared += expected is not None
    assert compared > 10_000


def test_values_and_maturity_of_two_brands(brands: Brands) -> None:
    """A value is the quotient of what was added up, and how settled a cell is follows from the clock alone."""
    for key, cell in brands.together.cells.items():
        assert {part.maturity for part in brands.parts(key)} == {cell.maturity}
        if cell.numerator is not None and cell.denominator is not None:
            assert cell.value == (cell.numerator / cell.denominator if cell.denominator else None), key
        else:
            assert cell.value == cell.numerator, key


def test_standards_of_two_brands_add_up(brands: Brands) -> None:
    """The figures of the marketplaces' windows are quotients of sums too."""
    for key, judged in brands.together.standards.items():
        parts = [brand.standards[key] for brand in brands.alone if key in brand.standards]
        for name in ("numerator", "denominator"):
            assert is_close(math.fsum(getattr(part, name) or 0 for part in parts), getattr(judged, name) or 0), key
    assert len(brands.together.standards) > 1_000


# ------------------------------------------------------------------------------------------------ what is final stays

# Local midnights, at which a day, and mostly a week or month, has just become final; the last is later than all.
MIDNIGHTS = [
    datetime(*day, tzinfo=ZoneInfo(ZONE)).astimezone(UTC)
    for day in ((2025, 10, 13), (2025, 11, 17), (2026, 1, 1), (2026, 2, 9), (2026, 3, 2), (2026, 4, 20))
]

# The corrections below come in between, some after each.
THEN_AND_NOW = [MIDNIGHTS[number] for number in (1, 2, 3, 5)]


def restated(warehouse: Warehouse, raw: Raw, instants: list[datetime]) -> tuple[dict[str, set[str]], int]:
    """The KPIs, with the slices, of which a cell that was final at an instant is another one at the next, or is new.

    Returns:
        Slices by KPI, and how many final cells were looked at.
    """
    found: dict[str, set[str]] = defaultdict(set)
    looked_at = 0
    before: dict[CellKey, Cell] = {}
    for as_of in instants:
        cells = warehouse.cells(raw, SHIPPED, as_of)
        # Where nothing was observed is no cell; whether one would be final is told by overall.
        final = {key[:3] for key, cell in before.items() if key[3] == "overall" and cell.maturity == "final"}
        for key in before.keys() | cells.keys():
            if key[:3] in final:
                looked_at += 1
                if before.get(key) != cells.get(key):
                    found[key[0]].add(key[3])
        before = cells
    return dict(found), looked_at


def without_corrections(raw: Raw) -> Raw:
    """Without what reaches back: merges and links to later tickets, second answers, and what was taken back later.

    A ticket has its first assignee from its creation on: what was created is counted by that one's team.
    """
    answers: dict[tuple[Any, ...], Row] = {}
    for row in raw["survey_responses"]:
        about = row["ticket_id"] or row["customer_id"] or row["survey_id"]
        answers.setdefault((row["survey_type"], row["survey_dimension"], about), row)
    created_at = {row["ticket_id"]: row["created_at"] for row in raw["tickets"]}
    first_assigned = set(first_assignments(raw))
    return raw | {
        "tickets": [row | {"merged_into_ticket_id": None, "issue_id": None} for row in raw["tickets"]],
        "ticket_events": [
            row | {"occurred_at": created_at[row["ticket_id"]]} if row["event_id"] in first_assigned else row
            for row in raw["ticket_events"]
        ],
        "orders": [row for row in raw["orders"] if row["status"] != "cancelled"],
        "reviews": [row | {"removed_at": None} for row in raw["reviews"]],
        "claims": [row for row in raw["claims"] if row["status"] != "denied"],
        "survey_responses": list(answers.values()),
    }


def first_assignments(raw: Raw) -> list[str]:
    """The event with which each ticket was first assigned."""
    found: dict[str, str] = {}
    for row in sorted(raw["ticket_events"], key=lambda row: (row["occurred_at"], row["event_id"])):
        if row["event_type"] == "assigned":
            found.setdefault(row["ticket_id"], row["event_id"])
    return list(found.values())


@pytest.mark.slow
def test_what_is_final_stays(warehouse_of: WarehouseOf, raw: Raw) -> None:
    """Nothing that comes later reaches back, at any of several midnights."""
    changes, looked_at = restated(warehouse_of(ZONE), without_corrections(raw), MIDNIGHTS)
    assert changes == {}
    assert looked_at > 200_000


def orders_cancelled(raw: Raw) -> Raw:
    rows = [
        row | {"status": "cancelled", "cancelled_at": row["ordered_at"] + 20 * DAY, "cancelled_by": "seller"}
        if number % 5 == 0
        else row
        for number, row in enumerate(raw["orders"])
    ]
    return raw | {"orders": rows}


def reviews_removed(raw: Raw) -> Raw:
    rows = [
        row | {"removed_at": row["reviewed_at"] + 70 * DAY} if number % 2 == 0 else row
        for number, row in enumerate(raw["reviews"])
    ]
    return raw | {"reviews": rows}


def claims_denied(raw: Raw) -> Raw:
    """For one order of five a claim is opened on the next day, and denied long after."""
    rows = [
        {
            "claim_id": f"K{number}",
            "order_id": row["order_id"],
            "claim_type": "a_to_z",
            "opened_at": row["ordered_at"] + DAY,
            "status": "denied",
            "decided_at": row["ordered_at"] + 100 * DAY,
        }
        for number, row in enumerate(raw["orders"])
        if number % 5 == 0
    ]
    return raw | {"claims": rows}


def answers_changed(raw: Raw) -> Raw:
    """Half of the tickets' surveys are answered a second time, with the lowest score."""
    answered = [row for row in raw["survey_responses"] if row["responded_at"] and row["ticket_id"]]
    again = [
        row
        | {
            "survey_id": f"{row['survey_id']}-2",
            "score": row["scale_min"],
            "responded_at": row["responded_at"] + 40 * DAY,
        }
        for row in answered[::2]
    ]
    return raw | {"survey_responses": raw["survey_responses"] + again}


def tickets_linked(raw: Raw) -> Raw:
    """Tickets of the whole time are of one issue each 60."""
    rows = [row | {"issue_id": f"I{number % 60}"} for number, row in enumerate(raw["tickets"])]
    return raw | {"tickets": rows}


def tickets_merged(raw: Raw) -> Raw:
    """One ticket of seven is merged into one that comes later."""
    ids = [row["ticket_id"] for row in raw["tickets"]]
    rows = [
        row | {"merged_into_ticket_id": ids[number + 40]} if number % 7 == 0 and number + 40 < len(ids) else row
        for number, row in enumerate(raw["tickets"])
    ]
    return raw | {"tickets": rows}


def tickets_assigned_late(raw: Raw) -> Raw:
    late = set(first_assignments(raw)[::3])
    rows = [
        row | {"occurred_at": row["occurred_at"] + 20 * DAY} if row["event_id"] in late else row
        for row in raw["ticket_events"]
    ]
    return raw | {"ticket_events": rows}


def all_slices(*kpi_ids: str) -> dict[str, set[str]]:
    return {kpi_id: {"overall", "source", *CATALOG[kpi_id]["slices"]} for kpi_id in kpi_ids}


# What may restate a final cell, in which KPIs and slices: the definitions name each. The cohort KPIs beside them
# (cancellations, conversions) stay as they are, since they look no further than their window.
CORRECTIONS: dict[Callable[[Raw], Raw], dict[str, set[str]]] = {
    orders_cancelled: all_slices(
        *("contact_rate", "on_time_shipping_rate", "on_time_delivery_rate", "repeat_orders", "repeat_revenue"),
        "repeat_order_rate",
        *("repeat_revenue_rate", "repeat_customer_rate", "customer_retention_rate", "cross_sell_rate", "up_sell_rate"),
    ),
    reviews_removed: all_slices(
        *("days_since_last_review", "negative_review_share", "positive_review_share", "negative_feedback_rate"),
        *("positive_review_rate", "order_defect_rate"),
    ),
    claims_denied: all_slices("order_defect_rate"),
    answers_changed: all_slices("csat_score", "csat_satisfied_rate", "net_promoter_score", "customer_effort_score"),
    tickets_linked: all_slices("contacts_to_resolution", "first_contact_resolution_rate"),
    # A ticket is created once, and may be assigned for the first time later: until then its team is (none).
    tickets_assigned_late: {"tickets_created": {"team"}},
}


# To save time, corrections of things that have no KPI in common are looked at together.
@pytest.mark.slow
@pytest.mark.parametrize(
    "corrections",
    [
        (orders_cancelled, tickets_assigned_late),
        (reviews_removed, tickets_linked),
        (claims_denied, answers_changed),
    ],
    ids=lambda corrections: ", ".join(correct.__name__ for correct in corrections),
)
def test_a_correction_restates_what_it_is_about(
    corrections: tuple[Callable[[Raw], Raw], ...], warehouse_of: WarehouseOf, raw: Raw
) -> None:
    """Each reason to restate a final cell is one, and it is one for no other KPI and slice."""
    rows = without_corrections(raw)
    expected: dict[str, set[str]] = {}
    for correct in corrections:
        rows = correct(rows)
        expected |= CORRECTIONS[correct]
    changes, _ = restated(warehouse_of(ZONE), rows, THEN_AND_NOW)
    assert changes == expected


# What has no ticket in it. Surveys on a ticket, templates and views before one are told by the ticket.
WITHOUT_TICKETS = {
    *("abandonment_rate", "agent_satisfaction", "agent_turnover_rate", "article_engagement_rate"),
    *("article_helpful_rate", "article_read_time", "article_revisit_rate", "article_views", "articles_published"),
    *("brand_mentions", "call_wait_time", "cancellation_rate", "cross_sell_rate", "customer_retention_rate"),
    *("days_since_last_review", "handle_time", "handle_time_with_wrap_up", "negative_feedback_rate"),
    *("negative_review_share", "on_time_shipping_rate", "order_defect_rate", "positive_review_rate"),
    *(
        "on_time_delivery_rate",
        "positive_review_share",
        "repeat_customer_rate",
        "repeat_order_rate",
        "repeat_orders",
        "repeat_revenue",
    ),
    *("repeat_revenue_rate", "return_sla_rate", "reviews_received", "up_sell_rate"),
}


@pytest.mark.slow
def test_a_merge_restates_nothing_but_of_tickets(warehouse_of: WarehouseOf, raw: Raw) -> None:
    """A ticket that is merged is none: that may change whatever is told of tickets, and nothing else."""
    changes, _ = restated(warehouse_of(ZONE), tickets_merged(without_corrections(raw)), THEN_AND_NOW)
    assert changes.keys() >= {"tickets_created", "unresolved_tickets", "first_response_time", "resolution_time"}
    assert WITHOUT_TICKETS <= ALL_KPIS
    assert changes.keys() & WITHOUT_TICKETS == set()


# ------------------------------------------------------------------------------------------------------ landed twice


def landed_rows(home: Path, *folders: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Land folders, and read the raw tables but for where their rows came from."""
    settings = read_settings({"CXMART_HOME": str(home), "CXMART_NOW": NOW})
    source = source_contract.read_source(PROJECT_ROOT, "standard")
    raw_file.prepare(settings)
    for file in files.find([str(folder) for folder in folders]).files:
        land_file.land(file, source, settings)
    with duckdb.connect(str(home / "raw.duckdb"), read_only=True) as raw:
        return {
            table: sorted(
                raw.execute(f"select * exclude (_load_id, _line, _loaded_at) from raw_standard.{table}").fetchall(),
                key=repr,
            )
            for table in DECLARED
        }


@pytest.mark.slow
def test_rows_land_once(tmp_path: Path) -> None:
    """The same rows before, in files of other names, cuts and formats, leave the same raw tables.

    That the marts are the same too is looked at in test_warehouse.py.
    """
    make_brand(PROJECT_ROOT, tmp_path / "files", seed=1, tickets=TICKETS)
    again = write_again(PROJECT_ROOT, tmp_path / "files", tmp_path / "other files")
    expected = landed_rows(tmp_path / "once", tmp_path / "files")
    found = landed_rows(tmp_path / "twice", again, tmp_path / "files")
    assert all(expected.values())
    assert [table for table in DECLARED if found[table] != expected[table]] == []
