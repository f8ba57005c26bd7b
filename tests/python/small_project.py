"""A project of its own with the whole package and few models, so that a refresh takes seconds.

It has the shipped contract of the standard source and the shipped hooks; its marts count tickets by month. With the
variable BREAK set to `model` or `test`, that fails; TARGET is the target of each month.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from conftest import PROJECT_ROOT, isolated_environment

PROJECT = """
name: cxmart
version: 0.1.0
config-version: 2
profile: cxmart
flags: {send_anonymous_usage_stats: false, version_check: false}
vars: {sources: {standard: [tickets]}}
on-run-start: ["{{ create_missing_raw_tables() }}", "{{ forget_build() }}"]
on-run-end: ["{{ record_build(results) }}"]
models:
  cxmart:
    +materialized: table
    intermediate: {+schema: intermediate}
    marts: {+schema: marts}
"""

MODELS = {
    "intermediate/int_warehouse__as_of": """
        select max(created_at) as as_of, min(created_at) as first_happened_at
        from {{ source("standard", "tickets") }}
        where created_at <= _loaded_at
    """,
    "intermediate/int_warehouse__source_coverage": """
        select 'standard' as source, first_happened_at, as_of as last_happened_at
        from {{ ref("int_warehouse__as_of") }}
    """,
    "marts/dim_periods": """
        select distinct
            'month' as grain,
            cast(date_trunc('month', created_at) as date) as period_start,
            cast(date_trunc('month', created_at) as timestamp) as period_start_at,
            cast(date_trunc('month', created_at) + interval 1 month as date) as period_end,
            strftime(created_at, '%Y-%m') as period_label,
            date_trunc('month', created_at) < date '2026-04-01' as is_complete
        from {{ source("standard", "tickets") }}
    """,
    "marts/kpi_catalog": """
        select
            1 as kpi_order, 'tickets_created' as kpi_id, 1 as kpi_version, 'Tickets created' as title,
            'demand' as kpi_group, 'count' as unit, 'neither' as direction, 'month' as grains,
            'count' as kind, true as is_headline, 0 as window_days, 0 as min_sample,
            'overall' as slices, cast(null as double) * (select max(c) from {{ ref("can_break") }}) as nothing
    """,
    "marts/can_break": """
        select case when '{{ env_var("BREAK", "") }}' = 'model' then error('it broke') else 0 end as c
    """,
    "marts/kpi_values": """
        select
            'tickets_created' as kpi_id, 1 as kpi_version, grain, period_start, period_start_at,
            cast(period_end as timestamp) as period_end_at,
            'overall' as slice, 'all' as slice_value, cast(count(*) as double) as numerator,
            cast(null as double) as denominator, cast(count(*) as double) as value, count(*) as sample_size,
            cast(null as double) as median, cast(null as double) as p90, cast(null as double) as target_lower,
            cast(nullif('{{ env_var("TARGET", "") }}', '') as double) as target_upper,
            case when target_upper is null then 'no_target' when value <= target_upper then 'ok' else 'breach' end
                as status,
            if(is_complete, 'final', 'partial') as maturity
        from {{ ref("dim_periods") }}
        inner join {{ source("standard", "tickets") }} on period_start = cast(date_trunc('month', created_at) as date)
        group by all
    """,
    "marts/kpi_scorecard": """
        select
            *, cast(null as double) as previous_value, cast(null as bigint) as previous_sample_size,
            cast(null as double) as change, cast(null as double) as relative_change
        from {{ ref("kpi_values") }}
        where period_start = (select max(period_start) from {{ ref("dim_periods") }} where is_complete)
    """,
    "marts/fct_tickets": """
        select ticket_id, channel, status, created_at, md5(ticket_id) as content
        from {{ source("standard", "tickets") }}
    """,
}

PROPERTIES = """
models:
  - {name: dim_periods, config: {meta: {audience: marts}}}
  - {name: kpi_catalog, config: {meta: {audience: marts}}}
  - {name: kpi_values, config: {meta: {audience: marts}}}
  - {name: kpi_scorecard, config: {meta: {audience: marts}}}
  - name: fct_tickets
    config: {meta: {audience: marts_people}}
    columns:
      - name: ticket_id
        data_tests:
          - unique
          - accepted_values:
              config: {enabled: "{{ env_var('BREAK', '') == 'test' }}"}
              arguments: {values: [none]}
