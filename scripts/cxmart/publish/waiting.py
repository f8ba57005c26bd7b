"""What has landed and is not built yet, and what is built and not published: the next command of who works by hand."""

from dataclasses import dataclass

from cxmart.base.database import Connection, opened, relations
from cxmart.base.errors import CxmartError
from cxmart.base.formats import count
from cxmart.base.settings import Settings
from cxmart.build.landed_rows import rows_landed


@dataclass(frozen=True)
class Waiting:
    """How far the rows that have landed have come.

    `rows_landed` are those of all loads of the enabled sources, `rows_not_built` those that have landed since what was
    last built or published; `unpublished_run` names a build that could be published and is not what is. `other_sources`
    are those that have rows and are not enabled.
    """

    rows_landed: int
    rows_not_built: int
    unpublished_run: str | None
    other_sources: tuple[str, ...] = ()

    @property
    def sentence(self) -> str | None:
        """Say what waits, and for which command; None where nothing does."""
        if self.rows_not_built:
            one = self.rows_not_built == 1
            rows = "1 row has landed and is" if one else f"{count(self.rows_not_built)} rows have landed and are"
            return f"{rows} not built yet: run `cxmart build`, then `cxmart publish`"
        if self.unpublished_run:
            return f"run {self.unpublished_run} is built and not published: run `cxmart publish`"
        return None


def read_waiting(settings: Settings) -> Waiting | None:
    """Compare what has landed with what is built and published; None where a file is held or can't be read."""
    try:
        landed = rows_landed(settings)
        built, run_id = _last_build(settings)
        published, published_run = _last_published(settings)
    except CxmartError:
        return None
    known = built if built is not None else published
    own = {source: rows for source, rows in landed.items() if source in settings.sources}
    not_built = sum(max(rows - (known or {}).get(source, 0), 0) for source, rows in own.items())
    return Waiting(
        rows_landed=sum(own.values()),
        rows_not_built=not_built,
        unpublished_run=run_id if run_id != published_run else None,
        other_sources=tuple(sorted(source for source, rows in landed.items() if rows and source not in own)),
    )


def _last_build(settings: Settings) -> tuple[dict[str, int] | None, str | None]:
    """Tell the rows that the last build knew of each source, and its run; None of one that can't be published."""
    if not settings.build_file.exists():
        return None, None
    with opened(settings.build_file, settings, read_only=True) as build:
        there = {name for schema, name in relations(build) if schema == "main"}
        if not {"cxmart_build", "cxmart_build_raw"} <= there:
            return None, None
        runs = build.execute("select run_id from cxmart_build where is_complete and nodes_failed = 0").fetchall()
        return (_rows_by_source(build, "cxmart_build_raw"), runs[0][0]) if len(runs) == 1 else (None, None)


def _last_published(settings: Settings) -> tuple[dict[str, int] | None, str | None]:
    if not settings.marts_file.exists():
        return None, None
    with opened(settings.marts_file, settings, read_only=True) as marts:
        there = {name for _, name in relations(marts)}
        if not {"publication", "publication_raw"} <= there:
            return None, None
        (run_id,) = marts.execute("select run_id from publication").fetchall()[0]
        return _rows_by_source(marts, "publication_raw"), run_id


def _rows_by_source(connection: Connection, table: str) -> dict[str, int]:
    return dict(connection.execute(f"select source, sum(rows_loaded) from {table} group by source").fetchall())
