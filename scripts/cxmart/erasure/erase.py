"""Erasing a person from all that the warehouse holds: raw, build, published and kept files, servers, logs.

DuckDB keeps the bytes of deleted rows until something is written over them, so no file is changed: each is written anew
without the person and takes the place of the old one. What is to be erased stands in a file of its own until all of it
is done, so that a command that was killed is completed by the next one (docs/erasure.md).
"""

import json
import os
import re
import shutil
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from cxmart.base.database import Connection, attach, check_raw, columns_of, literal, one_row, opened, quoted, sync
from cxmart.base.errors import CxmartError, ExitCode, translate
from cxmart.base.settings import Settings
from cxmart.build import dbt_build
from cxmart.contract import source_contract
from cxmart.contract.source_contract import Source, Table
from cxmart.landing import type_check
from cxmart.landing.accounts import HASH_KEY_TABLE, LOADS_COLUMNS
from cxmart.landing.suppression import (
    ACROSS_SOURCES,
    AGENT,
    CUSTOMER,
    EMAIL,
    KEY_FILE,
    PERSON,
    READER,
    VISIT,
    Id,
    condition,
    naming_columns,
    plain,
    read_key,
    write_list,
)
from cxmart.publish import postgres_copy, postgres_server, publication, versions

JOURNAL = "forgetting.json"
WORK_FOLDER = ".forgetting-"
IDS = "temp.main.erased_ids"
REJECTED_TEXTS = ("value", "raw_text", "row_key")
# What else is wrong with a rejected row has texts too; an older version kept none.
MORE_FAULTS = "more_faults"
TEXTS_OF_MORE_FAULTS = f"list_transform({MORE_FAULTS}, lambda f: f.value)"

# What tells that two accounts are one person; a browser does not, since people share it.
LINKING = (CUSTOMER, PERSON, EMAIL)


@dataclass(frozen=True)
class TablePlan:
    """What is done to a raw table: rows that go, rows that lose an id, and the loaded files that they came from."""

    table: str
    rows_deleted: int
    rows_blanked: int
    files: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """Whom an erasure is about, by all ids, and what it does to raw.duckdb."""

    ids: tuple[Id, ...]
    tables: tuple[TablePlan, ...]
    rejects: int

    @property
    def files(self) -> list[str]:
        """The loaded files that hold the person; they are the user's, and stay."""
        return sorted({file for table in self.tables for file in table.files})


@dataclass
class Erased:
    """What was done. `still_named` lists text columns that hold an id and are not declared to name a person; `remarks`
    say what is left for others to do.
    """

    plan: Plan
    numbers_restated: int = 0
    servers: list[str] = field(default_factory=list)
    logs: list[str] = field(default_factory=list)
    still_named: list[str] = field(default_factory=list)
    unknown_files: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


# Finding


def find(settings: Settings, person: str, kind: str | None = None, source: str | None = None) -> Plan:
    """Find out who is meant, all ids of theirs, and what would be done.

    Args:
        settings: where raw.duckdb is, and the key of e-mail addresses.
        person: an id, or an e-mail address.
        kind: what the id is one of (`PERSON_KINDS` of the contract); by default whatever is found.
        source: the source whose id it is; by default whatever is found.

    Raises:
        CxmartError: nobody is found, or several are.
    """
    check_raw(settings)
    sources = _sources(settings)
    with opened(settings.raw_file, settings, read_only=True) as raw:
        there = _tables_there(raw, sources)
        found = _search(raw, there, person.strip(), kind)
        if "@" in person and kind in (None, EMAIL):
            found |= _search(raw, there, _hash_of_address(raw, person, settings), EMAIL)
        if source is not None:
            found = {one for one in found if one.source in ("", source)}
        _check_one(found)
        ids = _all_ids(raw, there, found)
        return _plan(raw, there, ids)


def _sources(settings: Settings) -> list[Source]:
    """Read the contracts of all sources, also of those that are not enabled now."""
    return [
        source_contract.read_source(settings.project_root, name)
        for name in source_contract.known_sources(settings.project_root)
    ]


