"""What the tests of landing share: a home to land in, contracts of any kind, and what is in the tables."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from conftest import NOW, PROJECT_ROOT
from cxmart.base.settings import Settings, read_settings
from cxmart.contract.source_contract import Column, Dialect, Source, Table, read_source
from cxmart.landing import files, land_file, raw_file
from cxmart.landing.landed import Landed

KEY = "0123456789abcdef0123456789abcdef"

THINGS = Table(
    "things",
    (
        Column("thing_id", required=True),
        Column("happened_at", "timestamp"),
        Column("happened_on", "date"),
        # An empty number means something, so that one that can't be read rejects its row.
        Column("amount", "decimal(18,4)", has_default=True),
        Column("number", "integer", has_default=True),
        Column("share", "double", has_default=True),
        Column("is_good", "boolean"),
        Column("word"),
        Column("updated_at", "timestamp"),
    ),
    ("thing_id",),
)


@cache
def contract_of(name: str) -> Source:
    return read_source(PROJECT_ROOT, name)


def things(let_through: Sequence[str] = (), **dialect: Any) -> Source:
    """A source of one table that has a column of every type."""
    table = Table(THINGS.name, THINGS.columns, THINGS.key, frozenset(let_through))
    return Source("shop", "raw_shop", {table.name: table}, Dialect(**dialect))


ANYTHING = Source("export", "raw_export", {}, is_open=True)


@dataclass
class Lander:
    """A warehouse of a test's own, and a folder for files."""

    folder: Path
    source: Source = field(default_factory=things)
    hash_key: str = ""
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def settings(self) -> Settings:
        own = {"CXMART_HOME": str(self.home), "CXMART_NOW": NOW, "CXMART_HASH_KEY": self.hash_key}
        return read_settings(own | self.environment)

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / "files" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def land(self, name: str, content: str | bytes) -> Landed:
        """Write a file and land it."""
        return self.land_path(self.write(name, content))

    def land_path(self, path: Path) -> Landed:
        if not self.home.exists():
            raw_file.prepare(self.settings)
        file = files.describe(path)
        assert file, path
        landed = land_file.land(file, self.source, self.settings)
        if landed.is_new:
            accounted = landed.rows_loaded + landed.rows_duplicate + landed.rows_stale + landed.rows_rejected
            assert landed.rows_read == accounted
        return landed

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Ask the warehouse, with the schema of the source as the first to look in."""
        with duckdb.connect(str(self.home / "raw.duckdb"), read_only=True) as raw:
            raw.execute(f"set search_path = '{self.source.schema},main'; set TimeZone = 'UTC'")
            return raw.execute(query).fetchall()

    def rejects(self) -> list[tuple[Any, ...]]:
        """The rejects that are open: line, column, reason, text."""
        return self.rows(
            "select line, column_name, reason, raw_text from _rejects where cleared_by_load_id is null "
            "order by load_id, line"
        )

    def everything(self) -> str:
        """All that the warehouse holds, as text."""
        names = self.rows("select schema_name || '.\"' || table_name || '\"' from duckdb_tables()")
        return "\n".join(repr(self.rows(f"from {name}")) for (name,) in names)
