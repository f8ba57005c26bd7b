"""The settings: all from the environment, all with a default that works (docs: `cxmart doctor`)."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import yaml

from cxmart.base.code_version import read_code
from cxmart.base.errors import CxmartError, ExitCode
from cxmart.base.suggestions import did_you_mean, unknown_name

NAMES = (
    "CXMART_HOME",
    "CXMART_CONFIG",
    "CXMART_SOURCES",
    "CXMART_TIMEZONE",
    "CXMART_CURRENCY",
    "CXMART_AS_OF",
    "CXMART_MEMORY_LIMIT",
    "CXMART_EXAMPLE_TARGETS",
    "CXMART_EARLIEST_DATE",
    "CXMART_CLOCK_SKEW_SECONDS",
    "CXMART_SHARED_IDENTITY_LIMIT",
    "CXMART_HASH_KEY",
    "CXMART_NOW",
    "CXMART_RUN_ID",
    "CXMART_DROP",
    "CXMART_PUBLISH_TO",
    "CXMART_REFRESH_TIMEOUT",
    "CXMART_KEEP_LOGS",
    "CXMART_KEEP_VERSIONS",
    "CXMART_MAX_REVISED_SHARE",
    "CXMART_MAX_LOST_SHARE",
    "CXMART_MAX_DATA_AGE_HOURS",
    "DBT_TARGET_PATH",
)

DEFAULTS = {
    "CXMART_HOME": "warehouse",
    "CXMART_SOURCES": "standard",
    "CXMART_TIMEZONE": "UTC",
    "CXMART_CURRENCY": "EUR",
    "CXMART_MEMORY_LIMIT": "4GB",
    "CXMART_EXAMPLE_TARGETS": "false",
    "CXMART_EARLIEST_DATE": "1990-01-01",
    "CXMART_CLOCK_SKEW_SECONDS": "2",
    "CXMART_SHARED_IDENTITY_LIMIT": "10",
    "CXMART_KEEP_LOGS": "1000",
    "CXMART_KEEP_VERSIONS": "5",
    "CXMART_MAX_REVISED_SHARE": "0.05",
    "CXMART_MAX_LOST_SHARE": "0.2",
    "CXMART_MAX_DATA_AGE_HOURS": "36",
    "DBT_TARGET_PATH": "target",
}

SHORTEST_HASH_KEY = 16
RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
DURATION = re.compile(r"(\d+(?:\.\d+)?) ?([smhd])")
UNIT_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
MEMORY_SIZE = re.compile(r"(\d+(?:\.\d+)?) ?([KMGT])(i?)B", re.IGNORECASE)


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
        environment = {
            **{name: value for name, value in os.environ.items() if name != "CXMART_HASH_KEY"},
            "CXMART_HOME": str(self.home),
            "CXMART_CONFIG": str(self.config or ""),
            "CXMART_SOURCES": ",".join(self.sources),
            "CXMART_TIMEZONE": self.timezone,
            "CXMART_CURRENCY": self.currency,
            "CXMART_MEMORY_LIMIT": self.memory_limit,
            "CXMART_AS_OF": self.as_of.isoformat() if self.as_of else "",
            "CXMART_EXAMPLE_TARGETS": str(self.example_targets).lower(),
            "CXMART_EARLIEST_DATE": self.earliest_date.isoformat(),
            "CXMART_CLOCK_SKEW_SECONDS": str(self.clock_skew_seconds),
            "CXMART_SHARED_IDENTITY_LIMIT": str(self.shared_identity_limit),
            "CXMART_RUN_ID": self.run_id or "",
            "CXMART_CODE": code.checksum,
            "CXMART_COMMIT": code.commit or "",
            "DBT_TARGET_PATH": str(self.target_path),
        }
        return environment


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
    given = {name: environ[name].strip() for name in NAMES if environ.get(name, "").strip()}
    values = {**DEFAULTS, **given}
    root = find_project_root()
    home = Path(given["CXMART_HOME"]).expanduser() if "CXMART_HOME" in given else root / DEFAULTS["CXMART_HOME"]
    home = Path.cwd() / home
    if home.exists() and not home.is_dir():
        raise CxmartError(f"CXMART_HOME is {home}, which is no folder", ExitCode.USAGE)
    config = Path.cwd() / Path(given["CXMART_CONFIG"]).expanduser() if "CXMART_CONFIG" in given else None
    if config and not config.is_dir():
        raise CxmartError(
            f"CXMART_CONFIG is {config}, which is no folder; name the one with your own seeds", ExitCode.USAGE
        )
    if not re.fullmatch(r"[A-Z]{3}", values["CXMART_CURRENCY"]):
        raise CxmartError(
            f"CXMART_CURRENCY is '{values['CXMART_CURRENCY']}'; give an ISO 4217 code such as EUR", ExitCode.USAGE
        )
    if not MEMORY_SIZE.fullmatch(values["CXMART_MEMORY_LIMIT"]):
        raise CxmartError(
            f"CXMART_MEMORY_LIMIT is '{values['CXMART_MEMORY_LIMIT']}'; give a size such as 4GB", ExitCode.USAGE
        )
    return Settings(
        project_root=root,
        home=home,
        config=config,
        sources=_enabled_sources(values["CXMART_SOURCES"], root),
        timezone=_time_zone(values["CXMART_TIMEZONE"]),
        currency=values["CXMART_CURRENCY"],
        as_of=_instant("CXMART_AS_OF", given),
        memory_limit=values["CXMART_MEMORY_LIMIT"],
        example_targets=_truth("CXMART_EXAMPLE_TARGETS", values),
        earliest_date=_date("CXMART_EARLIEST_DATE", values),
        clock_skew_seconds=_seconds("CXMART_CLOCK_SKEW_SECONDS", values),
        shared_identity_limit=_positive("CXMART_SHARED_IDENTITY_LIMIT", values),
        # As dbt has it: relative to the project.
        target_path=root / values["DBT_TARGET_PATH"],
        fixed_now=_instant("CXMART_NOW", given),
        run_id=_run_id(given),
        drop=tuple(part.strip() for part in given.get("CXMART_DROP", "").split(",") if part.strip()),
        publish_to=given.get("CXMART_PUBLISH_TO"),
        refresh_timeout=_optional_duration("CXMART_REFRESH_TIMEOUT", given),
        keep_logs=_positive("CXMART_KEEP_LOGS", values),
        keep_versions=_positive("CXMART_KEEP_VERSIONS", values),
        max_revised_share=_share("CXMART_MAX_REVISED_SHARE", values),
        max_lost_share=_share("CXMART_MAX_LOST_SHARE", values),
        max_data_age=_hours("CXMART_MAX_DATA_AGE_HOURS", values),
        hash_key=_hash_key(given),
        from_environment=frozenset(given),
    )


def _run_id(given: Mapping[str, str]) -> str | None:
    run_id = given.get("CXMART_RUN_ID")
    if run_id is not None and not RUN_ID.fullmatch(run_id):
        raise CxmartError(
            f"CXMART_RUN_ID is '{run_id}'; give at most 100 letters, digits, '.', '_' and '-', or leave it out",
            ExitCode.USAGE,
        )
    return run_id


def parse_duration(text: str, name: str) -> float:
    """Read a duration as a person writes it: 90s, 50m, 2h or 1d.

    Args:
        text: the duration.
        name: what it is given as, for the message.

    Returns:
        Seconds, more than 0.

    Raises:
        CxmartError: it is none.
    """
    matched = DURATION.fullmatch(text.strip())
    seconds = float(matched.group(1)) * UNIT_SECONDS[matched.group(2)] if matched else 0
    if seconds <= 0:
        raise CxmartError(f"{name} is '{text}'; give a time such as 90s, 50m, 2h or 1d", ExitCode.USAGE)
    return seconds


def _optional_duration(name: str, given: Mapping[str, str]) -> float | None:
    return parse_duration(given[name], name) if name in given else None


def _truth(name: str, values: Mapping[str, str]) -> bool:
    if values[name].lower() not in {"true", "false"}:
        raise CxmartError(f"{name} is '{values[name]}'; give true or false", ExitCode.USAGE)
    return values[name].lower() == "true"


def _positive(name: str, values: Mapping[str, str]) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", values[name]) or not int(values[name]):
        raise CxmartError(f"{name} is '{values[name]}'; give a whole number from 1", ExitCode.USAGE)
    return int(values[name])


def _seconds(name: str, values: Mapping[str, str]) -> int:
    if not re.fullmatch(r"[0-9]{1,4}", values[name]):
        raise CxmartError(f"{name} is '{values[name]}'; give a whole number of seconds, such as 2", ExitCode.USAGE)
    return int(values[name])


def _date(name: str, values: Mapping[str, str]) -> date:
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", values[name]):
            return date.fromisoformat(values[name])
    except ValueError:
        pass
    raise CxmartError(f"{name} is '{values[name]}'; give a date, such as 1990-01-01", ExitCode.USAGE)


def _share(name: str, values: Mapping[str, str]) -> float:
    if not re.fullmatch(r"\d{1,3}(\.\d{1,9})?", values[name]) or not 0 <= float(values[name]) <= 1:
        raise CxmartError(f"{name} is '{values[name]}'; give a share from 0 to 1, such as 0.05", ExitCode.USAGE)
    return float(values[name])


def _hours(name: str, values: Mapping[str, str]) -> float | None:
    """Read hours as seconds; `none` is no limit."""
    if values[name].lower() == "none":
        return None
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", values[name]) or not float(values[name]):
        raise CxmartError(f"{name} is '{values[name]}'; give a number of hours such as 36, or none", ExitCode.USAGE)
    return float(values[name]) * UNIT_SECONDS["h"]


def _hash_key(given: Mapping[str, str]) -> str | None:
    key = given.get("CXMART_HASH_KEY")
    # Who has the hashes can try addresses; the key is what keeps them from it.
    if key is not None and len(key) < SHORTEST_HASH_KEY:
        raise CxmartError(
            f"CXMART_HASH_KEY has {len(key)} characters; give at least {SHORTEST_HASH_KEY} random ones, "
            "for example from: openssl rand -hex 32",
            ExitCode.USAGE,
        )
    return key


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


def _enabled_sources(text: str, root: Path) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
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
    return names


def known_time_zones() -> list[str]:
    """List the names of time zones. The engine cuts the days, so what it knows is what is valid."""
    with duckdb.connect() as engine:
        return [row[0] for row in engine.execute("select name from pg_timezone_names()").fetchall()]


def _time_zone(name: str) -> str:
    known = known_time_zones()
    if name not in known:
        hint = did_you_mean(name, known) or "; give an IANA name such as Europe/Berlin"
        raise CxmartError(f"CXMART_TIMEZONE is '{name}', which is no time zone{hint}", ExitCode.USAGE)
    return name


def _instant(name: str, given: Mapping[str, str]) -> datetime | None:
    if name not in given:
        return None
    try:
        instant = datetime.fromisoformat(given[name])
        if instant.tzinfo:
            return instant.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise CxmartError(
        f"{name} is '{given[name]}'; write ISO 8601 with an offset, for example 2026-11-01T00:00:00Z", ExitCode.USAGE
    )
