"""`cxmart explain`: what is behind a number, on a small build made by hand, one KPI a kind."""

import csv
import json
import random
import re
import shutil
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from conftest import Run, describe_build, isolated_environment
from cxmart.base.errors import CxmartError, ExitCode
from cxmart.base.settings import Settings, read_settings
from cxmart.publish.publication import publish
from cxmart.report.explain import explaining
from cxmart.report.explanation import Explanation

ZONE = "Europe/Berlin"
# In summer Berlin is 2 h ahead of UTC, after 25 October 2026 1 h.
AS_OF = "2026-06-04 10:00:00"

KPIS = [
    # kpi_id, kind, unit, grains, slices as name: form
    ("created", "count", "count", "hour,day,month", {"overall": "partition", "channel": "partition"}),
    ("revenue", "sum", "money", "month", {"overall": "partition"}),
    ("contact_rate", "ratio", "ratio", "day,month", {"overall": "partition", "channel": "partition"}),
    ("usage_rate", "ratio", "ratio", "month", {"overall": "partition", "template": "share"}),
    ("order_rate", "ratio", "ratio", "month", {"overall": "partition", "category": "own_rows"}),
    ("waiting_time", "duration", "s", "month", {"overall": "partition"}),
    ("open_tickets", "stock", "count", "day,month", {"overall": "partition", "team": "partition"}),
    ("days_since", "stock", "days", "day,month", {"overall": "partition", "marketplace": "own_rows"}),
    ("buyer_rate", "distinct", "ratio", "month", {"overall": "partition"}),
    ("retention_rate", "retained", "ratio", "month", {"overall": "partition"}),
    ("turnover_rate", "per_period", "ratio", "month,quarter", {"overall": "partition"}),
    ("mood", "confidential", "mean", "month", {"overall": "partition", "team": "overlap"}),
]
COLUMNS = "measured_at timestamp, observation_id varchar, {subject}numerator double, denominator double, "

