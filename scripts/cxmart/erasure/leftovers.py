"""What else may hold the person: logs, which are cleaned, and files that nobody knows."""

import json
import os
import re

from cxmart.base.database import sync
from cxmart.base.errors import translate
from cxmart.base.settings import Settings
from cxmart.erasure.find_person import Plan, pattern_of_ids
from cxmart.erasure.journal import JOURNAL
from cxmart.landing.suppression import KEY_FILE
from cxmart.publish import postgres_server


def clean_logs(settings: Settings, plan: Plan) -> list[str]:
    """Take the person out of the logs: dbt's go whole, in others the ids give way to a mark.

    Returns:
        The files that were changed or deleted.
    """
    pattern = re.compile(pattern_of_ids(plan.ids))
    touched = []
    try:
        for path in sorted(settings.log_folder.rglob("*")):
            if not path.is_file():
                continue
            text = path.read_text(encoding="utf-8", errors="replace")
            if not pattern.search(text):
                continue
            touched.append(str(path))
            lines = _without_ids(text, pattern) if path.suffix == ".jsonl" else None
            if lines is None:
                path.unlink()
                continue
            new = path.with_name(f".{path.name}.tmp")
            new.write_text(lines, encoding="utf-8")
            sync(new)
            os.replace(new, path)  # noqa: PTH105
    except OSError as error:
        raise translate(error, settings.log_folder) from error
    return touched


def _without_ids(text: str, pattern: re.Pattern[str]) -> str | None:
    """Write lines of JSON with a mark in place of ids in their texts; None where a line is no JSON."""

    def cleaned(value: object) -> object:
        if isinstance(value, str):
            # Two ids may share the character between them.
            while pattern.search(value):
                value = pattern.sub(r"\1erased\3", value)
            return value
        if isinstance(value, list):
            return [cleaned(part) for part in value]
        if isinstance(value, dict):
            return {cleaned(name): cleaned(part) for name, part in value.items()}
        return value

    try:
        return "".join(json.dumps(cleaned(json.loads(line))) + "\n" for line in text.splitlines() if line.strip())
    except ValueError:
        return None


def older_files(settings: Settings, began: float) -> list[str]:
    """List files of CXMART_HOME that are older than the erasure and not known to be without the person."""
    known = {
        file.resolve() for file in (settings.raw_file, settings.build_file, settings.marts_file, settings.people_file)
    }
    found = []
    for path in sorted(settings.home.rglob("*")):
        is_log = settings.log_folder in path.parents
        if not path.is_file() or is_log or path.resolve() in known or path.name in (JOURNAL, "refresh.lock"):
            continue
        if path.name in (KEY_FILE, postgres_server.SERVERS_FILE) or settings.versions_folder in path.parents:
            continue
        if settings.home / "demo" in path.parents:
            continue  # made-up people, in warehouses of their own
        if path.stat().st_mtime < began:
            found.append(str(path))
    return found
