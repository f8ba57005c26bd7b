"""Seeds: a brand's own values in place of the shipped ones, and every row that can't be used named by the build."""

import csv
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from conftest import isolated_environment

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


def targets(home: Path) -> list[Any]:
    with duckdb.connect(str(home / "build.duckdb"), read_only=True) as build:
        return build.execute("from seeds.kpi_targets").fetchall()


def test_own_rows_take_the_place_of_the_shipped_ones(
    project_root: Path, home: Path, seed_target: Path, config: Path
) -> None:
    write(config / "kpi_targets.csv", [GOOD], sorted(HEADER))
    done = seed(project_root, home, seed_target, config)
    assert done.returncode == 0, done.stdout
    ((kpi_id, grain, slice_, value, unit, lower, upper, valid_from, valid_to, is_example, source),) = targets(home)
    assert (kpi_id, grain, slice_, value, unit) == ("resolution_time", "month", "channel", "email", "s")
    assert (lower, upper, str(valid_from), valid_to, source) == (None, 36000, "2024-01-01", None, GOOD["source"])
    # A file of before the column is meant as it stands.
    assert is_example is None

    # Without the folder, the shipped ones are back.
    assert seed(project_root, home, seed_target, None).returncode == 0
    with (project_root / "seeds" / "kpi_targets.csv").open(newline="") as file:
        assert len(targets(home)) == len(list(csv.DictReader(file))) > 1


def test_each_row_that_can_not_be_used_is_named(
    project_root: Path, home: Path, seed_target: Path, config: Path
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
        "resolution_tim, month, channel = email: the catalogue has no such KPI",
        "its unit is h, that of the KPI is s",
        "reopen_rate, hour, channel = email: the KPI has the grains day,week,month,quarter",
        "month, colour = email: the KPI has the slices overall,",
        "day, agent = email: the slice has no hours or days",
        "resolution_time, week = email: a value without a slice",
        "quarter, channel = email: no bound",
        "tickets_closed: holds from 2024-01-01 and still on 2024-06-01",
        "tickets_closed, week: holds until 2025-01-01, and the next row for the same only from 2025-01-02 on: a gap",
    ]
    write(config / "kpi_targets.csv", wrong)
    done = seed(project_root, home, seed_target, config)
    assert done.returncode == 1
    assert f"{config}/kpi_targets.csv can't be used" in done.stdout
    assert [sentence for sentence in said if sentence not in done.stdout] == []


def test_a_value_of_another_type_is_named_with_its_line(
    project_root: Path, home: Path, seed_target: Path, config: Path
) -> None:
    write(config / "kpi_targets.csv", [GOOD, {**GOOD, "grain": "week", "upper": "ten"}])
    done = seed(project_root, home, seed_target, config)
    assert done.returncode == 1
    assert "line 3: upper is 'ten', which is no double" in done.stdout


def test_other_columns_and_other_files_are_errors(
    project_root: Path, home: Path, seed_target: Path, config: Path
) -> None:
    write(config / "kpi_targets.csv", [], [*HEADER[:-1], "sauce"])
    done = seed(project_root, home, seed_target, config)
    assert done.returncode == 1
    assert "has not the columns of the seed: missing source; unknown sauce" in done.stdout

    (config / "kpi_targets.csv").rename(config / "targets.csv")
    done = seed(project_root, home, seed_target, config)
    assert done.returncode != 0
    assert "targets.csv is named as no seed of the project" in done.stdout

    (config / "targets.csv").unlink()
    done = seed(project_root, home, seed_target, config)
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
            "calendar a, weekday 1, 09:00 to 12:00: overlaps calendar a, weekday 1, 11:59 to 13:00",
            "timezone Europe/Berln is not known",
            "calendar c, weekday 1, 03:00 to 05:00: overlaps calendar c, weekday 7, 20:00 to 04:00",
            "iso_weekday is not one of 1 (Monday) to 7 (Sunday)",
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
            "policy p1: is for the same tickets as policy p2 from 2024-12-31 on",
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


def test_the_rows_of_every_seed_are_checked(project_root: Path, home: Path, seed_target: Path, config: Path) -> None:
    for name, (content, _) in WRONG_ROWS.items():
        (config / f"{name}.csv").write_text(content)
    done = seed(project_root, home, seed_target, config, "resource_type:seed")
    assert done.returncode == 1
    unsaid = [
        (name, sentence)
        for name, (_, sentences) in WRONG_ROWS.items()
        for sentence in sentences
        if sentence not in done.stdout
    ]
    assert unsaid == [], done.stdout
