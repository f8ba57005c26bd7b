"""The public data sets that a person downloads: what they are, and their tables out of the files that UCI offers."""

import csv
import hashlib
import io
import shutil
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from python_calamine import CalamineError

from cxmart.base.errors import CxmartError, ExitCode, shortened, translate
from cxmart.contract.source_contract import Table
from cxmart.landing import files, sheets
from cxmart.landing.files import DataFile

PAGE = "docs/public-data.md"
# An archive in an archive is opened, one within that is not.
DEEPEST_ARCHIVE = 2
# The header is looked for in as many bytes of a text, and rows of a sheet.
HEADER_BYTES = 64 * 1024
HEADER_ROWS = 30
DELIMITERS = ",;\t"
READ_FORMATS = {"csv", "tsv", "txt", "workbook"}
# What makes a ZIP archive a workbook.
IN_WORKBOOKS = "[Content_Types].xml"


@dataclass(frozen=True)
class DataSet:
    """A data set that its publisher offers for download.

    Attributes:
        title: its name.
        page: the address of its page.
        archive: the address of the file to download.
        known: what a file is, by the SHA-256 of its bytes (of a .gz, of what is in it).
    """

    title: str
    page: str
    archive: str
    known: Mapping[str, str]


ONLINE_RETAIL = DataSet(
    title="Online Retail",
    page="https://archive.ics.uci.edu/dataset/352/online+retail",
    archive="https://archive.ics.uci.edu/static/public/352/online+retail.zip",
    known={
        "f5385cbb54bbebf7196389109c6b0621faab0c304e3702548165e71c84aede8b": "UCI's archive",
        "43465a06f2ccf7c8b5bd2892bc7defb52f97487934fe93b16ae4c3936424676d": "UCI's workbook",
        "c35975c40d0e1e105090fbb11188a409393055f873841bd012915475fc84e69f": "UCI's workbook, saved as CSV by pandas",
    },
)
UCI_INCIDENTS = DataSet(
    title="Incident management process enriched event log",
    page="https://archive.ics.uci.edu/dataset/498/incident+management+process+enriched+event+log",
    archive="https://archive.ics.uci.edu/static/public/498/incident+management+process+enriched+event+log.zip",
    known={
        "6294e29a311647306bfdfc85783f7df66517c197b9cd49aa5ee36ba9c525d1d6": "UCI's archive",
        "fd184bbfd62329cfe093e99da2ea7071905f2ead91900b448eb2635870821bef": "UCI's CSV file",
        "5d77ea4853e443cf8447fca0f3089b7689e5469225cb68f72b2b9feea5f2d0d2": "the first 119,998 rows of UCI's CSV file",
    },
)


def ask_for_file(name: str, data_set: DataSet) -> CxmartError:
    """Say where a data set is to be downloaded, and how to go on.

    Args:
        name: the example, as `cxmart demo` takes it.
        data_set: its data set.
    """
    return CxmartError(
        f"the data set {data_set.title} does not come with the project; download it from {data_set.archive} "
        f"(about it: {data_set.page}), then name the file, zipped or not: cxmart demo {name} FILE. See {PAGE}",
        ExitCode.USAGE,
    )


def take(paths: Sequence[str], data_set: DataSet, table: Table, folder: Path) -> list[tuple[str, str]]:
    """Copy the table of a data set out of downloaded files, named as the loader takes it.

    Args:
        paths: what was downloaded: CSV files, workbooks, and ZIP archives of them.
        data_set: what they must be.
        table: the table of its source; its required columns tell a file that was saved anew.
        folder: where the copies go; it must be missing or empty. The copies are `<table>.csv`, `<table>-2.csv` ….

    Returns:
        Each file with what it is, in words.

    Raises:
        CxmartError: a file can't be read, or is another one.
    """
    unpacked = folder / "unpacked"
    taken: list[tuple[str, str]] = []
    seen: set[str] = set()
    try:
        unpacked.mkdir(parents=True)
        for number, path in enumerate(paths):
            others: list[CxmartError] = []
            before = len(seen)
            for file, named in _files_in(Path(path).expanduser(), path, unpacked / str(number)):
                digest = sha256(file)
                try:
                    what = data_set.known.get(digest) or _recognize(file, named, data_set, table)
                except CxmartError as error:
                    others.append(error)
                    continue
                if digest in seen:
                    continue
                seen.add(digest)
                ending = file.path.name.removeprefix(file.stem)
                shutil.copyfile(file.path, folder / f"{table.name}{f'-{len(seen)}' if len(seen) > 1 else ''}{ending}")
                taken.append((named, what))
            if others and len(seen) == before:
                raise others[0]
        shutil.rmtree(unpacked)
    except OSError as error:
        raise translate(error, folder) from error
    return taken


