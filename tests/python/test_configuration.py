"""Seeds: a brand's own values beside the shipped ones, and every row that can't be used named by the build."""

import csv
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from conftest import Run, isolated_environment
from cxmart.base.errors import CxmartError, ExitCode
from cxmart.base.settings import Settings, read_settings
from cxmart.build import seeds
from cxmart.build import unmet_targets as targets_of_brand
from cxmart.contract import vocabulary

HEADER = ["kpi_id", "grain", "slice", "slice_value", "unit", "lower", "upper", "valid_from", "valid_to", "source"]
GOOD: dict[str, str] = {
    "kpi_id": "resolution_time",
    "grain": "month",
    "slice": "channel",
    "slice_value": "email",
    "unit": "s",
    "upper": "36000",
    "valid_from": "2024-01-01",
    "source": 'our plan, "page 3"',
}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A brand's folder; its name holds what a pattern of files would take for a pattern."""
    folder = tmp_path / "our [seeds]"
    folder.mkdir()
    return folder


@pytest.fixture(scope="module")
def shared_config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("module") / "our [seeds]"


@pytest.fixture
def config_of_dbt(shared_config: Path, tmp_path: Path) -> Iterator[Path]:
    """The brand's folder of a test that runs dbt: always the same path, without which dbt parses all anew."""
    shared_config.mkdir()
    yield shared_config
    shared_config.rename(tmp_path / "our seeds")


@pytest.fixture(scope="module")
def seed_target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """dbt's target folder of this module: its variables differ from those of the other tests."""
    return tmp_path_factory.mktemp("seed_target")


def write(path: Path, rows: list[dict[str, str]], header: list[str] = HEADER) -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, header)
        writer.writeheader()
        writer.writerows(rows)


def seed(
    project_root: Path, home: Path, target: Path, config: Path | None, selected: str = "kpi_targets"
) -> subprocess.CompletedProcess[str]:
    """Load seeds as an analyst would, with dbt alone."""
    home.mkdir(exist_ok=True)
    env = isolated_environment(home, target, {"CXMART_CONFIG": str(config)} if config else {})
    command = [sys.executable, "-m", "dbt.cli.main", "seed", "--select", selected]
    command += ["--project-dir", str(project_root), "--profiles-dir", str(project_root)]
    return subprocess.run(command, env=env, cwd=project_root, capture_output=True, text=True, check=False)


