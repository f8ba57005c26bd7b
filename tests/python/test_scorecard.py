"""The scorecard: the right numbers for a period, in words that people read, at any width."""

import json
import re
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pytest

from conftest import Run, at_terminal, make_fake_build
from cxmart.base import formats
from cxmart.base.errors import CxmartError, ExitCode
from cxmart.base.settings import Settings, read_settings
from cxmart.report.cell import MATURING, NOT_ADDITIVE, OTHER_LENGTH, RUNNING, Cell, compared
from cxmart.report.draw_scorecard import _number
from cxmart.report.period import DEFAULT_GRAINS, newest_period, parse_period, period_before
from cxmart.report.scorecard import read_scorecard
from cxmart.report.shipped_settings import SETTINGS
from independent.harness import catalog


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
        width = at_terminal(columns) if columns else {}
        done = cxmart_module("scorecard", *arguments, env={"CXMART_HOME": str(published), **width, **(env or {})})
        assert done.returncode == exit_code, done.stdout + done.stderr
        return done

    return run


def line_of(printed: str, title: str) -> str:
    """A KPI's line after its title, its columns one blank apart."""
    (line,) = [line for line in printed.splitlines() if line.startswith(title)]
    return " ".join(line[len(title) :].split())


def test_the_newest_complete_month_is_shown(show: Run) -> None:
    printed = show(columns=100).stdout
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
    printed = show("--period", "2026-04", columns=100).stdout
    assert line_of(printed, "Tickets created") == "40 1,250 - ≤ 2,000 40 … not over tickets_created"
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
        (100, ["resolution_rate"]),
        (90, ["resolution_rate", "Sample"]),
        (80, ["resolution_rate", "Sample", "Before", "worse"]),
        (70, ["resolution_rate", "Sample", "Before", "worse", "Target"]),
        (60, ["resolution_rate", "Sample", "Before", "worse", "Target", "p90"]),
        (50, ["resolution_rate", "Sample", "Before", "worse", "Target", "p90", "Change"]),
    ],
)
def test_it_fits_any_terminal(show: Run, columns: int, absent: list[str]) -> None:
    printed = show(columns=columns).stdout
    assert max(map(len, printed.splitlines())) <= columns
    for part in ("pp worse", "Sample", "Before", "Target", "p90", "Change", "resolution_rate"):
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


