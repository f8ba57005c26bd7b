"""What a failing data test says: which rows, kept in the build for who looks into it, and which KPIs stand on them."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from cxmart.base.database import Connection, attach, opened, quoted
from cxmart.base.errors import CxmartError, shortened
from cxmart.base.settings import Settings

SCHEMA = "failures"
KPI_FOLDER = "models/marts/kpis/"
# What tells of all sources since when and until when they tell of anything; every model stands on it.
BOUNDS_FOLDER = "models/intermediate/warehouse/"

# As many rows are shown, and as many characters of each.
SHOWN_ROWS = 3
SHOWN_CHARACTERS = 300


@dataclass(frozen=True)
class FailingRows:
    """The rows that a test found: the table of the build that keeps them, how many, and the first of them as text.

    `meaning` is what the test's own description says of them, if it has one.
    """

    table: str
    count: int
    examples: tuple[str, ...]
    kpis: tuple[str, ...]
    meaning: str = ""


def keep_failing_rows(settings: Settings, results: Iterable[Mapping[str, Any]]) -> dict[str, FailingRows]:
    """Run the queries of data tests that failed or warned once more, and keep their rows in schema `failures`.

    Only what failed or warned is kept: to store the rows of every test would make a table for each that passes too.

    Args:
        settings: where the build, raw.duckdb and dbt's manifest are.
        results: those of dbt's run_results.json that are data tests which found rows.

    Returns:
        What each found, by the test's unique id; a test is left out where its rows can't be kept.
    """
    found: dict[str, FailingRows] = {}
    tests = list(results)
    if not tests:
        return found
    manifest = _read_manifest(settings.target_path / "manifest.json")
    try:
        with opened(settings.build_file, settings) as build:
            if settings.raw_file.exists():
                attach(build, settings.raw_file, "raw")
            build.execute(f"create schema if not exists {SCHEMA}")
            for test in tests:
                rows = _keep(build, test, manifest)
                if rows:
                    found[test["unique_id"]] = rows
    except CxmartError:
        # That the tests failed is the news; not to keep their rows takes nothing from it.
        return found
    return found


def _keep(build: Connection, test: Mapping[str, Any], manifest: Mapping[str, Any]) -> FailingRows | None:
    # test.cxmart.<name>[.<hash>]
    table = test["unique_id"].split(".")[2]
    relation = f"{SCHEMA}.{quoted(table)}"
    try:
        build.execute(f"create or replace table {relation} as {test['compiled_code']}")
    except duckdb.Error:
        return None
    cursor = build.execute(f"select * from {relation}")
    names = [column[0] for column in cursor.description or []]
    first = cursor.fetchmany(SHOWN_ROWS)
    examples = tuple(
        shortened(", ".join(f"{name}={value}" for name, value in zip(names, row, strict=True)), SHOWN_CHARACTERS)
        for row in first
    )
    counted = build.execute(f"select count(*) from {relation}").fetchall()
    named: list[str] = []
    if "kpi_id" in names:
        rows = build.execute(f"select distinct kpi_id from {relation} where kpi_id is not null order by 1").fetchall()
        named = [row[0] for row in rows]
    kpis = tuple(named or affected_kpis(manifest, test["unique_id"]))
    described = manifest.get("nodes", {}).get(test["unique_id"], {}).get("description") or ""
    return FailingRows(f"{SCHEMA}.{table}", counted[0][0], examples, kpis, " ".join(described.split()))


def affected_kpis(manifest: Mapping[str, Any], test_id: str) -> list[str]:
    """List the KPIs whose numbers a test is about, in the alphabet.

    Args:
        manifest: dbt's, of which `nodes`, `parent_map` and `child_map` are read.
        test_id: the test's unique id.

    Returns:
        The KPIs that read, over any number of models, what the test looks at; of a test on what comes after the KPIs,
        those that it reads. That the newest of all times depends on every table counts for none.
    """
    nodes = manifest.get("nodes", {})
    folders = {name: node.get("original_file_path", "") for name, node in nodes.items() if name.startswith("model.")}
    bounds = {name for name, folder in folders.items() if folder.startswith(BOUNDS_FOLDER)}
    tested = manifest.get("parent_map", {}).get(test_id, [])
    for edges in ("child_map", "parent_map"):
        reached = _reach(manifest.get(edges, {}), tested, bounds)
        kpis = [nodes[name]["name"] for name in reached if folders.get(name, "").startswith(KPI_FOLDER)]
        if kpis:
            return sorted(kpis)
    return []


def _reach(edges: Mapping[str, list[str]], starts: Iterable[str], bounds: set[str]) -> set[str]:
    """Follow edges from nodes to all that they lead to; past a bound only where that is where it starts."""
    reached: set[str] = set()
    waiting = list(starts)
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += [other for other in edges.get(name, []) if other not in bounds]
    return reached


def _read_manifest(path: Path) -> Mapping[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
