"""The contract of a source, as its YAML states it: tables, columns, types, keys and what values are allowed."""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from cxmart.errors import CxmartError, ExitCode

# The columns that the loader adds, as macros/hooks.sql has them.
LOADER_COLUMNS = {"_load_id": "bigint", "_file": "varchar", "_line": "bigint", "_loaded_at": "timestamp"}

TYPE_NAME = re.compile(r"[a-z]+( ?\(\d+(, ?\d+)?\))?")


@dataclass(frozen=True)
class Column:
    """A declared column. `minimum` and `maximum` are text that the column's type can read."""

    name: str
    data_type: str = "varchar"
    required: bool = False
    accepted_values: tuple[str, ...] = ()
    minimum: str | None = None
    maximum: str | None = None


@dataclass(frozen=True)
class Table:
    """A declared table. Without a key, files are appended; with one, the newest version of a row stays."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()


@dataclass(frozen=True)
class Source:
    """A declared source with the schema of raw.duckdb that it lands in."""

    name: str
    schema: str
    tables: Mapping[str, Table]


def known_sources(project_root: Path) -> list[str]:
    """List the sources that have a folder with a contract under models/staging."""
    folders = sorted((project_root / "models" / "staging").glob("*/"))
    return [folder.name for folder in folders if _contract_file(project_root, folder.name).is_file()]


def read_source(project_root: Path, name: str) -> Source:
    """Read the contract of a source.

    Args:
        project_root: the folder of the dbt project.
        name: the source, as its folder is called.

    Raises:
        CxmartError: there is no such source, or its YAML can't be read.
    """
    known = known_sources(project_root)
    if name not in known:
        alike = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {alike[0]}? " if alike else ""
        raise CxmartError(
            f"no source '{name}'; {hint}known sources: {', '.join(known)}; docs/add-a-source.md says how to add one",
            ExitCode.USAGE,
        )
    path = _contract_file(project_root, name)
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        (declared,) = [entry for entry in content["sources"] if entry["name"] == name]
        tables = [_table(entry) for entry in declared["tables"]]
        schema = declared.get("schema", f"raw_{name}")
    except (OSError, UnicodeDecodeError, yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise CxmartError(f"{path} can't be read as the contract of source {name}: {error}", ExitCode.USAGE) from error
    return Source(name=name, schema=schema, tables={table.name: table for table in tables})


def _contract_file(project_root: Path, source: str) -> Path:
    return project_root / "models" / "staging" / source / f"_{source}__sources.yml"


def _table(entry: Mapping[str, Any]) -> Table:
    columns = tuple(_column(column) for column in entry["columns"])
    key = tuple(_meta(entry).get("key", ()))
    missing = [name for name in key if name not in {column.name for column in columns}]
    if missing:
        raise ValueError(f"the key of {entry['name']} names the undeclared column {missing[0]}")
    return Table(name=entry.get("identifier", entry["name"]), columns=columns, key=key)


def _column(entry: Mapping[str, Any]) -> Column:
    meta = _meta(entry)
    data_type = str(entry.get("data_type") or "varchar").lower()
    if not TYPE_NAME.fullmatch(data_type):
        raise ValueError(f"column {entry['name']} has the data_type '{data_type}'")
    return Column(
        name=entry["name"],
        data_type=data_type,
        required=bool(meta.get("required", False)),
        accepted_values=tuple(_text(value).lower() for value in meta.get("accepted_values", ())),
        minimum=_text(meta["minimum"]) if "minimum" in meta else None,
        maximum=_text(meta["maximum"]) if "maximum" in meta else None,
    )


def _meta(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    meta: Mapping[str, Any] = (entry.get("config") or {}).get("meta") or {}
    return meta


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
