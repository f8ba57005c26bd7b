"""The files to be: made beside the published ones, and checked before they take their place."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from cxmart.base.database import one_row, opened, quoted, relations
from cxmart.base.errors import CxmartError, DamagedFileError, ExitCode
from cxmart.base.settings import Settings
from cxmart.publish.contents import SCHEMA, count_and_checksum
from cxmart.publish.privacy_guard import SECRET_COLUMN

TEMPORARY_NAME = re.compile(r"marts(_people)?\.duckdb\.(\d+)\.tmp(\.wal|\.tmp)?")


@dataclass(frozen=True)
class NewFiles:
    """Two files to be; `mask` takes rights away from those that are published for the first time, as umask does."""

    marts: Path
    people: Path
    mask: int


def check_targets(settings: Settings) -> None:
    """Refuse to replace files that cxmart did not publish.

    Raises:
        CxmartError: a target is such a file.
    """
    for target in (settings.marts_file, settings.people_file):
        refuse_stray_log(target)
        if not target.exists():
            continue
        try:
            with opened(target, settings, read_only=True) as published:
                is_ours = (SCHEMA, "publication") in relations(published)
        except DamagedFileError:
            is_ours = False
        if not is_ours:
            raise CxmartError(
                f"{target} was not published by cxmart, so it stays as it is; "
                "move it away, or set CXMART_HOME to another folder",
                ExitCode.WAREHOUSE,
            )


def refuse_stray_log(target: Path) -> None:
    """Refuse to work beside a write-ahead log: DuckDB would play it into whatever file has the name next.

    Raises:
        CxmartError: there is one.
    """
    stray = target.with_name(f"{target.name}.wal")
    if stray.exists():
        raise CxmartError(
            f"{stray} lies beside the published file and would be played into the next one; "
            f"some program has written to {target.name}: move both away, and publish again",
            ExitCode.WAREHOUSE,
        )


def remove_leftovers(settings: Settings) -> None:
    """Delete the temporary files of publishing processes that were killed."""
    for path in settings.home.glob("marts*.duckdb.*"):
        found = TEMPORARY_NAME.fullmatch(path.name)
        if not found or _is_running(int(found.group(2))):
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _is_running(process_id: int) -> bool:
    if process_id == os.getpid():
        return False  # an earlier process of the same number left it
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


@contextmanager
def new_files(settings: Settings) -> Iterator[NewFiles]:
    """Give the names of the new files; what is made under them is readable to nobody else, and gone in the end."""
    names = [path.with_name(f"{path.name}.{os.getpid()}.tmp") for path in (settings.marts_file, settings.people_file)]
    mask = os.umask(0o077)
    try:
        yield NewFiles(marts=names[0], people=names[1], mask=mask)
    finally:
        os.umask(mask)
        for name in names:
            for path in (name, name.with_name(f"{name.name}.wal")):
                path.unlink(missing_ok=True)


def verify(settings: Settings, path: Path) -> None:
    """Read a published file as its readers do, and compare its tables with what it says of them.

    Args:
        settings: for the memory limit.
        path: the file.

    Raises:
        CxmartError: it can't be read, a table is missing or other than when it was made, or a column must not be there.
    """
    with opened(path, settings, read_only=True) as published:
        there = {name for schema, name in relations(published) if schema == SCHEMA}
        listed = published.execute("select table_name, row_count, checksum from publication_tables").fetchall()
        (written_by,) = one_row(published, "select duckdb_version from publication")
        for table, row_count, checksum in listed:
            found = count_and_checksum(published, f"{SCHEMA}.{quoted(table)}") if table in there else (0, "")
            # Another version of DuckDB may hash in another way.
            if found[0] != row_count or (written_by == duckdb.__version__ and found[1] != checksum):
                raise CxmartError(
                    f"table {table} of {path} has {found[0]} rows where {row_count} were written, or other ones; "
                    "nothing was published",
                    ExitCode.WAREHOUSE,
                )
        secret = [
            f"{table}.{column}"
            for table, column in published.execute(
                "select table_name, column_name from duckdb_columns() where not internal"
            ).fetchall()
            if SECRET_COLUMN.search(column)
        ]
    if secret:
        raise CxmartError(f"{secret[0]} would be published, and holds what must not be; nothing was published")