@dataclass(frozen=True)
class _There:
    """A raw table that is there, with its contract; `names` has how a query writes each of its naming columns."""

    source: Source
    table: Table
    relation: str
    names: Mapping[str, str]


def _tables_there(raw: Connection, sources: Iterable[Source], database: str = "raw") -> list[_There]:
    """List the tables that have a column which names a person."""
    found = []
    for source in sources:
        for table in source.tables.values():
            columns = {name.lower(): name for name in columns_of(raw, database, source.schema, table.name)}
            if columns and naming_columns(table):
                names = {
                    column.name: quoted(columns[column.name.lower()]) if column.name.lower() in columns else "null"
                    for column in table.columns
                }
                relation = f"{quoted(database)}.{quoted(source.schema)}.{quoted(table.name)}"
                found.append(_There(source, table, relation, names))
    return found


def _values(there: _There, wanted: Collection[str] | None = None) -> Iterator[tuple[str, str, str, str]]:
    """List what names a person in a table, as (column, kind, owner of the id, value where it holds, in SQL)."""
    for column in naming_columns(there.table):
        for kind in column.names:
            if wanted is None or kind in wanted:
                value = plain(there.names[column.name])
                value = f"lower({value})" if kind == EMAIL else value
                value = f"case when {condition(column, kind, there.names)} then {value} end"
                yield column.name, kind, "" if kind in ACROSS_SOURCES else there.source.name, value


def _search(raw: Connection, there: Sequence[_There], person: str, kind: str | None) -> set[Id]:
    """Find whose id it is. Columns that name one kind of person tell it first, those that name several else."""
    several = {
        (table.relation, column.name)
        for table in there
        for column in naming_columns(table.table)
        if len(column.names) > 1
    }
    found = _search_columns(raw, there, person, kind)
    plainly = {one for one, columns in found.items() if columns - several}
    return plainly or set(found)


def _search_columns(
    raw: Connection, there: Sequence[_There], person: str, kind: str | None
) -> dict[Id, set[tuple[str, str]]]:
    """Find an id, with the columns that hold it, as (table, column)."""
    found: dict[Id, set[tuple[str, str]]] = {}
    for table in there:
        for column, found_kind, owner, value in _values(table, [kind] if kind else None):
            wanted = person.lower() if found_kind == EMAIL else person
            if raw.execute(f"select 1 from {table.relation} where {value} = ? limit 1", [wanted]).fetchall():
                found.setdefault(Id(found_kind, owner, wanted), set()).add((table.relation, column))
    return found


def _hash_of_address(raw: Connection, address: str, settings: Settings) -> str:
    if not columns_of(raw, "raw", "main", HASH_KEY_TABLE):
        return ""
    if settings.hash_key is None:
        raise CxmartError(
            "addresses landed as hashes: set CXMART_HASH_KEY to the key of then, or give the person's id",
            ExitCode.USAGE,
        )
    (fingerprint,) = one_row(raw, f"select max(fingerprint) from main.{HASH_KEY_TABLE}")
    if fingerprint != type_check.key_fingerprint(settings.hash_key):
        raise CxmartError(
            "CXMART_HASH_KEY is another key than the one that addresses landed with; set that one, or give the "
            "person's id",
            ExitCode.USAGE,
        )
    return type_check.address_hash(address, settings.hash_key)


def _check_one(found: Collection[Id]) -> None:
    if not found:
        raise CxmartError(
            "nobody of that id is in raw.duckdb; nothing was changed (ids are written as in the files, without the "
            "source before them)"
        )
    kinds = {AGENT if one.kind == AGENT else CUSTOMER for one in found}
    if len(kinds) > 1:
        raise CxmartError(
            f"that is an id of several: {', '.join(sorted({one.kind for one in found}))}; say which with --as",
            ExitCode.USAGE,
        )
    owners = {one.source for one in found if one.source}
    if len(owners) > 1:
        raise CxmartError(
            f"several sources have somebody of that id: {', '.join(sorted(owners))}; say which with --source",
            ExitCode.USAGE,
        )


