"""Small inputs from real trouble, with what a user expects of each, and how to hold the warehouse to it.

The inputs are not part of the project: they lie beside it, in `../shared/cases`, a folder each with `input/` and a page
of expectations. `make cases` prints what is expected and found, case by case, each alone and all in one warehouse.
"""

from __future__ import annotations

import csv
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from conftest import PROJECT_ROOT
from independent.harness import MODELS, Warehouse, compile_project, shipped_config
from independent.world import Raw
from landings import KEY, Lander, contract_of

FOLDER = PROJECT_ROOT.parent / "shared" / "cases"
# The real warehouse, with what it found to be odd.
EVERYTHING = (*MODELS, "model.cxmart.findings")


@dataclass(frozen=True)
class Expected:
    """What a case's reader expects, as a question to the build and its answer.

    `{p}` in the question stands for what ids of the case begin with: the source, and in a warehouse with other cases
    that use the same ids, the case. An answer is the rows that the question finds, or several of which one will do.
    """

    sentence: str
    question: str
    answers: tuple[list[tuple[Any, ...]], ...]


def expect(sentence: str, question: str, *answers: list[tuple[Any, ...]]) -> Expected:
    return Expected(sentence, question, answers)


def counted(kpi_id: str, condition: str, columns: str = "sum(numerator), sum(denominator)") -> str:
    """The parts of the observations of a KPI that count."""
    return f"select {columns} from build.kpis.{kpi_id} where exclusion_reason is null and {condition}"


def cell(kpi_id: str, month: str, slice_name: str = "overall", slice_value: str = "all") -> str:
    return (
        f"select numerator, denominator from build.marts.kpi_values where kpi_id = '{kpi_id}' and grain = 'month' "
        f"and period_start = '{month}-01' and slice = '{slice_name}' and slice_value = '{slice_value}'"
    )


def found(finding: str) -> str:
    return f"select count(*) > 0 from build.marts.findings where finding = '{finding}'"


YES, NO_ROW = [(True,)], [(0,)]

