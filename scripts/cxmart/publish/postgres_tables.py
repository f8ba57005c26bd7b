"""The tables of a PostgreSQL server: their shapes, keys, indexes and comments."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property

from cxmart.base.database import literal, quoted
from cxmart.base.errors import CxmartError, ExitCode
from cxmart.publish.postgres_roles import READERS, listed_schemas
from cxmart.publish.postgres_server import DEPENDED_ON, RefusedError, Server
from cxmart.publish.published_tables import Relation, short_name

# A reader that waits for a second has the server look for a deadlock, and may be ended for it. A lock is asked for
# shorter than that, again and again.
LOCK_MILLISECONDS = 800
LOCK_PAUSE_SECONDS = 1.0
LOCK_PATIENCE_SECONDS = 600.0


@dataclass
class Keys:
    """The keys of a table: their names, and of each its kind (p or u) and columns."""

    names: list[str] = field(default_factory=list)
    columns: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)


def join_columns(relations: Sequence[Relation]) -> set[str]:
    """Name the columns that tables are joined and cut by: ids and dates that begin the key of another table."""
    first = {relation.key[0] for relation in relations if relation.key}
    types = {column.name: column.data_type for relation in relations for column in relation.columns}
    return {name for name in first if name.endswith("_id") or types[name] == "date"}


@contextmanager
def dependents_named() -> Iterator[None]:
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


def written(comment: str | None) -> str:
    """Write a comment as a literal; a backslash is one in standard strings."""
    return "null" if comment is None else literal(comment)


@dataclass
class ServerTables:
    """The tables of the two schemas on a server, within a transaction, and how each becomes what it is to be."""

    server: Server

    @cached_property
    def there(self) -> dict[str, dict[str, str]]:
        """The columns with their types of each table of the two schemas, by its full name."""
        tables: dict[str, dict[str, str]] = {
            f"{quoted(schema)}.{quoted(name)}": {}
            for schema, name in self.server.rows(
                f"""
                select n.nspname::text, c.relname::text
                from pg_class as c inner join pg_namespace as n on c.relnamespace = n.oid
                where n.nspname in ({listed_schemas()}) and c.relkind = 'r' and c.relowner = current_user::regrole
                """
            )
        }
        for schema, name, column, data_type in self.server.rows(
            f"""
            select n.nspname::text, c.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod)
            from pg_attribute as a
            inner join pg_class as c on a.attrelid = c.oid
            inner join pg_namespace as n on c.relnamespace = n.oid
            where n.nspname in ({listed_schemas()}) and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped
            order by a.attnum
            """
        ):
            tables.get(f"{quoted(schema)}.{quoted(name)}", {})[column] = data_type
        return tables

    def is_reshaped(self, relation: Relation) -> bool:
        """Tell whether a table that is there gets other columns or another key."""
        there = self.there.get(relation.target)
        if there is None:
            return False
        wanted = {column.name: column.data_type for column in relation.columns}
        lacks_key = bool(relation.key) and relation.target not in self._keys
        return there != wanted or lacks_key or self._has_other_key(relation)

    def lock(self, targets: Sequence[str]) -> None:
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

    def reshape(self, relation: Relation) -> None:
        """Give a table the columns that it is to have; a key that it must lose goes too."""
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

    def create(self, relation: Relation) -> None:
        """Make a table, and let its readers read it."""
        definitions = ", ".join(f"{quoted(column.name)} {column.data_type}" for column in relation.columns)
        self.server.run(f"create table {relation.target} ({definitions})")
        # Also where another user had the schemas made than the one who publishes.
        self.server.run(f"grant select on {relation.target} to {READERS[relation.schema]}")

    @cached_property
    def _keys(self) -> dict[str, "Keys"]:
        """The primary and unique keys of the tables, by their full names."""
        found: dict[str, Keys] = {}
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
            where n.nspname in ({listed_schemas()}) and k.contype in ('p', 'u')
            """
        ):
            keys = found.setdefault(f"{quoted(schema)}.{quoted(table)}", Keys())
            keys.names.append(name)
            keys.columns.append((kind, tuple(columns.split(","))))
        return found

    def _has_other_key(self, relation: Relation) -> bool:
        """Tell whether a table has a key that it must lose. A key that takes nulls may stay where there are none."""
        keys = self._keys.get(relation.target, Keys()).columns
        return any(columns != relation.key or (kind == "p" and relation.key_has_nulls) for kind, columns in keys)

    def ensure_key(self, relation: Relation) -> None:
        """Give a table its key where it has none."""
        if not relation.key:
            return
        if relation.target in self._keys and not self._has_other_key(relation):
            return
        columns = ", ".join(map(quoted, relation.key))
        kind = "unique nulls not distinct" if relation.key_has_nulls else "primary key"
        name = quoted(short_name(f"{relation.name}_key"))
        self.server.run(f"alter table {relation.target} add constraint {name} {kind} ({columns})")

    @cached_property
    def _indexes(self) -> set[str]:
        return {
            name
            for (name,) in self.server.rows(
                "select schemaname::text || '.' || indexname::text from pg_indexes "
                f"where schemaname in ({listed_schemas()})"
            )
        }

    def ensure_indexes(self, relation: Relation, joined: set[str]) -> None:
        """Make an index on each column that other tables are joined by, but the first of the key, which has one."""
        for column in relation.columns:
            name = short_name(f"{relation.name}_{column.name}_idx")
            if column.name not in joined or column.name == (relation.key or ("",))[0]:
                continue
            if f"{relation.schema}.{name}" not in self._indexes:
                self.server.run(f"create index {quoted(name)} on {relation.target} ({quoted(column.name)})")

    def describe(self, relations: Sequence[Relation]) -> None:
        """Write the comments that differ from those that are there."""
        there: dict[tuple[str, str | None], str] = {}
        for schema, table, column, comment in self.server.rows(
            f"""
            select n.nspname::text, c.relname::text, a.attname::text, d.description
            from pg_description as d
            inner join pg_class as c on d.objoid = c.oid and d.classoid = 'pg_class'::regclass
            inner join pg_namespace as n on c.relnamespace = n.oid
            left join pg_attribute as a on a.attrelid = c.oid and a.attnum = d.objsubid and d.objsubid > 0
            where n.nspname in ({listed_schemas()})
            """
        ):
            there[f"{quoted(schema)}.{quoted(table)}", column] = comment
        for relation in relations:
            if relation.comment != there.get((relation.target, None)):
                self.server.run(f"comment on table {relation.target} is {written(relation.comment)}")
            for column in relation.columns:
                if column.comment != there.get((relation.target, column.name)):
                    self.server.run(
                        f"comment on column {relation.target}.{quoted(column.name)} is {written(column.comment)}"
                    )
