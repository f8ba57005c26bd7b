"""The accounts of a source in raw.duckdb: its loads, its rejects, and the key that addresses were hashed with."""

from dataclasses import replace

from cxmart.base.database import Connection, columns_of, one_row, quoted
from cxmart.base.settings import Settings
from cxmart.contract.source_contract import Source, Table
from cxmart.contract.vocabulary import read_vocabulary
from cxmart.landing import match_columns, rejects
from cxmart.landing.files import Content
from cxmart.landing.landed import Landed

# Holds the fingerprint of the key that e-mail addresses were hashed with.
HASH_KEY_TABLE = "cxmart_hash_key"

# The tables of the accounts, in each schema.
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


def relation(source: Source, name: str) -> str:
    """Write the name of a table of a source; DuckDB calls the catalog of raw.duckdb `raw`, after the file."""
    return f"raw.{quoted(source.schema)}.{quoted(name)}"


def fingerprint(source: Source, table: Table, settings: Settings) -> str:
    """Tell what decides on a file's rows beside its bytes: the contract of its table, seeds, whether it can hash."""
    has_addresses = settings.hash_key is not None and any(
        column.name == match_columns.HASH_COLUMN for column in table.columns
    )
    told = read_vocabulary(settings).fingerprint(table, has_addresses=has_addresses, language=source.dialect.language)
    return f"{source.fingerprint(table)}-{told}" + ("+key" if settings.hash_key else "")


def earlier_load(raw: Connection, source: Source, table: Table, content: Content) -> tuple[int, str] | None:
    """Give the newest load of the same bytes with the contract that it met."""
    if not columns_of(raw, "raw", source.schema, "_loads"):
        return None
    row: tuple[int, str] | None = raw.execute(
        f"""
        select load_id, contract
        from {relation(source, "_loads")}
        where table_name = ? and sha256 = ?
        order by load_id desc nulls last
        limit 1
        """,
        [table.name, content.sha256],
    ).fetchone()
    return row


def with_what_is_open(known: Landed, raw: Connection, source: Source) -> Landed:
    """Add to a file that was loaded before what was rejected of it then, and is not settled."""
    rows, rejected = one_row(
        raw,
        f"""
        select
            (select rows_read - rows_erased from {relation(source, "_loads")} where load_id = $load_id),
            (
                select count(*)
                from {relation(source, "_rejects")}
                where load_id = $load_id and cleared_by_load_id is null and is_row_kept is not true
            )
        """,
        {"load_id": known.load_id},
    )
    if not rejected:
        return known
    groups = rejects.read_groups(raw, source.schema, "load_id = ? and cleared_by_load_id is null", [known.load_id])
    return replace(known, rows_read_before=rows or 0, rows_rejected_before=rejected, reject_groups=tuple(groups))
