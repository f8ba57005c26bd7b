"""Landing files in raw.duckdb: typed, each in one transaction, and every row accounted for.

A file is read into a temporary table with its values in their types and what breaks the contract marked. Then, in one
transaction, the broken rows go to `_rejects`, the others are compared with the rows of their keys that are there, and
the load is written down in `_loads`. What was read must be what was loaded, is a duplicate, is stale or was rejected.
"""

import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any

import duckdb

from cxmart.base.database import (
    RAW_LAYOUT_VERSION,
    Connection,
    check_raw,
    columns_of,
    literal,
    one_row,
    opened,
    quoted,
    room_given_back,
)
from cxmart.base.errors import CxmartError, ExitCode, shortened, translate
from cxmart.base.formats import count
from cxmart.base.settings import Settings
from cxmart.contract import dialects, private_columns, value_forms
from cxmart.contract.source_contract import FORMER_LOADER_COLUMNS, LOADER_COLUMNS, TEXT_TYPES, Column, Source, Table
from cxmart.contract.vocabulary import PLACEHOLDERS, read_vocabulary
from cxmart.landing import files, read_file, recognize, rejects, repair, sheets, suppression, type_check, workbooks
from cxmart.landing.files import Content, DataFile
from cxmart.landing.rejects import Group
from cxmart.landing.type_check import Matching

INCOMING = "temp.incoming"
ACCEPTED = "temp.accepted"
SET_ASIDE = "temp.set_aside"
CONFLICTS = "temp.conflicts"
OUTDATED = "temp.outdated"
VERSION_COLUMN = "updated_at"
# How many times of a row did not exist or came twice.
TIMES = ("times_moved", "times_twice")

# The engine's share of the 2 GB that a load may take, whatever its files.
MEMORY_BYTES = 1_500_000_000

WORK_FOLDER = "landing-"
# Holds the fingerprint of the key that e-mail addresses were hashed with.
HASH_KEY_TABLE = "cxmart_hash_key"

# The tables of the accounts, in each schema. Columns that an older version of them lacks are added.
LOADS_COLUMNS = {
    "load_id": "bigint",
    "table_name": "varchar",
    "file": "varchar",
    "sha256": "varchar",
    "bytes": "bigint",
    "rows_read": "bigint",
    "rows_loaded": "bigint",
    "rows_duplicate": "bigint",
    "rows_stale": "bigint",
    "loaded_at": "timestamp",
    "seconds": "double",
    "rows_rejected": "bigint",
    "rows_undated_change": "bigint",
    "times_moved": "bigint",
    "times_twice": "bigint",
    "contract": "varchar",
    "rows_erased": "bigint",
    "values_rejected": "bigint",
    "rows_conflicting": "bigint",
    "rows_reread": "bigint",
    # How the values of the file were read, in JSON; the zone only where times have no offset.
    "read_as": "varchar",
}
REJECTS_COLUMNS = {
    "load_id": "bigint",
    "table_name": "varchar",
    "file": "varchar",
    "line": "bigint",
    "column_name": "varchar",
    "reason": "varchar",
    "value": "varchar",
    "raw_text": "varchar",
    "row_key": "varchar",
    "rejected_at": "timestamp",
    "cleared_by_load_id": "bigint",
    "is_row_kept": "boolean",
    # What else is wrong with a row that did not land, at most one thing a column; null where nothing is. What would not
    # have rejected the row alone, but have left the value out, is not `rejects_row`.
    "more_faults": "struct(column_name varchar, reason varchar, value varchar, rejects_row boolean)[]",
}


@dataclass(frozen=True)
class Landed:
    """What became of a file. `is_new` is false where the same bytes had been loaded before, as `load_id`.

    Of the rows read, each was loaded, is a duplicate (the same as a row that stays), is stale (older than one), was
    rejected, or was erased (left out, as it is about a person who was forgotten). Of those loaded or stale,
    `rows_undated_change` differ from another row of their key without `updated_at` deciding; `rows_conflicting` gave
    way to another row of their key that is no version of the same thing (`conflict` says in what they differ). Of those
    loaded, `rows_reread` took the place of a row that had been read under settings which hold no more. Of the
    rows that were not rejected, `values_rejected` values were, and are empty. `times_moved` and
    `times_twice` count local times that did not exist or came twice. `dropped` names columns that never land,
    `let_through` those that land although they are on the list, and `notes` says what else a person should know.
    `reject_groups` says why rows and values were rejected. Of a file that was loaded before, `rows_read_before` and
    `rows_rejected_before` tell of that load, and count what is not settled since. `local_time` is an example (column
    and text) of times that have no offset, where nobody has said of which zone they are.
    """

    file: str
    table: str
    is_new: bool
    load_id: int
    rows_read: int = 0
    rows_loaded: int = 0
    rows_duplicate: int = 0
    rows_stale: int = 0
    rows_rejected: int = 0
    rows_erased: int = 0
    rows_undated_change: int = 0
    rows_conflicting: int = 0
    values_rejected: int = 0
    conflict: str = ""
    rejects_cleared: int = 0
    times_moved: int = 0
    times_twice: int = 0
    dropped: tuple[str, ...] = ()
    let_through: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    bytes: int = 0
    seconds: float = 0.0
    reject_groups: tuple[Group, ...] = ()
    rows_read_before: int = 0
    rows_rejected_before: int = 0
    rows_reread: int = 0
    local_time: tuple[str, str] | None = None

    @property
    def rejected_of(self) -> tuple[int, int]:
        """How many rows of the file did not land, and of how many."""
        if self.is_new:
            return self.rows_rejected, self.rows_read - self.rows_erased
        return self.rows_rejected_before, self.rows_read_before

    @property
    def is_all_rejected(self) -> bool:
        """Whether no row of the file landed, but for those of erased persons."""
        rejected, rows = self.rejected_of
        return 0 < rows == rejected

    def as_json(self) -> dict[str, Any]:
        """Give it for JSON."""
        return {**asdict(self), "reject_groups": [group.as_json() for group in self.reject_groups]}


@dataclass(frozen=True)
class Incoming:
    """What was read of a file as `incoming`: columns v0, v1, … and what was found of each row.

    `incoming` is a temporary table, or a view where reading the file again is as fast. `line` and `row_id` write the
    number of a row and what tells it from others. Of its `rows`, `rows_failed` break the contract (None: how many is
    found out by landing the others); of the others, `rows_kept` have a value that breaks it, and `times_moved` and
    `times_twice` local times had to be resolved.
    `broken` reads the records that could not be read at all. `rows_erased` of the rows read are no longer there, as
    they are about persons who were erased; with `hides_text` a record that could not be read might be, too.
    """

    columns: list[Column]
    projection: type_check.Projection
    matching: Matching
    line: str
    row_id: str
    rows: int
    rows_failed: int | None
    rows_kept: int
    rows_erased: int
    hides_text: bool
    times_moved: int
    times_twice: int
    broken: read_file.Scan | None = None
    notes: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    local_time: tuple[str, str] | None = None