# The rows of the views: measured_at (UTC), observation_id, numerator, denominator, exclusion_reason, then what is more.
# May is [2026-04-30 22:00, 2026-05-31 22:00) in UTC, 1 June the 24 h after it.
ROWS: dict[str, tuple[str, list[tuple[Any, ...]]]] = {
    "created": (
        "channel varchar",
        [
            ("2026-05-31 21:59:59.999999", "desk:T0", 1, None, None, "email"),
            ("2026-05-31 22:00:00", "desk:T1", 1, None, None, "email"),
            ("2026-06-01 08:30:00", "desk:T2", 1, None, None, "chat"),
            ("2026-06-01 08:30:00", "desk:T3", 1, None, "spam", "email"),
            (None, "desk:T4", 1, None, "unknown_time", "email"),
            ("2026-06-01 22:00:00", "desk:T5", 1, None, None, None),
        ],
    ),
    "revenue": (
        "",
        [
            ("2026-05-02 08:00:00", "desk:O1", 10.1, None, None),
            ("2026-05-03 08:00:00", "desk:O2", 20.2, None, None),
            ("2026-05-03 08:00:00", "=desk:O3", 99, None, "test"),
        ],
    ),
    "contact_rate": (
        "channel varchar",
        [
            ("2026-05-02 08:00:00", "desk:T1", 1, 0, None, "email"),
            ("2026-05-02 09:00:00", "desk:O1", 0, 1, None, "email"),
            ("2026-05-02 10:00:00", "desk:O2", 0, 1, None, None),
        ],
    ),
    "usage_rate": (
        "template varchar",
        [
            ("2026-05-02 08:00:00", "desk:M1", 1, 1, None, "hello"),
            ("2026-05-02 09:00:00", "desk:M2", 1, 1, None, "bye"),
            ("2026-05-02 10:00:00", "desk:M3", 0, 1, None, None),
        ],
    ),
    "order_rate": (
        "category varchar, only_slice varchar",
        [
            ("2026-05-02 08:00:00", "desk:O1", 1, 1, None, None, None),
            ("2026-05-02 09:00:00", "desk:O2", 0, 1, None, None, None),
            ("2026-05-02 08:00:00", "desk:O1", 1, 1, None, "shoes", "category"),
            ("2026-05-02 08:00:00", "desk:O1", 1, 1, None, "hats", "category"),
            ("2026-05-02 09:00:00", "desk:O2", 0, 1, None, "shoes", "category"),
        ],
    ),
    "waiting_time": (
        "",
        [(f"2026-05-0{day} 08:00:00", f"desk:T{day}:1", day * 60, 1, None) for day in range(1, 6)]
        + [("2026-05-06 08:00:00", "desk:T6:1", -5, 1, "negative_duration")],
    ),
    "days_since": (
        "marketplace varchar, only_slice varchar",
        [
            ("2026-05-29 22:00:00", "desk:V1", 1, None, None, None, None),
            ("2026-05-30 22:00:00", "desk:V1", 2, None, None, None, None),
            ("2026-05-30 22:00:00", "desk:V0", 7, None, None, "amazon", "marketplace"),
            ("2026-06-03 22:00:00", "desk:V1", 6, None, None, None, None),
        ],
    ),
    "buyer_rate": (
        "",
        [
            ("2026-05-02 08:00:00", "desk:O1", 1, 1, None),
            ("2026-05-03 08:00:00", "desk:O2", 1, 1, None),
            ("2026-05-04 08:00:00", "desk:O3", 0, 1, None),
        ],
    ),
    "retention_rate": (
        "",
        [
            ("2026-04-02 08:00:00", "desk:O1", 1, 1, None),
            ("2026-04-03 08:00:00", "desk:O2", 1, 1, None),
            ("2026-05-02 08:00:00", "desk:O3", 1, 1, None),
            ("2026-05-03 08:00:00", "desk:O4", 1, 1, None),
        ],
    ),
    "turnover_rate": (
        "only_grain varchar",
        [
            ("2026-05-02 08:00:00", "desk:A1", 1, 0, None, "month"),
            ("2026-05-02 08:00:00", "desk:A1", 1, 0, None, "quarter"),
            ("2026-05-01 08:00:00", "desk:A1:month", 0, 0.5, None, "month"),
            ("2026-05-01 08:00:00", "desk:A2:month", 0, 0.5, None, "month"),
            ("2026-05-31 08:00:00", "desk:A2:month_end", 0, 0.5, None, "month"),
            ("2026-05-01 08:00:00", "desk:A2:quarter", 0, 0.5, None, "quarter"),
        ],
    ),
    "mood": (
        "team varchar",
        [
            ("2026-05-02 08:00:00", "desk:U1", 4, 1, None, "x"),
            ("2026-05-02 08:00:00", "desk:U2", 2, 1, None, "x"),
            ("2026-05-02 08:00:00", "desk:U3", 1, 1, None, "y"),
            ("2026-05-02 08:00:00", "desk:U4", 1, 1, "older_answer", "x"),
        ],
    ),
}
SUBJECTS = {
    "buyer_rate": ["desk:anna", "desk:anna", "desk:ben"],
    "retention_rate": ["desk:anna", "desk:ben", "desk:anna", "desk:cem"],
    "mood": ["desk:A1", "desk:A2", "desk:A3", "desk:A4"],
}
STRETCHES = [
    # ticket, starts_at, ends_at, exclusion_reason, team; the day of 31 May ends at 22:00 UTC
    ("desk:T1", "2026-05-31 21:59:59", None, None, "x"),
    ("desk:T2", "2026-05-31 22:00:00", None, None, "x"),  # the next day's
    ("desk:T3", "2026-05-01 08:00:00", "2026-05-31 22:00:00", None, "y"),  # open at the end of the day
    ("desk:T4", "2026-05-01 08:00:00", "2026-05-31 21:59:59", None, "x"),  # resolved within it
    ("desk:T5", "2026-05-01 08:00:00", None, "test", "x"),
]
VALUES = [
    # kpi_id, grain, period, slice, value of it, numerator, denominator, value, median, p90
    ("created", "day", "2026-06-01", "overall", "all", 2, None, 2, None, None),
    ("created", "day", "2026-06-01", "channel", "email", 1, None, 1, None, None),
    ("created", "day", "2026-06-01", "channel", "chat", 1, None, 1, None, None),
    ("created", "day", "2026-06-02", "channel", "(none)", 1, None, 1, None, None),
    ("created", "hour", "2026-06-01 10:00", "overall", "all", 1, None, 1, None, None),
    ("revenue", "month", "2026-05", "overall", "all", 30.3, None, 30.3, None, None),
    ("contact_rate", "month", "2026-05", "overall", "all", 1, 2, 0.5, None, None),
    ("contact_rate", "month", "2026-05", "channel", "email", 1, 1, 1, None, None),
    ("usage_rate", "month", "2026-05", "overall", "all", 2, 3, 2 / 3, None, None),
    ("usage_rate", "month", "2026-05", "template", "hello", 1, 3, 1 / 3, None, None),
    ("order_rate", "month", "2026-05", "overall", "all", 1, 2, 0.5, None, None),
    ("order_rate", "month", "2026-05", "category", "shoes", 1, 2, 0.5, None, None),
    # 60 + 120 + 180 + 240 + 300 = 900; the p90 lies 0.6 of the way from the fourth to the fifth
    ("waiting_time", "month", "2026-05", "overall", "all", 900, 5, 180, 180, 276),
    ("open_tickets", "month", "2026-05", "overall", "all", 2, None, 2, None, None),
    ("open_tickets", "month", "2026-05", "team", "y", 1, None, 1, None, None),
    ("open_tickets", "month", "2026-06", "overall", "all", 2, None, 2, None, None),
    ("days_since", "month", "2026-05", "overall", "all", 2, None, 2, None, None),
    ("days_since", "month", "2026-05", "marketplace", "amazon", 7, None, 7, None, None),
    ("days_since", "month", "2026-06", "overall", "all", 6, None, 6, None, None),
    ("buyer_rate", "month", "2026-05", "overall", "all", 1, 2, 0.5, None, None),
    ("retention_rate", "month", "2026-05", "overall", "all", 1, 2, 0.5, None, None),
    ("turnover_rate", "month", "2026-05", "overall", "all", 1, 1.5, 2 / 3, None, None),
    ("mood", "month", "2026-05", "overall", "all", 7, 3, 7 / 3, None, None),
    ("mood", "month", "2026-05", "team", "x", None, None, None, None, None),
]
PERIODS = [
    # grain, label, start, end, start_at, end_at
    ("quarter", "2026-Q2", "2026-04-01", "2026-07-01", "2026-03-31 22:00:00", "2026-06-30 22:00:00"),
    ("month", "2026-04", "2026-04-01", "2026-05-01", "2026-03-31 22:00:00", "2026-04-30 22:00:00"),
    ("month", "2026-05", "2026-05-01", "2026-06-01", "2026-04-30 22:00:00", "2026-05-31 22:00:00"),
    ("month", "2026-06", "2026-06-01", "2026-07-01", "2026-05-31 22:00:00", "2026-06-30 22:00:00"),
    ("hour", "2026-06-01 10:00", "2026-06-01", "2026-06-02", "2026-06-01 08:00:00", "2026-06-01 09:00:00"),
    ("hour", "2026-10-25 02:00", "2026-10-25", "2026-10-26", "2026-10-25 00:00:00", "2026-10-25 01:00:00"),
    ("hour", "2026-10-25 02:00", "2026-10-25", "2026-10-26", "2026-10-25 01:00:00", "2026-10-25 02:00:00"),
    *(
        ("day", f"{day}", f"{day}", f"{day + timedelta(1)}", f"{day - timedelta(1)} 22:00:00", f"{day} 22:00:00")
        for day in (date(2026, 5, 1) + timedelta(number) for number in range(35))
    ),
]  # fmt: skip


