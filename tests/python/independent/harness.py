"""The project's compiled models on an in-memory database: raw rows in, the cells of `kpi_values` out."""

from __future__ import annotations

import csv
import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import duckdb
import yaml

from cxmart.contract.project_macros import read_macros
from independent.calculation import Cell, CellKey
from independent.standards import Judged, StandardKey
from independent.world import Config, Raw, Row

PROJECT_ROOT = Path(__file__).resolve().parents[3]
CURRENCY = "EUR"
# A zone that nothing else in the project names.
STAND_IN = "Antarctica/Troll"
META_COLUMNS = {"_load_id": "bigint", "_line": "bigint", "_loaded_at": "timestamp", "_date_columns": "varchar"}
AS_OF_MODEL = "int_warehouse__as_of"
MODELS = ("model.cxmart.kpi_values", "model.cxmart.kpi_marketplace_standards")

CELLS = """
    select
        kpi_id, grain, if(grain = 'hour', period_start_at, period_start), slice, slice_value,
        numerator, denominator, value, sample_size, median, p90, status, maturity
    from build.marts.kpi_values
"""

STANDARDS = """
    select
        standard_id, marketplace, kpi_id, local_date,
        window_first_date, window_last_date, numerator, denominator, value, comparison, limit_value, margin,
        maturity, status, standard_status
    from build.marts.marketplace_standards
"""

# How text becomes a value of a column's type.
CASTS: dict[str, Callable[[str], Any]] = {
    "string": str,
    "varchar": str,  # as sources declare what they land
    "integer": int,
    "bigint": int,
    "double": float,
    "decimal": Decimal,
    "boolean": {"true": True, "false": False}.__getitem__,
    "date": date.fromisoformat,
    "timestamp": datetime.fromisoformat,
}


def catalog() -> dict[str, dict[str, Any]]:
    """The KPI catalogue, by KPI."""
    return {entry["kpi_id"]: entry for entry in read_macros(PROJECT_ROOT)["kpi_catalog"]()}


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


