"""The steps that several commands have in common: done, and told at the terminal."""

from cxmart import building, publishing
from cxmart.building import BuildReport
from cxmart.drawing import draw_scorecard
from cxmart.output import err, out, say
from cxmart.publishing import Published
from cxmart.scorecard import read_scorecard
from cxmart.settings import Settings
from cxmart.wording import count


def build(settings: Settings, *, unit_tests: bool = False) -> BuildReport:
    """Build all marts, run the tests, and tell how it went.

    Args:
        settings: what to build, and where.
        unit_tests: run dbt's unit tests too.

    Raises:
        CxmartError: it could not be built, or a node failed.
    """
    report = building.build(settings, unit_tests=unit_tests)
    for warning in report.warnings:
        say(f"warning: {warning.name}: {warning.message}", style="yellow")
    for finding in report.findings:
        say(f"finding: {finding.name}: {finding.message}", style="yellow")
    for failure in report.failures:
        err.print(f"failed: {failure.name}: {failure.message}", style="red", markup=False, soft_wrap=True)
    if report.nodes_skipped:
        err.print(f"{report.nodes_skipped} nodes were skipped, since they stand on failed ones", soft_wrap=True)
    say(
        f"built {report.nodes_run} nodes in {report.seconds:.1f} s ({report.node_seconds:.1f} s, two at a time); "
        f"findings: {len(report.findings)}, warnings: {len(report.warnings)}, failures: {len(report.failures)}"
    )
    building.raise_for_failures(report, settings)
    return report


def publish(settings: Settings) -> Published:
    """Publish the last build, and tell what was published.

    Raises:
        CxmartError: it was not published.
    """
    published = publishing.publish(settings)
    rows = sum(published.row_counts.values())
    say(f"published {len(published.row_counts)} tables with {count(rows)} rows to {published.file}")
    return published


def show_scorecard(settings: Settings) -> None:
    """Draw the scorecard of the newest complete month.

    Raises:
        CxmartError: nothing is published, or no month is complete.
    """
    draw_scorecard(read_scorecard(settings), out)
