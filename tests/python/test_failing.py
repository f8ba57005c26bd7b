"""A failing data test publishes nothing, and says which test, which rows and which KPIs."""

import json
import re
from pathlib import Path
from typing import Any

import duckdb
import pytest

from brand import make_brand
from conftest import Run, isolated_environment
from cxmart.base.errors import ExitCode
from cxmart.base.settings import read_settings
from cxmart.build.failed_tests import affected_kpis, keep_failing_rows


def node(name: str, folder: str) -> dict[str, str]:
    return {"name": name, "original_file_path": f"models/{folder}/{name}.sql"}


MANIFEST: dict[str, Any] = {
    "nodes": {
        "model.cxmart.stg_tickets": node("stg_tickets", "staging"),
        "model.cxmart.fct_tickets": node("fct_tickets", "marts/core/tickets"),
        "model.cxmart.int_as_of": node("int_as_of", "intermediate/warehouse"),
        "model.cxmart.fct_mentions": node("fct_mentions", "marts/core/feedback"),
        "model.cxmart.brand_mentions": node("brand_mentions", "marts/kpis/demand"),
        "model.cxmart.fct_orders": node("fct_orders", "marts/core/commerce"),
        "model.cxmart.tickets_created": node("tickets_created", "marts/kpis/demand"),
        "model.cxmart.contact_rate": node("contact_rate", "marts/kpis/demand"),
        "model.cxmart.kpi_values": node("kpi_values", "marts/scorecard"),
        "model.cxmart.findings": node("findings", "marts/core/warehouse"),
    },
    "parent_map": {
        "test.cxmart.of_staging.1": ["model.cxmart.stg_tickets"],
        "test.cxmart.of_orders.2": ["model.cxmart.fct_orders"],
        "test.cxmart.of_cells.3": ["model.cxmart.kpi_values"],
        "test.cxmart.of_findings.4": ["model.cxmart.findings"],
        "test.cxmart.of_as_of.6": ["model.cxmart.int_as_of"],
        "model.cxmart.kpi_values": ["model.cxmart.tickets_created", "model.cxmart.contact_rate"],
    },
    "child_map": {
        "model.cxmart.stg_tickets": [
            "model.cxmart.fct_tickets",
            "model.cxmart.int_as_of",
            "test.cxmart.of_staging.1",
        ],
        "model.cxmart.int_as_of": ["model.cxmart.fct_mentions"],
        "model.cxmart.fct_mentions": ["model.cxmart.brand_mentions"],
        "model.cxmart.fct_tickets": ["model.cxmart.tickets_created", "model.cxmart.contact_rate"],
        "model.cxmart.fct_orders": ["model.cxmart.contact_rate", "test.cxmart.of_orders.2"],
        "model.cxmart.tickets_created": ["model.cxmart.kpi_values"],
        "model.cxmart.contact_rate": ["model.cxmart.kpi_values"],
    },
}


@pytest.mark.parametrize(
    ("test", "kpis"),
    [
        ("of_staging.1", ["contact_rate", "tickets_created"]),
        ("of_orders.2", ["contact_rate"]),
        ("of_cells.3", ["contact_rate", "tickets_created"]),
        ("of_findings.4", []),
        # Every KPI stands on the newest time, but no row of a ticket makes it wrong.
        ("of_as_of.6", ["brand_mentions"]),
        ("of_nothing.5", []),
    ],
)
def test_the_kpis_are_those_that_stand_on_what_is_tested(test: str, kpis: list[str]) -> None:
    assert affected_kpis(MANIFEST, f"test.cxmart.{test}") == kpis


def test_only_the_rows_of_failed_tests_are_kept(home: Path) -> None:
    """A query that can't be run again takes nothing from the others; cells name their KPIs themselves."""
    home.mkdir()
    settings = read_settings(isolated_environment(home, home / "target"))
    settings.target_path.mkdir()
    (settings.target_path / "manifest.json").write_text(json.dumps(MANIFEST))
    with duckdb.connect(str(settings.build_file)) as build:
        build.execute("create schema marts; create table marts.orders as select i as order_id from range(5) as t(i)")
    found = keep_failing_rows(
        settings,
        [
            {"unique_id": "test.cxmart.of_orders.2", "compiled_code": "select * from build.marts.orders order by all"},
            {"unique_id": "test.cxmart.of_staging.1", "compiled_code": "select * from nowhere"},
            {"unique_id": "test.cxmart.of_cells.3", "compiled_code": "select 'tickets_created' as kpi_id, -1 as value"},
        ],
    )
    assert {test: (rows.table, rows.count, rows.examples, rows.kpis) for test, rows in found.items()} == {
        "test.cxmart.of_orders.2": (
            "failures.of_orders",
            5,
            ("order_id=0", "order_id=1", "order_id=2"),
            ("contact_rate",),
        ),
        "test.cxmart.of_cells.3": ("failures.of_cells", 1, ("kpi_id=tickets_created, value=-1",), ("tickets_created",)),
    }
    with duckdb.connect(str(settings.build_file), read_only=True) as build:
        assert build.execute("select count(*) from failures.of_orders").fetchall() == [(5,)]
    assert keep_failing_rows(settings, []) == {}


@pytest.mark.slow
def test_a_failing_test_publishes_nothing(cxmart: Run, home: Path, tmp_path: Path, project_root: Path) -> None:
    """A ticket is in raw.duckdb twice, past the loader that would have seen it."""
    make_brand(project_root, tmp_path / "files", tickets=300)
    for command in (["load", "standard", str(tmp_path / "files")], ["build"], ["publish"]):
        done = cxmart(*command)
        assert done.returncode == 0, done.stdout + done.stderr
    published = {name: (home / name).read_bytes() for name in ("marts.duckdb", "marts_people.duckdb")}
    with duckdb.connect(str(home / "raw.duckdb")) as raw:
        ((ticket,),) = raw.execute("select min(ticket_id) from raw_standard.tickets").fetchall()
        raw.execute("insert into raw_standard.tickets select * from raw_standard.tickets where ticket_id = ?", [ticket])
    done = cxmart("build")
    assert done.returncode == ExitCode.TESTS, done.stdout + done.stderr
    found = re.search(
        r"^failed: (?P<test>\w+): 1 row\n  all of them are in (?P<table>failures\.\w+) of the build, such as\n"
        r"    (?P<example>.*)\n  KPIs that stand on it: (?P<kpis>.*)$",
        done.stderr,
        re.MULTILINE,
    )
    assert found, done.stderr
    assert ticket in found["example"]
    kpis = found["kpis"].split(", ")
    assert {"tickets_created", "first_response_time"} <= set(kpis)
    assert not {"brand_mentions", "article_views"} & set(kpis)
    assert re.search(
        rf"error: 1 data test failed, so it can't be published \({len(kpis)} KPIs may be wrong\)", done.stderr
    )
    with duckdb.connect(str(home / "build.duckdb"), read_only=True) as build:
        rows = build.execute(f"select * from {found['table']}").fetchall()
    assert len(rows) == 1
    assert ticket in str(rows[0])
    refused = cxmart("publish")
    assert refused.returncode == ExitCode.FAILED
    assert "nodes of the build failed or were skipped" in refused.stderr
    assert {name: (home / name).read_bytes() for name in published} == published
