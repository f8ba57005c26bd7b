"""The warehouse and an independent calculation agree on every cell of `kpi_values`, on data sets made to be nasty."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest

from independent.calculation import KPIS, OBSERVATIONS, STOCKS, Cell, CellKey, calculate
from independent.cases import CASES, Case
from independent.harness import CURRENCY, Warehouse, compile_project, min_samples, shipped_config
from independent.nasty import SCENES, TARGETS, DataSet, Scene, data_set

MIN_SAMPLES = min_samples()
SHIPPED = shipped_config()
CONFIG = SHIPPED | {"kpi_targets": SHIPPED["kpi_targets"] + TARGETS}
# A zone that skipped a whole day is compiled for the long search alone.
RARE_SCENES = {"no day"}
EXACT = {"status", "maturity", "sample_size"}

WarehouseOf = Callable[[str], Warehouse]


@pytest.fixture(scope="session")
def warehouse_of(target_path: Path, tmp_path_factory: pytest.TempPathFactory) -> WarehouseOf:
    """The warehouse of a reporting zone, compiled when it is first asked for."""
    compiled: dict[str, Warehouse] = {}

    def get(timezone: str) -> Warehouse:
        if timezone not in compiled:
            home = tmp_path_factory.mktemp("compiled")
            compiled[timezone] = Warehouse(compile_project(timezone, home, target_path))
        return compiled[timezone]

    return get


def is_same(name: str, ours: float | str | None, theirs: float | str | None) -> bool:
    if name in EXACT or ours is None or theirs is None:
        return ours == theirs
    return math.isclose(ours, theirs, rel_tol=1e-9, abs_tol=1e-9)


def differences(expected: dict[CellKey, Cell], found: dict[CellKey, Cell]) -> list[str]:
    """What differs between two sets of cells, in words; missing and surplus cells included."""
    lines = [f"missing {key}: {expected[key]}" for key in expected.keys() - found.keys()]
    lines += [f"surplus {key}: {found[key]}" for key in found.keys() - expected.keys()]
    for key in expected.keys() & found.keys():
        for field in fields(Cell):
            wanted, got = getattr(expected[key], field.name), getattr(found[key], field.name)
            if not is_same(field.name, wanted, got):
                lines.append(f"{key} {field.name}: expected {wanted}, the warehouse has {got}")
    return sorted(lines)


def compare(warehouse: Warehouse, timezone: str, rows: DataSet, title: str = "") -> dict[CellKey, Cell]:
    """Compare every cell; return those of the warehouse."""
    expected = calculate(rows.raw, timezone, CURRENCY, rows.config, MIN_SAMPLES, rows.as_of)
    found = warehouse.cells(rows.raw, rows.config, rows.as_of)
    differing = differences(expected, found)
    assert not differing, title + "\n".join(differing[:20]) + f"\n({len(differing)} differences)"
    return found


def test_the_calculation_knows_the_catalogue() -> None:
    assert set(KPIS) == set(MIN_SAMPLES)
    assert set(KPIS) == set(OBSERVATIONS) | set(STOCKS)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_known_cases(case: Case, warehouse_of: WarehouseOf) -> None:
    rows = DataSet(case.raw, CONFIG, case.as_of)
    cells = compare(warehouse_of(case.timezone), case.timezone, rows)
    found = {key: (cells[key].numerator, cells[key].denominator) if key in cells else None for key in case.cells}
    assert found == case.cells


def search(warehouse: Warehouse, scene: Scene, seeds: range) -> None:
    """Compare generated data sets; the same ones each time, so that a failure can be seen again."""
    for seed in seeds:
        compare(warehouse, scene.timezone, data_set(scene, seed, SHIPPED), f"data set {seed}:\n")
        assert warehouse.broken_invariants() == {}, f"data set {seed}"


@pytest.mark.parametrize("name", [name for name in SCENES if name not in RARE_SCENES])
def test_generated_data_sets(name: str, warehouse_of: WarehouseOf) -> None:
    search(warehouse_of(SCENES[name].timezone), SCENES[name], range(12))


@pytest.mark.slow
@pytest.mark.parametrize("name", list(SCENES))
def test_many_generated_data_sets(name: str, warehouse_of: WarehouseOf) -> None:
    search(warehouse_of(SCENES[name].timezone), SCENES[name], range(12, 120))
