"""How many rows have landed of each source, and what to do where there are none."""

from cxmart.base.database import opened, quoted, relations
from cxmart.base.errors import CxmartError
from cxmart.base.settings import Settings


def rows_landed(settings: Settings) -> dict[str, int]:
    """Add up the rows that the loads of each source brought.

    Raises:
        CxmartError: raw.duckdb is held or damaged.
    """
    if not settings.raw_file.exists():
        return {}
    with opened(settings.raw_file, settings, read_only=True) as raw:
        return {
            schema.removeprefix("raw_"): int(
                (raw.execute(f"select sum(rows_loaded) from {quoted(schema)}._loads").fetchone() or (0,))[0] or 0
            )
            for schema, name in sorted(relations(raw))
            if name == "_loads" and schema.startswith("raw_")
        }


def nothing_landed(settings: Settings) -> str | None:
    """Say that a build has nothing to stand on, and what to do; None where there are rows, or nobody can tell now."""
    try:
        landed = rows_landed(settings)
        if settings.raw_file.exists():
            with opened(settings.raw_file, settings, read_only=True) as raw:
                # Others than the loader may have written them.
                for schema, rows in raw.execute(
                    "select schema_name, sum(estimated_size) from duckdb_tables() "
                    "where schema_name like 'raw\\_%' escape '\\' and not starts_with(table_name, '_') group by all"
                ).fetchall():
                    landed[schema.removeprefix("raw_")] = rows or landed.get(schema.removeprefix("raw_"), 0)
    except CxmartError:
        return None
    if sum(rows for source, rows in landed.items() if source in settings.sources):
        return None
    what = f"nothing has landed of {' and '.join(settings.sources)}, so every KPI says no_data"
    if others := sorted(source for source, rows in landed.items() if rows):
        return f"{what}; rows have landed of {', '.join(others)}: enable it in CXMART_SOURCES"
    return f"{what}; `cxmart check PATH` says what your files are, `cxmart load {settings.sources[0]} PATH` lands them"
