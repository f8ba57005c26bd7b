"""Landing files in raw.duckdb: as they are but typed, each in one transaction, and every row accounted for."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from cxmart import checking, files, reading
from cxmart.contract import LOADER_COLUMNS, Column, Source, Table
from cxmart.database import RAW_LAYOUT_VERSION, Connection, check_raw, one_row, opened, quoted, room_given_back
from cxmart.errors import CxmartError, explain, shortened
from cxmart.files import Content, DataFile
from cxmart.settings import Settings

INCOMING = "temp.incoming"
SET_ASIDE = "temp.set_aside"
VERSION_COLUMN = "updated_at"


@dataclass(frozen=True)
class Landed:
    """What became of a file. `is_new` is false where the same bytes had been loaded before, as `load_id`.

    Of the rows read, each was loaded, is a duplicate (the same as a row that stays) or is stale (older than one).
    """

    file: str
    table: str
    is_new: bool
    load_id: int
    rows_read: int = 0
    rows_loaded: int = 0
    rows_duplicate: int = 0
    rows_stale: int = 0
    seconds: float = 0.0


def prepare(settings: Settings) -> bool:
    """Make sure that raw.duckdb can be written, and make it where it is missing.

    Returns:
        Whether it was made.

    Raises:
        CxmartError: the file is foreign, damaged or held, or can't be made.
    """
    check_raw(settings)
    is_made = not settings.raw_file.exists()
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise explain(error, settings.home) from error
    try:
        with opened(settings.raw_file, settings) as raw:
            if is_made:
                _mark(raw)
    except CxmartError:
        if is_made:
            discard(settings)
        raise
    return is_made


def discard(settings: Settings) -> None:
    """Take away a raw.duckdb that was made for files of which none could be loaded."""
    for path in (settings.raw_file, settings.raw_file.with_name("raw.duckdb.wal")):
        path.unlink(missing_ok=True)


def land(file: DataFile, source: Source, settings: Settings) -> Landed:
    """Land a file, whole or not at all.

    Args:
        file: the file.
        source: the source that it comes from; its contract says what the file must meet.
        settings: where raw.duckdb is, and the clock.

    Returns:
        What became of its rows.

    Raises:
        CxmartError: the file can't be read or breaks the contract, or raw.duckdb can't be written. Nothing is changed.
    """
    started = time.perf_counter()
    table = files.table_of(file, source)
    before = _state(file.path)
    content = files.read_through(file)
    with room_given_back(settings.raw_file), opened(settings.raw_file, settings) as raw:
        load_id = _earlier_load(raw, source, table, content)
        if load_id is not None:
            return Landed(file=str(file.path), table=table.name, is_new=False, load_id=load_id)
        columns = _read(raw, file, source, table)
        if _state(file.path) != before:
            raise CxmartError(f"{file.path} changed while it was read; nothing of it was loaded, load it again")
        raw.execute("begin")
        try:
            landed = _write(raw, file, source, table, columns, content, settings, started)
            raw.execute("commit")
        except BaseException:
            _roll_back(raw)
            raise
    return landed


def _state(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError as error:
        raise explain(error, path) from error
    return status.st_size, status.st_mtime_ns


def _roll_back(raw: Connection) -> None:
    try:
        raw.execute("rollback")
    except duckdb.Error:
        # After a failed write the engine has rolled back by itself, and says so.
        return


def _mark(raw: Connection) -> None:
    raw.execute("create table if not exists main.cxmart_raw (layout_version integer)")
    raw.execute(
        "insert into main.cxmart_raw select ? where not exists (select * from main.cxmart_raw)", [RAW_LAYOUT_VERSION]
    )


def _relation(source: Source, name: str) -> str:
    # DuckDB calls the catalog of raw.duckdb `raw`, after the file.
    return f"raw.{quoted(source.schema)}.{quoted(name)}"


def _columns_of(raw: Connection, schema: str, name: str) -> dict[str, str]:
    rows = raw.execute(
        """
        select column_name, data_type
        from duckdb_columns()
        where database_name = ? and schema_name = ? and table_name = ?
        order by column_index nulls last
        """,
        ["temp" if schema == "temp" else "raw", "main" if schema == "temp" else schema, name],
    ).fetchall()
    return dict(rows)


def _earlier_load(raw: Connection, source: Source, table: Table, content: Content) -> int | None:
    if not _columns_of(raw, source.schema, "_loads"):
        return None
    row = raw.execute(
        f"select min(load_id) from {_relation(source, '_loads')} where table_name = ? and sha256 = ?",
        [table.name, content.sha256],
    ).fetchone()
    return row[0] if row else None


def _read(raw: Connection, file: DataFile, source: Source, table: Table) -> list[str]:
    """Read a file into the temporary table `incoming`, checked; its rowid counts the rows from 0.

    Returns:
        The columns of the rows: those declared, those of earlier files, then new ones of this file.

    Raises:
        CxmartError: the file can't be read, or breaks the contract.
    """
    scan = reading.scan(raw, file)
    existing = _columns_of(raw, source.schema, table.name)
    columns = {column.name: column for column in table.columns}
    known = {name.lower() for name in (*columns, *LOADER_COLUMNS)}
    for name, data_type in existing.items():
        if name.lower() not in known:
            columns[name] = Column(name, data_type.lower())
    places = checking.match_columns(file, scan, table, columns)
    for name in places:
        columns.setdefault(name, Column(name))
    projection = checking.project(scan, places, list(columns.values()))
    try:
        raw.execute(f"create or replace temp table incoming as {projection.sql}", projection.parameters)
    except duckdb.Error as error:
        raise reading.explain_unreadable(raw, file, error) from error
    _refuse_rejects(raw, file, projection.checks)
    return list(columns)


def _refuse_rejects(raw: Connection, file: DataFile, checks: Sequence[checking.Check]) -> None:
    (count,) = one_row(raw, f"select count({checking.CHECK_COLUMN}) from {INCOMING}")
    if not count:
        return
    line, column, reason, text = one_row(raw, f"{checking.rejects(INCOMING, checks)} limit 1")
    value = f" '{shortened(text)}'" if text and text.strip() else ""
    others = f" ({count - 1} more {'row is' if count == 2 else 'rows are'} wrong)" if count > 1 else ""
    raise CxmartError(
        f"{file.path}, row {line} below the header: {column}{value} {reason}{others}; nothing of this file was loaded"
    )


def _write(
    raw: Connection,
    file: DataFile,
    source: Source,
    table: Table,
    columns: list[str],
    content: Content,
    settings: Settings,
    started: float,
) -> Landed:
    """Bring the rows of `incoming` into the raw table, and write the load down. Runs within a transaction."""
    _mark(raw)
    target = _relation(source, table.name)
    _ensure_table(raw, source, table, columns)
    loads = _relation(source, "_loads")
    raw.execute(
        f"""
        create table if not exists {loads} (
            load_id bigint, table_name varchar, file varchar, sha256 varchar, bytes bigint, rows_read bigint,
            rows_loaded bigint, rows_duplicate bigint, rows_stale bigint, loaded_at timestamp, seconds double
        )
        """
    )
    (load_id,) = one_row(raw, f"select coalesce(max(load_id), 0) + 1 from {loads}")
    (rows_read,) = one_row(raw, f"select count(*) from {INCOMING}")
    _sort_out(raw, target, table, columns)
    names = ", ".join(map(quoted, columns))
    loaded_at = settings.now().replace(tzinfo=None)
    (rows_loaded,) = one_row(
        raw,
        f"""
        insert into {target} ({names}, _load_id, _file, _line, _loaded_at)
        select {names}, ?, ?, incoming.rowid + 1, ?
        from {INCOMING} as incoming
        anti join {SET_ASIDE} as set_aside on incoming.rowid = set_aside.row_id
        """,
        [load_id, str(file.path), loaded_at],
    )
    duplicate, stale = one_row(
        raw, f"select count(*) filter (is_duplicate), count(*) filter (not is_duplicate) from {SET_ASIDE}"
    )
    if rows_read != rows_loaded + duplicate + stale:
        raise CxmartError(
            f"{file.path}: of {rows_read} rows {rows_loaded} were loaded, {duplicate} are duplicates and {stale} are "
            "stale, which does not add up; nothing of it was loaded, please report this"
        )
    seconds = time.perf_counter() - started
    raw.execute(
        f"insert into {loads} values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            load_id,
            table.name,
            str(file.path),
            content.sha256,
            content.bytes,
            rows_read,
            rows_loaded,
            duplicate,
            stale,
            loaded_at,
            seconds,
        ],
    )
    return Landed(
        file=str(file.path),
        table=table.name,
        is_new=True,
        load_id=load_id,
        rows_read=rows_read,
        rows_loaded=rows_loaded,
        rows_duplicate=duplicate,
        rows_stale=stale,
        seconds=seconds,
    )


def _ensure_table(raw: Connection, source: Source, table: Table, columns: Sequence[str]) -> None:
    """Make the raw table, or add the columns that it lacks."""
    types = _columns_of(raw, "temp", "incoming")
    needed = {**{name: types[name] for name in columns}, **LOADER_COLUMNS}
    existing = {name.lower(): data_type for name, data_type in _columns_of(raw, source.schema, table.name).items()}
    target = _relation(source, table.name)
    if not existing:
        definitions = ", ".join(f"{quoted(name)} {data_type}" for name, data_type in needed.items())
        raw.execute(f"create schema if not exists raw.{quoted(source.schema)}")
        raw.execute(f"create table {target} ({definitions})")
        return
    for name, data_type in needed.items():
        there = existing.get(name.lower())
        if there is None:
            raw.execute(f"alter table {target} add column {quoted(name)} {data_type}")
        elif there.lower() != data_type.lower():
            raise CxmartError(
                f"column {name} of {source.schema}.{table.name} is {there} in the warehouse, and now declared as "
                f"{data_type}; move raw.duckdb away and load its files anew"
            )


def _sort_out(raw: Connection, target: str, table: Table, columns: Sequence[str]) -> None:
    """Find the rows of `incoming` that are not to be loaded, and delete the rows of the table that newer ones replace.

    The rows set aside are listed in the temporary table `set_aside` (row_id, is_duplicate). Of the rows of a key the
    one with the newest `updated_at` stays, a row without one being the oldest; where that does not decide, the later.
    """
    raw.execute("create or replace temp table set_aside (row_id bigint, is_duplicate boolean)")
    if not table.key:
        return
    has_version = VERSION_COLUMN in columns
    keys = ", ".join(map(quoted, table.key))
    newest_first = f"{VERSION_COLUMN} desc nulls last, row_id desc" if has_version else "row_id desc"
    # Rows of the file that another row of the file has replaced. Keys that come once, mostly all, are not sorted.
    raw.execute(
        f"""
        create or replace temp table repeated as
        select older.*, older.rowid as row_id
        from {INCOMING} as older
        semi join (select {keys} from {INCOMING} group by {keys} having count(*) > 1) as newer
            on {_equal("older", "newer", table.key)}
        """
    )
    raw.execute(
        f"""
        insert into {SET_ASIDE}
        with ranked as (
            select *, row_number() over (partition by {keys} order by {newest_first} nulls last) as place
            from temp.repeated
        )
        select older.row_id, {_equal("older", "newer", columns)}
        from ranked as older
        inner join ranked as newer on {_equal("older", "newer", table.key)} and newer.place = 1
        where older.place > 1
        """
    )
    # The others, beside the rows of the table that have the same key.
    is_stale = (
        f"coalesce(incoming.{VERSION_COLUMN} < existing.{VERSION_COLUMN}, "
        f"incoming.{VERSION_COLUMN} is null and existing.{VERSION_COLUMN} is not null)"
    )
    raw.execute(
        f"""
        create or replace temp table met as
        select
            incoming.rowid as row_id,
            existing.rowid as existing_row_id,
            {_equal("incoming", "existing", columns)} as is_duplicate,
            {is_stale if has_version else "false"} as is_stale
        from {INCOMING} as incoming
        anti join {SET_ASIDE} as set_aside on incoming.rowid = set_aside.row_id
        inner join {target} as existing on {_equal("incoming", "existing", table.key)}
        """
    )
    raw.execute(f"insert into {SET_ASIDE} select row_id, is_duplicate from temp.met where is_duplicate or is_stale")
    raw.execute(
        f"""
        delete from {target}
        where rowid in (select existing_row_id from temp.met where not is_duplicate and not is_stale)
        """
    )


def _equal(left: str, right: str, columns: Iterable[str]) -> str:
    """Write the condition that two rows are equal in some columns; null is equal to null."""
    return " and ".join(f"{left}.{quoted(name)} is not distinct from {right}.{quoted(name)}" for name in columns)
