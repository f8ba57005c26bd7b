"""The mutants of today's models: which there are, and which are run."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from mutation.operators import OPERATORS, Edit, Source

PROJECT_ROOT = Path(__file__).resolve().parents[2]
# The layers in the order of docs/mutants.md: folder or file, and title.
LAYERS = {
    "models/marts/kpis": "KPIs",
    "models/marts/core": "Facts and dimensions",
    "models/intermediate": "Intermediate models",
    "models/marts/scorecard": "Roll-ups",
    "macros": "Macros",
}
MACROS = (
    "macros/rollups.sql",
    "macros/daily_stock.sql",
    "macros/engine/time.sql",
    "macros/engine/calendars.sql",
    "macros/engine/aggregates.sql",
)
# Models that are lists of what other files say, and those that tell of the data and not of any KPI.
LEFT_OUT = {"kpi_catalog", "kpi_slices", "kpi_exclusion_reasons", "row_accounting", "findings"}
# One mutant of a model for so many lines, within the bounds; those of KPIs are the most important ones.
LINES_PER_MUTANT, FEWEST, MOST = 12, 3, 8
FEWEST_OF_KPI = 6


@dataclass(frozen=True)
class Mutant:
    """One change of one file."""

    path: str
    operator: str
    edit: Edit
    line: int
    change: str
    number: int  # of those that read alike

    @property
    def model(self) -> str:
        """The model's name, or the path of a file of macros."""
        return self.path if self.is_macro else Path(self.path).stem

    @property
    def is_macro(self) -> bool:
        return self.path.startswith("macros/")

    @property
    def layer(self) -> str:
        return next(title for folder, title in LAYERS.items() if self.path.startswith(folder))

    @property
    def key(self) -> str:
        """What stays the same when other lines of the file change."""
        return f"{self.model} {self.operator} {digest(self.change, self.number)}"

    def applied(self, text: str) -> str:
        """The text of the file with the change."""
        return text[: self.edit.start] + self.edit.text + text[self.edit.end :]


def digest(*parts: object) -> str:
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:8]


def paths(root: Path) -> list[str]:
    """The files that are broken, by layer."""
    found = []
    for folder in LAYERS:
        if folder == "macros":
            found += MACROS
        else:
            found += sorted(
                str(path.relative_to(root))
                for path in (root / folder).rglob("*.sql")
                if path.stem not in LEFT_OUT and not path.stem.endswith("__findings")
            )
    return found


def source_of(root: Path, path: str) -> Source:
    """A file as the operators see it."""
    text = (root / path).read_text()
    name = path if path.startswith("macros/") else Path(path).stem
    if not path.startswith("models/marts/kpis/"):
        return Source(name, text)
    instants: list[str] = []
    for fact in re.findall(r'ref\("(\w+)"\)', text):
        for found in sorted((root / "models/marts/core").rglob(f"{fact}.yml")):
            (model,) = yaml.safe_load(found.read_text())["models"]
            instants += [column["name"] for column in model["columns"] if column["name"].endswith("_at")]
    return Source(name, text, is_kpi=True, instants=tuple(dict.fromkeys(instants)))


def all_mutants(root: Path, path: str) -> Iterator[Mutant]:
    """Every mutant of a file, operator by operator."""
    source = source_of(root, path)
    seen: dict[tuple[str, str], int] = {}
    for name, function in OPERATORS.items():
        for edit in function(source):
            if source.text[edit.start : edit.end] == edit.text:
                continue
            change = told(source.text, edit)
            number = seen[name, change] = seen.get((name, change), 0) + 1
            yield Mutant(path, name, edit, source.text.count("\n", 0, edit.start + 1) + 1, change, number)


def told(text: str, edit: Edit) -> str:
    """A change in a few words: what stood there and what stands there now, with what is around it in the line."""
    start = max(text.rfind("\n", 0, edit.start) + 1, edit.start - 40)
    end = text.find("\n", edit.end)
    end = min(end if end >= 0 else len(text), edit.end + 40)
    while start > 0 and start < edit.start and re.match(r"\w", text[start - 1]) and re.match(r"\w", text[start]):
        start += 1
    while edit.end < end < len(text) and re.match(r"\w", text[end]) and re.match(r"\w", text[end - 1]):
        end -= 1
    before, after = text[start:end], text[start : edit.start] + edit.text + text[edit.end : end]
    return f"`{plain(before)}` → `{plain(after)}`"


def plain(text: str) -> str:
    return " ".join(text.split()) or " "


def chosen(root: Path, path: str) -> list[Mutant]:
    """The mutants of a file that are run: by turns one of each operator, those of one in the order of a hash."""
    by_operator: dict[str, list[Mutant]] = {}
    for mutant in all_mutants(root, path):
        by_operator.setdefault(mutant.operator, []).append(mutant)
    for mutants in by_operator.values():
        mutants.sort(key=lambda mutant: digest(mutant.key))
    # Facts keep their mutants when they move to another domain's folder.
    seed = re.sub(r"^(models/marts/core)/\w+/", r"\1/", path)
    turns = sorted(by_operator.values(), key=lambda mutants: digest(seed, mutants[0].operator))
    lines = (root / path).read_text().count("\n")
    fewest = FEWEST_OF_KPI if path.startswith("models/marts/kpis/") else FEWEST
    wanted = min(MOST, max(fewest, lines // LINES_PER_MUTANT))
    picked = [
        mutant
        for turn in range(max(map(len, turns), default=0))
        for mutants in turns
        for mutant in mutants[turn : turn + 1]
    ][:wanted]
    return sorted(picked, key=lambda mutant: (mutant.line, mutant.edit.start, mutant.operator, mutant.number))


def todays_mutants(root: Path = PROJECT_ROOT) -> list[Mutant]:
    """The mutants that are run, by layer and file."""
    return [mutant for path in paths(root) for mutant in chosen(root, path)]


def count_places(root: Path = PROJECT_ROOT) -> int:
    """How many mutants there would be if all were run."""
    return sum(1 for path in paths(root) for _ in all_mutants(root, path))
