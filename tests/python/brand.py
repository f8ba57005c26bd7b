"""The sample brand in small, as rows by table, for tests that change rows, land them and build."""

import csv
import random
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb

from cxmart.contract import source_contract
from cxmart.demo import generate
from independent.harness import CASTS

Row = Mapping[str, object]
Tables = dict[str, list[dict[str, object]]]

# Two changes of clock, a year's end and Christmas lie within.
FROM, TO = date(2025, 9, 1), date(2026, 4, 12)

LANDED = datetime(2099, 1, 1, tzinfo=UTC)


def make_brand(project_root: Path, folder: Path, seed: int = 1, tickets: int = 700) -> Tables:
    """Generate a small brand, and read it.

    Args:
        project_root: Where the contract stands.
        folder: A new folder, which the files are left in.
        seed: The same seed gives the same rows.
        tickets: How many tickets; the other tables follow.

    Returns:
        Rows by table, with the columns of the raw contract; all values are text, an empty one is "".
    """
    tables = source_contract.read_source(project_root, "standard").tables
    generate.generate(generate.Order(tickets, seed, "csv", FROM, TO), tables, folder)
    return {
        table: list(csv.DictReader((folder / f"{table}.csv").open(newline="", encoding="utf-8"))) for table in tables
    }


def as_raw(project_root: Path, tables: Tables) -> dict[str, list[dict[str, Any]]]:
    """The rows with the values of their declared types, as they are in the raw tables; times are aware, in UTC."""
    declared = source_contract.read_source(project_root, "standard").tables
    raw = {}
    for table, rows in tables.items():
        readers = {column.name: CASTS[column.data_type.partition("(")[0]] for column in declared[table].columns}
        raw[table] = [
            {name: readers[name](str(value)) if value != "" else None for name, value in row.items()}
            | {"_loaded_at": LANDED}
            for row in rows
        ]
    return raw


def write_brand(tables: Mapping[str, Sequence[Row]], folder: Path, shuffle_seed: int | None = None) -> Path:
    """Write each table as a CSV file, its rows shuffled where a seed is given."""
    folder.mkdir(parents=True, exist_ok=True)
    for table, rows in tables.items():
        ordered = list(rows)
        if shuffle_seed is not None:
            random.Random(shuffle_seed).shuffle(ordered)
        write_csv(folder / f"{table}.csv", ordered)
    return folder


def write_csv(path: Path, rows: Iterable[Row]) -> None:
    """Write rows as CSV with the first row's columns."""
    rows = list(rows)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def write_again(project_root: Path, folder: Path, again: Path) -> Path:
    """Write what is in the files of a folder a second time: as it is, renamed, and cut into two parts that overlap.

    Args:
        project_root: Where the contract stands.
        folder: CSV files of the standard layout.
        again: A new folder, which is returned.
    """
    again.mkdir()
    for table in source_contract.read_source(project_root, "standard").tables.values():
        path = folder / f"{table.name}.csv"
        types = {column.name: column.data_type for column in table.columns}
        (again / path.name).write_bytes(path.read_bytes())
        (again / f"{table.name}-copy.csv").write_bytes(path.read_bytes())
        with duckdb.connect() as engine:
            engine.execute("set TimeZone = 'UTC'")
            engine.execute(f"create table landed as from read_csv('{path}', header = true, columns = {types})")
            ((rows,),) = engine.execute("select count(*) from landed").fetchall()
            for name, kind, first, last in (
                ("older", "parquet", 0, 2 * rows // 3),
                ("newer", "json, compression gzip", rows // 3, rows),
            ):
                suffix = "jsonl.gz" if kind.startswith("json") else kind
                engine.execute(
                    f"copy (from landed limit {last - first} offset {first}) "
                    f"to '{again}/{table.name}-{name}.{suffix}' (format {kind})"
                )
    return again
