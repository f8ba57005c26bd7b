"""A shop as five countries write it lands as the same shop in ISO, with one file of settings each: every cell of the
marts is the same.
"""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest

from conftest import NOW
from cxmart.base.settings import Settings, read_settings
from cxmart.contract import dialects
from cxmart.contract.vocabulary import Vocabulary, read_vocabulary
from cxmart.demo import generate
from cxmart.landing import load_files
from independent.harness import Warehouse, compile_project, shipped_config
from landings import contract_of
from locales import (
    LOCALES,
    SOFFICE,
    Locale,
    Tables,
    convert,
    in_words,
    save_as,
    write_with_pandas,
    write_workbook,
    write_workbook_with_pandas,
)

# What one test lands another one builds marts of.
pytestmark = pytest.mark.xdist_group("shops")
needs_soffice = pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed (libreoffice-calc)")
each_locale = pytest.mark.parametrize("locale", LOCALES, ids=[locale.code for locale in LOCALES])

DECLARED = contract_of("standard").tables
# No clock of the five countries changes within.
FROM, TO = date(2025, 11, 3), date(2025, 12, 14)
# How a shop was written.
WAYS = ("pandas", "shown", "edited", "xlsx", "ods", "pandas-xlsx")
# Columns that people fill in, in any letters.
NAMED = {"agent_name", "team", "product_name", "template_name", "title", "category"}


@dataclass
class Shops:
    """The shop in ISO, and what its files land as."""

    folder: Path
    tables: Tables

    def settings(self, name: str, config: Path | None) -> Settings:
        said = {"CXMART_HOME": str(self.folder / "homes" / name), "CXMART_NOW": NOW}
        return read_settings(said | ({"CXMART_CONFIG": str(config)} if config else {}))

    def landed(self, name: str, files: Path, locale: Locale | None = None) -> dict[str, list[tuple[Any, ...]]]:
        """Land the files of a folder, with the settings of a locale, and give the rows of each table by its columns."""
        config = None
        if locale:
            config = self.folder / "config" / locale.code
            config.mkdir(parents=True, exist_ok=True)
            (config / dialects.FILE_NAME).write_text(locale.sources_yml)
        settings = self.settings(name, config)
        landed, errors = load_files.load(settings, contract_of("standard"), [str(files)])
        assert errors == []
        assert sum(one.rows_rejected + one.values_rejected for one in landed) == 0, self.rejects(settings)
        assert {one.table for one in landed} == set(DECLARED)
        with duckdb.connect(str(settings.raw_file), read_only=True) as raw:
            return {table: raw.execute(self.query(table)).fetchall() for table in DECLARED}

    def query(self, table: str) -> str:
        names = [*self.tables[table][0], "_date_columns"]
        return f"select {', '.join(names)} from raw_standard.{table} order by {', '.join(DECLARED[table].key)}"

    def rejects(self, settings: Settings) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(settings.raw_file), read_only=True) as raw:
            return raw.execute(
                "select table_name, column_name, reason, min(value), count(*) from raw_standard._rejects group by all"
            ).fetchall()

    def as_named(self, locale: Locale) -> Tables:
        """The shop with names in the letters of a locale, as it is in ISO."""
        return {
            table: [
                {name: f"{value} {locale.name}" if name in NAMED and value else value for name, value in row.items()}
                for row in rows
            ]
            for table, rows in self.tables.items()
        }

    def in_iso(self, locale: Locale) -> dict[str, list[tuple[Any, ...]]]:
        """What the shop lands as from files in ISO."""
        folder = self.folder / "iso" / locale.code
        folder.mkdir(parents=True)
        for table, rows in self.as_named(locale).items():
            with (folder / f"{table}.csv").open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, list(rows[0]))
                writer.writeheader()
                writer.writerows(rows)
        return self.landed(f"iso-{locale.code}", folder)


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory) -> Shops:
    """The generated shop, with times to the minute, as spreadsheets show them, and some amounts of thousands."""
    folder = tmp_path_factory.mktemp("shops")
    generate.generate(generate.Order(80, 3, "csv", FROM, TO), DECLARED, folder / "made")
    tables = {}
    for table, declared in DECLARED.items():
        with (folder / "made" / f"{table}.csv").open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        times = [column.name for column in declared.columns if column.data_type == "timestamp"]
        amounts = [column.name for column in declared.columns if column.unit == "money"]
        for number, row in enumerate(rows):
            for name in times:
                row[name] = f"{row[name][:16]}:00Z" if row[name] else ""
            for name in amounts:
                if row[name] and number % 3 == 0:
                    row[name] = f"{float(row[name]) * 100:.2f}"
        tables[table] = rows
    return Shops(folder, tables)


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return read_vocabulary(read_settings({}))


