"""The contract of a source, as its YAML states it: tables, columns, types, keys, allowed values, how it writes."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from cxmart.base.errors import CxmartError, ExitCode
from cxmart.base.setting_parsers import known_time_zones
from cxmart.base.suggestions import did_you_mean, unknown_name
from cxmart.contract import private_columns, value_forms

# The columns that the loader adds, as macros/hooks.sql has them. The name of the file is in `_loads`, once a load.
# `_date_columns` names the timestamps that were given as a day without a time, with commas between; null for none.
LOADER_COLUMNS = {"_load_id": "bigint", "_line": "bigint", "_loaded_at": "timestamp", "_date_columns": "varchar"}
# Columns that it added once. They are taken away where they are found, and no file may have their names.

# A file lands again, whatever it was checked against before, where what is read of one has changed since.
READER_VERSION = 3

TYPE_NAME = re.compile(r"[a-z]+( ?\(\d+(, ?\d+)?\))?")
SOURCE_NAME = re.compile(r"[a-z][a-z0-9_]*")
# What `required_unless` says of another column where any value will do.
ANY_VALUE = "given"

TEXT_TYPES = {"varchar", "text", "string"}
DATE_ORDERS = ("year_first", "day_first", "month_first")
DECIMALS = ("point", "comma")
ENCODINGS = ("utf-8", "utf-16", "windows-1252")
# What may stand between thousands.
THOUSANDS = ("point", "comma", "blank", "apostrophe")
# Those that seed `words` has words of.
LANGUAGES = ("de", "en", "es", "fr", "it", "pl")
DIALECT_NAMES = (
    "date_order",
    "decimal",
    "thousands",
    "language",
    "timezone",
    "currency",
    "null_marks",
    "encoding",
    "delimiter",
)
LISTED = {
    "date_order": DATE_ORDERS,
    "decimal": DECIMALS,
    "thousands": THOUSANDS,
    "language": LANGUAGES,
    "encoding": ENCODINGS,
}
# Whom a column can name. A reader and a visit are known by a browser, the others by an account; a person and an e-mail
# address (by its hash) are the same in all sources.
PERSON_KINDS = ("customer", "person", "email", "reader", "visit", "agent")


@dataclass(frozen=True)
class Column:
    """A declared column. `minimum` and `maximum` are text that the column's type can read.

    `required_unless` names other columns with the value that excuses an empty one here; ANY_VALUE is whatever value.
    `is_score` is true of text that is a number, or a word of seed survey_scales. `has_default` is true where an empty
    value means something of its own. `kind` is what the seeds name_aliases and words call the names in the column;
    without `accepted_values` any other name may stand there too. `is_fixed` is true where no version of a row changes
    it.

    `names` says of what kinds of person the column holds ids, each with the columns and values that say otherwise. When
    a person is erased, the id gives way to `erased_as` (null by default), or the whole row goes, where it is about that
    person alone (`erases_row`). None of this is part of what decides whether a file lands.
    """

    name: str
    data_type: str = "varchar"
    required: bool = False
    accepted_values: tuple[str, ...] = ()
    minimum: str | None = None
    maximum: str | None = None
    required_unless: tuple[tuple[str, str], ...] = ()
    is_score: bool = False
    has_default: bool = False
    kind: str = ""
    is_fixed: bool = field(default=False, repr=False)
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False, hash=False)
    erased_as: str | None = field(default=None, repr=False)
    erases_row: bool = field(default=False, repr=False)

    @property
    def unit(self) -> str | None:
        """What its numbers count: seconds, minutes, money, or None for anything else."""
        return value_forms.unit_of(self.name, self.data_type)

    @property
    def is_id(self) -> bool:
        """Whether it holds ids: of people, but for hashes of their addresses, or of anything else."""
        is_called_so = self.name.lower() == "id" or self.name.lower().endswith("_id")
        return self.data_type in TEXT_TYPES and (is_called_so or any(kind != "email" for kind in self.names))


@dataclass(frozen=True)
class Table:
    """A declared table. Without a key, files are appended; with one, the newest version of a row stays.

    `let_through` names the columns that land although their names are on the list of private ones, in lower case.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    let_through: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Dialect:
    """How a source writes its files, where they do not say it themselves.

    `timezone` is the zone of times without an offset. `encoding` and `delimiter` are found out where they are None.
    `thousands` is what stands between thousands; where it is None, what can stand for nothing else. `language` is that
    of words and months, `currency` that of rows that name none; both are unknown where they are None.
    """

    timezone: str = "UTC"
    date_order: str = "year_first"
    decimal: str = "point"
    null_marks: tuple[str, ...] = ()
    encoding: str | None = None
    delimiter: str | None = None
    thousands: str | None = None
    language: str | None = None
    currency: str | None = None
    # Of nothing that is read; who has not been told asks for it.
    is_zone_said: bool = field(default=False, repr=False, compare=False)

    def readings(self, *, has_local_times: bool) -> dict[str, object]:
        """Give what decides how the values of a file are read, the zone only where it has times without an offset."""
        names = ("date_order", "decimal", "thousands", "language", "currency", "null_marks")
        found = {name: getattr(self, name) for name in (*(("timezone",) if has_local_times else ()), *names)}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in found.items()}


