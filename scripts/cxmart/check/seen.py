"""What is seen of files: their columns, the forms of their values, and words that are known nowhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cxmart.check.hints import Hint
from cxmart.landing import load_files
from cxmart.landing.landed import Landed

MATCHED, UNKNOWN, NEVER_LANDS, HASHED = "matched", "unknown", "never lands", "hashed"


@dataclass(frozen=True)
class Form:
    """A form that values of a column have, with 9 for each digit, the number of rows that have it, and an example."""

    form: str
    rows: int
    example: str


@dataclass
class ColumnSeen:
    """A column of a file: its name there, and the declared column that it is.

    `state` is matched, unknown (it lands as text), hashed or never lands. `nearest` are declared names that come near
    an unknown one. Of the first rows `filled` have a value; it is in `forms`, or in `words` where it is one of a list,
    as they are written, else `examples` are the commonest. `unknown_words` are those that are known nowhere. `lowest`
    and `highest` are as they would land.
    """

    name: str
    column: str | None = None
    data_type: str | None = None
    is_required: bool = False
    state: str = UNKNOWN
    nearest: list[str] = field(default_factory=list)
    forms: list[Form] = field(default_factory=list)
    filled: int | None = None
    lowest: str | None = None
    highest: str | None = None
    examples: list[str] = field(default_factory=list)
    words: dict[str, int] = field(default_factory=dict)
    unknown_words: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class NamedWords:
    """The words of a column that are names only where `other` is `value` (an event's status, and no agent).

    `rows` counts by (word, what the other column has).
    """

    other: str
    value: str
    rows: Mapping[tuple[str, str], int]


# What a file is, as programs are told it.
TOLD_OF_FILES = ("file", "sheet", "table", "format", "compression", "encoding", "delimiter", "looked_at")


@dataclass
class FileSeen:
    """What a file is, and what would become of it: `landed`, or the `error` for which it would be refused.

    Of the first rows, `looked_at` of them, it is told how their values are written.
    """

    file: str
    format: str
    compression: str = "none"
    sheet: str | None = None
    table: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    columns: list[ColumnSeen] = field(default_factory=list)
    missing_required: list[str] = field(default_factory=list)
    missing_optional: list[str] = field(default_factory=list)
    looked_at: int = 0
    landed: Landed | None = None
    error: str | None = None
    hints: list[Hint] = field(default_factory=list)
    words_if: dict[str, NamedWords] = field(default_factory=dict)

    @property
    def is_fine(self) -> bool:
        """Whether every row would land with every value."""
        return self.landed is not None and not self.landed.rows_rejected and not self.landed.values_rejected

    def as_json(self) -> dict[str, Any]:
        """Give it for JSON."""
        landed = self.landed
        told: dict[str, Any] = {name: getattr(self, name) for name in (*TOLD_OF_FILES, "error")}
        told["columns"] = [{**vars(column), "forms": [vars(form) for form in column.forms]} for column in self.columns]
        told["missing_required"], told["missing_optional"] = self.missing_required, self.missing_optional
        for name in ("read", "loaded", "duplicate", "stale", "rejected"):
            told[f"rows_{name}"] = getattr(landed, f"rows_{name}") if landed else None
        told["values_left_out"] = landed.values_rejected if landed else None
        told["remarks"] = load_files.remarks(landed) if landed else []
        told["reject_groups"] = [group.as_json() for group in landed.reject_groups] if landed else []
        told["hints"] = [
            {name: getattr(hint, name) for name in ("column", "rows", "message", "setting", "file")}
            for hint in self.hints
        ]
        return told


@dataclass(frozen=True)
class WordToName:
    """A word that is known nowhere, of what kind it is, in how many rows, and the names that it may mean."""

    kind: str
    word: str
    rows: int
    names: tuple[str, ...]
    nearest: tuple[str, ...]
