"""The scorecard: the right numbers for a period, in words that people read, at any width."""

import json
import re
import subprocess
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import duckdb
import pytest

from conftest import Run, make_fake_build
from cxmart import wording
from cxmart.errors import CxmartError, ExitCode
from cxmart.scorecard import DEFAULT_GRAINS, newest_period, parse_period


@pytest.fixture(scope="module")
def published(cxmart_module: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which the fake build is published."""
    home = tmp_path_factory.mktemp("published")
    make_fake_build(home)
    done = cxmart_module("publish", env={"CXMART_HOME": str(home)})
    assert done.returncode == 0, done.stderr
    return home


@pytest.fixture
def show(cxmart_module: Run, published: Path) -> Run:
    """Run `cxmart scorecard` on it."""

    def run(
        *arguments: str, columns: int | None = None, exit_code: int = 0, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        width = {"COLUMNS": str(columns)} if columns else {}
        done = cxmart_module("scorecard", *arguments, env={"CXMART_HOME": str(published), **width, **(env or {})})
        assert done.returncode == exit_code, done.stdout + done.stderr
        return done

    return run


def line_of(printed: str, title: str) -> str:
    """A KPI's line after its title, its columns one blank apart."""
    (line,) = [line for line in printed.splitlines() if line.startswith(title)]
    return " ".join(line[len(title) :].split())


def test_the_newest_complete_month_is_shown(show: Run) -> None:
    printed = show(columns=120).stdout
    assert printed.splitlines()[0] == "2026-03 (month)"
    assert "as of 2026-04-03 00:30 · sources: standard · time zone Europe/Berlin" in printed
    assert line_of(printed, "Tickets created") == "1,250 1,000 ▲ 25.0 % ≤ 2,000 1,250 ✓ ok"
    assert line_of(printed, "Resolution time, median") == "5.00 h 8.33 h ▼ 40.0 % mean ≤ 8 h 1,100 ✓ ok ~"
    assert line_of(printed, "Resolution rate") == "72.5 % 90.0 % ▼ 17.5 pp worse ≥ 80.0 % 1,250 ✗ breach"
    assert line_of(printed, "Net promoter score") == "-12.5 - - - 4 ? too few"
    assert line_of(printed, "Repeat revenue") == "1,234,567 EUR 0 EUR ▲ 1,234,567 better - 99 ·"
    assert "mean 7.20 h, p90 24.0 h" in printed
    assert "targets: 2 met, 1 missed: Resolution rate" in printed
    assert "before: 2026-02" in printed
    assert "no data (needs calls): Handle time" in printed
    assert "~ still maturing" in printed
    headings = [
        line for line in printed.splitlines() if line in {"Headline", "Demand", "Speed", "Outcome", "Self service"}
    ]
    # Speed has but a headline KPI.
    assert headings == ["Headline", "Demand", "Outcome", "Self service"]


def test_a_period_gives_what_the_table_of_the_build_gives(show: Run) -> None:
    """The same month by name is worked out from the values, and comes to the same."""
    newest, named = (json.loads(show(*arguments, "--json").stdout) for arguments in ((), ("--period", "2026-03")))
    assert newest == named
    assert {kpi["kpi_id"]: kpi["value"] for kpi in named["kpis"]} == {
        "tickets_created": 1250,
        "resolution_time": 25920,
        "resolution_rate": 0.725,
        "net_promoter_score": -12.5,
        "repeat_revenue": 1234567.4,
        "handle_time": None,
    }
    assert named["publication"]["as_of"] == "2026-04-02T22:30:00Z"
    assert (named["grain"], named["period_start"], named["is_complete"]) == ("month", "2026-03-01", True)


def test_an_unfinished_period_says_so(show: Run) -> None:
    printed = show("--period", "2026-04", columns=120).stdout
    assert line_of(printed, "Tickets created") == "40 1,250 - ≤ 2,000 40 … not over"
    assert "… not over (2 of 30 days): a target is for the whole month, so nothing is judged" in printed
    assert "targets:" not in printed
    (tickets,) = [
        kpi for kpi in json.loads(show("--period", "2026-04", "--json").stdout)["kpis"] if kpi["status"] == "partial"
    ]
    assert (tickets["change"], tickets["not_compared"]) == (None, "the period is not over")


def test_other_grains_show_the_kpis_that_have_them(show: Run) -> None:
    week = show("--period", "2026-W12").stdout
    assert week.splitlines()[0] == "2026-W12 (week)"
    assert line_of(week, "Tickets created").startswith("300 - ")
    assert "before: no data so far back" in week
    assert "Net promoter score" not in week
    assert show("--grain", "week").stdout.splitlines()[0] == "2026-W12 (week)"
    assert show("--period", "2026-Q1").stdout.splitlines()[0] == "2026-Q1 (quarter)"
    assert show("--period", "2026-03-05").stdout.splitlines()[0] == "2026-03-05 (day)"


@pytest.mark.parametrize(
    ("columns", "absent"),
    [
        (200, []),
        (100, []),
        (90, ["Sample"]),
        (80, ["Sample", "Before", "worse"]),
        (70, ["Sample", "Before", "worse", "Target"]),
        (60, ["Sample", "Before", "worse", "Target", "p90"]),
        (50, ["Sample", "Before", "worse", "Target", "p90", "Change"]),
    ],
)
def test_it_fits_any_terminal(show: Run, columns: int, absent: list[str]) -> None:
    printed = show(columns=columns).stdout
    assert max(map(len, printed.splitlines())) <= columns
    for part in ("pp worse", "Sample", "Before", "Target", "p90", "Change"):
        assert (part in printed) == (part.split()[-1] not in absent), part
    # The mean, which the target judges, is there at any width.
    for part in ("Tickets created", "1,250", "✓ ok", "✗ breach", "mean 7.20 h", "no data (needs calls): Handle time"):
        assert part in printed, part


def test_colours_say_better_or_worse_by_the_direction(show: Run) -> None:
    coloured = show(env={"FORCE_COLOR": "1", "TERM": "xterm-256color"}).stdout
    green, red = r"\x1b\[32m *", r"\x1b\[31m *"
    assert re.search(f"{green}▲ 1,234,567", coloured)  # more revenue
    assert re.search(f"{red}▼ 17.5 pp", coloured)  # a lower rate
    assert re.search("(?<!m) +▲ 25.0 %", coloured)  # tickets are neither
    assert re.search("(?<!m) +▼ 40.0 %", coloured)  # less time, but it may still change
    assert re.search(f"{green}✓ ok", coloured)
    assert re.search(f"{red}✗ breach", coloured)


@pytest.mark.parametrize("extra", [{"NO_COLOR": "1", "FORCE_COLOR": "1"}, {"TERM": "dumb"}, {}])
def test_without_colour_it_says_the_same(show: Run, extra: dict[str, str]) -> None:
    plain = show(columns=100, env=extra).stdout
    assert "\x1b[3" not in plain
    assert "▼ 17.5 pp worse" in plain


@pytest.mark.parametrize(
    ("arguments", "exit_code", "words"),
    [
        (["--period", "2031-01"], ExitCode.USAGE, "the data covers 2026-02 to 2026-04"),
        (["--period", "last month"], ExitCode.USAGE, "is no period"),
        (["--period", "2026-03", "--grain", "week"], ExitCode.USAGE, "is a month, not a week"),
        (["--grain", "hour"], ExitCode.USAGE, "is no grain"),
    ],
)
def test_a_period_that_is_not_there_is_said(show: Run, arguments: list[str], exit_code: ExitCode, words: str) -> None:
    done = show(*arguments, exit_code=exit_code)
    assert done.stderr.startswith("error: ")
    assert words in done.stderr


@pytest.mark.parametrize(
    ("is_over", "label"),
    [
        ({"day": True, "week": True, "month": True}, "month"),
        ({"day": True, "week": True, "month": False}, "week"),
        ({"day": True, "week": False, "month": False}, "day"),
        ({"day": False, "week": False, "month": False}, "month"),
    ],
)
def test_a_young_warehouse_shows_what_there_is(is_over: dict[str, bool], label: str) -> None:
    """The longest period that is over, or the running month where not even a day is."""
    with duckdb.connect() as marts:
        marts.execute(
            "create table dim_periods (grain varchar, period_start date, period_label varchar, is_complete boolean)"
        )
        for grain, is_complete in is_over.items():
            marts.execute("insert into dim_periods values (?, '2026-03-02', ?, ?)", [grain, grain, is_complete])
        assert newest_period(marts, DEFAULT_GRAINS) == (label, date(2026, 3, 2), label, is_over[label])


def test_nothing_published_is_said(cxmart: Run, home: Path) -> None:
    done = cxmart("scorecard")
    assert done.returncode == ExitCode.WAREHOUSE
    assert "marts.duckdb does not exist; nothing was loaded yet: run `cxmart load standard FOLDER`" in done.stderr
    assert not home.exists()


def test_an_empty_warehouse_is_said(cxmart: Run, fake_build: Path) -> None:
    with duckdb.connect(str(fake_build)) as build:
        build.execute("delete from marts.dim_periods; update intermediate.int_warehouse__as_of set as_of = null")
    assert cxmart("publish").returncode == 0
    done = cxmart("scorecard")
    assert done.returncode == ExitCode.FAILED
    assert "holds no data yet" in done.stderr


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-05", ("day", date(2026, 3, 5))),
        ("2026-04", ("month", date(2026, 4, 1))),
        ("2026-Q1", ("quarter", date(2026, 1, 1))),
        ("2026-Q4", ("quarter", date(2026, 10, 1))),
        ("2026-W12", ("week", date(2026, 3, 16))),
        ("2026-W01", ("week", date(2025, 12, 29))),
        ("2020-W53", ("week", date(2020, 12, 28))),
    ],
)
def test_periods_are_read_as_people_write_them(text: str, expected: tuple[str, date]) -> None:
    assert parse_period(text) == expected