def shipped_rows(project_root: Path, name: str) -> list[dict[str, str]]:
    with (project_root / "seeds" / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def targets(home: Path) -> list[Any]:
    with duckdb.connect(str(home / "build.duckdb"), read_only=True) as build:
        return build.execute("from seeds.kpi_targets").fetchall()


def test_own_rows_come_to_the_shipped_ones(
    project_root: Path, home: Path, seed_target: Path, target_path: Path, config_of_dbt: Path
) -> None:
    shipped = shipped_rows(project_root, "kpi_targets")
    write(config_of_dbt / "kpi_targets.csv", [GOOD], sorted(HEADER))
    done = seed(project_root, home, seed_target, config_of_dbt)
    assert done.returncode == 0, done.stdout
    rows = targets(home)
    assert len(rows) == len(shipped) + 1 > 2
    (own,) = [row for row in rows if row[-1] == GOOD["source"]]
    kpi_id, grain, slice_, value, unit, lower, upper, valid_from, valid_to, is_example, source = own
    assert (kpi_id, grain, slice_, value, unit) == ("resolution_time", "month", "channel", "email", "s")
    assert (lower, upper, str(valid_from), valid_to, source) == (None, 36000, "2024-01-01", None, GOOD["source"])
    # A file of before the column is meant as it stands.
    assert is_example is None

    # Without the folder, the shipped ones are what they were.
    assert seed(project_root, home, target_path, None).returncode == 0
    assert len(targets(home)) == len(shipped)


def test_a_file_that_says_replace_takes_the_place_of_the_shipped_rows(
    project_root: Path, home: Path, seed_target: Path, config_of_dbt: Path
) -> None:
    write(config_of_dbt / "kpi_targets.replace.csv", [GOOD])
    done = seed(project_root, home, seed_target, config_of_dbt)
    assert done.returncode == 0, done.stdout
    assert [row[-1] for row in targets(home)] == [GOOD["source"]]

    write(config_of_dbt / "kpi_targets.csv", [GOOD])
    done = seed(project_root, home, seed_target, config_of_dbt)
    assert done.returncode != 0
    assert "lie side by side" in done.stdout


# The checks before dbt, which run the macros that dbt runs after it has loaded a seed.


def settings_of(project_root: Path, config: Path | None, tmp_path: Path) -> Settings:
    given = {"CXMART_HOME": str(tmp_path / "home"), **({"CXMART_CONFIG": str(config)} if config else {})}
    return read_settings(given)


def rows_after(project_root: Path, config: Path, tmp_path: Path, name: str) -> tuple[list[Any], list[str]]:
    """The rows of a seed as the hook leaves them, without dbt, and what it tells."""
    settings = settings_of(project_root, config, tmp_path)
    with seeds.configured(settings) as (connection, checked):
        return connection.execute(f"from seeds.{name}").fetchall(), checked.notes


def test_an_own_row_wins_for_the_same_on_its_days_alone(project_root: Path, config: Path, tmp_path: Path) -> None:
    """The shipped target of the resolution time is 8 h, of all grains and slices, since 2000."""
    own = {**GOOD, "grain": "", "slice": "", "slice_value": "", "upper": "3600", "valid_to": "2026-01-01"}
    write(config / "kpi_targets.csv", [own])
    rows, notes = rows_after(project_root, config, tmp_path, "kpi_targets")
    found = sorted((str(row[7]), str(row[8]), row[6]) for row in rows if row[0] == "resolution_time")
    assert found == [
        ("2000-01-01", "2024-01-01", 28800),
        ("2024-01-01", "2026-01-01", 3600),
        ("2026-01-01", "None", 28800),
    ]
    assert notes == [
        f"{config}/kpi_targets.csv, line 2: the shipped row of kpi_targets (resolution_time, all, all, all) gives way "
        "to it from 2024-01-01 on"
    ]


def test_a_shipped_row_that_is_more_specific_is_told(project_root: Path, config: Path, tmp_path: Path) -> None:
    own = {**GOOD, "kpi_id": "first_response_time", "slice_value": "", "grain": ""}
    write(config / "kpi_targets.csv", [own, {**own, "slice_value": "Chat"}])
    rows, notes = rows_after(project_root, config, tmp_path, "kpi_targets")
    assert len(rows) == len(shipped_rows(project_root, "kpi_targets")) + 2
    assert any(
        "(first_response_time, all, channel, email) is more specific, and judges there" in text for text in notes
    )
    # The own row for it is the one that judges; `Chat` is chat.
    assert [text for text in notes if "channel, chat" in text] == [
        f"{config}/kpi_targets.csv, line 3: the shipped row of kpi_targets (first_response_time, all, channel, chat) "
        "gives way to it from 2024-01-01 on"
    ]


def test_a_gap_between_own_rows_is_no_place_for_shipped_ones(project_root: Path, config: Path, tmp_path: Path) -> None:
    own = {**GOOD, "grain": "", "slice": "", "slice_value": ""}
    write(config / "kpi_targets.csv", [{**own, "valid_to": "2025-01-01"}, {**own, "valid_from": "2025-02-01"}])
    with pytest.raises(CxmartError, match=r"line 2: .*and the next row for the same only from 2025-02-01 on: a gap"):
        seeds.check_seeds(settings_of(project_root, config, tmp_path))


# What becomes of a brand's own row, by seed: docs/configuration.md has the same table.
OWN = {
    # seed: its own file, then rows that are there no more and rows that still are, by their first columns
    "channels": (
        "channel,channel_group,is_social,source\nEmail,web,false,x\n",
        ["email,email"],
        ["Email,web", "web,web"],
    ),
    "business_hours": (
        "calendar,timezone,iso_weekday,opens_at,closes_at,source\nDefault,Europe/Paris,1,09:00,17:00,x\n",
        ["default,Europe/Berlin"],
        ["Default,Europe/Paris", "live,Europe/Berlin"],
    ),
    "holidays": (
        "calendar,holiday_date,name,source\ndefault,2026-07-14,Bastille Day,x\n",
        ["default,2026-01-01"],
        ["default,2026-07-14", "live,2026-01-01"],
    ),
    "sla_policies": (
        "policy_id,metric,channel,marketplace,priority,target_seconds,clock,calendar,valid_from,valid_to,source\n"
        "mail,first_response,email,,,3600,calendar,,2024-01-01,,x\n",
        ["email_urgent,first_response", "chat,first_response"],
        ["mail,first_response"],
    ),
    "survey_scales": (
        "survey_type,scale_min,scale_max,satisfied_min,promoter_min,detractor_max,is_reversed,source\ncsat,1,7,6,,,false,x\n",
        ["csat,1.0,5.0"],
        ["csat,1.0,7.0", "nps,0.0,10.0"],
    ),
    "marketplace_standards": (
        "standard_id,marketplace,kpi_id,window_days,lag_days,comparison,limit_value,valid_from,valid_to,source\n"
        "amazon_returns_in_48_hours,Amazon,return_sla_rate,30,0,>=,0.9,2000-01-01,,x\n",
        ["amazon_returns_in_48_hours,amazon"],
        ["amazon_returns_in_48_hours,Amazon", "amazon_order_defects,amazon"],
    ),
    "name_aliases": (
        "kind,alias,name,source\nchannel,E-Post,email,x\nticket_status,Hold,pending,x\n",
        ["ticket_status,hold,on_hold"],
        ["channel,E-Post,email", "ticket_status,Hold,pending", "ticket_status,paused,on_hold"],
    ),
    "placeholder_identities": ("pattern,source\nN/A,x\nkiosk,x\n", ["n/a,Usual word"], ["N/A,x", "kiosk,x", "nan,"]),
}


@pytest.mark.parametrize("name", OWN)
def test_what_becomes_of_shipped_rows_beside_own_ones(
    project_root: Path, config: Path, tmp_path: Path, name: str
) -> None:
    content, gone, there = OWN[name]
    (config / f"{name}.csv").write_text(content)
    rows, _ = rows_after(project_root, config, tmp_path, name)
    lines = [",".join(map(str, row)) for row in rows]
    assert [start for start in gone if any(line.startswith(start) for line in lines)] == []
    assert [start for start in there if not any(line.startswith(start) for line in lines)] == []

    (config / f"{name}.csv").rename(config / f"{name}.replace.csv")
    rows, notes = rows_after(project_root, config, tmp_path, name)
    assert len(rows) == content.count("\n") - 1
    assert notes == []


@pytest.mark.parametrize("name", ["name_aliases", "placeholder_identities", "survey_scales"])
@pytest.mark.parametrize("kind", ["", ".replace"])
def test_the_loader_puts_the_same_rows_together(
    project_root: Path, config: Path, tmp_path: Path, name: str, kind: str
) -> None:
    (config / f"{name}{kind}.csv").write_text(OWN[name][0])
    rows, _ = rows_after(project_root, config, tmp_path, name)
    settings = settings_of(project_root, config, tmp_path)
    loaders = vocabulary.seed_rows(settings, name)
    assert sorted(row[-1] for row in rows) == sorted(row["source"] for row in loaders)
    first, second = list(loaders[0])[:2]
    assert sorted((str(row[0]).lower(), _number(row[1])) for row in rows) == sorted(
        (row[first].lower(), _number(row[second])) for row in loaders
    )


def _number(value: Any) -> str:
    try:
        return str(float(value))
    except (TypeError, ValueError):
        return str(value)


def test_every_seed_says_what_becomes_of_its_rows(project_root: Path) -> None:
    rules = {one.name: one.meta.get("own_rows") for one in seeds.read_seeds(project_root)}
    assert {name for name, rule in rules.items() if not rule} == {"sla_policies"}
    page = (project_root / "docs" / "configuration.md").read_text()
    assert [name for name in rules if f"| `{name}` |" not in page] == []


def test_the_checks_before_dbt_are_those_of_dbt(project_root: Path, config: Path, tmp_path: Path) -> None:
    """Every sentence of every seed, in one go, within the time that a person waits."""
    for name, (content, _) in WRONG_ROWS.items():
        (config / f"{name}.csv").write_text(content)
    with pytest.raises(CxmartError) as raised:
        seeds.check_seeds(settings_of(project_root, config, tmp_path))
    said = str(raised.value)
    assert raised.value.exit_code is ExitCode.USAGE
    assert [(name, one) for name, (_, sentences) in WRONG_ROWS.items() for one in sentences if one not in said] == []
    assert "macro" not in said


def test_the_shipped_seeds_are_fine_and_checked_within_a_second(project_root: Path, tmp_path: Path) -> None:
    settings = settings_of(project_root, None, tmp_path)
    started = time.process_time()
    assert seeds.check_seeds(settings).notes == []
    assert time.process_time() - started < 3  # the machine of a test may be slow; alone it takes half a second


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "kpi_targets.csv is empty; its first line names the columns kpi_id, grain"),
        ("kpi_id,kpi_id\n", "has the column 'kpi_id' 2 times"),
        (f"{','.join(HEADER)}\nresolution_time,,,,s,,3.600,5,2026-01-01,,x\n", "line 2: it has 11 values"),
        (f"{','.join(HEADER)}\nresolution_time,,,,s,,3600,2026-01-01,,\xfcber\n", "not encoded in UTF-8"),
        (f"{','.join(HEADER)}\nresolution_tme,,,,s,,3600,2026-01-01,,x\n", "did you mean resolution_time?"),
        (
            f"{','.join(HEADER)}\nresolution_time,mnth,,,s,,3600,2026-01-01,,x\n",
            "line 2: target of resolution_time, mnth: grain",
        ),
    ],
)
def test_a_file_that_can_not_be_read_is_said_to_be_so(
    project_root: Path, config: Path, tmp_path: Path, content: str, said: str
) -> None:
    (config / "kpi_targets.csv").write_bytes(content.encode("latin-1"))
    with pytest.raises(CxmartError) as raised:
        seeds.check_seeds(settings_of(project_root, config, tmp_path))
    assert said in str(raised.value)
    assert str(config / "kpi_targets.csv") in str(raised.value)