def _all_ids(raw: Connection, there: Sequence[_There], start: Collection[Id]) -> tuple[Id, ...]:
    """Add the person's other ids: accounts, addresses and browsers that stand in one row with them."""
    ids = set(start)
    while True:
        known = [one for one in ids if one.kind in LINKING and not _is_shared(raw, there, one)]
        added = _beside(raw, there, known, LINKING) - ids
        if not added:
            break
        ids |= added
    ids |= _beside(raw, there, [one for one in ids if one.kind in LINKING], (READER,))
    return tuple(sorted(ids | _beside(raw, there, ids, (VISIT,))))


def _is_shared(raw: Connection, there: Sequence[_There], one: Id) -> bool:
    """Tell whether an address belongs to several persons; it then says nothing of accounts beside it."""
    return one.kind == EMAIL and len(_beside(raw, there, [one], (PERSON,))) > 1


def _beside(raw: Connection, there: Sequence[_There], ids: Collection[Id], wanted: Collection[str]) -> set[Id]:
    """Read the ids of some kinds that stand in one row with any of these."""
    _write_ids(raw, ids)
    found = set()
    for table in there:
        values = list(_values(table))
        hits = " or ".join(_is_one_of(kind, owner, value) for _, kind, owner, value in values)
        for _, kind, owner, value in values:
            if kind in wanted:
                rows = raw.execute(
                    f"select distinct {value} as id from {table.relation} where ({hits}) and id is not null"
                ).fetchall()
                found |= {Id(kind, owner, row[0]) for row in rows}
    return found


def _write_ids(connection: Connection, ids: Iterable[Id]) -> None:
    connection.execute("create or replace temp table erased_ids (kind varchar, source varchar, id varchar)")
    for one in ids:
        connection.execute(f"insert into {IDS} values (?, ?, ?)", [one.kind, one.source, one.value])


def _is_one_of(kind: str, owner: str, value: str) -> str:
    listed = f"select id from {IDS} where kind = {literal(kind)} and source = {literal(owner)}"
    # Null is no id.
    return f"coalesce({value} in ({listed}), false)"


def _plan(raw: Connection, there: Sequence[_There], ids: tuple[Id, ...]) -> Plan:
    _write_ids(raw, ids)
    tables = []
    for table in there:
        goes, loses = _conditions(table)
        deleted, blanked = one_row(
            raw,
            f"select count(*) filter ({goes}), count(*) filter (not ({goes}) and ({loses})) from {table.relation}",
        )
        if deleted or blanked:
            files = raw.execute(
                f"select distinct file from raw.{quoted(table.source.schema)}._loads "
                f"where load_id in (select _load_id from {table.relation} where {goes} or {loses})"
            ).fetchall()
            name = f"{table.source.schema}.{table.table.name}"
            tables.append(TablePlan(name, deleted, blanked, tuple(sorted(file for (file,) in files))))
    rejects = 0
    for schema in _schemas_with(raw, "_rejects"):
        holds = _reject_holds(columns_of(raw, "raw", schema, "_rejects"), ids)
        (held,) = one_row(raw, f"select count(*) filter ({holds}) from raw.{quoted(schema)}._rejects")
        rejects += held
    return Plan(ids, tuple(tables), rejects)


def _conditions(table: _There) -> tuple[str, str]:
    """Write which rows of a table go, and which name the person at all."""
    rows = {column.name for column in table.table.columns if column.erases_row}
    hits = [(name in rows, _is_one_of(kind, owner, value)) for name, kind, owner, value in _values(table)]
    goes = " or ".join(hit for erases, hit in hits if erases) or "false"
    return goes, " or ".join(hit for _, hit in hits)


def _schemas_with(connection: Connection, name: str, database: str = "raw") -> list[str]:
    rows = connection.execute(
        "select schema_name from duckdb_tables() where database_name = ? and table_name = ? order by 1 nulls last",
        [database, name],
    ).fetchall()
    return [row[0] for row in rows]


def _pattern(ids: Iterable[Id]) -> str:
    """Write the regular expression of a text that holds an id, as a word of its own."""
    values = sorted({re.escape(text) for one in ids for text in (one.value, one.in_marts)})
    return rf"(^|[^A-Za-z0-9])({'|'.join(values)})($|[^A-Za-z0-9])"


