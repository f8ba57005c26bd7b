"""The published files on disk: putting two new ones in place, and keeping the last ones.

A version is a folder of CXMART_HOME/versions with both files of a publication, hard links where the file system has
them. Its name is its number and the time of its publication: 000012-20261122T081500Z. A version is kept after it was
put in place, or by the next command where that one was killed in between.
"""

import os
import re
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cxmart.base.database import one_row, opened, relations, sync
from cxmart.base.errors import CxmartError, DamagedFileError, ExitCode, translate
from cxmart.base.settings import Settings

NAME = re.compile(r"(\d{6,})-\d{8}T\d{6}Z")
UNFINISHED = re.compile(r"\d{6,}-\d{8}T\d{6}Z\.(new|old)")

READABLE = 0o444
OWNERS_ONLY = 0o400


@dataclass(frozen=True)
class Version:
    """A kept publication, and what its file says of it. Times are in UTC."""

    name: str
    folder: Path
    run_id: str
    published_at: datetime
    as_of: datetime | None
    restored_from: str | None
    is_published: bool

    @property
    def number(self) -> int:
        """Versions are numbered in the order in which they were published."""
        return number_of(self.name)

    @property
    def marts_file(self) -> Path:
        """Its file for everybody."""
        return self.folder / "marts.duckdb"

    @property
    def people_file(self) -> Path:
        """Its file with rows about single agents and people."""
        return self.folder / "marts_people.duckdb"


@dataclass(frozen=True)
class _Said:
    """What a published file says of itself."""

    version: str | None
    run_id: str
    published_at: datetime | None
    as_of: datetime | None
    restored_from: str | None


def number_of(name: str) -> int:
    """Give the number in a version's name."""
    found = NAME.fullmatch(name)
    if not found:
        raise ValueError(name)
    return int(found.group(1))


def versions_of(settings: Settings) -> list[Version]:
    """List the kept versions, the newest first; a folder whose files can't be read is none.

    Args:
        settings: where they are.
    """
    published = _said(settings, settings.marts_file)
    found = []
    for folder in sorted(_folders(settings), key=lambda folder: number_of(folder.name), reverse=True):
        said = _said(settings, folder / "marts.duckdb")
        if said and said.published_at and (folder / "marts_people.duckdb").exists():
            is_published = published is not None and published.version == folder.name
            found.append(
                Version(
                    folder.name, folder, said.run_id, said.published_at, said.as_of, said.restored_from, is_published
                )
            )
    return found


def find(settings: Settings, wanted: str | None) -> Version:
    """Find a kept version.

    Args:
        settings: where they are.
        wanted: its name, its number or its run id; by default the newest that is older than what is published, or than
            what that one has put back.

    Raises:
        CxmartError: there is none.
    """
    kept = versions_of(settings)
    if wanted is None:
        published = _said(settings, settings.marts_file)
        if published and published.version:
            limit = number_of(published.restored_from or published.version)
            found = [version for version in kept if version.number < limit and not version.restored_from]
        else:
            found = kept
    else:
        number = int(wanted) if wanted.isdecimal() else None
        found = [version for version in kept if wanted in (version.name, version.run_id) or version.number == number]
    if not found:
        what = "no version before the published one" if wanted is None else f"no version '{wanted}'"
        raise CxmartError(
            f"{what} is kept; there are: {', '.join(version.name for version in kept) or 'none'}", ExitCode.USAGE
        )
    return found[0]


def newest_file(settings: Settings) -> Path | None:
    """Tell which file has all that is published: the people's one, of before the split the only one.

    Where nothing lies in place, it is that of the newest kept version.
    """
    said, people = _said(settings, settings.marts_file), _said(settings, settings.people_file)
    if said is None:
        kept = versions_of(settings)
        return kept[0].people_file if kept else None
    return settings.people_file if people and people.version == said.version else settings.marts_file


def next_name(settings: Settings, published_at: datetime) -> str:
    """Give the name of the next version: a number that no version had before, and the time of its publication.

    Args:
        settings: where the files are.
        published_at: the time, in UTC.
    """
    said = [_said(settings, path) for path in (settings.marts_file, settings.people_file)]
    numbers = [number_of(one.version) for one in said if one and one.version]
    numbers += [number_of(folder.name) for folder in _folders(settings)]
    return f"{max(numbers, default=0) + 1:06d}-{published_at:%Y%m%dT%H%M%SZ}"


