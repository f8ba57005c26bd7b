"""How far a load is: a line that says the file, the share that is done, rows, MB/s and the time left."""

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext

import duckdb
from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from cxmart.base.console import printable
from cxmart.base.database import Connection
from cxmart.base.formats import count, duration
from cxmart.landing.landed import Landed, Stage, Watcher

REFRESHES_PER_SECOND = 5
# Before that a speed says little.
SECONDS_BEFORE_SPEED = 1.0


class LoadProgress:
    """Counts what a load has done, in bytes: of the file at work the share that its stages so far take."""

    def __init__(self, sizes: Sequence[int], clock: Callable[[], float] = time.monotonic) -> None:
        """Take the sizes of the files in bytes, in their order, and a clock in seconds."""
        self._sizes = list(sizes)
        self._clock = clock
        self._started = clock()
        self._number = 0
        self._name = ""
        self._rows = 0
        self._rows_of_file = 0
        self._stage = Stage.HASHING
        self._share = 0.0
        self._read = 0
        self._working: Connection | None = None

    def begin(self, number: int, name: str) -> Watcher:
        """Go on to a file, counted from 1; the watcher is to be told of it."""
        self._number, self._name, self._read, self._working = number, name, 0, None
        self._stage, self._share, self._rows_of_file = Stage.HASHING, 0.0, 0
        return Watcher(read=self._count, working=self._work, entered=self._enter)

    def done(self, landed: Landed) -> None:
        """Count the rows of a file that has landed."""
        self._rows += landed.rows_read
        self._rows_of_file = 0

    def _count(self, size: int) -> None:
        self._read += size

    def _work(self, connection: Connection | None) -> None:
        self._working = connection

    def _enter(self, stage: Stage, rows: int | None) -> None:
        self._stage = stage
        self._rows_of_file = rows or 0

    def _share_of_file(self, share_of_stage: float | None) -> float:
        """Tell how much of the file is done (0-1); never less than was told before."""
        size = self._sizes[self._number - 1]
        if self._stage is Stage.HASHING:
            share_of_stage = min(self._read / size, 1) if size else 0
        share = self._stage.share_before + self._stage.share * (share_of_stage or 0)
        self._share = max(self._share, share)
        return self._share

    def line(self, share: float | None = None) -> str:
        """Write the line.

        Args:
            share: how much of the stage at work is done (0-1); None where nobody knows.
        """
        if not self._number:
            return "loading"
        size = self._sizes[self._number - 1]
        before = sum(self._sizes[: self._number - 1])
        everything = sum(self._sizes)
        work = before + self._share_of_file(share) * size
        seconds = self._clock() - self._started
        parts = [f"loading {self._number} of {len(self._sizes)}: {self._name}"]
        if everything:
            parts.append(f"{100 * work / everything:.0f} %")
        if rows := self._rows + self._rows_of_file:
            parts.append(f"{count(rows)} rows")
        if work and seconds >= SECONDS_BEFORE_SPEED:
            parts.append(f"{work / seconds / 1e6:,.0f} MB/s")
            parts.append(f"{duration(seconds * (everything - work) / work)} left")
        return ", ".join(parts)

    def share(self) -> float | None:
        """Ask the engine how much of its work on the file is done (0-1)."""
        working = self._working
        if working is None:
            return None
        try:
            percent = working.query_progress()
        except duckdb.Error:
            return None
        return min(percent / 100, 1) if percent > 0 else None

    def shown(self, console: Console) -> AbstractContextManager[object]:
        """Within this, show the line on a terminal, as it is now, again and again."""
        if not console.is_terminal:
            return nullcontext()
        spinner = Spinner("dots")

        def now() -> Spinner:
            spinner.update(text=Text(printable(self.line(self.share()))))
            return spinner

        return Live(get_renderable=now, console=console, refresh_per_second=REFRESHES_PER_SECOND, transient=True)