@pytest.mark.parametrize(
    "text", ["2026", "2026-13", "2026-W54", "2025-W53", "2026-Q5", "2026-02-30", "March", "2026-3"]
)
def test_other_text_is_no_period(text: str) -> None:
    with pytest.raises(CxmartError, match="is no period"):
        parse_period(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.0 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (250, "4 min 10 s"),
        (599.4, "9 min 59 s"),
        (599.6, "10 min"),
        (3570, "60 min"),
        (3600, "1 h"),
        (25920, "7 h 12 min"),
        (2 * 86400 - 31, "47 h 59 min"),
        (2 * 86400 - 29, "2 d"),
        (1_062_000, "12 d 7 h"),
    ],
)
def test_durations_are_read_in_their_largest_units(seconds: float, text: str) -> None:
    if seconds == 3570:
        text = "1 h"  # half a minute short of an hour is rounded to it
    assert wording.duration(seconds) == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (None, "s", "-"),
        (0.4567, "ratio", "45.7 %"),
        (12.345, "ratio", "1,234.5 %"),
        (1234567, "count", "1,234,567"),
        (1234.5, "money", "1,234 GBP"),
        (4.256, "mean", "4.26"),
        (-33.333, "points", "-33.3"),
        (1, "days", "1 day"),
        (12, "days", "12 days"),
    ],
)
def test_values_are_written_in_their_unit(value: float | None, unit: str, text: str) -> None:
    assert wording.number(value, unit, "GBP") == text


@pytest.mark.parametrize(
    ("absolute", "relative", "unit", "text"),
    [
        (None, None, "count", "-"),
        (-250, -0.25, "count", "▼ 25.0 %"),
        (5, None, "count", "▲ 5"),
        (0.012, 0.5, "ratio", "▲ 1.2 pp"),
        (-0.0001, -0.5, "ratio", "= 0.0 pp"),
        (0.25, 0.1, "mean", "▲ 0.25"),
        (-3.2, -0.1, "points", "▼ 3.2"),
        (0, 0, "s", "= 0.0 %"),
    ],
)
def test_changes_are_written_with_an_arrow(
    absolute: float | None, relative: float | None, unit: str, text: str
) -> None:
    assert wording.change(absolute, relative, unit) == text


@pytest.mark.parametrize(
    ("lower", "upper", "unit", "text"),
    [
        (None, None, "s", "-"),
        (None, 28800, "s", "≤ 8 h"),
        (0.99, None, "ratio", "≥ 99.0 %"),
        (10, 20, "count", "10 to 20"),
    ],
)
def test_targets_are_written_as_bounds(lower: float | None, upper: float | None, unit: str, text: str) -> None:
    assert wording.target(lower, upper, unit) == text
