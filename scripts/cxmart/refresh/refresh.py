"""Refreshing: what is new is landed, everything is built and tested, audited and published, by one run at a time.

Whatever ends a run, and wherever, the published files are the old or the new ones, and the next run needs no help: raw
is written in transactions, the build is made anew each time, and files are published in one step.
"""

import os
import platform
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from cxmart import __version__
from cxmart.base import locking
from cxmart.base.console import complain, err, say
from cxmart.base.database import is_duckdb_file
from cxmart.base.errors import CxmartError, ExitCode, FullDiskError, first_line, translate
from cxmart.base.settings import Settings
from cxmart.base.signals import Stopper, stoppable
from cxmart.build import seeds
from cxmart.check import commands, show_rejects
from cxmart.contract import dialects, source_contract
from cxmart.landing import load_files, rejects
from cxmart.landing.landed import Landed
from cxmart.publish import postgres_server
from cxmart.refresh import run_log, steps
from cxmart.refresh.run_log import RunLog, Step

COUNTED = (
    *("rows_read", "rows_loaded", "rows_duplicate", "rows_stale", "rows_rejected"),
    *("values_rejected", "rows_conflicting"),
)


@dataclass(frozen=True)
class Drop:
    """A folder that the files of a source are dropped in."""

    source: str
    folder: Path


@dataclass(frozen=True)
class Refreshed:
    """How a run went that has published.

    `refused` says what was wrong with files that could not be landed, `rejected` which files landed no row,
    `not_copied` why a server has not got it.
    """

    run_id: str
    refused: list[str]
    rejected: list[str]
    not_copied: str | None = None

    @property
    def exit_code(self) -> ExitCode:
        """DONE, or the first of SERVER (it could not be copied), REJECTED (no row of a file landed) and REFUSED (a file
        could not be landed).
        """
        if self.not_copied:
            return ExitCode.SERVER
        if self.rejected:
            return ExitCode.REJECTED
        return ExitCode.REFUSED if self.refused else ExitCode.DONE


def read_drops(given: Sequence[str], settings: Settings) -> list[Drop]:
    """Read which folder holds files of which source.

    Args:
        given: `SOURCE=FOLDER`, or `FOLDER` where one source is enabled; by default what `CXMART_DROP` names.
        settings: the enabled sources, and the default.

    Raises:
        CxmartError: a folder is not there, or of no enabled source.
    """
    return [_read_drop(text, settings) for text in given or settings.drop]


def _read_drop(text: str, settings: Settings) -> Drop:
    source, is_named, folder = text.partition("=")
    if not is_named or source not in source_contract.known_sources(settings.project_root):
        source, folder = settings.sources[0], text
        if len(settings.sources) > 1:
            raise CxmartError(
                f"the drop folder '{text}' names no known source, and {len(settings.sources)} are enabled; "
                f"write it as {settings.sources[0]}={text}",
                ExitCode.USAGE,
            )
    if source not in settings.sources:
        raise CxmartError(
            f"the drop folder '{text}' is of source {source}, which is not enabled; add it to CXMART_SOURCES",
            ExitCode.USAGE,
        )
    path = Path(folder).expanduser()
    if not path.is_dir():
        raise CxmartError(f"the drop folder {path} does not exist or is no folder; is it mounted?", ExitCode.USAGE)
    return Drop(source, path)


def refresh(
    settings: Settings,
    drops: Sequence[Drop],
    *,
    server: str | None = None,
    timeout: float | None = None,
    accept_revisions: bool = False,
) -> Refreshed:
    """Land what is new, build, test, audit, publish, copy to a server, and show the scorecard; each step is logged.

    Args:
        settings: the warehouse. Its `run_id` is the id of this run, if it has one.
        drops: the folders to land from.
        server: the address of a PostgreSQL server that gets what is published too, without a password.
        timeout: seconds that the run may take; None for any number.
        accept_revisions: publish even if more final numbers change than the audit allows.

    Returns:
        How it went.

    Raises:
        CxmartError: nothing was published, or the run was stopped after that; the exit code tells why.
    """
    if server:
        postgres_server.check_url(server)
    run_id = settings.run_id or run_log.new_run_id(settings)
    settings = replace(settings, run_id=run_id)
    with stoppable(timeout) as stopper:
        try:
            with locking.exclusive(settings, run_log.RUN):
                return _Refresh(settings, RunLog(settings, run_id), stopper).run(drops, server, accept_revisions)
        except BaseException as error:
            explained = _explained(error, stopper, settings)
            if explained is error:
                raise
            raise explained from error


def _explained(error: BaseException, stopper: Stopper, settings: Settings) -> BaseException:
    """Say what ended a step. Told to stop, the engine raises an error of its own."""
    if stopper.cause is not None:
        return stopper.error()
    return translate(error, settings.home) if isinstance(error, OSError) else error


