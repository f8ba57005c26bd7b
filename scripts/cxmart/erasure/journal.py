"""An erasure that was begun: it stands in a file until all of it is done."""

import json
import os
from dataclasses import asdict

from cxmart.base.database import sync
from cxmart.base.errors import CxmartError, translate
from cxmart.base.settings import Settings
from cxmart.erasure.find_person import Plan, TablePlan
from cxmart.landing.suppression import Id

JOURNAL = "forgetting.json"


def is_pending(settings: Settings) -> bool:
    """Tell whether an erasure was begun and not completed."""
    return (settings.home / JOURNAL).exists()


def pending(settings: Settings) -> Plan | None:
    """Give the erasure that was begun and not completed; None where there is none."""
    path = settings.home / JOURNAL
    if not is_pending(settings):
        return None
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        tables = tuple(TablePlan(**{**table, "files": tuple(table["files"])}) for table in told["tables"])
        return Plan(tuple(Id(**one) for one in told["ids"]), tables, told["rejects"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CxmartError(f"{path} can't be read: {error}; move it away, and name the person again") from error


def write_journal(settings: Settings, plan: Plan) -> None:
    """Write down what is to be erased, where nothing is yet; it is on the disk before anything is changed."""
    path = settings.home / JOURNAL
    if path.exists():
        return
    new = path.with_name(f".{JOURNAL}")
    try:
        new.unlink(missing_ok=True)
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(asdict(plan), file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, path)  # noqa: PTH105
        sync(settings.home)
    except OSError as error:
        raise translate(error, path) from error
