"""What a build says of itself."""

from typing import Any

from cxmart.base.database import Connection, relations
from cxmart.base.errors import CxmartError, ExitCode
from cxmart.base.settings import Settings


def finished_run(connection: Connection, settings: Settings) -> dict[str, Any]:
    """Read what a build says of itself, and refuse one that is not whole.

    Args:
        connection: any, with the build attached as `build`.
        settings: where the build is, for messages.

    Returns:
        The row of `cxmart_build`, by column; `warned` lists the data tests that warned with the rows that they found.

    Raises:
        CxmartError: the build is unfinished, of selected nodes only, or failed.
    """
    build = settings.build_file
    if ("main", "cxmart_build") not in relations(connection, "build"):
        raise CxmartError(
            f"{build} says nothing of a finished build: it was ended early, or another program made it; "
            "run `cxmart build` again",
            ExitCode.WAREHOUSE,
        )
    cursor = connection.execute("select * from build.main.cxmart_build")
    names = [column[0] for column in cursor.description or []]
    rows = cursor.fetchall()
    if len(rows) != 1:
        raise CxmartError(f"{build} tells of {len(rows)} builds; run `cxmart build` again", ExitCode.WAREHOUSE)
    run = dict(zip(names, rows[0], strict=True))
    if not run["is_complete"]:
        raise CxmartError(
            f"the last build, {build}, is of selected models alone, as `dbt build --select` makes one, and what is "
            "published and explained is a whole one; run `cxmart build`, then `cxmart publish`"
        )
    if run["nodes_failed"]:
        raise CxmartError(f"{run['nodes_failed']} nodes of the build failed or were skipped; mend them and build again")
    run["warned"] = (
        connection.execute("select test_name, row_count from build.main.cxmart_build_warnings order by 1").fetchall()
        if ("main", "cxmart_build_warnings") in relations(connection, "build")
        else []
    )
    return run
