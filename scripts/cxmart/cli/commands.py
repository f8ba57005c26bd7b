"""The command line."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from cxmart import __version__
from cxmart.base import locking
from cxmart.base.console import complain, err, make_printable, out, say
from cxmart.base.errors import CxmartError, ExitCode, translate
from cxmart.base.formats import count
from cxmart.base.settings import Settings, parse_duration, read_settings
from cxmart.base.suggestions import unknown_name
from cxmart.build import seeds
from cxmart.check import checkup, draw_checkup, show_rejects
from cxmart.cli import benchmark
from cxmart.contract import source_contract
from cxmart.demo import examples, generate
from cxmart.dictionary import pages
from cxmart.erasure import erase, find_person, journal
from cxmart.landing import load_files, rejects
from cxmart.landing.landed import Landed
from cxmart.publish import postgres_roles, postgres_server, versions, waiting
from cxmart.refresh import doctor, refresh, run_log, status, steps
from cxmart.report import explain
from cxmart.report.draw_explanation import draw_explanation
from cxmart.report.draw_scorecard import draw_scorecard
from cxmart.report.scorecard import read_scorecard

app = typer.Typer(
    name="cxmart",
    help="The customer-service KPI warehouse: load files, build, publish, read the scorecard.",
    epilog=(
        "Exit codes: 0 done; 1 a file was refused or the build failed; 2 a wrong call or setting; "
        "3 a database file is missing, foreign, damaged or held; 4 no room or no permission; "
        "5 published, but a file of a drop folder was refused; 6 a data test failed; 7 the audit stopped it; "
        "8 a source is too old; 9 another run is at work; 10 nothing was published for too long (status); "
        "11 published, but not copied to the server; 12 every row of a file was rejected, the other files landed "
        "(load) and are published (refresh); "
        "124 out of time; 130 interrupted; 137 the last run was killed (status); 143 stopped by SIGTERM."
    ),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

# As many characters of a rejected value are shown.
SHOWN_VALUE = 60

# As many ids of a person are shown of a kind.
SHOWN_IDS = 5

bench = typer.Typer(help="Measure how fast it is on this machine.", no_args_is_help=True)
app.add_typer(bench, name="bench")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def _show_version(wanted: bool) -> None:
    if wanted:
        out.print(f"cxmart {__version__}", highlight=False)
        raise typer.Exit


@app.callback()
def options_of_all(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Take what is said before a command."""


