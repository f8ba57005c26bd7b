"""Values as JSON holds them: the same form of instants, dates, paths and codes everywhere."""

import json
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import asdict, is_dataclass
from datetime import UTC, date, datetime
from enum import Enum
from pathlib import Path


def instant(value: datetime, timespec: str = "auto") -> str:
    """Write an instant, of UTC where it has no offset, as ISO 8601 that ends in `Z`."""
    utc = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
    return f"{utc.isoformat(timespec=timespec)}Z"


def plain(value: object) -> object:
    """Give a value as JSON can hold it.

    Args:
        value: made of mappings, lists and dataclasses.
    """
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Mapping):
        return plain_object(value)
    if isinstance(value, Sequence | Set) and not isinstance(value, str):
        return [plain(part) for part in value]
    return plain(asdict(value)) if is_dataclass(value) and not isinstance(value, type) else value


def plain_object(value: Mapping[str, object]) -> dict[str, object]:
    """Give a mapping as JSON can hold it."""
    return {name: plain(part) for name, part in value.items()}


def to_text(value: object) -> str:
    """Write a value for a cell of TSV or CSV: a text as it is, nothing where it is unknown, anything else as JSON."""
    held = plain(value)
    if held is None:
        return ""
    return held if isinstance(held, str) else json.dumps(held, ensure_ascii=False)


def flattened(document: Mapping[str, object], place: str = "") -> Iterator[dict[str, object]]:
    """Take a document apart into rows with a `name`, such as sources.0.age_seconds, and a `value`."""
    for name, value in document.items():
        full = f"{place}.{name}" if place else str(name)
        parts = dict(enumerate(value)) if isinstance(value, list | tuple) else value
        if isinstance(parts, Mapping) and parts:
            yield from flattened({str(key): part for key, part in parts.items()}, full)
        else:
            yield {"name": full, "value": None if isinstance(parts, Mapping) else value}


def to_json(value: object) -> str:
    """Write a value as JSON."""
    return json.dumps(plain(value))
