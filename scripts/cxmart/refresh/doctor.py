"""What `cxmart doctor` tells: the settings, where each comes from, and the state of the warehouse's files."""

import sys
from importlib.metadata import version
from pathlib import Path

import duckdb

from cxmart import __version__
from cxmart.base.settings import Settings
from cxmart.contract import private_columns
from cxmart.publish import postgres_server


def settings_table(settings: Settings) -> list[tuple[str, str, str]]:
    """List every setting as (variable, value, where the value comes from)."""
    values = {
        "CXMART_HOME": str(settings.home),
        "CXMART_CONFIG": str(settings.config) if settings.config else "the shipped seeds",
        "CXMART_SOURCES": ",".join(settings.sources),
        "CXMART_TIMEZONE": settings.timezone,
        "CXMART_CURRENCY": settings.currency,
        "CXMART_AS_OF": settings.as_of.isoformat() if settings.as_of else "from the data",
        "CXMART_MEMORY_LIMIT": settings.memory_limit,
        "CXMART_EXAMPLE_TARGETS": str(settings.example_targets).lower(),
        "CXMART_EARLIEST_DATE": settings.earliest_date.isoformat(),
        "CXMART_CLOCK_SKEW_SECONDS": str(settings.clock_skew_seconds),
        "CXMART_SHARED_IDENTITY_LIMIT": str(settings.shared_identity_limit),
        # The key itself is nobody's to see.
        "CXMART_HASH_KEY": "set" if settings.hash_key else "not set: e-mail addresses are left out",
        "CXMART_DROP": ",".join(settings.drop) or "none: refresh lands nothing by itself",
        "CXMART_PUBLISH_TO": postgres_server.check_url(settings.publish_to) if settings.publish_to else "no server",
        "CXMART_REFRESH_TIMEOUT": f"{settings.refresh_timeout:g} s" if settings.refresh_timeout else "none",
        "CXMART_KEEP_LOGS": str(settings.keep_logs),
        "CXMART_RUN_ID": settings.run_id or "a new one each time",
        "CXMART_NOW": settings.fixed_now.isoformat() if settings.fixed_now else "the clock",
        "CXMART_KEEP_VERSIONS": str(settings.keep_versions),
        "CXMART_MAX_REVISED_SHARE": f"{settings.max_revised_share:g}",
        "CXMART_MAX_LOST_SHARE": f"{settings.max_lost_share:g}",
        "CXMART_MAX_DATA_AGE_HOURS": "none" if settings.max_data_age is None else f"{settings.max_data_age / 3600:g}",
        "DBT_TARGET_PATH": str(settings.target_path),
    }
    return [
        (name, value, "environment" if name in settings.from_environment else "default")
        for name, value in values.items()
    ]


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


def _size(path: Path) -> str:
    return f"{path.stat().st_size / 1e6:,.1f} MB" if path.exists() else "missing"
