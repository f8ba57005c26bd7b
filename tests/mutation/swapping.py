"""The in-memory warehouse with the SQL of single models swapped: does anything that tests look at change?"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

import duckdb

from independent.harness import AS_OF_MODEL, CELLS, MODELS, STAND_IN, STANDARDS, Warehouse, ancestors, naive
from independent.nasty import DataSet
from mutation.deadline import deadline

UNTOUCHED = "build.untouched"


@dataclass(frozen=True)
class Telling:
    """A data set with its name, and what kind of test looks at it."""

    kind: str
    name: str
    timezone: str
    rows: DataSet


class Swapping(Warehouse):
    """A warehouse of which single models can be swapped, and of which is known what they held before.

    Every model is a table here, also the views: so what a swap changes is seen model by model, and only what stands on
    a model that has changed is built again.
    """

    def __init__(self, manifest: dict[str, Any], timezone: str) -> None:
        self.timezone = timezone
        manifest = json.loads(json.dumps(manifest).replace(STAND_IN, timezone))
        nodes = manifest["nodes"]
        models = {key: node for key, node in nodes.items() if node["resource_type"] == "model"}
        for node in models.values():
            node["config"]["materialized"] = "table"
        self.parents = {
            node["name"]: {nodes[key]["name"] for key in node["depends_on"].get("nodes", []) if key in nodes}
            for node in nodes.values()
        }
        super().__init__(manifest, models)
        # Only what the tests look at is built; all else is there to be understood by the engine.
        tested = {nodes[key]["name"] for key in ancestors(nodes, *MODELS)}
        self.models = [node for node in self.models if node["name"] in tested]
        self.invariants = {name: query for name, query in self.invariants.items() if self.parents[name] <= tested}

    def create_relations(self) -> None:
        # A mutant may make far too many rows; then that is an error, and no file fills up.
        self.database.execute("set memory_limit = '3GB'")
        self.database.execute("set temp_directory = ''")
        super().create_relations()
        self.relations = {node["name"]: node["relation_name"] for node in self.models}
        self.statements: dict[tuple[str, str], str] = {}
        self.database.execute(f"create schema {UNTOUCHED}")
        for name, relation in self.relations.items():
            self.database.execute(f"create table {UNTOUCHED}.{name} as from {relation} limit 0")
        for name, relation in self.relations.items():
            self.database.execute(
                f"""
                prepare differs_{name} as select
                    (select count(*) from {relation}) <> (select count(*) from {UNTOUCHED}.{name})
                    or exists (from {relation} except all from {UNTOUCHED}.{name})
                """
            )

    def is_tested(self, model: str) -> bool:
        """Whether a model is one that the cells stand on."""
        return any(node["name"] == model for node in self.models)

    def is_sql(self, model: str, sql: str) -> bool:
        """Whether the engine understands a model's SQL."""
        try:
            self.statement(model, sql)
        except duckdb.Error:
            return False
        return True

    def statement(self, model: str, sql: str) -> str:
        """The name of the statement that fills a model by other SQL."""
        key = (model, sql)
        if key not in self.statements:
            name = f"swap_{len(self.statements)}"
            swapped = sql.replace(STAND_IN, self.timezone)
            self.database.execute(f"prepare {name} as insert into {self.relations[model]} {swapped}")
            self.statements[key] = name
        return self.statements[key]

    def load(self, rows: DataSet) -> None:
        """Build a data set, and remember what every model holds."""
        self.data_set = rows
        self.build(rows.raw, rows.config, rows.as_of)
        for node in self.models:
            self.database.execute(f"insert into {UNTOUCHED}.{node['name']} from {node['relation_name']}")

    def told_by(self, swaps: dict[str, str], has_invariants: bool) -> str | None:
        """What tells that models have other SQL, on the data set that was loaded.

        Args:
            swaps: the other SQL, by model.
            has_invariants: whether the tests look at the invariants of this data set too.

        Returns:
            The name of an invariant that is broken; nothing where cells differ or SQL fails; None where nothing tells.
        """
        try:
            with deadline(self.database):
                return self.told(swaps, has_invariants)
        except duckdb.Error:
            self.load(self.data_set)
            return ""

    def told(self, swaps: dict[str, str], has_invariants: bool) -> str | None:
        """The same, where no statement fails."""
        changed: set[str] = set()
        run = self.database.execute
        for name in (node["name"] for node in self.models):
            if name not in swaps and not self.parents[name] & changed:
                continue
            run(f"delete from {self.relations[name]}")
            run(f"execute {self.statement(name, swaps[name]) if name in swaps else name}")
            if name == AS_OF_MODEL and self.data_set.as_of is not None:
                run(f"update {self.relations[name]} set as_of = ?", [naive(self.data_set.as_of)])
            if self.rows(f"execute differs_{name}")[0][0]:
                changed.add(name)
        told = self.first_difference(changed, has_invariants) if changed else None
        for name in changed:
            run(f"delete from {self.relations[name]}")
            run(f"insert into {self.relations[name]} from {UNTOUCHED}.{name}")
        return told

    def first_difference(self, changed: set[str], has_invariants: bool) -> str | None:
        """The first cell or standard that is another one, else the first invariant that is broken."""
        for model, query, keys in (("kpi_values", CELLS, 5), ("kpi_marketplace_standards", STANDARDS, 4)):
            if model in changed:
                untouched = query.replace("build.marts.marketplace_standards", f"{UNTOUCHED}.kpi_marketplace_standards")
                untouched = untouched.replace("build.marts.kpi_values", f"{UNTOUCHED}.kpi_values")
                ours = self.rows(f"({query}) except all ({untouched})")
                theirs = self.rows(f"({untouched}) except all ({query})")
                if differing(ours, theirs, keys):
                    return ""
        if has_invariants:
            for name, query in self.invariants.items():
                if self.parents[name] & changed and self.rows(query):
                    return name
        return None


def differing(ours: list[tuple], theirs: list[tuple], keys: int) -> bool:
    """Whether rows, told apart by their first columns, differ by more than the last digits of a number."""
    if len(ours) != len(theirs):
        return True
    by_key = {row[:keys]: row[keys:] for row in theirs}
    return any(
        not is_same(one, other)
        for row in ours
        for one, other in zip(row[keys:], by_key.get(row[:keys], [object()]), strict=False)
    )


def is_same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
    return bool(one == other)
