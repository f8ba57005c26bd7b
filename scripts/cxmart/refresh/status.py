"""How the warehouse is: the last run, what is published, how old the data is, and what did not land."""

import re
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cxmart.base import locking
from cxmart.base.console import new_table, printable
from cxmart.base.database import opened, relations
from cxmart.base.errors import CxmartError, DamagedFileError, ExitCode
from cxmart.base.formats import MISSING, count, duration
from cxmart.base.json_values import plain_object
from cxmart.base.locking import Holder
from cxmart.base.settings import Settings
from cxmart.build import freshness
from cxmart.build.freshness import Limits, SourceAge
from cxmart.erasure import journal
from cxmart.landing import rejects
from cxmart.landing.rejects import OpenRejects
from cxmart.publish import waiting
from cxmart.publish.waiting import Waiting
from cxmart.refresh import run_log
from cxmart.refresh.run_log import Run

# So many runs are looked through for the last one that has ended.
RUNS_LOOKED_AT = 50

# How the warnings of a publication name a data test.
WARNED_TEST = re.compile(r"\bdata test (\w+)")

DEFAULT_LIMIT = "CXMART_MAX_DATA_AGE_HOURS"


@dataclass(frozen=True)
class Publication:
    """What is published. Instants are in UTC without an offset; `tests_warned` counts data tests that only warned;
    `warnings` are in sentences, `warned_tests` names those tests with the rows that they found, where that is known."""

    run_id: str
    published_at: datetime | None
    as_of: datetime | None
    tests_passed: int
    tests_warned: int
    warnings: str | None = None
    warned_tests: tuple[str, ...] = ()


@dataclass(frozen=True)
class Problem:
    """Something that is not as it should be, with the exit code that stands for it."""

    exit_code: ExitCode
    message: str


@dataclass(frozen=True)
class Status:
    """How the warehouse is at an instant (`at`, UTC).

    `running` is who is at work now, and `last_run` the newest run that is not. `rejects_of_run` names the run that
    counted the rejects, where raw.duckdb is in use; None means that they were counted now. `rejects` is None where
    nobody knows, `waiting` while a file is in use. `is_erasure_pending` says that one was begun, is not completed, and
    nobody is at work.
    """

    at: datetime
    running: Holder | None
    last_run: Run | None
    published: Publication | None
    sources: list[SourceAge]
    rejects: list[OpenRejects] | None
    rejects_of_run: str | None
    is_erasure_pending: bool
    problems: list[Problem] = field(default_factory=list)
    waiting: Waiting | None = None

    @property
    def exit_code(self) -> ExitCode:
        """DONE where all is well, else that of the first problem."""
        return self.problems[0].exit_code if self.problems else ExitCode.DONE

    def as_json(self) -> dict[str, Any]:
        """Give it as data that JSON can hold; instants as ISO 8601."""
        return plain_object({**asdict(self), "exit_code": self.exit_code})


def read_status(settings: Settings, max_age: float | None = None) -> Status:
    """Look at the logs, the lock and the files; nothing is changed, and nothing waits.

    Args:
        settings: where they are, and the clock.
        max_age: seconds that may have passed since the last publication; None for any number.

    Raises:
        CxmartError: a file is damaged.
    """
    running = locking.holder(settings)
    runs = run_log.read_runs(settings, RUNS_LOOKED_AT)
    last_run = next((run for run in runs if not running or run.run_id != running.run_id), None)
    published, sources = _read_published(settings)
    open_rejects, rejects_of_run = _read_rejects(settings, runs)
    status = Status(
        at=settings.now().replace(tzinfo=None),
        running=running,
        last_run=last_run,
        published=published,
        sources=sources,
        rejects=open_rejects,
        rejects_of_run=rejects_of_run,
        is_erasure_pending=journal.is_pending(settings) and not running,
        waiting=waiting.read_waiting(settings),
    )
    return replace(status, problems=_find_problems(status, max_age))