def test_a_file_of_a_spreadsheet_is_read(project_root: Path, config: Path, tmp_path: Path) -> None:
    """With a byte order mark, semicolons and the line ends of Windows."""
    lines = [";".join(HEADER), 'resolution_time;month;channel;email;s;;36000;2024-01-01;;"plan, page 3"', ""]
    (config / "kpi_targets.csv").write_bytes("\r\n".join(lines).encode("utf-8-sig"))
    rows, _ = rows_after(project_root, config, tmp_path, "kpi_targets")
    assert [row[6] for row in rows if row[-1] == "plan, page 3"] == [36000]


def test_all_faults_of_a_file_of_a_german_spreadsheet_are_told_at_once(
    project_root: Path, config: Path, tmp_path: Path
) -> None:
    """Values of no type beside all else; what only follows from such a value is not told."""
    lines = (
        ";".join(HEADER),
        "resolution_time;month;all;;s;;36.000;2026-01-01;;x",
        "resolution_rate;month;overall;brand;ratio;0,8;;01.01.2026;;x",
        "resolution_tim;month;overall;all;h;;36000;2026-01-01;;x",
        "resolution_time;month;chanel;email;h;;3.5;2026-01-01;;",
    )
    (config / "kpi_targets.csv").write_text("\n".join(lines))
    with pytest.raises(CxmartError) as raised:
        seeds.check_seeds(settings_of(project_root, config, tmp_path))
    said = [line.strip() for line in str(raised.value).splitlines()[1:]]
    whole_brand = "for the whole brand write slice=overall, slice_value=all"
    for line, words in (
        (2, whole_brand),
        (2, "upper is '36.000', which may be 36000 or a little more than 36"),
        (3, "lower is '0,8', which is no number; write it without signs and with a point"),
        (3, whole_brand),
        (3, "valid_from is '01.01.2026', which is no date; write it such as 2026-01-31"),
        (4, "did you mean resolution_time?"),
        (5, "its unit is h, that of the KPI is s"),
        (5, "did you mean channel?"),
        (5, "source is empty"),
    ):
        assert [one for one in said if one.startswith(f"line {line}: ") and words in one], words
    assert len(said) == 9