"""

SETTINGS = {
    # Few tickets more are a large share of few tickets.
    "CXMART_MAX_REVISED_SHARE": "1",
    # Its tickets are of March, and the clock of the tests stands in November.
    "CXMART_MAX_DATA_AGE_HOURS": "none",
}

HEADER = "ticket_id,channel,created_at,status,updated_at"


@dataclass(frozen=True)
class SmallProject:
    """The project, with a folder for files that a refresh lands."""

    root: Path
    target: Path

    def environment(self, home: Path, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """The environment of a command in the project."""
        own = {"PYTHONPATH": str(self.root / "scripts"), **SETTINGS}
        return isolated_environment(home, self.target, {**own, **(extra or {})})

    def start(
        self, home: Path, *arguments: str, env: Mapping[str, str] | None = None, prefix: Iterable[str] = ()
    ) -> subprocess.Popen[str]:
        """Start a command, in a home."""
        return subprocess.Popen(
            [*prefix, sys.executable, "-m", "cxmart", *arguments],
            env=self.environment(home, env),
            cwd=self.root,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(
        self, home: Path, *arguments: str, env: Mapping[str, str] | None = None, prefix: Iterable[str] = ()
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, in a home."""
        process = self.start(home, *arguments, env=env, prefix=prefix)
        stdout, stderr = process.communicate(timeout=300)
        return subprocess.CompletedProcess(arguments, process.returncode, stdout, stderr)


def make_project(root: Path) -> SmallProject:
    """Write the project into a new folder."""
    shutil.copytree(PROJECT_ROOT / "scripts" / "cxmart", root / "scripts" / "cxmart")
    shutil.copytree(PROJECT_ROOT / "macros", root / "macros", ignore=shutil.ignore_patterns("configuration"))
    shutil.copy(PROJECT_ROOT / "profiles.yml", root)
    contract = Path("models") / "staging" / "standard"
    (root / contract).mkdir(parents=True)
    shutil.copy(PROJECT_ROOT / contract / "_standard__sources.yml", root / contract)
    (root / "dbt_project.yml").write_text(PROJECT, encoding="utf-8")
    for name, query in MODELS.items():
        path = root / "models" / f"{name}.sql"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(query, encoding="utf-8")
    (root / "models" / "properties.yml").write_text(PROPERTIES, encoding="utf-8")
    return SmallProject(root, root / "target")


def write_tickets(path: Path, ids: Iterable[str], created: str = "2026-03-10T10:00:00Z", status: str = "open") -> Path:
    """Write a file of tickets."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [f"{ticket},email,{created},{status},2026-03-11T00:00:00Z" for ticket in ids]
    path.write_text("\n".join([HEADER, *lines, ""]), encoding="utf-8")
    return path


def published(home: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every published table, as a reader finds them, but for what tells of publications."""
    content = {}
    for name in ("marts", "marts_people"):
        with duckdb.connect(str(home / f"{name}.duckdb"), read_only=True) as marts:
            tables = [
                table for (table,) in marts.execute("select table_name from duckdb_tables() order by 1").fetchall()
            ]
            for table in tables:
                if not table.startswith("publication") and table != "kpi_revisions":
                    content[f"{name}.{table}"] = marts.execute(f"from {table} order by all").fetchall()
    return content


def run_ids(home: Path) -> list[str]:
    """The run that the file for everybody says it is of, and that of the people's."""
    found = []
    for name in ("marts", "marts_people"):
        with duckdb.connect(str(home / f"{name}.duckdb"), read_only=True) as marts:
            found += [run_id for (run_id,) in marts.execute("select run_id from publication").fetchall()]
    return found


def ids_of(home: Path) -> set[str]:
    """The tickets in the people's file."""
    with duckdb.connect(str(home / "marts_people.duckdb"), read_only=True) as marts:
        return {ticket for (ticket,) in marts.execute("select ticket_id from fct_tickets").fetchall()}
