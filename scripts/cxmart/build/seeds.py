"""Checking the seeds before dbt starts: the macros that check them after dbt has loaded them, on a database in memory.

There is one definition of what is wrong with a row, in macros/configuration. dbt takes seconds to come to it; here the
same macros are rendered by Jinja alone, and what they ask of the database is asked of one that holds nothing but seeds.
"""

import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb
import yaml
from jinja2 import Environment, StrictUndefined
from jinja2.ext import do as do_extension

from cxmart.base.database import literal, quoted, relations
from cxmart.base.errors import CxmartError, ExitCode, first_line
from cxmart.base.settings import Settings
from cxmart.base.suggestions import did_you_mean, nearest
from cxmart.contract.vocabulary import ALIASES, PLACEHOLDERS, SCALES, WORDS, name_key, seed_rows

CHANNELS = "channels"
# What the loader reads of them.
SEEDS_OF_LOADER = (ALIASES, PLACEHOLDERS, SCALES, WORDS)

MACRO = re.compile(r"({%-?\s*macro\s+)(\w+)")
# A macro of another name in its own file, so that calls go to the one that knows `return`.
PREFIX = "macro_of_"

# What the engine says of a file that it can't read.
FILE_IN_ERROR = re.compile(r"""(?:file|File|path) ?[:=]? ?['"]?(/[^'"\n]+\.csv)""")
WRONG_COLUMNS = re.compile(
    r"CSV Error on Line: (?P<line>\d+).*Expected Number of Columns: (?P<expected>\d+) Found: (?P<found>\d+)", re.DOTALL
)


@dataclass(frozen=True)
class Seed:
    """A seed of the project: its file, its columns with their types, and what its YAML says beside that (`meta`)."""

    name: str
    file: Path
    column_types: Mapping[str, str]
    meta: Mapping[str, Any]


@dataclass
class Checked:
    """What the seeds say that is worth knowing, in sentences; none where all of them are the shipped ones.

    `notes` are how they are understood, `warnings` what may be a mistake and can be used.
    """

    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


class _Return(Exception):
    """What a macro gives back, as dbt has it."""

    def __init__(self, value: object) -> None:
        super().__init__()
        self.value = value


class _Problem(Exception):
    """What a macro raises as an error of the compiler."""


@dataclass(frozen=True)
class _Column:
    cells: list[Any]

    def values(self) -> list[Any]:
        return self.cells


@dataclass(frozen=True)
class _Answer:
    """The rows of a query, by rows and by columns."""

    rows: list[tuple[Any, ...]]
    width: int

    @property
    def columns(self) -> list[_Column]:
        return [_Column([row[place] for row in self.rows]) for place in range(self.width)]


@dataclass(frozen=True)
class _Relation:
    """The table of a seed, as macros take one."""

    identifier: str

    def __str__(self) -> str:
        return f"seeds.{quoted(self.identifier)}"


