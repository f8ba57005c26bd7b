"""What a load says while it works."""

import io
import time

from rich.console import Console

from cxmart.landing.landed import Landed, Stage
from cxmart.landing.progress import LoadProgress


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def test_the_line_says_file_share_rows_speed_and_time_left() -> None:
    clock = Clock()
    progress = LoadProgress([100_000_000, 300_000_000], clock)
    assert progress.line() == "loading"
    watcher = progress.begin(1, "tickets-1.csv")
    assert progress.line() == "loading 1 of 2: tickets-1.csv, 0 %"
    watcher.read(100_000_000)
    clock.seconds += 1
    # Read through, which is 7 % of the work on a quarter of the bytes.
    assert progress.line() == "loading 1 of 2: tickets-1.csv, 2 %, 7 MB/s, 56 s left"
    watcher.entered(Stage.WRITING, 1_200_000)
    clock.seconds += 1
    assert progress.line(share=1) == "loading 1 of 2: tickets-1.csv, 25 %, 1,200,000 rows, 50 MB/s, 6.0 s left"
    progress.done(Landed("tickets-1.csv", "tickets", True, 1, rows_read=1_200_000))
    watcher = progress.begin(2, "tickets-2.csv")
    watcher.entered(Stage.COMPARING, 3_000_000)
    clock.seconds += 2
    assert progress.line(share=0.5) == "loading 2 of 2: tickets-2.csv, 67 %, 4,200,000 rows, 67 MB/s, 2.0 s left"


def test_the_share_never_falls() -> None:
    """Each statement of the engine counts from nothing again."""
    progress = LoadProgress([100], Clock())
    watcher = progress.begin(1, "tickets.csv")
    watcher.entered(Stage.READING, None)
    shares = [0.2, 0.9, 0.1, None, 1.0]
    lines = [progress.line(share) for share in shares]
    watcher.entered(Stage.WRITING, 3)
    lines += [progress.line(share) for share in (None, 0.5, 1.0)]
    percents = [int(line.split(" %")[0].rpartition(" ")[2]) for line in lines]
    assert percents == [16, 48, 48, 48, 52, 60, 80, 100]


def test_files_without_bytes_have_no_share() -> None:
    progress = LoadProgress([0])
    progress.begin(1, "tickets.csv")
    assert progress.line() == "loading 1 of 1: tickets.csv"


def test_the_line_is_shown_until_the_end() -> None:
    progress = LoadProgress([10])
    progress.begin(1, "tickets.csv")
    written = io.StringIO()
    with progress.shown(Console(file=written, force_terminal=True, width=80)):
        deadline = time.monotonic() + 60
        while "tickets.csv" not in written.getvalue():
            assert time.monotonic() < deadline
    assert "loading 1 of 1: tickets.csv, 0 %" in written.getvalue()
    with progress.shown(Console(file=io.StringIO())):
        pass
