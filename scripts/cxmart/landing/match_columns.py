"""Which column of a file is which of its table, and what a file lacks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from cxmart.base.errors import CxmartError, shortened
from cxmart.base.suggestions import nearest
from cxmart.contract import private_columns
from cxmart.contract.source_contract import ANY_VALUE, LOADER_COLUMNS, Column, Table
from cxmart.contract.vocabulary import name_key
from cxmart.landing import headings
from cxmart.landing.files import DataFile
from cxmart.landing.read_file import MOST_COLUMNS

HASH_COLUMN = "email_hash"


@dataclass(frozen=True)
class Matching:
    """Which column of a file is which of its table.

    `places` gives the place in the file by the table's name. `dropped` are the file's columns that never land, by the
    kind of what they hold; `let_through` those that land although they are on the list; `hashed` the place of the
    column that becomes `email_hash`.
    """

    places: dict[str, int] = field(default_factory=dict)
    dropped: dict[str, str] = field(default_factory=dict)
    let_through: list[str] = field(default_factory=list)
    hashed: int | None = None

    def landing(self, names: Sequence[str]) -> list[int]:
        """Give the places of the columns that land as they are, of a file with columns of these names."""
        return [place for place, name in enumerate(names) if name not in self.dropped]

    def needed(self, names: Sequence[str]) -> list[int]:
        """Give the places of the columns that are read: those that land, and the one that becomes a hash."""
        return [place for place, name in enumerate(names) if name not in self.dropped or place == self.hashed]


def match_columns(
    file: DataFile,
    names: Sequence[str],
    table: Table,
    known: Iterable[str],
    *,
    has_hash_key: bool,
    is_empty: bool = False,
) -> Matching:
    """Find out which column of a table each column of a file is.

    Args:
        file: the file, for messages.
        names: the file's columns.
        table: the declared table.
        known: the columns that the table has, declared or from earlier files. Names are compared without case; a column
            that is none of these keeps its name.
        has_hash_key: whether e-mail addresses can be hashed.
        is_empty: the file has no record that could name its columns.

    Raises:
        CxmartError: a required column is missing, a name comes twice or belongs to the loader, or there are too many.
    """
    if len(names) > MOST_COLUMNS:
        raise CxmartError(
            f"{file} has {len(names):,} columns, and more than {MOST_COLUMNS:,} are too many; export fewer"
        )
    if unwritable := [name for name in names if "\0" in name]:
        raise CxmartError(f"{file} has a null byte in the name of column {unwritable[0]!r}; rename it")
    table_names = {name.lower(): name for name in known}
    declared = declared_names(table)
    matching = Matching()
    given: dict[str, str] = {}
    for place, file_name in enumerate(names):
        name = declared.get(name_key(file_name)) or table_names.setdefault(file_name.lower(), file_name)
        if name.lower() in LOADER_COLUMNS:
            raise CxmartError(f"{file} has the column {file_name}, a name of the loader's own; rename or drop it")
        if name.lower() in given:
            both = "" if given[name.lower()] == file_name else f" ({given[name.lower()]} and {file_name} are one)"
            raise CxmartError(f"{file} has the column {name} twice{both}; rename or drop one")
        given[name.lower()] = file_name
        kind = private_columns.kind_of(file_name)
        if kind and file_name.lower() not in table.let_through:
            matching.dropped[file_name] = kind
            continue
        if kind:
            matching.let_through.append(file_name)
        matching.places[name] = place
    missing = lacking(table, matching.places)
    if missing and not is_empty:
        raise CxmartError(f"{file} {_what_lacks(missing, names, table, declared)}")
    # The column of the hash may be given; else it is made.
    hashed = private_columns.hashed_column(list(matching.dropped))
    if hashed and has_hash_key and HASH_COLUMN not in given:
        return Matching(matching.places, matching.dropped, matching.let_through, list(names).index(hashed))
    return matching


def _what_lacks(missing: Sequence[str], names: Sequence[str], table: Table, declared: Mapping[str, str]) -> str:
    """Say which columns a file lacks, which of its own may be meant, and which it has."""
    free = [name for name in names if name_key(name) not in declared]
    found = shortened(", ".join(names)) or "none that lands"
    said = f"lacks {', '.join(missing)}, which {table.name} needs"
    if len(free) == len(names) > 0:
        return (
            f"{said}; none of its columns is one of {table.name}: is its first line the header, with the names of the "
            f"columns? It has: {found}"
        )
    meant: list[tuple[str, str]] = []
    for name in missing:
        # One column is not two.
        left = [other for other in free if other not in {taken for _, taken in meant}]
        meant += [(name, other) for other in _headings_of(name, left)[:1]]
    if not meant:
        return f"{said}; it has: {found}"
    renamed = ", ".join(f"{other} to {name}" for name, other in meant)
    return f"{said}; if that is what they hold, rename {renamed}. It has: {found}"


def _headings_of(column: str, names: Sequence[str]) -> list[str]:
    """Give the names in a file that may be those of a declared column."""
    return [name for name in names if headings.meant(name, [column])] or nearest(column, names)


def lacking(table: Table, given: Mapping[str, int]) -> list[str]:
    """List the columns that a table needs, and a file with the given columns does not have."""
    return [column.name for column in table.columns if _must_be_there(column, given)]


def declared_names(table: Table) -> dict[str, str]:
    """Give the columns of a table by what all spellings of their names share, as `Ticket ID` and `created-at`.

    A column that nobody declared is known by its own name only.
    """
    return {name_key(column.name): column.name for column in table.columns}


def _must_be_there(column: Column, given: Mapping[str, int]) -> bool:
    """Tell whether a file with the given columns lacks one that it needs; another one may stand in for it."""
    may_lack = any(value == ANY_VALUE and other in given for other, value in column.required_unless)
    return column.name not in given and (column.required or (bool(column.required_unless) and not may_lack))
