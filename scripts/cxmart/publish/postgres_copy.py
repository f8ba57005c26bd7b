"""Publishing to a PostgreSQL server: what marts.duckdb and marts_people.duckdb hold, as schemas of the same names.

All of a publication is brought over in one transaction. Rows are copied into temporary tables through ADBC: those that
differ from the kept version that the server has, or all of a table where that can't be told. Then the rows that are no
more are deleted and the new ones inserted. So a table stays the same object, with the rights on it and the views that
others made of it; readers see the old rows until the commit, at every isolation level, and wait for nothing. Only a
table whose columns changed is locked (docs/postgresql.md).
"""

import hashlib
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import yaml

from cxmart.base.database import Connection, attach, literal, one_row, opened, quoted
from cxmart.base.errors import CxmartError, ExitCode
from cxmart.base.settings import Settings
from cxmart.publish import versions
from cxmart.publish.postgres_server import DEPENDED_ON, NO_RIGHT, RefusedError, Server, connected, remember

# The schemas with the role that reads each; who may read about people may read the rest too.
READERS = {"marts": "cxmart_reader", "marts_people": "cxmart_people_reader"}

# Held by whoever publishes to a database; the number is this project's own.
ADVISORY_LOCK = 4_711_299_792_458

# A reader that waits for a second has the server look for a deadlock, and may be ended for it. A lock is asked for
# shorter than that, again and again.
LOCK_MILLISECONDS = 800
LOCK_PAUSE_SECONDS = 1.0
LOCK_PATIENCE_SECONDS = 600.0

ROWS_A_BATCH = 50_000
LONGEST_NAME = 63

STATISTICS = "pg_catalog.pg_statistic"

# Where a publication lists its tables, and what the views are called that become tables here.
LIST_TABLE = "publication_tables"
# What a kept version is called beside the published file that it is compared with.
EARLIER = "earlier"
WIDE = re.compile(r'"kpi_[a-z]+_wide"$')

TYPES = {
    "boolean": "boolean",
    "tinyint": "smallint",
    "smallint": "smallint",
    "integer": "integer",
    "bigint": "bigint",
    "float": "real",
    "double": "double precision",
    "varchar": "text",
    "date": "date",
    "timestamp": "timestamp without time zone",
    "timestamp with time zone": "timestamp with time zone",
}
DECIMAL = re.compile(r"decimal\((\d+),(\d+)\)")


@dataclass(frozen=True)
class Column:
    """A column of a table on the server: its name, its type as the server writes it, and what it means."""

    name: str
    data_type: str
    comment: str | None


@dataclass(frozen=True)
class Relation:
    """A table to be published, as the file has it. `key` is its grain, empty where none is declared.

    `key_has_nulls` says that a column of the key is null in some row, `rows` how many there are.
    """

    schema: str
    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    key_has_nulls: bool
    comment: str | None
    rows: int

    @property
    def target(self) -> str:
        """Its name on the server."""
        return f"{quoted(self.schema)}.{quoted(self.name)}"

    @property
    def staged(self) -> str:
        """The temporary table that its rows are copied into."""
        return _short(f"{self.schema}.{self.name}")

    @property
    def gone(self) -> str:
        """The temporary table of the keys of rows that are no more what they were."""
        return _short(f"gone from {self.schema}.{self.name}")


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


# Making the schemas and roles


def init(url: str) -> list[str]:
    """Make the two schemas and the two read-only roles on a server, where they are missing.

    Args:
        url: the address, without a password; its user becomes the one who publishes.

    Returns:
        What was made, in words.

    Raises:
        CxmartError: the server can't be reached, or the user may not.
    """
    with connected(url) as server:
        made = [f"role {role}" for role in READERS.values() if _make_role(server, role)]
        for schema, role in READERS.items():
            if _make_schema(server, schema):
                made.append(f"schema {schema}")
            server.run(f"revoke all on schema {schema} from public")
            server.run(f"grant usage on schema {schema} to {role}")
            server.run(f"grant select on all tables in schema {schema} to {role}")
            server.run(f"alter default privileges in schema {schema} grant select on tables to {role}")
        if not server.value(f"select pg_has_role('{READERS['marts_people']}', '{READERS['marts']}', 'member')"):
            server.run(f"grant {READERS['marts']} to {READERS['marts_people']}")
        server.commit()
    return made