def make_marts(home: Path, as_of: str = "2026-06-13 12:00:00") -> Path:
    """A published file of a KPI a kind from May on, a number a day; as_of is the afternoon of 13 June in Berlin."""
    home.mkdir(exist_ok=True)
    with duckdb.connect(str(home / "marts.duckdb")) as marts:
        marts.execute(
            f"""
            create table publication as select timestamp '{as_of}' as as_of, 'standard' as sources,
                'Europe/Berlin' as reporting_timezone, 'EUR' as reporting_currency;
            create table kpi_catalog as
            select *, 'day,week,month,quarter' as grains, 'overall,channel' as slices, 0 as min_sample,
                cast(null as varchar) as sample_from, kpi_id <> 'buyers' as is_headline, 1 as kpi_version,
                unit as display_unit, '' as people_slices, kind in ('ratio', 'duration', 'distinct') as is_divided,
                kind <> 'distinct' as is_additive, kind in ('count', 'distinct') as grows_with_period,
                '' as configured_by
            from (values
                (1, 'tickets', 'Tickets', 'demand', 'count', 'neither', 'count', 0, ''),
                (2, 'open', 'Open', 'demand', 'count', 'less', 'stock', 0, ''),
                (3, 'wait', 'Wait', 'speed', 's', 'less', 'duration', 0, ''),
                (4, 'part_rate', 'Part', 'speed', 'ratio', 'more', 'ratio', 0, 'channel'),
                (5, 'reopen_rate', 'Reopened', 'outcome', 'ratio', 'less', 'ratio', 7, ''),
                (6, 'buyers', 'Buyers', 'commerce', 'ratio', 'more', 'distinct', 0, '')
            ) as kpis (kpi_order, kpi_id, title, kpi_group, unit, direction, kind, window_days, share_slices);
            create table dim_periods as
            select 'day' as grain, cast(day as date) as period_start, cast(day as date) + 1 as period_end,
                strftime(day, '%Y-%m-%d') as period_label, cast(day as date) < cast('{as_of}' as date) as is_complete
            from range(date '2026-05-01', cast('{as_of}' as date) + 1, interval 1 day) as days (day)
            union all
            select 'month', month, cast(month + interval 1 month as date), strftime(month, '%Y-%m'),
                month + interval 1 month <= cast('{as_of}' as date)
            from (values (date '2026-05-01'), (date '2026-06-01')) as months (month)
            where month <= cast('{as_of}' as date);
            -- One ticket on 1 May, two on the 2nd and so on; of channel chat on even days alone.
            create table kpi_daily as
            select kpi_id, period_start as local_date, slice, if(slice = 'overall', 'all', 'chat') as slice_value,
                cast(case kpi_id when 'tickets' then day(period_start) when 'open' then 100 + day(period_start)
                    when 'wait' then 60 * day(period_start) else 1 end as decimal(38, 12)) as numerator,
                cast(if(kind in ('ratio', 'duration'), 4, null) as decimal(38, 12)) as denominator,
                if(kpi_id = 'tickets', day(period_start), 4) as observations
            from dim_periods cross join kpi_catalog cross join (values ('overall'), ('channel')) as slices (slice)
            where grain = 'day' and kind <> 'distinct' and (slice = 'overall' or day(period_start) % 2 = 0);
            create table kpi_values as
            select kpi_id, 1 as kpi_version, grain, period_start, slice,
                if(slice = 'overall', 'all', 'chat') as slice_value,
                day(period_start) * 1e0 as numerator, cast(null as double) as denominator,
                day(period_start) + 5e-1 as value, 20 as sample_size,
                if(kind = 'duration', 9e1 + day(period_start), null) as median,
                if(kind = 'duration', 7.2e3, null) as p90,
                cast(null as double) as target_lower, if(kpi_id in ('tickets', 'wait'), 1e3, null) as target_upper,
                if(kpi_id in ('tickets', 'wait'), if(is_complete, 'ok', 'partial'), 'no_target') as status,
                if(is_complete, if(window_days > 0, 'immature', 'final'), 'partial') as maturity
            from dim_periods cross join kpi_catalog cross join (values ('overall'), ('channel')) as slices (slice)
            """
        )
    return home


