"""Writing raw.duckdb anew without a person."""

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from cxmart.base.database import Connection, attach, literal, one_row, opened, quoted, sync
from cxmart.base.errors import CxmartError, ExitCode, translate
from cxmart.base.settings import Settings
from cxmart.contract.source_contract import Source
from cxmart.erasure.find_person import (
    REJECTED_TEXTS,
    Plan,
    RawTable,
    any_holds,
    is_one_of,
    naming_tables,
    naming_values,
    read_sources,
    reject_holds,
    row_conditions,
    write_ids,
)
from cxmart.landing.accounts import LOADS_COLUMNS
from cxmart.landing.suppression import Id, naming_columns, read_key, write_list

WORK_FOLDER = ".forgetting-"


def rewrite_raw(settings: Settings, plan: Plan) -> list[str]:
    """Write raw.duckdb anew without the person, and put it in place in one step.

    Returns:
        The text columns that still hold an id.
    """
    key = read_key(settings, make=True)
    sources = read_sources(settings)
    for left in settings.home.glob(f"{WORK_FOLDER}*"):
        shutil.rmtree(left, ignore_errors=True)
    # Opened for writing, the old file takes its log in; a log that stayed would be played into the new one.
    with opened(settings.raw_file, settings) as raw:
        raw.execute("force checkpoint")
    log = settings.raw_file.with_name("raw.duckdb.wal")
    if log.exists():
        raise CxmartError(f"{log} could not be taken into raw.duckdb; load again, then erase", ExitCode.WAREHOUSE)
    try:
        with tempfile.TemporaryDirectory(prefix=WORK_FOLDER, dir=settings.home, ignore_cleanup_errors=True) as folder:
            new = Path(folder) / "raw.duckdb"
            with opened(new, settings) as raw:
                attach(raw, settings.raw_file, "old")
                raw.execute("copy from database old to raw (schema)")
                write_ids(raw, plan.ids)
                naming = {(one.source.schema, one.table.name): one for one in naming_tables(raw, sources, "old")}
                tables = raw.execute(
                    "select schema_name, table_name from duckdb_tables() where database_name = 'old' "
                    "order by 1 nulls last, 2 nulls last"
                ).fetchall()
                for schema, name in tables:
                    _copy_table(raw, schema, name, naming.get((schema, name)), plan.ids)
                write_list(raw, "raw", plan.ids, key)
                still_named = _still_named(raw, plan.ids, sources)
                raw.execute("detach old")
                raw.execute("force checkpoint")
            sync(new)
            os.replace(new, settings.raw_file)  # noqa: PTH105
            sync(settings.home)
    except OSError as error:
        raise translate(error, settings.raw_file) from error
    return still_named


def _copy_table(raw: Connection, schema: str, name: str, there: RawTable | None, ids: Iterable[Id]) -> None:
    relation = f"{quoted(schema)}.{quoted(name)}"
    replaced, where = "", ""
    if name == "_rejects":
        held = reject_holds(ids)
        pairs = [f"case when not ({held}) then {column} end as {column}" for column in REJECTED_TEXTS]
        without = (
            "{'column_name': f.column_name, 'reason': f.reason, 'value': cast(null as varchar), "
            "'rejects_row': f.rejects_row}"
        )
        blanked = f"list_transform(more_faults, lambda f: {without})"
        pairs.append(f"case when {held} then {blanked} else more_faults end as more_faults")
        replaced = f"replace ({', '.join(pairs)})"
    elif there:
        goes, _ = row_conditions(there)
        where = f"where not ({goes})"
        replaced = f"replace ({', '.join(_blanked(there))})"
    raw.execute(f"insert into raw.{relation} select * {replaced} from old.{relation} {where}")


def _blanked(there: RawTable) -> Iterator[str]:
    """Write the columns of a table that name the person, without the ids."""
    hits: dict[str, list[str]] = {}
    for name, kind, owner, value in naming_values(there):
        if there.names[name] != "null":
            hits.setdefault(name, []).append(is_one_of(kind, owner, value))
    for column in naming_columns(there.table):
        if column.name in hits:
            blank = "null" if column.erased_as is None else literal(column.erased_as)
            own = there.names[column.name]
            yield f"case when {' or '.join(hits[column.name])} then {blank} else {own} end as {own}"


def _still_named(raw: Connection, ids: Iterable[Id], sources: Iterable[Source]) -> list[str]:
    """List the text columns of raw.duckdb that hold an id as a word, but those known to hold ids of others."""
    declared = {
        (source.schema, table.name, column.name.lower())
        for source in sources
        for table in source.tables.values()
        for column in table.columns
        if column.names or column.name in table.key or column.name.lower().endswith("_id")
    }
    loaders = {name for name in LOADS_COLUMNS if name != "file"}
    columns = raw.execute(
        """
        select c.schema_name, c.table_name, c.column_name
        from duckdb_columns() as c
        inner join duckdb_tables() as t
            on c.database_name = t.database_name and c.schema_name = t.schema_name and c.table_name = t.table_name
        where c.database_name = 'raw' and c.data_type = 'VARCHAR'
        order by 1 nulls last, 2 nulls last, 3 nulls last
        """
    ).fetchall()
    found = []
    for schema, table, column in columns:
        is_other_id = (schema, table, column.lower()) in declared
        if is_other_id or column.startswith("_") or (table == "_loads" and column in loaders):
            continue
        (rows,) = one_row(
            raw,
            f"select count(*) filter ({any_holds([column], ids)}) from raw.{quoted(schema)}.{quoted(table)}",
        )
        if rows:
            found.append(f"{schema}.{table}.{column} ({rows} {'row' if rows == 1 else 'rows'})")
    return found
