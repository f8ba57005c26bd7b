"""The KPI dictionary says what the catalogue, the models and the seeds say, and works its examples out by itself."""

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest

from conftest import PROJECT_ROOT, Run
from cxmart.base.errors import CxmartError
from cxmart.contract.kpi_catalog import Kpi, Project, read_project
from cxmart.dictionary.examples import Examples
from cxmart.dictionary.pages import EXAMPLE_HEADING, INDEX, index_page, kpi_page, page_name
from independent.harness import Warehouse, compile_project, shipped_config
from independent.nasty import SCENES, data_set

PAGES = PROJECT_ROOT / "docs" / "kpis"
ANEW = "make the pages anew: `cxmart demo` and `cxmart dictionary`"

PROJECT = read_project(PROJECT_ROOT)

# Facts tell of it; the KPIs of answers are not about surveys without one.
IN_NO_KPI = {"no_answer"}

# Columns that hold a reason, or are on the way to one.
REASON_COLUMN = re.compile(r"\w*(?:exclusion|missing|unread|out_of_world|unknown\w*|no_\w+)_reason\w*")


# The pages


@pytest.mark.parametrize("kpi", PROJECT.kpis, ids=lambda kpi: kpi.kpi_id)
def test_a_page_says_what_the_files_say(kpi: Kpi) -> None:
    """All but the example, which tests of the sample brand look at."""
    page = (PAGES / page_name(kpi.kpi_id)).read_text(encoding="utf-8")
    stands, heading, example = page.partition(f"\n{EXAMPLE_HEADING}\n")
    assert stands == kpi_page(PROJECT, kpi), ANEW
    assert heading
    assert "`kpi_values` has the same." in example


def test_the_index_knows_every_kpi() -> None:
    assert (PAGES / INDEX).read_text(encoding="utf-8") == index_page(PROJECT), ANEW
    assert {path.name for path in PAGES.iterdir()} == {INDEX, *(page_name(kpi.kpi_id) for kpi in PROJECT.kpis)}


def test_links_lead_somewhere() -> None:
    for page in PAGES.glob("*.md"):
        for link in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / link).exists(), f"{page.name}: {link}"


def test_no_answer_of_an_agent_is_shown() -> None:
    for kpi in PROJECT.kpis:
        if kpi.kind == "confidential":
            example = (PAGES / page_name(kpi.kpi_id)).read_text(encoding="utf-8").split(EXAMPLE_HEADING)[1]
            assert "only sums are shown" in example
            assert "| observation" not in example


# Why something is left out


def reasons_in(sql: str) -> set[str]:
    """The reasons that a model gives: the literals of the expressions that are called a reason."""
    tokens = re.findall(r"--[^\n]*|'[^']*'|\w+|\S", sql)
    found: set[str] = set()
    for place, token in enumerate(tokens[:-1]):
        if token != "as" or not REASON_COLUMN.fullmatch(tokens[place + 1]):
            continue
        start, depth = place - 1, 0
        while True:
            depth += (tokens[start] in ("end", ")")) - (tokens[start] in ("case", "("))
            if depth == 0:
                break
            start -= 1
        expression = tokens[start:place]
        found |= {
            literal.strip("'")
            for before, literal in pairwise(expression)
            if before in ("then", "else") and literal.startswith("'")
        }
    return found


@cache
def reasons_in_models() -> set[str]:
    found = {path: reasons_in(path.read_text(encoding="utf-8")) for path in (PROJECT_ROOT / "models").rglob("*.sql")}
    every = set().union(*found.values())
    # `on_<reason>_ticket`; what is on a merged ticket is on the one that it was merged into.
    if "on_" in every:
        every = every - {"on_"} | {f"on_{reason}_ticket" for reason in ("deleted", "test", "spam")}
    if "closed_by_" in every:
        every = every - {"closed_by_"} | {f"closed_by_{actor}" for actor in ("agent", "automation", "system")}
    return every


