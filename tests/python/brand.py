"""The sample brand in small, as rows by table, for tests that change rows, land them and build."""

import csv
import random
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path

from cxmart import contract, generating

Row = Mapping[str, object]
Tables = dict[str, list[dict[str, object]]]

# Two changes of clock, a year's end and Christmas lie within.
FROM, TO = date(2025, 9, 1), date(2026, 4, 12)


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
    tables = contract.read_source(project_root, "standard").tables
    generating.generate(generating.Order(tickets, seed, "csv", FROM, TO), tables, folder)
    return {
        table: list(csv.DictReader((folder / f"{table}.csv").open(newline="", encoding="utf-8"))) for table in tables
    }


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