def _make_role(server: Server, role: str) -> bool:
    if server.rows(f"select 1 from pg_roles where rolname = '{role}'"):
        return False
    try:
        server.run(f"create role {role} nologin")
    except RefusedError as error:
        if error.state != NO_RIGHT:
            raise
        raise CxmartError(
            f"{server.shown}: the user may not make roles; have an administrator run: "
            + "; ".join(f"create role {name} nologin" for name in READERS.values())
            + f"; grant {READERS['marts']} to {READERS['marts_people']}",
            ExitCode.STORAGE,
        ) from error
    return True


def _make_schema(server: Server, schema: str) -> bool:
    owners = server.rows(
        f"""
        select pg_get_userbyid(nspowner)::text, pg_has_role(current_user, nspowner, 'usage')
        from pg_namespace
        where nspname = '{schema}'
        """
    )
    if not owners:
        server.run(f"create schema {schema}")
        return True
    ((owner, is_ours),) = owners
    if not is_ours:
        raise CxmartError(
            f"{server.shown}: schema {schema} belongs to {owner}; publish as {owner}, or to another database",
            ExitCode.WAREHOUSE,
        )
    return False


# Reading what is to be published


def keys_of(project_root: Path) -> dict[str, tuple[str, ...]]:
    """Read the grain of each mart where it is declared: the test `unique` of a column, or `unique_combination`.

    Returns:
        The columns that identify a row, by table; tables that declare none are left out.
    """
    keys: dict[str, tuple[str, ...]] = {}
    for path in sorted((project_root / "models" / "marts").rglob("*.yml")):
        # Unit tests are by far the most of a file.
        declared, _, _ = path.read_text(encoding="utf-8").partition("\nunit_tests:")
        for model in yaml.load(declared, Loader=yaml.CSafeLoader).get("models") or []:
            columns = _key_of(model)
            if columns:
                keys[_alias(path.with_name(f"{model['name']}.sql"), model["name"])] = columns
    return keys


def _key_of(model: dict[str, Any]) -> tuple[str, ...]:
    for test in model.get("data_tests") or []:
        if isinstance(test, dict) and "unique_combination" in test:
            return tuple(test["unique_combination"]["arguments"]["columns"])
    for column in model.get("columns") or []:
        if any("unique" in ([test] if isinstance(test, str) else test) for test in column.get("data_tests") or []):
            return (str(column["name"]),)
    return ()


def _alias(model_file: Path, name: str) -> str:
    """Tell what the table of a model is called."""
    found = re.search(r"""alias\s*=\s*["'](\w+)["']""", model_file.read_text(encoding="utf-8"))
    return found.group(1) if found else name


def relations_of(file: Connection, schema: str, keys: dict[str, tuple[str, ...]]) -> list[Relation]:
    """List what a published file holds, tables and views.

    Args:
        file: the open file.
        schema: the schema that it becomes on the server.
        keys: the grain of each table.

    Raises:
        CxmartError: a column has a type that the server has no match for.
    """
    listed = file.execute(
        """
        select table_name, comment, false from duckdb_tables()
        where database_name = current_database() and schema_name = 'main' and not internal
        union all
        select view_name, comment, true from duckdb_views()
        where database_name = current_database() and schema_name = 'main' and not internal
        order by 1 nulls last
        """
    ).fetchall()
    return [_relation(file, schema, name, comment, is_view, keys.get(name, ())) for name, comment, is_view in listed]


def _relation(
    file: Connection, schema: str, name: str, comment: str | None, is_view: bool, key: tuple[str, ...]
) -> Relation:
    columns = tuple(
        Column(column, _server_type(data_type, f"{name}.{column}"), column_comment)
        for column, data_type, column_comment in file.execute(
            """
            select column_name, data_type, comment
            from duckdb_columns()
            where database_name = current_database() and schema_name = 'main' and table_name = ?
            order by column_index nulls last
            """,
            [name],
        ).fetchall()
    )
    names = [column.name for column in columns]
    if is_view:
        # The wide ones: a row a period.
        key = ("period_start_at",) if "period_start_at" in names else ("period_start",)
    if not set(key) <= set(names):
        key = ()
    is_null = " or ".join(f"{quoted(column)} is null" for column in key) or "false"
    rows, nulls = one_row(file, f"select count(*), count(*) filter (where {is_null}) from main.{quoted(name)}")
    return Relation(schema, name, columns, key, bool(nulls), comment, rows)