def test_reasons_are_read_from_sql() -> None:
    sql = """
        select
            'not this' as name,
            coalesce(exclusion_reason, case when a in ('x', 'y') then 'one' else 'two' end) as exclusion_reason,
            case when b then 'left' end as left_out_reason,
            exclusion_reason_at_defect_window_end as exclusion_reason_at_review_window_end,
            case when c then case when d then 'three' end end as missing_reason
    """
    assert reasons_in(sql) == {"one", "two", "three"}


def test_every_reason_has_its_sentence_and_no_sentence_is_dead() -> None:
    assert set(PROJECT.reasons) == reasons_in_models()
    assert all(re.fullmatch(r"[A-Z].*\.", sentence) for sentence in PROJECT.reasons.values())
    assert len(set(PROJECT.reasons.values())) == len(PROJECT.reasons)


def test_every_reason_is_one_of_a_kpi() -> None:
    assert {reason for kpi in PROJECT.kpis for reason in kpi.exclusions} == set(PROJECT.reasons) - IN_NO_KPI


@pytest.mark.slow
def test_generated_data_sets_are_left_out_for_known_reasons(tmp_path: Path, target_path: Path) -> None:
    """In every build the same is a test of dbt; here are rows that are wrong in more ways than those of a brand."""
    warehouse = Warehouse(compile_project("UTC", tmp_path / "home", target_path))
    config = shipped_config()
    left_out = " union all ".join(
        f"select '{kpi.kpi_id}', exclusion_reason from build.kpis.{kpi.kpi_id} where exclusion_reason is not null"
        for kpi in PROJECT.kpis
    )
    seen: set[tuple[str, str]] = set()
    for scene in SCENES.values():
        for seed in range(2):
            rows = data_set(scene, seed, config)
            warehouse.build(rows.raw, rows.config, rows.as_of)
            seen.update(warehouse.rows(f"select distinct * from ({left_out})"))
    known = {(kpi.kpi_id, reason) for kpi in PROJECT.kpis for reason in kpi.exclusions}
    assert seen - known == set()
    assert {kpi_id for kpi_id, _ in seen} == {kpi_id for kpi_id, _ in known}


# The examples, on a build that is small enough to read


@pytest.fixture
def build() -> Iterator[duckdb.DuckDBPyConnection]:
    """Five tickets of the last day of 2026-02 in Berlin, one of them spam and one after midnight."""
    with duckdb.connect(":memory:") as build:
        build.execute(
            """
            set TimeZone = 'UTC';
            create schema kpis;
            create schema marts;
            create table main.cxmart_build as
            select 'Europe/Berlin' as reporting_timezone, 'EUR' as reporting_currency;
            create table kpis.tickets_created as
            select
                cast(measured_at as timestamp) as measured_at, observation_id, 1 as numerator,
                cast(null as double) as denominator, exclusion_reason, 'desk' as source, 'chat' as channel,
                null as team, null as complexity, null as priority, null as topic, null as marketplace,
                null as country
            from (values
                ('2026-02-27 23:00:00', 't1', null), ('2026-02-28 12:00:00', 't2', null),
                ('2026-02-28 22:59:59', 't3', null), ('2026-02-28 12:00:00', 't4', 'spam'),
                ('2026-02-28 23:00:00', 't5', null)
            ) as tickets (measured_at, observation_id, exclusion_reason);
            create table marts.kpi_exclusions as
            select 'tickets_created' as kpi_id, 'spam' as exclusion_reason, 1 as observations;
            create table marts.dim_periods as
            select 'day' as grain, date '2026-02-28' as period_start, date '2026-03-01' as period_end,
                '2026-02-28' as period_label, timestamp '2026-02-27 23:00:00' as period_start_at;
            create table marts.kpi_values as
            select 'tickets_created' as kpi_id, grain, period_start, period_start_at, 'overall' as slice,
                'all' as slice_value, 3.0 as numerator, cast(null as double) as denominator, 3.0 as value,
                cast(null as double) as median, cast(null as double) as p90, 'final' as maturity
            from marts.dim_periods;
            create table marts.kpi_catalog (kpi_order integer, kpi_id varchar, kpi_version integer, slices varchar);
            create table marts.kpi_slices (kpi_id varchar, slice varchar, slice_form varchar)
            """
        )
        build.executemany(
            "insert into marts.kpi_slices values (?, ?, ?)",
            [(kpi.kpi_id, *form) for kpi in PROJECT.kpis for form in {"overall": "partition", **kpi.slices}.items()],
        )
        build.executemany(
            "insert into marts.kpi_catalog values (?, ?, ?, ?)",
            [
                (order, kpi.kpi_id, kpi.entry["version"], ",".join(["overall", *kpi.slices]))
                for order, kpi in enumerate(PROJECT.kpis)
            ],
        )
        yield build


