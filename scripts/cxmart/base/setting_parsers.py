"""How the text of a setting is read: each parser takes the name of the variable and its text."""

import re
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from cxmart.base.errors import CxmartError, ExitCode
from cxmart.base.suggestions import did_you_mean

SHORTEST_HASH_KEY = 16
RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
DURATION = re.compile(r"(\d+(?:\.\d+)?) ?([smhd])")
UNIT_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
MEMORY_SIZE = re.compile(r"(\d+(?:\.\d+)?) ?([KMGT])(i?)B", re.IGNORECASE)


def read_run_id(name: str, text: str) -> str:
    """Read the id of a run."""
    if not RUN_ID.fullmatch(text):
        raise CxmartError(
            f"{name} is '{text}'; give at most 100 letters, digits, '.', '_' and '-', or leave it out", ExitCode.USAGE
        )
    return text


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


def read_duration(name: str, text: str) -> float:
    """Read a duration as seconds."""
    return parse_duration(text, name)


def read_text(_: str, text: str) -> str:
    """Take a text as it is."""
    return text


def read_list(_: str, text: str) -> tuple[str, ...]:
    """Read parts with commas between, each once."""
    return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def read_folder(name: str, text: str) -> Path:
    """Read a folder, from the current one; what is there must be a folder."""
    folder = Path.cwd() / Path(text).expanduser()
    if folder.exists() and not folder.is_dir():
        raise CxmartError(f"{name} is {folder}, which is no folder", ExitCode.USAGE)
    return folder


def read_folder_of_seeds(name: str, text: str) -> Path:
    """Read a folder that is there."""
    folder = Path.cwd() / Path(text).expanduser()
    if not folder.is_dir():
        raise CxmartError(f"{name} is {folder}, which is no folder; name the one with your own seeds", ExitCode.USAGE)
    return folder


def read_currency(name: str, text: str) -> str:
    """Read the code of a currency."""
    if not re.fullmatch(r"[A-Z]{3}", text):
        raise CxmartError(f"{name} is '{text}'; give an ISO 4217 code such as EUR", ExitCode.USAGE)
    return text


def read_memory_size(name: str, text: str) -> str:
    """Read a size such as 4GB."""
    if not MEMORY_SIZE.fullmatch(text):
        raise CxmartError(f"{name} is '{text}'; give a size such as 4GB", ExitCode.USAGE)
    return text


def read_truth(name: str, text: str) -> bool:
    """Read true or false."""
    if text.lower() not in {"true", "false"}:
        raise CxmartError(f"{name} is '{text}'; give true or false", ExitCode.USAGE)
    return text.lower() == "true"


def read_positive(name: str, text: str) -> int:
    """Read a whole number from 1."""
    if not re.fullmatch(r"[0-9]{1,9}", text) or not int(text):
        raise CxmartError(f"{name} is '{text}'; give a whole number from 1", ExitCode.USAGE)
    return int(text)


def read_seconds(name: str, text: str) -> int:
    """Read a whole number of seconds."""
    if not re.fullmatch(r"[0-9]{1,4}", text):
        raise CxmartError(f"{name} is '{text}'; give a whole number of seconds, such as 2", ExitCode.USAGE)
    return int(text)


def read_date(name: str, text: str) -> date:
    """Read a date."""
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise CxmartError(f"{name} is '{text}'; give a date, such as 1990-01-01", ExitCode.USAGE)


def read_share(name: str, text: str) -> float:
    """Read a share from 0 to 1."""
    if not re.fullmatch(r"\d{1,3}(\.\d{1,9})?", text) or not 0 <= float(text) <= 1:
        raise CxmartError(f"{name} is '{text}'; give a share from 0 to 1, such as 0.05", ExitCode.USAGE)
    return float(text)


def read_hours(name: str, text: str) -> float | None:
    """Read hours as seconds; `none` is no limit."""
    if text.lower() == "none":
        return None
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", text) or not float(text):
        raise CxmartError(f"{name} is '{text}'; give a number of hours such as 36, or none", ExitCode.USAGE)
    return float(text) * UNIT_SECONDS["h"]


def read_hash_key(name: str, text: str) -> str:
    """Read the key; who has the hashes can try addresses, and a long key is what keeps them from it."""
    if len(text) < SHORTEST_HASH_KEY:
        raise CxmartError(
            f"{name} has {len(text)} characters; give at least {SHORTEST_HASH_KEY} random ones, "
            "for example from: openssl rand -hex 32",
            ExitCode.USAGE,
        )
    return text


def known_time_zones() -> list[str]:
    """List the names of time zones. The engine cuts the days, so what it knows is what is valid."""
    with duckdb.connect() as engine:
        return [row[0] for row in engine.execute("select name from pg_timezone_names()").fetchall()]


def read_time_zone(name: str, text: str) -> str:
    """Read the name of a time zone."""
    known = known_time_zones()
    if text not in known:
        hint = did_you_mean(text, known) or "; give an IANA name such as Europe/Berlin"
        raise CxmartError(f"{name} is '{text}', which is no time zone{hint}", ExitCode.USAGE)
    return text


def read_instant(name: str, text: str) -> datetime:
    """Read an instant with an offset, as UTC."""
    try:
        instant = datetime.fromisoformat(text)
        if instant.tzinfo:
            return instant.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise CxmartError(
        f"{name} is '{text}'; write ISO 8601 with an offset, for example 2026-11-01T00:00:00Z", ExitCode.USAGE
    )