def make_build(home: Path) -> None:
    """Make a finished build with one KPI a kind."""
    home.mkdir()
    with duckdb.connect(str(home / "build.duckdb")) as build:
        run = build.execute
        run("create schema marts; create schema kpis; create schema intermediate")
        run(f"create table intermediate.int_warehouse__as_of as select timestamp '{AS_OF}' as as_of")
        run(
            "create table marts.kpi_catalog (kpi_order integer, kpi_id varchar, title varchar, definition varchar, "
            "unit varchar, kind varchar, grains varchar, slices varchar, stretches_in varchar, "
            "min_sample integer default 10, version integer default 1, display_unit varchar, is_divided boolean, "
            "largest_first boolean, withheld_by varchar, configured_by varchar default '')"
        )
        run("create table marts.kpi_slices (kpi_id varchar, slice varchar, slice_form varchar)")
        for order, (kpi_id, kind, unit, grains, slices) in enumerate(KPIS, start=1):
            stretches = "fct_stretches" if kpi_id == "open_tickets" else None
            title = kpi_id.replace("_", " ").capitalize()
            texts = (kpi_id, title, f"What {kpi_id} is.", unit, kind, grains, ",".join(slices), stretches)
            is_divided, largest_first = kind not in ("count", "sum", "stock"), kind in ("duration", "sum")
            run(
                f"insert into marts.kpi_catalog values ({'?, ' * 9} default, default, ?, ?, ?, ?, default)",
                [order, *texts, unit, is_divided, largest_first, "respondents" if kind == "confidential" else None],
            )
            build.executemany(
                "insert into marts.kpi_slices values (?, ?, ?)", [(kpi_id, *form) for form in slices.items()]
            )
        run(
            "create table marts.dim_periods (grain varchar, period_label varchar, period_start date, period_end date, "
            "period_start_at timestamp, period_end_at timestamp, is_complete boolean)"
        )
        build.executemany(
            f"insert into marts.dim_periods select $1, $2, $3, $4, $5, $6, cast($6 as timestamp) <= '{AS_OF}'", PERIODS
        )
        run(
            "create table marts.kpi_values (kpi_id varchar, grain varchar, period_start date, "
            "period_start_at timestamp, slice varchar, slice_value varchar, numerator double, denominator double, "
            "value double, median double, "
            "p90 double, status varchar, maturity varchar, sample_size bigint, target_lower double, "
            "target_upper double)"
        )
        build.executemany(
            "insert into marts.kpi_values select $1, $2, period_start, period_start_at, $4, $5, $6, $7, $8, $9, $10, "
            "'no_target', 'final', 5, null, null from marts.dim_periods where grain = $2 and period_label = $3",
            VALUES,
        )
        run("create table marts.kpi_exclusion_reasons (exclusion_reason varchar, meaning varchar)")
        run("insert into marts.kpi_exclusion_reasons values ('test', 'It is a test.'), ('spam', 'It is spam.')")
        run(
            "create table marts.fct_stretches (ticket_id varchar, starts_at timestamp, ends_at timestamp, "
            "exclusion_reason varchar, team varchar, source varchar)"
        )
        build.executemany("insert into marts.fct_stretches values (?, ?, ?, ?, ?, 'desk')", STRETCHES)
        run("create view kpis.open_tickets as select 1 as numerator")
        run("comment on column kpis.open_tickets.numerator is 'Open [tickets].'")
        for kpi_id, (more, rows) in ROWS.items():
            subject = "subject_id varchar, " if kpi_id in SUBJECTS else ""
            columns = (
                COLUMNS.format(subject=subject) + "exclusion_reason varchar, source varchar" + (more and ", ") + more
            )
            # Of a fact, which is published, or of what is in the build alone.
            relation = "marts.fct_waiting" if kpi_id == "waiting_time" else f"main.rows_of_{kpi_id}"
            run(f"create table {relation} ({columns})")
            for place, (at, observation_id, numerator, denominator, reason, *others) in enumerate(rows):
                values = [at, observation_id, numerator, denominator, reason, "desk", *others]
                if kpi_id in SUBJECTS:
                    values.insert(2, SUBJECTS[kpi_id][place])
                run(f"insert into {relation} values ({', '.join('?' * len(values))})", values)
            run(f"create view kpis.{kpi_id} as from build.{relation}")
        run("comment on column kpis.waiting_time.numerator is 'Seconds waited.'")
        run(
            "create table main.cxmart_build as select 'run-1' as run_id, true as is_complete, 9 as nodes_run, "
            "0 as nodes_failed, 5 as tests_passed, 0 as tests_warned, 'desk' as sources, "
            f"'{ZONE}' as reporting_timezone, 'EUR' as reporting_currency"
        )
        describe_build(build)


