"""The settings: all from the environment, all with a default that works (docs: `cxmart doctor`)."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import yaml

from cxmart.base.code_version import read_code
from cxmart.base.errors import CxmartError, ExitCode
from cxmart.base.setting_parsers import (
    MEMORY_SIZE,
    read_currency,
    read_date,
    read_duration,
    read_folder,
    read_folder_of_seeds,
    read_hash_key,
    read_hours,
    read_instant,
    read_list,
    read_memory_size,
    read_positive,
    read_run_id,
    read_seconds,
    read_share,
    read_text,
    read_time_zone,
    read_truth,
)
from cxmart.base.suggestions import unknown_name


@dataclass(frozen=True)
class Settings:
    """What a run works with. `from_environment` names the variables that the environment gives; the rest is default.

    `example_targets` says whether targets that are marked as examples judge. Nothing happened before `earliest_date`;
    clocks differ by up to `clock_skew_seconds`; more accounts of one address or person than `shared_identity_limit` are
    a finding. `run_id` is the id of the refresh that
    this is part of, if it is of one. `drop` names the folders that a refresh lands from, as `cxmart refresh --drop`
    does, `publish_to` the address of the PostgreSQL server that it copies to, without a password. `refresh_timeout` is
    in seconds; `keep_logs` counts refreshes, `keep_versions` publications. Shares are from 0 to 1: a publication stops
    where more final cells of KPIs would change, or more rows of a table would be gone. `max_data_age` (seconds, None
    for any) is how old the data of a source may be for `cxmart status` where its YAML does not say.
    """

    project_root: Path
    home: Path
    config: Path | None
    sources: tuple[str, ...]
    timezone: str
    currency: str
    as_of: datetime | None
    memory_limit: str
    example_targets: bool
    earliest_date: date
    clock_skew_seconds: int
    shared_identity_limit: int
    target_path: Path
    fixed_now: datetime | None
    run_id: str | None
    drop: tuple[str, ...]
    publish_to: str | None
    refresh_timeout: float | None
    keep_logs: int
    keep_versions: int
    max_revised_share: float
    max_lost_share: float
    max_data_age: float | None
    hash_key: str | None = field(repr=False)
    from_environment: frozenset[str]

    @property
    def raw_file(self) -> Path:
        """The database that the loader writes."""
        return self.home / "raw.duckdb"

    @property
    def build_file(self) -> Path:
        """The database that a build writes; it can be deleted at any time."""
        return self.home / "build.duckdb"

    @property
    def marts_file(self) -> Path:
        """The published database that people and BI tools read."""
        return self.home / "marts.duckdb"

    @property
    def people_file(self) -> Path:
        """The published database that has the rows about single agents and people too."""
        return self.home / "marts_people.duckdb"

    @property
    def versions_folder(self) -> Path:
        """Where the last publications are kept, a folder each."""
        return self.home / "versions"

    @property
    def memory_bytes(self) -> int:
        """The memory limit in bytes."""
        matched = MEMORY_SIZE.fullmatch(self.memory_limit)
        number, letter, binary = matched.groups() if matched else ("0", "M", "")
        return int(float(number) * (1024 if binary else 1000) ** ("KMGT".index(letter.upper()) + 1))

    @property
    def log_folder(self) -> Path:
        """Where the logs of builds lie."""
        return self.home / "logs"

    def now(self) -> datetime:
        """The clock, in UTC: the one place that reads it, to say when something was done. `CXMART_NOW` stands in."""
        return self.fixed_now or datetime.now(UTC)

    def dbt_environment(self) -> dict[str, str]:
        """The environment of a dbt process: this one's, every setting spelled out, but without the key."""
        code = read_code(self.project_root)
        return {
            **{name: value for name, value in os.environ.items() if name != "CXMART_HASH_KEY"},
            **{one.name: as_text(getattr(self, one.field)) for one in SETTINGS if one.is_for_dbt},
            "CXMART_CODE": code.checksum,
            "CXMART_COMMIT": code.commit or "",
        }


def as_text(value: object) -> str:
    """Write the value of a setting as the environment has it; none is empty."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ",".join(value)
    if isinstance(value, date):
        return value.isoformat()
    return f"{value:g}" if isinstance(value, float) else str(value)


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read and check the settings.

    Args:
        environ: the environment to read, by default that of the process. An empty value counts as not set.

    Returns:
        The settings, with absolute paths: those given by the user from the current folder, defaults from the project.

    Raises:
        CxmartError: a value that can't be right, or no project to be found.
    """
    environ = os.environ if environ is None else environ
    given = {one.name: environ[one.name].strip() for one in SETTINGS if environ.get(one.name, "").strip()}
    root = find_project_root()
    texts = {one.name: one.default for one in SETTINGS}
    texts |= {"CXMART_HOME": str(root / str(texts["CXMART_HOME"])), **given}
    values: dict[str, Any] = {
        one.field: one.parse(one.name, text) if (text := texts[one.name]) else None for one in SETTINGS
    }
    # As dbt has it: relative to the project.
    values["target_path"] = root / values["target_path"]
    values["drop"] = values["drop"] or ()
    _check_sources(values["sources"], root)
    return Settings(project_root=root, from_environment=frozenset(given), **values)


