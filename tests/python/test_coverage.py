"""A KPI without one of its tables says nothing: no cell of it has a value, so that nothing is 0 %, `ok` or `breach`."""

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path

import pytest

from brand import as_raw, make_brand
from independent.harness import Warehouse, catalog, compile_project, shipped_config
from independent.world import Raw

NEEDS = {kpi_id: [need.split(" or ") for need in entry["needs"]] for kpi_id, entry in catalog().items()}
TABLES = sorted({table for needs in NEEDS.values() for need in needs for table in need})
# When the data ends, whatever tables of it there are.
AS_OF = datetime(2026, 4, 12, 22, tzinfo=UTC)
# In so short a time no agent leaves; a rate of 0 is one all the same.
CELLS = """
    select kpi_id, slice, bool_or(value is not null), bool_or(status in ('ok', 'breach'))
    from build.marts.kpi_values
    group by kpi_id, slice
"""


@pytest.fixture(scope="module")
def warehouse(target_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    return Warehouse(compile_project("UTC", tmp_path_factory.mktemp("compiled"), target_path))


@pytest.fixture(scope="module")
def brand(project_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Raw:
    return as_raw(project_root, make_brand(project_root, tmp_path_factory.mktemp("brand") / "files", tickets=150))


def with_values(warehouse: Warehouse, brand: Raw, tables: Iterable[str]) -> dict[str, set[str]]:
    """The KPIs that have a value in any cell, or are judged, with the slices in which they do."""
    warehouse.build({table: brand[table] for table in tables}, shipped_config(), AS_OF)
    found: dict[str, set[str]] = {}
    for kpi_id, slice_name, has_value, is_judged in warehouse.rows(CELLS):
        if has_value or is_judged:
            found.setdefault(kpi_id, set()).add(slice_name)
    return found


def is_covered(kpi_id: str, tables: Iterable[str]) -> bool:
    given = set(tables)
    return all(given.intersection(need) for need in NEEDS[kpi_id])


def subsets() -> list[tuple[str, ...]]:
    """No table, each alone, every two that a KPI needs together, and what is left without each."""
    pairs = {pair for needs in NEEDS.values() for pair in combinations(sorted({t for n in needs for t in n}), 2)}
    return [(), *((table,) for table in TABLES), *sorted(pairs)]


def test_every_kpi_needs_a_table() -> None:
    assert [kpi_id for kpi_id, needs in NEEDS.items() if not needs] == []


def test_a_kpi_has_values_where_its_tables_are(warehouse: Warehouse, brand: Raw) -> None:
    assert set(NEEDS) - set(with_values(warehouse, brand, brand)) == set()


@pytest.mark.parametrize("missing", TABLES)
def test_a_kpi_without_one_of_its_tables_has_no_value(missing: str, warehouse: Warehouse, brand: Raw) -> None:
    """All others keep theirs."""
    tables = [table for table in brand if table != missing]
    found = with_values(warehouse, brand, tables)
    assert set(found) == {kpi_id for kpi_id in NEEDS if is_covered(kpi_id, tables)}


@pytest.mark.slow
@pytest.mark.parametrize("tables", subsets(), ids="+".join)
def test_no_kpi_says_more_than_its_tables(tables: tuple[str, ...], warehouse: Warehouse, brand: Raw) -> None:
    found = with_values(warehouse, brand, tables)
    assert {kpi_id for kpi_id in found if not is_covered(kpi_id, tables)} == set()


def test_a_source_has_no_cell_of_what_it_does_not_give(warehouse: Warehouse, brand: Raw) -> None:
    """There is but one source here, so its cells are those of all."""
    found = with_values(warehouse, brand, ["orders", "customers"])
    assert "contact_rate" not in found
    assert {kpi_id for kpi_id, slices in found.items() if "source" not in slices} == set()
