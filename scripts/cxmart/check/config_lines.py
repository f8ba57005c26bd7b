"""Lines of configuration as a file."""

from dataclasses import replace
from pathlib import Path

from cxmart.base.errors import CxmartError, ExitCode, translate
from cxmart.base.settings import Settings
from cxmart.contract import dialects


def folder_for_lines(folder: Path, settings: Settings) -> Path:
    """Give the folder that lines of configuration are to be written into, where they would be all that is needed.

    Raises:
        CxmartError: there are lines already, or a brand's configuration is in another folder.
    """
    folder = Path.cwd() / folder.expanduser()
    path = folder / dialects.FILE_NAME
    if path.exists() or path.is_symlink():
        raise is_there(path)
    if settings.config and (settings.config.resolve() != folder.resolve()):
        raise CxmartError(
            f"CXMART_CONFIG is {settings.config}, and only one folder holds: write into that one, or unset it",
            ExitCode.USAGE,
        )
    return folder


def write_lines(text: str, folder: Path, settings: Settings) -> Path:
    """Write lines of configuration as the file of a folder, which is made where it is missing.

    Raises:
        CxmartError: the file is there, or can't be written.
    """
    path = folder / dialects.FILE_NAME
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise is_there(path) from None
    except OSError as error:
        raise translate(error, path) from error
    dialects.check(replace(settings, config=folder))
    return path


def is_there(path: Path) -> CxmartError:
    """Say that a file is not written over."""
    return CxmartError(
        f"{path} is there already, and is not written over; a check without --write-config prints the lines to add",
        ExitCode.USAGE,
    )