def _read_published(settings: Settings) -> tuple[Publication | None, list[SourceAge]]:
    """Read what the published file says of itself, and how old its data is by now."""
    if not settings.marts_file.exists():
        return None, []
    with opened(settings.marts_file, settings, read_only=True) as marts:
        found = {name for _, name in relations(marts)}
        if "publication" not in found:
            raise CxmartError(f"{settings.marts_file} was not published by cxmart", ExitCode.WAREHOUSE)
        cursor = marts.execute("from publication")
        row = dict(zip([column[0] for column in cursor.description or []], cursor.fetchall()[0], strict=True))
        told = (
            marts.execute(
                """
                select source, newest_at, newest_loaded_at, warn_after_seconds, error_after_seconds
                from publication_sources
                order by source nulls last
                """
            ).fetchall()
            if "publication_sources" in found
            else []
        )
    published = Publication(
        run_id=row["run_id"],
        published_at=row.get("published_at"),
        as_of=row["as_of"],
        tests_passed=row["tests_passed"],
        tests_warned=row["tests_warned"],
        warnings=row.get("warnings"),
        warned_tests=tuple(WARNED_TEST.findall(row.get("warnings") or "")),
    )
    ages = [_judged(source, newest, loaded, Limits(*limits), settings) for source, newest, loaded, *limits in told]
    return published, ages


def _judged(
    source: str, newest: datetime | None, loaded: datetime | None, limits: Limits, settings: Settings
) -> SourceAge:
    """Tell how old the data of a source is now, by the limits of its YAML, or by the default where that has none."""
    is_default = limits == Limits() and settings.max_data_age is not None
    if is_default:
        limits = Limits(warn_after=settings.max_data_age)
    judged = freshness.judge(source, newest, loaded, limits, settings.now())
    return replace(judged, is_default_limit=is_default)


def _read_rejects(settings: Settings, runs: list[Run]) -> tuple[list[OpenRejects] | None, str | None]:
    """Count open rejects, or give what a run counted while raw.duckdb is in use."""
    try:
        return rejects.count_open(settings), None
    except DamagedFileError:
        raise
    except CxmartError:
        for run in runs:
            counted = run.counts.get("land", {}).get("open_rejects")
            if counted is not None:
                return [OpenRejects(**{"files": 0, **table}) for table in counted], run.run_id
        return None, None


def _find_problems(status: Status, max_age: float | None) -> list[Problem]:
    """List what is not as it should be, the cause before what follows from it."""
    problems = []
    run = status.last_run
    if run and run.exit_code is None and not run.settled_by:
        problems.append(
            Problem(
                ExitCode.KILLED,
                f"run {run.run_id} was killed in step {run.step or 'none'}, or the machine stopped",
            )
        )
    elif run and run.exit_code and not _is_settled(run, status):
        what = "; ".join(run.messages)
        problems.append(Problem(ExitCode(run.exit_code), f"run {run.run_id} ended with {run.cause}: {what}"))
    if status.is_erasure_pending:
        problems.append(Problem(ExitCode.FAILED, "an erasure was begun and is not completed; run `cxmart forget`"))
    if not status.published:
        problems.append(Problem(ExitCode.WAREHOUSE, f"nothing is published yet; {_what_to_do(status)}"))
    for source in status.sources:
        if source.state in (freshness.LATE, freshness.TOO_LATE, freshness.NO_DATA):
            problems.append(Problem(ExitCode.STALE, _staleness(source)))
    if status.published and max_age is not None:
        at = status.published.published_at
        if at is None or (status.at - at).total_seconds() > max_age:
            problems.append(Problem(ExitCode.OVERDUE, f"nothing was published for more than {max_age:g} s"))
    return problems


def _is_settled(run: Run, status: Status) -> bool:
    """Whether somebody has done since what the run did not come to; rejects that are put right are open no more."""
    if run.exit_code == ExitCode.REJECTED and status.rejects is not None and not status.rejects_of_run:
        return bool(run.settled_by) or not any(rejected.rows for rejected in status.rejects)
    return bool(run.settled_by)


def _what_to_do(status: Status) -> str:
    """Say what is to be done until something is published."""
    found = status.waiting
    if found and not found.rows_landed and not found.unpublished_run:
        return "run `cxmart load standard FOLDER`, `cxmart build` and `cxmart publish`"
    if found and (sentence := found.sentence):
        return sentence
    return "run `cxmart refresh`"


