"""The two public data sets end in the published figures, and every raw row is accounted for."""

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import duckdb
import pytest

from public_data import ONLINE_RETAIL, UCI_INCIDENTS, needs_incidents, needs_online_retail

Run = Callable[..., CompletedProcess[str]]


def query(home: Path, database: str, sql: str) -> list[tuple]:
    with duckdb.connect(str(home / f"{database}.duckdb"), read_only=True) as connection:
        return connection.execute(sql).fetchall()


@pytest.fixture(scope="module")
def retail(cxmart_module: Run, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    home = tmp_path_factory.mktemp("retail")
    done = cxmart_module("demo", "online_retail", str(ONLINE_RETAIL), env={"CXMART_HOME": str(home)})
    assert done.returncode == 0, done.stdout + done.stderr
    return home / "demo" / "online_retail", done.stdout


@pytest.fixture(scope="module")
def incidents(cxmart_module: Run, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    home = tmp_path_factory.mktemp("incidents")
    done = cxmart_module("demo", "uci_incidents", str(UCI_INCIDENTS), env={"CXMART_HOME": str(home)})
    assert done.returncode == 0, done.stdout + done.stderr
    return home / "demo" / "uci_incidents", done.stdout


@needs_online_retail
def test_online_retail_gives_the_published_figures(retail: tuple[Path, str]) -> None:
    home, printed = retail
    assert query(home, "raw", "select count(*) from raw_online_retail.online_retail") == [(541_909,)]
    invoices = dict(
        query(home, "build", "select kind, count(*) from staging.stg_online_retail__invoices group by kind")
    )
    assert sum(invoices.values()) == 25_900
    assert invoices["credit_note"] == 3_836
    assert invoices["adjustment"] == 3
    assert query(home, "marts_people", "select count(*) from dim_customers") == [(4_372,)]
    for figure in ("541,909", "25,900", "3,836", "4,372"):
        assert figure in printed


@needs_online_retail
def test_online_retail_accounts_for_every_row(retail: tuple[Path, str]) -> None:
    home, _ = retail
    counted = "select sum(row_count) from marts.row_accounting where step = 'raw_to_staged'"
    assert query(home, "marts", counted) == [(541_909,)]
    kept = "select sum(row_count) from marts.row_accounting where step = 'raw_to_staged' and reason = 'order_line'"
    assert query(home, "marts", kept) == query(home, "marts_people", "select count(*) from fct_order_lines")


@needs_online_retail
def test_online_retail_reverses_the_two_famous_orders(retail: tuple[Path, str]) -> None:
    """Orders of 77,183.60 and 168,469.60 pounds were typed by mistake and reversed within minutes."""
    home, _ = retail
    reversed_orders = query(
        home,
        "marts_people",
        """
        select order_id, cast(order_value as decimal(18, 2)) || '', is_valid, cancelled_by from fct_orders
        where order_id in ('online_retail:541431', 'online_retail:581483') order by 1
        """,
    )
    assert reversed_orders == [
        ("online_retail:541431", "77183.60", False, None),
        ("online_retail:581483", "168469.60", False, None),
    ]


@needs_online_retail
def test_the_repeat_customer_share_is_that_of_the_definition(retail: tuple[Path, str]) -> None:
    """Counted pair by pair from the staged orders: an order that counted when a later valid one was placed."""
    home, printed = retail
    pairs = """
        with orders as (
            select *, status = 'cancelled' as is_cancelled from staging.stg_online_retail__orders
            where customer_id is not null
        )
        select
            (select count(distinct customer_id) from orders where not is_cancelled),
            count(distinct later.customer_id)
        from orders as later, orders as earlier
        where
            later.customer_id = earlier.customer_id
            and not later.is_cancelled
            and (earlier.ordered_at, earlier.order_id) < (later.ordered_at, later.order_id)
            and (not earlier.is_cancelled or earlier.cancelled_at > later.ordered_at)
    """
    marts = """
        select count(distinct person_id), count(distinct person_id) filter (is_repeat)
        from fct_orders where is_valid
    """
    ((people, repeaters),) = query(home, "build", pairs)
    assert query(home, "marts_people", marts) == [(people, repeaters)]
    assert f"{100 * repeaters / people:.1f}" in printed


@needs_incidents
def test_incidents_give_the_published_figures(incidents: tuple[Path, str]) -> None:
    home, printed = incidents
    assert query(home, "raw", "select count(*) from raw_uci_incidents.uci_incidents") == [(119_998,)]
    assert query(home, "marts_people", "select count(*), count(distinct ticket_id) from fct_tickets") == [
        (20_769, 20_769)
    ]
    counted = "select sum(row_count) from marts.row_accounting where step = 'raw_to_staged'"
    assert query(home, "marts", counted) == [(119_998,)]
    created = """
        select sum(value) from marts.kpi_values
        where kpi_id = 'tickets_created' and grain = 'month' and slice = 'overall'
    """
    assert query(home, "marts", created) == [(20_769,)]
    assert "20,769" in printed and "119,998" in printed


@needs_incidents
def test_the_scorecard_is_printed_and_readable_by_machines(cxmart_module: Run, incidents: tuple[Path, str]) -> None:
    home, printed = incidents
    assert "Resolution time" in printed
    done = cxmart_module("scorecard", "--period", "2016-04", "--json", env={"CXMART_HOME": str(home)})
    assert done.returncode == 0, done.stderr
    card = json.loads(done.stdout)
    values = {row["kpi_id"]: row["value"] for row in card["kpis"]}
    assert values["tickets_created"] == 7934
