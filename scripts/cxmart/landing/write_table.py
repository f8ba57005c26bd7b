"""Writing the rows of a file that meet the contract into their table, and the load into the accounts."""

import json
import time
from datetime import datetime

from cxmart.base.database import columns_of, one_row, quoted
from cxmart.base.errors import CxmartError
from cxmart.contract import value_forms
from cxmart.contract.source_contract import LOADER_COLUMNS
from cxmart.landing import address_hash, read_value, rejects
from cxmart.landing.accounts import HASH_KEY_TABLE, LOADS_COLUMNS, REJECTS_COLUMNS, fingerprint, relation
from cxmart.landing.files import Content
from cxmart.landing.incoming import INCOMING
from cxmart.landing.landed import Landed, Stage
from cxmart.landing.raw_file import mark
from cxmart.landing.row_versions import describe_conflicts, sort_out
from cxmart.landing.table_load import ACCEPTED, SET_ASIDE, TableLoad
from cxmart.landing.write_rejects import clear_rejects, reject


def write(load: TableLoad, content: Content, earlier_load_id: int | None, started: float) -> Landed:
    """Land what was read, and write the load down.

    Args:
        content: the bytes of the file.
        earlier_load_id: a load of the same bytes under another contract, which this one replaces.
        started: when the landing began, on the performance counter in seconds.
    """
    raw = load.raw
    mark(raw)
    _ensure_table(load)
    _ensure_accounts(load)
    _remember_hash_key(load)
    loads = relation(load.source, "_loads")
    (load_id,) = one_row(raw, f"select coalesce(max(load_id), 0) + 1 from {loads}")
    given_way = 0
    if earlier_load_id is not None and not load.table.key:
        (given_way,) = one_row(raw, f"delete from {load.target} where _load_id = ?", [earlier_load_id])
    loaded_at = load.settings.now().replace(tzinfo=None)
    _accept(load)
    rows_read = load.incoming.rows + _count_broken(load)
    load.watcher.entered(Stage.COMPARING, rows_read)
    undated, reread = sort_out(load, earlier_load_id)
    conflicting, conflict = describe_conflicts(load)
    cleared = clear_rejects(load, load_id, earlier_load_id)
    (are_set_aside,) = one_row(raw, f"select count(*) from {SET_ASIDE}")
    without = f"anti join {SET_ASIDE} as set_aside on accepted.row_id = set_aside.row_id" if are_set_aside else ""
    # A file of empty objects has no column but the loader's.
    names = ", ".join(map(quoted, (*load.values, *LOADER_COLUMNS)))
    values = ", ".join((*load.values.values(), "?", "accepted.line", "?", "accepted.date_columns"))
    load.watcher.entered(Stage.WRITING, rows_read)
    (loaded,) = one_row(
        raw,
        f"""
        insert into {load.target} ({names})
        select {values}
        from {ACCEPTED} as accepted
        {without}
        """,
        [load_id, loaded_at],
    )
    duplicate, stale = one_row(
        raw, f"select count(*) filter (is_duplicate), count(*) filter (not is_duplicate) from {SET_ASIDE}"
    )
    erased = load.incoming.rows_erased
    rows_failed = load.incoming.rows_failed
    if rows_failed is None:
        rows_failed = load.incoming.rows - loaded - duplicate - stale
    rejected, values_rejected = reject(
        load, load_id, loaded_at, are_failed=rows_failed > 0 or load.incoming.rows_kept > 0
    )
    if rows_read != loaded + duplicate + stale + rejected + erased:
        raise CxmartError(
            f"{load.file}: of {rows_read} rows {loaded} were loaded, {duplicate} are duplicates, {stale} are "
            f"stale, {rejected} rejected and {erased} of erased persons, which does not add up; nothing of it was "
            "loaded, please report this"
        )
    landed = Landed(
        file=str(load.file),
        table=load.table.name,
        is_new=True,
        load_id=load_id,
        rows_read=rows_read,
        rows_loaded=loaded,
        rows_duplicate=duplicate,
        rows_stale=stale,
        rows_rejected=rejected,
        rows_erased=erased,
        rows_undated_change=undated,
        rows_conflicting=conflicting,
        rows_reread=min(given_way, loaded) + reread,
        local_time=None if load.source.dialect.is_zone_said else load.incoming.local_time,
        values_rejected=values_rejected,
        conflict=conflict,
        rejects_cleared=cleared,
        times_moved=load.incoming.times_moved,
        times_twice=load.incoming.times_twice,
        dropped=load.incoming.dropped,
        let_through=tuple(load.incoming.matching.let_through),
        notes=load.incoming.notes,
        bytes=content.bytes,
        reject_groups=tuple(rejects.read_groups(raw, load.source.schema, "load_id = ?", [load_id]))
        if rejected or values_rejected
        else (),
        seconds=time.perf_counter() - started,
    )
    _write_down(load, landed, content, loaded_at)
    return landed


