"""How old the data of each source is, and how old it may be.

The limits stand in the source's YAML, in dbt's own words: past `warn_after` what is published says so, past
`error_after` nothing is published. The age is that of the newest thing that happened, not of the newest file: an export
that brings the same rows every hour is no fresh data.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import yaml

from cxmart.base.database import Connection, opened, quoted, relations
from cxmart.base.errors import CxmartError, ExitCode
from cxmart.base.settings import Settings
from cxmart.contract.source_contract import contract_file

PERIODS = ("minute", "hour", "day")

COVERAGE = ("intermediate", "int_warehouse__source_coverage")

FRESH, LATE, TOO_LATE, NO_LIMIT, NO_DATA = "fresh", "late", "too_late", "no_limit", "no_data"


@dataclass(frozen=True)
class Limits:
    """How old the data of a source may be, in seconds: beyond the first it is marked, beyond the second not published.

    None is no limit.
    """

    warn_after: float | None = None
    error_after: float | None = None


@dataclass(frozen=True)
class SourceAge:
    """How old the data of a source is.

    `newest_at` is the newest thing that happened in it and `newest_loaded_at` the newest landing that brought rows,
    both in UTC without an offset. `age_seconds` is from `newest_at` to now. `state` is fresh, late (past `warn_after`),
    too_late (past `error_after`), no_limit, or no_data (nothing happened in it, though it has a limit).
    `is_default_limit` says that its YAML has none, and that of CXMART_MAX_DATA_AGE_HOURS was taken.
    """

    source: str
    newest_at: datetime | None
    newest_loaded_at: datetime | None
    age_seconds: float | None
    warn_after_seconds: float | None
    error_after_seconds: float | None
    state: str
    is_default_limit: bool = False


def read_limits(settings: Settings, source: str) -> Limits:
    """Read the limits of a source from its YAML.

    Raises:
        CxmartError: they can't be read.
    """
    path = contract_file(settings.project_root, source)
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        (declared,) = [entry for entry in content["sources"] if entry["name"] == source]
        freshness = (declared.get("config") or {}).get("freshness") or declared.get("freshness") or {}
        return Limits(_seconds(freshness, "warn_after"), _seconds(freshness, "error_after"))
    except FileNotFoundError:
        return Limits()
    except (OSError, UnicodeDecodeError, yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise CxmartError(f"{path}: the freshness of {source} can't be read: {error}", ExitCode.USAGE) from error


def _seconds(freshness: Mapping[str, Any], name: str) -> float | None:
    limit = freshness.get(name)
    if not limit:
        return None
    count, period = limit.get("count"), limit.get("period")
    if isinstance(count, bool) or not isinstance(count, int) or count <= 0 or period not in PERIODS:
        raise ValueError(f"{name} is {limit}; give count, a whole number from 1, and period: {', '.join(PERIODS)}")
    return timedelta(**{f"{period}s": count}).total_seconds()


def judge(
    source: str,
    newest_at: datetime | None,
    newest_loaded_at: datetime | None,
    limits: Limits,
    now: datetime,
) -> SourceAge:
    """Tell how old the data of a source is at an instant.

    Args:
        source: its name.
        newest_at: the newest thing that happened in it (UTC without an offset).
        newest_loaded_at: the newest landing that brought rows (UTC without an offset).
        limits: how old it may be.
        now: the instant, with an offset.
    """
    age = (now - newest_at.replace(tzinfo=UTC)).total_seconds() if newest_at else None
    if limits == Limits():
        state = NO_LIMIT
    elif age is None:
        state = NO_DATA
    elif limits.error_after is not None and age > limits.error_after:
        state = TOO_LATE
    elif limits.warn_after is not None and age > limits.warn_after:
        state = LATE
    else:
        state = FRESH
    return SourceAge(source, newest_at, newest_loaded_at, age, limits.warn_after, limits.error_after, state)


def read_ages(connection: Connection, settings: Settings, database: str = "build") -> list[SourceAge]:
    """Tell how old the data of each enabled source is, by the last build.

    Args:
        connection: any, with the build attached, and raw.duckdb not.
        settings: the enabled sources, where raw.duckdb is, and the clock.
        database: what the build is called in the connection.

    Returns:
        A source each, in the order of `CXMART_SOURCES`.

    Raises:
        CxmartError: a limit can't be read, or raw.duckdb is held.
    """
    newest = {}
    if COVERAGE in relations(connection, database):
        relation = ".".join(map(quoted, (database, *COVERAGE)))
        newest = dict(connection.execute(f"select source, last_happened_at from {relation}").fetchall())
    loaded = read_landings(settings)
    return [
        judge(source, newest.get(source), loaded.get(source), read_limits(settings, source), settings.now())
        for source in settings.sources
    ]


def read_landings(settings: Settings) -> dict[str, datetime]:
    """Tell when a file of each source last brought rows (UTC without an offset).

    Raises:
        CxmartError: raw.duckdb is held or damaged.
    """
    if not settings.raw_file.exists():
        return {}
    landings = {}
    with opened(settings.raw_file, settings, read_only=True) as raw:
        for schema, name in sorted(relations(raw)):
            if schema.startswith("raw_") and name == "_loads":
                query = f"select max(loaded_at) from {quoted(schema)}._loads where rows_loaded > 0"
                (landed_at,) = raw.execute(query).fetchall()[0]
                if landed_at is not None:
                    landings[schema.removeprefix("raw_")] = landed_at
    return landings
