"""raw.duckdb itself: making it, marking it as the loader's, and a folder to work in beside it."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cxmart.base.database import RAW_LAYOUT_VERSION, Connection, check_raw, opened
from cxmart.base.errors import translate
from cxmart.base.settings import Settings

WORK_FOLDER = "landing-"


def prepare(settings: Settings) -> bool:
    """Make sure that raw.duckdb can be written, and make it where it is missing.

    Returns:
        Whether it was made.

    Raises:
        CxmartError: the file is foreign, damaged or held, or can't be made.
    """
    check_raw(settings)
    is_made = not settings.raw_file.exists()
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        if is_made:
            _make(settings)
    except OSError as error:
        raise translate(error, settings.home) from error
    # Opening it tells whether it is held. While this holds it no other load works, so what lies there was left by one
    # that was killed.
    with opened(settings.raw_file, settings):
        for left in settings.home.glob(f".{WORK_FOLDER}*"):
            shutil.rmtree(left, ignore_errors=True)
    return is_made


def _make(settings: Settings) -> None:
    """Make raw.duckdb aside and move it into place, so that one that is there is whole."""
    with tempfile.TemporaryDirectory(prefix=f".{WORK_FOLDER}", dir=settings.home, ignore_cleanup_errors=True) as folder:
        new = Path(folder) / "raw.duckdb"
        with opened(new, settings) as raw:
            mark(raw)
        if not settings.raw_file.exists():
            new.rename(settings.raw_file)


def discard(settings: Settings) -> None:
    """Take away a raw.duckdb that was made for files of which none could be loaded."""
    for path in (settings.raw_file, settings.raw_file.with_name("raw.duckdb.wal")):
        path.unlink(missing_ok=True)


@contextmanager
def work_folder(settings: Settings) -> Iterator[Path]:
    """A folder for the clean copy of a file, beside the warehouse; only this user can look into it."""
    with tempfile.TemporaryDirectory(prefix=f".{WORK_FOLDER}", dir=settings.home, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def mark(raw: Connection) -> None:
    """Mark raw.duckdb as made by the loader, with the version of its layout."""
    raw.execute("create table if not exists main.cxmart_raw (layout_version integer)")
    raw.execute(
        "insert into main.cxmart_raw select ? where not exists (select * from main.cxmart_raw)", [RAW_LAYOUT_VERSION]
    )