class Stage(Enum):
    """What is done with a file, in this order; `share` says about how much of the time it takes."""

    HASHING = 0.07
    READING = 0.45
    COMPARING = 0.08
    WRITING = 0.40

    @property
    def share(self) -> float:
        """The part of the time that a file takes (0-1)."""
        return self.value

    @property
    def share_before(self) -> float:
        """The part that the stages before it take (0-1)."""
        stages = list(Stage)
        return sum(stage.share for stage in stages[: stages.index(self)])


@dataclass(frozen=True)
class Look:
    """How a file is written: the names of its columns, and of text the encoding and what stands between fields."""

    names: Sequence[str]
    encoding: str | None = None
    delimiter: str | None = None


@dataclass
class Watcher:
    """Is told how the landing of a file goes on.

    `read`: bytes that were read through. `working`: the connection that works now. `entered`: the next stage, and how
    many rows the file has where that is known. `looked`: how it is written, before it is compared with the contract.
    `taken`: how its values can be read as they are written, and which column is which.
    """

    read: Callable[[int], None] = field(default=lambda _: None)
    working: Callable[[Connection | None], None] = field(default=lambda _: None)
    entered: Callable[[Stage, int | None], None] = field(default=lambda _stage, _rows: None)
    looked: Callable[[Look], None] = field(default=lambda _: None)
    taken: Callable[[Connection, read_file.Scan, Matching], None] = field(default=lambda _raw, _scan, _matching: None)


class _OnlyTriedError(Exception):
    """Ends the transaction of a dry run."""


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
        if is_made:
            _make(settings)
    except OSError as error:
        raise translate(error, settings.home) from error
    # Opening it tells whether it is held. While this holds it no other load works, so what lies there was left by one
    # that was killed.
    with opened(settings.raw_file, settings):
        for left in settings.home.glob(f".{WORK_FOLDER}*"):
            shutil.rmtree(left, ignore_errors=True)
    return is_made


def _make(settings: Settings) -> None:
    """Make raw.duckdb aside and move it into place, so that one that is there is whole."""
    with tempfile.TemporaryDirectory(prefix=f".{WORK_FOLDER}", dir=settings.home, ignore_cleanup_errors=True) as folder:
        new = Path(folder) / "raw.duckdb"
        with opened(new, settings) as raw:
            _mark(raw)
        if not settings.raw_file.exists():
            new.rename(settings.raw_file)


def discard(settings: Settings) -> None:
    """Take away a raw.duckdb that was made for files of which none could be loaded."""
    for path in (settings.raw_file, settings.raw_file.with_name("raw.duckdb.wal")):
        path.unlink(missing_ok=True)


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
        with (
            room_given_back(settings.raw_file),
            opened(settings.raw_file, settings) as raw,
            _work_folder(settings) as work,
        ):
            earlier = _earlier_load(raw, source, table, content)
            if earlier and (earlier[1] is None or earlier[1] == _fingerprint(source, table, settings)):
                known = Landed(file=str(file), table=table.name, is_new=False, load_id=earlier[0], bytes=content.bytes)
                return _with_what_is_open(known, raw, source)
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
                incoming = _read(raw, file, source, table, settings, work, watcher, is_mended=is_mended)
                _refuse_changed(file, before)
                raw.execute("begin")
                try:
                    writer = _Writer(raw, file, source, table, incoming, settings, watcher, declared)
                    landed.append(writer.write(content, earlier[0] if earlier else None, started))
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


