"""No model joins first what belongs together only by something else: the widest operator of each plan, on some rows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import duckdb
import pytest

from independent.harness import MODELS, ancestors, compile_project, defined, insert, raw_columns, shipped_config

# An operator may give this many times the rows that it gets: a ticket has some messages, an agent some periods.
MULTIPLE = 8
# Below this, nothing is large.
SMALL = 40_000
# What compares every row of one side with every row of the other may do so this often.
COMPARISONS = 3_000_000
COMPARE_ALL = {"NESTED_LOOP_JOIN", "BLOCKWISE_NL_JOIN", "CROSS_PRODUCT"}

TICKETS, AGENTS, CUSTOMERS, ORDERS, PRODUCTS, ARTICLES = 3_000, 800, 1_500, 3_000, 200, 40
DAYS = 240

# Rows by arithmetic on their number `n`: spread over the days and over who and what there is, the same ones each time.
AT = f"timestamp '2025-03-01 06:00:00' + to_seconds((n * 7919) % ({DAYS} * 86400))"
ROWS = {
    "tickets": f"""
        select
            't' || n as ticket_id, 'c' || (n * 31 % {CUSTOMERS}) as customer_id,
            ['email', 'chat', 'phone', 'facebook'][1 + n % 4] as channel, {AT} as created_at,
            if(n % 5 = 0, 'open', 'closed') as status, 'topic ' || n % 7 as topic,
            ['low', 'medium', 'high'][1 + n % 3] as complexity, 'a' || (n % {AGENTS}) as assigned_agent_id,
            if(n % 3 = 0, 'amazon', null) as marketplace, 'o' || (n % {ORDERS}) as order_id
        from range({TICKETS}) as numbers (n)
    """,
    "ticket_messages": f"""
        select
            'm' || n || '-' || part as message_id, 't' || n as ticket_id,
            ['customer', 'automation', 'agent', 'customer', 'agent'][part] as author_type,
            if(part in (3, 5), 'a' || ((n + part) % {AGENTS}), null) as author_id, true as is_public,
            {AT} + to_minutes(part * part * 20) as sent_at, if(part = 3, 'x' || n % 20, null) as template_id
        from range({TICKETS}) as numbers (n), range(1, 6) as parts (part)
    """,
    "ticket_events": f"""
        select
            'e' || n || '-' || part as event_id, 't' || n as ticket_id,
            if(part in (3, 4) and n % 5 > 0, 'status_changed', 'assigned') as event_type,
            case
                when part = 3 and n % 5 > 0 then 'solved'
                when part = 4 and n % 5 > 0 then 'closed'
                else 'a' || ((n + part * 17) % {AGENTS})
            end as new_value,
            'agent' as actor_type, 'a' || ((n + 5) % {AGENTS}) as actor_id,
            {AT} + to_hours(part * part * 9) as occurred_at
        from range({TICKETS}) as numbers (n), range(1, 5) as parts (part)
    """,
    "agents": f"""
        select
            'a' || n as agent_id, date '2025-01-01' + cast(part * 90 as integer) as valid_from,
            'team ' || (n + part) % 12 as team, date '2025-01-01' as hired_on
        from range({AGENTS}) as numbers (n), range(3) as parts (part)
    """,
    "agent_shifts": f"""
        select
            's' || n || '-' || part as shift_id, 'a' || n as agent_id,
            date '2025-03-01' + cast((n + part * 13) % {DAYS} as integer) as shift_date, 480 as worked_minutes
        from range({AGENTS}) as numbers (n), range(10) as parts (part)
    """,
    "calls": f"""
        select
            'k' || n as call_id, if(n % 3 = 0, 't' || n, null) as ticket_id,
            'c' || (n * 7 % {CUSTOMERS}) as customer_id, 'a' || (n % {AGENTS}) as agent_id,
            'inbound' as direction, 'main' as queue, 'topic ' || n % 7 as topic,
            {AT} as queued_at, {AT} + interval 20 second as answered_at, {AT} + interval 320 second as ended_at,
            300 as talk_seconds
        from range({TICKETS}) as numbers (n)
    """,
    "survey_responses": f"""
        select
            'v' || n as survey_id, ['csat', 'nps', 'ces', 'agent_satisfaction'][1 + n % 4] as survey_type,
            if(n % 4 < 3, 't' || n, null) as ticket_id, 'a' || (n % {AGENTS}) as agent_id, '4' as score,
            {AT} + interval 12 day as sent_at, {AT} + interval 13 day as responded_at
        from range({TICKETS}) as numbers (n)
    """,
    "customers": f"""
        select 'c' || n as customer_id, 'p' || (n % 1200) as person_id, ['DE', 'FR'][1 + n % 2] as country
        from range({CUSTOMERS}) as numbers (n)
    """,
    "orders": f"""
        select
            'o' || n as order_id, 'c' || (n * 13 % {CUSTOMERS}) as customer_id,
            ['amazon', 'ebay', 'web'][1 + n % 3] as marketplace, {AT} as ordered_at, 'shipped' as status,
            'EUR' as currency, 20 as total_amount, {AT} + interval 1 day as promised_ship_at,
            {AT} + interval 20 hour as shipped_at
        from range({ORDERS}) as numbers (n)
    """,
    "order_lines": f"""
        select
            'l' || n || '-' || part as order_line_id, 'o' || n as order_id,
            'g' || ((n * 3 + part) % {PRODUCTS}) as product_id, 1 as quantity, 10 as unit_price
        from range({ORDERS}) as numbers (n), range(2) as parts (part)
    """,
    "products": f"""
        select 'g' || n as product_id, 'category ' || n % 9 as category, 'family ' || n % 50 as family, n % 4 as tier
        from range({PRODUCTS}) as numbers (n)
    """,
    "reviews": f"""
        select
            'r' || n as review_id, 'o' || n as order_id, 'g' || (n * 3 % {PRODUCTS}) as product_id,
            1 + n % 5 as rating, {AT} + interval 5 day as reviewed_at
        from range(1500) as numbers (n)
    """,
    "claims": f"""
        select 'q' || n as claim_id, 'o' || n as order_id, 'a_to_z' as claim_type, {AT} + interval 6 day as opened_at
        from range(300) as numbers (n)
    """,
    "returns": f"""
        select
            'b' || n as return_id, 'o' || n as order_id, {AT} + interval 7 day as requested_at,
            {AT} + interval 8 day as responded_at, {AT} + interval 9 day as refunded_at, 10 as refund_amount
        from range(600) as numbers (n)
    """,
    "articles": f"""
        select 'h' || n as article_id, 'topic ' || n % 7 as topic, 'faq' as resource_type, {AT} as published_at
        from range({ARTICLES}) as numbers (n)
    """,
    "article_views": f"""
        select
            'w' || n as view_id, 'h' || (n % {ARTICLES}) as article_id, 'd' || (n % 900) as reader_id,
            'c' || (n % {CUSTOMERS}) as customer_id, 'z' || (n // 3) as session_id, {AT} as viewed_at,
            40 as read_seconds, n % 2 as resources_opened
        from range(6000) as numbers (n)
    """,
    "brand_mentions": f"""
        select 'u' || n as mention_id, 'x' as network, {AT} as mentioned_at from range(2000) as numbers (n)
    """,
    "templates": "select 'x' || n as template_id from range(20) as numbers (n)",
    "exchange_rates": f"""
        select 'USD' as currency, date '2025-03-01' + cast(n as integer) as rate_date, 0.9 as rate
        from range({DAYS}) as numbers (n)
    """,
}


@pytest.fixture(scope="module")
def manifest(target_path: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return compile_project("UTC", tmp_path_factory.mktemp("compiled"), target_path)


def operators(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every operator of a measured plan."""
    yield node
    for child in node["children"]:
        yield from operators(child)


def too_wide(plan: dict[str, Any], kept: int = 0) -> list[str]:
    """The operators of a measured plan that give far more rows than they get, or compare all with all.

    Args:
        plan: The plan with the rows that each operator gave.
        kept: The rows of the result: what lays out a row a day and what was seen on it may make as many.
    """
    found = []
    for operator in operators(plan):
        given = operator.get("operator_cardinality", 0)
        taken = [child.get("operator_cardinality", 0) for child in operator["children"]]
        name = operator.get("operator_type", "")
        if taken and given > max(SMALL, MULTIPLE * sum(taken), kept):
            found.append(f"{name} makes {given:,} rows of {' and '.join(f'{rows:,}' for rows in taken)}")
        if name in COMPARE_ALL and len(taken) == 2 and taken[0] * taken[1] > COMPARISONS:
            found.append(f"{name} compares {taken[0]:,} rows with {taken[1]:,}")
    return found


def wide_operators(manifest: dict[str, Any], models: Iterable[str], rows: dict[str, str]) -> dict[str, list[str]]:
    """The operators that are too wide, by the table in whose plan they are, with the statistics of a real build."""
    nodes = manifest["nodes"]
    wanted = ancestors(nodes, *models)
    graph = {key: wanted.intersection(nodes[key]["depends_on"].get("nodes", [])) for key in wanted}
    order = [nodes[key] for key in TopologicalSorter(graph).static_order()]
    wide = {}
    with duckdb.connect(config={"threads": 2, "memory_limit": "2GB"}) as database:
        run = database.execute
        run("set TimeZone = 'UTC'")
        for name in ("build", "raw"):
            run(f"attach ':memory:' as {name}")
        run("create schema raw.raw_standard")
        for schema in {node["schema"] for node in order}:
            run(f"create schema build.{schema}")
        for table, columns in raw_columns(manifest).items():
            run(f"create table raw.raw_standard.{table} ({defined(columns)})")
            run(f"insert into raw.raw_standard.{table} by name {rows[table]}")
            run(f"update raw.raw_standard.{table} set _loaded_at = timestamp '2026-01-01'")
        run("use build")
        run("set enable_profiling = 'no_output'")
        for node in order:
            relation = node["relation_name"]
            if node["resource_type"] == "seed":
                types = node["config"]["column_types"]
                run(f"create table {relation} ({defined(types)})")
                insert(database, relation, types, shipped_config()[node["name"]])
            elif node["config"]["materialized"] == "view":
                run(f"create view {relation} as {node['compiled_code']}")
            else:
                run(f"create table {relation} as {node['compiled_code']}")
                plan = json.loads(database.get_profiling_information(format="json"))
                [[kept]] = run(f"select count(*) from {relation}").fetchall()
                if found := too_wide(plan, kept):
                    wide[node["name"]] = found
    return wide


def test_too_wide_tells() -> None:
    """The detector itself: a join on dates alone, and an `or` in the condition of an outer join."""
    with duckdb.connect() as database:
        database.execute("set enable_profiling = 'no_output'")
        database.execute("create table a as select n, n % 90 as day from range(2000) as numbers (n)")
        for query, telling in (
            ("select count(*) from a as l join a as r on l.day >= r.day", "makes"),
            ("select count(*) from a as l left join a as r on l.n = r.n or r.day > l.n", "compares"),
            ("select count(*) from a as l join a as r on l.n = r.n and l.day >= r.day", None),
        ):
            database.execute(query)
            found = too_wide(json.loads(database.get_profiling_information(format="json")))
            assert bool(found) == bool(telling), query
            assert telling is None or any(telling in line for line in found), found


def test_no_model_makes_far_more_rows_than_it_reads(manifest: dict[str, Any]) -> None:
    assert wide_operators(manifest, MODELS, ROWS) == {}


def test_agents_are_looked_up_last(manifest: dict[str, Any]) -> None:
    """With one row an agent the engine thinks that dates tell agents apart: tickets met all agents of their date."""
    nodes = manifest["nodes"]
    compiled = ancestors(nodes, *MODELS)
    readers = [
        key
        for key in sorted(compiled)
        if "model.cxmart.int_agents__versions" in nodes[key]["depends_on"].get("nodes", [])
    ]
    rows = ROWS | {"agents": ROWS["agents"] + " where part = 0"}
    assert len(readers) > 10
    assert wide_operators(manifest, readers, rows) == {}


def test_one_row_of_1990_costs_no_more_than_its_days(manifest: dict[str, Any]) -> None:
    """A sentinel date that can be, such as 1990-01-02, lays out 36 years of hours and opening hours: no squares."""
    few = {table: f"select * from ({query}) using sample 60 rows (reservoir, 1)" for table, query in ROWS.items()}
    old = """
        union all by name
        select 'old' as ticket_id, 'email' as channel, timestamp '1990-01-02' as created_at, 'open' as status
    """
    assert wide_operators(manifest, MODELS, few | {"tickets": few["tickets"] + old}) == {}