@pytest.fixture(scope="module")
def in_iso(shops: Shops) -> Callable[[Locale], dict[str, list[tuple[Any, ...]]]]:
    return cache(shops.in_iso)


@pytest.fixture(scope="module")
def written(shops: Shops, vocabulary: Vocabulary) -> Callable[[Locale], Tables]:
    """The shop as a locale writes its names and words."""
    return cache(lambda locale: in_words(shops.as_named(locale), DECLARED, locale, vocabulary))


@pytest.fixture(scope="module")
def cells(shops: Shops, target_path: Path) -> Callable[[str], Any]:
    """The cells of the marts that are built of what has landed in a home."""
    manifest = compile_project("UTC", shops.folder / "compiled", target_path)
    warehouse, seeds = Warehouse(manifest), shipped_config()

    def of_home(name: str) -> Any:
        with duckdb.connect(str(shops.folder / "homes" / name / "raw.duckdb"), read_only=True) as raw:
            rows = {}
            for table in DECLARED:
                found = raw.execute(f"from raw_standard.{table}")
                names = [column[0] for column in found.description]
                rows[table] = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
        return warehouse.cells(rows, seeds)

    return of_home


@pytest.mark.slow
@each_locale
def test_what_pandas_writes_lands_whole(
    shops: Shops, in_iso: Any, written: Any, vocabulary: Vocabulary, locale: Locale
) -> None:
    files = write_with_pandas(written(locale), DECLARED, locale, vocabulary, shops.folder / f"pandas-{locale.code}")
    assert shops.landed(f"pandas-{locale.code}", files, locale) == in_iso(locale)


@pytest.mark.slow
@needs_soffice
@each_locale
@pytest.mark.parametrize("as_shown", [True, False], ids=["as shown", "as edited"])
def test_what_a_spreadsheet_saves_as_text_lands_whole(
    shops: Shops, in_iso: Any, written: Any, locale: Locale, as_shown: bool
) -> None:
    name = f"{'shown' if as_shown else 'edited'}-{locale.code}"
    workbook = write_workbook(written(locale), DECLARED, locale, shops.folder / f"{name}.xlsx")
    (shops.folder / name).mkdir()
    files = save_as(workbook, locale, shops.folder / name, as_shown=as_shown)
    assert shops.landed(name, files, locale) == in_iso(locale)


@pytest.mark.slow
@needs_soffice
@each_locale
@pytest.mark.parametrize("form", ["xlsx", "ods"])
def test_a_workbook_of_a_spreadsheet_lands_whole(
    shops: Shops, in_iso: Any, written: Any, locale: Locale, form: str
) -> None:
    name = f"{form}-{locale.code}"
    made = write_workbook(written(locale), DECLARED, locale, shops.folder / f"made-{name}.xlsx")
    (shops.folder / name).mkdir()
    convert(made, locale, shops.folder / name, form)
    assert shops.landed(name, shops.folder / name, locale) == in_iso(locale)


@pytest.mark.slow
@each_locale
@pytest.mark.parametrize("form", ["xlsx"])
def test_a_workbook_of_pandas_lands_whole(shops: Shops, in_iso: Any, written: Any, locale: Locale, form: str) -> None:
    name = f"pandas-{form}-{locale.code}"
    (shops.folder / name).mkdir()
    write_workbook_with_pandas(written(locale), DECLARED, locale, shops.folder / name / f"shop.{form}")
    assert shops.landed(name, shops.folder / name, locale) == in_iso(locale)


@pytest.mark.slow
@each_locale
def test_every_cell_of_the_marts_is_the_same(
    shops: Shops, in_iso: Any, cells: Callable[[str], Any], locale: Locale
) -> None:
    in_iso(locale)
    expected = cells(f"iso-{locale.code}")
    assert len({kpi_id for kpi_id, *_ in expected}) > 60
    others = [
        f"{way}-{locale.code}"
        for way in WAYS
        if (shops.folder / "homes" / f"{way}-{locale.code}" / "raw.duckdb").exists()
    ]
    assert f"pandas-{locale.code}" in others
    for name in others:
        assert cells(name) == expected, name
