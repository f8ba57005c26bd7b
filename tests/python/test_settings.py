"""Settings: defaults that work, paths that mean one place, and a clear word for each value that can't be right."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from conftest import Run
from cxmart.base.errors import CxmartError, ExitCode
from cxmart.base.settings import SETTINGS, read_settings


def test_defaults_work_without_any_variable(project_root: Path) -> None:
    settings = read_settings({})
    assert settings.project_root == project_root
    assert settings.home == project_root / "warehouse"
    assert (settings.sources, settings.timezone, settings.currency) == (("standard",), "UTC", "EUR")
    assert settings.as_of is None
    assert settings.config is None
    assert settings.target_path == project_root / "target"
    assert settings.from_environment == frozenset()


def test_a_path_that_the_user_gives_is_relative_to_the_current_folder(
    tmp_path: Path, project_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert read_settings({"CXMART_HOME": "here"}).home == tmp_path / "here"
    assert read_settings({}).home == project_root / "warehouse"


def test_a_brands_own_seeds_lie_in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CxmartError, match=r"CXMART_CONFIG is .*which is no folder"):
        read_settings({"CXMART_CONFIG": "ours"})
    (tmp_path / "ours").mkdir()
    settings = read_settings({"CXMART_CONFIG": "ours"})
    assert settings.config == tmp_path / "ours"
    assert settings.dbt_environment()["CXMART_CONFIG"] == str(tmp_path / "ours")


@pytest.mark.parametrize("page", ["settings.md", "refresh.md"])
def test_the_tables_of_settings_tell_the_defaults_that_hold(project_root: Path, page: str) -> None:
    rows = re.findall(
        r"^\| `((?:CXMART|DBT)_\w+)` \| ([^|]+) \|", (project_root / "docs" / page).read_text("utf-8"), re.M
    )
    assert rows
    declared = {setting.name: setting for setting in SETTINGS}
    for name, told in rows:
        default = declared[name].default
        assert default is None or told.replace("`", "").split()[0] == default, name


def test_every_setting_is_on_a_page(project_root: Path) -> None:
    pages = "".join(path.read_text("utf-8") for path in sorted((project_root / "docs").glob("*.md")))
    assert [setting.name for setting in SETTINGS if setting.name not in pages] == []


def test_an_empty_variable_is_not_set() -> None:
    settings = read_settings({"CXMART_HOME": "", "CXMART_AS_OF": " ", "CXMART_TIMEZONE": ""})
    assert settings == read_settings({})


def test_sources_are_read_in_order_and_once() -> None:
    settings = read_settings({"CXMART_SOURCES": " uci_incidents, standard,,uci_incidents "})
    assert settings.sources == ("uci_incidents", "standard")
    assert settings.dbt_environment()["CXMART_SOURCES"] == "uci_incidents,standard"


@pytest.mark.parametrize("given", ["2026-11-01T02:00:00+02:00", "2026-11-01 00:00Z", "2026-11-01T00:00:00.000Z"])
def test_as_of_is_an_instant_whatever_its_offset(given: str) -> None:
    settings = read_settings({"CXMART_AS_OF": given})
    assert settings.as_of == datetime(2026, 11, 1, tzinfo=UTC)
    # The form that the project's macros take, with seconds.
    assert settings.dbt_environment()["CXMART_AS_OF"] == "2026-11-01T00:00:00+00:00"


def test_bounds_of_times_and_identities_reach_dbt() -> None:
    given = {
        "CXMART_EARLIEST_DATE": "1970-01-01",
        "CXMART_CLOCK_SKEW_SECONDS": "0",
        "CXMART_SHARED_IDENTITY_LIMIT": "100",
    }
    environment = read_settings(given).dbt_environment()
    assert {name: environment[name] for name in given} == given


def test_the_clock_can_be_set_and_is_read_otherwise() -> None:
    assert read_settings({"CXMART_NOW": "2020-01-01T00:00:00Z"}).now() == datetime(2020, 1, 1, tzinfo=UTC)
    before = datetime.now(UTC)
    assert before <= read_settings({}).now() <= datetime.now(UTC)


@pytest.mark.parametrize(
    ("variable", "value", "hint"),
    [
        ("CXMART_TIMEZONE", "Europe/Berln", "Europe/Berlin"),
        ("CXMART_TIMEZONE", "europe/berlin", "Europe/Berlin"),
        ("CXMART_TIMEZONE", "qqqqqq", "Europe/Berlin"),
        ("CXMART_CURRENCY", "euro", "EUR"),
        ("CXMART_AS_OF", "yesterday", "2026-11-01T00:00:00Z"),
        ("CXMART_AS_OF", "2026-11-01T00:00:00", "offset"),
        ("CXMART_AS_OF", "2026-02-30T00:00:00Z", "2026-11-01T00:00:00Z"),
        ("CXMART_AS_OF", "0001-01-01T00:00:00+02:00", "2026-11-01T00:00:00Z"),
        ("CXMART_NOW", "noon", "ISO 8601"),
        ("CXMART_SOURCES", "standard,zendesk", "uci_incidents"),
        ("CXMART_SOURCES", " , ", "names no source"),
        ("CXMART_MEMORY_LIMIT", "much", "4GB"),
        ("CXMART_EARLIEST_DATE", "1990", "1990-01-01"),
        ("CXMART_EARLIEST_DATE", "1990-02-30", "1990-01-01"),
        ("CXMART_CLOCK_SKEW_SECONDS", "-1", "whole number of seconds"),
        ("CXMART_CLOCK_SKEW_SECONDS", "1.5", "whole number of seconds"),
        ("CXMART_SHARED_IDENTITY_LIMIT", "0", "from 1"),
        ("CXMART_HOME", __file__, "no folder"),
    ],
)
def test_a_value_that_can_not_be_right_is_named_with_a_way_out(variable: str, value: str, hint: str) -> None:
    with pytest.raises(CxmartError) as caught:
        read_settings({variable: value})
    assert variable in str(caught.value)
    assert hint in str(caught.value)
    assert caught.value.exit_code is ExitCode.USAGE


def test_every_command_refuses_a_wrong_setting_before_it_does_anything(cxmart: Run, home: Path) -> None:
    for command in (["load", "standard", "x.csv"], ["build"], ["publish"], ["scorecard"], ["doctor"]):
        done = cxmart(*command, env={"CXMART_TIMEZONE": "Mars/Olympus"})
        assert done.returncode == ExitCode.USAGE, command
        assert done.stderr.startswith("error: CXMART_TIMEZONE is 'Mars/Olympus'")
        assert not home.exists()


def test_doctor_tells_values_and_origins(cxmart: Run, home: Path) -> None:
    done = cxmart("doctor", env={"CXMART_TIMEZONE": "Europe/London"})
    assert done.returncode == 0, done.stderr
    lines = {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines() if line.strip()}
    assert lines["CXMART_TIMEZONE"] == ["environment", "Europe/London"]
    assert lines["CXMART_CURRENCY"] == ["default", "EUR"]


@pytest.mark.parametrize(
    ("limit", "size"),
    [("4GB", 4_000_000_000), ("1.5 GiB", 1_610_612_736), ("500mb", 500_000_000), ("100KiB", 102_400), ("1TB", 10**12)],
)
def test_the_memory_limit_is_known_in_bytes(limit: str, size: int) -> None:
    assert read_settings({"CXMART_MEMORY_LIMIT": limit}).memory_bytes == size


def test_dbt_does_not_get_the_hash_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXMART_HASH_KEY", "0123456789abcdef")
    settings = read_settings()
    assert settings.hash_key == "0123456789abcdef"
    assert "CXMART_HASH_KEY" not in settings.dbt_environment()
    assert "0123456789abcdef" not in repr(settings)
