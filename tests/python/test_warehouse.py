"""The whole way, with the real command line: land, build with every dbt test, publish, and look at the marts."""

from collections.abc import Callable, Mapping
from pathlib import Path
from subprocess import CompletedProcess

import duckdb
import pytest

from brand import Tables, make_brand, write_again, write_brand
from conftest import isolated_environment
from cxmart.base.settings import read_settings
from cxmart.report.explain import explaining
from explained import differing
from public_data import incident_updates, invoice_lines, write_rows

pytestmark = pytest.mark.xdist_group("warehouse")

Run = Callable[..., CompletedProcess[str]]

# What differs between two runs by design: the run's id, its times and the loads that brought the rows.
NOT_COMPARED = {"publication", "publication_raw", "publication_sources", "publication_tables"}

# A zone with changes of clock, so that days are not all 24 hours long.
ZONE = {"CXMART_TIMEZONE": "Europe/Berlin"}


def marts_of(home: Path, where: Mapping[str, str] | None = None) -> dict[str, tuple[int, str]]:
    """Row count and a hash of the sorted rows of each published table; `where` filters a table."""
    with duckdb.connect(str(home / "marts_people.duckdb"), read_only=True) as marts:
        tables = [
            name
            for (name,) in marts.execute("select table_name from duckdb_tables() order by 1").fetchall()
            if name not in NOT_COMPARED
        ]
        contents = {}
        for table in tables:
            condition = (where or {}).get(table, "true")
            contents[table] = marts.execute(
                f"select count(*), coalesce(md5(string_agg(line, chr(10) order by line)), '') "
                f"from (select cast(t as varchar) as line from {table} as t where {condition})"
            ).fetchone()
    return contents


def rows(home: Path, query: str, database: str = "marts_people") -> list[tuple]:
    with duckdb.connect(str(home / f"{database}.duckdb"), read_only=True) as connection:
        return connection.execute(query).fetchall()