def test_a_name_that_is_none_is_refused_where_it_is_read(
    project_root: Path, config: Path, tmp_path: Path, cxmart: Run
) -> None:
    """By the build and before anything lands, once; a channel that no row lists is a warning."""
    rows = ("kind,alias,name,source", "channel,Kaufland Chat,?,x", "channel,Fax,,x", "team,t,-,x", "queue,Offen,opn,x")
    (config / "name_aliases.csv").write_text("\n".join(rows))
    settings = settings_of(project_root, config, tmp_path)
    for names in (None, seeds.SEEDS_OF_LOADER):
        with pytest.raises(CxmartError) as raised:
            seeds.check_seeds(settings, names)
        said = str(raised.value)
        assert "line 2: alias Kaufland Chat of channel: the name ? is none" in said
        assert "row in channels.csv as well, such as Kaufland Chat,web,false,Our own channel" in said
        assert "line 3: alias Fax of channel: name is empty" in said
        assert "line 4: alias t of team: the name - is none" in said
        assert "line 5" not in said
    path = tmp_path / "tickets.csv"
    path.write_text("ticket_id,channel,created_at,status\nt1,Fax,2026-03-01,open\n")
    env = {"CXMART_CONFIG": str(config)}
    for command in (["load", "standard"], ["check"]):
        done = cxmart(*command, str(path), str(path), env=env)
        assert done.returncode == ExitCode.USAGE
        assert done.stderr.count("the name ? is none") == 1
    (config / "name_aliases.csv").write_text("kind,alias,name,source\nchannel,Fax,Fax machine,x\nchannel,Mehl,emial,x")
    done = cxmart("load", "standard", str(path), env=env)
    assert done.returncode == 0
    assert "is called Fax machine, a channel that channels.csv does not list; a new channel needs a row" in done.stderr
    assert "is called emial, a channel that channels.csv does not list; did you mean email?" in done.stderr
    assert "next: cxmart build" in done.stderr
    (config / "channels.csv").write_text(
        "channel,channel_group,is_social,source\nfax machine,phone,false,x\nEmial,email,false,x"
    )
    assert seeds.check_seeds(settings).warnings == []


