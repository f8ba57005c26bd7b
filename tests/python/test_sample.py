"""The sample brand from end to end: `cxmart demo`, the stories in its marts, and the answers of docs/questions.md."""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import duckdb
import pytest

from conftest import PROJECT_ROOT, Run, isolated_environment
from cxmart.base.settings import read_settings
from cxmart.report.explain import explaining
from explained import differing

# One group: with several workers, one of them builds the brand and runs all tests on it.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("sample")]

QUESTIONS = PROJECT_ROOT / "docs" / "questions.md"

# A block of SQL and the table that follows it; the table may be missing as long as nobody has written it.
ANSWERED = re.compile(r"^```sql\n(?P<query>(?:(?!```).*\n)+)```\n\n(?P<answer>(?:\|.*\n)*)", re.MULTILINE)


@dataclass(frozen=True)
class Demo:
    """What a run of the demo left: its process, its home, and dbt's manifest of that build."""

    done: CompletedProcess[str]
    home: Path
    manifest: dict[str, Any]


@pytest.fixture(scope="module")
def demo(cxmart_module: Run, target_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Demo:
    home = tmp_path_factory.mktemp("demo") / "home"
    done = cxmart_module("demo", env={"CXMART_HOME": str(home)})
    assert done.returncode == 0, done.stdout + done.stderr
    manifest = json.loads((target_path / "manifest.json").read_text(encoding="utf-8"))
    return Demo(done, home / "demo" / "sample", manifest)


@pytest.fixture(scope="module")
def marts(demo: Demo) -> Iterator[duckdb.DuckDBPyConnection]:
    """The file with everything; `marts.duckdb` has no row about a single agent or person."""
    with duckdb.connect(str(demo.home / "marts_people.duckdb"), read_only=True) as connection:
        yield connection


Marts = duckdb.DuckDBPyConnection


def rows(marts: Marts, query: str, *parameters: object) -> list[tuple[Any, ...]]:
    return marts.execute(query, parameters).fetchall()


def cell(marts: Marts, kpi_id: str, period: str, where: str = "overall", figure: str = "value") -> float:
    """One figure of one cell of kpi_values.

    Args:
        marts: the published file.
        kpi_id: the KPI.
        period: as people call it: 2026-03-09, 2026-W11, 2026-03 or 2026-Q1.
        where: `overall`, or a slice and its value: `channel chat`.
        figure: the column.
    """
    slice_name, _, slice_value = where.partition(" ")
    found = rows(
        marts,
        f"""
        select {figure}
        from kpi_values
        inner join dim_periods using (grain, period_start_at)
        where kpi_id = ? and period_label = ? and slice = ? and slice_value = ?
        """,
        kpi_id, period, slice_name, slice_value or "all",
    )  # fmt: skip
    assert len(found) == 1, (kpi_id, period, where, found)
    assert found[0][0] is not None, (kpi_id, period, where)
    return found[0][0]


# The run


def test_the_demo_shows_every_group_and_the_standards(demo: Demo, marts: Marts) -> None:
    shown = demo.done.stdout
    for (title,) in rows(marts, "select distinct title from kpi_catalog"):
        assert re.search(rf"^{re.escape(title)}(?:, median)?\s", shown, re.MULTILINE), title
    groups = rows(marts, "select distinct kpi_group from kpi_catalog")
    assert len(groups) == 8
    for (group,) in groups:
        assert re.search(rf"^{group.replace('_', ' ').capitalize()}$", shown, re.MULTILINE), group
    assert "Marketplace standards on 2026-06-30" in shown
    assert re.search(r"^Amazon cancellations .*breach", shown, re.MULTILINE)
    assert re.search(r"^Facebook very responsive.* ok", shown, re.MULTILINE)


def test_no_cell_is_missing(marts: Marts) -> None:
    """Every KPI says something: at every grain that it has, and in every slice."""
    silent = rows(
        marts,
        """
        with wanted as (
            select kpi_id, unnest(string_split(grains, ',')) as grain, slices
            from kpi_catalog
        ),
        sliced as (
            select kpi_id, grain, unnest(string_split(slices, ',')) as slice
            from wanted
        )
        select kpi_id, grain, slice
        from sliced
        anti join (select distinct kpi_id, grain, slice from kpi_values where value is not null) using (
            kpi_id, grain, slice
        )
        where not (slice in ('agent', 'article') and grain = 'day')  -- these begin with the week
        """,
    )
    assert silent == []
    assert rows(marts, "select count(*) from kpi_scorecard where status = 'no_data'") == [(0,)]


def test_the_findings_are_the_planted_flaws(demo: Demo, marts: Marts) -> None:
    """Nothing is odd in the sample but what docs/sample-brand.md names, and dbt warns of nothing else."""
    assert re.search(r"findings: 7, warnings: 0, failures: 0$", demo.done.stdout + demo.done.stderr, re.MULTILINE)
    found = {finding: (table, count) for finding, table, count in rows(
        marts, "select finding, table_name, row_count from findings"
    )}  # fmt: skip
    # Customers close tickets themselves, some on a day on which the agent is ill: how many is not planted.
    table, count = found.pop("closing_on_day_without_work")
    assert table == "tickets"
    assert 0 < count < 100
    assert found == {
        "unknown_scale": ("survey_responses", 1),
        "unknown_agent": ("ticket_events", 5),
        "reply_before_ticket": ("ticket_messages", 1),
        "merge_circle": ("tickets", 2),
        "order_without_exchange_rate": ("orders", 1),
        "unknown_channel": ("tickets", 19),  # of 20: one is deleted
    }


def test_the_project_stays_small(demo: Demo) -> None:
    """dbt runs each node by itself, and a build takes as long as it has nodes; unit tests don't run in it."""
    kinds = [node["resource_type"] for node in demo.manifest["nodes"].values()]
    assert kinds.count("model") > 150  # this is the manifest that was meant
    assert len(kinds) < 350


def test_every_row_is_accounted_for(demo: Demo, marts: Marts) -> None:
    files = {path.stem: path for path in (demo.home / "files").iterdir()}
    landed = {table: rows(marts, f"select count(*) from read_csv('{path}')")[0][0] for table, path in files.items()}
    for step in ("raw_to_staged", "staged_to_mart"):
        accounted = rows(
            marts, "select table_name, sum(row_count)::bigint from row_accounting where step = ? group by 1", step
        )
        assert dict(accounted) == landed
    assert rows(marts, "select count(*) from row_accounting where outcome = 'excluded'")[0][0] > 10


def test_what_counts_and_what_does_not_is_everything(marts: Marts) -> None:
    """A KPI's cells and its exclusions add up to the rows of its fact."""
    (tickets,) = rows(marts, "select count(*) from fct_tickets")[0]
    (excluded,) = rows(marts, "select sum(observations) from kpi_exclusions where kpi_id = 'tickets_created'")[0]
    (counted,) = rows(
        marts,
        """
        select sum(numerator) from kpi_values
        where kpi_id = 'tickets_created' and grain = 'day' and slice = 'overall'
        """,
    )[0]
    assert excluded > 0
    assert counted + excluded == tickets
    without_reason = "select count(*) from kpi_exclusions where exclusion_reason is null or observations < 1"
    assert rows(marts, without_reason) == [(0,)]


def test_every_mart_and_column_is_described(marts: Marts) -> None:
    bare = """
        with described as (
            select database_name, table_name, null as column_name, comment from duckdb_tables()
            union all
            select database_name, view_name, null, comment from duckdb_views() where not internal
            union all
            select database_name, table_name, column_name, comment from duckdb_columns() where not internal
        )
        select table_name, column_name
        from described
        where database_name = current_database() and coalesce(comment, '') = ''
    """
    assert rows(marts, bare) == []
    assert rows(marts, "select count(*) from duckdb_columns() where database_name = current_database()")[0][0] > 400


def test_answers_of_agents_can_not_be_read_one_by_one(marts: Marts) -> None:
    """A cell of few respondents is withheld, so nothing else in the file may hold what each of them answered."""
    # What a survey of agents still shows: a column that is new in the fact is confidential until it is named here.
    shown = {
        "survey_id", "source", "survey_type", "survey_scope", "scale_min", "scale_max", "sent_at", "responded_at",
        "has_response", "is_answer", "is_answered_in_window", "exclusion_reason",
    }  # fmt: skip
    surveys = "from fct_survey_responses where survey_type = 'agent_satisfaction'"
    (answered,) = rows(marts, f"select count(*) filter (is_answer) {surveys}")[0]
    assert answered > 100
    filled = marts.execute(f"select count(columns(*)) {surveys}")
    counts = dict(zip((name for name, *_ in filled.description), filled.fetchall()[0], strict=True))
    assert {column for column, count in counts.items() if count} == shown

    # No other table has them: neither their fact, nor a KPI's observations or cells, nor a column of respondents.
    confidential = ("fct_agent_survey_responses", "agent_satisfaction", "kpi_confidential_cells")
    relations = "select table_name from duckdb_columns() where database_name = current_database() and {} order by all"
    assert rows(marts, relations.format(f"table_name in {confidential}")) == []
    assert rows(marts, relations.format("column_name in ('respondent_id', 'subject_id', 'surveyed_agent_id')")) == []
    assert rows(marts, relations.format("column_name = 'respondents'")) == []
    with_surveys = rows(marts, relations.format("column_name in ('survey_id', 'survey_type', 'survey_dimension')"))
    assert set(with_surveys) == {("fct_survey_responses",)}

    # Cells are of months and quarters alone, and a withheld one has no number at all.
    assert rows(marts, "select count(*) from kpi_daily where kpi_id = 'agent_satisfaction'") == [(0,)]
    assert rows(marts, "select count(*) from kpi_distributions where kpi_id = 'agent_satisfaction'") == [(0,)]
    cells = "from kpi_values where kpi_id = 'agent_satisfaction'"
    assert rows(marts, f"select distinct grain {cells} order by 1") == [("month",), ("quarter",)]
    withheld = "select count(*), count(numerator), count(denominator) from kpi_by_grain where is_withheld"
    ((cells_withheld, *numbers),) = rows(marts, withheld)
    assert cells_withheld > 0
    assert numbers == [0, 0]


# The stories: each would fail if what docs/sample-brand.md tells were not in the marts.


def test_story_the_outage(marts: Marts) -> None:
    weeks = [f"2026-W{week:02}" for week in range(8, 16)]
    outage = weeks.index("2026-W11")

    def outage_and_most_of_others(figures: list[float]) -> tuple[float, float]:
        return figures[outage], max(figures[:outage] + figures[outage + 1 :])

    tickets, usual = outage_and_most_of_others(
        [cell(marts, "tickets_created", week, "topic technical") for week in weeks]
    )
    assert tickets > 3 * usual
    open_tickets, usual = outage_and_most_of_others(
        [cell(marts, "unresolved_tickets", week, "team technical") for week in weeks]
    )
    assert open_tickets > 2 * usual
    assert cell(marts, "unresolved_tickets", "2026-W12") > 1.2 * cell(marts, "unresolved_tickets", "2026-W10")
    # By the week of the ticket: the KPI dates a wait by the reply, so that the slow ones are spread over weeks.
    waits = rows(
        marts,
        """
        select week_label, quantile_cont(business_wait_seconds, 0.9)
        from fct_ticket_turns
        inner join dim_dates on begins_at >= day_starts_at and begins_at < day_ends_at
        where turn_kind = 'first' and is_inbound and exclusion_reason is null and topic = 'technical'
        group by all
        """,
    )
    slowest, usual = outage_and_most_of_others([dict(waits)[week] for week in weeks])
    assert slowest > 2 * usual


def test_story_the_returns_desk(marts: Marts) -> None:
    desk = "team returns_desk"
    before, after = (cell(marts, "resolution_time", quarter, desk, "median") for quarter in ("2026-Q1", "2026-Q2"))
    assert after < 0.6 * before
    happy, unhappy = (cell(marts, "csat_score", quarter, desk) for quarter in ("2026-Q1", "2026-Q2"))
    assert unhappy < happy - 0.25
    # Over the nine months before, since a quarter has few answers.
    answers = rows(
        marts,
        """
        select period_start >= '2026-04-01', sum(numerator) / sum(denominator)
        from kpi_values
        where kpi_id = 'csat_score' and grain = 'quarter' and slice = 'team' and slice_value = 'returns_desk'
            and period_start between '2025-07-01' and '2026-04-01'
        group by all
        """,
    )
    by_side = dict(answers)
    assert by_side[True] < by_side[False] - 0.6


def test_story_the_review_burst(marts: Marts) -> None:
    burst = rows(
        marts,
        """
        select dim_dates.week_label, fct_reviews.marketplace, count(*), bool_or(fct_reviews.is_verified),
            count(*) filter (not fct_reviews.is_standing) / count(*)
        from fct_reviews
        inner join dim_products using (product_id)
        inner join dim_dates on fct_reviews.reviewed_date = dim_dates.date_day
        where fct_reviews.rating = 1 and dim_products.family_id = 'standard:family:trail_lamp'
        group by all
        having count(*) >= 10
        """,
    )
    assert len(burst) == 1
    week, marketplace, reviews, has_verified, removed = burst[0]
    assert (week, marketplace, has_verified) == ("2026-W20", "amazon", False)
    assert reviews >= 60
    assert removed > 0.5
    # Removed reviews are no longer in the shares, but were received all the same.
    assert cell(marts, "reviews_received", "2026-W20", "marketplace amazon") >= reviews
    assert cell(marts, "negative_review_share", "2026-05", "marketplace amazon") > 1.5 * cell(
        marts, "negative_review_share", "2026-04", "marketplace amazon"
    )


def test_story_the_agent_with_the_hard_cases(marts: Marts) -> None:
    agents = rows(
        marts,
        """
        select agent_id, count(*) as solved, count(*) filter (complexity = 'high') as hard_ones,
            median(resolution_seconds) as seconds
        from fct_ticket_resolutions
        where is_valid and is_standing and team = 'technical'
        group by agent_id
        having count(*) >= 40
        order by seconds desc
        """,
    )
    specialist, solved, hard_ones, _ = agents[0]
    assert len(agents) >= 4
    assert solved == hard_ones
    assert all(hard < others / 2 for _, others, hard, _ in agents[1:])
    hard = dict(
        rows(
            marts,
            """
            select agent_id = ?, median(resolution_seconds)
            from fct_ticket_resolutions
            where is_valid and is_standing and team = 'technical' and complexity = 'high'
            group by all
            """,
            specialist,
        )
    )
    assert hard[True] < 0.9 * hard[False]
    csat = """
        select agent_id = ?, sum(common_score) / count(*)
        from fct_survey_responses
        where survey_type = 'csat' and is_answer and exclusion_reason is null and team = 'technical' and {}
        group by all
    """
    all_cases = dict(rows(marts, csat.format("true"), specialist))
    hard_cases = dict(rows(marts, csat.format("complexity = 'high'"), specialist))
    assert all_cases[True] < all_cases[False]
    assert hard_cases[True] > hard_cases[False]


def standards(marts: Marts, marketplace: str, day: str) -> dict[str, str]:
    return dict(
        rows(
            marts,
            """
            select distinct standard_id, standard_status
            from marketplace_standards
            where marketplace = ? and local_date = cast(? as date)
            """,
            marketplace, day,
        )
    )  # fmt: skip


def test_story_amazon(marts: Marts) -> None:
    assert standards(marts, "amazon", "2026-06-30") == {
        "amazon_messages_in_24_hours": "ok",
        "amazon_returns_in_48_hours": "ok",
        "amazon_order_defects": "ok",
        "amazon_order_defects_newest": "ok",
        "amazon_shipping_on_time": "ok",
        "amazon_cancellations": "breach",
    }
    late = standards(marts, "amazon", "2026-05-31")
    assert late["amazon_shipping_on_time"] == "breach"
    assert late["amazon_order_defects"] == "ok"
    assert standards(marts, "amazon", "2026-04-30")["amazon_shipping_on_time"] == "ok"
    assert cell(marts, "on_time_shipping_rate", "2026-05", "marketplace amazon") < 0.95
    assert cell(marts, "on_time_shipping_rate", "2026-06", "marketplace amazon") == 1


def test_story_the_bot(marts: Marts) -> None:
    assert cell(marts, "automated_resolution_rate", "2025-09", "channel chat") == 0
    for quarter in ("2025-Q4", "2026-Q1", "2026-Q2"):
        assert 0.2 < cell(marts, "automated_resolution_rate", quarter, "channel chat") < 0.5


def test_story_the_contact_form(marts: Marts) -> None:
    quarter = "2026-Q2"
    waits = dict(
        rows(
            marts,
            """
            select slice_value, median
            from kpi_values
            where kpi_id = 'first_response_time' and grain = 'quarter' and period_start = '2026-04-01'
                and slice = 'channel'
            """,
        )
    )
    assert max(waits, key=lambda channel: waits[channel]) == "contact_form"
    assert waits["contact_form"] > 1.3 * waits["email"]
    tickets = {name: cell(marts, "tickets_created", quarter, f"channel {name}") for name in ("email", "contact_form")}
    assert tickets["email"] > 2.5 * tickets["contact_form"]


def test_story_facebook(marts: Marts) -> None:
    days = rows(
        marts,
        """
        select month(local_date), count(distinct local_date),
            count(distinct local_date) filter (standard_status = 'ok')
        from marketplace_standards
        where standard_id = 'facebook_very_responsive' and local_date between '2026-01-01' and '2026-06-30'
        group by all
        """,
    )
    responsive = {month: (judged, fine) for month, judged, fine in days}
    assert responsive[1] == (31, 0)
    assert responsive[6] == (30, 30)


# The answers of docs/questions.md


def answer(marts: Marts, query: str) -> str:
    """A query's result as a Markdown table; numbers are aligned right, and what is null is an empty cell."""
    result = marts.execute(query)
    columns = [(name, str(kind)) for name, kind, *_ in result.description]
    lines = [
        [name for name, _ in columns],
        ["---:" if kind not in ("VARCHAR", "DATE") else "---" for _, kind in columns],
        *(["" if value is None else str(value) for value in row] for row in result.fetchall()),
    ]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def test_the_answers_are_those_of_the_marts(marts: Marts) -> None:
    """Each block of SQL gives the table below it. With CXMART_WRITE_ANSWERS=1 the tables are written instead."""
    page = QUESTIONS.read_text(encoding="utf-8")
    fresh = ANSWERED.sub(lambda found: f"```sql\n{found['query']}```\n\n{answer(marts, found['query'])}", page)
    if os.environ.get("CXMART_WRITE_ANSWERS") == "1":
        QUESTIONS.write_text(fresh, encoding="utf-8")
        return
    assert len(ANSWERED.findall(page)) >= 18
    assert page.count("```sql") == len(ANSWERED.findall(page))
    assert page.splitlines() == fresh.splitlines()


def test_the_dictionary_is_worked_out_from_the_sample(demo: Demo, cxmart_module: Run, tmp_path: Path) -> None:
    """With CXMART_WRITE_ANSWERS=1 the pages of docs/kpis are written instead."""
    pages = PROJECT_ROOT / "docs" / "kpis"
    is_writing = os.environ.get("CXMART_WRITE_ANSWERS") == "1"
    folder = pages if is_writing else tmp_path / "kpis"
    done = cxmart_module("dictionary", "--out", str(folder), env={"CXMART_HOME": str(demo.home.parent.parent)})
    assert done.returncode == 0, done.stdout + done.stderr
    fresh = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
    assert fresh == {path.name: path.read_text(encoding="utf-8") for path in pages.iterdir()}


def test_the_text_has_no_figures_of_its_own() -> None:
    """A figure in the text stands in the table above it, too, so that it can't be wrong unnoticed."""
    page = QUESTIONS.read_text(encoding="utf-8")
    for section in re.split(r"^## ", page, flags=re.MULTILINE)[1:]:
        title = section.splitlines()[0]
        query = "\n".join(found["query"] for found in ANSWERED.finditer(section))
        tables = "\n".join(found["answer"] for found in ANSWERED.finditer(section))
        text = ANSWERED.sub("", section).split("\n", 1)[1]
        for figure in re.findall(r"\d+(?:\.\d+)?", re.sub(r"`[^`]*`", "", text)):
            assert re.search(rf"(?<![\d.]){re.escape(figure)}(?![\d.]*\d)", tables + query), f"{figure} in: {title}"


# Who may read what


# What names one person, or what one person did, in the raw tables.
IDS_OF_PEOPLE = {
    "agents": ["agent_id"],
    "customers": ["customer_id", "person_id"],
    "tickets": ["ticket_id", "issue_id"],
    "ticket_messages": ["message_id"],
    "orders": ["order_id"],
    "calls": ["call_id"],
    "survey_responses": ["survey_id"],
    "reviews": ["review_id"],
    "claims": ["claim_id"],
    "returns": ["return_id"],
    "article_views": ["view_id", "reader_id", "session_id"],
    "brand_mentions": ["mention_id"],
}


def test_no_row_of_the_file_for_everybody_names_a_person(demo: Demo) -> None:
    """No value of any column is an id of a person or of what one did; the same search finds them in the other file."""
    with duckdb.connect() as connection:
        for name, file in {"raw": "raw", "everybodys": "marts", "everything": "marts_people"}.items():
            connection.execute(f"attach '{demo.home / file}.duckdb' as {name} (read_only)")
        for kind, selects in {
            "ids": [
                f"select cast({column} as varchar) as id from raw.raw_standard.{table}"
                for table, columns in IDS_OF_PEOPLE.items()
                for column in columns
            ],
            "hashes": ["select email_hash as id from raw.raw_standard.customers"],
        }.items():
            connection.execute(
                f"create table {kind} as select distinct id from ({' union all '.join(selects)}) where id is not null"
            )
        assert rows(connection, "select count(*) > 10000 from ids") == [(True,)]
        found = {
            (file, table, kind)
            for file, table, column in rows(
                connection,
                "select database_name, table_name, column_name from duckdb_columns() "
                "where database_name in ('everybodys', 'everything') and data_type = 'VARCHAR' and table_name in "
                "(select table_name from duckdb_tables())",
            )
            for kind in ("ids", "hashes")
            # As it is, and after the source and the kind of id: person:P1, standard:T1, standard:T1:2.
            if rows(
                connection,
                f"""
                select 1
                from (
                    select distinct unnest(list_append(string_split({column}, ':'), {column})) as part
                    from {file}.{table}
                )
                where part in (select id from {kind})
                limit 1
                """,
            )
        }
    assert {(file, kind) for file, _, kind in found} == {("everything", "ids")}
    assert {"fct_tickets", "dim_agents", "dim_customers", "kpi_values"} <= {table for _, table, _ in found}


# Where the numbers come from


def test_every_number_is_explained(demo: Demo, target_path: Path, home: Path) -> None:
    """Of 200 cells of each KPI, of all grains and slices, the observations add up to what is published."""
    # The other tests hold the file open, and in one process a file has one way to be open.
    home.mkdir()
    for name in ("marts_people.duckdb", "build.duckdb"):
        (home / name).hardlink_to(demo.home / name)
    with explaining(read_settings(isolated_environment(home, target_path))) as explainer:
        found = {kpi_id: differing(explainer, kpi_id, 200) for kpi_id in explainer.kpis}
    assert [wrong for _, all_wrong in found.values() for wrong in all_wrong] == []
    fewer = {kpi_id: count for kpi_id, (count, _) in found.items() if count < 200}
    assert fewer == {}


def test_keys_are_those_that_the_tests_of_the_models_declare(marts: Marts) -> None:
    keys = dict(rows(marts, "select table_name, key_columns from publication_tables where len(key_columns) > 0"))
    assert keys["fct_tickets"] == ["ticket_id"]
    assert keys["marketplace_standards"] == ["standard_id", "marketplace", "kpi_id", "local_date"]
    published = {table for (table,) in rows(marts, "select table_name from publication_tables")}
    # The stretches of a ticket may be equal: opened and resolved twice at one instant.
    of_models = {table for table in published if not table.startswith("publication") and table != "kpi_revisions"}
    assert of_models - set(keys) <= {"fct_ticket_open_stretches"}
