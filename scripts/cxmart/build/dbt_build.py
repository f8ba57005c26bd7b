"""Building the warehouse: `dbt build` in a process of its own, with a progress bar and findings in plain words."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from cxmart.base.console import err
from cxmart.base.database import check_build, opened, relations
from cxmart.base.errors import CxmartError, DamagedFileError, ExitCode, cause_in, shortened, translate
from cxmart.base.settings import Settings
from cxmart.build import findings
from cxmart.build.failed_tests import FailingRows, keep_failing_rows
from cxmart.build.findings import FINDINGS_TEST
from cxmart.landing import raw_file

FAILED_STATUSES = {"error", "fail", "runtime error", "partial success"}
UNFINISHED_STATUSES = {"None", "started", "compiling", "executing"}


@dataclass(frozen=True)
class NodeProblem:
    """A node that failed or warned: its name, what dbt says of it, and its kind (test, unit_test, model, seed …).

    `failing_rows` are what a data test found.
    """

    name: str
    message: str
    kind: str = ""
    failing_rows: FailingRows | None = None


@dataclass(frozen=True)
class BuildReport:
    """How a build went. Both durations are in seconds; `node_seconds` adds up nodes that ran side by side.

    `findings` are oddities of the data, of which no row is lost; `warnings` are all else that dbt warned of.
    """

    nodes_run: int
    nodes_skipped: int
    failures: list[NodeProblem]
    warnings: list[NodeProblem]
    findings: list[NodeProblem]
    seconds: float
    node_seconds: float


@dataclass
class _Run:
    """What the log of a run has told so far."""

    total: int = 0
    finished: set[str] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)

    def take(self, event: dict[str, Any]) -> None:
        """Take in one event of dbt's JSON log."""
        data, info = event.get("data", {}), event.get("info", {})
        self.total = data.get("node_count", self.total)
        node = data.get("node_info", {})
        if node.get("unique_id") and node.get("node_status") not in UNFINISHED_STATUSES:
            self.finished.add(node["unique_id"])
        elif info.get("level") == "error" and not node:
            self.errors.append(str(info.get("msg", "")).strip())


def build(settings: Settings, *, unit_tests: bool = False) -> BuildReport:
    """Build everything anew from raw.duckdb, and run the tests.

    Args:
        settings: what to build, and where.
        unit_tests: run dbt's unit tests too.

    Returns:
        How it went; failed nodes are in the report, not raised.

    Raises:
        CxmartError: a database is foreign or held, or dbt ended before it ran any node.
    """
    started = time.perf_counter()
    raw_file.prepare(settings)
    _clear(settings)
    results_file = settings.target_path / "run_results.json"
    try:
        results_file.unlink(missing_ok=True)
        settings.log_folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise translate(error, settings.home) from error
    return_code, errors = _run_dbt(settings, _arguments(settings, unit_tests=unit_tests))
    try:
        everything = json.loads(results_file.read_text(encoding="utf-8"))["results"]
    except (OSError, ValueError, KeyError):
        raise _unfinished("dbt built nothing", return_code, errors, settings) from None
    # What runs before and after the nodes is told of too.
    results = [result for result in everything if not result["unique_id"].startswith("operation.")]
    failed = [result for result in everything if result["status"] in FAILED_STATUSES]
    if return_code and not failed:
        raise _unfinished("dbt did not finish", return_code, errors, settings)
    warned = [result for result in results if result["status"] == "warn" and FINDINGS_TEST not in result["unique_id"]]
    failing_rows = keep_failing_rows(
        settings,
        (result for result in [*failed, *warned] if result["unique_id"].startswith("test.") and result["failures"]),
    )
    return BuildReport(
        nodes_run=sum(result["status"] != "skipped" for result in results),
        nodes_skipped=sum(result["status"] == "skipped" for result in results),
        failures=[_problem(result, failing_rows.get(result["unique_id"])) for result in failed],
        warnings=[_problem(result, failing_rows.get(result["unique_id"])) for result in warned],
        findings=_findings(settings) if not failed else [],
        seconds=time.perf_counter() - started,
        node_seconds=sum(result["execution_time"] for result in results),
    )


def _unfinished(what: str, return_code: int, errors: list[str], settings: Settings) -> CxmartError:
    said = [" ".join(error.split()) for error in errors if error]
    # Without room for its log, dbt says so about every line of it.
    of_storage = [line for line in said if cause_in(line) is ExitCode.STORAGE]
    why = shortened(of_storage[0]) if of_storage else "; ".join(said) or f"it ended with code {return_code}"
    cause = ExitCode.STORAGE if of_storage else ExitCode.FAILED
    return CxmartError(f"{what}: {why} (log: {log_file(settings)})", cause)