def find_project_root() -> Path:
    """Find the folder of the dbt project: where this package lies, else the current folder and those above it.

    Raises:
        CxmartError: none of them holds the project.
    """
    for folder in (Path(__file__).resolve().parents[3], Path.cwd(), *Path.cwd().parents):
        project_file = folder / "dbt_project.yml"
        if project_file.is_file() and _read_project(project_file).get("name") == "cxmart":
            return folder
    raise CxmartError("found no cxmart project; go to its folder and run it again", ExitCode.USAGE)


def _read_project(project_file: Path) -> dict[str, object]:
    try:
        content = yaml.safe_load(project_file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return {}
    return content if isinstance(content, dict) else {}


def _check_sources(names: tuple[str, ...], root: Path) -> None:
    project_variables = _read_project(root / "dbt_project.yml").get("vars")
    declared = project_variables.get("sources", {}) if isinstance(project_variables, dict) else {}
    unknown = [name for name in names if name not in declared]
    if unknown or not names:
        if unknown:
            raise unknown_name(
                "CXMART_SOURCES names the unknown source", unknown[0], declared, others="dbt_project.yml declares"
            )
        raise CxmartError(
            f"CXMART_SOURCES names no source; dbt_project.yml declares: {', '.join(declared)}", ExitCode.USAGE
        )


@dataclass(frozen=True)
class Setting:
    """A setting: its field of `Settings`, its variable, its default, what it means, and how its text is read.

    `absent` says what holds where it has no default and is not set; with `is_for_dbt` a dbt process gets it.
    """

    field: str
    name: str
    parse: Callable[[str, str], object]
    meaning: str
    default: str | None = None
    absent: str = "none"
    is_for_dbt: bool = False


SETTINGS = (
    Setting("home", "CXMART_HOME", read_folder, "the folder for all generated files", "warehouse", is_for_dbt=True),
    Setting(
        "config",
        "CXMART_CONFIG",
        read_folder_of_seeds,
        "the folder with a brand's own seeds and sources.yml",
        absent="the shipped seeds",
        is_for_dbt=True,
    ),
    Setting(
        "sources", "CXMART_SOURCES", read_list, "enabled sources, separated by commas", "standard", is_for_dbt=True
    ),
    Setting(
        "timezone",
        "CXMART_TIMEZONE",
        read_time_zone,
        "the time zone of the reports (an IANA name)",
        "UTC",
        is_for_dbt=True,
    ),
    Setting("currency", "CXMART_CURRENCY", read_currency, "the reporting currency", "EUR", is_for_dbt=True),
    Setting(
        "as_of",
        "CXMART_AS_OF",
        read_instant,
        "the point in time of the warehouse, in ISO 8601 with an offset",
        absent="from the data",
        is_for_dbt=True,
    ),
    Setting("memory_limit", "CXMART_MEMORY_LIMIT", read_memory_size, "the memory of DuckDB", "4GB", is_for_dbt=True),
    Setting(
        "example_targets",
        "CXMART_EXAMPLE_TARGETS",
        read_truth,
        "whether targets marked as examples are applied",
        "false",
        is_for_dbt=True,
    ),
    Setting(
        "earliest_date", "CXMART_EARLIEST_DATE", read_date, "the earliest plausible date", "1990-01-01", is_for_dbt=True
    ),
    Setting(
        "clock_skew_seconds",
        "CXMART_CLOCK_SKEW_SECONDS",
        read_seconds,
        "tolerance between clocks",
        "2",
        is_for_dbt=True,
    ),
    Setting(
        "shared_identity_limit",
        "CXMART_SHARED_IDENTITY_LIMIT",
        read_positive,
        "an address or person with more accounts is a finding",
        "10",
        is_for_dbt=True,
    ),
    Setting(
        "hash_key",
        "CXMART_HASH_KEY",
        read_hash_key,
        "the key for hashing e-mail addresses when they land",
        absent="not set: e-mail addresses are left out",
    ),
    Setting(
        "drop",
        "CXMART_DROP",
        read_list,
        "the folders that a refresh lands from",
        absent="none: refresh lands nothing by itself",
    ),
    Setting(
        "publish_to",
        "CXMART_PUBLISH_TO",
        read_text,
        "the PostgreSQL server that a refresh copies to",
        absent="no server",
    ),
    Setting("refresh_timeout", "CXMART_REFRESH_TIMEOUT", read_duration, "how long a refresh may take"),
    Setting("keep_logs", "CXMART_KEEP_LOGS", read_positive, "the number of refreshes whose logs are kept", "1000"),
    Setting(
        "run_id", "CXMART_RUN_ID", read_run_id, "the id of the refresh", absent="a new one each time", is_for_dbt=True
    ),
    Setting("fixed_now", "CXMART_NOW", read_instant, "stands in for the clock", absent="the clock"),
    Setting("keep_versions", "CXMART_KEEP_VERSIONS", read_positive, "the number of publications that are kept", "5"),
    Setting(
        "max_revised_share", "CXMART_MAX_REVISED_SHARE", read_share, "the share of final cells that may change", "0.05"
    ),
    Setting(
        "max_lost_share", "CXMART_MAX_LOST_SHARE", read_share, "the share of a table's rows that may be gone", "0.2"
    ),
    Setting(
        "max_data_age", "CXMART_MAX_DATA_AGE_HOURS", read_hours, "the age of data that `cxmart status` accepts", "36"
    ),
    Setting(
        "target_path", "DBT_TARGET_PATH", lambda _, text: Path(text), "dbt's target folder", "target", is_for_dbt=True
    ),
)
