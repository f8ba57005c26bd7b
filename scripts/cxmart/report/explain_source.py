"""What numbers are explained from: the published facts, and the views of a build."""

import json
from pathlib import Path
from typing import Any

from cxmart.base.database import Connection, attach, literal, one_row, quoted, relations
from cxmart.base.errors import CxmartError, ExitCode
from cxmart.base.settings import Settings
from cxmart.build.build_record import finished_run
from cxmart.build.kpi_views import lay_over, views_of

PUBLICATION_OF_BUILD = """
    create temp view publication as
    select now.as_of, run.sources, run.reporting_timezone, run.reporting_currency
    from build.main.cxmart_build as run
    cross join build.intermediate.int_warehouse__as_of as now
"""

_NEEDED = {"kpi_values", "kpi_catalog", "kpi_slices", "dim_periods", "kpi_exclusion_reasons"}


def check_tables(file: Path, names: set[str]) -> None:
    """Refuse a file that lacks a table which explaining reads.

    Raises:
        CxmartError: it lacks one.
    """
    if missing := _NEEDED - names:
        raise CxmartError(
            f"{file} has no {', '.join(sorted(missing))}; run `cxmart build` and `cxmart publish`", ExitCode.WAREHOUSE
        )


def run_of_build(marts: Connection, settings: Settings) -> str:
    """Tell the run of the attached build; the views of one whose tests failed will do, those of a part of one not."""
    try:
        return str(finished_run(marts, settings)["run_id"])
    except CxmartError:
        if ("main", "cxmart_build") not in relations(marts, "build"):
            raise
        rows = marts.execute("select run_id, is_complete and nodes_failed > 0 from build.main.cxmart_build").fetchall()
        if len(rows) != 1 or not rows[0][1]:
            raise
        return str(rows[0][0])


def versions_of(marts: Connection, catalog: str) -> dict[str, Any]:
    """Give the version of each KPI's definition; none where a catalogue does not tell them."""
    rows = marts.execute(f"select row_to_json(each_kpi) from {catalog} as each_kpi").fetchall()
    return {row["kpi_id"]: row.get("version") for row in (json.loads(text) for (text,) in rows)}


def lay_views_over_published(marts: Connection, settings: Settings) -> None:
    """Put a database in memory in the place of `build`: its facts are the published ones, its views the build's.

    A view that reads what is not published, or no more has the columns that it reads, is left out.
    """
    marts.execute("detach build")
    attach(marts, settings.build_file, "unpublished")
    views = views_of(marts, "unpublished")
    comments = marts.execute(
        "select table_name, column_name, comment from duckdb_columns() "
        "where database_name = 'unpublished' and schema_name = 'kpis' and comment is not null"
    ).fetchall()
    laid = lay_over(marts, views, one_row(marts, "select current_database()")[0])
    for name, column, words in comments:
        if name in laid:
            marts.execute(f"comment on column build.kpis.{quoted(name)}.{quoted(column)} is {literal(words)}")