@app.command()
def load(
    source: Annotated[str, typer.Argument(help="The source that the files come from, a folder of models/staging.")],
    paths: Annotated[list[str], typer.Argument(help="Files, folders (with all below them) and patterns.")],
    as_text: Annotated[
        bool, typer.Option("--as-text", help="The source has no YAML yet: land every column as text.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check everything, and land nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Land files in raw.duckdb: .csv, .tsv, .txt, .jsonl, .ndjson (each also .gz or .zst), .parquet, and workbooks.

    A file, or a sheet of a workbook, is named as its table: tickets.csv, tickets_2026-10.parquet. Its good rows land,
    the others are kept for `cxmart rejects`; the same file again is no work (docs/landing.md). Where every row of a
    file was rejected, it ends with exit code 12.
    """
    settings = read_settings()
    read = source_contract.text_source if as_text else source_contract.read_source
    read_source = read(settings.project_root, source)
    steps.tell_checked(seeds.check_seeds(settings, seeds.SEEDS_OF_LOADER))
    landed, errors = load_files.load(settings, read_source, paths, is_dry=dry_run)
    if as_json:
        refused = [{"error": str(error)} for error in errors]
        out.print_json(json.dumps({"files": [file.as_json() for file in landed], "errors": refused}))
    else:
        load_files.show_landed(source, landed, is_dry=dry_run)
        show_rejects.ask_for_zone(read_source, landed, settings)
    if errors:
        _print_refused(landed, errors)
    show_rejects.draw_warning(read_source, landed, settings, err, is_dry=dry_run)
    if not dry_run:
        files = {file.file for file in landed if not file.is_all_rejected}
        run_log.settle(settings, run_log.LOAD, files | {str(Path(file).absolute()) for file in files})
    if exit_code := load_files.exit_code(landed, errors):
        raise typer.Exit(exit_code)
    if not dry_run and not as_json and (found := waiting.read_waiting(settings)) and found.rows_not_built:
        steps.tell_next("cxmart build")


@app.command("check")
def check_files(
    paths: Annotated[list[str], typer.Argument(help="Files, folders (with all below them) and patterns.")],
    source: Annotated[
        str | None, typer.Option(help="The source that the files come from; by default the only one that is enabled.")
    ] = None,
    columns: Annotated[bool, typer.Option("--columns", help="Show every column of every file, too.")] = False,
    write_config: Annotated[
        Path | None,
        typer.Option(
            help="Write the lines of sources.yml that the files need into this folder, and check again with them. "
            "A sources.yml that is there is never written over."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say what files are and what would become of them, and land nothing.

    Of each file: its table, and how many rows would land. Of all: why the others would not, the configuration to
    paste, which KPIs they feed, and the next command. With --columns, which columns are which and what their values
    look like. It ends with 12 where every row of a file would be rejected, with 1 where a file would be refused.
    """
    settings = read_settings()
    if source is None and len(settings.sources) != 1:
        raise CxmartError(
            f"say which source the files come from with --source: {', '.join(settings.sources)}", ExitCode.USAGE
        )
    read_source = source_contract.read_source(settings.project_root, source or settings.sources[0])
    if write_config is not None:
        write_config = checkup.folder_for_lines(write_config, settings)
    steps.tell_checked(seeds.check_seeds(settings, seeds.SEEDS_OF_LOADER))
    found = checkup.check(settings, read_source, paths)
    written = None
    if write_config is not None and found.sources_yml:
        written = checkup.write_lines(found.sources_yml, write_config, settings)
        settings = replace(settings, config=write_config)
        found = checkup.check(settings, read_source, paths)
    if as_json:
        out.print_json(json.dumps({**found.as_json(), "written": str(written) if written else None}))
    else:
        draw_checkup.draw(found, settings, out, paths, by_column=columns, written=written)
        if write_config is not None and written is None:
            say("nothing was written: no lines of configuration would read more", "dim")
    if found.exit_code:
        raise typer.Exit(found.exit_code)


def _print_refused(landed: Sequence[Landed], errors: Sequence[CxmartError]) -> None:
    if len(landed) + len(errors) > 1:
        err.print(f"{len(landed)} loaded or known, {len(errors)} not loaded", soft_wrap=True)


@bench.command("load")
def bench_load(
    rows: Annotated[int, typer.Option(help="How many messages.", min=1)] = 5_000_000,
    repeats: Annotated[int, typer.Option(help="How often each is measured; medians are shown.", min=1)] = 3,
    as_json: AsJson = False,
) -> None:
    """Measure landing beside DuckDB's plain `create table as` of the same file with the same types."""
    settings = read_settings()
    with err.status("measuring") as status:
        measured = benchmark.measure_loads(rows, repeats, settings, lambda text: status.update(escape(text)))
    if as_json:
        out.print_json(json.dumps([asdict(one) for one in measured]))
        return
    headings = ("format", "rows", "MB", "plain s", "load s", "ratio", "reload s", "plain peak MB", "load peak MB")
    table = _table(*headings, numbers_from=1)
    for one in measured:
        seconds = (
            f"{one.plain_seconds:.1f}",
            f"{one.load_seconds:.1f}",
            f"{one.ratio:.2f}",
            f"{one.reload_seconds:.1f}",
        )
        peaks = (count(one.plain_peak_bytes / 1e6), count(one.load_peak_bytes / 1e6))
        table.add_row(one.format, count(one.rows), count(one.file_bytes / 1e6), *seconds, *peaks)
    out.print(table)


@app.command("rejects")
def run_rejects(
    source: Annotated[str | None, typer.Argument(help="Only of this source.")] = None,
    table: Annotated[str | None, typer.Option(help="Only of this table.")] = None,
    export: Annotated[
        Path | None, typer.Option(help="Write all of them to this new CSV file, safe to open in a spreadsheet.")
    ] = None,
    rows: Annotated[
        bool, typer.Option("--rows", help="Show every row with all its faults, not how many have which.")
    ] = False,
    limit: Annotated[int, typer.Option(help="How many reasons of a table, or rows, to show.", min=1)] = 20,
    with_cleared: Annotated[bool, typer.Option("--all", help="Those too that a later load settled.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what did not land, by table, column and reason: of how many rows, for example, and where the first is.

    With --rows, every row with all its faults. A corrected file settles those of the file of the same name, and those
    of the keys that it has.
    """
    settings = read_settings()
    if export or rows:
        found = rejects.read_rejects(settings, source, table, with_cleared=with_cleared)
        if export:
            say(f"wrote {count(rejects.export(found, export))} rejects to {export}")
        elif as_json:
            out.print_json(json.dumps([reject.as_json() for reject in found]))
        elif not show_rejects.draw_rows(found, limit, out):
            _say_none(settings, source, table, with_cleared=with_cleared)
        return
    grouped = rejects.group_rejects(settings, source, table, with_cleared=with_cleared)
    said = show_rejects.hints_of_open(settings, grouped)
    if as_json:
        out.print_json(json.dumps(show_rejects.as_json(grouped, said)))
    elif grouped:
        show_rejects.draw_groups(grouped, said, settings, limit, out)
    else:
        _say_none(settings, source, table, with_cleared=with_cleared)


def _say_none(settings: Settings, source: str | None, table: str | None, *, with_cleared: bool) -> None:
    """Say that nothing is open, and how much there was that is settled."""
    every = [] if with_cleared else rejects.group_rejects(settings, source, table, with_cleared=True)
    settled = sum(one.rows + one.values for one in every)
    ones = "1 earlier one is" if settled == 1 else f"{count(settled)} earlier ones are"
    say(f"no rejected rows; {ones} settled, --all shows them" if settled else "no rejected rows")


@app.command()
def build(
    unit_tests: Annotated[bool, typer.Option("--unit-tests", help="Run dbt's unit tests too.")] = False,
) -> None:
    """Build all marts anew from raw.duckdb, and run the tests; findings are listed."""
    settings = read_settings()
    with locking.exclusive(settings, "build"):
        steps.build(settings, unit_tests=unit_tests)
    steps.tell_next("cxmart publish")


@app.command()
def publish(
    to: Annotated[
        str | None,
        typer.Option(help="Copy what is published to a PostgreSQL server, postgresql://user@host/database, instead."),
    ] = None,
    init: Annotated[
        bool, typer.Option("--init", help="With --to: make the schemas and the roles of readers, once.")
    ] = False,
    accept_revisions: Annotated[
        bool, typer.Option("--accept-revisions", help="Publish even where the audit stops since too much changes.")
    ] = False,
    rollback: Annotated[
        bool, typer.Option("--rollback", help="Put a kept version back: VERSION, by default the one before.")
    ] = False,
    version: Annotated[
        str | None, typer.Argument(metavar="[VERSION]", help="With --rollback: its name, its number or its run id.")
    ] = None,
    list_versions: Annotated[bool, typer.Option("--versions", help="List the versions that are kept.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="With --versions: print JSON.")] = False,
) -> None:
    """Audit the last build, and put it in place as marts.duckdb and marts_people.duckdb (docs/publishing.md).

    Readers keep the old file until they open it again. With --to, what is published goes to a server
    (docs/postgresql.md); its password comes from PGPASSWORD, ~/.pgpass or a service.
    """
    settings = read_settings()
    if sum((init or to is not None, rollback, list_versions)) > 1 or (version is not None and not rollback):
        raise CxmartError("give one of --to, --rollback and --versions; VERSION goes with --rollback", ExitCode.USAGE)
    if init or to is not None:
        _publish_to_server(settings, to, is_init=init)
    elif list_versions:
        _show_versions(versions.versions_of(settings), as_json=as_json)
    elif rollback:
        with locking.exclusive(settings, "publish --rollback"):
            steps.rollback(settings, version)
    else:
        with locking.exclusive(settings, "publish"):
            steps.publish(settings, accept_revisions=accept_revisions)
            run_log.settle(settings, run_log.PUBLISH)
        to_server = (
            [show_rejects.command("cxmart", "publish", "--to", settings.publish_to)] if settings.publish_to else []
        )
        steps.tell_next(*to_server, "cxmart scorecard")


def _show_versions(kept: Sequence[versions.Version], *, as_json: bool) -> None:
    if as_json:
        shown = [{**asdict(one), "folder": str(one.folder)} for one in kept]
        out.print_json(json.dumps(shown, default=lambda instant: f"{instant.isoformat()}Z"))
        return
    if not kept:
        say("no version is kept; `cxmart publish` makes one")
        return
    table = _table("version", "published (UTC)", "as of (UTC)", "run", "")
    for place in (0, 4):
        table.columns[place].no_wrap = True
    for one in kept:
        remarks = ["published"] if one.is_published else []
        remarks += [f"from {one.restored_from.partition('-')[0]}"] if one.restored_from else []
        as_of = f"{one.as_of:%Y-%m-%d %H:%M}" if one.as_of else "-"
        table.add_row(one.name, f"{one.published_at:%Y-%m-%d %H:%M:%S}", as_of, one.run_id, ", ".join(remarks))
    out.print(table)


def _publish_to_server(settings: Settings, to: str | None, *, is_init: bool) -> None:
    if to is None:
        raise CxmartError("--init prepares a server; name it with --to postgresql://user@host/database", ExitCode.USAGE)
    if is_init:
        made = postgres_roles.init(to)
        say(f"{postgres_server.check_url(to)}: " + (f"made {', '.join(made)}" if made else "is prepared already"))
        return
    with locking.exclusive(settings, "publish --to"):
        steps.copy(settings, to)
        run_log.settle(settings, run_log.COPY)


@app.command("refresh")
def run_refresh(
    drop: Annotated[
        list[str] | None,
        typer.Option(
            help="A folder to land from, with all below it: SOURCE=FOLDER, or FOLDER where one source is enabled; "
            "again for more. By default those of CXMART_DROP."
        ),
    ] = None,
    to: Annotated[
        str | None,
        typer.Option(
            help="Copy what is published to a PostgreSQL server too, postgresql://user@host/database; by default "
            "CXMART_PUBLISH_TO."
        ),
    ] = None,
    timeout: Annotated[
        str | None, typer.Option(help="Stop after 90s, 50m or 2h; by default CXMART_REFRESH_TIMEOUT.")
    ] = None,
    accept_revisions: Annotated[
        bool, typer.Option("--accept-revisions", help="Publish even if more final numbers change than is allowed.")
    ] = False,
) -> None:
    """Land what is new, build everything with all data tests, audit, publish, and show the scorecard.

    For a scheduler: one refresh at a time, each step logged below CXMART_HOME/logs/refresh, and nothing published but
    what is right (docs/refresh.md).
    """
    settings = read_settings()
    seconds = parse_duration(timeout, "--timeout") if timeout else settings.refresh_timeout
    refreshed = refresh.refresh(
        settings,
        refresh.read_drops(drop or [], settings),
        server=to or settings.publish_to,
        timeout=seconds,
        accept_revisions=accept_revisions,
    )
    if refreshed.refused:
        err.print(f"{len(refreshed.refused)} not landed, see above; the others are published", soft_wrap=True)
    if refreshed.rejected:
        err.print(f"{len(refreshed.rejected)} landed no row, see above; the others are published", soft_wrap=True)
    if refreshed.not_copied:
        address = postgres_server.check_url(to or settings.publish_to or "")
        err.print(
            "the files are published, the server has the publication before; "
            f"`{show_rejects.command('cxmart', 'publish', '--to', address)}` "
            "or the next refresh brings it over",
            soft_wrap=True,
        )
    raise typer.Exit(refreshed.exit_code)


@app.command("status")
def show_status(
    max_age: Annotated[
        str | None, typer.Option(help="Exit with 10 where nothing was published for so long: 90m, 2h or 1d.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the last run, what is published, how old the data is, and what did not land.

    For a monitor: exits with 0 where all is well, else with the code of the first problem.
    """
    seconds = parse_duration(max_age, "--max-age") if max_age else None
    found = status.read_status(read_settings(), seconds)
    if as_json:
        out.print_json(json.dumps(found.as_json()))
    else:
        status.draw(found, out)
    raise typer.Exit(found.exit_code)


@app.command()
def scorecard(
    grain: Annotated[
        str | None,
        typer.Option(help="day, week, month or quarter; by default month, or a shorter one if none is over."),
    ] = None,
    period: Annotated[
        str | None, typer.Option(help="2026-03-05, 2026-W12, 2026-04 or 2026-Q1; by default the newest complete one.")
    ] = None,
    slice_text: Annotated[
        str | None,
        typer.Option(
            "--slice", help="channel=email for the card of one value, channel for the headline of all of them."
        ),
    ] = None,
    to_date: Annotated[
        bool,
        typer.Option("--to-date", help="The whole days of the running month, beside as many of the month before."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show every KPI of a period beside the period before and its target, the headline ones first.

    A day stands beside the same weekday of the week before. What is not over is judged nowhere.
    """
    card = read_scorecard(read_settings(), grain, period, slice_text=slice_text, to_date=to_date)
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
    of_build: Annotated[bool, typer.Option("--build", help="The number of the last build, published or not.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show where a published number comes from: what is counted, what was left out and why, added up again."""
    every = None if as_json else limit
    with explain.explaining(read_settings(), of_build=of_build) as explainer:
        explanation = explainer.explain(kpi, period, slice_text, every, csv_file)
    if as_json:
        out.print_json(json.dumps(explanation.as_json()))
    else:
        draw_explanation(explanation, out)
    if csv_file:
        err.print(f"all observations are in {csv_file}", markup=False, soft_wrap=True)
    if not explanation.agrees and explanation.note and not of_build:
        raise CxmartError(
            "the facts do not add up to what is published as the last build counts them: its project is another; "
            f"`cxmart explain {kpi} --build` explains the build's number"
        )
    if not explanation.agrees:
        raise CxmartError("the observations do not add up to what is published; please report this with the above")


@app.command("demo")
def run_demo(
    example: Annotated[
        str, typer.Argument(help="sample (a made-up shop with all KPIs), online_retail or uci_incidents (real files).")
    ] = "sample",
) -> None:
    """Load, build, publish and show an example, in a warehouse of its own below CXMART_HOME."""
    if example not in examples.EXAMPLES:
        raise unknown_name("no example", example, examples.EXAMPLES)
    _run_example(examples.EXAMPLES[example])


def _run_example(example: examples.Example) -> None:
    settings = read_settings(examples.environment(example, read_settings()))
    say(example.title, style="bold")
    with err.status("generating") as status:
        paths = examples.files_of(example, settings, lambda text: status.update(escape(text)))
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
    settings = read_settings(examples.environment(examples.EXAMPLES["sample"], read_settings()))
    folder = folder or settings.project_root / "docs" / "kpis"
    with err.status("working out the examples"):
        written = pages.write_dictionary(settings, folder)
    say(f"wrote {written} pages to {folder}")


@app.command()
def forget(
    person: Annotated[
        str | None,
        typer.Argument(help="An id or e-mail address, as in the files; `-` reads it from standard input."),
    ] = None,
    kind: Annotated[
        str | None, typer.Option("--as", help=f"What it is an id of: {', '.join(source_contract.PERSON_KINDS)}.")
    ] = None,
    source: Annotated[str | None, typer.Option(help="The source whose id it is.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would be erased, and change nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="With --dry-run: print JSON.")] = False,
) -> None:
    """Erase a person from raw, build, all published and kept files, servers and logs (docs/erasure.md).

    What was begun and not completed is completed first; without a person, nothing else is done.
    """
    settings = read_settings()
    if kind is not None and kind not in source_contract.PERSON_KINDS:
        raise unknown_name("--as is", kind, source_contract.PERSON_KINDS, others="give one of")
    if as_json and not dry_run:
        raise CxmartError("--json goes with --dry-run", ExitCode.USAGE)
    with locking.exclusive(settings, "forget"):
        begun = journal.pending(settings)
        if begun and not dry_run:
            say("an erasure that was begun is completed first", style="yellow")
            _show_erased(erase.forget(settings, begun))
        if person is None:
            if not begun:
                raise CxmartError("no erasure was begun; say whom to forget", ExitCode.USAGE)
            return
        if person == "-":
            person = sys.stdin.readline()
        if begun and not dry_run and person.strip() in {one.value for one in begun.ids}:
            return
        plan = find_person.find(settings, person, kind, source)
        if as_json:
            out.print_json(json.dumps({**asdict(plan), "files": plan.files}, default=str))
            return
        _show_plan(plan)
        if dry_run:
            say("nothing was changed: this was a dry run")
        else:
            _show_erased(erase.forget(settings, plan))


def _show_plan(plan: find_person.Plan) -> None:
    for kind in source_contract.PERSON_KINDS:
        values = [one.value for one in plan.ids if one.kind == kind]
        if values:
            more = f" and {len(values) - SHOWN_IDS} more" if len(values) > SHOWN_IDS else ""
            say(f"{kind}: {', '.join(values[:SHOWN_IDS])}{more}")
    table = _table("table", "rows deleted", "rows that lose the id", numbers_from=1)
    for one in plan.tables:
        table.add_row(one.table, count(one.rows_deleted), count(one.rows_blanked))
    if plan.rejects:
        table.add_row("_rejects", "0", count(plan.rejects))
    out.print(table)
    for file in plan.files:
        say(f"came from {file}", style="yellow")


def _show_erased(erased: erase.Erased) -> None:
    say(f"erased; {count(erased.numbers_restated)} final numbers are restated (kpi_revisions, reason erasure)")
    for server in erased.servers:
        say(f"erased from {server}")
    for remark in erased.remarks:
        say(remark, style="yellow")
    if erased.plan.files:
        say("the files named above are yours: delete them, or the person in them, and in their copies", style="yellow")
    for place in erased.still_named:
        say(f"the same text stands in {place}; if it is the person, declare it (docs/erasure.md)", style="yellow")
    for file in erased.unknown_files:
        say(f"{file} is older than this erasure and not cxmart's: look whether the person is in it", style="yellow")


@app.command("generate")
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
        out.print_json(json.dumps([asdict(file) for file in written], default=str))
        return
    table = _table("file", "rows", "kB", numbers_from=1)
    for file in written:
        table.add_row(file.file, count(file.rows), count(file.bytes / 1000))
    table.add_row("all", count(sum(f.rows for f in written)), count(sum(f.bytes for f in written) / 1000), style="bold")
    out.print(table)


@app.command("doctor")
def run_doctor(as_json: AsJson = False) -> None:
    """Print the settings, where each comes from, and the state of the files."""
    settings = read_settings()
    if as_json:
        content = {
            "settings": {
                name: {"value": value, "from": given} for name, value, given in doctor.settings_table(settings)
            },
            "columns_that_never_land": dict(doctor.columns_that_never_land()),
            "files": dict(doctor.files_table(settings)),
            "versions": dict(doctor.versions_table(settings)),
        }
        out.print_json(json.dumps(content))
        return
    # In lines rather than tables: a path that goes on in the next line can't be copied.
    rows = doctor.settings_table(settings)
    width = max(len(name) for name, _, _ in rows)
    say(f"{'setting':{width}}  {'from':11}  value", style="dim")
    for name, value, given in rows:
        say(f"{name:{width}}  {given:11}  {value}")
    out.print()
    say("Columns that never land, by the last words of their names")
    for kind, names in doctor.columns_that_never_land():
        say(f"  {kind}: {', '.join(names)}")
    out.print()
    for file, size in doctor.files_table(settings):
        say(f"{size:>11}  {file}")
    out.print()
    for what, version in doctor.versions_table(settings):
        say(f"{what:7}  {version}")


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
        explained = translate(error, Path.cwd())
        complain(explained)
        sys.exit(explained.exit_code)