def build_brand(cxmart: Run, home: Path, *folders: Path, **environment: str) -> None:
    """Land folders of the standard layout one after the other, build with all tests, publish."""
    settings = {**ZONE, "CXMART_HOME": str(home), **environment}
    for command in (*(["load", "standard", str(folder)] for folder in folders), ["build"], ["publish"]):
        done = cxmart(*command, env=settings)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def brand(project_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Tables:
    return make_brand(project_root, tmp_path_factory.mktemp("generated") / "files")


@pytest.fixture(scope="module")
def brand_home(cxmart_module: Run, brand: Tables, tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("brand")
    build_brand(cxmart_module, base / "home", write_brand(brand, base / "files"))
    return base / "home"


def test_every_kpi_has_values_on_the_brand(brand_home: Path) -> None:
    # In so short a time no agent leaves.
    silent = rows(
        brand_home,
        """
        select kpi_id from kpi_catalog
        where kpi_id not in (select kpi_id from kpi_values where value <> 0 and slice = 'overall')
        """,
    )
    assert silent == [("agent_turnover_rate",)]


def test_the_same_input_gives_the_same_marts(
    cxmart: Run, home: Path, tmp_path: Path, brand: Tables, brand_home: Path
) -> None:
    """Rows in another order, landed in another order: not one cell differs."""
    build_brand(cxmart, home, write_brand(brand, tmp_path / "shuffled", shuffle_seed=7))
    assert marts_of(home) == marts_of(brand_home)


def test_numbers_are_explained(brand_home: Path, target_path: Path) -> None:
    """The observations of any cell add up to what is published (the sample brand has many more cells)."""
    settings = read_settings(isolated_environment(brand_home, target_path, ZONE))
    with explaining(settings) as explainer:
        found = [differing(explainer, kpi_id, 2) for kpi_id in explainer.kpis]
    assert [wrong for _, all_wrong in found for wrong in all_wrong] == []
    assert sum(count for count, _ in found) == 2 * len(found)


@pytest.mark.slow
def test_rows_that_land_twice_count_once(
    cxmart: Run, home: Path, tmp_path: Path, project_root: Path, brand: Tables, brand_home: Path
) -> None:
    """The same rows in files of other names, cuts and formats, and the same files once more: not one cell differs."""
    files = write_brand(brand, tmp_path / "files")
    again = write_again(project_root, files, tmp_path / "again")
    build_brand(cxmart, home, again, files, again)
    assert marts_of(home) == marts_of(brand_home)


@pytest.mark.slow
def test_a_second_build_gives_the_same_marts(cxmart_module: Run, brand_home: Path) -> None:
    before = marts_of(brand_home)
    settings = {**ZONE, "CXMART_HOME": str(brand_home)}
    assert cxmart_module("build", env=settings).returncode == 0
    assert cxmart_module("publish", env=settings).returncode == 0
    assert marts_of(brand_home) == before


@pytest.mark.slow
def test_sources_are_united_without_clashing(cxmart: Run, home: Path, tmp_path: Path, brand: Tables) -> None:
    """Equal ids in three sources stay apart, and each source's cells are those it has alone."""
    examples = write_examples(tmp_path)
    clashing = with_ids_of_the_examples(brand)
    settings = {**ZONE, "CXMART_HOME": str(home), "CXMART_CURRENCY": "GBP"}
    for source, path in {**examples, "standard": write_brand(clashing, tmp_path / "standard")}.items():
        done = cxmart("load", source, str(path), env=settings)
        assert done.returncode == 0, done.stdout + done.stderr

    def cells(sources: str) -> dict[str, list[tuple]]:
        # as_of is the same for all, so that stocks run to the same day.
        chosen = {**settings, "CXMART_SOURCES": sources, "CXMART_AS_OF": "2026-04-13T00:00:00Z"}
        for command in (["build"], ["publish", "--accept-revisions"]):
            done = cxmart(*command, env=chosen)
            assert done.returncode == 0, done.stdout + done.stderr
        query = """
            select kpi_id, grain, period_start_at, numerator, denominator, value, sample_size, median, p90, maturity
            from marts.kpi_values where slice = 'source' and slice_value = ? order by all
        """
        with duckdb.connect(str(home / "marts.duckdb"), read_only=True) as marts:
            return {source: marts.execute(query, [source]).fetchall() for source in sources.split(",")}

    together = cells("standard,online_retail,uci_incidents")
    for source in ("standard", "online_retail", "uci_incidents"):
        alone = cells(source)  # a source that is taken away leaves a working build
        assert len(alone[source]) > 100
        assert alone[source] == together[source], source


def write_examples(folder: Path) -> dict[str, Path]:
    """A few rows in the form of each public data set, so that three sources build in seconds."""
    return {
        "online_retail": write_rows(folder / "online_retail.csv", invoice_lines()),
        "uci_incidents": write_rows(folder / "uci_incidents.csv", incident_updates()),
    }


def with_ids_of_the_examples(tables: Tables) -> Tables:
    """The same brand with some ids of the examples: tickets, orders, customers and products that others have too."""
    renamed = {
        "T0000001": "INC0000045", "T0000002": "INC0000047", "O0000001": "536365", "O0000002": "541431",
        "C0000001": "17850", "C0000002": "Caller 2403", "P00101": "85123A", "A001": "Group 70",
    }  # fmt: skip
    return {
        table: [{name: renamed.get(str(value), value) for name, value in row.items()} for row in rows_]
        for table, rows_ in tables.items()
    }


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 5))
def test_invariants_hold_on_other_brands(
    cxmart: Run, home: Path, tmp_path: Path, project_root: Path, seed: int
) -> None:
    """Every dbt test (backlog identity, partitions, accounting …) on brands drawn anew, in zones with odd midnights."""
    zone = ["America/Havana", "Australia/Lord_Howe", "Asia/Kathmandu"][seed - 2]
    make_brand(project_root, tmp_path / "files", seed, tickets=1500)
    build_brand(cxmart, home, tmp_path / "files", CXMART_TIMEZONE=zone)
    assert rows(home, "select count(*) from fct_tickets") == [(1500,)]
