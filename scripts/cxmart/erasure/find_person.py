"""Finding a person: all ids of theirs, and the rows of raw.duckdb that name them."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from cxmart.base.database import Connection, check_raw, columns_of, literal, one_row, opened, quoted
from cxmart.base.errors import CxmartError, ExitCode
from cxmart.base.settings import Settings
from cxmart.contract import source_contract
from cxmart.contract.source_contract import Source, Table
from cxmart.landing import address_hash
from cxmart.landing.accounts import HASH_KEY_TABLE
from cxmart.landing.suppression import (
    ACROSS_SOURCES,
    AGENT,
    CUSTOMER,
    EMAIL,
    PERSON,
    READER,
    VISIT,
    Id,
    condition,
    naming_columns,
    plain,
)

IDS = "temp.main.erased_ids"
REJECTED_TEXTS = ("value", "raw_text", "row_key")
# What else is wrong with a rejected row has texts too.
TEXTS_OF_MORE_FAULTS = "list_transform(more_faults, lambda f: f.value)"

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
    sources = read_sources(settings)
    with opened(settings.raw_file, settings, read_only=True) as raw:
        there = naming_tables(raw, sources)
        found = _search(raw, there, person.strip(), kind)
        if "@" in person and kind in (None, EMAIL):
            found |= _search(raw, there, _hash_of_address(raw, person, settings), EMAIL)
        if source is not None:
            found = {one for one in found if one.source in ("", source)}
        _check_one(found)
        ids = _all_ids(raw, there, found)
        return _plan(raw, there, ids)


def read_sources(settings: Settings) -> list[Source]:
    """Read the contracts of all sources, also of those that are not enabled now."""
    return [
        source_contract.read_source(settings.project_root, name)
        for name in source_contract.known_sources(settings.project_root)
    ]


@dataclass(frozen=True)
class RawTable:
    """A raw table that is there, with its contract; `names` has how a query writes each of its naming columns."""

    source: Source
    table: Table
    relation: str
    names: Mapping[str, str]


def naming_tables(raw: Connection, sources: Iterable[Source], database: str = "raw") -> list[RawTable]:
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
                found.append(RawTable(source, table, relation, names))
    return found


def naming_values(there: RawTable, wanted: Collection[str] | None = None) -> Iterator[tuple[str, str, str, str]]:
    """List what names a person in a table, as (column, kind, owner of the id, value where it holds, in SQL)."""
    for column in naming_columns(there.table):
        for kind in column.names:
            if wanted is None or kind in wanted:
                value = plain(there.names[column.name])
                value = f"lower({value})" if kind == EMAIL else value
                value = f"case when {condition(column, kind, there.names)} then {value} end"
                yield column.name, kind, "" if kind in ACROSS_SOURCES else there.source.name, value


def _search(raw: Connection, there: Sequence[RawTable], person: str, kind: str | None) -> set[Id]:
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
    raw: Connection, there: Sequence[RawTable], person: str, kind: str | None
) -> dict[Id, set[tuple[str, str]]]:
    """Find an id, with the columns that hold it, as (table, column)."""
    found: dict[Id, set[tuple[str, str]]] = {}
    for table in there:
        for column, found_kind, owner, value in naming_values(table, [kind] if kind else None):
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
    if fingerprint != address_hash.key_fingerprint(settings.hash_key):
        raise CxmartError(
            "CXMART_HASH_KEY is another key than the one that addresses landed with; set that one, or give the "
            "person's id",
            ExitCode.USAGE,
        )
    return address_hash.address_hash(address, settings.hash_key)


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


def _all_ids(raw: Connection, there: Sequence[RawTable], start: Collection[Id]) -> tuple[Id, ...]:
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


def _is_shared(raw: Connection, there: Sequence[RawTable], one: Id) -> bool:
    """Tell whether an address belongs to several persons; it then says nothing of accounts beside it."""
    return one.kind == EMAIL and len(_beside(raw, there, [one], (PERSON,))) > 1


def _beside(raw: Connection, there: Sequence[RawTable], ids: Collection[Id], wanted: Collection[str]) -> set[Id]:
    """Read the ids of some kinds that stand in one row with any of these."""
    write_ids(raw, ids)
    found = set()
    for table in there:
        values = list(naming_values(table))
        hits = " or ".join(is_one_of(kind, owner, value) for _, kind, owner, value in values)
        for _, kind, owner, value in values:
            if kind in wanted:
                rows = raw.execute(
                    f"select distinct {value} as id from {table.relation} where ({hits}) and id is not null"
                ).fetchall()
                found |= {Id(kind, owner, row[0]) for row in rows}
    return found


def write_ids(connection: Connection, ids: Iterable[Id]) -> None:
    """Write ids into the temporary table `erased_ids`."""
    connection.execute("create or replace temp table erased_ids (kind varchar, source varchar, id varchar)")
    for one in ids:
        connection.execute(f"insert into {IDS} values (?, ?, ?)", [one.kind, one.source, one.value])


def is_one_of(kind: str, owner: str, value: str) -> str:
    """Write whether a value is an id of `erased_ids`, of a kind and an owner."""
    listed = f"select id from {IDS} where kind = {literal(kind)} and source = {literal(owner)}"
    # Null is no id.
    return f"coalesce({value} in ({listed}), false)"


def _plan(raw: Connection, there: Sequence[RawTable], ids: tuple[Id, ...]) -> Plan:
    write_ids(raw, ids)
    tables = []
    for table in there:
        goes, loses = row_conditions(table)
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
        holds = reject_holds(ids)
        (held,) = one_row(raw, f"select count(*) filter ({holds}) from raw.{quoted(schema)}._rejects")
        rejects += held
    return Plan(ids, tuple(tables), rejects)


def row_conditions(table: RawTable) -> tuple[str, str]:
    """Write which rows of a table go, and which name the person at all."""
    rows = {column.name for column in table.table.columns if column.erases_row}
    hits = [(name in rows, is_one_of(kind, owner, value)) for name, kind, owner, value in naming_values(table)]
    goes = " or ".join(hit for erases, hit in hits if erases) or "false"
    return goes, " or ".join(hit for _, hit in hits)


def _schemas_with(connection: Connection, name: str, database: str = "raw") -> list[str]:
    rows = connection.execute(
        "select schema_name from duckdb_tables() where database_name = ? and table_name = ? order by 1 nulls last",
        [database, name],
    ).fetchall()
    return [row[0] for row in rows]


def pattern_of_ids(ids: Iterable[Id]) -> str:
    """Write the regular expression of a text that holds an id, as a word of its own."""
    values = sorted({re.escape(text) for one in ids for text in (one.value, one.in_marts)})
    return rf"(^|[^A-Za-z0-9])({'|'.join(values)})($|[^A-Za-z0-9])"


def any_holds(columns: Iterable[str], ids: Iterable[Id]) -> str:
    """Write whether one of the columns holds an id as a word."""
    known = list(ids)
    return " or ".join(_holds(quoted(column), known) for column in columns)


def _holds(text: str, ids: Iterable[Id]) -> str:
    return f"coalesce(regexp_matches({text}, {literal(pattern_of_ids(ids))}), false)"


def reject_holds(ids: Iterable[Id]) -> str:
    """Write whether a record of a table of rejects holds an id as a word."""
    known = list(ids)
    more = _holds(f"array_to_string({TEXTS_OF_MORE_FAULTS}, chr(10))", known)
    return f"({any_holds(REJECTED_TEXTS, known)} or {more})"
