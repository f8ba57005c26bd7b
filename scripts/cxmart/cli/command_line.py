"""The command line."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from cxmart import __version__
from cxmart.base.console import complain, make_printable, out
from cxmart.base.errors import CxmartError, translate
from cxmart.base.settings import SETTINGS
from cxmart.cli import (
    demo_commands,
    doctor_command,
    erase_commands,
    load_commands,
    publish_commands,
    report_commands,
)

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


COMMANDS: dict[str, Callable[..., None]] = {
    "load": load_commands.load,
    "check": load_commands.check_files,
    "rejects": load_commands.run_rejects,
    "build": publish_commands.build,
    "publish": publish_commands.publish,
    "refresh": publish_commands.run_refresh,
    "status": publish_commands.show_status,
    "scorecard": report_commands.scorecard,
    "explain": report_commands.explain_number,
    "demo": demo_commands.run_demo,
    "dictionary": report_commands.write_dictionary,
    "forget": erase_commands.forget,
    "generate": demo_commands.run_generate,
    "doctor": doctor_command.run_doctor,
}
EPILOGS = {
    "doctor": "Settings: " + "; ".join(f"{one.name} ({one.default or one.absent}): {one.meaning}" for one in SETTINGS)
}
for name, command in COMMANDS.items():
    app.command(name, epilog=EPILOGS.get(name))(command)


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