CASES: dict[str, list[Expected]] = {
    "02-bot-resolved-then-reopened": [
        expect(
            "no wait of four days: the bot's solving ended the first turn, the second waited 600 s",
            "select turn_number, wait_seconds from build.marts.fct_ticket_turns where ticket_id = '{p}T02' order by 1",
            [(1, None), (2, 600.0)],
        ),
        expect(
            "the bot answered after 240 s",
            counted("automated_first_response_time", "observation_id = '{p}T02'", "numerator"),
            [(240.0,)],
        ),
        expect(
            "one of two resolutions was reopened", counted("reopen_rate", "observation_id like '{p}T02:%'"), [(1, 2)]
        ),
        expect(
            "one standing resolution, after 4 d 5 h 20 min",
            counted("resolution_time", "observation_id like '{p}T02:%'", "numerator"),
            [(364800.0,)],
        ),
        expect(
            "closed before its deadline, so no miss",
            counted("first_response_sla_rate", "observation_id like '{p}T02:%' and numerator = 0", "count(*)"),
            NO_ROW,
        ),
    ],
    "03-solved-without-written-reply": [
        expect(
            "no miss: two were answered by voice, one was closed before its deadline, one was answered in writing",
            counted("first_response_sla_rate", "observation_id like '{p}T03%' and numerator = 0", "count(*)"),
            NO_ROW,
        ),
        expect("nobody waits for a first reply", cell("unanswered_tickets", "2024-04"), [(0.0, None)]),
    ],
    "10-time-formats": [
        expect(
            "the right instant, or none",
            """
            select ticket_id, cast(created_at as varchar) from raw.raw_standard.tickets
            where ticket_id like 'T10%' and ticket_id not in ('T10i', 'T10j', 'T10p', 'T10q', 'T10t', 'T10u')
            order by ticket_id
            """,
            [
                ("T10a", "2024-09-03 10:00:00"),
                ("T10b", "2024-09-03 10:00:00.123456"),
                ("T10c", "2024-09-03 09:00:00"),
                ("T10d", "2024-09-03 09:00:00"),
                ("T10e", "2024-09-03 15:00:00"),
                ("T10f", "2024-09-03 10:00:00"),
                ("T10g", "2024-09-03 18:00:00"),
                ("T10h", "2024-09-03 10:00:00"),
                ("T10r", "2024-09-03 04:30:00"),
                ("T10s", "2024-09-03 19:45:00"),
            ],
        ),
        expect(
            "what may be read or rejected is read right, if it is read",
            """
            select count(*) from raw.raw_standard.tickets
            where (ticket_id, created_at) in (
                ('T10i', timestamp '2024-09-03 10:00:00'), ('T10j', timestamp '2024-09-03 10:00:00.123'),
                ('T10p', timestamp '2024-09-04 00:00:00'), ('T10q', timestamp '2024-09-03 10:01:00'),
                ('T10t', timestamp '2024-09-04 01:30:00'), ('T10u', timestamp '2024-09-03 00:00:00')
            ) is false and ticket_id in ('T10i', 'T10j', 'T10p', 'T10q', 'T10t', 'T10u')
            """,
            NO_ROW,
        ),
        expect(
            "no row is lost: 21 rows are loaded or rejected",
            "select count(*) from (select ticket_id from raw.raw_standard.tickets where ticket_id like "
            "'T10%' union all "
            "select raw_text from rejects where raw_text like 'T10%')",
            [(21,)],
        ),
    ],
    "11-orders-without-total": [
        expect(
            "all four orders land",
            "select count(*) from build.marts.fct_orders where order_id like '{p}O11%'",
            [(4,)],
        ),
        expect("two of four were cancelled by the seller", cell("cancellation_rate", "2024-10"), [(2.0, 4.0)]),
        expect("one of the two valid orders has a defect", cell("order_defect_rate", "2024-10"), [(1.0, 2.0)]),
        expect(
            "an unknown amount is unknown",
            "select order_id, total_amount from build.marts.fct_orders where order_id like '{p}O11%' and "
            "total_amount is null order by 1",
            [("{p}O11B", None), ("{p}O11C", None)],
        ),
        expect(
            "Amazon.de is judged as amazon",
            "select count(*) > 0 from build.marts.marketplace_standards where kpi_id = 'cancellation_rate' "
            "and local_date = '2024-10-05' and value = 0.5",
            YES,
        ),
    ],
    "12-cancelled-by-unknown": [
        expect(
            "who cancelled is unknown: these five count for nothing",
            "select count(*) from build.kpis.cancellation_rate where observation_id between '{p}O120' and '{p}O124' "
            "and exclusion_reason is null",
            NO_ROW,
        ),
        expect(
            "no ok",
            "select count(*) from build.marts.kpi_values where kpi_id = 'cancellation_rate' and status = 'ok' "
            "and period_start >= '2024-11-01' and period_start < '2024-12-01'",
            NO_ROW,
        ),
    ],
    "13-promise-is-a-date": [
        expect("two of three in time", cell("on_time_shipping_rate", "2024-12"), [(2.0, 3.0)]),
        expect(
            "resolved that day, not before it was created",
            "select resolved_at >= timestamp '2024-12-10 09:00:00' and resolved_at < timestamp '2024-12-11' "
            "from build.marts.fct_ticket_resolutions where ticket_id = '{p}T13'",
            YES,
        ),
        expect("and in no duration", counted("resolution_time", "observation_id like '{p}T13:%'", "count(*)"), NO_ROW),
    ],
    "14-ids-in-scientific-notation": [
        expect(
            "none of the four becomes an order",
            "select count(*) from build.marts.fct_orders where ordered_at >= '2025-01-01' and ordered_at < "
            "'2025-01-05'",
            NO_ROW,
        ),
        expect(
            "all four are rejected in plain words",
            "select count(*) from rejects where column_name = 'order_id' and reason like '%digits%'",
            [(4,)],
        ),
    ],
    "15-ids-as-floats": [
        expect(
            "a customer is the same in every spelling of a whole number",
            "select order_id, customer_id, country from build.marts.fct_orders "
            "where ordered_at >= '2025-02-01' and ordered_at < '2025-03-01' order by ordered_at",
            [
                ("{p}O151", "{p}1234", "DE"),
                ("{p}O152", "{p}5678", "FR"),
                ("{p}O153", None, None),
                ("{p}4028789123456789123", "{p}1234", "DE"),
                ("{p}4028789123456789124", "{p}1234", "DE"),
            ],
        ),
    ],
    "16-placeholder-addresses": [
        expect(
            "a placeholder is nobody's address, an address in two spellings one person's",
            "select count(distinct person_id), count(distinct person_id) filter (customer_id >= '{p}K167') "
            "from build.intermediate.int_customers__persons where customer_id like '{p}K16%'",
            [(7, 1)],
        ),
        expect("one order repeats", cell("repeat_orders", "2025-03"), [(1.0, None)]),
    ],
    "17-unassigned-again": [
        expect(
            "from Ann to nobody to Bob is one reassignment",
            "select reassignment_count from build.marts.fct_ticket_resolutions where ticket_id = '{p}T17A'",
            [(1,)],
        ),
        expect(
            "what nobody has is in nobody's backlog",
            "select agent_id from build.intermediate.int_tickets__assignments where ticket_id = '{p}T17B' "
            "and assigned_at <= timestamp '2025-04-02 12:00:00' and coalesce(ended_at > timestamp "
            "'2025-04-02 12:00:00', "
            "true)",
            [(None,)],
            [],
        ),
        expect("no event is rejected", "select count(*) from rejects where raw_text like 'E005%'", NO_ROW),
    ],
    "18-agent-account-deleted": [
        expect(
            "May stays East's, whoever left in October",
            "select kpi_id, slice_value from build.marts.kpi_values where grain = 'month' and period_start = "
            "'2025-05-01' and slice = 'team' and sample_size = 1 and kpi_id in "
            "('first_response_time', 'csat_score', 'tickets_closed') order by 1",
            [("csat_score", "East"), ("first_response_time", "East"), ("tickets_closed", "East")],
        ),
    ],
    "20-history-begins-late": [
        expect(
            "closing what was solved is no resolution",
            "select ticket_id, cast(resolved_at as varchar), resolution_seconds from "
            "build.marts.fct_ticket_resolutions where ticket_id like '{p}T20%' order by 1",
            [
                ("{p}T20A", "2025-07-01 12:00:00", 10800.0),
                ("{p}T20B", None, None),
                ("{p}T20C", "2025-07-07 08:00:00", 514800.0),
            ],
        ),
        expect(
            "A and B are not in the backlog of 2 to 5 July",
            "select count(*) from build.marts.fct_ticket_open_stretches where ticket_id in ('{p}T20A', '{p}T20B') and "
            "starts_at < timestamp '2025-07-06' and coalesce(ends_at, timestamp '9999-12-31') > timestamp '2025-07-02'",
            NO_ROW,
        ),
    ],
    "25-one-name-two-spellings": [
        expect(
            "one channel",
            "select distinct slice_value from build.marts.kpi_values where kpi_id = 'tickets_created' and "
            "grain = 'month' "
            "and period_start = '2025-11-01' and slice = 'channel' order by 1",
            [("amazon",), ("email",)],
        ),
        expect(
            "one marketplace",
            "select distinct slice_value from build.marts.kpi_values where kpi_id = 'tickets_created' and "
            "grain = 'month' "
            "and period_start = '2025-11-01' and slice = 'marketplace' order by 1",
            [("(none)",), ("amazon",)],
        ),
    ],
    "27-epoch-zero": [
        expect("a finding", found("impossible_time"), YES),
        expect(
            "no period from it",
            "select count(*) from build.marts.dim_periods where period_start < '1990-01-01'",
            NO_ROW,
        ),
        expect("the other ticket counts", cell("tickets_created", "2026-06"), [(1.0, None)], [(2.0, None)]),
    ],
    "28-dotnet-minimum-date": [
        expect("a finding", found("impossible_time"), YES),
        expect(
            "no period from it",
            "select count(*) from build.marts.dim_periods where period_start < '1990-01-01'",
            NO_ROW,
        ),
        expect("the other ticket counts", cell("tickets_created", "2026-06"), [(1.0, None)], [(2.0, None)]),
    ],
    "30-merged-spam-and-a-broken-clock": [
        expect(
            "the first reply took an hour: what the test ticket says counts for nobody",
            counted("first_response_time", "observation_id like '{p}T2:%'", "numerator"),
            [(3600.0,)],
        ),
        expect(
            "the survey on spam is in no KPI",
            counted("csat_score", "observation_id = '{p}S1'", "count(*)"),
            NO_ROW,
        ),
        expect("nor is its sending", counted("survey_response_rate", "observation_id = '{p}S1'", "count(*)"), NO_ROW),
        expect(
            "nor is its message from a template",
            counted("template_usage_rate", "observation_id = '{p}M4'", "count(*)"),
            NO_ROW,
        ),
        expect(
            "the columns of T5 speak, as its only events have a broken clock",
            "select resolution_seconds, agent_id, team from build.marts.fct_ticket_resolutions where "
            "ticket_id = '{p}T5'",
            [(3600.0, "{p}A2", "south")],
        ),
        expect("which is a finding", found("after_landing"), YES),
    ],
    "31-team-none-scales-decimals": [
        expect(
            "north 0 of 1, no team 1 of 1",
            "select team, numerator, denominator from build.kpis.resolution_rate "
            "where observation_id = '{p}T1' and only_slice = 'team' order by 1 nulls last",
            [("north", 0, 1), (None, 1, 1)],
        ),
        expect(
            "the team that an agent has joined in the meantime resolved it",
            "select team, numerator, denominator from build.kpis.resolution_rate "
            "where observation_id = '{p}T3' and only_slice = 'team' order by 1 nulls last",
            [("north", 0, 1), ("south", 1, 1)],
        ),
        expect(
            "11 on 0-10 is rejected",
            "select count(*) from rejects where column_name = 'score' and reason like '%11%0-10%'",
            [(1,)],
        ),
        expect(
            "and was never sent",
            "select count(*) from build.kpis.survey_response_rate where observation_id = '{p}S1'",
            NO_ROW,
        ),
        expect(
            "decimals in durations",
            counted(
                "handle_time", "observation_id in ('{p}L1', '{p}L2', '{p}L3', '{p}L4')", "observation_id, numerator"
            )
            + " order by 1",
            [("{p}L1", 289.75), ("{p}L2", 260.0), ("{p}L3", 260.0), ("{p}L4", 260.0)],
        ),
        expect(
            "a negative wrap-up is out, and nothing else of its call",
            counted("handle_time_with_wrap_up", "observation_id like '{p}L%'", "observation_id, numerator")
            + " order by 1",
            [("{p}L1", 305.25), ("{p}L2", 270.0), ("{p}L3", 270.0)],
        ),
        expect(
            "the call stays a call",
            counted("abandonment_rate", "observation_id in ('{p}L1', '{p}L2', '{p}L3', '{p}L4')"),
            [(0, 4)],
        ),
        expect("95.5 s of reading", counted("article_read_time", "observation_id = '{p}W1'", "numerator"), [(95.5,)]),
        expect(
            "455.5 minutes of work",
            "select worked_minutes from build.marts.fct_agent_days where agent_id = '{p}A1' and work_date = "
            "'2025-03-03'",
            [(455.5,)],
        ),
        expect(
            "an event of 2031 is none",
            "select cast(resolved_at as varchar) from build.marts.fct_ticket_resolutions where ticket_id = '{p}T2'",
            [("2025-03-03 09:00:00",)],
        ),
    ],
}

