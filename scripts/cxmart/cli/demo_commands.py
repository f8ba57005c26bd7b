"""The commands that show an example, or make one."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from cxmart.base import locking
from cxmart.base.console import err, new_table, out, say, say_json
from cxmart.base.formats import count
from cxmart.base.settings import read_settings
from cxmart.base.suggestions import unknown_name
from cxmart.check import show_rejects
from cxmart.cli.options import AsJson
from cxmart.contract import source_contract
from cxmart.demo import examples, generate
from cxmart.landing import load_files
from cxmart.refresh import steps
from cxmart.report.draw_scorecard import draw_scorecard
from cxmart.report.scorecard import read_scorecard


def run_demo(
    example: Annotated[
        str,
        typer.Argument(
            help="sample (a made-up shop with all KPIs), online_retail or uci_incidents (public data sets to download)."
        ),
    ] = "sample",
    files: Annotated[
        list[str] | None,
        typer.Argument(help="What you downloaded of a public data set: CSV, workbook, or ZIP of one."),
    ] = None,
) -> None:
    """Load, build, publish and show an example, in a warehouse of its own below CXMART_HOME.

    The public data sets do not come with cxmart; docs/public-data.md says where they are.
    """
    if example not in examples.EXAMPLES:
        raise unknown_name("no example", example, examples.EXAMPLES)
    _run_example(examples.EXAMPLES[example], files or [])


def _run_example(example: examples.Example, given: Sequence[str]) -> None:
    settings = read_settings(examples.environment(example, read_settings()))
    say(example.title, style="bold")
    with err.status("preparing the files") as status:
        paths = examples.files_of(example, settings, given, lambda text: status.update(escape(text)))
    source = source_contract.read_source(settings.project_root, example.source)
    landed, errors = load_files.load(settings, source, paths)
    load_files.show_landed(example.source, landed)
    show_rejects.draw_warning(source, landed, settings, err)
    if exit_code := load_files.exit_code(landed, errors):
        raise typer.Exit(exit_code)
    with locking.exclusive(settings, "demo"):
        steps.build(settings)
        # Nobody decides on its numbers, so another version of the project may change them all.
        steps.publish(settings, accept_revisions=True)
    figures, accounting = examples.facts(example, settings)
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
    accounts = new_table("table", "outcome", "reason", "rows", numbers_from=3)
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


def run_generate(
    folder: Annotated[Path, typer.Option("--out", help="The folder to write, a new or an empty one.")],
    tickets: Annotated[int, typer.Option(help="How many tickets; the other tables follow.")] = 20_000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same files.")] = 1,
    file_format: Annotated[str, typer.Option("--format", help="csv or parquet.")] = "csv",
    from_day: Annotated[str | None, typer.Option("--from", help="The first day, by default 2024-07-01.")] = None,
    to_day: Annotated[str | None, typer.Option("--to", help="The last day, by default 2026-06-30.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write a made-up brand of any size in the standard layout (docs/sample-brand.md says what is planted in it)."""
    order = generate.read_order(tickets, seed, file_format, from_day, to_day)
    settings = read_settings()
    tables = source_contract.read_source(settings.project_root, "standard").tables
    with err.status("making the brand") as status:
        written = generate.generate(
            order, tables, folder, memory_limit=settings.memory_limit, tell=lambda text: status.update(escape(text))
        )
    if as_json:
        say_json(written)
        return
    table = new_table("file", "rows", "kB", numbers_from=1)
    for file in written:
        table.add_row(file.file, count(file.rows), count(file.bytes / 1000))
    table.add_row("all", count(sum(f.rows for f in written)), count(sum(f.bytes for f in written) / 1000), style="bold")
    out.print(table)
