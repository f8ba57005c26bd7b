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
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

from cxmart.base.errors import CxmartError, translate
from cxmart.contract.source_contract import Source, Table

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

FORMATS = {
    **{"csv": "csv", "tsv": "tsv", "txt": "txt", "jsonl": "jsonl", "ndjson": "jsonl", "parquet": "parquet"},
    **dict.fromkeys(("xlsx", "xlsm", "xlsb", "ods"), "workbook"),
}
COMPRESSIONS = {"gz": "gzip", "zst": "zstd"}
READABLE = ".csv, .tsv, .txt, .jsonl or .ndjson (each also .gz or .zst), .parquet, .xlsx, .xlsm, .xlsb or .ods"
# These are one file as they are.
PACKED_THEMSELVES = {"parquet", "workbook"}

# What programs leave beside data: part of a name, and why it is no data.
LEFT_BY_PROGRAMS = {
    r"~\$.*|\.~lock\..*#": "a spreadsheet has the file open, or left this behind",
    r"\..*": "hidden",
    r".*\.(tmp|temp|part|partial|crdownload|download|filepart|swp)": "not written to its end, by its name",
    r".*(~|\.bak|\.old)": "an older state, by its name",
    r"thumbs\.db|desktop\.ini|__macosx": "written by the system",
}
WHY_BY_SUFFIX = {
    "zip": "unpack it first",
    "xls": "save it as .xlsx: the old format does not tell a wrong formula from an empty cell",
}
# How a spreadsheet begins the name of what it leaves beside an open workbook.
OPEN_WORKBOOK = "~$"
NO_DATA = "no data, by its ending"

# Words that tell nothing of what is in a file.
SAYING_NOTHING = {
    *("export", "exports", "exported", "copy", "kopie", "copie", "copia", "kopia", "of", "von", "de", "di"),
    *("final", "full", "all", "data", "part"),
}
# A copy as browsers and file managers number it.
NUMBERED_COPY = re.compile(r"\s*\((\d+)\)")

# What unpacking raises where compressed data is cut short or damaged.
DAMAGED_ERRORS = (EOFError, gzip.BadGzipFile, zlib.error, zstd.ZstdError)

CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class DataFile:
    """A file to land, or with `sheet` a sheet of one, which `format` then calls so.

    `path` is as the user gave it; `compression` is none, gzip or zstd. `folders` are those that it lies in, the nearest
    first, as far as they may name its table; `is_given` is true where the user named the file and no folder.
    """

    path: Path
    stem: str
    format: str
    compression: str
    sheet: str | None = None
    folders: tuple[str, ...] = ()
    is_given: bool = True

    def __str__(self) -> str:
        """Name it in messages and in the accounts."""
        return str(self.path) if self.sheet is None else f"{self.path}#{self.sheet}"

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


class NoTableError(CxmartError):
    """A file is named for no table."""


@dataclass(frozen=True)
class Ignored:
    """A file in a folder, or a sheet of a workbook, that is not looked at, and why."""

    name: str
    why: str


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
    ignored: list[Ignored] = field(default_factory=list)


def find(paths: Iterable[str]) -> Found:
    """Find the files that paths, folders (with all below them) and patterns stand for.

    Args:
        paths: as given on the command line.

    Returns:
        The files in the order of the paths, those of a folder or a pattern by name, each once. What is wrong with a
        path is told beside them, so that the others can still be loaded. What is no data in a folder, and why, is told
        too; hidden folders are not looked into.
    """
    found = Found()
    files: dict[Path, DataFile] = {}
    ignored: dict[Path, Ignored] = {}
    for given in paths:
        try:
            for path in _matches(given, ignored):
                file = describe(path)
                if not file and (one_sheet := _sheet(path)):
                    files.setdefault(path.absolute(), one_sheet)
                    continue
                if not file or path.name.startswith(OPEN_WORKBOOK):
                    why = why_ignored(path)
                    raise CxmartError(
                        f"{path} is no file that can be loaded"
                        + (f" ({why})" if why != NO_DATA else "")
                        + f"; give {READABLE}"
                    )
                if not _is_unicode(path):
                    raise CxmartError(f"{path} has a name that is not in UTF-8; rename it")
                is_given = path == Path(given).expanduser()
                file = replace(file, folders=_folders(path, Path(given).expanduser()), is_given=is_given)
                files.setdefault(path.resolve(), file)
        except OSError as error:
            found.errors.append(translate(error, Path(given)))
        except CxmartError as error:
            found.errors.append(error)
    found.files = list(files.values())
    found.ignored = list(ignored.values())
    return found


