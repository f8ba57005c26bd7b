"""Runs dbt, as `python -m cxmart.build.dbt_process <arguments>`, and ends with the process that started it.

A dbt that outlives its parent would go on writing the build, in the way of the next run. Its standard input is a pipe
that only the parent holds open: when that is closed, however the parent ended, so does this.
"""

import os
import signal
import sys
import threading


def main() -> None:
    """Run dbt until it has ended, or standard input has."""
    threading.Thread(target=_end_with_input, daemon=True).start()
    from dbt.cli.main import cli

    cli(prog_name="dbt")


def _end_with_input() -> None:
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
