"""Who was forgotten, and what keeps them from coming back with a file that lands again.

The columns that name a person are declared in a source's YAML (`names`). raw.duckdb holds a keyed hash of each id that
was erased, not the id; the key lies beside it, in a file of its own.
"""

import os
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cxmart.base import keyed_hash
from cxmart.base.database import Connection, columns_of, literal, one_row, quoted
from cxmart.base.errors import CxmartError, ExitCode, translate
from cxmart.base.settings import Settings
from cxmart.contract.source_contract import PERSON_KINDS, Column, Source, Table

# What an id is one of. A reader and a visit are known by a browser, the others by an account.
CUSTOMER, PERSON, EMAIL, READER, VISIT, AGENT = PERSON_KINDS
# The same person or address in whatever source.
ACROSS_SOURCES = (PERSON, EMAIL)

LIST_TABLE = "cxmart_forgotten"
KEY_FILE = "forgotten.key"


@dataclass(frozen=True, order=True)
class Id:
    """An id of a person: what it is one of, the source (empty for those across sources), and the id as in files."""

    kind: str
    source: str
    value: str

    @property
    def in_marts(self) -> str:
        """How the marts write it."""
        return f"{self.kind}:{self.value}" if self.kind in ACROSS_SOURCES else f"{self.source}:{self.value}"


def plain(column: str) -> str:
    """Write the id in a column as staging reads it: without blanks around it, and none where it is empty."""
    return f"nullif(trim(cast({column} as varchar)), '')"


def condition(column: Column, kind: str, names: Mapping[str, str]) -> str:
    """Write on which rows a column names a person of a kind.

    Args:
        column: a column that can.
        kind: what the id is one of.
        names: how each column of the table is called in the query.
    """
    unless = column.names[kind]
    parts = [f"{plain(names[column.name])} is not null"]
    parts += [f"lower(trim({names[other]})) is distinct from {literal(value)}" for other, value in unless.items()]
    return " and ".join(parts)


def naming_columns(table: Table) -> list[Column]:
    """List the columns of a table that name a person."""
    return [column for column in table.columns if column.names]


def key_file(settings: Settings) -> Path:
    """Tell where the key of the hashes is."""
    return settings.home / KEY_FILE


def read_key(settings: Settings, *, make: bool = False) -> bytes:
    """Read the key of the hashes of erased ids.

    Args:
        settings: where it is.
        make: make it where there is none.

    Raises:
        CxmartError: there is none, or it can't be read or made.
    """
    path = key_file(settings)
    try:
        if make and not path.exists():
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_hex(32))
                file.flush()
                os.fsync(file.fileno())
        return bytes.fromhex(path.read_text().strip())
    except FileNotFoundError:
        raise CxmartError(
            f"{path} is missing: with it files are checked for persons who were erased; put it back from a copy, "
            "so that nobody comes back",
            ExitCode.WAREHOUSE,
        ) from None
    except ValueError:
        raise CxmartError(f"{path} holds no key; put it back from a copy", ExitCode.WAREHOUSE) from None
    except OSError as error:
        raise translate(error, path) from error


def hash_of(key: bytes, one: Id) -> str:
    """Hash an id with the key, as `hide` does in SQL."""
    return keyed_hash.of(f"{one.kind}:{one.source}:{one.value}", key)


def are_listed(raw: Connection, source: Source, table: Table) -> bool:
    """Tell whether somebody was forgotten whom a row of a table could name.

    Args:
        raw: an open connection, with raw.duckdb as `raw`.
        source: the source of the table.
        table: the table.
    """
    kinds = {kind for column in naming_columns(table) for kind in column.names}
    if not kinds or not columns_of(raw, "raw", "main", LIST_TABLE):
        return False
    (listed,) = one_row(
        raw,
        f"select count(*) from raw.main.{LIST_TABLE} where source in ('', ?) and list_contains(?, kind)",
        [source.name, sorted(kinds)],
    )
    return bool(listed)


def hide(
    raw: Connection, incoming: str, source: Source, table: Table, names: Mapping[str, str], settings: Settings
) -> int:
    """Take persons who were forgotten out of the rows of a file, before any of them lands.

    What is about such a person alone is deleted; in other rows the id is blanked. Rows that are rejected anyway lose
    their text, which holds the id.

    Args:
        raw: an open connection, with raw.duckdb as `raw`.
        incoming: the temporary table that the file was read into, with a column `hides_text`.
        source: its source.
        table: its table.
        names: how each column of the table is called in `incoming`.
        settings: for the key.

    Returns:
        How many rows were deleted.

    Raises:
        CxmartError: the key is missing.
    """
    key = read_key(settings)
    deleted = 0
    # Rows first: a blanked id no longer tells whose they are.
    for column in sorted(naming_columns(table), key=lambda column: not column.erases_row):
        for kind in column.names:
            owner = "" if kind in ACROSS_SOURCES else source.name
            value = plain(names[column.name])
            if kind == EMAIL:
                value = f"lower({value})"
            listed = (
                f"select hash from raw.main.{LIST_TABLE} where kind = {literal(kind)} and source = {literal(owner)}"
            )
            hashed = keyed_hash.in_sql(value, f"{kind}:{owner}:")
            is_forgotten = f"{condition(column, kind, names)} and {hashed} in ({listed})"
            if column.erases_row:
                (rows,) = one_row(raw, f"delete from {incoming} where {is_forgotten}", keyed_hash.parameters(key))
                deleted += rows
                continue
            blank = "null" if column.erased_as is None else literal(column.erased_as)
            raw.execute(
                f"update {incoming} set {names[column.name]} = {blank}, hides_text = true where {is_forgotten}",
                keyed_hash.parameters(key),
            )
    return deleted


def write_list(file: Connection, database: str, ids: Iterable[Id], key: bytes) -> None:
    """Add ids to the list, as hashes.

    Args:
        file: an open connection.
        database: what raw.duckdb is called in it.
        ids: who was forgotten.
        key: the key of the hashes.
    """
    table = f"{quoted(database)}.main.{LIST_TABLE}"
    file.execute(f"create table if not exists {table} (kind varchar, source varchar, hash varchar)")
    for one in ids:
        file.execute(
            f"insert into {table} select $1, $2, $3 where not exists (select * from {table} where hash = $3)",
            [one.kind, one.source, hash_of(key, one)],
        )