# Cases that use the same ids as another: in one warehouse their ids begin with the case.
CLASHING = {name: f"{name[:2]}-" for name in CASES if name[:2] in {"30", "31"}}


def input_of(name: str, folder: Path, prefix: str) -> Path:
    """The input of a case; where its ids are to begin with something, a copy that has them so."""
    if not prefix:
        return FOLDER / name / "input"
    for path in (FOLDER / name / "input").iterdir():
        with path.open(newline="") as file:
            rows = list(csv.DictReader(file))
        values = {value for row in rows for column, value in row.items() if column.endswith("_id")}
        agents = {"A1", "A2", "A3", "A4"} | values
        for row in rows:
            for column in row:
                is_id = column.endswith("_id") or (column in ("old_value", "new_value") and row[column] in agents)
                if is_id and row[column]:
                    row[column] = prefix + row[column]
        with (folder / path.name).open("w", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    return folder


def landed(names: list[str], folder: Path, prefixes: dict[str, str]) -> Path:
    """Land the inputs of cases through the loader, in a warehouse of their own; give its raw.duckdb."""
    lander = Lander(folder, contract_of("standard"), hash_key=KEY)
    for name in names:
        copy = folder / name
        copy.mkdir()
        for path in sorted(input_of(name, copy, prefixes.get(name, "")).iterdir()):
            lander.land_path(path)
    return lander.home / "raw.duckdb"


def rows_of(path: Path, warehouse: Warehouse) -> Raw:
    """The rows of a raw.duckdb by table, in the columns that the models read."""
    raw: Raw = {}
    with duckdb.connect(str(path), read_only=True) as database:
        tables = {name for (name,) in database.execute("select table_name from duckdb_tables()").fetchall()}
        for table, columns in warehouse.raw_columns.items():
            if table in tables:
                known = [name for (name, *_) in database.execute(f"describe raw_standard.{table}").fetchall()]
                read = database.execute(f"select * from raw_standard.{table}").fetchall()
                raw[table] = [
                    {name: value for name, value in zip(known, row, strict=True) if name in columns} for row in read
                ]
    return raw


@dataclass(frozen=True)
class Answer:
    """An expectation with what was found."""

    case: str
    expected: Expected
    found: list[tuple[Any, ...]]
    prefix: str

    @property
    def is_right(self) -> bool:
        return any(self.found == with_prefix(rows, self.prefix) for rows in self.expected.answers)


def with_prefix(rows: list[tuple[Any, ...]], prefix: str) -> list[tuple[Any, ...]]:
    return [tuple(value.replace("{p}", prefix) if isinstance(value, str) else value for value in row) for row in rows]


def answers(names: list[str], warehouse: Warehouse, folder: Path) -> Iterator[Answer]:
    """Land and build cases, and ask what was found of each expectation.

    Args:
        names: the cases, in one warehouse.
        warehouse: the compiled models.
        folder: an empty folder to work in.
    """
    prefixes = CLASHING if len(names) > 1 else {}
    path = landed(names, folder, prefixes)
    warehouse.build(rows_of(path, warehouse), shipped_config())
    with duckdb.connect(str(path), read_only=True) as database:
        rejects = database.execute("select column_name, reason, raw_text from raw_standard._rejects").fetchall()
    warehouse.database.execute(
        "create or replace temp table rejects (column_name varchar, reason varchar, raw_text varchar)"
    )
    if rejects:
        warehouse.database.executemany("insert into rejects values (?, ?, ?)", rejects)
    for name in names:
        prefix = "standard:" + prefixes.get(name, "")
        for expected in CASES[name]:
            yield Answer(name, expected, warehouse.rows(expected.question.replace("{p}", prefix)), prefix)


def main() -> int:
    """Print each expectation with what was found; exit code 1 where one is not met."""
    if not FOLDER.is_dir():
        print(f"{FOLDER} is missing, where the inputs lie; they are not part of the project", file=sys.stderr)
        return 1
    wrong = 0
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        manifest = compile_project("UTC", root / "home", root / "target")
        warehouse = Warehouse(manifest, EVERYTHING)
        for number, names in enumerate([*([name] for name in CASES), list(CASES)]):
            folder = root / str(number)
            folder.mkdir()
            print("alone" if len(names) == 1 else "all in one warehouse")
            for answer in answers(names, warehouse, folder):
                wrong += not answer.is_right
                print(f"  {'ok   ' if answer.is_right else 'WRONG'} {answer.case[:34]:34} {answer.expected.sentence}")
                if not answer.is_right:
                    print(f"        expected {answer.expected.answers[0]}, found {answer.found}")
    print(f"{wrong} expectations are not met" if wrong else "all expectations are met")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
