"""Publishing to a PostgreSQL server: what marts.duckdb and marts_people.duckdb hold, as schemas of the same names.

All of a publication is brought over in one transaction. Rows are copied into temporary tables through ADBC: those that
differ from the kept version that the server has, or all of a table where that can't be told. Then the rows that are no
more are deleted and the new ones inserted. So a table stays the same object, with the rights on it and the views that
others made of it; readers see the old rows until the commit, at every isolation level, and wait for nothing. Only a
table whose columns changed is locked (docs/postgresql.md).
"""

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import duckdb

from cxmart.base.database import Connection, attach, one_row, opened, quoted
from cxmart.base.errors import CxmartError, ExitCode
from cxmart.base.settings import Settings
from cxmart.publish import versions
from cxmart.publish.postgres_cleanup import clean_up
from cxmart.publish.postgres_roles import READERS
from cxmart.publish.postgres_rows import keys_of_changes, pair_same_rows, temporary
from cxmart.publish.postgres_server import Server, connected, remember
from cxmart.publish.postgres_tables import ServerTables, dependents_named, join_columns
from cxmart.publish.published_tables import Column, Relation, relations_of

# Held by whoever publishes to a database; the number is this project's own.
ADVISORY_LOCK = 4_711_299_792_458

ROWS_A_BATCH = 50_000

# Where a publication lists its tables, and what the views are called that become tables here.
LIST_TABLE = "publication_tables"
# What a kept version is called beside the published file that it is compared with.
EARLIER = "earlier"
WIDE = re.compile(r'"kpi_[a-z]+_wide"$')


@dataclass(frozen=True)
class Copied:
    """What publishing changed: where, which publication, the rows of each table (by schema.table), and how long.

    `seconds` counts all, `locked_seconds` how long tables whose columns changed were locked for readers.
    """

    server: str
    run_id: str
    row_counts: dict[str, int]
    rows_deleted: int
    rows_inserted: int
    tables_dropped: tuple[str, ...]
    seconds: float
    locked_seconds: float


@dataclass
class _Changes:
    """What has been done so far within the transaction."""

    deleted: int = 0
    inserted: int = 0
    changed: list[str] = field(default_factory=list)
    row_counts: dict[str, int] = field(default_factory=dict)


def copy(settings: Settings, url: str) -> Copied:
    """Bring what is published in the two files to a server, in one transaction.

    Args:
        settings: where the published files are.
        url: the address, without a password.

    Returns:
        What was changed.

    Raises:
        CxmartError: nothing is published, the files are not of one publication, the server can't be reached or is not
            prepared, or something depends on what is no longer published. Nothing is changed then.
    """
    started = time.monotonic()
    files = {"marts": settings.marts_file, "marts_people": settings.people_file}
    with connected(url) as server:
        _check_prepared(server)
        with _published(files, settings) as (opened_files, run_id):
            relations = [relation for schema, file in opened_files.items() for relation in relations_of(file, schema)]
            work = _Publication(server, relations, opened_files)
            work.find_earlier(settings)
            for relation in relations:
                work.stage(relation)
            remember(settings, url)
            dropped = work.apply()
    clean_up(url, [*work.changes.changed])
    return Copied(
        server=server.shown,
        run_id=run_id,
        row_counts=work.changes.row_counts,
        rows_deleted=work.changes.deleted,
        rows_inserted=work.changes.inserted,
        tables_dropped=tuple(dropped),
        seconds=time.monotonic() - started,
        locked_seconds=work.locked_seconds,
    )


@contextmanager
def _published(files: dict[str, Path], settings: Settings) -> Iterator[tuple[dict[str, Connection], str]]:
    """Open the published files, which are of one publication, and tell its run id."""
    for path in files.values():
        if not path.exists():
            raise CxmartError(f"{path} does not exist; run `cxmart publish` first", ExitCode.WAREHOUSE)
    with (
        opened(files["marts"], settings, read_only=True) as marts,
        opened(files["marts_people"], settings, read_only=True) as people,
    ):
        run_ids = [one_row(file, "select run_id from main.publication")[0] for file in (marts, people)]
        if run_ids[0] != run_ids[1]:
            raise CxmartError(
                f"{files['marts'].name} is of run {run_ids[0]} and {files['marts_people'].name} of {run_ids[1]}; "
                "a publication was cut short: run `cxmart publish` again",
                ExitCode.WAREHOUSE,
            )
        yield {"marts": marts, "marts_people": people}, str(run_ids[0])