def test_a_target_for_a_value_that_no_number_is_of_is_told(project_root: Path, config: Path, tmp_path: Path) -> None:
    settings = settings_of(project_root, config, tmp_path)
    write(
        config / "kpi_targets.csv",
        [{**GOOD, "slice_value": value} for value in ("emial", "E-Mail", "Mail", "fax")]
        + [{**GOOD, "slice": "overall", "slice_value": "all"}, {**GOOD, "slice_value": ""}],
    )
    assert targets_of_brand.unmet(settings) == []
    settings.home.mkdir(exist_ok=True)
    with duckdb.connect(str(settings.build_file)) as build:
        build.execute("create schema marts; create schema intermediate")
        build.execute(
            "create table marts.kpi_values as "
            "from (values ('overall', 'all'), ('channel', 'email')) as v(slice, slice_value)"
        )
        build.execute(
            "create table intermediate.int_warehouse__names as "
            "from (values ('channel', 'mail', 'email')) as v(kind, spelling, name)"
        )
    said = targets_of_brand.unmet(settings)
    assert said == [
        f"{config / 'kpi_targets.csv'}, line 2: no number is of channel = emial, so the target judges nothing; "
        "did you mean email?",
        f"{config / 'kpi_targets.csv'}, line 5: no number is of channel = fax, so the target judges nothing",
    ]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("kpi_target.csv", "is named as no seed of the project; did you mean kpi_targets?"),
        ("kpi_targets.xlsx", "is not read: seeds are CSV files; save it as one"),
    ],
)
def test_other_files_are_named(project_root: Path, config: Path, tmp_path: Path, name: str, said: str) -> None:
    (config / name).write_text("x")
    (config / "sources.yml").write_text("standard: {}")
    with pytest.raises(CxmartError, match=re.escape(said)):
        seeds.check_seeds(settings_of(project_root, config, tmp_path))