def read_seeds(project_root: Path) -> list[Seed]:
    """List the seeds of the project, as their YAML declares them, in alphabetical order."""
    seeds = []
    for path in sorted((project_root / "seeds").glob("*.yml")):
        for declared in (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("seeds", ()):
            config = declared.get("config") or {}
            file = path.with_name(f"{declared['name']}.csv")
            seeds.append(Seed(declared["name"], file, config.get("column_types") or {}, config.get("meta") or {}))
    return sorted(seeds, key=lambda seed: seed.name)


def check_seeds(settings: Settings, names: Collection[str] | None = None) -> Checked:
    """Check every seed, and a brand's own rows among them.

    Args:
        settings: the project, and the folder of a brand's own seeds.
        names: only these seeds, of those that are the brand's own; by default all, and the folder itself.

    Returns:
        What is to be told of them.

    Raises:
        CxmartError: rows that can't be used, in all of the seeds, with file and line.
    """
    if names is not None:
        names = [name for name in names if own_file(settings, name)]
        if not names:
            return Checked()
    with configured(settings, names) as (connection, checked):
        checked.warnings += _unlisted_channels(connection, settings)
        return checked


def own_file(settings: Settings, seed: str) -> Path | None:
    """Find a brand's own file of a seed."""
    files = [settings.config / f"{seed}{end}.csv" for end in ("", ".replace")] if settings.config else []
    return next((path for path in files if path.is_file()), None)


def _unlisted_channels(connection: duckdb.DuckDBPyConnection, settings: Settings) -> list[str]:
    """Tell which names of channels a brand's aliases lead to that no row of channels describes."""
    path = own_file(settings, ALIASES)
    if path is None or (("seeds", ALIASES) not in relations(connection)):
        return []
    known = {name_key(row["channel"]): row["channel"] for row in seed_rows(settings, CHANNELS, ("channel",))}
    found: dict[str, list[str]] = {}
    for row in seed_rows(settings, ALIASES, ("kind", "alias", "name")):
        if row["kind"] == "channel" and name_key(row["name"]) not in known:
            found.setdefault(row["name"], []).append(row["alias"])
    return [
        f"{path}: {', '.join(aliases)} is called {name}, a channel that channels.csv does not list"
        f"{did_you_mean(name, known.values())}{';' if not nearest(name, known.values()) else ''} a new channel needs a "
        f"row in channels.csv, such as {name},web,false,Our own channel; without it nobody knows whether it is social"
        for name, aliases in found.items()
    ]


@contextmanager
def configured(
    settings: Settings, names: Collection[str] | None = None
) -> Iterator[tuple[duckdb.DuckDBPyConnection, Checked]]:
    """Load every seed as a build does, into a database in memory.

    Args:
        settings: the project, and the folder of a brand's own seeds.
        names: only these seeds, without a look at the folder itself.

    Yields:
        The database, with a table each in schema `seeds`, and what is to be told of them.

    Raises:
        CxmartError: rows that can't be used, in all of the seeds, with file and line.
    """
    folder = settings.project_root / "macros"
    checked = Checked()
    with duckdb.connect(config={"threads": 1}) as connection:
        if (folder / "configuration" / "configuration.sql").is_file():
            macros = _macros(folder, connection, settings, checked)
            seeds = [seed for seed in read_seeds(settings.project_root) if names is None or seed.name in names]
            _check(macros, connection, seeds, has_folder=names is None)
        yield connection, checked


def own_rows(connection: duckdb.DuckDBPyConnection, settings: Settings) -> dict[str, int]:
    """Count the rows of each seed of the attached build that are not those of the file that cxmart ships.

    Args:
        connection: any, with the build attached as `build`.
        settings: the project.

    Returns:
        The numbers by seed; a seed that the build does not have, or has with other columns, is not among them.
    """
    counts = {}
    for seed in read_seeds(settings.project_root):
        columns = ", ".join(map(quoted, seed.column_types))
        with suppress(duckdb.CatalogException, duckdb.BinderException):
            (counts[seed.name],) = connection.execute(
                f"select count(*) from (select {columns} from build.seeds.{quoted(seed.name)} "
                f"except all select {columns} from {_shipped(seed)})"
            ).fetchall()[0]
    return counts


def _shipped(seed: Seed) -> str:
    """Read the shipped file of a seed, as SQL; its path is no pattern."""
    path = literal(re.sub(r"([\[*?])", r"[\1]", str(seed.file)))
    return f"read_csv({path}, header = true, nullstr = '', types = {dict(seed.column_types)})"


def _check(
    macros: Mapping[str, Any], connection: duckdb.DuckDBPyConnection, seeds: Sequence[Seed], *, has_folder: bool
) -> None:
    problems = []
    calls = _calls(macros, connection, seeds)
    for call in calls if has_folder else islice(calls, 1, None):
        try:
            call()
        except _Problem as problem:
            problems.append(str(problem))
        except duckdb.Error as error:
            problems.append(_unreadable(str(error)))
    if problems:
        raise CxmartError("\n".join(problems), ExitCode.USAGE)


def _unreadable(text: str) -> str:
    """Say what the engine means that can't read a file of seeds."""
    path = (FILE_IN_ERROR.search(text) or ["", "a file of seeds"])[1]
    if wrong := WRONG_COLUMNS.search(text):
        return (
            f"{path} can't be read:\n  line {wrong['line']}: it has {wrong['found']} values, and there are "
            f"{wrong['expected']} columns; a value with the separator in it stands in quotes"
        )
    if "utf-8" in text.lower() or "utf8" in text.lower():
        return f"{path} can't be read: it is not encoded in UTF-8; save it as CSV UTF-8"
    return f"{path} can't be read: {first_line(text)}"


def _calls(macros: Mapping[str, Any], connection: duckdb.DuckDBPyConnection, seeds: Sequence[Seed]) -> Iterator[Any]:
    """Give each check as something to call; a seed is loaded when its turn comes."""
    yield macros["check_configuration_folder"]
    connection.execute("create schema seeds")
    for seed in seeds:
        columns = ", ".join(f"{quoted(name)} {data_type}" for name, data_type in seed.column_types.items())
        relation = _Relation(seed.name)
        connection.execute(f"create table {relation} ({columns})")

        def configure(seed: Seed = seed, relation: _Relation = relation) -> None:
            connection.execute(f"insert into {relation} by name from {_shipped(seed)}")
            macros["configure_seed"](relation, dict(seed.column_types), dict(seed.meta))

        yield configure


def _macros(
    folder: Path,
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    checked: Checked,
) -> dict[str, Any]:
    """Give every macro of the project as something to call, in what dbt would give them to work with."""
    seeds = read_seeds(settings.project_root)
    given = {**os.environ, **settings.dbt_environment()}

    def run_query(query: str) -> _Answer:
        cursor = connection.execute(query)
        return _Answer(cursor.fetchall(), len(cursor.description or ()))

    def give(value: object) -> None:
        raise _Return(value)

    def complain(message: str) -> None:
        raise _Problem(message)

    jinja = Environment(extensions=[do_extension], undefined=StrictUndefined, autoescape=False)  # noqa: S701
    context: dict[str, Any] = {
        **jinja.globals,
        "execute": True,
        "env_var": lambda name, default="": given.get(name, default),
        "var": lambda _name, default=None: default,
        "run_query": run_query,
        "return": give,
        "fromyaml": _from_yaml,
        "log": lambda text, info=False: checked.notes.append(str(text)) if info else None,
        "exceptions": {"raise_compiler_error": complain},
        "modules": {"re": re},
        "graph": {"nodes": {seed.name: {"resource_type": "seed", "name": seed.name} for seed in seeds}},
    }
    context["context"] = context
    context["adapter"] = _Adapter(context)
    jinja.globals = context  # every macro sees those of all files
    for path in sorted(folder.rglob("*.sql")):
        source = path.read_text(encoding="utf-8")
        file = _MacroFile(jinja, MACRO.sub(rf"\1{PREFIX}\2", source))
        context.update({name: file.macro(name) for _, name in MACRO.findall(source)})
    return context


class _Adapter:
    """dbt's adapter, as far as macros ask it: which macro of a name is this engine's."""

    def __init__(self, macros: Mapping[str, Any]) -> None:
        self._macros = macros

    def dispatch(self, name: str, _package: str | None = None) -> Callable[..., object]:
        """Give the engine's own macro, or else the one of all engines."""
        found: Callable[..., object] = self._macros.get(f"duckdb__{name}") or self._macros[f"default__{name}"]
        return found


class _MacroFile:
    """The macros of a file, which is rendered at the first call: those of other files must be known by then."""

    def __init__(self, jinja: Environment, source: str) -> None:
        self._jinja = jinja
        self._source = source
        self._module: Any = None

    def macro(self, name: str) -> Callable[..., object]:
        """Give a macro as something to call, which gives what it returns, or else its text."""

        def call(*arguments: object, **named: object) -> object:
            if self._module is None:
                self._module = self._jinja.from_string(self._source).module
            try:
                text: str = getattr(self._module, f"{PREFIX}{name}")(*arguments, **named)
            except _Return as given:
                return given.value
            return text

        return call


@lru_cache
def _from_yaml(text: str) -> object:
    # The reader in C is ten times as fast, where there is one.
    return yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
