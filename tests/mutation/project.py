"""The project as dbt holds it in memory, where files are broken: no file is ever changed."""

from __future__ import annotations

import json
import os
import pickle
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from dbt.adapters.duckdb.environments import local
from dbt.cli.main import dbtRunner

from independent.harness import CURRENCY, STAND_IN
from mutation.deadline import deadline
from mutation.mutate import Mutant, digest

SILENT = ("--quiet", "--log-level", "none", "--log-level-file", "none")
EVERYTHING = ("resource_type:model", "test_type:singular")
FILES = ("dbt_project.yml", "profiles.yml", "models", "macros", "seeds")


class CursorWithDeadline(local.DuckDBCursorWrapper):
    """A cursor of dbt's on which no statement runs for ever."""

    def execute(self, sql: str, bindings: Any = None) -> Any:
        with deadline(self._cursor):
            return super().execute(sql, bindings)


class Project:
    """The parsed project, of which single files can be broken, and dbt run on it within this process."""

    def __init__(self, root: Path, folder: Path) -> None:
        """Parse the project at `root`; the relations and what dbt writes lie in `folder`."""
        local.DuckDBCursorWrapper = CursorWithDeadline
        self.root = root
        self.home = folder / "home"
        self.target = folder / "target"
        self.home.mkdir(parents=True, exist_ok=True)
        for name in [name for name in os.environ if name.startswith(("CXMART_", "DBT_"))]:
            del os.environ[name]
        os.environ |= {
            "CXMART_HOME": str(self.home),
            "CXMART_SOURCES": "standard",
            "CXMART_TIMEZONE": "UTC",
            "CXMART_CURRENCY": CURRENCY,
        }
        self.parsed = self.dbt(None, "parse", "--no-partial-parse", "--write-json").result
        # dbt writes into what it compiles, so each run gets these anew.
        self.kept = {name: pickle.dumps(getattr(self.parsed, name)) for name in ("nodes", "unit_tests", "macros")}
        # What dbt writes after parsing is the manifest as the in-memory warehouse reads it.
        self.manifest: dict[str, Any] = json.loads((self.target / "manifest.json").read_text())

    def dbt(self, manifest: Any, *arguments: str) -> Any:
        """Run dbt on a manifest, or on the files where there is none."""
        places = ("--project-dir", self.root, "--profiles-dir", self.root, "--target-path", self.target)
        logs = ("--log-path", self.target / "logs")
        return dbtRunner(manifest=manifest).invoke([*arguments, *SILENT, *map(str, places), *map(str, logs)])

    def broken(self, mutants: Iterable[Mutant]) -> Any:
        """The manifest with each mutant in place of its file, at most one a file."""
        manifest = self.parsed
        for name, kept in self.kept.items():
            setattr(manifest, name, pickle.loads(kept))
        # Where dbt looks macros up.
        manifest._macros_by_name = manifest._macros_by_package = None
        for mutant in mutants:
            text = (self.root / mutant.path).read_text()
            if mutant.is_macro:
                for macro in manifest.macros.values():
                    start = text.find(macro.macro_sql) if macro.original_file_path == mutant.path else -1
                    if 0 <= start <= mutant.edit.start and mutant.edit.end <= start + len(macro.macro_sql):
                        end = start + len(macro.macro_sql) + len(mutant.applied(text)) - len(text)
                        macro.macro_sql = mutant.applied(text)[start:end]
            else:
                manifest.nodes[f"model.cxmart.{mutant.model}"].raw_code = mutant.applied(text).strip()
        return manifest

    def compiled(self, mutants: Iterable[Mutant] = (), models: Iterable[str] = EVERYTHING) -> dict[str, str] | None:
        """The SQL of models and singular tests, for a zone that stands for any other; None where dbt makes none."""
        os.environ["CXMART_TIMEZONE"] = STAND_IN
        done = self.dbt(
            self.broken(mutants),
            *("compile", "--no-write-json", "--no-introspect", "--no-populate-cache"),
            *("--indirect-selection", "empty", "--select", *models),
        )
        os.environ["CXMART_TIMEZONE"] = "UTC"
        if not done.success:
            self.problem = done.exception or [result.message for result in done.result if result.status != "success"]
            return None
        return {result.node.unique_id: result.node.compiled_code for result in done.result.results}

    def make_empty_tables(self) -> None:
        """Create every relation, without rows: unit tests look up the types of the columns."""
        files = [path for name in FILES for path in sorted([self.root / name, *(self.root / name).rglob("*.*")])]
        made = self.home / f"made {digest(*(path.read_bytes() for path in files if path.is_file()))}"
        if made.exists():
            return
        shutil.rmtree(self.home)
        self.home.mkdir()
        for arguments in (("seed",), ("run", "--empty")):
            done = self.dbt(self.broken([]), *arguments)
            if not done.success:
                raise RuntimeError(f"dbt {arguments[0]} failed: {done.exception}")
        made.touch()

    def failing_unit_tests(self, models: Iterable[str], mutants: Iterable[Mutant] = ()) -> dict[str, list[str]]:
        """The names of the unit tests of some models that fail, by model."""
        done = self.dbt(
            self.broken(mutants),
            *("test", "--no-write-json", "--no-populate-cache"),
            *("--select", *(f"{model},test_type:unit" for model in models)),
        )
        if done.exception:
            raise RuntimeError("dbt test failed") from done.exception
        failing: dict[str, list[str]] = {}
        for result in done.result.results:
            kind, _, *names = result.node.unique_id.split(".")
            if kind == "unit_test" and result.status != "pass":
                failing.setdefault(names[0], []).append(names[1].removeprefix(f"{names[0]}_"))
        return failing
