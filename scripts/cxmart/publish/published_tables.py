"""The tables of a published file as a PostgreSQL server is to have them: columns, types, keys."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from cxmart.base.database import Connection, one_row, quoted
from cxmart.base.errors import CxmartError

LONGEST_NAME = 63

TYPES = {
    "boolean": "boolean",
    "tinyint": "smallint",
    "smallint": "smallint",
    "integer": "integer",
    "bigint": "bigint",
    "float": "real",
    "double": "double precision",
    "varchar": "text",
    "date": "date",
    "timestamp": "timestamp without time zone",
    "timestamp with time zone": "timestamp with time zone",
}
DECIMAL = re.compile(r"decimal\((\d+),(\d+)\)")


@dataclass(frozen=True)
class Column:
    """A column of a table on the server: its name, its type as the server writes it, and what it means."""

    name: str
    data_type: str
    comment: str | None


@dataclass(frozen=True)
class Relation:
    """A table to be published, as the file has it. `key` is its grain, empty where none is declared.

    `key_has_nulls` says that a column of the key is null in some row, `rows` how many there are.
    """

    schema: str
    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    key_has_nulls: bool
    comment: str | None
    rows: int

    @property
    def target(self) -> str:
        """Its name on the server."""
        return f"{quoted(self.schema)}.{quoted(self.name)}"

    @property
    def staged(self) -> str:
        """The temporary table that its rows are copied into."""
        return short_name(f"{self.schema}.{self.name}")

    @property
    def gone(self) -> str:
        """The temporary table of the keys of rows that are no more what they were."""
        return short_name(f"gone from {self.schema}.{self.name}")


# Reading what is to be published


def keys_of(project_root: Path) -> dict[str, tuple[str, ...]]:
    """Read the grain of each mart where it is declared: the test `unique` of a column, or `unique_combination`.

    Returns:
        The columns that identify a row, by table; tables that declare none are left out.
    """
    keys: dict[str, tuple[str, ...]] = {}
    for path in sorted((project_root / "models" / "marts").rglob("*.yml")):
        # Unit tests are by far the most of a file.
        declared, _, _ = path.read_text(encoding="utf-8").partition("\nunit_tests:")
        for model in yaml.load(declared, Loader=yaml.CSafeLoader).get("models") or []:
            columns = _key_of(model)
            if columns:
                keys[_alias(path.with_name(f"{model['name']}.sql"), model["name"])] = columns
    return keys


def _key_of(model: dict[str, Any]) -> tuple[str, ...]:
    for test in model.get("data_tests") or []:
        if isinstance(test, dict) and "unique_combination" in test:
            return tuple(test["unique_combination"]["arguments"]["columns"])
    for column in model.get("columns") or []:
        if any("unique" in ([test] if isinstance(test, str) else test) for test in column.get("data_tests") or []):
            return (str(column["name"]),)
    return ()


def _alias(model_file: Path, name: str) -> str:
    """Tell what the table of a model is called."""
    found = re.search(r"""alias\s*=\s*["'](\w+)["']""", model_file.read_text(encoding="utf-8"))
    return found.group(1) if found else name


def relations_of(file: Connection, schema: str, keys: dict[str, tuple[str, ...]]) -> list[Relation]:
    """List what a published file holds, tables and views.

    Args:
        file: the open file.
        schema: the schema that it becomes on the server.
        keys: the grain of each table.

    Raises:
        CxmartError: a column has a type that the server has no match for.
    """
    listed = file.execute(
        """
        select table_name, comment, false from duckdb_tables()
        where database_name = current_database() and schema_name = 'main' and not internal
        union all
        select view_name, comment, true from duckdb_views()
        where database_name = current_database() and schema_name = 'main' and not internal
        order by 1 nulls last
        """
    ).fetchall()
    return [_relation(file, schema, name, comment, is_view, keys.get(name, ())) for name, comment, is_view in listed]


def _relation(
    file: Connection, schema: str, name: str, comment: str | None, is_view: bool, key: tuple[str, ...]
) -> Relation:
    columns = tuple(
        Column(column, _server_type(data_type, f"{name}.{column}"), column_comment)
        for column, data_type, column_comment in file.execute(
            """
            select column_name, data_type, comment
            from duckdb_columns()
            where database_name = current_database() and schema_name = 'main' and table_name = ?
            order by column_index nulls last
            """,
            [name],
        ).fetchall()
    )
    names = [column.name for column in columns]
    if is_view:
        # The wide ones: a row a period.
        key = ("period_start_at",) if "period_start_at" in names else ("period_start",)
    if not set(key) <= set(names):
        key = ()
    is_null = " or ".join(f"{quoted(column)} is null" for column in key) or "false"
    rows, nulls = one_row(file, f"select count(*), count(*) filter (where {is_null}) from main.{quoted(name)}")
    return Relation(schema, name, columns, key, bool(nulls), comment, rows)


def _server_type(data_type: str, where: str) -> str:
    plain = data_type.lower()
    if plain.endswith("[]"):
        return f"{_server_type(plain[:-2], where)}[]"
    if found := DECIMAL.fullmatch(plain):
        return f"numeric({found.group(1)},{found.group(2)})"
    if plain not in TYPES:
        raise CxmartError(
            f"column {where} is {data_type}, which has no match in PostgreSQL; nothing was published there"
        )
    return TYPES[plain]


def short_name(name: str) -> str:
    """Shorten a name that the server would cut off."""
    if len(name) <= LONGEST_NAME:
        return name
    return f"{name[: LONGEST_NAME - 9]}_{hashlib.sha256(name.encode()).hexdigest()[:8]}"
