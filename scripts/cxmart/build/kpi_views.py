"""The views of KPIs in a build, and the same views over the facts of a publication."""

from collections.abc import Mapping
from contextlib import suppress

import duckdb

from cxmart.base.database import Connection, one_row, quoted, relations


def views_of(connection: Connection, database: str = "build") -> dict[str, str]:
    """Give the statement that makes the view of each KPI, as the engine keeps it.

    Args:
        connection: with the build attached.
        database: what it is called.
    """
    rows = connection.execute(
        "select view_name, sql from duckdb_views() where database_name = ? and schema_name = 'kpis'", [database]
    )
    return dict(rows.fetchall())


def lay_over(connection: Connection, views: Mapping[str, str], facts: str) -> set[str]:
    """Attach a database in memory as `build`: views of KPIs, over the facts of a publication.

    Args:
        connection: without a database of that name.
        views: the statements that make them (`views_of`); they name the facts `build.marts`.
        facts: what the database of the publication is called.

    Returns:
        The views that are there. One that reads what is not published, or has other columns there, is left out.
    """
    (current,) = one_row(connection, "select current_database()")
    connection.execute("attach ':memory:' as build (read_write)")
    connection.execute("create schema build.marts; create schema build.kpis")
    for schema, name in sorted(relations(connection, facts)):
        if schema == "main":
            connection.execute(f"create view build.marts.{quoted(name)} as from {quoted(facts)}.main.{quoted(name)}")
    laid = set()
    connection.execute("use build")
    try:
        for name, statement in views.items():
            with suppress(duckdb.Error):
                connection.execute(statement)
                laid.add(name)
    finally:
        connection.execute(f"use {quoted(current)}")
    return laid
