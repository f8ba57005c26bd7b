"""A build without any data, and with all of dbt's unit tests; in a file of its own, to run beside the others."""

from pathlib import Path

import duckdb

from conftest import Run


def test_empty_warehouse_builds_with_every_unit_test(cxmart: Run, home: Path) -> None:
    """An analyst who has no data yet gets a working build, and every KPI says `no_data`."""
    done = cxmart("build", "--unit-tests")
    assert done.returncode == 0, done.stdout + done.stderr
    assert cxmart("publish").returncode == 0
    with duckdb.connect(str(home / "marts.duckdb"), read_only=True) as marts:
        statuses = marts.execute("select distinct status from marts.kpi_scorecard").fetchall()
        cells = marts.execute("select count(*) from marts.kpi_values").fetchall()
    assert (statuses, cells) == ([("no_data",)], [(0,)])
