"""The warehouse and an independent calculation agree on every cell of `kpi_values`, on data sets made to be nasty."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import fields
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from independent.calculation import Cell, CellKey, Raw, calculate
from independent.cases import CASES, Case
from independent.harness import CURRENCY, Warehouse, compile_project, min_samples, shipped_targets
from independent.nasty import SCENES, data_sets

MIN_SAMPLES = min_samples()
TARGETS = shipped_targets()
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


def compare(warehouse: Warehouse, timezone: str, raw: Raw, as_of: datetime | None = None) -> int:
    """Compare every cell; return how many there are."""
    expected = calculate(raw, timezone, CURRENCY, MIN_SAMPLES, TARGETS, as_of)
    found = {key: cell for key, cell in warehouse.cells(raw, as_of).items() if key[0] in MIN_SAMPLES}
    differing = differences(expected, found)
    assert not differing, "\n".join(differing[:20]) + f"\n({len(differing)} differences)"
    return len(expected)