def _folders(path: Path, given: Path) -> tuple[str, ...]:
    """List the folders that may name the table of a file: up to the one that was given, else the one it lies in."""
    parents = list(path.absolute().parents)
    last = parents.index(given.absolute()) if given.is_dir() else 0
    return tuple(parent.name for parent in parents[: last + 1] if parent.name)


def why_ignored(path: Path) -> str:
    """Tell why a file that can't be loaded is none."""
    for pattern, why in LEFT_BY_PROGRAMS.items():
        if re.fullmatch(pattern, path.name.lower()):
            return why
    return WHY_BY_SUFFIX.get(path.suffix.lower().removeprefix("."), NO_DATA)


def _sheet(path: Path) -> DataFile | None:
    """Tell whether a path is that of a sheet: the workbook's, and the sheet's name behind `#`."""
    name, _, sheet = str(path).partition("#")
    workbook = describe(Path(name)) if sheet and not path.exists() and Path(name).is_file() else None
    return replace(workbook, sheet=sheet) if workbook and workbook.format == "workbook" else None


def nothing_in(folder: Path) -> str:
    """Say that a folder has nothing to load."""
    return f"folder {folder} has nothing to load; put files into it that end in {READABLE}"


def _matches(given: str, ignored: dict[Path, Ignored]) -> list[Path]:
    path = Path(given).expanduser()
    if path.is_dir():
        matches = _chosen(_inside(path, ignored), ignored)
        if not matches:
            raise EmptyFolderError(nothing_in(path))
        return matches
    if path.exists() or _sheet(path):
        return [path]
    if not glob.has_magic(given):
        raise CxmartError(f"{path} does not exist")
    found = [Path(match) for match in glob.glob(str(path), recursive=True)]  # noqa: PTH207
    matches = [match for match in found if match.is_file()]
    if not matches:
        raise CxmartError(f"no file matches {given}")
    # Another file that the pattern takes by chance may be meant.
    return _chosen(matches, ignored, is_strict=True)


def _inside(folder: Path, ignored: dict[Path, Ignored]) -> Iterator[Path]:
    """List the files in a folder and below it, without those in hidden folders."""
    for path in folder.iterdir():
        if path.is_dir():
            if _is_left(path):
                ignored.setdefault(path.resolve(), Ignored(str(path), why_ignored(path)))
            elif path.is_symlink():
                ignored.setdefault(path.absolute(), Ignored(str(path), "a link to a folder; give that"))
            else:
                yield from _inside(path, ignored)
        elif path.is_file():
            yield path


def _chosen(paths: Iterable[Path], ignored: dict[Path, Ignored], *, is_strict: bool = False) -> list[Path]:
    """Leave out what is no data, and order the others: a copy comes behind what it is a copy of, 2 before 10.

    With `is_strict` only that is left out which programs leave beside data.
    """
    chosen = []
    for path in sorted(paths, key=_order):
        if _is_left(path) or not (is_strict or describe(path)):
            ignored.setdefault(path.resolve(), Ignored(str(path), why_ignored(path)))
        else:
            chosen.append(path)
    return chosen


def _is_left(path: Path) -> bool:
    return any(re.fullmatch(pattern, path.name.lower()) for pattern in LEFT_BY_PROGRAMS)