def _check_prepared(server: Server) -> None:
    there = {row[0] for row in server.rows("select nspname::text from pg_namespace where nspname like 'marts%'")}
    missing = [schema for schema in READERS if schema not in there]
    if missing:
        raise CxmartError(
            f"{server.shown} has no schema {missing[0]}; prepare it once with: cxmart publish --init --to …",
            ExitCode.WAREHOUSE,
        )
    if not server.value(f"select pg_try_advisory_xact_lock({ADVISORY_LOCK})"):
        raise CxmartError(
            f"another process publishes to {server.shown}; wait until it has finished, and run it again",
            ExitCode.RUNNING,
        )


@dataclass
class _Publication:
    """Brings the tables of the published files, by schema, to a server. Runs within one transaction.

    `earlier` names the tables of the kept version that the server has, by schema, and tells of each whether it is the
    same now; without such a version it is empty. `by_difference` are the tables of which only changes are staged.
    """

    server: Server
    relations: Sequence[Relation]
    files: Mapping[str, Connection]
    earlier: dict[str, dict[str, bool]] = field(default_factory=dict)
    by_difference: set[str] = field(default_factory=set)
    changes: _Changes = field(default_factory=_Changes)
    locked_seconds: float = 0.0

    @cached_property
    def tables(self) -> ServerTables:
        """The tables on the server."""
        return ServerTables(self.server)

    def find_earlier(self, settings: Settings) -> None:
        """Attach the kept version that the server has, where both say the same of what it holds."""
        for schema, file in self.files.items():
            found = self._attach_earlier(schema, file, settings)
            if found is None:
                self.earlier.clear()
                return
            self.earlier[schema] = found

    def _attach_earlier(self, schema: str, file: Connection, settings: Settings) -> dict[str, bool] | None:
        """Attach the kept file of a schema to the published one; name its tables, and tell which are the same."""
        publication, tables = f'{quoted(schema)}."publication"', f"{quoted(schema)}.{quoted(LIST_TABLE)}"
        told = {"run_id", "version"} <= self.tables.there.get(publication, {}).keys()
        if not told or not {"table_name", "row_count", "checksum"} <= self.tables.there.get(tables, {}).keys():
            return None
        said = self.server.rows(f"select run_id, version from {publication}")
        # The name becomes a path.
        if len(said) != 1 or not versions.NAME.fullmatch(said[0][1] or ""):
            return None
        listed = "select table_name, row_count, checksum from"
        try:
            attach(file, settings.versions_folder / said[0][1] / f"{schema}.duckdb", EARLIER)
            is_it = file.execute(f"select run_id, version from {EARLIER}.main.publication").fetchall() == said
            held = set(file.execute(f"{listed} {EARLIER}.main.{LIST_TABLE}").fetchall())
        except (CxmartError, duckdb.Error):
            return None  # it is no longer kept, or damaged
        if not is_it or held != set(self.server.rows(f"{listed} {tables}")):
            return None
        now = set(file.execute(f"{listed} main.{LIST_TABLE}").fetchall())
        return {table[0]: table in now for table in held}

    def stage(self, relation: Relation) -> None:
        """Copy a table, or what changed in it, into temporary tables of the server."""
        if not self._can_compare(relation):
            self._stage_all(relation)
            return
        self.by_difference.add(relation.target)
        if self.earlier[relation.schema][relation.name]:
            return
        now, earlier = f"main.{quoted(relation.name)} as now", f"{EARLIER}.main.{quoted(relation.name)} as earlier"
        same = " and ".join(
            f"now.{quoted(column.name)} is not distinct from earlier.{quoted(column.name)}"
            for column in relation.columns
        )
        keys = [column for column in relation.columns if column.name in relation.key]
        self._copy_in(relation, relation.staged, relation.columns, f"{now} anti join {earlier} on {same}")
        self._copy_in(relation, relation.gone, keys, f"{earlier} anti join {now} on {same}")

    def _can_compare(self, relation: Relation) -> bool:
        """Tell whether what changed in a table can be found by its key, in the file and on the server."""
        if not relation.key or relation.target not in self.tables.there or self.tables.is_reshaped(relation):
            return False
        if relation.name not in self.earlier.get(relation.schema, ()):
            return False
        shapes = [
            self.files[relation.schema].execute(f"describe {place}main.{quoted(relation.name)}").fetchall()
            for place in ("", f"{EARLIER}.")
        ]
        return shapes[0] == shapes[1]

    def _stage_all(self, relation: Relation) -> None:
        source = f"main.{quoted(relation.name)}"
        copied = self._copy_in(relation, relation.staged, relation.columns, source)
        if copied != relation.rows:
            raise CxmartError(f"{relation.target}: {copied} rows were copied of {relation.rows}; nothing was published")

    def _copy_in(self, relation: Relation, staged: str, columns: Sequence[Column], source: str) -> int:
        """Make a temporary table of columns, and copy into it what stands behind a `from`; tell how many rows."""
        definitions = ", ".join(f"{quoted(column.name)} {column.data_type}" for column in columns)
        self.server.run(f"create temporary table {quoted(staged)} ({definitions})")
        # The server's text can't hold the character 0.
        chosen = ", ".join(
            f"replace({quoted(column.name)}, chr(0), '') as {quoted(column.name)}"
            if column.data_type == "text"
            else quoted(column.name)
            for column in columns
        )
        reader = self.files[relation.schema].execute(f"select {chosen} from {source}").to_arrow_reader(ROWS_A_BATCH)
        copied = self.server.copy_in(staged, reader)
        self.server.run(f"analyze {temporary(staged)}")
        return copied

    def apply(self) -> list[str]:
        """Make the tables be what is staged, and commit; list the tables that are no more.

        Raises:
            CxmartError: something depends on a table or column that is no more, or a reader did not let go of one.
        """
        wanted = {relation.target for relation in self.relations}
        dropped = sorted((self._published_before() & set(self.tables.there)) - wanted)
        reshaped = [relation for relation in self.relations if self.tables.is_reshaped(relation)]
        new = [relation for relation in self.relations if relation.target not in self.tables.there]
        locked_from = time.monotonic()
        if reshaped or dropped:
            self.tables.lock([*(relation.target for relation in reshaped), *dropped])
            locked_from = time.monotonic()
        with dependents_named():
            for target in dropped:
                self.server.run(f"drop table {target}")
            for relation in reshaped:
                self.tables.reshape(relation)
        for relation in new:
            self.tables.create(relation)
        for relation in self.relations:
            self._replace_rows(relation)
        joined = join_columns(self.relations)
        for relation in self.relations:
            self.tables.ensure_key(relation)
            self.tables.ensure_indexes(relation, joined)
        self.tables.describe(self.relations)
        for relation in self.relations:
            if relation.target in self.changes.changed:
                self.server.run(f"analyze {relation.target}")
        self.server.commit()
        if reshaped or dropped:
            self.locked_seconds = time.monotonic() - locked_from
        return [target.replace('"', "") for target in dropped]

    def _published_before(self) -> set[str]:
        """Tell what the last publication brought, by its own list and the names of wide tables; the rest stays."""
        found = set()
        for schema in READERS:
            if f"{quoted(schema)}.{quoted(LIST_TABLE)}" in self.tables.there:
                names = [name for (name,) in self.server.rows(f"select table_name from {schema}.{LIST_TABLE}")]
                found |= {f"{quoted(schema)}.{quoted(name)}" for name in names}
        return found | {target for target in self.tables.there if WIDE.search(target)}

    def _replace_rows(self, relation: Relation) -> None:
        target = relation.target
        deleted, inserted = self._bring_over(relation)
        rows = self.server.value(f"select count(*) from {target}")
        if rows != relation.rows and target in self.by_difference:
            # It was not what had been published: somebody else wrote to it.
            self.by_difference.remove(target)
            self.server.run(f"drop table if exists {temporary(relation.staged)}")
            self._stage_all(relation)
            more_deleted, more_inserted = self._bring_over(relation)
            deleted, inserted = deleted + more_deleted, inserted + more_inserted
            rows = self.server.value(f"select count(*) from {target}")
        if rows != relation.rows:
            raise CxmartError(
                f"{target} would have {rows} rows on the server and has {relation.rows} in the file; nothing was "
                "published there, please report this"
            )
        self.changes.row_counts[f"{relation.schema}.{relation.name}"] = rows
        self.changes.deleted += deleted
        self.changes.inserted += inserted
        if deleted or inserted:
            self.changes.changed.append(target)

    def _bring_over(self, relation: Relation) -> tuple[int, int]:
        """Make a table have the rows that are staged, or that have changed; tell how many were deleted and inserted."""
        target, staged = relation.target, temporary(relation.staged)
        names = ", ".join(quoted(column.name) for column in relation.columns)
        if target in self.by_difference:
            if self.earlier[relation.schema][relation.name]:
                return 0, 0
            deleted = self.server.run(f"delete from {target} as old using {keys_of_changes(relation)}")
            return deleted, self.server.run(f"insert into {target} ({names}) select {names} from {staged}")
        if target not in self.tables.there:
            return 0, self.server.run(f"insert into {target} ({names}) select {names} from {staged}")
        same = pair_same_rows(relation)
        deleted = self.server.run(
            f"delete from {target} where ctid in ("
            f"select old.row_id from {same.old} left join {same.new} on {same.condition} where new.row_id is null)"
        )
        inserted = self.server.run(
            f"insert into {target} ({names}) select {names} from {staged} where ctid in ("
            f"select new.row_id from {same.new} left join {same.old} on {same.condition} where old.row_id is null)"
        )
        return deleted, inserted