def example_of(build: duckdb.DuckDBPyConnection, kpi_id: str, project: Project = PROJECT) -> str:
    kpi = next(kpi for kpi in project.kpis if kpi.kpi_id == kpi_id)
    return Examples(build, project).section(kpi)


def test_an_example_is_worked_out_from_its_observations(build: duckdb.DuckDBPyConnection) -> None:
    example = example_of(build, "tickets_created")
    assert "Over all of its time 4 observations count. Left out: 1 `spam`." in example
    assert "**Day 2026-02-28, overall.**" in example
    assert re.findall(r"^\| `(\w+)` \| ([\d: -]+) \| 1 \|$", example, re.MULTILINE) == [
        ("t1", "2026-02-28 00:00:00"),
        ("t2", "2026-02-28 13:00:00"),
        ("t3", "2026-02-28 23:59:59"),
    ]
    assert "| `t4` | 2026-02-28 13:00:00 | `spam`: The ticket is spam. |" in example
    assert "\n- 1 + 1 + 1 = 3\n" in example


@pytest.mark.parametrize("figure", ["numerator", "value", "denominator"])
def test_an_example_that_does_not_hold_is_an_error(build: duckdb.DuckDBPyConnection, figure: str) -> None:
    build.execute(f"update marts.kpi_values set {figure} = 4")
    with pytest.raises(CxmartError, match=f"tickets_created, day 2026-02-28, overall: the {figure} is worked out as"):
        example_of(build, "tickets_created")


def test_a_kpi_without_a_small_cell_is_an_error(build: duckdb.DuckDBPyConnection) -> None:
    build.execute("update marts.kpi_values set maturity = 'partial'")
    with pytest.raises(CxmartError, match="no cell of tickets_created is small enough"):
        example_of(build, "tickets_created")


@pytest.mark.parametrize(
    "change",
    [
        "update marts.kpi_catalog set kpi_version = 99 where kpi_id = 'csat_score'",
        "update marts.kpi_slices set slice_form = 'overlap' where kpi_id = 'csat_score' and slice = 'source'",
    ],
)
def test_a_warehouse_of_another_catalogue_is_refused(build: duckdb.DuckDBPyConnection, change: str) -> None:
    build.execute(change)
    with pytest.raises(CxmartError, match="built from another catalogue"):
        Examples(build, PROJECT)


def test_slices_without_days_say_so() -> None:
    lines = [line for kpi in PROJECT.kpis if "day" in kpi.grains for line in kpi_page(PROJECT, kpi).splitlines()]
    told = {line.split("`")[1] for line in lines if line.endswith("from the week up, not by day |")}
    assert told == {name for name, slice_ in PROJECT.slices.items() if slice_.get("shortest_grain")}


def test_without_the_sample_brand_nothing_is_written(cxmart: Run, tmp_path: Path) -> None:
    done = cxmart("dictionary", "--out", str(tmp_path / "pages"))
    assert done.returncode == 3
    assert re.search(r"build\.duckdb does not exist; run `cxmart demo` first", done.stderr)
    assert not (tmp_path / "pages").exists()
