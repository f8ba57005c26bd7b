"""The command line."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from cxmart import building, contract, demo, dictionary, doctor, explaining, files, generating, landing, publishing
from cxmart.drawing import draw_explanation, draw_scorecard
from cxmart.errors import CxmartError, ExitCode, explain
from cxmart.output import complain, err, make_printable, out, say
from cxmart.scorecard import read_scorecard
from cxmart.settings import Settings, read_settings
from cxmart.wording import count

app = typer.Typer(
    name="cxmart",
    help="The customer-service KPI warehouse: load files, build, publish, read the scorecard.",
    epilog=(
        "Exit codes: 0 done; 1 a file was refused or the build failed; 2 a wrong call or setting; "
        "3 a database file is missing, foreign, damaged or held; 4 no room or no permission; 130 interrupted."
    ),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def load(
    source: Annotated[str, typer.Argument(help="The source that the files come from, a folder of models/staging.")],
    paths: Annotated[list[str], typer.Argument(help="Files, folders (with all below them) and patterns.")],
    as_json: AsJson = False,
) -> None:
    """Land files in raw.duckdb: .csv, .tsv, .jsonl, .ndjson (each also .gz or .zst) and .parquet.

    A file is named as its table: tickets.csv, tickets-2026-10.parquet. Each is loaded whole or not at all, and the same
    file again is no work.
    """
    settings = read_settings()
    landed, errors = _load(settings, source, paths)
    if as_json:
        refused = [{"error": str(error)} for error in errors]
        out.print_json(json.dumps({"files": [asdict(file) for file in landed], "errors": refused}))
    else:
        _show_landed(landed)
    if errors:
        _print_refused(landed, errors)
        raise typer.Exit(max(error.exit_code for error in errors))


def _load(settings: Settings, source_name: str, paths: Sequence[str]) -> tuple[list[landing.Landed], list[CxmartError]]:
    """Load files one by one; an error of one is printed, and does not keep the others out."""
    source = contract.read_source(settings.project_root, source_name)
    found = files.find(paths)
    errors = list(found.errors)
    for error in errors:
        complain(error)
    if found.ignored:
        err.print(f"ignored: {', '.join(map(str, found.ignored))}", style="dim", markup=False, soft_wrap=True)
    landed: list[landing.Landed] = []
    if not found.files:
        return landed, errors
    is_made = landing.prepare(settings)
    with err.status("loading") as status:
        for number, file in enumerate(found.files, start=1):
            status.update(f"loading {number} of {len(found.files)}: {escape(file.path.name)}")
            try:
                landed.append(landing.land(file, source, settings))
            except CxmartError as error:
                errors.append(error)
                complain(error)
    if is_made and not landed:
        landing.discard(settings)
    return landed, errors


def _show_landed(landed: Sequence[landing.Landed]) -> None:
    for file in landed:
        if not file.is_new:
            say(f"{file.file}: the same as load {file.load_id} of {file.table}, nothing to do")
    table = _table("file", "table", "rows read", "loaded", "duplicate", "stale", "seconds", numbers_from=2)
    for file in landed:
        if file.is_new:
            numbers = (file.rows_read, file.rows_loaded, file.rows_duplicate, file.rows_stale)
            table.add_row(file.file, file.table, *map(count, numbers), f"{file.seconds:.1f}")
    if table.row_count:
        out.print(table)


def _print_refused(landed: Sequence[landing.Landed], errors: Sequence[CxmartError]) -> None:
    if len(landed) + len(errors) > 1:
        err.print(f"{len(landed)} loaded or known, {len(errors)} not loaded", soft_wrap=True)


@app.command()
def build(
    unit_tests: Annotated[bool, typer.Option("--unit-tests", help="Run dbt's unit tests too.")] = False,
) -> None:
    """Build all marts anew from raw.duckdb, and run the tests; findings are listed."""
    _build(read_settings(), unit_tests=unit_tests)


def _build(settings: Settings, *, unit_tests: bool = False) -> None:
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


@app.command()
def publish() -> None:
    """Put the last build in place as marts.duckdb, in one step; readers keep the old file until they open it again."""
    _publish(read_settings())


def _publish(settings: Settings) -> None:
    published = publishing.publish(settings)
    rows = sum(published.row_counts.values())
    say(f"published {len(published.row_counts)} tables with {count(rows)} rows to {published.file}")


@app.command()
def scorecard(
    grain: Annotated[str | None, typer.Option(help="day, week, month (default) or quarter.")] = None,
    period: Annotated[
        str | None, typer.Option(help="2026-03-05, 2026-W12, 2026-04 or 2026-Q1; by default the newest complete one.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show every KPI of a period beside the period before and its target."""
    card = read_scorecard(read_settings(), grain, period)
    if as_json:
        out.print_json(json.dumps(card.as_json()))
    else:
        draw_scorecard(card, out)


