"""The commands that build, publish and refresh, and the one that tells how it is."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Annotated

import typer

from cxmart.base import locking
from cxmart.base.console import Format, chosen_format, err, new_table, out, say, say_for_programs
from cxmart.base.errors import CxmartError, ExitCode
from cxmart.base.json_values import flattened
from cxmart.base.setting_parsers import parse_duration
from cxmart.base.settings import Settings, read_settings
from cxmart.check import commands
from cxmart.cli.options import AsFormat, AsJson
from cxmart.publish import postgres_roles, postgres_server, versions
from cxmart.refresh import refresh, run_log, status, steps


def build(
    unit_tests: Annotated[bool, typer.Option("--unit-tests", help="Run dbt's unit tests too.")] = False,
) -> None:
    """Build all marts anew from raw.duckdb, and run the tests; findings are listed."""
    settings = read_settings()
    with locking.exclusive(settings, "build"):
        steps.build(settings, unit_tests=unit_tests)
    steps.tell_next("cxmart publish")


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
    output: AsFormat = None,
    as_json: AsJson = False,
) -> None:
    """Audit the last build, and put it in place as marts.duckdb and marts_people.duckdb (docs/publishing.md).

    Readers keep the old file until they open it again. With --to, what is published goes to a server
    (docs/postgresql.md); its password comes from PGPASSWORD, ~/.pgpass or a service.
    """
    output = chosen_format(output, as_json=as_json)
    settings = read_settings()
    if sum((init or to is not None, rollback, list_versions)) > 1 or (version is not None and not rollback):
        raise CxmartError("give one of --to, --rollback and --versions; VERSION goes with --rollback", ExitCode.USAGE)
    if init or to is not None:
        _publish_to_server(settings, to, is_init=init)
    elif list_versions:
        _show_versions(versions.versions_of(settings), output)
    elif rollback:
        with locking.exclusive(settings, "publish --rollback"):
            steps.rollback(settings, version)
    else:
        with locking.exclusive(settings, "publish"):
            steps.publish(settings, accept_revisions=accept_revisions)
            run_log.settle(settings, run_log.PUBLISH)
        to_server = [commands.command("cxmart", "publish", "--to", settings.publish_to)] if settings.publish_to else []
        steps.tell_next(*to_server, "cxmart scorecard")


def _show_versions(kept: Sequence[versions.Version], output: Format) -> None:
    columns = [field.name for field in fields(versions.Version)]
    if say_for_programs(output, lambda: kept, lambda: (map(asdict, kept), columns)):
        return
    if not kept:
        say("no version is kept; `cxmart publish` makes one")
        return
    table = new_table("version", "published (UTC)", "as of (UTC)", "run", "")
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
            f"`{commands.command('cxmart', 'publish', '--to', address)}` "
            "or the next refresh brings it over",
            soft_wrap=True,
        )
    raise typer.Exit(refreshed.exit_code)


def show_status(
    max_age: Annotated[
        str | None, typer.Option(help="Exit with 10 where nothing was published for so long: 90m, 2h or 1d.")
    ] = None,
    output: AsFormat = None,
    as_json: AsJson = False,
) -> None:
    """Show the last run, what is published, how old the data is, and what did not land.

    For a monitor: exits with 0 where all is well, else with the code of the first problem.
    """
    output = chosen_format(output, as_json=as_json)
    seconds = parse_duration(max_age, "--max-age") if max_age else None
    found = status.read_status(read_settings(), seconds)
    if not say_for_programs(output, found.as_json, lambda: (flattened(found.as_json()), ("name", "value"))):
        status.draw(found, out)
    raise typer.Exit(found.exit_code)