class _Refresh:
    """One run, from the lock to the scorecard."""

    def __init__(self, settings: Settings, log: RunLog, stopper: Stopper) -> None:
        self._settings = settings
        self._log = log
        self._stopper = stopper

    def run(self, drops: Sequence[Drop], server: str | None, accept_revisions: bool) -> Refreshed:
        """Take all steps; the log has the last word of how it ended."""
        whole = self._log.begin(
            run_log.RUN,
            pid=os.getpid(),
            host=platform.node(),
            cxmart_version=__version__,
            sources=list(self._settings.sources),
            drops={drop.source: str(drop.folder) for drop in drops},
        )
        err.print(f"run {self._log.run_id}", style="dim", soft_wrap=True)
        error: BaseException | None = None
        try:
            # What is wrong there would come up in a minute only, and decides on what lands.
            dialects.check(self._settings)
            seeds.check_seeds(self._settings)
            refused, rejected = self._land(drops)
            self._build()
            self._publish(accept_revisions, refused, rejected)
            not_copied = self._copy(server) if server else None
            self._show()
        except BaseException as raised:
            error = raised
            raise
        finally:
            # What comes now is done in any case.
            self._stopper.acknowledge()
            if error:
                self._log.end(whole, self._as_cxmart_error(error))
        refreshed = Refreshed(self._log.run_id, refused, rejected, not_copied)
        whole.messages += [*refused, *rejected, *([not_copied] if not_copied else [])]
        self._log.end(whole, exit_code=refreshed.exit_code)
        seconds = time.perf_counter() - whole.started
        say(f"run {self._log.run_id} has published in {seconds:.0f} s (log: {self._log.file})")
        return refreshed

    @contextmanager
    def _step(self, name: str, title: str) -> Iterator[Step]:
        self._stopper.check()
        err.print(f"{name}: {title}", style="bold", markup=False, soft_wrap=True)
        step = self._log.begin(name)
        try:
            yield step
        except BaseException as error:
            self._log.end(step, self._as_cxmart_error(error))
            raise
        self._log.end(step)

    def _as_cxmart_error(self, error: BaseException) -> CxmartError:
        explained = _explained(error, self._stopper, self._settings)
        if isinstance(explained, CxmartError):
            return explained
        return CxmartError(f"{type(error).__name__}: {first_line(str(error))}")

    def _land(self, drops: Sequence[Drop]) -> tuple[list[str], list[str]]:
        """Land what is new, and tell what was wrong with files that could not be landed, and which landed no row.

        A file that landed no row is told of each time, until it is put right or taken away.
        """
        refused: list[str] = []
        rejected: list[str] = []
        with self._step("land", "files that are new") as step:
            for drop in drops:
                source = source_contract.read_source(self._settings.project_root, drop.source)
                landed, errors = load_files.load(self._settings, source, [str(drop.folder)], may_be_empty=True)
                load_files.show_landed(source.name, [file for file in landed if file.is_new])
                show_rejects.ask_for_zone(source, landed, self._settings)
                show_rejects.draw_warning(source, landed, self._settings, err)
                rejected += [
                    f"{file.file}: {show_rejects.lost(file)}; "
                    f"see why with: {commands.rejects_command(source.name, file.table)}"
                    for file in landed
                    if file.is_all_rejected
                ]
                _add_up(step.counts.setdefault("sources", {}).setdefault(source.name, {}), landed, len(errors))
                for error in errors:
                    # These are no fault of the file, and the next one would meet them too.
                    if isinstance(error, FullDiskError) or error.exit_code is ExitCode.WAREHOUSE:
                        raise CxmartError(f"nothing was built or published: {error}", error.exit_code) from error
                refused += [str(error) for error in errors]
            step.counts["open_rejects"] = [asdict(table) for table in rejects.count_open(self._settings)]
            step.messages += [*refused, *rejected]
        return refused, rejected

    def _build(self) -> None:
        with self._step("build", "all marts, with all data tests") as step:
            self._set_aside_what_is_no_database()
            report = steps.build(self._settings)
            step.counts.update(nodes_run=report.nodes_run, warnings=len(report.warnings), findings=len(report.findings))

    def _set_aside_what_is_no_database(self) -> None:
        """Make room for a build where the file's beginning is lost, which nobody can tell from a foreign file."""
        build = self._settings.build_file
        if build.exists() and not is_duckdb_file(build):
            aside = build.with_name(f"{build.name}.set-aside-{self._log.run_id}")
            build.rename(aside)
            say(f"{build.name} was no DuckDB database; it is now {aside}, which may be deleted", style="yellow")

    def _publish(self, accept_revisions: bool, refused: Sequence[str], rejected: Sequence[str]) -> None:
        # Without their names, which are nobody's business who reads the marts.
        notes = [f"files of drop folders that could not be landed: {len(refused)}"] if refused else []
        if rejected:
            notes.append(f"files of drop folders of which every row was rejected: {len(rejected)}")
        with self._step("publish", "audit, and put in place") as step:
            published = steps.publish(self._settings, accept_revisions=accept_revisions, notes=notes)
            step.counts.update(
                tables=len(published.row_counts),
                rows=sum(published.row_counts.values()),
                revised_cells=published.audit.revised_cells,
            )
            step.messages += published.warnings

    def _copy(self, server: str) -> str | None:
        """Bring what is published to a server too, and tell why that failed: the files are published all the same."""
        try:
            with self._step("copy", f"to {postgres_server.check_url(server)}") as step:
                copied = steps.copy(self._settings, server)
                step.counts.update(
                    tables=len(copied.row_counts),
                    rows=sum(copied.row_counts.values()),
                    rows_inserted=copied.rows_inserted,
                    rows_deleted=copied.rows_deleted,
                )
        except CxmartError as error:
            complain(error)
            return str(error)
        return None

    def _show(self) -> None:
        with self._step("scorecard", "of the newest complete month") as step:
            try:
                steps.show_scorecard(self._settings)
            except CxmartError as error:
                # It is published all the same, for example before the first month is complete.
                step.messages.append(str(error))
                say(f"no scorecard: {error}", style="yellow")


def _add_up(counts: dict[str, Any], landed: Sequence[Landed], refused: int) -> None:
    """Add files and rows to the counts of a source."""
    new = [file for file in landed if file.is_new]
    added = {"files_new": len(new), "files_known": len(landed) - len(new), "files_refused": refused}
    added["files_rejected"] = sum(file.is_all_rejected for file in landed)
    added |= {name: sum(getattr(file, name) for file in new) for name in COUNTED}
    for name, number in added.items():
        counts[name] = counts.get(name, 0) + number