def _holds_any(columns: Iterable[str], ids: Iterable[Id]) -> str:
    known = list(ids)
    return " or ".join(_holds(quoted(column), known) for column in columns)


def _holds(text: str, ids: Iterable[Id]) -> str:
    return f"coalesce(regexp_matches({text}, {literal(_pattern(ids))}), false)"


def _reject_holds(there: Collection[str], ids: Iterable[Id]) -> str:
    """Write whether a record of a table of rejects with these columns holds an id as a word."""
    known = list(ids)
    holds = _holds_any(REJECTED_TEXTS, known)
    if MORE_FAULTS not in there:
        return holds
    return f"({holds} or {_holds(f'array_to_string({TEXTS_OF_MORE_FAULTS}, chr(10))', known)})"


# Erasing


def is_pending(settings: Settings) -> bool:
    """Tell whether an erasure was begun and not completed."""
    return (settings.home / JOURNAL).exists()


def pending(settings: Settings) -> Plan | None:
    """Give the erasure that was begun and not completed; None where there is none."""
    path = settings.home / JOURNAL
    if not is_pending(settings):
        return None
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        tables = tuple(TablePlan(**{**table, "files": tuple(table["files"])}) for table in told["tables"])
        return Plan(tuple(Id(**one) for one in told["ids"]), tables, told["rejects"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CxmartError(f"{path} can't be read: {error}; move it away, and name the person again") from error


def forget(settings: Settings, plan: Plan) -> Erased:
    """Erase a person; the caller holds the lock of the warehouse.

    Args:
        settings: where everything is.
        plan: who, and what is done (`find` or `pending`).

    Returns:
        What was done.

    Raises:
        CxmartError: a step failed. What was done stays done; the same again completes the rest.
    """
    erased = Erased(plan)
    _write_journal(settings, plan)
    began = (settings.home / JOURNAL).stat().st_mtime
    erased.still_named = _rewrite_raw(settings, plan)
    erased.logs = _clean_logs(settings, plan)
    if settings.marts_file.exists() or settings.people_file.exists() or settings.versions_folder.exists():
        report = dbt_build.build(settings)
        dbt_build.raise_for_failures(report, settings)
        # Agents are values of a slice; a customer may have the id of an agent who is somebody else.
        ids = [one.in_marts if one.kind == AGENT else f"{one.kind}:{one.in_marts}" for one in plan.ids]
        published = publication.publish(settings, accept_revisions=True, erased=ids)
        erased.numbers_restated = published.audit.by_reason.get("erasure", 0)
        versions.remove_versions(settings)
    else:
        for path in (settings.build_file, settings.build_file.with_name("build.duckdb.wal")):
            path.unlink(missing_ok=True)
    for url in postgres_server.known_servers(settings):
        postgres_copy.copy(settings, url)
        shown = postgres_server.check_url(url)
        erased.servers.append(shown)
        if not postgres_copy.rewrite(url):
            erased.remarks.append(
                f"{shown}: the planner's statistics may hold the id until they are cleaned up; have the owner of the "
                f"database run: vacuum full {postgres_copy.STATISTICS}"
            )
    erased.unknown_files = _older_files(settings, began)
    (settings.home / JOURNAL).unlink()
    sync(settings.home)
    return erased


def _write_journal(settings: Settings, plan: Plan) -> None:
    path = settings.home / JOURNAL
    if path.exists():
        return
    new = path.with_name(f".{JOURNAL}")
    try:
        new.unlink(missing_ok=True)
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(asdict(plan), file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, path)  # noqa: PTH105
        sync(settings.home)
    except OSError as error:
        raise translate(error, path) from error


def _rewrite_raw(settings: Settings, plan: Plan) -> list[str]:
    """Write raw.duckdb anew without the person, and put it in place in one step.

    Returns:
        The text columns that still hold an id.
    """
    key = read_key(settings, make=True)
    sources = _sources(settings)
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
                _write_ids(raw, plan.ids)
                naming = {(one.source.schema, one.table.name): one for one in _tables_there(raw, sources, "old")}
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


def _copy_table(raw: Connection, schema: str, name: str, there: _There | None, ids: Iterable[Id]) -> None:
    relation = f"{quoted(schema)}.{quoted(name)}"
    replaced, where = "", ""
    if name == "_rejects":
        columns = columns_of(raw, "old", schema, name)
        held = _reject_holds(columns, ids)
        pairs = [f"case when not ({held}) then {column} end as {column}" for column in REJECTED_TEXTS]
        if MORE_FAULTS in columns:
            without = (
                "{'column_name': f.column_name, 'reason': f.reason, 'value': cast(null as varchar), "
                "'rejects_row': f.rejects_row}"
            )
            blanked = f"list_transform({MORE_FAULTS}, lambda f: {without})"
            pairs.append(f"case when {held} then {blanked} else {MORE_FAULTS} end as {MORE_FAULTS}")
        replaced = f"replace ({', '.join(pairs)})"
    elif there:
        goes, _ = _conditions(there)
        where = f"where not ({goes})"
        replaced = f"replace ({', '.join(_blanked(there))})"
    raw.execute(f"insert into raw.{relation} select * {replaced} from old.{relation} {where}")


def _blanked(there: _There) -> Iterator[str]:
    """Write the columns of a table that name the person, without the ids."""
    hits: dict[str, list[str]] = {}
    for name, kind, owner, value in _values(there):
        if there.names[name] != "null":
            hits.setdefault(name, []).append(_is_one_of(kind, owner, value))
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
            f"select count(*) filter ({_holds_any([column], ids)}) from raw.{quoted(schema)}.{quoted(table)}",
        )
        if rows:
            found.append(f"{schema}.{table}.{column} ({rows} {'row' if rows == 1 else 'rows'})")
    return found


def _clean_logs(settings: Settings, plan: Plan) -> list[str]:
    """Take the person out of the logs: dbt's go whole, in others the ids give way to a mark.

    Returns:
        The files that were changed or deleted.
    """
    pattern = re.compile(_pattern(plan.ids))
    touched = []
    try:
        for path in sorted(settings.log_folder.rglob("*")):
            if not path.is_file():
                continue
            text = path.read_text(encoding="utf-8", errors="replace")
            if not pattern.search(text):
                continue
            touched.append(str(path))
            lines = _without_ids(text, pattern) if path.suffix == ".jsonl" else None
            if lines is None:
                path.unlink()
                continue
            new = path.with_name(f".{path.name}.tmp")
            new.write_text(lines, encoding="utf-8")
            sync(new)
            os.replace(new, path)  # noqa: PTH105
    except OSError as error:
        raise translate(error, settings.log_folder) from error
    return touched


def _without_ids(text: str, pattern: re.Pattern[str]) -> str | None:
    """Write lines of JSON with a mark in place of ids in their texts; None where a line is no JSON."""

    def cleaned(value: object) -> object:
        if isinstance(value, str):
            # Two ids may share the character between them.
            while pattern.search(value):
                value = pattern.sub(r"\1erased\3", value)
            return value
        if isinstance(value, list):
            return [cleaned(part) for part in value]
        if isinstance(value, dict):
            return {cleaned(name): cleaned(part) for name, part in value.items()}
        return value

    try:
        return "".join(json.dumps(cleaned(json.loads(line))) + "\n" for line in text.splitlines() if line.strip())
    except ValueError:
        return None


def _older_files(settings: Settings, began: float) -> list[str]:
    """List files of CXMART_HOME that are older than the erasure and not known to be without the person."""
    known = {
        file.resolve() for file in (settings.raw_file, settings.build_file, settings.marts_file, settings.people_file)
    }
    found = []
    for path in sorted(settings.home.rglob("*")):
        is_log = settings.log_folder in path.parents
        if not path.is_file() or is_log or path.resolve() in known or path.name in (JOURNAL, "refresh.lock"):
            continue
        if path.name in (KEY_FILE, postgres_server.SERVERS_FILE) or settings.versions_folder in path.parents:
            continue
        if settings.home / "demo" in path.parents:
            continue  # made-up people, in warehouses of their own
        if path.stat().st_mtime < began:
            found.append(str(path))
    return found