@pytest.fixture(scope="module")
def june(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The settings of such a file."""
    return read_settings({"CXMART_HOME": str(make_marts(tmp_path_factory.mktemp("june")))})


def of(cells: list[Cell]) -> dict[str, Cell]:
    return {cell.kpi_id: cell for cell in cells}


def test_a_day_stands_beside_its_weekday(june: Settings) -> None:
    """Friday, 12 June beside Friday the 5th."""
    card = read_scorecard(june, "day")
    assert (card.period.label, card.period.previous_label) == ("2026-06-12", "2026-06-05")
    tickets = of(card.cells)["tickets"]
    assert (tickets.value, tickets.previous_value, tickets.change) == (12.5, 5.5, 7)


@pytest.mark.parametrize(
    ("grain", "start", "before"),
    [
        ("day", date(2026, 3, 2), date(2026, 2, 23)),
        ("week", date(2026, 1, 5), date(2025, 12, 29)),
        ("month", date(2026, 1, 1), date(2025, 12, 1)),
        ("month", date(2026, 3, 1), date(2026, 2, 1)),
        ("quarter", date(2026, 1, 1), date(2025, 10, 1)),
        ("quarter", date(2026, 10, 1), date(2026, 7, 1)),
    ],
)
def test_what_a_period_is_compared_with(grain: str, start: date, before: date) -> None:
    assert period_before(grain, start) == before


def test_durations_show_their_median_first(june: Settings) -> None:
    wait = of(read_scorecard(june, period="2026-06-12").cells)["wait"]
    assert (wait.shown, wait.shown_value, wait.shown_previous, wait.shown_change) == ("median", 102, 95, 7)
    assert (wait.value, wait.change, wait.is_better) == (12.5, 7, False)
    told = wait.as_json()
    assert (told["shown"], told["shown_relative_change"]) == ("median", pytest.approx(7 / 95))


def test_what_may_still_change_is_neither_better_nor_worse(june: Settings) -> None:
    cells = of(read_scorecard(june, period="2026-06-12").cells)
    assert (cells["part_rate"].is_better, cells["reopen_rate"].is_better, cells["tickets"].is_better) == (
        True,
        None,
        None,
    )


def test_the_month_to_date_is_of_whole_days(june: Settings) -> None:
    """1 to 12 June beside 1 to 12 May: the 13th, which runs on, is in neither."""
    card = read_scorecard(june, to_date=True)
    assert (card.period.days, card.period.length, card.period.is_complete) == (12, 30, False)
    assert (card.period.previous_start, card.period.previous_end) == (date(2026, 5, 1), date(2026, 5, 13))
    cells = of(card.cells)
    assert (cells["tickets"].value, cells["tickets"].previous_value) == (78, 78)
    assert (cells["tickets"].sample_size, cells["tickets"].status, cells["tickets"].target_upper) == (
        78,
        "partial",
        1e3,
    )
    assert (cells["open"].value, cells["open"].previous_value) == (112, 112)
    # 60 x 78 seconds by 12 x 4; no median, as days do not add up to one.
    assert (cells["wait"].value, cells["wait"].median, cells["wait"].shown) == (97.5, None, "value")
    assert cells["part_rate"].value == 0.25
    # It had its window before, and has it yet to come.
    assert (cells["reopen_rate"].value, cells["reopen_rate"].previous_value) == (0.25, 0.25)
    assert (cells["reopen_rate"].change, cells["reopen_rate"].not_compared) == (None, MATURING)
    assert (cells["buyers"].value, cells["buyers"].not_told) == (None, NOT_ADDITIVE)
    assert {cell.status for cell in card.cells} == {"partial", "no_target", "no_data"}


def test_a_share_to_date_is_told_by_all_days(june: Settings) -> None:
    """Chat has a row on six of the twelve days, and the days without it have their denominator all the same."""
    cells = of(read_scorecard(june, slice_text="channel=chat", to_date=True).cells)
    assert (cells["part_rate"].numerator, cells["part_rate"].denominator) == (6, 48)
    assert (cells["wait"].numerator, cells["wait"].denominator) == (60 * 42, 24)
    assert (cells["tickets"].value, cells["open"].value) == (42, 112)


def test_a_longer_month_is_not_compared_in_sums(tmp_path: Path) -> None:
    """On 1 June of a file that begins in May: May has no month before, so its numbers before are unknown, not 0."""
    settings = read_settings({"CXMART_HOME": str(make_marts(tmp_path / "may", "2026-05-31 12:00:00"))})
    card = read_scorecard(settings, to_date=True)
    # 30 days of May beside April's 30; April has no data.
    assert (card.period.days, card.period.previous_end) == (30, date(2026, 5, 1))
    assert (of(card.cells)["tickets"].value, of(card.cells)["tickets"].previous_value) == (465, None)
    longer = replace(card.period, days=31)
    judged = compared(replace(of(card.cells)["tickets"], previous_value=400.0), longer)
    assert (judged.change, judged.not_compared) == (None, OTHER_LENGTH)


def test_on_the_first_of_a_month_there_is_no_day_to_date(tmp_path: Path) -> None:
    settings = read_settings({"CXMART_HOME": str(make_marts(tmp_path / "first", "2026-06-01 12:00:00"))})
    card = read_scorecard(settings, to_date=True)
    assert (card.period.label, card.period.is_to_date, card.period.is_complete) == ("2026-05", False, True)
    assert card.note == "The running month has no whole day yet; this is the newest period that is over."


def test_a_running_month_is_not_called_a_fall(june: Settings) -> None:
    cells = of(read_scorecard(june, period="2026-06").cells)
    assert (cells["tickets"].change, cells["tickets"].not_compared) == (None, RUNNING)
    assert (cells["buyers"].not_compared, cells["reopen_rate"].not_compared) == (RUNNING, MATURING)
    assert (cells["open"].not_compared, cells["wait"].not_compared, cells["part_rate"].not_compared) == (
        None,
        None,
        None,
    )
    assert {cell.is_better for cell in cells.values()} == {None}


@pytest.mark.parametrize("columns", [60, 80, 200])
@pytest.mark.parametrize(
    "arguments",
    [["--slice", "channel"], ["--slice", "channel=chat"], ["--to-date"], ["--to-date", "--slice", "channel"]],
)
def test_every_view_fits_and_is_json(cxmart_module: Run, june: Settings, arguments: list[str], columns: int) -> None:
    env = {"CXMART_HOME": str(june.home), **at_terminal(columns)}
    done = cxmart_module("scorecard", *arguments, env=env)
    assert done.returncode == 0, done.stderr
    assert max(map(len, done.stdout.splitlines())) <= columns
    assert "\x1b" not in done.stdout
    told = json.loads(cxmart_module("scorecard", *arguments, "--json", env=env).stdout)
    assert told["is_to_date"] == ("--to-date" in arguments)
    is_table = "channel" in arguments
    assert (bool(told["kpis"]), list(told["by_value"])) == (not is_table, ["chat"] if is_table else [])


def test_a_slice_has_a_line_a_value_and_a_column_a_kpi(cxmart_module: Run, june: Settings) -> None:
    env = {"CXMART_HOME": str(june.home)}
    printed = cxmart_module("scorecard", "--slice", "channel", "--period", "2026-06-12", env=env).stdout
    assert printed.splitlines()[0] == "2026-06-12 (day), by channel"
    (line,) = [line for line in printed.splitlines() if line.startswith("chat")]
    # Tickets and the wait have a target; the wait is its median in one unit.
    assert line.split() == ["chat", "12", "✓", "12", "1.70", "min", "✓", "1,250.0", "%", "1,250.0", "%"]
    assert "Buyers" not in printed


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--slice", "chanel"], "there is no slice 'chanel'; did you mean channel?"),
        (["--slice", "channel=chatt"], "there is nothing for channel 'chatt'; did you mean chat?"),
        (["--to-date", "--period", "2026-06"], "leave out --period"),
        (["--to-date", "--grain", "day"], "leave out --period and --grain day"),
    ],
)
def test_a_view_that_is_not_there_is_said(cxmart_module: Run, june: Settings, arguments: list[str], words: str) -> None:
    done = cxmart_module("scorecard", *arguments, env={"CXMART_HOME": str(june.home)})
    assert done.returncode == ExitCode.USAGE
    assert words in done.stderr


def test_a_file_of_an_older_version_is_said(cxmart_module: Run, tmp_path: Path) -> None:
    home = make_marts(tmp_path / "old")
    with duckdb.connect(str(home / "marts.duckdb")) as marts:
        marts.execute("alter table kpi_catalog drop column is_headline")
    done = cxmart_module("scorecard", env={"CXMART_HOME": str(home)})
    assert done.returncode == ExitCode.WAREHOUSE
    assert "was published by an older cxmart; run `cxmart build` and `cxmart publish`" in done.stderr


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
    assert formats.duration(seconds) == text


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
    assert formats.number(value, unit, "GBP") == text


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
    assert formats.change(absolute, relative, unit) == text


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
    assert formats.target(lower, upper, unit) == text


@pytest.mark.parametrize(
    ("main", "others", "unit"),
    [
        ([4500, 3720], [40000], "h"),
        ([4500, 3000], [40000], "min"),
        ([45, 50], [120, 900], "s"),
        ([45, 50], [120, 7200], "min"),
        # 1,200 min are too many, and 0.75 h enough.
        ([2700, 60000], [], "h"),
        # 0.5 min would be no measure in hours.
        ([30, 72000], [], "min"),
        ([86400, 90000], [], "h"),
        ([2 * 86400, 3 * 86400], [], "d"),
        ([None, 0], [], "s"),
    ],
)
def test_durations_of_a_line_have_one_unit(main: list[float | None], others: list[float | None], unit: str) -> None:
    assert formats.one_unit(main, others) == unit


@pytest.mark.parametrize(
    ("seconds", "unit", "text"),
    [
        (None, "h", "-"),
        (4500, "h", "1.25 h"),
        (36000, "h", "10.0 h"),
        (35999, "h", "10.0 h"),
        (392400, "h", "109 h"),
        (0, "s", "0.00 s"),
        (3_600_000, "min", "60,000 min"),
    ],
)
def test_durations_in_a_unit_have_three_digits(seconds: float | None, unit: str, text: str) -> None:
    assert formats.in_unit(seconds, unit) == text


def test_what_nobody_made_their_own_is_said(cxmart_module: Run, tmp_path: Path) -> None:
    """Opening hours that nobody chose make no difference to a card without a KPI that goes by them."""
    home = make_marts(tmp_path)
    environment = {"CXMART_HOME": str(home)}
    assert json.loads(cxmart_module("scorecard", "--json", env=environment).stdout)["shipped"] == []
    with duckdb.connect(str(home / "marts.duckdb")) as marts:
        marts.execute(
            """
            create table publication_seeds as
            from (values ('business_hours', 12, 0), ('sla_policies', 15, 0), ('kpi_targets', 19, 1))
                as seeds (seed, row_count, own_rows)
            """
        )
    for arguments in ([], ["--slice", "channel"], ["--to-date"]):
        printed = cxmart_module("scorecard", *arguments, env=environment).stdout
        assert "Some targets: cxmart's examples; put your own in CXMART_CONFIG, see docs/configuration.md." in printed
    assert json.loads(cxmart_module("scorecard", "--json", env=environment).stdout)["shipped"] == ["some targets"]
    with duckdb.connect(str(home / "marts.duckdb")) as marts:
        marts.execute("update kpi_catalog set configured_by = 'business_hours,sla_policies' where kpi_id = 'wait'")
        marts.execute("update publication_seeds set own_rows = if(seed = 'business_hours', 0, row_count)")
    assert read_scorecard(read_settings(environment)).shipped == ["opening hours"]
    with duckdb.connect(str(home / "marts.duckdb")) as marts:
        marts.execute("update publication_seeds set own_rows = null")
    assert read_scorecard(read_settings(environment)).shipped == []


def test_the_settings_that_kpis_go_by_have_words() -> None:
    assert {seed for entry in catalog().values() for seed in entry["configured_by"]} == {*SETTINGS} - {"kpi_targets"}


@pytest.mark.parametrize(("numerator", "text"), [(2_520.0, "< 1 min"), (2_521.0, "0.00 s"), (0.0, "0.00 s")])
def test_no_time_in_whole_minutes_is_less_than_one(june: Settings, numerator: float, text: str) -> None:
    """A median of 0 s of times that are all told in whole minutes is none of a robot."""
    cell = replace(of(read_scorecard(june).cells)["wait"], median=0.0, value=1.0, p90=60.0, numerator=numerator)
    assert _number(cell.shown_value, cell, "s", "") == text