def _server_type(data_type: str, where: str) -> str:
    plain = data_type.lower()
    if plain.endswith("[]"):
        return f"{_server_type(plain[:-2], where)}[]"
    if found := DECIMAL.fullmatch(plain):
        return f"numeric({found.group(1)},{found.group(2)})"
    if plain not in TYPES:
        raise CxmartError(
            f"column {where} is {data_type}, which has no match in PostgreSQL; nothing was published there"
        )
    return TYPES[plain]


# Publishing


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
    keys = keys_of(settings.project_root)
    files = {"marts": settings.marts_file, "marts_people": settings.people_file}
    with connected(url) as server:
        _check_prepared(server)
        with _published(files, settings) as (opened_files, run_id):
            relations = [
                relation for schema, file in opened_files.items() for relation in relations_of(file, schema, keys)
            ]
            work = _Publication(server, relations, opened_files)
            work.find_earlier(settings)
            for relation in relations:
                work.stage(relation)
            remember(settings, url)
            dropped = work.apply()
    _clean_up(url, [*work.changes.changed])
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
    def there(self) -> dict[str, dict[str, str]]:
        """The columns with their types of each table of the two schemas, by its full name."""
        tables: dict[str, dict[str, str]] = {
            f"{quoted(schema)}.{quoted(name)}": {}
            for schema, name in self.server.rows(
                f"""
                select n.nspname::text, c.relname::text
                from pg_class as c inner join pg_namespace as n on c.relnamespace = n.oid
                where n.nspname in ({_schemas()}) and c.relkind = 'r' and c.relowner = current_user::regrole
                """
            )
        }
        for schema, name, column, data_type in self.server.rows(
            f"""
            select n.nspname::text, c.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod)
            from pg_attribute as a
            inner join pg_class as c on a.attrelid = c.oid
            inner join pg_namespace as n on c.relnamespace = n.oid
            where n.nspname in ({_schemas()}) and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped
            order by a.attnum
            """
        ):
            tables.get(f"{quoted(schema)}.{quoted(name)}", {})[column] = data_type
        return tables

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
        told = {"run_id", "version"} <= self.there.get(publication, {}).keys()
        if not told or not {"table_name", "row_count", "checksum"} <= self.there.get(tables, {}).keys():
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
        if not relation.key or relation.target not in self.there or self._is_reshaped(relation):
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
        self.server.run(f"analyze {_temporary(staged)}")
        return copied

    def apply(self) -> list[str]:
        """Make the tables be what is staged, and commit; list the tables that are no more.

        Raises:
            CxmartError: something depends on a table or column that is no more, or a reader did not let go of one.
        """
        wanted = {relation.target for relation in self.relations}
        dropped = sorted((self._published_before() & set(self.there)) - wanted)
        reshaped = [relation for relation in self.relations if self._is_reshaped(relation)]
        new = [relation for relation in self.relations if relation.target not in self.there]
        locked_from = time.monotonic()
        if reshaped or dropped:
            self._lock([*(relation.target for relation in reshaped), *dropped])
            locked_from = time.monotonic()
        with _dependents_named():
            for target in dropped:
                self.server.run(f"drop table {target}")
            for relation in reshaped:
                self._reshape(relation)
        for relation in new:
            self._create(relation)
        for relation in self.relations:
            self._replace_rows(relation)
        joined = _join_columns(self.relations)
        for relation in self.relations:
            self._ensure_key(relation)
            self._ensure_indexes(relation, joined)
        self._describe()
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
            if f"{quoted(schema)}.{quoted(LIST_TABLE)}" in self.there:
                names = [name for (name,) in self.server.rows(f"select table_name from {schema}.{LIST_TABLE}")]
                found |= {f"{quoted(schema)}.{quoted(name)}" for name in names}
        return found | {target for target in self.there if WIDE.search(target)}

    # Columns

    def _is_reshaped(self, relation: Relation) -> bool:
        there = self.there.get(relation.target)
        if there is None:
            return False
        wanted = {column.name: column.data_type for column in relation.columns}
        lacks_key = bool(relation.key) and relation.target not in self._keys
        return there != wanted or lacks_key or self._has_other_key(relation)

    def _lock(self, targets: Sequence[str]) -> None:
        """Keep readers out of tables that change their shape, all at once, or let go of all and try again."""
        deadline = time.monotonic() + LOCK_PATIENCE_SECONDS
        self.server.run(f"set local statement_timeout = {LOCK_MILLISECONDS}")
        while not self._try_lock(targets):
            if time.monotonic() > deadline:
                raise CxmartError(
                    f"{self.server.shown}: a long query or an open transaction of a reader kept the tables whose "
                    f"columns change busy for {LOCK_PATIENCE_SECONDS:.0f} s; nothing was changed, end it and publish "
                    "again",
                    ExitCode.RUNNING,
                )
            time.sleep(LOCK_PAUSE_SECONDS)
        self.server.run("set local statement_timeout = 0")

    def _try_lock(self, targets: Sequence[str]) -> bool:
        # What the inner block did is undone where it fails, the locks that it has got and the setting too.
        self.server.run(
            f"""
            do $$
            begin
                perform set_config('cxmart.has_locks', 'no', true);
                begin
                    perform set_config('cxmart.has_locks', 'yes', true);
                    lock table {", ".join(targets)} in access exclusive mode;
                exception when query_canceled or lock_not_available or deadlock_detected then null;
                end;
            end $$
            """
        )
        return bool(self.server.value("select current_setting('cxmart.has_locks') = 'yes'"))

    def _reshape(self, relation: Relation) -> None:
        there = self.there[relation.target]
        wanted = {column.name: column.data_type for column in relation.columns}
        if self._has_other_key(relation):
            keys = self._keys[relation.target]
            for name in keys.names:
                self.server.run(f"alter table {relation.target} drop constraint {quoted(name)}")
            for kind, columns in keys.columns:
                for column in columns if kind == "p" else ():
                    self.server.run(f"alter table {relation.target} alter column {quoted(column)} drop not null")
        # A column of another type is made anew: rewriting the table would show it empty to older snapshots.
        for name, data_type in there.items():
            if wanted.get(name) != data_type:
                self.server.run(f"alter table {relation.target} drop column {quoted(name)}")
        for name, data_type in wanted.items():
            if there.get(name) != data_type:
                self.server.run(f"alter table {relation.target} add column {quoted(name)} {data_type}")

    def _create(self, relation: Relation) -> None:
        definitions = ", ".join(f"{quoted(column.name)} {column.data_type}" for column in relation.columns)
        self.server.run(f"create table {relation.target} ({definitions})")
        # Also where another user had the schemas made than the one who publishes.
        self.server.run(f"grant select on {relation.target} to {READERS[relation.schema]}")

    # Rows

    def _replace_rows(self, relation: Relation) -> None:
        target = relation.target
        deleted, inserted = self._bring_over(relation)
        rows = self.server.value(f"select count(*) from {target}")
        if rows != relation.rows and target in self.by_difference:
            # It was not what had been published: somebody else wrote to it.
            self.by_difference.remove(target)
            self.server.run(f"drop table if exists {_temporary(relation.staged)}")
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
        target, staged = relation.target, _temporary(relation.staged)
        names = ", ".join(quoted(column.name) for column in relation.columns)
        if target in self.by_difference:
            if self.earlier[relation.schema][relation.name]:
                return 0, 0
            deleted = self.server.run(f"delete from {target} as old using {_keys_of_changes(relation)}")
            return deleted, self.server.run(f"insert into {target} ({names}) select {names} from {staged}")
        if target not in self.there:
            return 0, self.server.run(f"insert into {target} ({names}) select {names} from {staged}")
        same = _same_rows(relation)
        deleted = self.server.run(
            f"delete from {target} where ctid in ("
            f"select old.row_id from {same.old} left join {same.new} on {same.condition} where new.row_id is null)"
        )
        inserted = self.server.run(
            f"insert into {target} ({names}) select {names} from {staged} where ctid in ("
            f"select new.row_id from {same.new} left join {same.old} on {same.condition} where old.row_id is null)"
        )
        return deleted, inserted

    # Keys and indexes

    @cached_property
    def _keys(self) -> dict[str, "_Keys"]:
        """The primary and unique keys of the tables, by their full names."""
        found: dict[str, _Keys] = {}
        for schema, table, name, kind, columns in self.server.rows(
            f"""
            select
                n.nspname::text, c.relname::text, k.conname::text, k.contype::text,
                (
                    select string_agg(a.attname::text, ',' order by place)
                    from unnest(k.conkey) with ordinality as part (number, place)
                    inner join pg_attribute as a on a.attrelid = c.oid and a.attnum = part.number
                )
            from pg_constraint as k
            inner join pg_class as c on k.conrelid = c.oid
            inner join pg_namespace as n on c.relnamespace = n.oid
            where n.nspname in ({_schemas()}) and k.contype in ('p', 'u')
            """
        ):
            keys = found.setdefault(f"{quoted(schema)}.{quoted(table)}", _Keys())
            keys.names.append(name)
            keys.columns.append((kind, tuple(columns.split(","))))
        return found

    def _has_other_key(self, relation: Relation) -> bool:
        """Tell whether a table has a key that it must lose. A key that takes nulls may stay where there are none."""
        keys = self._keys.get(relation.target, _Keys()).columns
        return any(columns != relation.key or (kind == "p" and relation.key_has_nulls) for kind, columns in keys)

    def _ensure_key(self, relation: Relation) -> None:
        if not relation.key:
            return
        if relation.target in self._keys and not self._has_other_key(relation):
            return
        columns = ", ".join(map(quoted, relation.key))
        kind = "unique nulls not distinct" if relation.key_has_nulls else "primary key"
        self.server.run(
            f"alter table {relation.target} add constraint {quoted(_short(f'{relation.name}_key'))} {kind} ({columns})"
        )

    @cached_property
    def _indexes(self) -> set[str]:
        return {
            name
            for (name,) in self.server.rows(
                f"select schemaname::text || '.' || indexname::text from pg_indexes where schemaname in ({_schemas()})"
            )
        }

    def _ensure_indexes(self, relation: Relation, joined: set[str]) -> None:
        """Make an index on each column that other tables are joined by, but the first of the key, which has one."""
        for column in relation.columns:
            name = _short(f"{relation.name}_{column.name}_idx")
            if column.name not in joined or column.name == (relation.key or ("",))[0]:
                continue
            if f"{relation.schema}.{name}" not in self._indexes:
                self.server.run(f"create index {quoted(name)} on {relation.target} ({quoted(column.name)})")

    # Comments

    def _describe(self) -> None:
        """Write the comments that differ from those that are there."""
        there: dict[tuple[str, str | None], str] = {}
        for schema, table, column, comment in self.server.rows(
            f"""
            select n.nspname::text, c.relname::text, a.attname::text, d.description
            from pg_description as d
            inner join pg_class as c on d.objoid = c.oid and d.classoid = 'pg_class'::regclass
            inner join pg_namespace as n on c.relnamespace = n.oid
            left join pg_attribute as a on a.attrelid = c.oid and a.attnum = d.objsubid and d.objsubid > 0
            where n.nspname in ({_schemas()})
            """
        ):
            there[f"{quoted(schema)}.{quoted(table)}", column] = comment
        for relation in self.relations:
            if relation.comment != there.get((relation.target, None)):
                self.server.run(f"comment on table {relation.target} is {_text(relation.comment)}")
            for column in relation.columns:
                if column.comment != there.get((relation.target, column.name)):
                    self.server.run(
                        f"comment on column {relation.target}.{quoted(column.name)} is {_text(column.comment)}"
                    )