@pytest.fixture(scope="module")
def settings(target_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The settings of a home in which the build was published, for tests that only read."""
    home = tmp_path_factory.mktemp("explain") / "home"
    make_build(home)
    chosen = read_settings(isolated_environment(home, target_path))
    publish(chosen)
    return chosen


@pytest.fixture
def changeable(settings: Settings, home: Path, target_path: Path) -> Settings:
    """The same in the test's own home."""
    shutil.copytree(settings.home, home)
    return read_settings(isolated_environment(home, target_path))


def explain_cell(settings: Settings, *arguments: Any, **options: Any) -> Explanation:
    """One cell, as the command explains it."""
    with explaining(settings) as explainer:
        return explainer.explain(*arguments, **options)


@pytest.mark.parametrize("cell", VALUES, ids=lambda cell: " ".join(cell[:1] + cell[2:5]))
def test_the_observations_add_up_to_the_cell(settings: Settings, cell: tuple[Any, ...]) -> None:
    """Of each kind, at the edges of its periods; the numbers above were worked out by hand."""
    kpi_id, _, label, slice_name, slice_value, *figures = cell
    explanation = explain_cell(settings, kpi_id, label, f"{slice_name}={slice_value}")
    added = explanation.added
    assert [added.numerator, added.denominator, added.value, added.median, added.p90] == pytest.approx(figures)
    assert explanation.agrees


def listed(explanation: Explanation) -> list[str | None]:
    return [row.observation_id for row in explanation.observations]


def left_out(explanation: Explanation) -> dict[str, list[str | None]]:
    return {group.reason: [row.observation_id for row in group.observations] for group in explanation.left_out}


def test_a_day_is_listed_with_what_was_left_out(settings: Settings) -> None:
    explanation = explain_cell(settings, "created", "2026-06-01")
    assert listed(explanation) == ["T1", "T2"]  # the id is the source's own
    assert explanation.observations[0].measured_at_local == "2026-06-01 00:00:00"
    assert left_out(explanation) == {"spam": ["T3"], "unknown_time": ["T4"]}
    assert [(group.meaning, group.count_without_time) for group in explanation.left_out] == [
        ("It is spam.", 0),
        ("", 1),
    ]
    by_chat = explain_cell(settings, "created", "2026-06-01", "channel=chat")
    assert listed(by_chat) == ["T2"]
    assert left_out(by_chat) == {}


def test_a_cell_that_is_not_there_has_nothing_in_it(settings: Settings) -> None:
    explanation = explain_cell(settings, "created", "2026-05-03", "channel=email")
    assert (explanation.published, explanation.observation_count, explanation.agrees) == (None, 0, True)
    assert left_out(explanation) == {"unknown_time": ["T4"]}


def test_the_newest_complete_month_is_explained_where_none_is_named(settings: Settings) -> None:
    assert explain_cell(settings, "revenue").period.label == "2026-05"


def test_a_stock_lists_what_it_holds(settings: Settings) -> None:
    explanation = explain_cell(settings, "open_tickets", "2026-05")
    assert listed(explanation) == ["T3", "T1"]
    assert left_out(explanation) == {"test": ["T5"]}
    assert explanation.words["numerator"] == "Open [tickets]."
    assert listed(explain_cell(settings, "days_since", "2026-05")) == ["V1"]


def test_people_stand_beside_what_they_did(settings: Settings) -> None:
    kept = explain_cell(settings, "retention_rate", "2026-05")
    assert [(row.part, row.observation_id, row.subject_id) for row in kept.observations] == [
        ("period", "O3", "anna"),
        ("period", "O4", "cem"),
        ("before", "O1", "anna"),
        ("before", "O2", "ben"),
    ]


def test_the_largest_come_first_and_the_list_has_a_limit(settings: Settings) -> None:
    explanation = explain_cell(settings, "waiting_time", "2026-05", limit=2)
    assert listed(explanation) == ["T5:1", "T4:1"]
    assert explanation.observation_count == 5


@pytest.mark.parametrize("slice_text", [None, "team=x"])
def test_what_was_said_in_confidence_is_not_listed(settings: Settings, slice_text: str | None, tmp_path: Path) -> None:
    explanation = explain_cell(settings, "mood", "2026-05", slice_text, None)
    assert explanation.observations == []
    assert all(group.observations == [] for group in explanation.left_out)
    if slice_text:
        assert explanation.is_withheld
        assert (explanation.added.numerator, explanation.left_out, explanation.observation_count) == (None, [], 0)
    assert "U1" not in json.dumps(explanation.as_json())
    with pytest.raises(CxmartError, match="in confidence"):
        explain_cell(settings, "mood", "2026-05", slice_text, None, tmp_path / "x.csv")
    assert list(tmp_path.glob("*.csv*")) == []


def test_a_number_that_differs_is_told(cxmart: Run, changeable: Settings) -> None:
    changeable.people_file.chmod(0o600)
    with duckdb.connect(str(changeable.people_file)) as marts:
        marts.execute("update kpi_values set numerator = 31, value = 31 where kpi_id = 'revenue'")
    done = cxmart("explain", "revenue", "--period", "2026-05")
    assert done.returncode == ExitCode.FAILED
    assert "✗ published is numerator 31, value 31, the observations give numerator 30.3, value 30.3" in done.stdout
    assert "do not add up" in done.stderr


@pytest.mark.parametrize("title", ["Waiting time", " waiting TIME "])
def test_a_title_names_a_kpi_too(settings: Settings, title: str) -> None:
    assert explain_cell(settings, title, "2026-05").kpi_id == "waiting_time"


@pytest.mark.parametrize(
    ("status", "maturity", "why"),
    [
        ("ok", "final", "ok: a mean of 3.00 min keeps the target ≤ 5 min"),
        ("breach", "final", "breach: a mean of 3.00 min does not keep the target ≤ 5 min"),
        ("too_few", "final", "too_few: 5 observed, 10 are the least to be judged"),
        ("no_target", "final", "no_target: no target is set for it (kpi_targets)"),
        ("no_data", "final", "no_data: there is nothing to divide by"),
    ],
)
def test_why_a_status_is_what_it_is(settings: Settings, status: str, maturity: str, why: str) -> None:
    cell = replace(
        explain_cell(settings, "waiting_time", "2026-05"), status=status, maturity=maturity, target_upper=300.0
    )
    assert cell.why == why


def test_settings_that_nobody_made_their_own_are_said(cxmart: Run, changeable: Settings) -> None:
    changeable.people_file.chmod(0o600)
    with duckdb.connect(str(changeable.people_file)) as marts:
        marts.execute("update kpi_values set target_upper = 300, status = 'ok' where kpi_id = 'waiting_time'")
        marts.execute("insert into publication_seeds values ('kpi_targets', 19, '1', 0)")
    assert explain_cell(changeable, "waiting_time", "2026-05").shipped == ["targets"]
    assert explain_cell(changeable, "revenue", "2026-05").shipped == []
    done = cxmart("explain", "waiting_time", "--period", "2026-05")
    assert "Targets: cxmart's examples; put your own in CXMART_CONFIG" in done.stdout


def test_why_a_partial_period_is_not_judged(settings: Settings) -> None:
    cell = replace(explain_cell(settings, "waiting_time", "2026-05"), maturity="partial", target_upper=300.0)
    ends = "2026-05 is not over: it ends at the end of 2026-05-31, the data reach"
    assert replace(cell, status="partial").why.startswith(f"partial: {ends}")
    assert replace(cell, status="partial").why.endswith("; until then the target ≤ 5 min judges nothing")
    assert f". {ends}" in replace(cell, status="too_few").why
    assert replace(cell, status="too_few").why.endswith("these are the numbers so far")


def test_the_page_shows_sum_list_and_reasons(cxmart: Run, settings: Settings) -> None:
    environment = {"CXMART_HOME": str(settings.home)}
    done = cxmart("explain", "waiting_time", "--period", "2026-05", "--limit", "1", env=environment)
    assert done.returncode == 0, done.stderr
    assert "900 / 5 = 3.00 min, median 3.00 min, p90 4.60 min  ✓ as published" in done.stdout
    assert "no_target: no target is set for it (kpi_targets)" in done.stdout
    assert "1 of 5 observations, the largest first" in done.stdout
    assert "negative_duration" in done.stdout
    stock = cxmart("explain", "open_tickets", "--period", "2026-05", env=environment)
    assert "Open [tickets]." in stock.stdout
    assert "The ticket, since when it is in the stock (fct_stretches)." in stock.stdout
    assert re.search(r"^T1 +2026-05-31 23:59:59 +1$", stock.stdout, re.MULTILINE)
    assert "It is a test." in stock.stdout
    withheld = cxmart("explain", "mood", "--period", "2026-05", "--slice", "team=x", env=environment)
    assert "Withheld" in withheld.stdout


def test_json_has_every_observation(cxmart: Run, settings: Settings) -> None:
    arguments = ("explain", "waiting_time", "--period", "2026-05", "--limit", "1", "--json")
    done = cxmart(*arguments, env={"CXMART_HOME": str(settings.home)})
    content = json.loads(done.stdout)
    assert sum(row["numerator"] for row in content["observations"]) == content["published"]["numerator"] == 900
    assert content["observations"][0]["measured_at"] == "2026-05-05T08:00:00Z"
    assert content["agrees"] is True


def test_csv_has_every_row_and_starts_no_formula(settings: Settings, tmp_path: Path) -> None:
    target = tmp_path / "it's.csv"
    target.write_text("what was there before")
    explain_cell(settings, "revenue", "2026-05", None, 1, target)
    rows = list(csv.DictReader(target.open(newline="", encoding="utf-8")))
    assert [(row["observation_id"], row["numerator"], row["reason"]) for row in rows] == [
        ("O2", "20.2", ""),
        ("O1", "10.1", ""),
        ("'=O3", "99.0", "test"),
    ]
    assert list(tmp_path.glob("*.tmp")) == []
    with pytest.raises(CxmartError, match="nowhere is no folder"):
        explain_cell(settings, "revenue", "2026-05", None, 1, tmp_path / "nowhere" / "x.csv")


@pytest.mark.parametrize(
    ("kpi", "period", "slice_text", "message"),
    [
        ("nothing", None, None, "there is no KPI 'nothing'; there are: created"),
        ("created", "2026-W99", None, "is no period"),
        ("created", "2027-01-01", None, "no data for 2027-01-01"),
        ("created", "2026-W22", None, "has no cells a week; it has: hour, day, month"),
        ("revenue", "2026-06-01T10:00", None, "has no cells an hour"),
        ("created", None, "channel", "write its name and value"),
        ("created", None, "colour=red", "has no slice 'colour'; it has: overall, channel"),
        ("created", None, "channel=' or 1=1", "has nothing for channel '' or 1=1'; it has: (none), chat, email"),
        ("created", "2026-10-25 02:00", None, "2026-10-25T00:00Z or 2026-10-25T01:00Z"),
    ],
)
def test_wrong_calls_say_what_there_is(
    settings: Settings, kpi: str, period: str | None, slice_text: str | None, message: str
) -> None:
    refusal = refused(settings, kpi, period, slice_text)
    assert refusal.startswith("USAGE: ")
    assert message in refusal


def test_an_hour_that_comes_twice_is_named_by_its_instant(settings: Settings) -> None:
    explanation = explain_cell(settings, "created", "2026-10-25T01:00Z")
    assert explanation.period.start_at == datetime(2026, 10, 25, 1)  # noqa: DTZ001


def unpublished(settings: Settings, *, failed: int = 0) -> None:
    """Make the build another than the published: of another run, the first wait longer, a ticket more in the stock."""
    with duckdb.connect(str(settings.build_file)) as build:
        build.execute("update main.cxmart_build set run_id = 'run-2', nodes_failed = ?", [failed])
        build.execute("update marts.fct_waiting set numerator = 3660 where observation_id = 'desk:T1:1'")
        build.execute("insert into marts.fct_stretches values ('desk:T9', '2026-05-01', null, null, 'x', 'desk')")
        build.execute(
            "update marts.kpi_values set numerator = 4500, value = 900, median = 240, p90 = 2316 "
            "where kpi_id = 'waiting_time'"
        )


@pytest.mark.parametrize("failed", [0, 1])
def test_what_is_published_is_explained_while_another_build_waits(
    cxmart: Run, changeable: Settings, failed: int
) -> None:
    """The audit stopped it, a test failed, or nobody published it: what people read is what they doubt."""
    unpublished(changeable, failed=failed)
    waiting = explain_cell(changeable, "waiting_time", "2026-05")
    assert waiting.agrees
    assert (waiting.run_id, waiting.added.numerator) == ("run-1", 900)
    assert waiting.words["numerator"] == "Seconds waited."
    stock = explain_cell(changeable, "open_tickets", "2026-05")
    assert stock.agrees
    assert listed(stock) == ["T3", "T1"]
    done = cxmart("explain", "waiting_time", "--period", "2026-05")
    assert done.returncode == 0, done.stderr
    assert "The last build, run run-2, is not published." in done.stdout


def test_the_build_is_explained_where_it_is_asked_for(cxmart: Run, changeable: Settings) -> None:
    unpublished(changeable)
    done = cxmart("explain", "waiting_time", "--period", "2026-05", "--build")
    assert done.returncode == 0, done.stderr
    assert "This is the number of the last build, run run-2" in done.stdout
    assert "4,500 / 5 = 15.0 min, median 4.00 min, p90 38.6 min  ✓ as built" in done.stdout
    content = json.loads(cxmart("explain", "waiting_time", "--period", "2026-05", "--build", "--json").stdout)
    assert (content["is_of_build"], content["run_id"], content["published"]["value"]) == (True, "run-2", 900)


def test_a_build_is_explained_before_anything_is_published(changeable: Settings) -> None:
    for file in (changeable.people_file, changeable.marts_file):
        file.unlink()
    with explaining(changeable, of_build=True) as explainer:
        assert explainer.explain("created", "2026-06-01").agrees
    changeable.build_file.unlink()
    with pytest.raises(CxmartError, match="does not exist"), explaining(changeable, of_build=True):
        pass


def test_what_the_build_defines_anew_is_refused(changeable: Settings) -> None:
    unpublished(changeable)
    with duckdb.connect(str(changeable.build_file)) as build:
        build.execute("update marts.kpi_catalog set version = 2 where kpi_id = 'waiting_time'")
    refusal = refused(changeable, "waiting_time")
    assert "is not the build that is published" in refusal
    assert "waiting_time is defined anew there; `cxmart explain waiting_time --build`" in refusal


def test_what_lies_in_another_build_alone_is_refused(cxmart: Run, changeable: Settings) -> None:
    with duckdb.connect(str(changeable.build_file)) as build:
        build.execute("update main.cxmart_build set run_id = 'run-2'")
    done = cxmart("explain", "created")
    assert done.returncode == ExitCode.WAREHOUSE
    assert "is not the build that is published: it is of run run-2" in done.stderr
    assert "`cxmart explain created --build`" in done.stderr
    assert done.stdout == ""


def refused(settings: Settings, *arguments: str | None) -> str:
    """The message with which a call is refused; nothing but its exit code tells why."""
    with pytest.raises(CxmartError) as error:
        explain_cell(settings, *arguments)
    return f"{error.value.exit_code.name}: {error.value}"


def test_a_missing_or_unfinished_build_is_refused(changeable: Settings) -> None:
    with duckdb.connect(str(changeable.build_file)) as build:
        build.execute("drop table main.cxmart_build")
    assert "says nothing of a finished build" in refused(changeable, "created")
    changeable.build_file.unlink()
    assert "the observations are there alone" in refused(changeable, "created")
    changeable.people_file.unlink()
    assert refused(changeable, "created").startswith("WAREHOUSE: ")
    assert "nothing was loaded yet: run `cxmart load standard FOLDER`, `cxmart build`" in refused(changeable, "created")


def test_any_order_of_rows_gives_the_same_sum(changeable: Settings) -> None:
    """Sums of doubles would depend on it: 0.1 + 0.2 + 0.3 is not 0.3 + 0.2 + 0.1."""
    rows = [("2026-05-02 08:00:00", f"desk:O{number}", number / 10, None, None, "desk") for number in range(1, 40)]
    sums = set()
    for seed in range(3):
        random.Random(seed).shuffle(rows)
        with duckdb.connect(str(changeable.build_file)) as build:
            build.execute("delete from main.rows_of_revenue")
            build.executemany("insert into main.rows_of_revenue values (?, ?, ?, ?, ?, ?)", rows)
        sums.add(explain_cell(changeable, "revenue", "2026-05").added.numerator)
    assert sums == {78.0}
