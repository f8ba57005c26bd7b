"""How a brand's files are written: `sources.yml` in its configuration folder, over what the YAML of a source says.

standard:
  date_order: day_first
  decimal: comma
  language: de
  files:
    "orders*": {decimal: point}
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from cxmart.base.errors import CxmartError, ExitCode, translate
from cxmart.base.settings import Settings
from cxmart.base.suggestions import did_you_mean
from cxmart.contract.source_contract import DIALECT_NAMES, Dialect, Source, known_sources, read_dialect, read_source

FILE_NAME = "sources.yml"
# Holds the settings of single files, by patterns of their names.
FILES = "files"


@dataclass(frozen=True)
class Written:
    """What the file says of one source: settings of all its files, and of those whose name fits a pattern, in order."""

    usual: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def of_file(self, name: str) -> dict[str, Any]:
        """Give the settings of a file by its name; of two patterns that fit, the later one is right.

        The name of a workbook stands for all its sheets, `name#sheet` for one.
        """
        found = dict(self.usual)
        names = {name.lower(), name.lower().partition("#")[0]}
        for pattern, said in self.files.items():
            if any(fnmatchcase(one, pattern.lower()) for one in names):
                found |= said
        return found


def settings_file(settings: Settings) -> Path:
    """Tell where the file is or would be; without a configuration folder, in one that is still to be named."""
    return settings.config / FILE_NAME if settings.config else Path(FILE_NAME)


def place(settings: Settings) -> str:
    """Say where the file is or would be, as a part of a sentence."""
    path = settings_file(settings)
    return str(path) if settings.config else f"{path} in a folder that CXMART_CONFIG names"


def check(settings: Settings) -> None:
    """Make sure that the file, if there is one, can be right for every source that it names.

    Raises:
        CxmartError: it can't be read, or says what can't be; the message names the place.
    """
    read(settings)


def of_file(source: Source, path: Path, settings: Settings) -> Source:
    """Give a source with the dialect that one of its files is written in.

    Raises:
        CxmartError: what the settings say can't be right.
    """
    written = read(settings).get(source.name)
    said = written.of_file(path.name) if written else {}
    return replace(source, dialect=read_dialect(said, source.dialect)) if said else source


def read(settings: Settings) -> Mapping[str, Written]:
    """Read what the file says, by source; nothing where there is none.

    Raises:
        CxmartError: it can't be read, or says what can't be.
    """
    path = settings_file(settings)
    if not settings.config or not path.is_file():
        return {}
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        if isinstance(error, OSError):
            raise translate(error, path) from error
        raise CxmartError(f"{path} is not in UTF-8; save it so", ExitCode.USAGE) from error
    return _parsed(path, text, settings.project_root)


# Each file that lands asks for it.
@lru_cache(maxsize=16)
def _parsed(path: Path, text: str, project_root: Path) -> Mapping[str, Written]:
    try:
        content = yaml.load(text, Loader=_OnceLoader)  # noqa: S506 (a safe loader)
    except yaml.YAMLError as error:
        where = getattr(error, "problem_mark", None)
        line = f", line {where.line + 1}" if where else ""
        problem = getattr(error, "problem", None) or "can't be read"
        raise CxmartError(f"{path}{line} is no YAML: {problem}", ExitCode.USAGE) from error
    known = known_sources(project_root)
    wrong: list[str] = []
    found = {}
    for name, said in _mapping(content, wrong, "sources, each with its settings").items():
        if name not in known:
            question = did_you_mean(str(name), known)
            wrong.append(
                f"{name} is no source{f'{question} S' if question else '; s'}ources are {', '.join(map(str, known))}"
            )
            continue
        usual = read_source(project_root, name).dialect
        own = dict(_mapping(said, wrong, f"settings ({', '.join(DIALECT_NAMES)} or {FILES})", name))
        files = _mapping(own.pop(FILES, None), wrong, "patterns of file names, each with its settings", name, FILES)
        own = _right(own, usual, wrong, name)
        of_files: dict[str, Mapping[str, Any]] = {}
        for pattern, said_of_files in files.items():
            settings_of_files = dict(_mapping(said_of_files, wrong, "settings", name, FILES, pattern))
            if FILES in settings_of_files:
                wrong.append(f"{name}: {FILES}: {pattern}: {FILES} can't stand within {FILES}")
                settings_of_files.pop(FILES)
            of_files[str(pattern)] = _right(settings_of_files, usual, wrong, name, FILES, pattern, beside=own)
        found[str(name)] = Written(own, of_files)
    if len(wrong) == 1:
        raise CxmartError(f"{path}: {wrong[0]}", ExitCode.USAGE)
    if wrong:
        lines = "".join(f"\n  {what}" for what in wrong)
        raise CxmartError(f"{path}: {len(wrong)} things can't be right:{lines}", ExitCode.USAGE)
    return found


def _right(
    said: Mapping[str, Any],
    usual: Dialect,
    wrong: list[str],
    *place: object,
    beside: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Give the settings that can be right; say of each of the others what is wrong, each by itself.

    Args:
        said: settings.
        usual: what holds where they say nothing.
        wrong: takes what is wrong.
        place: where they stand.
        beside: what is said of all files.
    """
    where = ": ".join(map(str, place))
    right = {}
    for name, value in said.items():
        try:
            # Only what is said of the same things can contradict it.
            read_dialect({name: value}, Dialect(thousands=None, decimal="point" if name != "thousands" else ""))
        except ValueError as error:
            wrong.append(f"{where}: {error}")
        else:
            right[name] = value
    try:
        read_dialect({**(beside or {}), **right}, usual)
    except ValueError as error:
        wrong.append(f"{where}: {error}")
        # Said once, and not again of each file.
        right.pop("thousands", None)
    return right


def _mapping(content: object, wrong: list[str], what: str, *place: object) -> Mapping[Any, Any]:
    if content is None:
        return {}
    if not isinstance(content, dict):
        where = f"{': '.join(map(str, place))}: " if place else ""
        wrong.append(f"{where}what stands there are no {what}")
        return {}
    return content


class _OnceLoader(yaml.SafeLoader):
    """Reads YAML, and takes no key twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Construct a mapping; of a key that comes twice, nobody knows which one is meant."""
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    raise yaml.constructor.ConstructorError(
                        None, None, f"{key.value} stands there twice", key.start_mark
                    )
                seen.add(key.value)
        return super().construct_mapping(node, deep)
