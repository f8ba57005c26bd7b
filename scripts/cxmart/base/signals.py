"""Stopping in order: a signal or the end of the time ends what is at work, and what it holds is given back."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from cxmart.base.errors import CxmartError, ExitCode

SIGNALS = {
    signal.SIGTERM: ExitCode.TERMINATED,
    signal.SIGHUP: ExitCode.TERMINATED,
    signal.SIGINT: ExitCode.INTERRUPTED,
    signal.SIGALRM: ExitCode.TIMEOUT,
}
# Told again after that, in seconds: an exception is lost where it comes up while Python clears up an object.
SECONDS_BETWEEN = 10.0


class StoppedError(BaseException):
    """Ends what is at work; no `except Exception` on the way holds it up."""


class Stopper:
    """Knows whether and why the work is to stop. The first cause counts."""

    def __init__(self, timeout: float | None) -> None:
        """Take the seconds that the work may last; None for any number."""
        self.timeout = timeout
        self.cause: ExitCode | None = None
        self._signal = ""
        self._is_over = False

    def check(self) -> None:
        """End the work if it is to stop.

        Raises:
            StoppedError: it is.
        """
        if self.cause is not None:
            raise StoppedError

    def error(self) -> CxmartError:
        """Say why the work was stopped."""
        cause = self.cause or ExitCode.INTERRUPTED
        why = {
            ExitCode.TERMINATED: f"stopped by {self._signal}",
            ExitCode.TIMEOUT: f"stopped after {self.timeout or 0:g} s, its time limit",
        }.get(cause, "interrupted")
        return CxmartError(f"{why}; what has landed stays, and the next run goes on from there", cause)

    def take(self, number: int, frame: FrameType | None) -> None:
        """Handle a signal."""
        if self._is_over or (self.cause is not None and number != signal.SIGALRM):
            return
        if self.cause is None:
            self._signal = signal.Signals(number).name
            self.cause = SIGNALS[signal.Signals(number)]
            signal.setitimer(signal.ITIMER_REAL, SECONDS_BETWEEN, SECONDS_BETWEEN)
        raise StoppedError

    def acknowledge(self) -> None:
        """Say that the work has ended; from now on signals wait until what is left is written down."""
        self._is_over = True
        signal.setitimer(signal.ITIMER_REAL, 0)


@contextmanager
def stoppable(timeout: float | None) -> Iterator[Stopper]:
    """Within this, SIGTERM, SIGHUP, SIGINT and the end of the time raise `StoppedError`.

    A signal that the process was told to ignore, as nohup does, is ignored.

    Args:
        timeout: seconds that the work may last; None for any number.
    """
    stopper = Stopper(timeout)
    taken = [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, stopper.take) for number in taken}
    if timeout:
        signal.setitimer(signal.ITIMER_REAL, timeout)
    try:
        yield stopper
    finally:
        stopper.acknowledge()
        for number, handler in before.items():
            signal.signal(number, handler)