@dataclass
class _Keys:
    """The keys of a table: their names, and of each its kind (p or u) and columns."""

    names: list[str] = field(default_factory=list)
    columns: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)


@dataclass(frozen=True)
class _Same:
    """How to pair the equal rows of a table (`old`) and of what is staged for it (`new`)."""

    old: str
    new: str
    condition: str


def _same_rows(relation: Relation) -> _Same:
    """Write how to pair equal rows: by the key and then by all columns, or by all columns and their number.

    Rows are compared as records, in which null equals null, as a key takes it.
    """
    # Rows are looked up by what is compared with `=`; hashing all their columns takes several times as long.
    names = [quoted(column.name) for column in relation.columns]
    record = f"row({', '.join(names)})::record"
    if not relation.key:
        chosen = f"{record} as image, row_number() over (partition by {record}) as number"
        condition = "old.image = new.image and old.number = new.number"
    else:
        key = [quoted(name) for name in relation.key]
        if relation.key_has_nulls:
            chosen = f"{record} as image, row({', '.join(key)})::record as key"
            condition = "old.key = new.key"
        else:
            chosen = f"{record} as image, {', '.join(key)}"
            condition = " and ".join(f"old.{name} = new.{name}" for name in key)
        condition += " and old.image is not distinct from new.image"
    return _Same(
        old=f"(select ctid as row_id, {chosen} from {relation.target}) as old",
        new=f"(select ctid as row_id, {chosen} from {_temporary(relation.staged)}) as new",
        condition=condition,
    )


