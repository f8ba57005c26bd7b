"""What becomes of a file: the numbers of its rows, and how the landing of it goes on."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from enum import Enum
from typing import Any

from cxmart.base.database import Connection
from cxmart.landing import read_file
from cxmart.landing.match_columns import Matching
from cxmart.landing.rejects import Group


@dataclass(frozen=True)
class Landed:
    """What became of a file. `is_new` is false where the same bytes had been loaded before, as `load_id`.

    Of the rows read, each was loaded, is a duplicate (the same as a row that stays), is stale (older than one), was
    rejected, or was erased (left out, as it is about a person who was forgotten). Of those loaded or stale,
    `rows_undated_change` differ from another row of their key without `updated_at` deciding; `rows_conflicting` gave
    way to another row of their key that is no version of the same thing (`conflict` says in what they differ). Of those
    loaded, `rows_reread` took the place of a row that had been read under settings which hold no more. Of the
    rows that were not rejected, `values_rejected` values were, and are empty. `times_moved` and
    `times_twice` count local times that did not exist or came twice. `dropped` names columns that never land,
    `let_through` those that land although they are on the list, and `notes` says what else a person should know.
    `reject_groups` says why rows and values were rejected. Of a file that was loaded before, `rows_read_before` and
    `rows_rejected_before` tell of that load, and count what is not settled since. `local_time` is an example (column
    and text) of times that have no offset, where nobody has said of which zone they are.
    """

    file: str
    table: str
    is_new: bool
    load_id: int
    rows_read: int = 0
    rows_loaded: int = 0
    rows_duplicate: int = 0
    rows_stale: int = 0
    rows_rejected: int = 0
    rows_erased: int = 0
    rows_undated_change: int = 0
    rows_conflicting: int = 0
    values_rejected: int = 0
    conflict: str = ""
    rejects_cleared: int = 0
    times_moved: int = 0
    times_twice: int = 0
    dropped: tuple[str, ...] = ()
    let_through: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    bytes: int = 0
    seconds: float = 0.0
    reject_groups: tuple[Group, ...] = ()
    rows_read_before: int = 0
    rows_rejected_before: int = 0
    rows_reread: int = 0
    local_time: tuple[str, str] | None = None

    @property
    def rejected_of(self) -> tuple[int, int]:
        """How many rows of the file did not land, and of how many."""
        if self.is_new:
            return self.rows_rejected, self.rows_read - self.rows_erased
        return self.rows_rejected_before, self.rows_read_before

    @property
    def is_all_rejected(self) -> bool:
        """Whether no row of the file landed, but for those of erased persons."""
        rejected, rows = self.rejected_of
        return 0 < rows == rejected

    def as_json(self) -> dict[str, Any]:
        """Give it for JSON."""
        return {**asdict(self), "reject_groups": [group.as_json() for group in self.reject_groups]}


class Stage(Enum):
    """What is done with a file, in this order; `share` says about how much of the time it takes."""

    HASHING = 0.07
    READING = 0.45
    COMPARING = 0.08
    WRITING = 0.40

    @property
    def share(self) -> float:
        """The part of the time that a file takes (0-1)."""
        return self.value

    @property
    def share_before(self) -> float:
        """The part that the stages before it take (0-1)."""
        stages = list(Stage)
        return sum(stage.share for stage in stages[: stages.index(self)])


@dataclass(frozen=True)
class Look:
    """How a file is written: the names of its columns, and of text the encoding and what stands between fields."""

    names: Sequence[str]
    encoding: str | None = None
    delimiter: str | None = None


@dataclass
class Watcher:
    """Is told how the landing of a file goes on.

    `read`: bytes that were read through. `working`: the connection that works now. `entered`: the next stage, and how
    many rows the file has where that is known. `looked`: how it is written, before it is compared with the contract.
    `taken`: how its values can be read as they are written, and which column is which.
    """

    read: Callable[[int], None] = field(default=lambda _: None)
    working: Callable[[Connection | None], None] = field(default=lambda _: None)
    entered: Callable[[Stage, int | None], None] = field(default=lambda _stage, _rows: None)
    looked: Callable[[Look], None] = field(default=lambda _: None)
    taken: Callable[[Connection, read_file.Scan, Matching], None] = field(default=lambda _raw, _scan, _matching: None)