def test_a_build_says_what_is_wrong_before_dbt_starts(cxmart: Run, home: Path, config: Path) -> None:
    write(config / "kpi_targets.csv", [{**GOOD, "kpi_id": "resolution_tim"}])
    for arguments in (["build"], ["refresh"]):
        done = cxmart(*arguments, env={"CXMART_CONFIG": str(config)})
        assert done.returncode == ExitCode.USAGE
        assert done.stderr.count("did you mean resolution_time?") == 1
        assert "macro" not in done.stderr
        assert not (home / "build.duckdb").exists()


def test_each_row_that_can_not_be_used_is_named(
    project_root: Path, home: Path, seed_target: Path, config_of_dbt: Path
) -> None:
    closed = {"kpi_id": "tickets_closed", "grain": "", "slice": "", "slice_value": "", "unit": "count", "upper": "8"}
    wrong = [
        {**GOOD, "kpi_id": "resolution_tim"},
        {**GOOD, "unit": "h"},
        {**GOOD, "kpi_id": "reopen_rate", "unit": "ratio", "grain": "hour"},
        {**GOOD, "slice": "colour"},
        {**GOOD, "slice": "agent", "grain": "day"},
        {**GOOD, "slice": "", "grain": "week"},
        {**GOOD, "upper": "", "grain": "quarter"},
        {**closed, "valid_from": "2024-01-01", "valid_to": "2025-01-01", "source": "x"},
        {**closed, "valid_from": "2024-06-01", "source": "x"},
        {**closed, "grain": "week", "valid_from": "2024-01-01", "valid_to": "2025-01-01", "source": "x"},
        {**closed, "grain": "week", "valid_from": "2025-01-02", "source": "x"},
    ]
    said = [
        "resolution_tim, month, channel = email: kpi_id is resolution_tim, and the catalogue has no such KPI; did you",
        "its unit is h, that of the KPI is s",
        "reopen_rate, hour, channel = email: grain is hour; the KPI has the grains day,week,month,quarter",
        "month, colour = email: slice is colour; the KPI has the slices overall,",
        "day, agent = email: grain is day; the slice has no hours or days",
        "resolution_time, week = email: slice_value is email, a value without a slice",
        "quarter, channel = email: no bound",
        "tickets_closed: holds from 2024-01-01 and still on 2024-06-01",
        "tickets_closed, week: holds until 2025-01-01, and the next row for the same only from 2025-01-02 on: a gap",
    ]
    write(config_of_dbt / "kpi_targets.csv", wrong)
    done = seed(project_root, home, seed_target, config_of_dbt)
    assert done.returncode == 1
    assert f"{config_of_dbt}/kpi_targets.csv can't be used" in done.stdout
    assert [sentence for sentence in said if sentence not in done.stdout] == []


def test_a_value_of_another_type_is_named_with_its_line(
    project_root: Path, home: Path, seed_target: Path, config_of_dbt: Path
) -> None:
    write(config_of_dbt / "kpi_targets.csv", [GOOD, {**GOOD, "grain": "week", "upper": "ten"}])
    done = seed(project_root, home, seed_target, config_of_dbt)
    assert done.returncode == 1
    assert "line 3: upper is 'ten', which is no number; write it without signs" in done.stdout


