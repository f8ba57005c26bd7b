"""Erasing a person from all that the warehouse holds: raw, build, published and kept files, servers, logs.

DuckDB keeps the bytes of deleted rows until something is written over them, so no file is changed: each is written anew
without the person and takes the place of the old one. What is to be erased stands in a file of its own until all of it
is done, so that a command that was killed is completed by the next one (docs/erasure.md).
"""

from dataclasses import dataclass, field

from cxmart.base.database import sync
from cxmart.base.settings import Settings
from cxmart.build import dbt_build
from cxmart.erasure.find_person import Plan
from cxmart.erasure.journal import JOURNAL, write_journal
from cxmart.erasure.leftovers import clean_logs, older_files
from cxmart.erasure.rewrite_raw import rewrite_raw
from cxmart.landing.suppression import AGENT
from cxmart.publish import postgres_cleanup, postgres_copy, postgres_server, publication, versions


@dataclass
class Erased:
    """What was done. `still_named` lists text columns that hold an id and are not declared to name a person; `remarks`
    say what is left for others to do.
    """

    plan: Plan
    numbers_restated: int = 0
    servers: list[str] = field(default_factory=list)
    logs: list[str] = field(default_factory=list)
    still_named: list[str] = field(default_factory=list)
    unknown_files: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def forget(settings: Settings, plan: Plan) -> Erased:
    """Erase a person; the caller holds the lock of the warehouse.

    Args:
        settings: where everything is.
        plan: who, and what is done (`find` or `pending`).

    Returns:
        What was done.

    Raises:
        CxmartError: a step failed. What was done stays done; the same again completes the rest.
    """
    erased = Erased(plan)
    write_journal(settings, plan)
    began = (settings.home / JOURNAL).stat().st_mtime
    erased.still_named = rewrite_raw(settings, plan)
    erased.logs = clean_logs(settings, plan)
    if settings.marts_file.exists() or settings.people_file.exists() or settings.versions_folder.exists():
        report = dbt_build.build(settings)
        dbt_build.raise_for_failures(report, settings)
        # Agents are values of a slice; a customer may have the id of an agent who is somebody else.
        ids = [one.in_marts if one.kind == AGENT else f"{one.kind}:{one.in_marts}" for one in plan.ids]
        published = publication.publish(settings, accept_revisions=True, erased=ids)
        erased.numbers_restated = published.audit.by_reason.get("erasure", 0)
        versions.remove_versions(settings)
    else:
        for path in (settings.build_file, settings.build_file.with_name("build.duckdb.wal")):
            path.unlink(missing_ok=True)
    for url in postgres_server.known_servers(settings):
        postgres_copy.copy(settings, url)
        shown = postgres_server.check_url(url)
        erased.servers.append(shown)
        if not postgres_cleanup.rewrite(url):
            erased.remarks.append(
                f"{shown}: the planner's statistics may hold the id until they are cleaned up; have the owner of the "
                f"database run: vacuum full {postgres_cleanup.STATISTICS}"
            )
    erased.unknown_files = older_files(settings, began)
    (settings.home / JOURNAL).unlink()
    sync(settings.home)
    return erased
