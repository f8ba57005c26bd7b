"""Landing files in raw.duckdb: typed, each in one transaction, and every row accounted for.

A file is read into a temporary table with its values in their types and what breaks the contract marked. Then, in one
transaction, the broken rows go to `_rejects`, the others are compared with the rows of their keys that are there, and
the load is written down in `_loads`. What was read must be what was loaded, is a duplicate, is stale or was rejected.
"""

import tempfile
import time
from dataclasses import replace
from pathlib import Path

import duckdb

from cxmart.base.database import Connection, check_raw, opened
from cxmart.base.errors import CxmartError, ExitCode, translate
from cxmart.base.settings import Settings
from cxmart.contract import dialects
from cxmart.contract.source_contract import Source
from cxmart.landing import files, read_file, recognize, repair
from cxmart.landing.accounts import earlier_load, fingerprint, with_what_is_open
from cxmart.landing.files import DataFile
from cxmart.landing.incoming import INCOMING, read_into_incoming
from cxmart.landing.landed import Landed, Stage, Watcher
from cxmart.landing.raw_file import prepare, work_folder
from cxmart.landing.table_load import TableLoad
from cxmart.landing.write_table import write

# The engine's share of the 2 GB that a load may take, whatever its files.
MEMORY_BYTES = 1_500_000_000


class _OnlyTriedError(Exception):
    """Ends the transaction of a dry run."""


def land(file: DataFile, source: Source, settings: Settings, watcher: Watcher | None = None) -> Landed:
    """Land a file: its good rows in its table, the others in `_rejects`, or nothing of it at all.

    Args:
        file: the file.
        source: the source that it comes from; its contract says what the file must meet.
        settings: where raw.duckdb is, the clock, and the key of e-mail addresses.
        watcher: is told how it goes on.

    Returns:
        What became of its rows.

    Raises:
        CxmartError: the file can't be read or breaks the contract as a whole, or raw.duckdb can't be written. Nothing
            is changed.
    """
    return _land(file, source, settings, watcher or Watcher(), is_dry=False)


def try_out(file: DataFile, source: Source, settings: Settings, watcher: Watcher | None = None) -> Landed:
    """Tell what would become of a file if it were landed now, and change nothing.

    Raises:
        CxmartError: it could not be landed.
    """
    if settings.raw_file.exists():
        check_raw(settings)
        return _land(file, source, settings, watcher or Watcher(), is_dry=True)
    with tempfile.TemporaryDirectory(prefix="cxmart-") as folder:
        elsewhere = replace(settings, home=Path(folder))
        prepare(elsewhere)
        return _land(file, source, elsewhere, watcher or Watcher(), is_dry=True)


def _land(file: DataFile, source: Source, settings: Settings, watcher: Watcher, *, is_dry: bool) -> Landed:
    started = time.perf_counter()
    declared = source
    source = dialects.of_file(declared, Path(str(file)), settings)
    table = files.table_of(file, source)
    before = files.state(file.path)
    recognize.refuse_other(file.path, file.format, file.compression)
    content = files.read_through(file, tell=watcher.read)
    landed: list[Landed] = []
    try:
        with opened(settings.raw_file, settings) as raw, work_folder(settings) as work:
            earlier = earlier_load(raw, source, table, content)
            if earlier and earlier[1] == fingerprint(source, table, settings):
                known = Landed(file=str(file), table=table.name, is_new=False, load_id=earlier[0], bytes=content.bytes)
                return with_what_is_open(known, raw, source)
            longest_line = files.check_whole(file, content)
            raw.execute("set enable_progress_bar = true; set enable_progress_bar_print = false")
            if settings.memory_bytes > MEMORY_BYTES:
                # More than that goes to the disk; sorting keys out is hardly slower for it.
                raw.execute(f"set memory_limit = '{MEMORY_BYTES // 10**6}MB'")
            watcher.working(raw)
            try:
                # The engine loses such a line without a word where it is the last one of a compressed file.
                is_mended = longest_line >= repair.LONGEST_RECORD
                watcher.entered(Stage.READING, None)
                incoming = read_into_incoming(raw, file, source, table, settings, work, watcher, is_mended=is_mended)
                _refuse_changed(file, before)
                raw.execute("begin")
                try:
                    load = TableLoad(raw, file, source, table, incoming, settings, watcher, declared)
                    landed.append(write(load, content, earlier[0] if earlier else None, started))
                    # A Parquet file was read only now.
                    _refuse_changed(file, before)
                    if is_dry:
                        raise _OnlyTriedError
                    raw.execute("commit")
                except duckdb.Error as error:
                    _roll_back(raw)
                    raise _whose_fault(raw, file, error) from error
                except BaseException:
                    _roll_back(raw)
                    raise
            finally:
                watcher.working(None)
    except _OnlyTriedError:
        pass
    return landed[0]


def _refuse_changed(file: DataFile, before: object) -> None:
    if files.state(file.path) != before:
        raise CxmartError(f"{file} changed while it was read; nothing of it was loaded, load it again")


def _whose_fault(raw: Connection, file: DataFile, error: duckdb.Error) -> Exception:
    """Tell whether an error while rows were written is one of the file, which then can't be read another time."""
    if file.format == "parquet" and translate(error, file.path).exit_code is not ExitCode.STORAGE:
        try:
            raw.execute(f"create or replace temp table tried as from {INCOMING}")
        except duckdb.Error as second:
            return read_file.explain_unreadable(file, second)
    return error


def _roll_back(raw: Connection) -> None:
    # Else it waits for what other threads of the engine still work on.
    raw.interrupt()
    try:
        raw.execute("rollback")
    except duckdb.Error:
        # After a failed write the engine has rolled back by itself, and says so.
        return
