"""The rows of a file on their way into their table."""

from dataclasses import dataclass

from cxmart.base.database import Connection
from cxmart.base.settings import Settings
from cxmart.contract.source_contract import Source, Table
from cxmart.landing.accounts import relation
from cxmart.landing.files import DataFile
from cxmart.landing.incoming import Incoming
from cxmart.landing.landed import Watcher

ACCEPTED = "temp.accepted"
SET_ASIDE = "temp.set_aside"


@dataclass(frozen=True)
class TableLoad:
    """The rows of a file on their way from `incoming` into raw.duckdb, within a transaction.

    `declared` is the source as its YAML has it, without what is said of the file.
    """

    raw: Connection
    file: DataFile
    source: Source
    table: Table
    incoming: Incoming
    settings: Settings
    watcher: Watcher
    declared: Source

    @property
    def target(self) -> str:
        """The table in raw.duckdb."""
        return relation(self.source, self.table.name)

    @property
    def rejects(self) -> str:
        """The table of rejects of the source."""
        return relation(self.source, "_rejects")

    @property
    def values(self) -> dict[str, str]:
        """The columns of the table with the names that `incoming` has for them."""
        return {column.name: f"v{number}" for number, column in enumerate(self.incoming.columns)}

    @property
    def is_accepted(self) -> str:
        """The condition of a row of `incoming` that lands."""
        return f"(failed_check is null or failed_check >= {self.incoming.projection.first_keeping})"

    def row_key(self, relation: str = "") -> str:
        """Write the key of a row as text; null where a part of it that must be there is not."""
        if not self.table.key:
            return "cast(null as varchar)"
        names = {name: f"{relation}.{value}" if relation else value for name, value in self.values.items()}
        parts = [names[name] for name in self.table.key]
        required = {column.name for column in self.table.columns if column.required}
        is_known = " and ".join(f"{names[name]} is not null" for name in self.table.key if name in required)
        text = f"cast(to_json([{', '.join(f'cast({part} as varchar)' for part in parts)}]) as varchar)"
        return f"case when {is_known or 'true'} then {text} end"
