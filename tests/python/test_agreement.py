"""The warehouse and an independent calculation agree on every cell of `kpi_values`, on data sets made to be nasty."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings

from conftest import COMPARED, Run
from independent.calculation import KPIS, OBSERVATIONS, STOCKS, Cell, CellKey, calculate
from independent.cases import Case
from independent.harness import (
    CURRENCY,
    Warehouse,
    catalog,
    compile_project,
    compiled_for,
    shipped_config,
    write_config,
    write_raw,
)
from independent.known_cases import CASES
from independent.nasty import SCENES, TARGETS, DataSet, data_set, thinned_data_sets
from independent.standards import Judged, StandardKey, standards
from independent.world import read_world

CATALOG = catalog()
MIN_SAMPLES = {kpi_id: entry["min_sample"] for kpi_id, entry in CATALOG.items()}
SHIPPED = shipped_config()
SEEDS = range(4)
EXACT = {"status", "maturity", "sample_size"}

CompileFor = Callable[[str], dict[str, Any]]
WarehouseOf = Callable[[str], Warehouse]


@pytest.fixture(scope="module")
def compile_for(target_path: Path, tmp_path_factory: pytest.TempPathFactory) -> CompileFor:
    """Compiles the project for a reporting zone, once."""
    return cache(lambda timezone: compile_project(timezone, tmp_path_factory.mktemp("compiled"), target_path))


@pytest.fixture(scope="module")
def warehouse_of(compile_for: CompileFor) -> WarehouseOf:
    """The warehouse of a reporting zone."""
    return cache(lambda timezone: Warehouse(compiled_for(timezone, compile_for)))


def calculated(timezone: str, rows: DataSet) -> tuple[dict[CellKey, Cell], dict[StandardKey, Judged]]:
    """Every cell and every judged standard, by the independent calculation."""
    world = read_world(rows.raw, timezone, CURRENCY, rows.config, rows.as_of)
    return (calculate(world, MIN_SAMPLES), standards(world)) if world else ({}, {})


@cache
def expected_of(name: str, seed: int) -> tuple[dict[CellKey, Cell], dict[StandardKey, Judged]]:
    """The same of a generated data set."""
    return calculated(SCENES[name].timezone, data_set(SCENES[name], seed, SHIPPED))


def is_same(name: str, ours: Any, theirs: Any) -> bool:
    if name in EXACT or not isinstance(ours, float | int) or not isinstance(theirs, float | int):
        return ours == theirs
    return math.isclose(ours, theirs, rel_tol=1e-9, abs_tol=1e-9)


def differences(expected: Mapping[Any, Cell | Judged], found: Mapping[Any, Cell | Judged]) -> list[str]:
    """What differs between two sets of cells, in words; missing and surplus cells included."""
    lines = [f"missing {key}: {expected[key]}" for key in expected.keys() - found.keys()]
    lines += [f"surplus {key}: {found[key]}" for key in found.keys() - expected.keys()]
    for key in expected.keys() & found.keys():
        for field in fields(expected[key]):
            wanted, got = getattr(expected[key], field.name), getattr(found[key], field.name)
            if not is_same(field.name, wanted, got):
                lines.append(f"{key} {field.name}: expected {wanted}, the warehouse has {got}")
    return sorted(lines)


def compare(
    warehouse: Warehouse,
    rows: DataSet,
    expected: tuple[dict[CellKey, Cell], dict[StandardKey, Judged]],
    title: str = "",
) -> dict[CellKey, Cell]:
    """Compare every cell and every judged standard; return the cells of the warehouse."""
    cells, judged = warehouse.cells(rows.raw, rows.config, rows.as_of), warehouse.standards()
    differing = differences(expected[0], cells) + differences(expected[1], judged)
    COMPARED.update({"data sets": 1, "cells of KPIs": len(cells), "judged standards": len(judged)})
    assert not differing, title + "\n".join(differing[:20]) + f"\n({len(differing)} differences)"
    return cells


def test_the_calculation_knows_the_catalogue() -> None:
    assert set(KPIS) == set(CATALOG)
    assert set(KPIS) == set(OBSERVATIONS) | set(STOCKS)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_known_cases(case: Case, warehouse_of: WarehouseOf) -> None:
    config = SHIPPED | {"kpi_targets": SHIPPED["kpi_targets"] + TARGETS} | case.seeds
    rows = DataSet(case.raw, config, case.as_of)
    cells = compare(warehouse_of(case.timezone), rows, calculated(case.timezone, rows))
    found = {key: (cells[key].numerator, cells[key].denominator) if key in cells else None for key in case.cells}
    assert found == case.cells


def search(warehouse: Warehouse, name: str, seeds: range) -> None:
    """Compare generated data sets; the same ones each time, so that a failure can be seen again."""
    for seed in seeds:
        rows = data_set(SCENES[name], seed, SHIPPED)
        compare(warehouse, rows, expected_of(name, seed), f"data set {seed}:\n")
        assert warehouse.broken_invariants() == {}, f"data set {seed}"


@pytest.mark.parametrize("name", SCENES)
def test_generated_data_sets(name: str, warehouse_of: WarehouseOf) -> None:
    search(warehouse_of(SCENES[name].timezone), name, SEEDS)


@pytest.fixture(scope="module")
def generated_cells() -> list[tuple[CellKey, Cell]]:
    return [found for name in SCENES for seed in SEEDS for found in expected_of(name, seed)[0].items()]


def test_the_data_sets_tell_of_every_kpi(generated_cells: list[tuple[CellKey, Cell]]) -> None:
    """A KPI of which the data sets say nothing would agree whatever its definition is."""
    told = Counter(kpi_id for (kpi_id, _, _, name, _), cell in generated_cells if name == "overall" and cell.value)
    # A rate that is never between none and all says little too.
    told_in_part = Counter(
        kpi_id
        for (kpi_id, *_), cell in generated_cells
        if cell.denominator and cell.value and cell.numerator != cell.denominator
    )
    has_denominator = {kpi_id for kpi_id, kpi in KPIS.items() if kpi.kind not in ("count", "sum", "stock")}
    seldom = {kpi_id: told[kpi_id] for kpi_id in KPIS if told[kpi_id] < 10}
    seldom |= {f"{kpi_id}, in part": told_in_part[kpi_id] for kpi_id in has_denominator if told_in_part[kpi_id] < 10}
    assert seldom == {}, f"too few cells with a value; all of them: {sorted(told.items())}"


def test_the_data_sets_tell_of_every_slice_and_grain(generated_cells: list[tuple[CellKey, Cell]]) -> None:
    grains, slices = defaultdict(set), defaultdict(set)
    for (kpi_id, grain, _, name, value), cell in generated_cells:
        grains[kpi_id].add(grain)
        if value != "(none)" and cell.value is not None:
            slices[kpi_id].add(name)
    assert grains == {kpi_id: set(entry["grains"]) for kpi_id, entry in CATALOG.items()}
    assert slices == {kpi_id: {"overall", "source", *entry["slices"]} for kpi_id, entry in CATALOG.items()}


def test_the_data_sets_tell_of_every_standard() -> None:
    statuses = defaultdict(set)
    for name in SCENES:
        for seed in SEEDS:
            for (standard_id, _, figure, _), judged in expected_of(name, seed)[1].items():
                statuses[standard_id, figure].add(judged.status)
    shipped = {(row["standard_id"], row["kpi_id"]) for row in SHIPPED["marketplace_standards"]}
    assert {key: found - {"partial"} for key, found in statuses.items()} == {
        key: {"ok", "breach", "no_data"} for key in shipped
    }
    assert "partial" in set.union(*statuses.values())


@pytest.mark.slow
def test_a_zone_is_but_a_name_in_the_models(compile_for: CompileFor) -> None:
    ours, theirs = (
        {key: node.get("compiled_code") for key, node in manifest["nodes"].items()}
        for manifest in (compiled_for("America/Sao_Paulo", compile_for), compile_for("America/Sao_Paulo"))
    )
    assert ours == theirs


# Those of a scene run in one process, which compiles the project for their zone once.
GROUPED_SCENES = [pytest.param(name, marks=pytest.mark.xdist_group(f"scene {name}"), id=name) for name in SCENES]


@pytest.mark.slow
@pytest.mark.parametrize("name", GROUPED_SCENES)
def test_many_generated_data_sets(name: str, warehouse_of: WarehouseOf) -> None:
    search(warehouse_of(SCENES[name].timezone), name, range(SEEDS.stop, 34))


@pytest.mark.slow
@pytest.mark.parametrize("name", GROUPED_SCENES)
def test_data_sets_with_rows_missing(name: str, warehouse_of: WarehouseOf) -> None:
    """What lacks its other half: replies without a ticket, lines without an order … A failure is made small."""
    scene = SCENES[name]
    warehouse = warehouse_of(scene.timezone)

    @hypothesis_settings(
        max_examples=15, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(thinned_data_sets(scene, SHIPPED))
    def agree(rows: DataSet) -> None:
        compare(warehouse, rows, calculated(scene.timezone, rows))
        assert warehouse.broken_invariants() == {}

    agree()


@pytest.mark.slow
def test_a_real_build_makes_the_same_tables(cxmart: Run, home: Path, tmp_path: Path, warehouse_of: WarehouseOf) -> None:
    """What is compared above is what `cxmart build` makes of the same rows, seeds and `as_of`: table by table."""
    scene = SCENES["spring"]
    drawn = (data_set(scene, seed, SHIPPED) for seed in range(100))
    rows = next(rows for rows in drawn if rows.as_of and rows.config["holidays"] != SHIPPED["holidays"])
    assert rows.as_of
    warehouse = warehouse_of(scene.timezone)
    warehouse.build(rows.raw, rows.config, rows.as_of)
    home.mkdir()
    write_raw(home / "raw.duckdb", warehouse.raw_columns, rows.raw)
    environment = {
        "CXMART_TIMEZONE": scene.timezone,
        "CXMART_CURRENCY": CURRENCY,
        "CXMART_CONFIG": str(write_config(tmp_path / "config", rows.config)),
        "CXMART_AS_OF": rows.as_of.isoformat(),
    }
    done = cxmart("build", env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    with duckdb.connect(str(home / "build.duckdb"), read_only=True) as build:
        build.execute(f"attach '{home / 'raw.duckdb'}' as raw (read_only)")
        tables = [node["relation_name"] for node in [*warehouse.seeds, *warehouse.models]]
        for table in tables:
            query = f"select * from {table} order by all"
            assert build.execute(query).fetchall() == warehouse.rows(query), table
    assert len(tables) > 150