def _write_down(load: TableLoad, landed: Landed, content: Content, loaded_at: datetime) -> None:
    """Write the load into the accounts."""
    told: dict[str, object] = {
        **{name: getattr(landed, name) for name in LOADS_COLUMNS if hasattr(landed, name)},
        "table_name": landed.table,
        "sha256": content.sha256,
        "read_as": json.dumps(load.source.dialect.readings(has_local_times=load.incoming.local_time is not None)),
        "contract": fingerprint(load.source, load.table, load.settings),
        "loaded_at": loaded_at,
    }
    load.raw.execute(
        f"insert into {relation(load.source, '_loads')} by name select {', '.join(f'? as {name}' for name in told)}",
        list(told.values()),
    )


def _accept(load: TableLoad) -> None:
    """Name the rows that meet the contract: `accepted` has row_id, line, date_columns and the values."""
    dates = "date_columns" if load.incoming.projection.has_dates else "cast(null as varchar) as date_columns"
    columns = [f"{load.incoming.row_id} as row_id", f"{load.incoming.line} as line", dates, *load.values.values()]
    load.raw.execute(
        f"""
        create or replace temp view accepted as
        select {", ".join(columns)}
        from {INCOMING}
        {"" if load.incoming.rows_failed == 0 else f"where {load.is_accepted}"}
        """
    )


def _count_broken(load: TableLoad) -> int:
    if not load.incoming.broken:
        return 0
    (broken,) = one_row(load.raw, f"select count(*) from ({load.incoming.broken.sql})", load.incoming.broken.parameters)
    return int(broken)


def _ensure_accounts(load: TableLoad) -> None:
    for name, columns in (("_loads", LOADS_COLUMNS), ("_rejects", REJECTS_COLUMNS)):
        definitions = ", ".join(f"{column} {data_type}" for column, data_type in columns.items())
        load.raw.execute(f"create table if not exists {relation(load.source, name)} ({definitions})")


def _remember_hash_key(load: TableLoad) -> None:
    if load.incoming.matching.hashed is None or load.settings.hash_key is None:
        return
    load.raw.execute(f"create table if not exists raw.main.{HASH_KEY_TABLE} (fingerprint varchar)")
    load.raw.execute(
        f"""
        insert into raw.main.{HASH_KEY_TABLE}
        select ? where not exists (select * from raw.main.{HASH_KEY_TABLE})
        """,
        [address_hash.key_fingerprint(load.settings.hash_key)],
    )


def _ensure_table(load: TableLoad) -> None:
    """Make the raw table, or add the columns that it lacks."""
    declared = {column.name: column.data_type for column in load.incoming.columns}
    types = dict(load.raw.execute(f"select column_name, column_type from (describe {INCOMING})").fetchall())
    needed = {**{name: types[load.values[name]] for name in declared}, **LOADER_COLUMNS}
    existing = {
        name.lower(): data_type
        for name, data_type in columns_of(load.raw, "raw", load.source.schema, load.table.name).items()
    }
    if not existing:
        definitions = ", ".join(f"{quoted(name)} {data_type}" for name, data_type in needed.items())
        load.raw.execute(f"create schema if not exists raw.{quoted(load.source.schema)}")
        load.raw.execute(f"create table {load.target} ({definitions})")
        return
    for name, data_type in needed.items():
        there = existing.get(name.lower())
        if there is None:
            load.raw.execute(f"alter table {load.target} add column {quoted(name)} {data_type}")
        elif _is_widened(there.lower(), data_type.lower()):
            # As the loader writes a number in text.
            using = f" using {read_value.number_as_text(quoted(name))}" if data_type.lower() == "varchar" else ""
            load.raw.execute(f"alter table {load.target} alter column {quoted(name)} set data type {data_type}{using}")
        elif there.lower() != data_type.lower():
            raise CxmartError(
                f"column {name} of {load.source.schema}.{load.table.name} is {there} in the warehouse, and now "
                f"declared as {data_type}; move raw.duckdb away and load its files anew"
            )


def _is_widened(there: str, declared: str) -> bool:
    """Tell whether every value of a column's type is one of the type that is declared now."""
    if declared == "varchar":
        return there in {*value_forms.INTEGER_TYPES, "double"}
    return declared == "double" and there in value_forms.INTEGER_TYPES - {"bigint", "hugeint"}