@contextmanager
def _work_folder(settings: Settings) -> Iterator[Path]:
    """A folder for the clean copy of a file, beside the warehouse; only this user can look into it."""
    with tempfile.TemporaryDirectory(prefix=f".{WORK_FOLDER}", dir=settings.home, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


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


def _mark(raw: Connection) -> None:
    raw.execute("create table if not exists main.cxmart_raw (layout_version integer)")
    raw.execute(
        "insert into main.cxmart_raw select ? where not exists (select * from main.cxmart_raw)", [RAW_LAYOUT_VERSION]
    )


def _relation(source: Source, name: str) -> str:
    # DuckDB calls the catalog of raw.duckdb `raw`, after the file.
    return f"raw.{quoted(source.schema)}.{quoted(name)}"


def _fingerprint(source: Source, table: Table, settings: Settings) -> str:
    """Tell what decides on a file's rows beside its bytes: the contract of its table, seeds, whether it can hash."""
    has_addresses = settings.hash_key is not None and any(
        column.name == type_check.HASH_COLUMN for column in table.columns
    )
    told = read_vocabulary(settings).fingerprint(table, has_addresses=has_addresses, language=source.dialect.language)
    return f"{source.fingerprint(table)}-{told}" + ("+key" if settings.hash_key else "")


def _earlier_load(raw: Connection, source: Source, table: Table, content: Content) -> tuple[int, str | None] | None:
    """Give the newest load of the same bytes with the contract that it met."""
    there = columns_of(raw, "raw", source.schema, "_loads")
    if not there:
        return None
    contract = "contract" if "contract" in there else "null"
    row: tuple[int, str | None] | None = raw.execute(
        f"""
        select load_id, {contract}
        from {_relation(source, "_loads")}
        where table_name = ? and sha256 = ?
        order by load_id desc nulls last
        limit 1
        """,
        [table.name, content.sha256],
    ).fetchone()
    return row


def _with_what_is_open(known: Landed, raw: Connection, source: Source) -> Landed:
    """Add to a file that was loaded before what was rejected of it then, and is not settled."""
    if "rows_erased" not in columns_of(raw, "raw", source.schema, "_loads"):
        return known
    if "is_row_kept" not in columns_of(raw, "raw", source.schema, "_rejects"):
        return known
    rows, rejected = one_row(
        raw,
        f"""
        select
            (select rows_read - rows_erased from {_relation(source, "_loads")} where load_id = $load_id),
            (
                select count(*)
                from {_relation(source, "_rejects")}
                where load_id = $load_id and cleared_by_load_id is null and is_row_kept is not true
            )
        """,
        {"load_id": known.load_id},
    )
    if not rejected:
        return known
    groups = rejects.read_groups(raw, source.schema, "load_id = ? and cleared_by_load_id is null", [known.load_id])
    return replace(known, rows_read_before=rows or 0, rows_rejected_before=rejected, reject_groups=tuple(groups))


# Reading


def _read(
    raw: Connection,
    file: DataFile,
    source: Source,
    table: Table,
    settings: Settings,
    work: Path,
    watcher: Watcher,
    *,
    is_mended: bool,
) -> Incoming:
    """Read a file into the temporary table `incoming`, checked; without `r`, its rowid counts the rows from 0.

    Args:
        raw: the warehouse.
        file: the file.
        source: its source.
        table: the table that it is for.
        settings: for the key of e-mail addresses.
        work: a folder for a clean copy.
        watcher: is told what was found.
        is_mended: text is not to be read as it is, but by way of a clean copy.

    Raises:
        CxmartError: the file can't be read, or breaks the contract as a whole.
    """
    columns = {column.name: column for column in table.columns}
    known = {name.lower() for name in (*columns, *LOADER_COLUMNS, *FORMER_LOADER_COLUMNS)}
    for name, data_type in columns_of(raw, "raw", source.schema, table.name).items():
        if name.lower() not in known:
            columns[name] = Column(name, data_type.lower())
    reader = _Reader(raw, file, source, table, columns, settings, work, watcher, is_mended)
    if file.format == "parquet":
        return reader.parquet()
    if file.format == "sheet":
        return reader.sheet()
    return reader.json() if file.format == "jsonl" else reader.delimited()


@dataclass(frozen=True)
class _Counted:
    """What was counted of the rows of `incoming`, as Incoming has it; `placeholders` are nobody's addresses."""

    rows: int
    failed: int | None
    kept: int
    placeholders: int = 0
    moved: int = 0
    twice: int = 0


@dataclass(frozen=True)
class _Reader:
    """Reads one file into the temporary table `incoming`."""

    raw: Connection
    file: DataFile
    source: Source
    table: Table
    columns: dict[str, Column]
    settings: Settings
    work: Path
    watcher: Watcher
    is_mended: bool

    def parquet(self) -> Incoming:
        """Read a Parquet file."""
        try:
            scan = read_file.scan_parquet(self.raw, self.file)
            self.watcher.looked(Look([column.name for column in scan.columns]))
            return self._take(scan, self._match([column.name for column in scan.columns]))
        except duckdb.Error as error:
            raise read_file.explain_unreadable(self.file, error) from error

    def json(self) -> Incoming:
        """Read JSON lines: as they are if the engine can, else by way of a clean copy."""
        try:
            scan = None if self.is_mended else read_file.scan_json(self.raw, self.file)
            if scan is not None:
                self.watcher.looked(Look([column.name for column in scan.columns], "utf-8"))
                return self._take(scan, self._match([column.name for column in scan.columns]))
        except duckdb.Error as error:
            self._refuse_other(error)
        encoding = repair.find_encoding(self.file, self.source.dialect.encoding)
        if encoding == "utf-8":
            encoding = read_file.fallback_encoding(self.file, self.source.dialect)
        mended = repair.mend_json(self.file, encoding, self.table.let_through, self.work)
        if mended.broken and not mended.rows:
            raise CxmartError(
                f"{self.file} has no line that is a JSON object of at most {repair.LONGEST_RECORD:,} characters; "
                "write one object {…} a line"
            )
        self.watcher.looked(Look(mended.columns, encoding))
        return self._take_mended(mended, None, encoding, self._match(mended.columns, is_empty=not mended.rows))

    def delimited(self) -> Incoming:
        """Read delimited text: as it is if the engine can, else by way of a clean copy."""
        try:
            head = read_file.look(self.file, self.source.dialect, list(self.columns))
            self.watcher.looked(Look(head.names, head.encoding, head.delimiter))
            matching = self._match(head.names)
            if head.is_plain and not self.is_mended:
                return self._take(read_file.scan_delimited(self.file, head), matching)
        except duckdb.Error as error:
            self._refuse_other(error)
        encoding = head.encoding
        if encoding == "utf-8":
            encoding = read_file.fallback_encoding(self.file, self.source.dialect)
        kept = matching.needed(head.names)
        mended = repair.mend_delimited(self.file, encoding, head.delimiter, head.skipped, head.names, kept, self.work)
        return self._take_mended(mended, head.delimiter, encoding, matching)

    def sheet(self) -> Incoming:
        """Read a sheet of a workbook, by way of a copy."""
        with sheets.opened(self.file) as workbook:
            # Before it is read: that may be more than memory holds.
            odd = workbooks.find_oddities(self.file.path, self.file.sheet or "")
            sheet = workbook.get_sheet_by_name(self.file.sheet or "")
            head = sheets.look(sheet, self.file, list(self.columns))
            self.watcher.looked(Look(head.full_names))
            sheets.check_oddities(sheet, self.file, head, odd)
            matching = self._match(head.full_names)
            places = matching.needed(head.full_names)
            copy = sheets.write_copy(sheet, self.file, head, odd, places, self._typing(matching), self.work)
            # It is large, and the engine needs the room.
            del sheet
        delimiter = ";" if self.source.dialect.decimal == "comma" else ","
        incoming = self._take_all(sheets.scan_copy(copy, delimiter), self._match(copy.names), copy.rows)
        dropped = [*(name for name in matching.dropped if name not in copy.names), *incoming.dropped]
        above = (f"the header is in row {head.row + 1}; what stands above it is not read",)
        notes = (*incoming.notes, *above) if head.are_rows_above else incoming.notes
        return replace(incoming, dropped=tuple(dropped), notes=notes)

    def _typing(self, matching: Matching) -> sheets.Typing:
        declared = {place: self.columns[name] for name, place in matching.places.items() if name in self.columns}
        has_comma = self.source.dialect.decimal == "comma"
        return sheets.Typing(
            dates=frozenset(place for place, column in declared.items() if column.data_type == "date"),
            decimal_commas=frozenset(
                place for place, column in declared.items() if has_comma and type_check.is_of_numbers(column)
            ),
        )

    def _refuse_other(self, error: duckdb.Error) -> None:
        """Raise what is no fault of the file's text: no memory, no room."""
        explained = translate(error, self.file.path)
        if explained.exit_code is ExitCode.STORAGE:
            raise explained from error

    def _match(self, names: Sequence[str], *, is_empty: bool = False) -> Matching:
        has_hash_key = self.settings.hash_key is not None
        return type_check.match_columns(
            self.file, names, self.table, self.columns, has_hash_key=has_hash_key, is_empty=is_empty
        )

    def _take_all(self, scan: read_file.Scan, matching: Matching, rows: int) -> Incoming:
        """Take a copy of a file, of which so many rows were written."""
        try:
            incoming = self._take(scan, matching)
        except duckdb.Error as error:
            raise read_file.explain_unreadable(self.file, error) from error
        if incoming.rows != rows:
            raise CxmartError(
                f"{self.file}: {rows} records were found and {incoming.rows} read; nothing of it was loaded, please "
                "report this"
            )
        return incoming

    def _take_mended(
        self, mended: repair.Mended, delimiter: str | None, encoding: str, first_matching: Matching
    ) -> Incoming:
        matching = self._match(mended.columns, is_empty=not mended.rows)
        incoming = self._take_all(read_file.scan_mended(mended, delimiter), matching, mended.rows)
        in_words = repair.ENCODINGS_IN_WORDS[encoding]
        # What the clean copy does not hold, beside what it holds and what was dropped of that.
        dropped = [*(name for name in first_matching.dropped if name not in mended.columns), *incoming.dropped]
        return replace(
            incoming,
            broken=read_file.broken_records(mended) if mended.broken else None,
            notes=incoming.notes if encoding == "utf-8" else (*incoming.notes, f"read as {in_words}"),
            dropped=tuple(dropped),
        )

    def _take(self, scan: read_file.Scan, matching: Matching) -> Incoming:
        columns = dict(self.columns)
        names = [column.name for column in scan.columns]
        for name in matching.places:
            columns.setdefault(name, Column(name))
        if matching.hashed is not None:
            self._check_hash_key()
            if type_check.HASH_COLUMN not in {name.lower() for name in columns}:
                columns[type_check.HASH_COLUMN] = Column(type_check.HASH_COLUMN)
        projection = type_check.project(
            scan,
            matching,
            list(columns.values()),
            self.table,
            self.source.dialect,
            self.settings.hash_key,
            read_vocabulary(self.settings),
        )
        hides = suppression.are_listed(self.raw, self.source, self.table)
        is_view = self.file.format == "parquet" and not projection.parameters and not hides
        kind = "view" if is_view else "table"
        self.raw.execute(f"create or replace temp {kind} incoming as {projection.sql}", projection.parameters)
        erased = 0
        if hides:
            # While all are there: the texts of rows that fail are read in the same order.
            _list_failing(self.raw, "rowid")
            self.raw.execute(f"alter table {INCOMING} add column hides_text boolean default false")
            values = {name: f"v{number}" for number, name in enumerate(columns)}
            erased = suppression.hide(self.raw, INCOMING, self.source, self.table, values, self.settings)
        counted = self._count(projection, is_view=is_view)
        local_time = None
        if projection.local_time_sql:
            local_time = self.raw.execute(projection.local_time_sql, scan.parameters).fetchone()
        self.watcher.taken(self.raw, scan, matching)
        dropped = [*matching.dropped, *scan.dropped]
        notes: tuple[str, ...] = ()
        if matching.hashed is not None:
            dropped.remove(names[matching.hashed])
            notes = (f"{names[matching.hashed]} landed as {type_check.HASH_COLUMN}",)
            if counted.placeholders:
                addresses = (
                    "1 of them is" if counted.placeholders == 1 else f"{count(counted.placeholders)} of them are"
                )
                notes = (*notes, f"{addresses} nobody's (seed {PLACEHOLDERS}), and landed as none")
        elif self.settings.hash_key is None and (unhashed := private_columns.hashed_column(dropped)):
            notes = (f"{unhashed} would land as {type_check.HASH_COLUMN}, if CXMART_HASH_KEY were set",)
        return Incoming(
            columns=list(columns.values()),
            projection=projection,
            matching=matching,
            line=f"incoming.{read_file.ROW_COLUMN}" if scan.has_row else "incoming.rowid + 1",
            row_id=read_file.ROW_COLUMN if is_view else "rowid",
            rows=counted.rows + erased,
            rows_failed=counted.failed,
            rows_kept=counted.kept,
            rows_erased=erased,
            hides_text=hides,
            times_moved=counted.moved,
            times_twice=counted.twice,
            notes=notes,
            dropped=tuple(dropped),
            local_time=local_time,
        )

    def _count(self, projection: type_check.Projection, *, is_view: bool) -> _Counted:
        """Count the rows of `incoming`: all, those that failed, and what else is to be said of the others."""
        if is_view and not projection.has_local_times:
            (rows,) = one_row(self.raw, f"select count(*) from {INCOMING}")
            (kept,) = one_row(self.raw, projection.keeping_sql) if projection.keeping_sql else (0,)
            return _Counted(rows, None, kept)
        has_failed = f"coalesce(failed_check < {projection.first_keeping}, false)"
        sums = [f"coalesce(sum({name}) filter (not {has_failed}), 0)" for name in TIMES]
        placeholders = "count(*) filter (is_placeholder)" if projection.has_addresses else "0"
        rows, failed, kept, placeholders, moved, twice = one_row(
            self.raw,
            f"""
            select
                count(*),
                count(*) filter ({has_failed}),
                count(*) filter (failed_check >= {projection.first_keeping}),
                {placeholders},
                {", ".join(sums) if projection.has_local_times else "0, 0"}
            from {INCOMING}
            """,
        )
        return _Counted(rows, failed, kept, placeholders, int(moved), int(twice))

    def _check_hash_key(self) -> None:
        """Refuse another key than that of earlier loads: one person would get two hashes.

        Raises:
            CxmartError: it is another one.
        """
        if not columns_of(self.raw, "raw", "main", HASH_KEY_TABLE):
            return
        (known,) = one_row(self.raw, f"select max(fingerprint) from raw.main.{HASH_KEY_TABLE}")
        if known is not None and known != type_check.key_fingerprint(self.settings.hash_key or ""):
            raise CxmartError(
                f"{self.file} has e-mail addresses, and CXMART_HASH_KEY is another key than the one that earlier "
                "loads were hashed with; set that one, or move raw.duckdb away and load its files anew",
                ExitCode.USAGE,
            )


# Writing


@dataclass(frozen=True)
class _Writer:
    """Brings the rows of `incoming` into raw.duckdb. Runs within a transaction."""

    raw: Connection
    file: DataFile
    source: Source
    table: Table
    incoming: Incoming
    settings: Settings
    watcher: Watcher
    # As its YAML has it, without what is said of the file.
    declared: Source

    @property
    def _target(self) -> str:
        return _relation(self.source, self.table.name)

    @property
    def _rejects(self) -> str:
        return _relation(self.source, "_rejects")

    @property
    def _values(self) -> dict[str, str]:
        """The columns of the table with the names that `incoming` has for them."""
        return {column.name: f"v{number}" for number, column in enumerate(self.incoming.columns)}

    def write(self, content: Content, earlier_load_id: int | None, started: float) -> Landed:
        """Land what was read, and write the load down.

        Args:
            content: the bytes of the file.
            earlier_load_id: a load of the same bytes under another contract, which this one replaces.
            started: when the landing began, on the performance counter in seconds.
        """
        raw = self.raw
        _mark(raw)
        self._ensure_table()
        self._ensure_accounts()
        self._remember_hash_key()
        loads = _relation(self.source, "_loads")
        (load_id,) = one_row(raw, f"select coalesce(max(load_id), 0) + 1 from {loads}")
        given_way = 0
        if earlier_load_id is not None and not self.table.key:
            (given_way,) = one_row(raw, f"delete from {self._target} where _load_id = ?", [earlier_load_id])
        loaded_at = self.settings.now().replace(tzinfo=None)
        self._accept()
        rows_read = self.incoming.rows + self._count_broken()
        self.watcher.entered(Stage.COMPARING, rows_read)
        undated, reread = self._sort_out(earlier_load_id)
        conflicting, conflict = self._describe_conflicts()
        cleared = self._clear_rejects(load_id, earlier_load_id)
        (are_set_aside,) = one_row(raw, f"select count(*) from {SET_ASIDE}")
        without = f"anti join {SET_ASIDE} as set_aside on accepted.row_id = set_aside.row_id" if are_set_aside else ""
        # A file of empty objects has no column but the loader's.
        names = ", ".join(map(quoted, (*self._values, *LOADER_COLUMNS)))
        values = ", ".join((*self._values.values(), "?", "accepted.line", "?", "accepted.date_columns"))
        self.watcher.entered(Stage.WRITING, rows_read)
        (loaded,) = one_row(
            raw,
            f"""
            insert into {self._target} ({names})
            select {values}
            from {ACCEPTED} as accepted
            {without}
            """,
            [load_id, loaded_at],
        )
        duplicate, stale = one_row(
            raw, f"select count(*) filter (is_duplicate), count(*) filter (not is_duplicate) from {SET_ASIDE}"
        )
        erased = self.incoming.rows_erased
        rows_failed = self.incoming.rows_failed
        if rows_failed is None:
            rows_failed = self.incoming.rows - loaded - duplicate - stale
        rejected, values_rejected = self._reject(
            load_id, loaded_at, are_failed=rows_failed > 0 or self.incoming.rows_kept > 0
        )
        if rows_read != loaded + duplicate + stale + rejected + erased:
            raise CxmartError(
                f"{self.file}: of {rows_read} rows {loaded} were loaded, {duplicate} are duplicates, {stale} are "
                f"stale, {rejected} rejected and {erased} of erased persons, which does not add up; nothing of it was "
                "loaded, please report this"
            )
        landed = Landed(
            file=str(self.file),
            table=self.table.name,
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
            local_time=None if self.source.dialect.is_zone_said else self.incoming.local_time,
            values_rejected=values_rejected,
            conflict=conflict,
            rejects_cleared=cleared,
            times_moved=self.incoming.times_moved,
            times_twice=self.incoming.times_twice,
            dropped=self.incoming.dropped,
            let_through=tuple(self.incoming.matching.let_through),
            notes=self.incoming.notes,
            bytes=content.bytes,
            reject_groups=tuple(rejects.read_groups(raw, self.source.schema, "load_id = ?", [load_id]))
            if rejected or values_rejected
            else (),
            seconds=time.perf_counter() - started,
        )
        written: dict[str, object] = {
            "load_id": load_id,
            "table_name": landed.table,
            "file": landed.file,
            "sha256": content.sha256,
            "bytes": content.bytes,
            "rows_read": rows_read,
            "rows_loaded": loaded,
            "rows_duplicate": duplicate,
            "rows_stale": stale,
            "rows_rejected": rejected,
            "rows_erased": erased,
            "rows_undated_change": undated,
            "rows_conflicting": conflicting,
            "rows_reread": landed.rows_reread,
            "read_as": json.dumps(self._read_as),
            "values_rejected": values_rejected,
            "times_moved": landed.times_moved,
            "times_twice": landed.times_twice,
            "contract": _fingerprint(self.source, self.table, self.settings),
            "loaded_at": loaded_at,
            "seconds": landed.seconds,
        }
        raw.execute(
            f"insert into {loads} ({', '.join(written)}) values ({', '.join('?' * len(written))})",
            list(written.values()),
        )
        return landed

    def _accept(self) -> None:
        """Name the rows that meet the contract: `accepted` has row_id, line, date_columns and the values."""
        dates = "date_columns" if self.incoming.projection.has_dates else "cast(null as varchar) as date_columns"
        columns = [f"{self.incoming.row_id} as row_id", f"{self.incoming.line} as line", dates, *self._values.values()]
        self.raw.execute(
            f"""
            create or replace temp view accepted as
            select {", ".join(columns)}
            from {INCOMING}
            {"" if self.incoming.rows_failed == 0 else f"where {self._is_accepted}"}
            """
        )

    @property
    def _is_accepted(self) -> str:
        return f"(failed_check is null or failed_check >= {self.incoming.projection.first_keeping})"

    def _count_broken(self) -> int:
        if not self.incoming.broken:
            return 0
        (broken,) = one_row(
            self.raw, f"select count(*) from ({self.incoming.broken.sql})", self.incoming.broken.parameters
        )
        return int(broken)

    def _row_key(self, relation: str = "") -> str:
        """Write the key of a row as text; null where a part of it that must be there is not."""
        if not self.table.key:
            return "cast(null as varchar)"
        names = {name: f"{relation}.{value}" if relation else value for name, value in self._values.items()}
        parts = [names[name] for name in self.table.key]
        required = {column.name for column in self.table.columns if column.required}
        is_known = " and ".join(f"{names[name]} is not null" for name in self.table.key if name in required)
        text = f"cast(to_json([{', '.join(f'cast({part} as varchar)' for part in parts)}]) as varchar)"
        return f"case when {is_known or 'true'} then {text} end"

    def _clear_rejects(self, load_id: int, earlier_load_id: int | None) -> int:
        """Take the rejects as settled that this file is about: its own earlier ones, and those of keys that it has.

        A value that a row which stays was rejected of is settled only by a row that takes the place of that one.
        """
        (are_open,) = one_row(
            self.raw,
            f"select count(*) from {self._rejects} where table_name = ? and cleared_by_load_id is null",
            [self.table.name],
        )
        if not are_open:
            return 0
        (cleared,) = one_row(
            self.raw,
            f"""
            update {self._rejects}
            set cleared_by_load_id = ?
            where table_name = ? and cleared_by_load_id is null
                and (
                    list_contains(?, file) or load_id = ?
                    or (is_row_kept is not true and row_key in (select {self._row_key()} from {ACCEPTED}))
                    or row_key in (
                        select {self._row_key("accepted")}
                        from {ACCEPTED} as accepted
                        anti join (select row_id from {SET_ASIDE} where not is_duplicate) as set_aside
                            on accepted.row_id = set_aside.row_id
                    )
                )
            """,
            [load_id, self.table.name, self._names_of_file(), earlier_load_id],
        )
        return int(cleared)

    def _names_of_file(self) -> list[str]:
        """List how a load may have named this file: a person in its folder calls it so, and a scheduler otherwise."""
        path, named = self.file.path, str(self.file)
        behind = named.removeprefix(str(path))
        names = {named, f"{path.absolute()}{behind}"}
        if path.absolute().is_relative_to(Path.cwd()):
            names.add(f"{path.absolute().relative_to(Path.cwd())}{behind}")
        return sorted(names)

    def _reject(self, load_id: int, rejected_at: datetime, *, are_failed: bool) -> tuple[int, int]:
        """Keep what breaks the contract, with the reason: how many records, and how many values of others."""
        rejected, values = self._reject_failed(load_id, rejected_at) if are_failed else (0, 0)
        if self.incoming.broken:
            (broken,) = one_row(
                self.raw,
                f"""
                insert into {self._rejects} ({", ".join(REJECTS_COLUMNS)})
                select
                    $load_id, $table_name, $named_file, line, null, reason, null,
                    {"null" if self.incoming.hides_text else "nullif(text, '')"}, null, $rejected_at, null, false,
                    null
                from ({self.incoming.broken.sql})
                """,
                {
                    "load_id": load_id,
                    "table_name": self.table.name,
                    "named_file": str(self.file),
                    "rejected_at": rejected_at,
                    **self.incoming.broken.parameters,
                },
            )
            rejected += broken
        return int(rejected), values

    def _reject_failed(self, load_id: int, rejected_at: datetime) -> tuple[int, int]:
        """Keep what breaks the contract, as records or single values; the file is read once more for their texts."""
        projection = self.incoming.projection
        is_kept = f"failing.failed_check >= {projection.first_keeping}"
        if not self.incoming.hides_text:
            _list_failing(self.raw, self.incoming.row_id)
        self.raw.execute(
            f"create or replace temp table failed_texts as {projection.failures_sql}", projection.parameters
        )
        hides = "incoming.hides_text" if self.incoming.hides_text else "false"
        column_name, reason = self._names_of("fault.place"), self._reasons_of("fault")
        # A value that is told in a reason is no id, and may stay.
        more = f"""
            list_transform(failed_texts.more_faults, lambda f: {{
                'column_name': {self._names_of("f.place")},
                'reason': {self._reasons_of("f")},
                'value': case when not {hides} then f.value end,
                'rejects_row': f.place < {projection.first_keeping}
            }})
        """
        # Both are in the order of the file. Row ids begin elsewhere in a table that the open transaction has made. What
        # is wrong with a row that another one has replaced is settled by that. A value left out is a record of its own.
        self.raw.execute(
            f"""
            insert into {self._rejects} ({", ".join(REJECTS_COLUMNS)})
            select
                ?, ?, ?,
                {self.incoming.line},
                {column_name},
                {reason},
                case when not {hides} then fault.value end,
                case when not {hides} then failed_texts.failed_text end,
                {self._row_key("incoming")}, ?,
                case when {is_kept} and set_aside.row_id is not null then ? end,
                {is_kept},
                {more}
            from (select *, rowid - min(rowid) over () as place from temp.failing) as failing
            inner join (
                select
                    * exclude (faults),
                    unnest(case when failed_check >= {projection.first_keeping} then faults else faults[:1] end)
                        as fault,
                    case when failed_check < {projection.first_keeping} and len(faults) > 1 then faults[2:] end
                        as more_faults
                from (select *, rowid - min(rowid) over () as place from temp.failed_texts)
            ) as failed_texts
                on failing.place = failed_texts.place and failing.failed_check = failed_texts.failed_check
            inner join {INCOMING} as incoming on failing.row_id = incoming.{self.incoming.row_id}
            left join (select row_id from {SET_ASIDE} where not is_duplicate) as set_aside
                on failing.row_id = set_aside.row_id
            """,
            [load_id, self.table.name, str(self.file), rejected_at, load_id],
        )
        rejected, values = one_row(
            self.raw,
            f"""
            select count(*) filter (not is_row_kept), count(*) filter (is_row_kept)
            from {self._rejects}
            where load_id = ?
            """,
            [load_id],
        )
        return int(rejected), int(values)

    def _names_of(self, place: str) -> str:
        """Write the column of the check at a place."""
        return _one_of(place, [literal(check.column) for check in self.incoming.projection.checks])

    def _reasons_of(self, fault: str) -> str:
        """Write the reason of a fault."""
        reasons = [
            literal(check.reason) + (f" || ': ' || {fault}.value" if check.is_reason else "")
            for check in self.incoming.projection.checks
        ]
        return _one_of(f"{fault}.place", reasons)

    def _ensure_accounts(self) -> None:
        for name, columns in (("_loads", LOADS_COLUMNS), ("_rejects", REJECTS_COLUMNS)):
            relation = _relation(self.source, name)
            there = columns_of(self.raw, "raw", self.source.schema, name)
            if not there:
                definitions = ", ".join(f"{column} {data_type}" for column, data_type in columns.items())
                self.raw.execute(f"create table {relation} ({definitions})")
            for column, data_type in columns.items():
                if there and column not in there:
                    self.raw.execute(f"alter table {relation} add column {column} {data_type}")

    def _remember_hash_key(self) -> None:
        if self.incoming.matching.hashed is None or self.settings.hash_key is None:
            return
        self.raw.execute(f"create table if not exists raw.main.{HASH_KEY_TABLE} (fingerprint varchar)")
        self.raw.execute(
            f"""
            insert into raw.main.{HASH_KEY_TABLE}
            select ? where not exists (select * from raw.main.{HASH_KEY_TABLE})
            """,
            [type_check.key_fingerprint(self.settings.hash_key)],
        )

    def _ensure_table(self) -> None:
        """Make the raw table, or add the columns that it lacks."""
        declared = {column.name: column.data_type for column in self.incoming.columns}
        types = dict(self.raw.execute(f"select column_name, column_type from (describe {INCOMING})").fetchall())
        needed = {**{name: types[self._values[name]] for name in declared}, **LOADER_COLUMNS}
        existing = {
            name.lower(): data_type
            for name, data_type in columns_of(self.raw, "raw", self.source.schema, self.table.name).items()
        }
        if not existing:
            definitions = ", ".join(f"{quoted(name)} {data_type}" for name, data_type in needed.items())
            self.raw.execute(f"create schema if not exists raw.{quoted(self.source.schema)}")
            self.raw.execute(f"create table {self._target} ({definitions})")
            return
        for name in FORMER_LOADER_COLUMNS & existing.keys():
            self.raw.execute(f"alter table {self._target} drop column {quoted(name)}")
        for name, data_type in needed.items():
            there = existing.get(name.lower())
            if there is None:
                self.raw.execute(f"alter table {self._target} add column {quoted(name)} {data_type}")
            elif _is_widened(there.lower(), data_type.lower()):
                # As the loader writes a number in text.
                using = f" using {type_check.number_as_text(quoted(name))}" if data_type.lower() == "varchar" else ""
                self.raw.execute(
                    f"alter table {self._target} alter column {quoted(name)} set data type {data_type}{using}"
                )
            elif there.lower() != data_type.lower():
                raise CxmartError(
                    f"column {name} of {self.source.schema}.{self.table.name} is {there} in the warehouse, and now "
                    f"declared as {data_type}; move raw.duckdb away and load its files anew"
                )

    @property
    def _read_as(self) -> dict[str, object]:
        return self.source.dialect.readings(has_local_times=self.incoming.local_time is not None)

    def _sort_out(self, earlier_load_id: int | None) -> tuple[int, int]:
        """Find the accepted rows that are not to be loaded, and delete the rows of the table that newer ones replace.

        The rows set aside are listed in the temporary table `set_aside`. Of the rows of a key the one with the newest
        `updated_at` stays, a row without one being the oldest; where that does not decide, the later.

        Returns:
            How many rows differ from the one that stays, or replaced another, without a date that decides; and how many
            took the place of one that had been read in another way.
        """
        raw, values = self.raw, self._values
        raw.execute("create or replace temp table set_aside (row_id bigint, is_duplicate boolean, is_undated boolean)")
        raw.execute(
            "create or replace temp table conflicts (row_key varchar, line bigint, other_line bigint, names varchar[])"
        )
        if not self.table.key:
            return 0, 0
        version = values.get(VERSION_COLUMN)
        key = [values[name] for name in self.table.key]
        keys = ", ".join(key)
        newest_first = f"{version} desc nulls last, row_id desc" if version else "row_id desc"
        undated = 0
        # Keys that come once, mostly all, are not sorted; their hashes tell, or tell to look closer. Rows that fail are
        # looked at too where it would take longer to leave them out.
        looked_at = INCOMING if self.incoming.rows_failed is None else ACCEPTED
        (have_repeated,) = one_row(
            raw, f"select count(*) from (select 1 from {looked_at} group by hash({keys}) having count(*) > 1)"
        )
        if have_repeated:
            undated += self._sort_out_repeated(key, newest_first, version)
        (are_there,) = one_row(raw, f"select count(*) from (select 1 from {self._target} limit 1)")
        reread = 0
        if are_there:
            of_known, reread = self._sort_out_known(version, earlier_load_id)
            undated += of_known
        return undated, reread

    def _sort_out_repeated(self, key: list[str], newest_first: str, version: str | None) -> int:
        """Set aside the rows of the file that another row of the file has replaced; tell how many without a date."""
        raw, keys = self.raw, ", ".join(key)
        pairs = list(zip(key, key, strict=True))
        raw.execute(
            f"""
            create or replace temp table repeated as
            select older.*, row_number() over (partition by {keys} order by {newest_first} nulls last) as place
            from {ACCEPTED} as older
            semi join (select {keys} from {ACCEPTED} group by {keys} having count(*) > 1) as newer
                on {_equal("older", "newer", pairs)}
            """
        )
        every = [(value, value) for value in (*self._values.values(), "date_columns")]
        pairs_of_rows = f"""
            from temp.repeated as older
            inner join temp.repeated as newer on {_equal("older", "newer", pairs)} and newer.place = 1
            where older.place > 1
        """
        raw.execute(
            f"""
            insert into {SET_ASIDE}
            select
                older.row_id,
                {_equal("older", "newer", every)},
                {f"older.{version} is not distinct from newer.{version}" if version else "true"}
            {pairs_of_rows}
            """
        )
        differing = self._differing("older", "newer", self._values)
        raw.execute(
            f"""
            insert into {CONFLICTS}
            select {self._row_key("older")}, older.line, newer.line, {differing} as names
            {pairs_of_rows} and len({differing}) > 0
            """
        )
        (undated,) = one_row(raw, f"select count(*) from {SET_ASIDE} where is_undated and not is_duplicate")
        return int(undated)

    def _sort_out_known(self, version: str | None, earlier_load_id: int | None) -> tuple[int, int]:
        """Compare the others with the rows of the table that have their keys.

        A row of an earlier load of the same bytes is no version of its own but the same row, read in another way: it
        gives way, whatever was taken for its `updated_at`. So does a row that was read under settings of its file which
        hold no more; but a version of it that is older by the clocks of the files is older still.

        Returns:
            How many rows were undated, and how many took the place of one that had been read in another way.
        """
        raw, values = self.raw, self._values
        self._list_outdated(earlier_load_id)
        key_pairs = [(values[name], quoted(name)) for name in self.table.key]
        # By another order of days its key may have been another one.
        if earlier_load_id is not None:
            raw.execute(
                f"""
                delete from {self._target} as existing
                using {ACCEPTED} as incoming
                where existing._load_id = ? and incoming.line = existing._line
                    and not ({_equal("incoming", "existing", key_pairs)})
                """,
                [earlier_load_id],
            )
        dated, there = f"incoming.{version}", f"existing.{quoted(VERSION_COLUMN)}"
        clocks = (_clocks(dated, literal(self.source.dialect.timezone)), _clocks(there, "outdated.zone"))
        is_stale = f"""case
            when outdated.load_id is null then {_is_older(dated, there)}
            when outdated.is_of_other_days then false
            when outdated.zone is not null then {_is_older(*clocks)}
            else {_is_older(dated, there)}
        end"""
        is_stale = is_stale if version else "false"
        pairs = [(value, quoted(name)) for name, value in values.items()] + [("date_columns", "_date_columns")]
        differing = self._differing("incoming", "existing", {name: quoted(name) for name in values})
        raw.execute(
            f"""
            create or replace temp table met as
            select
                incoming.row_id,
                existing.rowid as existing_row_id,
                {_equal("incoming", "existing", pairs)} as is_duplicate,
                {is_stale} as is_stale,
                outdated.load_id is not null as is_reread,
                outdated.load_id is null
                    and {f"{dated} is not distinct from {there}" if version else "true"} as is_undated,
                case when outdated.load_id is null then {differing} else [] end as names,
                incoming.line,
                {self._row_key("incoming")} as row_key
            from {ACCEPTED} as incoming
            anti join {SET_ASIDE} as set_aside on incoming.row_id = set_aside.row_id
            inner join {self._target} as existing on {_equal("incoming", "existing", key_pairs)}
            left join {OUTDATED} as outdated on existing._load_id = outdated.load_id
            """
        )
        raw.execute(
            f"insert into {SET_ASIDE} select row_id, is_duplicate, false from temp.met where is_duplicate or is_stale"
        )
        raw.execute(
            f"""
            delete from {self._target}
            where rowid in (select existing_row_id from temp.met where not is_duplicate and not is_stale)
            """
        )
        raw.execute(f"insert into {CONFLICTS} select row_key, line, null, names from temp.met where len(names) > 0")
        undated, reread = one_row(
            raw,
            """
            select
                count(*) filter (is_undated and not is_duplicate),
                count(distinct row_id) filter (is_reread and not is_duplicate and not is_stale)
            from temp.met
            """,
        )
        return int(undated), int(reread)

    def _list_outdated(self, earlier_load_id: int | None) -> None:
        """List the loads whose rows were read in another way than their files would be now: the table `outdated`.

        `zone` is the other one that its times were read in, where it was another one; `is_of_other_days` says that days
        were read in another order. An earlier load of the same bytes is one that nothing else is known of.
        """
        raw = self.raw
        raw.execute(
            "create or replace temp table outdated (load_id bigint primary key, zone varchar, is_of_other_days boolean)"
        )
        found: list[tuple[int, str | None, bool]] = []
        loads = _relation(self.source, "_loads")
        for file, read_as, load_ids in raw.execute(
            f"""
            select file, read_as, list(load_id)
            from {loads}
            where table_name = ? and read_as is not null and load_id is distinct from ?
            group by file, read_as
            """,
            [self.table.name, earlier_load_id],
        ).fetchall():
            then = json.loads(read_as)
            file_dialect = dialects.of_file(self.declared, Path(file or ""), self.settings).dialect
            now = file_dialect.readings(has_local_times="timezone" in then)
            if then == now:
                continue
            zone = then["timezone"] if then.get("timezone") != now.get("timezone") else None
            orders = {then["date_order"], now["date_order"]}
            found += [(load_id, zone, len(orders - {"year_first"}) > 1) for load_id in load_ids]
        if earlier_load_id is not None:
            found.append((earlier_load_id, None, True))
        if found:
            raw.executemany(f"insert into {OUTDATED} values (?, ?, ?)", found)

    def _differing(self, incoming: str, other: str, names: Mapping[str, str]) -> str:
        """Write the list of the columns that no version of a row changes, and in which two rows differ.

        Args:
            incoming: what the rows of the file are called.
            other: what the rows that they are compared with are called.
            names: how those call each column.
        """
        fixed = [column for column in self.table.columns if column.is_fixed and column.name in self._values]
        found = []
        for column in fixed:
            ours, theirs = f"{incoming}.{self._values[column.name]}", f"{other}.{names[column.name]}"
            differs = f"{ours} <> {theirs}"
            if column.data_type == "timestamp":
                # One export may have more digits than another, or only the day.
                same_day = f"date_trunc('day', {ours}) = date_trunc('day', {theirs})"
                is_day = f"(date_trunc('day', {ours}) = {ours} or date_trunc('day', {theirs}) = {theirs})"
                same_second = f"date_trunc('second', {ours}) = date_trunc('second', {theirs})"
                differs += f" and not {same_second} and not ({same_day} and {is_day})"
            elif column.data_type in TEXT_TYPES:
                differs = f"trim({ours}) <> trim({theirs})"
            found.append(f"case when {differs} then {literal(column.name)} end")
        return f"list_filter([{', '.join(found)}], x -> x is not null)" if found else "cast([] as varchar[])"

    def _describe_conflicts(self) -> tuple[int, str]:
        """Tell how many rows gave way to one of the same key that is no version of the same thing, and which."""
        (rows,) = one_row(self.raw, f"select count(*) from {CONFLICTS}")
        if not rows:
            return 0, ""
        found = {name for (name,) in self.raw.execute(f"select distinct unnest(names) from {CONFLICTS}").fetchall()}
        row_key, line, other_line = one_row(
            self.raw, f"select row_key, line, other_line from {CONFLICTS} order by line, other_line nulls last limit 1"
        )
        names = ", ".join(column.name for column in self.table.columns if column.name in found)
        key = ", ".join(self.table.key)
        have, differ = ("1 row has", "differs") if rows == 1 else (f"{count(rows)} rows have", "differ")
        example = ", ".join(str(part) for part in json.loads(row_key)) if row_key else "none"
        other = f"line {other_line}" if other_line is not None else "an earlier file"
        return rows, (
            f"{have} the {key} of another row but {differ} in {names}: these are no versions of one row, and only one "
            f"row of each {key} stays (for example {shortened(example)} of line {line} and of {other}); give each its "
            f"own {key}, and load the file again"
        )


def _one_of(place: str, texts: Sequence[str], first: int = 0) -> str:
    """Write the text at a place, found by halves: a table of hundreds of columns has a thousand checks."""
    if len(texts) <= 1:
        return texts[0] if texts else "cast(null as varchar)"
    half = len(texts) // 2
    lower, upper = _one_of(place, texts[:half], first), _one_of(place, texts[half:], first + half)
    return f"case when {place} < {first + half} then {lower} else {upper} end"


def _is_widened(there: str, declared: str) -> bool:
    """Tell whether every value of a column's type is one of the type that is declared now."""
    if declared == "varchar":
        return there in {*value_forms.INTEGER_TYPES, "double"}
    return declared == "double" and there in value_forms.INTEGER_TYPES - {"bigint", "hugeint"}


def _is_older(one: str, other: str) -> str:
    """Write whether a time is older than another one; none is the oldest."""
    return f"coalesce({one} < {other}, {one} is null and {other} is not null)"


def _clocks(time_: str, zone: str) -> str:
    """Write what the clocks of a zone show at a time in UTC."""
    return f"timezone({zone}, timezone('UTC', {time_}))"


def _list_failing(raw: Connection, row_id: str) -> None:
    """List the rows of `incoming` that break the contract in the temporary table `failing`, in their order."""
    raw.execute(
        f"""
        create or replace temp table failing as
        select {row_id} as row_id, failed_check
        from {INCOMING}
        where failed_check is not null
        """
    )


def _equal(left: str, right: str, columns: Iterable[tuple[str, str]]) -> str:
    """Write the condition that two rows are equal in pairs of columns; null is equal to null."""
    return " and ".join(f"{left}.{ours} is not distinct from {right}.{theirs}" for ours, theirs in columns)