@app.command("explain")
def explain_number(
    kpi: Annotated[str, typer.Argument(help="The KPI, as in kpi_catalog: response_time.")],
    period: Annotated[
        str | None,
        typer.Option(
            help="2026-03-05, 2026-W12, 2026-04, 2026-Q1 or an hour 2026-03-05T14:00; by default the newest month."
        ),
    ] = None,
    slice_text: Annotated[str | None, typer.Option("--slice", help="channel=email; by default overall.")] = None,
    limit: Annotated[int, typer.Option(min=0, help="How many observations to list.")] = 20,
    csv_file: Annotated[Path | None, typer.Option("--csv", help="Write all observations to this file.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show where a published number comes from: what is counted, what was left out and why, added up again."""
    every = None if as_json else limit
    with explaining.explaining(read_settings()) as explainer:
        explanation = explainer.explain(kpi, period, slice_text, every, csv_file)
    if as_json:
        out.print_json(json.dumps(explanation.as_json()))
    else:
        draw_explanation(explanation, out)
    if csv_file:
        err.print(f"all observations are in {csv_file}", markup=False, soft_wrap=True)
    if not explanation.agrees:
        raise CxmartError("the observations do not add up to what is published; please report this with the above")


@app.command("demo")
def run_demo(
    example: Annotated[
        str, typer.Argument(help="sample (a made-up shop with all KPIs), online_retail or uci_incidents (real files).")
    ] = "sample",
) -> None:
    """Load, build, publish and show an example, in a warehouse of its own below CXMART_HOME."""
    if example not in demo.EXAMPLES:
        raise CxmartError(f"no example '{example}'; there are: {', '.join(demo.EXAMPLES)}", ExitCode.USAGE)
    _run_example(demo.EXAMPLES[example])


def _run_example(example: demo.Example) -> None:
    settings = read_settings(demo.environment(example, read_settings()))
    say(example.title, style="bold")
    with err.status("generating") as status:
        paths = demo.files_of(example, settings, lambda text: status.update(escape(text)))
    landed, errors = _load(settings, example.source, paths)
    if errors:
        raise typer.Exit(max(error.exit_code for error in errors))
    _show_landed(landed)
    _build(settings)
    _publish(settings)
    figures, accounting = demo.facts(example, settings)
    out.print()
    say("What the files hold", style="bold")
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column()
    table.add_column(justify="right", no_wrap=True)
    for label, figure in figures:
        table.add_row(label, figure)
    out.print(table)
    out.print()
    say("Where their rows went", style="bold")
    accounts = _table("table", "outcome", "reason", "rows", numbers_from=3)
    for table_name, outcome, reason, rows in accounting.rows:
        accounts.add_row(table_name, outcome, reason, count(rows))
    accounts.add_row("all rows", "", "", count(accounting.rows_in_all), style="bold")
    out.print(accounts)
    out.print()
    draw_scorecard(read_scorecard(settings, period=example.period), out)
    if example.note:
        say(f"\n{example.note}", style="dim")
    out.print()
    home = settings.home.relative_to(Path.cwd()) if settings.home.is_relative_to(Path.cwd()) else settings.home
    say(f"Look further: CXMART_HOME='{home}' cxmart scorecard --grain week")


@app.command("dictionary")
def write_dictionary(
    folder: Annotated[Path | None, typer.Option("--out", help="The folder to write; by default docs/kpis.")] = None,
) -> None:
    """Write the KPI dictionary: a page a KPI, with an example from the sample brand (after `cxmart demo`)."""
    settings = read_settings(demo.environment(demo.EXAMPLES["sample"], read_settings()))
    folder = folder or settings.project_root / "docs" / "kpis"
    with err.status("working out the examples"):
        pages = dictionary.write_dictionary(settings, folder)
    say(f"wrote {pages} pages to {folder}")


@app.command()
def generate(
    folder: Annotated[Path, typer.Option("--out", help="The folder to write, a new or an empty one.")],
    tickets: Annotated[int, typer.Option(help="How many tickets; the other tables follow.")] = 20_000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same files.")] = 1,
    file_format: Annotated[str, typer.Option("--format", help="csv or parquet.")] = "csv",
    from_day: Annotated[str | None, typer.Option("--from", help="The first day, by default 2024-07-01.")] = None,
    to_day: Annotated[str | None, typer.Option("--to", help="The last day, by default 2026-06-30.")] = None,
) -> None:
    """Write a made-up brand of any size in the standard layout (docs/sample-brand.md says what is planted in it)."""
    order = generating.read_order(tickets, seed, file_format, from_day, to_day)
    settings = read_settings()
    tables = contract.read_source(settings.project_root, "standard").tables
    with err.status("making the brand") as status:
        written = generating.generate(
            order, tables, folder, memory_limit=settings.memory_limit, tell=lambda text: status.update(escape(text))
        )
    table = _table("file", "rows", "kB", numbers_from=1)
    for file in written:
        table.add_row(file.file, count(file.rows), count(file.bytes / 1000))
    table.add_row("all", count(sum(f.rows for f in written)), count(sum(f.bytes for f in written) / 1000), style="bold")
    out.print(table)


@app.command("doctor")
def run_doctor() -> None:
    """Print the settings, where each comes from, and the state of the files."""
    settings = read_settings()
    values = _table("setting", "value", "from")
    for setting in doctor.settings_table(settings):
        values.add_row(*setting)
    out.print(values)
    for pairs in (doctor.files_table(settings), doctor.versions_table(settings)):
        out.print()
        table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
        for pair in pairs:
            table.add_row(*pair)
        out.print(table)


def _table(*headings: str, numbers_from: int | None = None) -> Table:
    table = Table(box=None, header_style="dim", padding=(0, 2, 0, 0))
    for place, heading in enumerate(headings):
        is_number = numbers_from is not None and place >= numbers_from
        table.add_column(heading, justify="right" if is_number else "left", overflow="fold")
    return table


def main(arguments: list[str] | None = None) -> None:
    """Run a command, and end the process with its exit code; what goes wrong is said in one sentence.

    Args:
        arguments: those of the command line, without the program; by default the process's.
    """
    make_printable()
    try:
        app(arguments, prog_name="cxmart")
    except CxmartError as error:
        complain(error)
        sys.exit(error.exit_code)
    except OSError as error:
        explained = explain(error, Path.cwd())
        complain(explained)
        sys.exit(explained.exit_code)
