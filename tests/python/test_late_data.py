"""Late data: in whatever order rows come, and however often all is built in between, the same marts stand in the end.

The rows of a small brand get a history (corrected, deleted, come back), are cut into slices that have nothing to do
with their dates, and land late, twice, and after newer versions of themselves.
"""

import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from brand import Tables, as_raw, make_brand, write_csv
from conftest import NOW, PROJECT_ROOT, Run
from cxmart.base.settings import read_settings
from cxmart.contract import source_contract
from cxmart.landing import files, land_file, raw_file
from cxmart.landing.landed import Landed
from independent.harness import META_COLUMNS, Warehouse, compile_project, shipped_config
from independent.world import Raw

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("late")]

SLICES = 30
# A table has rows in so many of them: an export seldom has all tables.
SLICES_OF_A_TABLE = 5
SHARE_CORRECTED, SHARE_DELETED, SHARE_REPEATED = 0.2, 0.03, 0.1
DECLARED = source_contract.read_source(PROJECT_ROOT, "standard").tables

Slice = dict[str, list[dict[str, object]]]


def with_history(final: Tables, draw: random.Random) -> list[Slice]:
    """Cut the rows of a brand into slices, with older versions of some; `final` gets what is deleted in the end."""
    slices: list[Slice] = [{} for _ in range(SLICES)]
    for table, rows in final.items():
        key = DECLARED[table].key
        others = [name for name in rows[0] if name not in (*key, "updated_at", "is_deleted")]
        chosen = draw.sample(slices, SLICES_OF_A_TABLE)
        for row in rows:
            versions = [row]
            if draw.random() < SHARE_DELETED:
                row["is_deleted"] = "true"
            if draw.random() < SHARE_CORRECTED:
                older = dict(row)
                donor = draw.choice(rows)
                older.update({name: donor[name] for name in draw.sample(others, min(2, len(others)))})
                older["is_deleted"] = draw.choice(["true", "false"])
                updated = datetime.fromisoformat(str(row["updated_at"]))
                older["updated_at"] = (updated - timedelta(days=draw.randrange(1, 90))).isoformat()
                versions.append(older)
            if draw.random() < SHARE_REPEATED:
                versions.append(row)
            for version in versions:
                draw.choice(chosen).setdefault(table, []).append(version)
    for one in slices:
        for rows in one.values():
            draw.shuffle(rows)
    return slices


def write_slices(slices: list[Slice], folder: Path) -> list[Path]:
    """Write each slice as a folder of files."""
    folders = []
    for number, tables in enumerate(slices):
        folders.append(folder / f"slice-{number:02}")
        folders[-1].mkdir(parents=True)
        for table, rows in tables.items():
            write_csv(folders[-1] / f"{table}.csv", rows)
    return folders


def land(home: Path, folder: Path) -> list[Landed]:
    """Land all files of a folder."""
    settings = read_settings({"CXMART_HOME": str(home), "CXMART_NOW": NOW})
    raw_file.prepare(settings)
    source = source_contract.read_source(PROJECT_ROOT, "standard")
    paths = [folder] if any(folder.iterdir()) else []
    return [land_file.land(file, source, settings) for file in files.find(map(str, paths)).files]


def landed_rows(home: Path, raw_columns: Mapping[str, Mapping[str, str]]) -> Raw:
    """The rows of raw.duckdb, as the models' raw tables take them."""
    rows: Raw = {}
    with duckdb.connect(str(home / "raw.duckdb"), read_only=True) as raw:
        there = {name for (name,) in raw.execute("select table_name from duckdb_tables()").fetchall()}
        for table, columns in raw_columns.items():
            if table not in there:
                continue
            present = [name for (name, *_) in raw.execute(f"describe raw_standard.{table}").fetchall()]
            names = [name for name in columns if name in present]
            found = raw.execute(f"select {', '.join(names)} from raw_standard.{table}").fetchall()
            rows[table] = [dict(zip(names, map(aware, row), strict=True)) for row in found]
    return rows


