"""docs/mutants.md: how many mutants there are and what catches them; and the list of all of a run."""

from __future__ import annotations

import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from mutation.mutate import FEWEST, FEWEST_OF_KPI, LAYERS, LINES_PER_MUTANT, MOST, Mutant
from mutation.operators import OPERATORS

PROOFS = Path(__file__).with_name("equivalent.toml")
# What may become of a mutant, in the order of the totals.
EQUIVALENT, NOT_RUN, NO_MUTANT = "equivalent", "not run", "no mutant"
FATES = ("unit test", "case", "data set", "invariant", EQUIVALENT, "nothing", NOT_RUN)

INTRO = """\
# Mutants

Tests that never fail prove nothing. So each model is broken on purpose, one change at a time, in ways in which such
models typically break: a mutant. A mutant is caught if a test fails. A mutant that no test catches is a gap in the
tests, unless it can be shown to be equivalent to the model.

```sh
make mutants                                    # all: 20 minutes on one core; continues where it was interrupted
make mutants ARGS="--model fct_tickets"         # those of one model
make mutants ARGS="--layer models/marts/kpis"   # those of one folder
make mutants ARGS="--sample 20 --seed 7"        # a random sample
make mutants ARGS="--fresh"                     # all, including those that are known to be caught
```

It fails if a surviving mutant is not explained in `tests/mutation/equivalent.toml`, or if a mutant listed there is
caught. A complete run writes this page; each run writes the list of all mutants, with the test that caught each, to
`target/mutants/list.md`. Mutants exist in memory only; no file of the project is changed.

What may catch a mutant, in the order in which they run; the first is reported:

- **unit test**: a test in the model's `.yml`, on rows of its own;
- **case**: rows with cells worked out by hand (`tests/python/independent/cases*.py`), on which no cell of `kpi_values`
  and no standard may change;
- **data set**: deliberately nasty rows (`tests/python/independent/nasty*.py`), on which every cell must match the
  independent calculation in Python;
- **invariant**: a singular test (`tests/singular/`) on such a data set.

For models that no cell depends on, such as `kpi_scorecard`, only unit tests run. For a mutant of a macro, unit tests
run last, because there are many. The models for findings and row accounting are not mutated yet.
"""

CHOICE = f"""\
## Which mutants

The operators of `tests/mutation/operators.py` find {{found}} places in the models. For each model, one mutant per
{LINES_PER_MUTANT} lines is run, at least {FEWEST} ({FEWEST_OF_KPI} for a KPI) and at most {MOST}, or all if
there are fewer. They are chosen in turns, one per applicable operator, and within an operator in the order of a
hash of the change. So the choice is reproducible and spread over operators and lines, and changing one line
leaves most of the others chosen.
"""


@dataclass(frozen=True)
class Equivalent:
    """A mutant that no test can catch, and why."""

    model: str
    operator: str
    change: str
    why: str


def equivalents(mutants: list[Mutant], proofs: Path = PROOFS) -> dict[str, Equivalent]:
    """The mutants that a file of proofs says are equivalent, by key; an error where one is no mutant of today's."""
    keys = {(mutant.model, mutant.operator, shown(mutant)): mutant.key for mutant in mutants}
    found = {}
    for entry in tomllib.loads(proofs.read_text()).get("equivalent", []):
        equivalent = Equivalent(**entry)
        place = (equivalent.model, equivalent.operator, equivalent.change)
        if place not in keys:
            raise ValueError(f"{proofs.name} names a mutant that is none of today's: {place}")
        found[keys[place]] = equivalent
    return found


def shown(mutant: Mutant) -> str:
    """The change in words, told apart from others of the model that read alike."""
    return mutant.change + (f" ({mutant.number})" if mutant.number > 1 else "")


def escaped(text: str) -> str:
    return text.replace("|", "\\|")


def fates_of(
    mutants: list[Mutant], results: dict[str, tuple[str, str]], known: dict[str, Equivalent]
) -> dict[str, tuple[str, str]]:
    """What became of each mutant and the name of the test, by the mutant's key.

    Args:
        mutants: today's mutants.
        results: what caught a mutant and the test's name, by the mutant's key.
        known: the equivalent mutants, by key.
    """
    return {
        mutant.key: (EQUIVALENT, "") if mutant.key in known else results.get(mutant.key, (NOT_RUN, ""))
        for mutant in mutants
    }


def page(mutants: list[Mutant], places: int, fates: dict[str, tuple[str, str]], known: dict[str, Equivalent]) -> str:
    """The text of the page: what a whole run came to, and why some can't be caught.

    Args:
        mutants: the mutants of the run.
        places: how many there would be if all were run.
        fates: what became of each.
        known: the equivalent mutants, by key.
    """
    real = [mutant for mutant in mutants if fates[mutant.key][0] != NO_MUTANT]
    parts = [INTRO, CHOICE.format(found=f"{places:,}"), totals(real, fates)]
    proofs = [
        f"- `{equivalent.model}`, {equivalent.operator}: {equivalent.change}\n  {' '.join(equivalent.why.split())}\n"
        for equivalent in known.values()
    ]
    told = "No test can catch these: every figure is the same with and without the change."
    parts.append(f"## Equivalent mutants\n\n{told}\n\n{''.join(proofs)}")
    return "\n".join(parts)


def listing(mutants: list[Mutant], fates: dict[str, tuple[str, str]]) -> str:
    """Every mutant with what caught it, layer by layer."""
    real = [mutant for mutant in mutants if fates[mutant.key][0] != NO_MUTANT]
    parts = [table(title, [mutant for mutant in real if mutant.layer == title], fates) for title in LAYERS.values()]
    none = [mutant for mutant in mutants if fates[mutant.key][0] == NO_MUTANT]
    return "\n".join([*parts, table("Changes that make no mutant", none, fates)])


def totals(mutants: list[Mutant], fates: dict[str, tuple[str, str]]) -> str:
    """How many mutants each operator and each layer has, and what became of them."""
    head = [fate for fate in FATES if any(found == fate for found, _ in fates.values())]
    lines = ["## Totals of the last complete run\n"]
    for title, rows in (
        ("layer", {title: [m for m in mutants if m.layer == title] for title in LAYERS.values()}),
        ("operator", {name: [m for m in mutants if m.operator == name] for name in OPERATORS}),
    ):
        is_operator = title == "operator"
        lines.append(f"| {title} |{' what it does |' if is_operator else ''} mutants | {' | '.join(head)} |")
        lines.append(f"|---|{'---|' if is_operator else ''}" + "---:|" * (len(head) + 1))
        rows = rows | {"**all**": mutants}
        for name, found in rows.items():
            counts = Counter(fates[mutant.key][0] for mutant in found)
            numbers = " | ".join(str(counts[fate]) for fate in head)
            does = f" {escaped((OPERATORS[name].__doc__ or '').strip())} |" if name in OPERATORS else " |"
            lines.append(f"| {name} |{does if is_operator else ''} {len(found)} | {numbers} |")
        lines.append("")
    return "\n".join(lines)


def table(title: str, mutants: list[Mutant], fates: dict[str, tuple[str, str]]) -> str:
    """The mutants of a layer, with what caught each."""
    lines = [f"## {title}\n", "| model | line | operator | change | caught by |", "|---|---:|---|---|---|"]
    for mutant in mutants:
        by, name = fates[mutant.key]
        told = escaped(f"{by}: {name}" if name else by).replace("\\|", "/")
        lines.append(f"| {mutant.model} | {mutant.line} | {mutant.operator} | {escaped(shown(mutant))} | {told} |")
    return "\n".join(lines) + "\n"