def test_other_columns_and_other_files_are_errors(
    project_root: Path, home: Path, seed_target: Path, config_of_dbt: Path
) -> None:
    write(config_of_dbt / "kpi_targets.csv", [], [*HEADER[:-1], "sauce"])
    done = seed(project_root, home, seed_target, config_of_dbt)
    assert done.returncode == 1
    assert "has not the columns of the seed: missing source; unknown sauce (did you mean source?)" in done.stdout

    (config_of_dbt / "kpi_targets.csv").rename(config_of_dbt / "targets.csv")
    done = seed(project_root, home, seed_target, config_of_dbt)
    assert done.returncode != 0
    assert "targets.csv is named as no seed of the project" in done.stdout

    (config_of_dbt / "targets.csv").unlink()
    done = seed(project_root, home, seed_target, config_of_dbt)
    assert done.returncode != 0
    assert "where no .csv file lies" in done.stdout


# Rows of the other seeds that can't be used, and what is said of them.
WRONG_ROWS = {
    "channels": (
        "channel,channel_group,is_social,source\nmail,post,false,x\nchat,chat,,x\nChat,chat,false,x\nx,social,true,\n",
        [
            "channel mail: channel_group is empty or unknown: post",
            "channel chat: is_social is empty",
            "channel chat: there are 2 rows for it",
            "channel x: source is empty",
        ],
    ),
    "business_hours": (
        "calendar,timezone,iso_weekday,opens_at,closes_at,source\n"
        "a,Europe/Berlin,1,09:00,12:00,x\n"
        "a,Europe/Berlin,1,11:59,13:00,x\n"
        "b,Europe/Berln,7,20:00,04:00,x\n"
        "c,UTC,7,20:00,04:00,x\n"
        "c,UTC,1,03:00,05:00,x\n"
        "c,UTC,8,9 o'clock,05:00,x\n",
        [
            "line 2: calendar a, weekday 1, 09:00 to 12:00: overlaps line 3: calendar a, weekday 1, 11:59 to 13:00",
            "timezone Europe/Berln is not known; write an IANA name",
            "did you mean Europe/Berlin?",
            "line 6: calendar c, weekday 1, 03:00 to 05:00: overlaps line 5: calendar c, weekday 7, 20:00 to 04:00",
            "line 7: calendar c, weekday 8, 9 o'clock to 05:00: iso_weekday 8 is not one of 1 (Monday) to 7 (Sunday)",
            "opens_at is not a time written as HH:MM",
        ],
    ),
    "holidays": (
        "calendar,holiday_date,name,source\na,2026-12-25,Christmas,x\na,2026-12-25,Christmas,x\na,2026-12-26,,x\n",
        ["calendar a, 2026-12-25: is there 2 times", "calendar a, 2026-12-26: name is empty"],
    ),
    "sla_policies": (
        "policy_id,metric,channel,marketplace,priority,target_seconds,clock,calendar,valid_from,valid_to,source\n"
        "p1,first_response,email,,,3600,business,default,2024-01-01,2025-01-01,x\n"
        "p2,first_response,email,,,7200,business,default,2024-12-31,2025-06-01,x\n"
        "p3,first_response,email,,,7200,business,default,2025-06-02,,x\n"
        "p4,last_response,chat,,,0,lunar,default,2024-01-01,,x\n",
        [
            "policy p1: is for the same tickets as line 3: policy p2 from 2024-12-31 on",
            "policy p2: holds until 2025-06-01, and the next row for the same tickets only from 2025-06-02 on: a gap",
            "policy p4: metric last_response is not known",
            "policy p4: target_seconds 0 is not more than 0",
            "policy p4: clock lunar is not known",
        ],
    ),
    "survey_scales": (
        "survey_type,scale_min,scale_max,satisfied_min,promoter_min,detractor_max,is_reversed,words,source\n"
        "mood,1,5,4,,,false,,x\n"
        "csat,5,1,4,,,false,,x\n"
        "nps,0,10,,9,6,false,,x\n"
        "nps,0,10,,9,6,false,,x\n"
        "nps,1,10,,9,,false,,x\n"
        "csat,0,1,1,,,false,bad=0|good=2|=1|offered=|so so|fine=well,x\n"
        "csat,1,3,3,,,false,Good=3,x\n",
        [
            "survey scale mood 1.0 to 5.0: survey_type is not one of csat, nps, ces",
            "survey scale csat 5.0 to 1.0: scale_min and scale_max must be given",
            "survey scale nps 0.0 to 10.0: the scale has more than one row",
            "survey scale nps 1.0 to 10.0: promoter_min and detractor_max are given together or not at all",
            "survey scale csat 0.0 to 1.0: the points of the word 'good' lie outside the scale",
            "survey scale csat 0.0 to 1.0: '=1' in words is not word=points, or word= for no answer",
            "survey scale csat 0.0 to 1.0: 'so so' in words is not word=points, or word= for no answer",
            "survey scale csat 0.0 to 1.0: 'fine=well' in words is not word=points, or word= for no answer",
            "survey scale csat 0.0 to 1.0: the word 'Good' is there 2 times for csat",
        ],
    ),
    "words": (
        "language,kind,word,name,source\nnl,boolean,ja,true,x\nde,flag,ja,true,x\nde,boolean,ja,yes,x\n"
        "de,month,Jänner,13,x\nde,channel,Telefon,phone,x\nde,channel,telefon,email,x\nde,channel,,email,x\n",
        [
            "word ja of boolean in nl: the language is not known; the languages are de, en, es, fr, it, pl",
            "word ja of flag in de: the kind is not known; the kinds are author",
            "word ja of boolean in de: the name yes is not one of true, false",
            "word Jänner of month in de: the name 13 is not one of 1, 2, 3",
            "word Telefon of channel in de: there are 2 rows for it",
            "word (empty) of channel in de: word is empty",
        ],
    ),
    "marketplace_standards": (
        "standard_id,marketplace,kpi_id,window_days,lag_days,comparison,limit_value,valid_from,valid_to,source\n"
        "s1,amazon,order_defects,60,0,<,0.01,2024-01-01,,x\n"
        "s2,amazon,order_defect_rate,60,0,below,0.01,2024-01-01,,x\n"
        "s3,amazon,order_defect_rate,60,0,<,1.5,2024-01-01,,x\n"
        "s4,amazon,return_sla_rate,30,0,>=,1,2024-01-01,2025-01-01,x\n"
        "s4,Amazon,return_sla_rate,30,0,>=,1,2025-02-01,,x\n",
        [
            "standard s1 on amazon, order_defects: kpi_id is none of",
            "standard s2 on amazon, order_defect_rate: comparison is below",
            "standard s3 on amazon, order_defect_rate: limit_value of a rate must lie between 0 and 1",
            "holds until 2025-01-01, and the next row for the same only from 2025-02-01 on: a gap",
        ],
    ),
}


