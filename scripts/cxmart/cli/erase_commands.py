"""The command that erases a person."""

import sys
from dataclasses import asdict, fields
from typing import Annotated

import typer

from cxmart.base import locking
from cxmart.base.console import Format, chosen_format, new_table, out, say, say_for_programs
from cxmart.base.errors import CxmartError, ExitCode
from cxmart.base.formats import count
from cxmart.base.settings import read_settings
from cxmart.base.suggestions import unknown_name
from cxmart.cli.options import AsFormat, AsJson
from cxmart.contract import source_contract
from cxmart.erasure import erase, find_person, journal

# As many ids of a person are shown of a kind.
SHOWN_IDS = 5


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
    output: AsFormat = None,
    as_json: AsJson = False,
) -> None:
    """Erase a person from raw, build, all published and kept files, servers and logs (docs/erasure.md).

    What was begun and not completed is completed first; without a person, nothing else is done.
    """
    output = chosen_format(output, as_json=as_json)
    settings = read_settings()
    if kind is not None and kind not in source_contract.PERSON_KINDS:
        raise unknown_name("--as is", kind, source_contract.PERSON_KINDS, others="give one of")
    if output is not Format.TEXT and not dry_run:
        raise CxmartError("--format and --json go with --dry-run", ExitCode.USAGE)
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
        if say_for_programs(
            output,
            lambda: {**asdict(plan), "files": plan.files},
            lambda: (map(asdict, plan.tables), [field.name for field in fields(find_person.TablePlan)]),
        ):
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
    table = new_table("table", "rows deleted", "rows that lose the id", numbers_from=1)
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