def heal(settings: Settings) -> None:
    """Finish what a killed process left: keep what is published, and let both files be of one version.

    Args:
        settings: where the files are.

    Raises:
        CxmartError: the files can't be written.
    """
    try:
        for folder in settings.versions_folder.glob("*"):
            if UNFINISHED.fullmatch(folder.name):
                shutil.rmtree(folder)
        said, people = _said(settings, settings.marts_file), _said(settings, settings.people_file)
        if said is None or said.version is None:
            return
        if people and people.version == said.version:
            _keep(settings, said.version)
        elif (kept := settings.versions_folder / said.version / "marts_people.duckdb").exists():
            new = settings.people_file.with_name(f"{settings.people_file.name}.{os.getpid()}.tmp")
            _link(kept, new)
            os.replace(new, settings.people_file)  # noqa: PTH105
            sync(settings.home)
    except OSError as error:
        raise translate(error, settings.versions_folder) from error


def put_in_place(settings: Settings, marts: Path, people: Path, mask: int) -> None:
    """Replace both published files, each in one step that survives a crash of the machine, and keep them.

    Args:
        settings: where they belong, and how many versions are kept.
        marts: the new file for everybody, on the same file system.
        people: the new file with everything.
        mask: the rights that the first file for everybody does not give, as umask has them.
    """
    said = _said(settings, marts)
    assert said
    assert said.version
    pairs = ((people, settings.people_file, OWNERS_ONLY), (marts, settings.marts_file, READABLE & ~mask))
    for new, target, first_mode in pairs:
        _take_rights(new, target, first_mode)
        sync(new)
    for new, target, _ in pairs:
        os.replace(new, target)  # noqa: PTH105
        sync(target.parent)
    _keep(settings, said.version)
    _prune(settings)


def remove_versions(settings: Settings) -> None:
    """Delete all kept versions but the published one, as after an erasure.

    Raises:
        CxmartError: they can't be deleted.
    """
    try:
        published = _said(settings, settings.marts_file)
        for folder in _folders(settings):
            if not published or folder.name != published.version:
                _remove(folder)
        heal(settings)
    except OSError as error:
        raise translate(error, settings.versions_folder) from error


def _folders(settings: Settings) -> list[Path]:
    return [folder for folder in settings.versions_folder.glob("*") if NAME.fullmatch(folder.name)]


def _said(settings: Settings, path: Path) -> _Said | None:
    """Read what a file says of itself; None where there is none, or it is no publication."""
    if not path.exists():
        return None
    try:
        with opened(path, settings, read_only=True) as published:
            if ("main", "publication") not in relations(published):
                return None
            cursor = published.execute("select * from publication")
            names = [column[0] for column in cursor.description or []]
            row = dict(zip(names, one_row(published, "select * from publication"), strict=True))
    except DamagedFileError:
        return None
    return _Said(row.get("version"), row["run_id"], row.get("published_at"), row.get("as_of"), row.get("restored_from"))


def _keep(settings: Settings, version: str) -> None:
    """Keep what is in place; a version is there with both files or not at all."""
    folder = settings.versions_folder / version
    if folder.exists():
        return
    unfinished = folder.with_name(f"{version}.new")
    unfinished.mkdir(parents=True)
    unfinished.chmod(0o700)
    for path in (settings.marts_file, settings.people_file):
        _link(path, unfinished / path.name)
    sync(unfinished)
    unfinished.rename(folder)
    sync(settings.versions_folder)


def _prune(settings: Settings) -> None:
    folders = sorted(_folders(settings), key=lambda folder: number_of(folder.name))
    for folder in folders[: -settings.keep_versions]:
        _remove(folder)


def _remove(folder: Path) -> None:
    """Delete a version; half of one is never taken for one."""
    doomed = folder.with_name(f"{folder.name}.old")
    folder.rename(doomed)
    shutil.rmtree(doomed)


def _link(source: Path, target: Path) -> None:
    """Give a file a second name, or copy it where the file system has no hard links."""
    target.unlink(missing_ok=True)
    try:
        target.hardlink_to(source)
    except OSError:
        shutil.copy2(source, target)
        sync(target)


def _take_rights(new: Path, target: Path, first_mode: int) -> None:
    """Let a new file be read by those who may read the old one; nobody may write to it.

    A reader that opened it for writing would keep the others out.
    """
    if not target.exists():
        new.chmod(first_mode)
        return
    old = target.stat()
    mode = old.st_mode & READABLE
    try:
        os.chown(new, -1, old.st_gid)
    except OSError:
        mode &= ~0o040  # it was for another group than it has now
    new.chmod(mode | OWNERS_ONLY)
