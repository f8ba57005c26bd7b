"""Reading a file into the temporary table `incoming`: values in their types, what breaks the contract marked."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from cxmart.base.database import Connection, columns_of, one_row
from cxmart.base.errors import CxmartError, ExitCode, translate
from cxmart.base.formats import count
from cxmart.base.settings import Settings
from cxmart.contract import private_columns
from cxmart.contract.source_contract import LOADER_COLUMNS, Column, Source, Table
from cxmart.contract.vocabulary import PLACEHOLDERS, read_vocabulary
from cxmart.landing import (
    address_hash,
    match_columns,
    read_file,
    read_value,
    repair,
    sheets,
    suppression,
    type_check,
    workbooks,
)
from cxmart.landing.accounts import HASH_KEY_TABLE
from cxmart.landing.files import DataFile
from cxmart.landing.landed import Look, Watcher
from cxmart.landing.match_columns import Matching

INCOMING = "temp.incoming"
# How many times of a row did not exist or came twice.
TIMES = ("times_moved", "times_twice")


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


def read_into_incoming(
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
    known = {name.lower() for name in (*columns, *LOADER_COLUMNS)}
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
                place for place, column in declared.items() if has_comma and read_value.is_of_numbers(column)
            ),
        )

    def _refuse_other(self, error: duckdb.Error) -> None:
        """Raise what is no fault of the file's text: no memory, no room."""
        explained = translate(error, self.file.path)
        if explained.exit_code is ExitCode.STORAGE:
            raise explained from error

    def _match(self, names: Sequence[str], *, is_empty: bool = False) -> Matching:
        has_hash_key = self.settings.hash_key is not None
        return match_columns.match_columns(
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
            if match_columns.HASH_COLUMN not in {name.lower() for name in columns}:
                columns[match_columns.HASH_COLUMN] = Column(match_columns.HASH_COLUMN)
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
            list_failing(self.raw, "rowid")
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
            notes = (f"{names[matching.hashed]} landed as {match_columns.HASH_COLUMN}",)
            if counted.placeholders:
                addresses = (
                    "1 of them is" if counted.placeholders == 1 else f"{count(counted.placeholders)} of them are"
                )
                notes = (*notes, f"{addresses} nobody's (seed {PLACEHOLDERS}), and landed as none")
        elif self.settings.hash_key is None and (unhashed := private_columns.hashed_column(dropped)):
            notes = (f"{unhashed} would land as {match_columns.HASH_COLUMN}, if CXMART_HASH_KEY were set",)
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
        if known is not None and known != address_hash.key_fingerprint(self.settings.hash_key or ""):
            raise CxmartError(
                f"{self.file} has e-mail addresses, and CXMART_HASH_KEY is another key than the one that earlier "
                "loads were hashed with; set that one, or move raw.duckdb away and load its files anew",
                ExitCode.USAGE,
            )


def list_failing(raw: Connection, row_id: str) -> None:
    """List the rows of `incoming` that break the contract in the temporary table `failing`, in their order."""
    raw.execute(
        f"""
        create or replace temp table failing as
        select {row_id} as row_id, failed_check
        from {INCOMING}
        where failed_check is not null
        """
    )