def sha256(file: DataFile) -> str:
    """Give the SHA-256 of what a file holds, unpacked where it is compressed, as hexadecimal digits.

    Raises:
        CxmartError: it can't be read.
    """
    digest = hashlib.sha256()
    try:
        with files.unpacked(file) as stream:
            while chunk := stream.read(files.CHUNK_BYTES):
                digest.update(chunk)
    except files.DAMAGED_ERRORS as error:
        raise CxmartError(f"{file} is cut short or damaged; download it again") from error
    except OSError as error:
        raise translate(error, file.path) from error
    return digest.hexdigest()


def digests_in(folder: Path) -> set[str]:
    """Give the SHA-256 of the files in a folder, unpacked; none where there is no folder."""
    return {sha256(file) for path in sorted(folder.glob("*")) if (file := files.describe(path))}


def _files_in(path: Path, named: str, scratch: Path, depth: int = 0) -> Iterator[tuple[DataFile, str]]:
    """Find the CSV files and workbooks that a path is or holds, with a name for messages; archives are unpacked."""
    if depth < DEEPEST_ARCHIVE and path.is_file() and _is_archive(path):
        yield from _members(path, named, scratch / str(depth), depth)
        return
    described = files.describe(path)
    if path.is_file() and (not described or described.format not in READ_FORMATS):
        raise CxmartError(f"{named} is neither a CSV file nor a workbook nor a ZIP archive of one; see {PAGE}")
    found = files.find([str(path)])
    if found.errors:
        raise found.errors[0]
    for file in found.files:
        yield file, named if described else str(file)


def _is_archive(path: Path) -> bool:
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
    return IN_WORKBOOKS not in names and "mimetype" not in names


def _members(path: Path, named: str, folder: Path, depth: int) -> Iterator[tuple[DataFile, str]]:
    """Unpack an archive, and find the data files in it."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = [
                member
                for member in archive.infolist()
                if not member.is_dir() and not member.filename.startswith("__MACOSX/")
            ]
            data = [
                member
                for member in members
                if files.describe(Path(member.filename)) or member.filename.lower().endswith(".zip")
            ]
            if not data:
                names = shortened(", ".join(member.filename for member in members)) or "nothing"
                raise CxmartError(f"{named} holds no CSV file and no workbook, but {names}; see {PAGE}")
            for number, member in enumerate(data):
                # Only the last part of a name, so that none leads out of the folder.
                target = folder / str(number) / Path(member.filename).name
                target.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(member) as packed, target.open("wb") as plain:
                    shutil.copyfileobj(packed, plain)
                yield from _files_in(target, f"{member.filename} in {named}", folder / str(number), depth + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise CxmartError(f"{named} is cut short or damaged; download it again") from error
    except (RuntimeError, NotImplementedError) as error:
        raise CxmartError(f"{named} can't be unpacked ({error}); unpack it, and name what is in it") from error


def _recognize(file: DataFile, named: str, data_set: DataSet, table: Table) -> str:
    """Tell a file by its columns that is none of those known byte by byte, as one that was saved anew.

    Raises:
        CxmartError: it is another file.
    """
    required = {column.name.lower() for column in table.columns if column.required}
    rows = list(_first_rows(file))
    if any(required <= {cell.strip().lower() for cell in row} for row in rows):
        return f"by its columns {data_set.title}, in a form of its own: published figures may not come out"
    header = next((row for row in rows if any(row)), [])
    is_what = f"has the columns {shortened(', '.join(header))}" if header else "is empty"
    digests = "; ".join(f"{digest} ({what})" for digest, what in data_set.known.items())
    raise CxmartError(
        f"{named} is not the data set {data_set.title}: it {is_what}. Expected is a table with the columns "
        f"{', '.join(column.name for column in table.columns if column.required)}, or a file with one of these "
        f"SHA-256: {digests}. Download it from {data_set.archive}"
    )


def _first_rows(file: DataFile) -> Iterator[list[str]]:
    """Read the rows that may be the header: the first of a text, the first of every sheet."""
    if file.format == "workbook":
        with sheets.opened(file) as workbook:
            for name in workbook.sheet_names:
                try:
                    rows = workbook.get_sheet_by_name(name).to_python(nrows=HEADER_ROWS)
                except CalamineError:
                    continue  # no sheet of cells
                yield from ([str(cell) for cell in row] for row in rows)
        return
    with files.unpacked(file) as stream:
        beginning = stream.read(HEADER_BYTES)
    text = beginning.decode("utf-16" if beginning[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig", "replace")
    line = next((line for line in text.splitlines() if line.strip()), "")
    yield next(csv.reader(io.StringIO(line), delimiter=max(DELIMITERS, key=line.count)), [])
