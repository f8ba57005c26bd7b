"""The files to land: finding them, what table each is for, and whether each is whole."""

import difflib
import glob
import gzip
import hashlib
import re
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from cxmart.contract import Source, Table
from cxmart.errors import CxmartError, explain

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

FORMATS = {"csv": "csv", "tsv": "tsv", "jsonl": "jsonl", "ndjson": "jsonl", "parquet": "parquet"}
COMPRESSIONS = {"gz": "gzip", "zst": "zstd"}
READABLE = ".csv, .tsv, .jsonl or .ndjson (each also .gz or .zst), or .parquet"

CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class DataFile:
    """A file to land. `path` is as the user gave it; `compression` is none, gzip or zstd."""

    path: Path
    stem: str
    format: str
    compression: str

    @property
    def pattern(self) -> str:
        """The path as DuckDB takes it: absolute, and with no character that stands for others."""
        return glob.escape(str(self.path.absolute()))


@dataclass(frozen=True)
class Content:
    """What the bytes of a file are: how many, their SHA-256 as hexadecimal digits, and the longest line."""

    bytes: int
    sha256: str
    longest_line: int


class EmptyFolderError(CxmartError):
    """A folder has nothing to load."""


class _LineMeter:
    """Finds about how long the longest line of a text is: it looks at no line that begins and ends within a part."""

    def __init__(self) -> None:
        self.longest = 0
        self._open = 0

    def add(self, part: bytes) -> None:
        """Take the next part of the text."""
        first = part.find(b"\n")
        if first < 0:
            self._open += len(part)
        else:
            self.longest = max(self.longest, self._open + first)
            self._open = len(part) - part.rfind(b"\n") - 1
        self.longest = max(self.longest, self._open)


@dataclass
class Found:
    """The files that paths stand for, what was wrong with paths, and what in folders is no data."""

    files: list[DataFile] = field(default_factory=list)
    errors: list[CxmartError] = field(default_factory=list)
    ignored: list[Path] = field(default_factory=list)


def find(paths: Iterable[str]) -> Found:
    """Find the files that paths, folders (with all below them) and patterns stand for.

    Args:
        paths: as given on the command line.

    Returns:
        The files in the order of the paths, those of a folder or a pattern by name, each once. What is wrong with a
        path is told beside them, so that the others can still be loaded. Hidden files of folders are not looked at.
    """
    found = Found()
    files: dict[Path, DataFile] = {}
    for given in paths:
        try:
            for path in _matches(given, found.ignored):
                file = describe(path)
                if not file:
                    raise CxmartError(f"{path} is no file that can be loaded; give {READABLE}")
                if not _is_unicode(path):
                    raise CxmartError(f"{path} has a name that is not in UTF-8; rename it")
                files.setdefault(path.resolve(), file)
        except OSError as error:
            found.errors.append(explain(error, Path(given)))
        except CxmartError as error:
            found.errors.append(error)
    found.files = list(files.values())
    return found


def _matches(given: str, ignored: list[Path]) -> list[Path]:
    path = Path(given).expanduser()
    if path.is_dir():
        inside = sorted(found for found in path.rglob("*") if found.is_file() and not found.name.startswith("."))
        matches = [found for found in inside if describe(found)]
        if not matches:
            raise EmptyFolderError(f"folder {path} has nothing to load; put files into it that end in {READABLE}")
        ignored += [found for found in inside if not describe(found)]
        return matches
    if path.exists():
        return [path]
    if not glob.has_magic(given):
        raise CxmartError(f"{path} does not exist")
    matches = sorted(Path(match) for match in glob.glob(str(path), recursive=True) if Path(match).is_file())  # noqa: PTH207
    if not matches:
        raise CxmartError(f"no file matches {given}")
    return matches


def _is_unicode(path: Path) -> bool:
    try:
        str(path.absolute()).encode()
    except UnicodeEncodeError:
        return False
    return True


