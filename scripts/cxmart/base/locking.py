"""One at a time: what changes the warehouse as a whole holds a lock, and says who it is to those that come second."""

import fcntl
import json
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from cxmart.base.errors import CxmartError, ExitCode, translate
from cxmart.base.json_values import instant
from cxmart.base.settings import Settings

FILE_NAME = "refresh.lock"


@dataclass(frozen=True)
class Holder:
    """Who holds the lock: the command, its process, the machine, since when (ISO 8601), and the run if it is one."""

    command: str
    pid: int
    host: str
    since: str
    run_id: str | None = None

    def __str__(self) -> str:
        """Say it in a sentence's words."""
        run = f", run {self.run_id}" if self.run_id else ""
        return f"`cxmart {self.command}` (process {self.pid} on {self.host}{run}) since {self.since}"


@contextmanager
def exclusive(settings: Settings, command: str) -> Iterator[None]:
    """Within this, no other process builds, publishes, refreshes or forgets in this warehouse.

    The system itself frees the lock of a process that ends, however it ends; the file that is left says nothing then.

    Args:
        settings: where the warehouse is; its folder is made where it is missing.
        command: what works, as it is called on the command line, for the others to read.

    Raises:
        CxmartError: another process holds it (`ExitCode.RUNNING`), or the file can't be written.
    """
    path = lock_file(settings)
    made = _make_folder(settings.home)
    try:
        descriptor = _take(path)
    except OSError as error:
        _remove_folders(made)
        raise translate(error, path) from error
    if descriptor is None:
        who = holder(settings)
        raise CxmartError(
            f"another run is at work in {settings.home}: {who or 'it has just begun'}; wait until it has ended",
            ExitCode.RUNNING,
        )
    try:
        try:
            _write(descriptor, Holder(command, os.getpid(), platform.node(), _now(settings), settings.run_id))
        except OSError as error:
            raise translate(error, path) from error
        yield
    finally:
        with suppress(OSError):  # a file that is left says nothing
            path.unlink()
        os.close(descriptor)
        _remove_folders(made)


def holder(settings: Settings) -> Holder | None:
    """Tell who holds the lock now; None where nobody does, or it does not say yet."""
    try:
        descriptor = os.open(lock_file(settings), os.O_RDONLY)
    except OSError:
        return None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return Holder(**json.loads(os.read(descriptor, 4096)))
    except (ValueError, TypeError):
        return None
    finally:
        os.close(descriptor)
    return None


def lock_file(settings: Settings) -> Path:
    """Tell where the lock is."""
    return settings.home / FILE_NAME


def _take(path: Path) -> int | None:
    """Lock the file; None where another process has it."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        except BaseException:
            os.close(descriptor)
            raise
        # Who held it until now may have removed it, and somebody else have made another one since.
        try:
            if os.path.samestat(os.fstat(descriptor), path.stat()):
                return descriptor
        except FileNotFoundError:
            pass
        os.close(descriptor)


def _write(descriptor: int, who: Holder) -> None:
    os.ftruncate(descriptor, 0)
    os.write(descriptor, json.dumps(asdict(who)).encode())


def _now(settings: Settings) -> str:
    return instant(settings.now(), "seconds")


def _make_folder(folder: Path) -> list[Path]:
    """Make a folder, and tell which were made for it, the innermost first."""
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        _remove_folders(made)
        raise translate(error, folder) from error
    return made


def _remove_folders(folders: list[Path]) -> None:
    for folder in folders:
        try:
            folder.rmdir()
        except OSError:
            return