def _order(path: Path) -> tuple[object, ...]:
    """Tell the place of a file among others."""
    copy = NUMBERED_COPY.search(path.name)
    plain = NUMBERED_COPY.sub("", path.name)
    parts = [
        (int(part), "") if part.isdecimal() else (-1, part)
        for name in (*path.parts[:-1], plain)
        for part in (*re.split(r"(\d+)", name), "/")
    ]
    return parts, int(copy.group(1)) if copy else 0, path.name


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
    if not file_format or not stem or (file_format in PACKED_THEMSELVES and compression != "none"):
        return None
    return DataFile(path=path, stem=stem, format=file_format, compression=compression)


def table_of(file: DataFile, source: Source) -> Table:
    """Tell what table a file is for: by its own name, else by the nearest folder that is named as one.

    In a source that declares no tables, the name up to `-`, `.` or a copy's number is the table's.

    Raises:
        NoTableError: no table of the source is called so.
        CxmartError: the name could be that of two.
    """
    if source.is_open:
        name = re.split(r"[-.(]", file.stem.lower(), maxsplit=1)[0].strip()
        if not name or name.startswith("_"):
            raise CxmartError(f"{file} has a name that can't be a table's; let it begin with a letter")
        return Table(name=name, columns=())
    for name in (file.stem, *file.folders):
        fitting = tables_named(name, source.tables)
        if len(fitting) > 1:
            raise CxmartError(f"{file} could be for {' or '.join(fitting)} by its name; rename it, so that it is one")
        if fitting:
            return source.tables[fitting[0]]
    what, example = ("sheet", "") if file.sheet is not None else ("file", "-2026-10.csv")
    alike = difflib.get_close_matches(file.stem.lower(), source.tables, n=1)
    hint = f" (did you mean {alike[0]}?)" if alike else ""
    raise NoTableError(
        f"{file} is named for no table of source {source.name}{hint}; "
        f"name the {what} as one of {', '.join(source.tables)}, for example {next(iter(source.tables))}{example}"
    )


def tables_named(name: str, tables: Iterable[str]) -> list[str]:
    """List the tables that the name of a file, a folder or a sheet may stand for: none, one, or those it could be.

    It is a table's name, in any case and with anything between its words, and then anything that begins with no letter
    (tickets_2026-09, Tickets (1), ticket-events-export). Before it there may be numbers and words that say nothing
    (2026-09_tickets, Copy of tickets). The longest name that fits is meant. Where the rest names another table, or all
    of it is one but for an s, it could be either (articles-article_views, tickets_events).
    """
    words = _words(name)
    of_tables = {table: _words(table) for table in tables}
    for start, word in enumerate(words):
        fitting = [table for table, own in of_tables.items() if words[start : start + len(own)] == own]
        if fitting:
            best = max(fitting, key=lambda table: len(of_tables[table]))
            rest = words[start + len(of_tables[best]) :]
            told = [_singular(word) for word in words if not _says_nothing(word)]
            others = [
                table
                for table, own in of_tables.items()
                if table != best
                and (
                    any(rest[place : place + len(own)] == own for place in range(len(rest)))
                    or (len(own) > len(of_tables[best]) and told == [_singular(word) for word in own])
                )
            ]
            return [best, *others]
        if not _says_nothing(word):
            break
    return []


def _words(name: str) -> list[str]:
    """Take a name apart into words and numbers, in lower case; TicketEvents are two words."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return re.findall(r"[^\W\d_]+|\d+", apart.lower())


def _says_nothing(word: str) -> bool:
    return word.isdecimal() or word in SAYING_NOTHING


def _singular(word: str) -> str:
    return word.removesuffix("s")


def state(path: Path) -> tuple[int, int, int]:
    """Tell the state of a file, which changes when it is written: size in bytes, time of change in ns, and inode.

    Raises:
        CxmartError: it is gone, or can't be looked at.
    """
    try:
        status = path.stat()
    except OSError as error:
        raise translate(error, path) from error
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
        raise translate(error, file.path) from error
    if file.sheet is not None:
        # Two sheets of a workbook are two things to load.
        digest.update(f"\0{file.sheet}".encode())
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
    except DAMAGED_ERRORS as error:
        raise CxmartError(
            f"{file} is cut short or damaged: its compressed data has no proper end; copy it again"
        ) from error
    except OSError as error:
        raise translate(error, file.path) from error
    return meter.longest
