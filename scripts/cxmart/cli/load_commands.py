"""The commands about files: load, check and rejects."""

from collections.abc import Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Annotated

import typer

from cxmart.base.console import Format, chosen_format, err, out, say, say_for_programs
from cxmart.base.errors import CxmartError, ExitCode
from cxmart.base.formats import count
from cxmart.base.settings import Settings, read_settings
from cxmart.build import seeds
from cxmart.check import checkup, config_lines, draw_checkup, show_rejects
from cxmart.cli.options import AsFormat, AsJson
from cxmart.contract import source_contract
from cxmart.landing import load_files, rejects
from cxmart.landing.landed import Landed
from cxmart.publish import waiting
from cxmart.refresh import run_log, steps

# What is told of a file to programs, a column each.
TOLD_OF_FILES = [field.name for field in fields(Landed) if field.name not in ("reject_groups", "local_time")]


def load(
    source: Annotated[str, typer.Argument(help="The source that the files come from, a folder of models/staging.")],
    paths: Annotated[list[str], typer.Argument(help="Files, folders (with all below them) and patterns.")],
    as_text: Annotated[
        bool, typer.Option("--as-text", help="The source has no YAML yet: land every column as text.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check everything, and land nothing.")] = False,
    output: AsFormat = None,
    as_json: AsJson = False,
) -> None:
    """Land files in raw.duckdb: .csv, .tsv, .txt, .jsonl, .ndjson (each also .gz or .zst), .parquet, and workbooks.

    A file, or a sheet of a workbook, is named as its table: tickets.csv, tickets_2026-10.parquet. Its good rows land,
    the others are kept for `cxmart rejects`; the same file again is no work (docs/landing.md). Where every row of a
    file was rejected, it ends with exit code 12.
    """
    output = chosen_format(output, as_json=as_json)
    settings = read_settings()
    read = source_contract.text_source if as_text else source_contract.read_source
    read_source = read(settings.project_root, source)
    steps.tell_checked(seeds.check_seeds(settings, seeds.SEEDS_OF_LOADER))
    landed, errors = load_files.load(settings, read_source, paths, is_dry=dry_run)
    refused = [{"error": str(error)} for error in errors]
    if not say_for_programs(
        output,
        lambda: {"files": [file.as_json() for file in landed], "errors": refused},
        lambda: ([*map(asdict, landed), *refused], (*TOLD_OF_FILES, "error")),
    ):
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
    if not dry_run and output is Format.TEXT and (found := waiting.read_waiting(settings)) and found.rows_not_built:
        steps.tell_next("cxmart build")


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
    output: AsFormat = None,
    as_json: AsJson = False,
) -> None:
    """Say what files are and what would become of them, and land nothing.

    Of each file: its table, and how many rows would land. Of all: why the others would not, the configuration to
    paste, which KPIs they feed, and the next command. With --columns, which columns are which and what their values
    look like. It ends with 12 where every row of a file would be rejected, with 1 where a file would be refused.
    """
    output = chosen_format(output, as_json=as_json)
    settings = read_settings()
    if source is None and len(settings.sources) != 1:
        raise CxmartError(
            f"say which source the files come from with --source: {', '.join(settings.sources)}", ExitCode.USAGE
        )
    read_source = source_contract.read_source(settings.project_root, source or settings.sources[0])
    if write_config is not None:
        write_config = config_lines.folder_for_lines(write_config, settings)
    steps.tell_checked(seeds.check_seeds(settings, seeds.SEEDS_OF_LOADER))
    found = checkup.check(settings, read_source, paths)
    written = None
    if write_config is not None and found.sources_yml:
        written = config_lines.write_lines(found.sources_yml, write_config, settings)
        settings = replace(settings, config=write_config)
        found = checkup.check(settings, read_source, paths)
    if not say_for_programs(
        output,
        lambda: {**found.as_json(), "written": written},
        found.rows_of_columns if columns else found.rows_of_files,
    ):
        draw_checkup.draw(found, settings, out, paths, by_column=columns, written=written)
        if write_config is not None and written is None:
            say("nothing was written: no lines of configuration would read more", "dim")
    if found.exit_code:
        raise typer.Exit(found.exit_code)


def _print_refused(landed: Sequence[Landed], errors: Sequence[CxmartError]) -> None:
    if len(landed) + len(errors) > 1:
        err.print(f"{len(landed)} loaded or known, {len(errors)} not loaded", soft_wrap=True)


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
    output: AsFormat = None,
    as_json: AsJson = False,
) -> None:
    """Show what did not land, by table, column and reason: of how many rows, for example, and where the first is.

    With --rows, every row with all its faults. A corrected file settles those of the file of the same name, and those
    of the keys that it has.
    """
    output = chosen_format(output, as_json=as_json)
    settings = read_settings()
    if export or rows:
        found = rejects.read_rejects(settings, source, table, with_cleared=with_cleared)
        if export:
            say(f"wrote {count(rejects.export(found, export))} rejects to {export}")
        elif say_for_programs(
            output,
            lambda: list(found),
            lambda: (map(asdict, found), [field.name for field in fields(rejects.Reject)]),
        ):
            pass
        elif not show_rejects.draw_rows(found, limit, out):
            _say_none(settings, source, table, with_cleared=with_cleared)
        return
    grouped = rejects.group_rejects(settings, source, table, with_cleared=with_cleared)
    said = show_rejects.hints_of_open(settings, grouped)
    if say_for_programs(
        output, lambda: show_rejects.as_json(grouped, said), lambda: show_rejects.as_rows(grouped, said)
    ):
        return
    if grouped:
        show_rejects.draw_groups(grouped, said, settings, limit, out)
    else:
        _say_none(settings, source, table, with_cleared=with_cleared)


def _say_none(settings: Settings, source: str | None, table: str | None, *, with_cleared: bool) -> None:
    """Say that nothing is open, and how much there was that is settled."""
    every = [] if with_cleared else rejects.group_rejects(settings, source, table, with_cleared=True)
    settled = sum(one.rows + one.values for one in every)
    ones = "1 earlier one is" if settled == 1 else f"{count(settled)} earlier ones are"
    say(f"no rejected rows; {ones} settled, --all shows them" if settled else "no rejected rows")
