"""The project's compiled models on an in-memory database: raw rows in, the cells of `kpi_values` out."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import duckdb
import yaml

from independent.calculation import Cell, CellKey
from independent.world import Config, Raw, Row

PROJECT_ROOT = Path(__file__).resolve().parents[3]
CURRENCY = "EUR"
META_COLUMNS = {"_load_id": "bigint", "_file": "varchar", "_line": "bigint", "_loaded_at": "timestamp"}
AS_OF_MODEL = "int_warehouse__as_of"

CELLS = """
    select
        kpi_id, grain, if(grain = 'hour', period_start_at, period_start), slice, slice_value,
        numerator, denominator, value, sample_size, median, p90, status, maturity
    from build.marts.kpi_values
"""

# How the text of a seed becomes a value of a column's type.
CASTS: dict[str, Callable[[str], Any]] = {
    "varchar": str,
    "integer": int,
    "bigint": int,
    "double": float,
    "boolean": {"true": True, "false": False}.__getitem__,
    "date": date.fromisoformat,
}


def min_samples() -> dict[str, int]:
    """The KPIs that the catalogue lists, with their smallest sample."""
    source = (PROJECT_ROOT / "macros" / "kpi_catalog.sql").read_text()
    catalog = yaml.safe_load(source.split("{% set catalog %}")[1].split("{% endset %}")[0])
    return {entry["kpi_id"]: entry["min_sample"] for entry in catalog}


def shipped_config() -> Config:
    """The rows of the seeds, typed."""
    config: Config = {}
    for path in sorted((PROJECT_ROOT / "seeds").glob("*.yml")):
        for seed in yaml.safe_load(path.read_text())["seeds"]:
            types = seed["config"]["column_types"]
            config[seed["name"]] = [
                {name: CASTS[types[name]](value) if value is not None else None for name, value in row.items()}
                for row in seed_rows(path.with_name(seed["name"] + ".csv"))
            ]
    return config


def seed_rows(path: Path) -> list[Row]:
    """The rows of a seed as text; what is empty is None."""
    with path.open(newline="") as file:
        return [{name: value or None for name, value in row.items()} for row in csv.DictReader(file)]


def compile_project(timezone: str, home: Path, target_path: Path) -> dict[str, Any]:
    """The manifest of the project, compiled for a reporting zone."""
    home.mkdir(parents=True, exist_ok=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("CXMART_", "DBT_"))}
    environment |= {
        "CXMART_HOME": str(home),
        "CXMART_SOURCES": "standard",
        "CXMART_TIMEZONE": timezone,
        "CXMART_CURRENCY": CURRENCY,
        "DBT_TARGET_PATH": str(target_path),
        "DBT_LOG_PATH": str(target_path / "logs"),
    }
    done = subprocess.run(
        [
            *(sys.executable, "-m", "dbt.cli.main", "compile", "--quiet"),
            *("--project-dir", str(PROJECT_ROOT), "--profiles-dir", str(PROJECT_ROOT)),
            *("--select", "+kpi_values", "test_type:singular"),
        ],
        env=environment,
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"dbt compile failed for {timezone}:\n{done.stdout}{done.stderr}")
    return json.loads((target_path / "manifest.json").read_text())


class Warehouse:
    """The models of a compiled project. Each call of `cells` builds them anew from the given rows."""

    def __init__(self, manifest: dict[str, Any]) -> None:
        nodes = manifest["nodes"]
        wanted = ancestors(nodes, "model.cxmart.kpi_values")
        graph = {key: wanted.intersection(nodes[key]["depends_on"].get("nodes", [])) for key in wanted}
        order = [nodes[key] for key in TopologicalSorter(graph).static_order()]
        self.order = [node for node in order if node["resource_type"] == "model"]
        self.seeds = [node for node in order if node["resource_type"] == "seed"]
        self.raw_columns = {
            source["identifier"]: {column["name"]: column["data_type"] for column in source["columns"].values()}
            | META_COLUMNS
            for source in manifest["sources"].values()
            if source["source_name"] == "standard"
        }
        self.invariants = {
            node["name"]: node["compiled_code"]
            for node in nodes.values()
            if node["resource_type"] == "test"
            and Path(node["path"]).name.startswith("assert_")
            and wanted.issuperset(node["depends_on"]["nodes"])
        }
        self.database = duckdb.connect(":memory:", config={"threads": 1})
        self.create_what_stays()

    def create_what_stays(self) -> None:
        run = self.database.execute
        run("set TimeZone = 'UTC'")
        for name in ("build", "raw"):
            run(f"attach ':memory:' as {name}")
        run("use build")
        run("create schema raw.raw_standard")
        for schema in {node["schema"] for node in [*self.order, *self.seeds]}:
            run(f"create schema if not exists build.{schema}")
        for table, columns in self.raw_columns.items():
            definitions = ", ".join(f'"{name}" {data_type}' for name, data_type in columns.items())
            run(f"create table raw.raw_standard.{table} ({definitions})")
        for node in self.seeds:
            types = node["config"]["column_types"]
            columns = ", ".join(f'"{name}" {data_type}' for name, data_type in types.items())
            run(f"create table {node['relation_name']} ({columns})")

    def build(self, as_of: datetime | None = None) -> None:
        """Make the tables, once with the views among them; `as_of` replaces the one that the data gives."""
        existing = {name for (name,) in self.database.execute("select view_name from duckdb_views()").fetchall()}
        for node in self.order:
            kind = node["config"]["materialized"]
            if kind == "view" and node["name"] in existing:
                continue
            self.database.execute(f"create or replace {kind} {node['relation_name']} as {node['compiled_code']}")
            if node["name"] == AS_OF_MODEL and as_of is not None:
                self.database.execute(f"update {node['relation_name']} set as_of = ?", [naive(as_of)])

    def load(self, raw: Raw, config: Config) -> None:
        """Replace the content of the raw tables and of the seeds."""
        for node in self.seeds:
            self.database.execute(f"delete from {node['relation_name']}")
            self.insert(node["relation_name"], list(node["config"]["column_types"]), config[node["name"]])
        for table, columns in self.raw_columns.items():
            self.database.execute(f"delete from raw.raw_standard.{table}")
            rows = raw.get(table, [])
            named = [name for name in columns if any(name in row for row in rows)]
            self.insert(f"raw.raw_standard.{table}", named, rows)

    def insert(self, relation: str, columns: list[str], rows: list[Row]) -> None:
        """Add rows to a table; a column that a row lacks is null."""
        if rows:
            marks = ", ".join(["(" + ", ".join("?" for _ in columns) + ")"] * len(rows))
            values = [naive(row.get(name)) for row in rows for name in columns]
            named = ", ".join(f'"{name}"' for name in columns)
            self.database.execute(f"insert into {relation} ({named}) values {marks}", values)

    def cells(self, raw: Raw, config: Config, as_of: datetime | None = None) -> dict[CellKey, Cell]:
        """Load the rows, build, and read every cell."""
        self.load(raw, config)
        self.build(as_of)
        cells: dict[CellKey, Cell] = {}
        for kpi_id, grain, start, slice_name, slice_value, *numbers in self.database.execute(CELLS).fetchall():
            start = start.replace(tzinfo=UTC) if grain == "hour" else start.date()
            key = (kpi_id, grain, start, slice_name, slice_value)
            if key in cells:
                raise AssertionError(f"two cells of {key}")
            cells[key] = Cell(*numbers)
        return cells

    def broken_invariants(self) -> dict[str, list[tuple]]:
        """The rows of each singular test that fails on what was built last."""
        found = {name: self.database.execute(query).fetchall() for name, query in self.invariants.items()}
        return {name: rows for name, rows in found.items() if rows}


def ancestors(nodes: dict[str, Any], key: str) -> set[str]:
    """The node and every model and seed that it is made from."""
    found: set[str] = set()
    waiting = [key]
    while waiting:
        here = waiting.pop()
        if here in nodes and here not in found:
            found.add(here)
            waiting += nodes[here]["depends_on"].get("nodes", [])
    return found


def naive(value: Any) -> Any:
    """A time as the raw tables hold it: UTC, without a zone."""
    return value.astimezone(UTC).replace(tzinfo=None) if isinstance(value, datetime) else value