def test_the_rows_of_every_seed_are_checked(
    project_root: Path, home: Path, seed_target: Path, config_of_dbt: Path
) -> None:
    for name, (content, _) in WRONG_ROWS.items():
        (config_of_dbt / f"{name}.csv").write_text(content)
    done = seed(project_root, home, seed_target, config_of_dbt, "resource_type:seed")
    assert done.returncode == 1
    unsaid = [
        (name, sentence)
        for name, (_, sentences) in WRONG_ROWS.items()
        for sentence in sentences
        if sentence not in done.stdout
    ]
    assert unsaid == [], done.stdout


def test_own_rows_of_a_seed_are_those_that_cxmart_does_not_ship(project_root: Path) -> None:
    """Whoever publishes says of which settings nobody made their own; a seed that is not built is not told of."""
    settings = read_settings({})
    hours = next(seed for seed in seeds.read_seeds(project_root) if seed.name == "business_hours")
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as build")
        assert seeds.own_rows(connection, settings) == {}
        connection.execute("create schema build.seeds")
        connection.execute(
            f"create table build.seeds.business_hours as from read_csv('{hours.file}', nullstr = '', "
            f"types = {dict(hours.column_types)})"
        )
        assert seeds.own_rows(connection, settings) == {"business_hours": 0}
        connection.execute("update build.seeds.business_hours set opens_at = '07:00' where iso_weekday = 1")
        assert seeds.own_rows(connection, settings) == {"business_hours": 2}
        connection.execute("alter table build.seeds.business_hours drop column source")
        assert seeds.own_rows(connection, settings) == {}
