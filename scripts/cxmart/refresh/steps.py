"""The steps that several commands have in common: done, and told at the terminal."""

from collections.abc import Collection

from cxmart.base.console import err, out, printable, say
from cxmart.base.formats import count
from cxmart.base.settings import Settings
from cxmart.build import dbt_build, landed_rows, seeds, unmet_targets
from cxmart.build.dbt_build import BuildReport, NodeProblem
from cxmart.publish import postgres_copy, publication
from cxmart.publish.postgres_copy import Copied
from cxmart.publish.publication import Published
from cxmart.report.draw_scorecard import draw_scorecard
from cxmart.report.scorecard import read_scorecard


def build(settings: Settings, *, unit_tests: bool = False) -> BuildReport:
    """Build all marts, run the tests, and tell how it went.

    Args:
        settings: what to build, and where.
        unit_tests: run dbt's unit tests too.

    Raises:
        CxmartError: a seed can't be used, it could not be built, or a node failed.
    """
    tell_checked(seeds.check_seeds(settings))
    if nothing := landed_rows.nothing_landed(settings):
        say(f"WARNING: {nothing}", style="bold red")
    report = dbt_build.build(settings, unit_tests=unit_tests)
    for warning in report.warnings:
        _tell_warning(warning)
    for finding in report.findings:
        say(f"finding: {finding.message}", style="yellow")
    for text in unmet_targets.unmet(settings):
        say(f"warning: {text}", style="yellow")
    for failure in report.failures:
        _tell_failure(failure)
    if report.nodes_skipped:
        err.print(f"{report.nodes_skipped} nodes were skipped, since they stand on failed ones", soft_wrap=True)
    say(
        f"built {report.nodes_run} nodes in {report.seconds:.1f} s ({report.node_seconds:.1f} s, two at a time); "
        f"findings: {len(report.findings)}, warnings: {len(report.warnings)}, failures: {len(report.failures)}"
    )
    dbt_build.raise_for_failures(report, settings)
    return report


def tell_checked(checked: seeds.Checked) -> None:
    """Say how the seeds are understood, and what in them may be a mistake."""
    for note in checked.notes:
        say(note, style="dim")
    for warning in checked.warnings:
        err.print(f"warning: {printable(warning)}", style="yellow", markup=False, soft_wrap=True)


def _tell_warning(warning: NodeProblem) -> None:
    rows = warning.failing_rows
    what = "data test " if warning.kind == "test" else ""
    say(f"warning: {what}{warning.name}: {warning.message}", style="yellow")
    if rows:
        if rows.meaning:
            say(f"  {rows.meaning}", style="yellow")
        say(f"  all of them are in {rows.table} of the build, such as", style="yellow")
        for text in rows.examples:
            say(f"    {text}", style="yellow")


def _tell_failure(failure: NodeProblem) -> None:
    err.print(f"failed: {failure.name}: {failure.message}", style="red", markup=False, soft_wrap=True)
    rows = failure.failing_rows
    if rows:
        lines = [f"all of them are in {rows.table} of the build, such as", *(f"  {text}" for text in rows.examples)]
        lines.append(f"KPIs that stand on it: {', '.join(rows.kpis) or 'none'}")
        for line in lines:
            err.print(f"  {printable(line)}", markup=False, soft_wrap=True)


def publish(settings: Settings, *, accept_revisions: bool = False, notes: Collection[str] = ()) -> Published:
    """Audit and publish the last build, and tell what was published.

    Args:
        settings: where the build is and where it is published.
        accept_revisions: publish even if more final numbers change than the audit allows.
        notes: what else the published files are to warn of, in sentences.

    Raises:
        CxmartError: it was not published.
    """
    published = publication.publish(settings, accept_revisions=accept_revisions, notes=notes)
    rows = sum(published.row_counts.values())
    say(f"published {len(published.row_counts)} tables with {count(rows)} rows to {published.file}")
    _tell_revisions(published)
    return published


def rollback(settings: Settings, version: str | None = None) -> Published:
    """Put a kept version back, and tell which.

    Args:
        settings: where the versions are.
        version: its name, number or run id; by default the one before what is published.

    Raises:
        CxmartError: there is no such version, or it could not be published.
    """
    published = publication.rollback(settings, version)
    say(f"published run {published.run_id} again, as version {published.version}, to {published.file}")
    _tell_revisions(published)
    say("the next publication of the build takes its place again: stop the scheduler until the cause is mended")
    return published


def copy(settings: Settings, server: str) -> Copied:
    """Copy what is published to a PostgreSQL server, and tell what was changed there.

    Args:
        settings: where the published files are.
        server: its address, without a password.

    Raises:
        CxmartError: it was not copied; the server has what it had.
    """
    copied = postgres_copy.copy(settings, server)
    for table in copied.tables_dropped:
        say(f"dropped {table}, which is no longer published", style="yellow")
    say(
        f"copied run {copied.run_id} to {copied.server}: {len(copied.row_counts)} tables with "
        f"{count(sum(copied.row_counts.values()))} rows, of which {count(copied.rows_inserted)} are new and "
        f"{count(copied.rows_deleted)} older ones were deleted, in {copied.seconds:.1f} s"
    )
    if copied.locked_seconds:
        say(f"tables whose columns changed were locked for {copied.locked_seconds:.1f} s", style="yellow")
    return copied


def _tell_revisions(published: Published) -> None:
    audit = published.audit
    if audit.revised_cells:
        reasons = ", ".join(f"{reason} {count(cells)}" for reason, cells in audit.by_reason.items())
        say(
            f"revised {count(audit.revised_cells)} of {count(audit.final_cells)} final cells ({reasons}); "
            "kpi_revisions lists them",
            style="yellow",
        )
    if audit.restated_cells:
        say(f"restated {count(audit.restated_cells)} cells of KPIs that are defined anew", style="yellow")
    for warning in published.warnings:
        say(f"warning: {warning}", style="yellow")


def tell_next(*commands: str) -> None:
    """Name the commands that most people run next: for who reads along, not for what reads standard output."""
    err.print(f"next: {', then '.join(commands)}", style="dim", markup=False, soft_wrap=True)


def show_scorecard(settings: Settings) -> None:
    """Draw the scorecard of the newest complete month, or of what there is of a younger warehouse.

    Raises:
        CxmartError: nothing is published.
    """
    draw_scorecard(read_scorecard(settings), out)
