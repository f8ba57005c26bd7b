"""The warehouse and an independent calculation agree on every cell of `kpi_values`, on data sets made to be nasty."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import fields
from datetime import datetime
from pathlib import Path

import pytest

from independent.calculation import KPIS, Cell, CellKey, calculate
from independent.cases import CASES, Case
from independent.harness import CURRENCY, Warehouse, compile_project, min_samples, shipped_config
from independent.nasty import SCENES, TARGETS, Scene, data_set
from independent.world import Config, Raw

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


def compare(
    warehouse: Warehouse, timezone: str, raw: Raw, config: Config, as_of: datetime | None = None, title: str = ""
) -> dict[CellKey, Cell]:
    """Compare every cell; return those of the warehouse."""
    min_samples = {kpi_id: least for kpi_id, least in MIN_SAMPLES.items() if kpi_id in KPIS}
    expected = calculate(raw, timezone, CURRENCY, config, min_samples, as_of)
    found = {key: cell for key, cell in warehouse.cells(raw, config, as_of).items() if key[0] in min_samples}
    differing = differences(expected, found)
    assert not differing, title + "\n".join(differing[:20]) + f"\n({len(differing)} differences)"
    return found


def test_the_calculation_knows_the_catalogue() -> None:
    # The comparison must not become empty because a KPI was renamed.
    assert set(MIN_SAMPLES) >= set(KPIS)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_known_cases(case: Case, warehouse_of: WarehouseOf) -> None:
    cells = compare(warehouse_of(case.timezone), case.timezone, case.raw, CONFIG, case.as_of)
    found = {key: (cells[key].numerator, cells[key].denominator) if key in cells else None for key in case.cells}
    assert found == case.cells


def search(warehouse: Warehouse, scene: Scene, seeds: range) -> None:
    """Compare generated data sets; the same ones each time, so that a failure can be seen again."""
    for seed in seeds:
        raw, as_of = data_set(scene, seed)
        compare(warehouse, scene.timezone, raw, CONFIG, as_of, f"data set {seed}:\n")
        assert warehouse.broken_invariants() == {}, f"data set {seed}"


@pytest.mark.parametrize("name", [name for name in SCENES if name not in RARE_SCENES])
def test_generated_data_sets(name: str, warehouse_of: WarehouseOf) -> None:
    search(warehouse_of(SCENES[name].timezone), SCENES[name], range(12))


@pytest.mark.slow
@pytest.mark.parametrize("name", list(SCENES))
def test_many_generated_data_sets(name: str, warehouse_of: WarehouseOf) -> None:
    search(warehouse_of(SCENES[name].timezone), SCENES[name], range(12, 120))