def aware(value: Any) -> Any:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value


@pytest.fixture(scope="module")
def warehouse(target_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    return Warehouse(compile_project("UTC", tmp_path_factory.mktemp("compiled"), target_path))


@pytest.fixture(scope="module")
def brand(tmp_path_factory: pytest.TempPathFactory) -> tuple[Tables, list[Slice]]:
    """The rows as they are in the end, and the slices that they come in."""
    final = make_brand(PROJECT_ROOT, tmp_path_factory.mktemp("brand") / "files", seed=5, tickets=60)
    slices = with_history(final, random.Random(17))
    return final, slices


def as_landed(final: Tables) -> Raw:
    """The rows of the end, as if they had landed at once."""
    landed_at = datetime.fromisoformat(NOW)
    return {
        table: [row | dict.fromkeys(META_COLUMNS) | {"_loaded_at": landed_at} for row in rows]
        for table, rows in as_raw(PROJECT_ROOT, final).items()
    }


def test_refreshing_after_each_slice_ends_in_the_same_marts(
    warehouse: Warehouse, brand: tuple[Tables, list[Slice]], tmp_path: Path
) -> None:
    """All is built after each slice, and holds what must always hold; the last one is the one with everything."""
    final, slices = brand
    home = tmp_path / "home"
    landed: list[Landed] = []
    seen = set()
    for folder in write_slices(slices, tmp_path / "slices"):
        landed += land(home, folder)
        cells = warehouse.cells(landed_rows(home, warehouse.raw_columns), shipped_config())
        assert warehouse.broken_invariants() == {}, folder.name
        seen.add(len(cells))
    assert len(seen) > SLICES // 2, "the slices change what is published"
    # Nothing of the history went by unnoticed.
    for outcome in ("rows_loaded", "rows_duplicate", "rows_stale"):
        assert sum(getattr(file, outcome) for file in landed) > 50, outcome
    assert sum(file.rows_rejected for file in landed) == 0
    standards = warehouse.standards()
    expected = warehouse.cells(as_landed(final), shipped_config())
    assert expected
    assert cells == expected
    assert standards == warehouse.standards()


def test_the_command_itself_ends_in_the_same_marts(
    cxmart: Run, home: Path, warehouse: Warehouse, brand: tuple[Tables, list[Slice]], tmp_path: Path
) -> None:
    """Two refreshes by the real command, of which the second brings as much as the first, give the same numbers."""
    final, slices = brand
    folders = write_slices(slices, tmp_path / "slices")
    drop = tmp_path / "drop"
    drop.mkdir()
    # Much of what is final changes, which is what the audit is there to stop.
    settings = {"CXMART_DROP": str(drop), "CXMART_MAX_REVISED_SHARE": "1", "CXMART_MAX_LOST_SHARE": "1"}
    for half in (folders[: SLICES // 2], folders[SLICES // 2 :]):
        for folder in half:
            folder.rename(drop / folder.name)
        done = cxmart("refresh", env=settings)
        assert done.returncode == 0, done.stdout + done.stderr
    with duckdb.connect(str(home / "marts_people.duckdb"), read_only=True) as marts:
        published = {
            (kpi_id, grain, aware(start_at) if grain == "hour" else start, slice_name, slice_value): numbers
            for kpi_id, grain, start, start_at, slice_name, slice_value, *numbers in marts.execute(
                """
                select
                    kpi_id, grain, period_start, period_start_at, slice, slice_value,
                    numerator, denominator, value, sample_size, median, p90, status, maturity
                from kpi_values
                """
            ).fetchall()
        }
        ((revisions,),) = marts.execute("select count(*) from kpi_revisions").fetchall()
    assert revisions > 0
    cells = warehouse.cells(as_landed(final), shipped_config())
    expected = {
        key: [
            *(cell.numerator, cell.denominator, cell.value, cell.sample_size),
            *(cell.median, cell.p90, cell.status, cell.maturity),
        ]
        for key, cell in cells.items()
    }
    assert published == expected
