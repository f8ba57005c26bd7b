"""What `cxmart doctor` tells: the settings, where each comes from, and the state of the warehouse's files."""

import sys
from collections.abc import Iterator
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

import duckdb

from cxmart import __version__
from cxmart.base.json_values import instant
from cxmart.base.setting_parsers import UNIT_SECONDS
from cxmart.base.settings import SETTINGS, Setting, Settings, as_text
from cxmart.contract import private_columns
from cxmart.publish import postgres_server

# What `as_rows` gives.
COLUMNS = ("section", "name", "value", "from")


def settings_table(settings: Settings) -> list[tuple[str, str, str]]:
    """List every setting as (variable, value, where the value comes from)."""
    return [
        (one.name, _shown(settings, one), "environment" if one.name in settings.from_environment else "default")
        for one in SETTINGS
    ]


def _shown(settings: Settings, setting: Setting) -> str:
    value = getattr(settings, setting.field)
    if value in (None, ()):
        return setting.absent
    # The key itself is nobody's to see, and an address may hold a password.
    if setting.field == "hash_key":
        return "set"
    if setting.field == "publish_to":
        return postgres_server.check_url(value)
    if isinstance(value, datetime):
        return instant(value)
    if setting.field == "max_data_age":
        return as_text(value / UNIT_SECONDS["h"])
    return f"{value:g} s" if setting.field == "refresh_timeout" else as_text(value)


def files_table(settings: Settings) -> list[tuple[str, str]]:
    """List the files of the warehouse with their sizes."""
    return [
        (str(path), _size(path))
        for path in (settings.raw_file, settings.build_file, settings.marts_file, settings.people_file)
    ]


def columns_that_never_land() -> list[tuple[str, list[str]]]:
    """List what never lands as (what it is, names of columns)."""
    return list(private_columns.KINDS.items())


def versions_table(settings: Settings) -> list[tuple[str, str]]:
    """List the project and the versions that run it."""
    return [
        ("project", str(settings.project_root)),
        ("cxmart", __version__),
        ("Python", ".".join(map(str, sys.version_info[:3]))),
        ("dbt", version("dbt-core")),
        ("DuckDB", duckdb.__version__),
    ]


def as_document(settings: Settings) -> dict[str, object]:
    """Give all of it for JSON."""
    return {
        "settings": {name: {"value": value, "from": given} for name, value, given in settings_table(settings)},
        "columns_that_never_land": dict(columns_that_never_land()),
        "files": dict(files_table(settings)),
        "versions": dict(versions_table(settings)),
    }


def as_rows(settings: Settings) -> Iterator[dict[str, object]]:
    """Give all of it as rows; sizes of files are in bytes."""
    for name, value, given in settings_table(settings):
        yield {"section": "settings", "name": name, "value": value, "from": given}
    for kind, names in columns_that_never_land():
        yield {"section": "columns_that_never_land", "name": kind, "value": names}
    for name, _ in files_table(settings):
        yield {"section": "files", "name": name, "value": Path(name).stat().st_size if Path(name).exists() else None}
    for name, version_ in versions_table(settings):
        yield {"section": "versions", "name": name, "value": version_}


def _size(path: Path) -> str:
    return f"{path.stat().st_size / 1e6:,.1f} MB" if path.exists() else "missing"