def _keys_of_changes(relation: Relation) -> str:
    """Write what the rows `old` of a table are joined with to find those that changed, and the condition."""
    key = [quoted(name) for name in relation.key]
    keys = ", ".join(key)
    condition = " and ".join(f"old.{name} = changed.{name}" for name in key)
    if relation.key_has_nulls:
        condition = (
            f"row({', '.join(f'old.{name}' for name in key)})::record = "
            f"row({', '.join(f'changed.{name}' for name in key)})::record"
        )
    changed = f"select {keys} from {_temporary(relation.staged)} union select {keys} from {_temporary(relation.gone)}"
    return f"({changed}) as changed where {condition}"


def _join_columns(relations: Sequence[Relation]) -> set[str]:
    """Name the columns that tables are joined and cut by: ids and dates that begin the key of another table."""
    first = {relation.key[0] for relation in relations if relation.key}
    types = {column.name: column.data_type for relation in relations for column in relation.columns}
    return {name for name in first if name.endswith("_id") or types[name] == "date"}


@contextmanager
def _dependents_named() -> Iterator[None]:
    """Say what depends on a table or column that is no longer published."""
    try:
        yield
    except RefusedError as error:
        if error.state != DEPENDED_ON:
            raise
        dependents = "; ".join(line for line in error.detail.splitlines() if line)
        raise CxmartError(
            f"{error}: {dependents}. What is published no longer has it: change or drop what depends on it, and "
            "publish again; nothing was changed",
            ExitCode.WAREHOUSE,
        ) from error