def compiled_for(timezone: str, compile_for: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    """The manifest for a reporting zone. All zones but UTC have the same SQL but for the zone's name."""
    if timezone == "UTC":
        return compile_for(timezone)
    return json.loads(json.dumps(compile_for(STAND_IN)).replace(STAND_IN, timezone))


# Where the tests of all processes of a run keep what is compiled; without it, each call compiles.
shared_folder: Path | None = None


def _compiled_once(timezone: str, home: Path, target_path: Path, folder: Path) -> str:
    """The text of a manifest, made by the first process that asks for it while others wait."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{timezone.replace('/', '-')}.json"
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            path.write_text(_compile(timezone, home, target_path))
    return path.read_text()


def compile_project(timezone: str, home: Path, target_path: Path) -> dict[str, Any]:
    """The manifest of the project, compiled for a reporting zone: once in a run of the tests."""
    if shared_folder is None:
        return json.loads(_compile(timezone, home, target_path))
    return json.loads(_compiled_once(timezone, home, target_path, shared_folder))


def _compile(timezone: str, home: Path, target_path: Path) -> str:
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
            *("--select", "+kpi_scorecard", "+kpi_marketplace_standards", "+findings", "test_type:singular"),
        ],
        env=environment,
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"dbt compile failed for {timezone}:\n{done.stdout}{done.stderr}")
    return (target_path / "manifest.json").read_text()


def raw_columns(manifest: dict[str, Any]) -> dict[str, dict[str, str]]:
    """The raw tables of the standard layout, with the types of their columns."""
    return {
        source["identifier"]: {column["name"]: column["data_type"] for column in source["columns"].values()}
        | META_COLUMNS
        for source in manifest["sources"].values()
        if source["source_name"] == "standard"
    }


class Warehouse:
    """The models of a compiled project, built anew from other rows each time `cells` is called.

    DuckDB takes longer to plan the models than to run them on few rows. So each is planned once, into an empty table,
    and what is built is taken back before the next rows come. A plan must then not rely on what the tables hold.
    """

    def __init__(self, manifest: dict[str, Any], models: Iterable[str] = MODELS) -> None:
        nodes = manifest["nodes"]
        wanted = ancestors(nodes, *models)
        graph = {key: wanted.intersection(nodes[key]["depends_on"].get("nodes", [])) for key in wanted}
        order = [nodes[key] for key in TopologicalSorter(graph).static_order()]
        self.models = [node for node in order if node["resource_type"] == "model"]
        self.seeds = [node for node in order if node["resource_type"] == "seed"]
        self.raw_columns = raw_columns(manifest)
        self.invariants = {
            node["name"]: node["compiled_code"]
            for node in nodes.values()
            if node["resource_type"] == "test"
            and Path(node["path"]).name.startswith("assert_")
            and wanted.issuperset(node["depends_on"]["nodes"])
        }
        self.filled: set[str] = set()  # the raw tables that hold rows
        self.database = duckdb.connect(":memory:", config={"threads": 1})
        self.create_relations()
        self.database.execute("begin")

    def create_relations(self) -> None:
        """Create every table empty, every view, and a plan for each model that is a table."""
        run = self.database.execute
        run("set TimeZone = 'UTC'")
        run("set disabled_optimizers = 'statistics_propagation,compressed_materialization'")
        for name in ("build", "raw"):
            run(f"attach ':memory:' as {name}")
        run("use build")
        run("create schema raw.raw_standard")
        for schema in {node["schema"] for node in [*self.models, *self.seeds]}:
            run(f"create schema if not exists build.{schema}")
        for table, columns in self.raw_columns.items():
            run(f"create table raw.raw_standard.{table} ({defined(columns)})")
        for node in self.seeds:
            run(f"create table {node['relation_name']} ({defined(node['config']['column_types'])})")
        for node in self.models:
            if node["config"]["materialized"] == "view":
                run(f"create view {node['relation_name']} as {node['compiled_code']}")
            else:
                run(f"create table {node['relation_name']} as from ({node['compiled_code']}) limit 0")
        for node in self.models:
            if node["config"]["materialized"] != "view":
                run(f"prepare {node['name']} as insert into {node['relation_name']} {node['compiled_code']}")

    def build(self, raw: Raw, config: Config, as_of: datetime | None = None) -> None:
        """Load rows and seeds, and build all tables; `as_of` replaces the one that the data gives."""
        run = self.database.execute
        run("rollback")
        # A transaction writes to one database.
        run("begin")
        for table, columns in self.raw_columns.items():
            if table in self.filled:
                run(f"delete from raw.raw_standard.{table}")
                self.filled.remove(table)
            if raw.get(table):
                self.filled.add(table)
                insert(self.database, f"raw.raw_standard.{table}", columns, raw[table])
        run("commit")
        run("begin")
        for node in self.seeds:
            insert(self.database, node["relation_name"], node["config"]["column_types"], config[node["name"]])
        for node in self.models:
            if node["config"]["materialized"] != "view":
                run(f"execute {node['name']}")
            if node["name"] == AS_OF_MODEL and as_of is not None:
                run(f"update {node['relation_name']} set as_of = ?", [naive(as_of)])

    def cells(self, raw: Raw, config: Config, as_of: datetime | None = None) -> dict[CellKey, Cell]:
        """Build, and read every cell."""
        self.build(raw, config, as_of)
        cells: dict[CellKey, Cell] = {}
        for kpi_id, grain, start, slice_name, slice_value, *numbers in self.database.execute(CELLS).fetchall():
            start = start.replace(tzinfo=UTC) if grain == "hour" else start.date()
            key = (kpi_id, grain, start, slice_name, slice_value)
            if key in cells:
                raise AssertionError(f"two cells of {key}")
            cells[key] = Cell(*numbers)
        return cells

    def standards(self) -> dict[StandardKey, Judged]:
        """Every row of `marketplace_standards` that was built last."""
        standards: dict[StandardKey, Judged] = {}
        for standard_id, marketplace, kpi_id, day, *judged in self.rows(STANDARDS):
            key = (standard_id, marketplace, kpi_id, day)
            if key in standards:
                raise AssertionError(f"two rows of {key}")
            standards[key] = Judged(*judged)
        return standards

    def rows(self, query: str) -> list[tuple]:
        """What a query finds in what was built last."""
        return self.database.execute(query).fetchall()

    def broken_invariants(self) -> dict[str, list[tuple]]:
        """The rows of each singular test that fails on what was built last."""
        found = {name: self.rows(query) for name, query in self.invariants.items()}
        return {name: rows for name, rows in found.items() if rows}


def insert(database: duckdb.DuckDBPyConnection, relation: str, columns: dict[str, str], rows: list[Row]) -> None:
    """Add rows to a table; a column that a row lacks is null."""
    unknown = {name for row in rows for name in row} - set(columns)
    if unknown:
        raise ValueError(f"{relation} has no columns {sorted(unknown)}")
    values = [{name: naive(value) for name, value in row.items()} for row in rows]
    # One JSON text is read faster than as many values.
    database.execute(
        f"insert into {relation} select unnest(from_json(?::json, '{json.dumps([columns])}'), recursive := true)",
        [json.dumps(values, default=str)],
    )


def write_raw(path: Path, raw_columns: dict[str, dict[str, str]], raw: Raw) -> None:
    """Write rows as the loader would have left them: a raw.duckdb with every table of the standard layout."""
    with duckdb.connect(str(path)) as database:
        database.execute("create schema raw_standard")
        for table, columns in raw_columns.items():
            database.execute(f"create table raw_standard.{table} ({defined(columns)})")
            insert(database, f"raw_standard.{table}", columns, raw.get(table, []))


def write_config(folder: Path, config: Config) -> Path:
    """Write seeds as a brand keeps its own in place of the shipped ones: a CSV file each, in their columns."""
    folder.mkdir()
    for name, rows in config.items():
        with (PROJECT_ROOT / "seeds" / f"{name}.csv").open(newline="") as shipped:
            columns = next(csv.reader(shipped))
        with (folder / f"{name}.replace.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows(rows)
    return folder


def defined(columns: dict[str, str]) -> str:
    """Columns and their types as a table's definition has them."""
    return ", ".join(f'"{name}" {data_type}' for name, data_type in columns.items())


def ancestors(nodes: dict[str, Any], *keys: str) -> set[str]:
    """The nodes and every model and seed that they are made from."""
    found: set[str] = set()
    waiting = list(keys)
    while waiting:
        here = waiting.pop()
        if here in nodes and here not in found:
            found.add(here)
            waiting += nodes[here]["depends_on"].get("nodes", [])
    return found


def naive(value: Any) -> Any:
    """A time as the raw tables hold it: UTC, without a zone."""
    is_aware = isinstance(value, datetime) and value.tzinfo is not None
    return value.astimezone(UTC).replace(tzinfo=None) if is_aware else value