@dataclass(frozen=True)
class Source:
    """A declared source with the schema of raw.duckdb that it lands in.

    `is_open` is true where the source declares no tables: any file lands, as text, in a table called as the file.
    """

    name: str
    schema: str
    tables: Mapping[str, Table]
    dialect: Dialect = field(default_factory=Dialect)
    is_open: bool = False

    def fingerprint(self, table: Table) -> str:
        """Tell the contract of a table from another version of it, in 16 hexadecimal digits."""
        stated = (READER_VERSION, table.columns, table.key, sorted(table.let_through), self.dialect)
        return hashlib.sha256(repr(stated).encode()).hexdigest()[:16]


def known_sources(project_root: Path) -> list[str]:
    """List the sources that have a folder with a contract under models/staging."""
    folders = sorted((project_root / "models" / "staging").glob("*/"))
    return [folder.name for folder in folders if contract_file(project_root, folder.name).is_file()]


def read_source(project_root: Path, name: str) -> Source:
    """Read the contract of a source.

    Args:
        project_root: the folder of the dbt project.
        name: the source, as its folder is called.

    Raises:
        CxmartError: there is no such source, or its YAML can't be read.
    """
    known = known_sources(project_root)
    if name not in known:
        unknown = unknown_name("no source", name, known, others="known sources")
        raise CxmartError(
            f"{unknown}; docs/add-a-source.md says how to add one, and --as-text lands files of a source that has no "
            "YAML yet",
            ExitCode.USAGE,
        )
    path = contract_file(project_root, name)
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        (declared,) = [entry for entry in content["sources"] if entry["name"] == name]
        entries = declared.get("tables") or []
        tables = [_table(entry) for entry in entries]
        schema = declared.get("schema", f"raw_{name}")
        if not str(schema).startswith("raw_"):
            raise ValueError(f"the schema is '{schema}'; call it raw_{name}")
        dialect = read_dialect({name: _meta(declared)[name] for name in DIALECT_NAMES if name in _meta(declared)})
    except (OSError, UnicodeDecodeError, yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise CxmartError(f"{path} can't be read as the contract of source {name}: {error}", ExitCode.USAGE) from error
    return Source(
        name=name,
        schema=schema,
        tables={table.name: table for table in tables},
        dialect=dialect,
        is_open=not entries,
    )


def text_source(project_root: Path, name: str) -> Source:
    """Give the contract of a source that has no YAML yet: any table, every column as text.

    Raises:
        CxmartError: the source has a YAML, or a name that can't be one's.
    """
    if name in known_sources(project_root):
        raise CxmartError(
            f"source {name} has a contract in {contract_file(project_root, name)}; load it without --as-text",
            ExitCode.USAGE,
        )
    if not SOURCE_NAME.fullmatch(name):
        raise CxmartError(
            f"'{name}' can't be the name of a source; give lower-case letters, digits and _, for example shop2",
            ExitCode.USAGE,
        )
    return Source(name=name, schema=f"raw_{name}", tables={}, is_open=True)


def contract_file(project_root: Path, source: str) -> Path:
    """Tell where the contract of a source stands."""
    return project_root / "models" / "staging" / source / f"_{source}__sources.yml"


def _table(entry: Mapping[str, Any]) -> Table:
    name = entry.get("identifier", entry["name"])
    columns = tuple(_column(column) for column in entry.get("columns") or ())
    key = tuple(_meta(entry).get("key", ()))
    declared = {column.name for column in columns}
    if missing := [part for part in key if part not in declared]:
        raise ValueError(f"the key of {entry['name']} names the undeclared column {missing[0]}")
    others = {other for column in columns for other, _ in column.required_unless}
    if unknown := sorted(others - declared):
        raise ValueError(f"required_unless in {entry['name']} names the undeclared column {unknown[0]}")
    let_through = frozenset(str(column).lower() for column in _meta(entry).get("let_through", ()))
    for column in columns:
        kind = private_columns.kind_of(column.name)
        if kind and (column.required or column.name in key) and column.name.lower() not in let_through:
            raise ValueError(
                f"{entry['name']} needs column {column.name}, which never lands (by its name it is the {kind}); "
                "list it in let_through, or do not require it"
            )
    return Table(name=name, columns=columns, key=key, let_through=let_through)


def _column(entry: Mapping[str, Any]) -> Column:
    meta = _meta(entry)
    data_type = str(entry.get("data_type") or "varchar").lower()
    if not TYPE_NAME.fullmatch(data_type):
        raise ValueError(f"column {entry['name']} has the data_type '{data_type}'")
    return Column(
        name=entry["name"],
        data_type=data_type,
        required=bool(meta.get("required", False)),
        accepted_values=tuple(_text(value).lower() for value in meta.get("accepted_values", ())),
        minimum=_text(meta["minimum"]) if "minimum" in meta else None,
        maximum=_text(meta["maximum"]) if "maximum" in meta else None,
        required_unless=tuple((name, _text(value).lower()) for name, value in meta.get("required_unless", {}).items()),
        is_score=bool(meta.get("score", False)),
        has_default="default" in meta,
        kind=str(meta.get("kind", entry["name"] if "accepted_values" in meta else "")),
        is_fixed=bool(meta.get("fixed", False)),
        names=_names(meta.get("names") or {}, entry["name"]),
        erased_as=meta.get("erased_as"),
        erases_row=bool(meta.get("erases_row", False)),
    )


def _names(stated: str | Mapping[str, Any], column: str) -> dict[str, dict[str, str]]:
    """Read whom a column names: a kind, or kinds that each hold unless another column has a value.

    Raises:
        ValueError: there is no such kind.
    """
    kinds = {stated: {}} if isinstance(stated, str) else dict(stated)
    unknown = [kind for kind in kinds if kind not in PERSON_KINDS]
    if unknown:
        raise ValueError(f"column {column} names a '{unknown[0]}'; it can be {', '.join(PERSON_KINDS)}")
    return {
        kind: {other: _text(value).lower() for other, value in (said or {}).get("unless", {}).items()}
        for kind, said in kinds.items()
    }


def read_dialect(said: Mapping[str, Any], usual: Dialect | None = None) -> Dialect:
    """Read how a source writes its files.

    Args:
        said: the settings; one without a value is as if it were not there.
        usual: what holds where they say nothing.

    Raises:
        ValueError: a setting that there is not, or a value that can't be right; it names the setting.
    """
    for name in said:
        if name not in DIALECT_NAMES:
            raise ValueError(f"{name} is no setting{_choices(str(name), DIALECT_NAMES, 'there are')}")
    given = {name: value for name, value in said.items() if value is not None}
    for name, allowed in LISTED.items():
        # YAML takes a plain `no` for false.
        if name in given and given[name] not in allowed:
            raise ValueError(f"{name} is '{_text(given[name])}'{_choices(_text(given[name]), allowed)}")
    if "timezone" in given and given["timezone"] not in (zones := known_time_zones()):
        alike = did_you_mean(str(given["timezone"]), zones)
        more = "" if alike else "; give an IANA name such as Europe/Berlin"
        raise ValueError(f"timezone is '{given['timezone']}', which is no time zone{alike}{more}")
    if "currency" in given and given["currency"] not in value_forms.CURRENCIES:
        raise ValueError(f"currency is '{_text(given['currency'])}'; give an ISO 4217 code such as EUR")
    if "delimiter" in given and (len(str(given["delimiter"])) != 1 or given["delimiter"] in '"\r\n '):
        raise ValueError(f"delimiter is '{given['delimiter']}'; give one character")
    if "null_marks" in given:
        if not isinstance(given["null_marks"], list):
            raise ValueError("null_marks is no list")
        # YAML takes a plain NULL for nothing.
        marks = ("null" if mark is None else _text(mark).strip().lower() for mark in given["null_marks"])
        given["null_marks"] = tuple(marks)
    dialect = replace(usual or Dialect(), **given)
    if "timezone" in given:
        dialect = replace(dialect, is_zone_said=True)
    if dialect.thousands == dialect.decimal:
        raise ValueError(f"thousands and decimal are both {dialect.decimal}; only one of them can be")
    return dialect


def _choices(name: str, known: Iterable[str], what: str = "it can be") -> str:
    """Say which names there are, and which one may be meant by one that is none of them."""
    question = did_you_mean(name, known := tuple(known))
    return f"{f'{question} {what[:1].upper()}{what[1:]}' if question else f'; {what}'} {', '.join(known)}"


def _meta(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    meta: Mapping[str, Any] = (entry.get("config") or {}).get("meta") or {}
    return meta


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