def _clean_up(url: str, tables: Sequence[str], *, rewrite: bool = False) -> None:
    """Give back the room of deleted rows, and tell the planner what is there, while readers read on.

    Args:
        url: the address.
        tables: their full names.
        rewrite: write them anew, without any trace of deleted rows; readers wait for that.
    """
    with connected(url, autocommit=True) as server:
        for table in tables:
            server.run(f"vacuum ({'full, ' if rewrite else 'truncate false, '}analyze) {table}")


def rewrite(url: str) -> bool:
    """Write all published tables of a server anew, so that nothing of deleted rows stays in its files.

    Readers wait for each table in turn. Backups and the log of a server (its WAL) are its administrator's.

    Args:
        url: the address, without a password.

    Returns:
        Whether the planner's statistics, which hold values too, were written anew: the database's owner may.
    """
    with connected(url) as server:
        is_owner = bool(
            server.value(
                "select pg_has_role(current_user, datdba, 'usage') from pg_database where datname = current_database()"
            )
        )
        tables = [
            f"{quoted(schema)}.{quoted(name)}"
            for schema, name in server.rows(
                f"""
                select n.nspname::text, c.relname::text
                from pg_class as c inner join pg_namespace as n on c.relnamespace = n.oid
                where n.nspname in ({_schemas()}) and c.relkind = 'r' and c.relowner = current_user::regrole
                """
            )
        ]
    _clean_up(url, [*tables, *([STATISTICS] if is_owner else [])], rewrite=True)
    return is_owner


def _schemas() -> str:
    return ", ".join(map(literal, READERS))


def _short(name: str) -> str:
    # The server cuts longer names off.
    if len(name) <= LONGEST_NAME:
        return name
    return f"{name[: LONGEST_NAME - 9]}_{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _temporary(name: str) -> str:
    return f"pg_temp.{quoted(name)}"


def _text(comment: str | None) -> str:
    # A backslash is one in standard strings.
    return "null" if comment is None else literal(comment)
