"""The contents of a published file: the tables of the build, wide views, and what the file says of itself."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb

from cxmart import __version__
from cxmart.base.database import Connection, literal, one_row, quoted, relations
from cxmart.base.errors import CxmartError, ExitCode
from cxmart.base.settings import Settings
from cxmart.build import freshness, landed_rows, seeds
from cxmart.landing import rejects
from cxmart.publish.audit import RAW_STATE, Audit
from cxmart.publish.cell_changes import seeds_of_build
from cxmart.publish.descriptions import COLUMN_COMMENTS, PERIOD_COMMENTS, TABLE_COMMENTS

SCHEMA = "main"
MARTS, PEOPLE = "marts", "marts_people"
# What a wide view says of a period; all cells of one are partial, or none is.
COMPLETENESS = """
    , bool_and(maturity <> 'partial') as is_complete
    , case
        when bool_or(maturity = 'partial') then 'partial'
        when bool_or(maturity = 'immature') then 'immature'
        else 'final'
    end as maturity
    , string_agg(kpi_id, ',' order by kpi_id) filter (where maturity = 'immature') as immature_kpis
"""


@dataclass(frozen=True)
class PublishedTable:
    """A table, and who may read it: `marts` (everybody) or `marts_people`.

    For everybody it lacks `people_columns` and has the rows of `condition_of_groups` only (SQL on its columns; None for
    all rows). The columns `key` identify a row; none are known where it is empty.
    """

    name: str
    audience: str
    people_columns: tuple[str, ...] = ()
    condition_of_groups: str | None = None
    key: tuple[str, ...] = ()


def emptiness(connection: Connection, settings: Settings) -> list[str]:
    """Say that the attached build stands on no row at all."""
    tables, rows = one_row(connection, f"select count(*), coalesce(sum(row_count), 0) from ({RAW_STATE})")
    if not tables or rows:
        return []
    nothing = landed_rows.nothing_landed(settings)
    return [nothing or "nothing had landed when it was built, so every KPI says no_data; run `cxmart build` again"]


def tables_of(connection: Connection, database: str | None = None) -> list[PublishedTable]:
    """List the tables of a published file or of a build, with who may read what of them.

    Args:
        connection: an open connection.
        database: the name of an attached database; by default the one that was opened.

    Raises:
        CxmartError: the build does not say who may read its tables.
    """
    place = f"{quoted(database)}.{SCHEMA}" if database else SCHEMA
    listed = f"{place}.publication_tables"
    if ("main", "cxmart_build_tables") in relations(connection, database):
        listed = f"{place}.cxmart_build_tables left join {place}.cxmart_build_keys using (table_name)"
    try:
        rows = connection.execute(
            "select table_name, audience, people_columns, condition_of_groups, coalesce(key_columns, []) "
            f"from {listed} order by 1"
        ).fetchall()
    except (duckdb.BinderException, duckdb.CatalogException):
        raise CxmartError("the build is of an older cxmart; run `cxmart build` again", ExitCode.WAREHOUSE) from None
    return [
        PublishedTable(table, audience, tuple(columns), condition, tuple(key))
        for table, audience, columns, condition, key in rows
    ]


def copy_table(connection: Connection, table: str) -> int:
    """Copy a table of the build whole, and tell how many rows it has; what arrives must be what is there."""
    source, target = f"build.marts.{quoted(table)}", f"{SCHEMA}.{quoted(table)}"
    connection.execute(f"create table {target} as select * from {source}")
    there, here = count_and_checksum(connection, source), count_and_checksum(connection, target)
    if there != here:
        raise CxmartError(
            f"table {table} has {here[0]} rows in the new file, {there[0]} in the build, or other ones; "
            "nothing was published",
            ExitCode.WAREHOUSE,
        )
    return there[0]


def count_and_checksum(connection: Connection, relation: str) -> tuple[int, str]:
    """Count the rows of a relation, and add their hashes up."""
    count, checksum = one_row(
        connection, f"select count(*), cast(coalesce(sum(hash(each_row)), 0) as varchar) from {relation} as each_row"
    )
    return count, checksum


def copy_comments(connection: Connection, schema: str = "marts", database: str = "build") -> None:
    """Give the tables and columns of the new file the comments that they have in another one."""
    here = {
        (table, column)
        for table, column in connection.execute(
            "select table_name, unnest([null, column_name]) from duckdb_columns() "
            "where database_name = current_database() and schema_name = ?",
            [SCHEMA],
        ).fetchall()
    }
    there = connection.execute(
        """
        select table_name, null, comment from duckdb_tables()
        where database_name = $database and schema_name = $schema and comment is not null
        union all
        select table_name, column_name, comment from duckdb_columns()
        where database_name = $database and schema_name = $schema and comment is not null
        """,
        {"database": database, "schema": schema},
    ).fetchall()
    for table, column, comment in there:
        if (table, column) in here:
            kind, name = ("table", quoted(table)) if column is None else ("column", f"{quoted(table)}.{quoted(column)}")
            connection.execute(f"comment on {kind} {SCHEMA}.{name} is {literal(comment)}")


def make_wide_views(connection: Connection) -> None:
    """Make a view a grain: one row a period, how complete it is, and one column a KPI that has the grain, overall.

    Hours have the instant at which they start beside their date: local hours may come twice. The views name no catalog,
    so that they work under whatever name the file is attached.
    """
    if not {(SCHEMA, "kpi_values"), (SCHEMA, "kpi_catalog")} <= relations(connection):
        return
    rows = connection.execute(
        f"select kpi_id, grains, title, unit from {SCHEMA}.kpi_catalog order by kpi_order nulls last"
    ).fetchall()
    kpis = [(kpi_id, grains.split(","), title, unit) for kpi_id, grains, title, unit in rows]
    grains = connection.execute(f"select distinct grain from {SCHEMA}.kpi_values order by grain nulls last").fetchall()
    for (grain,) in grains:
        values = "".join(
            f", max(value) filter (where kpi_id = {literal(kpi_id)}) as {quoted(kpi_id)}"
            for kpi_id, grains_of_kpi, _, _ in kpis
            if grain in grains_of_kpi
        )
        period = "period_start, period_start_at" if grain == "hour" else "period_start"
        view = quoted(f"kpi_{grain}_wide")
        connection.execute(
            f"create view {SCHEMA}.{view} as "
            f"select {period}{COMPLETENESS}{values} from kpi_values "
            f"where slice = 'overall' and grain = {literal(grain)} "
            f"group by {period} order by {period.split(', ')[-1]} nulls last"
        )
        one = "an hour" if grain == "hour" else f"a {grain}"
        connection.execute(
            f"comment on view {SCHEMA}.{view} is "
            + literal(f"The value of every KPI overall: one row {one}, one column a KPI.")
        )
        comments = {
            column: text for column, text in PERIOD_COMMENTS.items() if grain == "hour" or column != "period_start_at"
        }
        comments |= {
            kpi_id: f"{title} ({unit})." for kpi_id, grains_of_kpi, title, unit in kpis if grain in grains_of_kpi
        }
        for column, comment in comments.items():
            connection.execute(f"comment on column {SCHEMA}.{view}.{quoted(column)} is {literal(comment)}")


def write_publication(
    connection: Connection,
    settings: Settings,
    version: str,
    now: datetime,
    run: dict[str, Any],
    audit: Audit,
    ages: list[freshness.SourceAge],
    warnings: list[str],
) -> None:
    """Write what the file is, beside the tables that kpi_revisions is among."""
    (as_of,) = one_row(connection, "select as_of from build.intermediate.int_warehouse__as_of")
    known_ages = [age.age_seconds for age in ages if age.age_seconds is not None]
    row = {
        "run_id": ("varchar", run["run_id"]),
        "version": ("varchar", version),
        "restored_from": ("varchar", None),
        "published_at": ("timestamp", now),
        "as_of": ("timestamp", as_of),
        "data_age_seconds": ("double", min(known_ages, default=None)),
        "sources": ("varchar", run["sources"]),
        "reporting_timezone": ("varchar", run["reporting_timezone"]),
        "reporting_currency": ("varchar", run["reporting_currency"]),
        "tests_passed": ("bigint", run["tests_passed"]),
        "tests_warned": ("bigint", run["tests_warned"]),
        "final_cells": ("bigint", audit.final_cells),
        "revised_cells": ("bigint", audit.revised_cells),
        "restated_cells": ("bigint", audit.restated_cells),
        "warnings": ("varchar", "; ".join(warnings) or None),
        "cxmart_version": ("varchar", __version__),
        "code_commit": ("varchar", run.get("code_commit")),
        "code_checksum": ("varchar", run.get("code_checksum")),
        "duckdb_version": ("varchar", duckdb.__version__),
    }
    values = ", ".join(f"cast(? as {data_type}) as {name}" for name, (data_type, _) in row.items())
    connection.execute(f"create table {SCHEMA}.publication as select {values}", [value for _, value in row.values()])
    connection.execute(
        f"""
        create table {SCHEMA}.publication_sources (
            source varchar, newest_at timestamp, newest_loaded_at timestamp, age_seconds double,
            warn_after_seconds double, error_after_seconds double, state varchar, rejected_rows bigint,
            rejected_files bigint, rejected_values bigint
        )
        """
    )
    open_rejects = rejects.by_source(rejects.count_open(settings))
    for age in ages:
        connection.execute(
            f"insert into {SCHEMA}.publication_sources values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                age.source,
                age.newest_at,
                age.newest_loaded_at,
                age.age_seconds,
                age.warn_after_seconds,
                age.error_after_seconds,
                age.state,
                *open_rejects.get(age.source, (0, 0, 0)),
            ],
        )
    connection.execute(
        f"create table {SCHEMA}.publication_seeds (seed varchar, row_count bigint, checksum varchar, own_rows bigint)"
    )
    own_rows = seeds.own_rows(connection, settings)
    for seed, (row_count, checksum) in seeds_of_build(connection).items():
        connection.execute(
            f"insert into {SCHEMA}.publication_seeds values (?, ?, ?, ?)",
            [seed, row_count, checksum, own_rows.get(seed)],
        )
    connection.execute(f"create table {SCHEMA}.publication_raw as {RAW_STATE}")


def own_tables(tables: list[PublishedTable]) -> list[PublishedTable]:
    """The tables that publishing adds; revisions are cut as the cells that they are of."""
    condition = next((table.condition_of_groups for table in tables if table.name == "kpi_values"), "false")
    names = ("publication", "publication_raw", "publication_seeds", "publication_sources")
    return [
        PublishedTable("kpi_revisions", MARTS, condition_of_groups=condition),
        *(PublishedTable(name, MARTS) for name in names),
    ]


def write_tables(connection: Connection, tables: list[PublishedTable]) -> None:
    """Write down each table with its rows' number and checksum, and what the columns of our own mean."""
    connection.execute(
        f"""
        create table {SCHEMA}.publication_tables (
            table_name varchar, audience varchar, people_columns varchar[], condition_of_groups varchar,
            row_count bigint, checksum varchar, key_columns varchar[]
        )
        """
    )
    for table in tables:
        connection.execute(
            f"insert into {SCHEMA}.publication_tables values (?, ?, ?, ?, ?, ?, ?)",
            [
                table.name,
                table.audience,
                list(table.people_columns),
                table.condition_of_groups,
                *count_and_checksum(connection, f"{SCHEMA}.{quoted(table.name)}"),
                list(table.key),
            ],
        )
    for name, comment in TABLE_COMMENTS.items():
        connection.execute(f"comment on table {SCHEMA}.{name} is {literal(comment)}")
        for column, text in COLUMN_COMMENTS[name].items():
            connection.execute(f"comment on column {SCHEMA}.{name}.{column} is {literal(text)}")