def describe(path: Path) -> DataFile | None:
    """Tell the format of a file by its name; None where it is none that can be loaded."""
    name = path.name
    compression = COMPRESSIONS.get(name.rpartition(".")[2].lower(), "none")
    if compression != "none":
        name = name.rpartition(".")[0]
    stem, _, suffix = name.rpartition(".")
    file_format = FORMATS.get(suffix.lower())
    if not file_format or not stem or (file_format == "parquet" and compression != "none"):
        return None
    return DataFile(path=path, stem=stem, format=file_format, compression=compression)


def table_of(file: DataFile, source: Source) -> Table:
    """Tell what table a file is for by its name: the table's, or that and `-` or `.` and anything more.

    In a source that declares no tables, the name up to there is the table's.

    Raises:
        CxmartError: no table of the source is called so.
    """
    stem = file.stem.lower()
    if source.is_open:
        name = re.split(r"[-.]", stem, maxsplit=1)[0].strip()
        if not name or name.startswith("_"):
            raise CxmartError(f"{file.path} has a name that can't be a table's; let it begin with a letter")
        return Table(name=name, columns=())
    fitting = [
        name
        for name in source.tables
        if stem == name.lower() or stem.startswith((f"{name.lower()}-", f"{name.lower()}."))
    ]
    if not fitting:
        alike = difflib.get_close_matches(stem, source.tables, n=1)
        hint = f" (did you mean {alike[0]}?)" if alike else ""
        raise CxmartError(
            f"{file.path} is named for no table of source {source.name}{hint}; "
            f"name it as one of {', '.join(source.tables)}, for example {next(iter(source.tables))}-2026-10.csv"
        )
    return source.tables[max(fitting, key=len)]


def state(path: Path) -> tuple[int, int, int]:
    """Tell the state of a file, which changes when it is written: size in bytes, time of change in ns, and inode.

    Raises:
        CxmartError: it is gone, or can't be looked at.
    """
    try:
        status = path.stat()
    except OSError as error:
        raise explain(error, path) from error
    return status.st_size, status.st_mtime_ns, status.st_ino


def read_through(file: DataFile, *, tell: Callable[[int], None] | None = None) -> Content:
    """Read a file once from end to end.

    Args:
        file: the file.
        tell: is called with the number of bytes of each part that was read.

    Raises:
        CxmartError: the file can't be read.
    """
    digest = hashlib.sha256()
    meter = _LineMeter()
    size = 0
    try:
        with file.path.open("rb") as stream:
            while chunk := stream.read(CHUNK_BYTES):
                digest.update(chunk)
                meter.add(chunk)
                size += len(chunk)
                if tell:
                    tell(len(chunk))
    except OSError as error:
        raise explain(error, file.path) from error
    return Content(bytes=size, sha256=digest.hexdigest(), longest_line=meter.longest)


@contextmanager
def unpacked(file: DataFile) -> Iterator[BinaryIO]:
    """Open a file and read what it holds, unpacked where it is compressed."""
    with file.path.open("rb") as stream:
        if file.compression == "gzip":
            with gzip.open(stream) as text:
                yield text  # type: ignore[misc]
        elif file.compression == "zstd":
            with zstd.open(stream) as text:
                yield text  # type: ignore[misc]
        else:
            yield stream


def check_whole(file: DataFile, content: Content) -> int:
    """Look for the end of a compressed file: one that was cut short would be read as a shorter one without a word.

    Args:
        file: the file.
        content: its bytes as they are.

    Returns:
        About how many bytes its longest line has, unpacked.

    Raises:
        CxmartError: the file can't be read, or is cut short or damaged.
    """
    if file.compression == "none":
        return content.longest_line
    meter = _LineMeter()
    try:
        with unpacked(file) as text:
            while part := text.read(CHUNK_BYTES):
                meter.add(part)
    except (EOFError, gzip.BadGzipFile, zlib.error, zstd.ZstdError) as error:
        raise CxmartError(
            f"{file.path} is cut short or damaged: its compressed data has no proper end; copy it again"
        ) from error
    except OSError as error:
        raise explain(error, file.path) from error
    return meter.longest