def _arguments(settings: Settings, *, unit_tests: bool) -> list[str]:
    root = str(settings.project_root)
    arguments = ["build", "--project-dir", root, "--profiles-dir", root]
    arguments += ["--log-format", "json", "--log-path", str(settings.log_folder), "--log-level-file", "debug"]
    return arguments if unit_tests else [*arguments, "--exclude-resource-type", "unit_test"]


def _clear(settings: Settings) -> None:
    """Delete the last build, unless somebody else made or holds it."""
    check_build(settings)
    path = settings.build_file
    if path.exists():
        try:
            # Only a writer keeps readers out; to open it for writing finds readers too.
            with opened(path, settings):
                pass
        except DamagedFileError:
            pass
    try:
        path.unlink(missing_ok=True)
        # What a killed build leaves beside it; a new file would take the log for its own.
        path.with_name(f"{path.name}.wal").unlink(missing_ok=True)
        shutil.rmtree(path.with_name(f"{path.name}.tmp"), ignore_errors=True)
    except OSError as error:
        raise translate(error, path) from error


def _run_dbt(settings: Settings, arguments: list[str]) -> tuple[int, list[str]]:
    """Run dbt and show its progress.

    Returns:
        Its return code, and the errors that it told of besides those of nodes.
    """
    run = _Run()
    columns = (TextColumn("building"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    command = [sys.executable, "-m", "cxmart.build.dbt_process", *arguments]
    with Progress(*columns, console=err, transient=True) as progress:
        bar = progress.add_task("building", total=None)
        with subprocess.Popen(
            command,
            env=settings.dbt_environment(),
            # Never written to; dbt_process ends when it is closed.
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            try:
                for event in _events(process, run.errors.append):
                    run.take(event)
                    progress.update(bar, completed=len(run.finished), total=run.total or None)
            except BaseException:
                # Nothing that it does is kept, so it need not end in order.
                process.kill()
                raise
            finally:
                process.wait()
    return process.returncode, run.errors


def _events(process: subprocess.Popen[str], on_other_line: Callable[[str], None]) -> Iterator[dict[str, Any]]:
    assert process.stdout
    for line in process.stdout:
        try:
            event = json.loads(line)
        except ValueError:
            event = None
        if isinstance(event, dict):
            yield event
        elif line.strip():
            on_other_line(line.strip())


def _problem(result: dict[str, Any], failing_rows: FailingRows | None = None) -> NodeProblem:
    # unique_id is <type>.cxmart.<name>[.<hash>], of a unit test unit_test.cxmart.<model>.<name>.
    kind, _, *names = result["unique_id"].split(".")
    if kind == "test" and result["failures"]:
        rows = f"{result['failures']:,} {'row' if result['failures'] == 1 else 'rows'}"
        return NodeProblem(names[0], rows, kind, failing_rows)
    name = ".".join(names) if kind == "unit_test" else names[0]
    return NodeProblem(name, " ".join((result["message"] or "").split()), kind)


def _findings(settings: Settings) -> list[NodeProblem]:
    """Read what is odd in the data, from the mart that lists it."""
    with opened(settings.build_file, settings, read_only=True) as build:
        if ("marts", "findings") not in relations(build):
            return []
        rows = build.execute(
            """
            select finding, source, table_name, detail, row_count, example_row_id
            from marts.findings
            order by source nulls last, table_name nulls last, finding nulls last, detail nulls last
            """
        ).fetchall()
    return [NodeProblem(row[0], findings.sentence_of(*row)) for row in rows]


def log_file(settings: Settings) -> Path:
    """Tell where dbt writes down all that it does."""
    return settings.log_folder / "dbt.log"


def raise_for_failures(report: BuildReport, settings: Settings) -> None:
    """Turn failed nodes into an error that counts them; the caller has named them before.

    Raises:
        CxmartError: a node failed; its exit code tells data tests from all else.
    """
    count = len(report.failures)
    if not count:
        return
    if all(failure.kind == "test" for failure in report.failures):
        kpis = {kpi_id for failure in report.failures if failure.failing_rows for kpi_id in failure.failing_rows.kpis}
        about = f"{len(kpis)} {'KPI' if len(kpis) == 1 else 'KPIs'} may be wrong" if kpis else "no KPI stands on it"
        raise CxmartError(
            f"{count} data {'test' if count == 1 else 'tests'} failed, so it can't be published ({about}); what was "
            f"published stays; the rows are in schema failures of {settings.build_file}, the log is "
            f"{log_file(settings)}",
            ExitCode.TESTS,
        )
    raise CxmartError(
        f"{count} {'node' if count == 1 else 'nodes'} of the build failed, so it can't be published; "
        f"the log is {log_file(settings)}",
        cause_in(" ".join(failure.message for failure in report.failures)),
    )
