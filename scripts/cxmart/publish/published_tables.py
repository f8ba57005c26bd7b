"""The tables of a published file as a PostgreSQL server is to have them: columns, types, keys."""

import hashlib
import re
from dataclasses import dataclass

from cxmart.base.database import Connection, one_row, quoted
from cxmart.base.errors import CxmartError
from cxmart.publish.contents import tables_of

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


def relations_of(file: Connection, schema: str) -> list[Relation]:
    """List what a published file holds, tables and views.

    Args:
        file: the open file.
        schema: the schema that it becomes on the server.

    Raises:
        CxmartError: a column has a type that the server has no match for.
    """
    keys = {table.name: table.key for table in tables_of(file)}
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
