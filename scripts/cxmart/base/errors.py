"""What can go wrong, in words for the person at the terminal: what is wrong, where, and what to do."""

import errno
import re
import textwrap
from enum import IntEnum
from pathlib import Path

import duckdb


class ExitCode(IntEnum):
    """How a command ended; `cxmart --help` lists these, and docs/refresh.md says what to do."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    WAREHOUSE = 3
    STORAGE = 4
    REFUSED = 5
    TESTS = 6
    AUDIT = 7
    STALE = 8
    RUNNING = 9
    OVERDUE = 10
    SERVER = 11
    REJECTED = 12
    TIMEOUT = 124
    INTERRUPTED = 130
    KILLED = 137
    TERMINATED = 143


class CxmartError(Exception):
    """Something that a person can put right. `main` prints its text as one sentence and ends with its exit code."""

    def __init__(self, message: str, exit_code: ExitCode = ExitCode.FAILED) -> None:
        """Take the sentence to print (without `error:`) and the exit code."""
        super().__init__(message)
        self.exit_code = exit_code


class DamagedFileError(CxmartError):
    """A database file that is none, or is damaged."""


class FullDiskError(CxmartError):
    """There is no room to write, or a limit on file sizes is reached."""


FULL_DISK_NUMBERS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
NO_PERMISSION_NUMBERS = {errno.EACCES, errno.EPERM, errno.EROFS}

FULL_DISK = re.compile(
    r"No space left on device|File too large|Disk quota exceeded|max_temp_directory_size", re.IGNORECASE
)
NO_PERMISSION = re.compile(r"Permission denied|Operation not permitted|Read-only file system", re.IGNORECASE)
HELD = re.compile(r"Could not set lock on file|being used by another process", re.IGNORECASE)
HOLDER = re.compile(r"PID (\d+)")
NEWER_FORMAT = re.compile(r"database file with version number|newer version of DuckDB|storage version", re.IGNORECASE)
DAMAGED = re.compile(
    r"not a valid DuckDB database|Corrupt database|Could not read enough bytes|Could not read from file"
    r"|Failed to deserialize|Serialization Error|Failure while replaying WAL",
    re.IGNORECASE,
)
NAMED_FILE = re.compile(r'file "([^"]+)"')


def translate(error: OSError | duckdb.Error, path: Path) -> CxmartError:
    """Say what an error of the operating system or of DuckDB means for a file of the warehouse.

    Args:
        error: what was raised.
        path: the file or folder that was worked on; the error's own file name comes first where it gives one.

    Returns:
        The error to raise instead.
    """
    text = str(error)
    number = error.errno if isinstance(error, OSError) else None
    if isinstance(error, OSError) and error.filename:
        path = Path(str(error.filename))
    elif named := NAMED_FILE.search(text):
        path = Path(named.group(1))
    if number in FULL_DISK_NUMBERS or (number is None and FULL_DISK.search(text)):
        return FullDiskError(
            f"no room to write {path}: the disk is full or a limit on file sizes is reached; "
            "nothing was changed, free some space and run it again",
            ExitCode.STORAGE,
        )
    if number in NO_PERMISSION_NUMBERS or (number is None and NO_PERMISSION.search(text)):
        return CxmartError(
            f"no permission for {path}; give yourself the right, or set CXMART_HOME to a folder that you can write to",
            ExitCode.STORAGE,
        )
    if isinstance(error, OSError):
        return CxmartError(f"{path}: {error.strerror or error}", ExitCode.STORAGE)
    if HELD.search(text):
        holder = HOLDER.search(text)
        process = f"process {holder.group(1)}" if holder else "another process"
        return CxmartError(
            f"{path} is held by {process}; wait until it has finished, or end it, and run it again",
            ExitCode.WAREHOUSE,
        )
    if NEWER_FORMAT.search(text):
        return CxmartError(
            f"{path} was written by another version of DuckDB that this one (v{duckdb.__version__}) can't read",
            ExitCode.WAREHOUSE,
        )
    if DAMAGED.search(text):
        return damaged(path)
    if isinstance(error, duckdb.OutOfMemoryException):
        return CxmartError(
            f"not enough memory while working on {path}; raise CXMART_MEMORY_LIMIT and run it again",
            ExitCode.STORAGE,
        )
    return CxmartError(f"{path}: DuckDB says: {first_line(text)}")


def cause_in(text: str) -> ExitCode:
    """Tell what made a program of others fail by what it says: no room or no permission, or anything else."""
    return ExitCode.STORAGE if FULL_DISK.search(text) or NO_PERMISSION.search(text) else ExitCode.FAILED


def damaged(path: Path) -> DamagedFileError:
    """Say that a file is no database, or is damaged."""
    return DamagedFileError(
        f"{path} is no DuckDB database, or is damaged; move it away and make it anew", ExitCode.WAREHOUSE
    )


def shortened(text: str, width: int = 200) -> str:
    """Put text on one line of at most `width` characters, for a message."""
    return textwrap.shorten(text, width, placeholder=" …") or text[:width]


def first_line(text: str) -> str:
    """Give the first line of a message that has something in it."""
    return next((line.strip() for line in text.splitlines() if line.strip()), text)
