"""An end to statements that would run for ever."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

# A mutant may join every row with every other. A statement that takes so long is broken off, and its test has failed.
SECONDS_OF_A_STATEMENT = 60


@contextmanager
def deadline(connection: Any) -> Iterator[None]:
    """Interrupt what a connection of DuckDB runs, when it takes too long."""
    timer = threading.Timer(SECONDS_OF_A_STATEMENT, connection.interrupt)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