def _staleness(source: SourceAge) -> str:
    by = DEFAULT_LIMIT if source.is_default_limit else "its YAML"
    limit = source.warn_after_seconds
    if source.state == freshness.TOO_LATE or limit is None:
        limit = source.error_after_seconds
    allowed = f"{by} allows {duration(limit or 0)}"
    if source.age_seconds is None:
        return f"nobody knows how old the data of {source.source} is: nothing in it has a time ({allowed})"
    return (
        f"the data of {source.source} is {source.state.replace('_', ' ')}: the newest in it is "
        f"{duration(source.age_seconds)} old, and {allowed}"
    )


def draw(status: Status, console: Console) -> None:
    """Show how the warehouse is, problems first."""
    if status.problems:
        for problem in status.problems:
            console.print(
                Text(f"problem {problem.exit_code}: {printable(problem.message)}", style="red"), soft_wrap=True
            )
    else:
        console.print(Text("all is well", style="green"))
    console.print()
    facts = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for name, text in _facts(status):
        facts.add_row(Text(name, style="dim"), Text(printable(text)))
    console.print(facts)
    if status.sources:
        console.print()
        console.print(_table_of_sources(status.sources))
        if text := _explained_limits(status.sources):
            console.print(Text(text, style="dim"), soft_wrap=True)
    if status.rejects:
        console.print()
        console.print(_table_of_rejects(status.rejects))
        if status.rejects_of_run:
            console.print(Text(f"as counted by run {status.rejects_of_run}; raw.duckdb is in use now", style="dim"))


def _facts(status: Status) -> list[tuple[str, str]]:
    facts = []
    if status.running:
        facts.append(("at work", str(status.running)))
    run = status.last_run
    if run is None:
        facts.append(("last run", "none"))
    elif run.exit_code is None:
        facts.append(("last run", f"{run.run_id}, since {run.started_at or MISSING}, never ended{_since(run)}"))
    else:
        ended = f"{run.cause} after {duration(run.seconds or 0)}, at {run.ended_at}"
        facts.append(("last run", f"{run.run_id}, {ended}{_since(run)}"))
    published = status.published
    if published is None:
        facts.append(("published", "nothing"))
    else:
        at = f", since {published.published_at:%Y-%m-%d %H:%M:%S} UTC" if published.published_at else ""
        facts.append(("published", f"run {published.run_id}{at}"))
        facts.append(("data as of", f"{published.as_of:%Y-%m-%d %H:%M:%S} UTC" if published.as_of else "no data"))
        which = f" ({', '.join(published.warned_tests)})" if published.warned_tests else ""
        tests = f"{count(published.tests_passed)} passed, {count(published.tests_warned)} warned{which}"
        facts.append(("tests", tests))
        if published.warnings:
            facts.append(("warnings", published.warnings))
    if published and status.waiting and (waits := status.waiting.sentence):
        facts.append(("waiting", waits))
    if not status.rejects:
        facts.append(("rejected rows", "unknown: raw.duckdb is in use" if status.rejects is None else "none open"))
    return facts


def _since(run: Run) -> str:
    return f"; put right since by cxmart {run.settled_by}" if run.settled_by else ""


def _table_of_sources(sources: list[SourceAge]) -> Table:
    table = new_table("source", "newest in it (UTC)", "age", "marked after", "stopped after", "state")
    for source in sources:
        seconds = (source.age_seconds, source.warn_after_seconds, source.error_after_seconds)
        table.add_row(
            source.source,
            str(source.newest_at or MISSING),
            *(MISSING if number is None else duration(max(number, 0)) for number in seconds),
            source.state.replace("_", " "),
        )
    return table


def _explained_limits(sources: list[SourceAge]) -> str:
    """Say where limits come from that nobody has set; nothing where all are of YAMLs."""
    if any(source.is_default_limit for source in sources):
        return f"marked by {DEFAULT_LIMIT}, as the YAML of the source sets no limit (docs/refresh.md)"
    if any(source.state == freshness.NO_LIMIT for source in sources):
        return f"no limit: neither the YAML of the source nor {DEFAULT_LIMIT} sets one (docs/refresh.md)"
    return ""


def _table_of_rejects(found: list[OpenRejects]) -> Table:
    table = new_table("source", "table", "rejected rows, open", "values of other rows", numbers_from=2)
    for rejected in found:
        table.add_row(rejected.source, printable(rejected.table), count(rejected.rows), count(rejected.values))
    return table
