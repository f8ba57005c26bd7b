"""Runs the mutants: `make mutants`. See docs/mutants.md."""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Container, Iterator
from dataclasses import asdict, dataclass
from itertools import count, islice
from pathlib import Path

from mutation.data_sets import data_sets
from mutation.mutate import PROJECT_ROOT, Mutant, count_places, digest, todays_mutants
from mutation.page import EQUIVALENT, NO_MUTANT, PROOFS, equivalents, fates_of, listing, page
from mutation.project import EVERYTHING, Project
from mutation.swapping import Swapping

WORK = PROJECT_ROOT / "target" / "mutants"
PAGE = PROJECT_ROOT / "docs" / "mutants.md"


@dataclass(frozen=True)
class Result:
    """What became of a mutant: what caught it, the name of that test or data set, and which text it was."""

    by: str
    name: str
    fingerprint: str


class Run:
    """A run: the mutants, what is known of them, and where it is kept."""

    def __init__(self, mutants: list[Mutant], root: Path, work: Path, results: dict[str, Result]) -> None:
        self.mutants = mutants
        self.root = root
        self.work = work
        self.results = results
        self.started = time.monotonic()
        # The SQL of the models that a mutant changes, by the mutant's key.
        self.swaps: dict[str, dict[str, str]] = {}

    def say(self, text: str) -> None:
        print(f"{time.monotonic() - self.started:5.0f} s  {text}", flush=True)

    def settle(self, mutant: Mutant, by: str, name: str) -> None:
        """Write down what caught a mutant, so that a run that is broken off can go on from there."""
        self.results[mutant.key] = Result(by, name, fingerprint(self.root, mutant))
        path = self.work / "results.json"
        path.with_suffix(".new").write_text(
            json.dumps({key: asdict(result) for key, result in self.results.items()}, indent=1)
        )
        path.with_suffix(".new").replace(path)

    def unsettled(self) -> list[Mutant]:
        """The mutants that nothing has caught yet."""
        return [mutant for mutant in self.mutants if mutant.key not in self.results]

    def run(self, data_sets_met: int | None = None) -> None:
        """Compile all mutants, then let unit tests catch them, then data sets, all or only the first so many."""
        if not self.unsettled():
            return
        self.say("parsing and compiling the project")
        self.project = Project(self.root, self.work)
        self.manifest = self.project.manifest
        compiled = self.project.compiled()
        if compiled is None:
            raise SystemExit(f"the project does not compile: {self.project.problem}")
        for key, sql in compiled.items():
            self.manifest["nodes"][key]["compiled_code"] = sql
        self.untouched = by_model(compiled)
        self.compile_mutants()
        self.run_unit_tests()
        self.run_data_sets(data_sets_met)
        self.run_unit_tests_of_macros()

    def compile_mutants(self) -> None:
        """Find what SQL each mutant makes; those that are no SQL, or the same as before, are none."""
        engine = Swapping(self.manifest, "UTC")
        rounds = list(rounds_of(self.unsettled()))
        for number, mutants in enumerate(rounds, 1):
            self.say(f"compiling, round {number} of {len(rounds)}: {len(mutants)} mutants")
            for mutant, sql in self.compiled(mutants):
                swaps = {model: text for model, text in sql.items() if text != self.untouched[model]}
                if not swaps:
                    self.settle(mutant, NO_MUTANT, "the compiled SQL is the same")
                elif not all(engine.is_sql(model, text) for model, text in swaps.items()):
                    self.settle(mutant, NO_MUTANT, "it is no SQL")
                else:
                    self.swaps[mutant.key] = swaps

    def compiled(self, mutants: list[Mutant]) -> Iterator[tuple[Mutant, dict[str, str]]]:
        """The mutants of a round, each with the SQL of the models that it may change."""
        is_macro = mutants[0].is_macro
        compiled = self.project.compiled(mutants, EVERYTHING if is_macro else [one.model for one in mutants])
        if compiled is None and len(mutants) == 1:
            self.settle(mutants[0], NO_MUTANT, "dbt does not compile it")
        elif compiled is None:
            half = len(mutants) // 2
            yield from self.compiled(mutants[:half])
            yield from self.compiled(mutants[half:])
        else:
            sql = by_model(compiled)
            for mutant in mutants:
                yield mutant, sql if is_macro else {mutant.model: sql[mutant.model]}

    def run_unit_tests(self) -> None:
        rounds = list(rounds_of([mutant for mutant in self.unsettled() if not mutant.is_macro]))
        if not rounds:
            return
        self.say("making empty tables for the unit tests")
        self.project.make_empty_tables()
        failing = self.project.failing_unit_tests(sorted({mutant.model for mutants in rounds for mutant in mutants}))
        if failing:
            raise SystemExit(f"unit tests fail without any mutant: {failing}")
        for number, mutants in enumerate(rounds, 1):
            failing = self.project.failing_unit_tests([mutant.model for mutant in mutants], mutants)
            caught = [mutant for mutant in mutants if mutant.model in failing]
            for mutant in caught:
                self.settle(mutant, "unit test", failing[mutant.model][0])
            self.say(f"unit tests, round {number} of {len(rounds)}: {len(caught)} of {len(mutants)} caught")

    def run_data_sets(self, met: int | None) -> None:
        """Swap the SQL of each mutant into the in-memory warehouse, data set by data set."""
        warehouses: dict[str, Swapping] = {}
        for telling in islice(data_sets(), met):
            if telling.timezone not in warehouses:
                warehouses[telling.timezone] = Swapping(self.manifest, telling.timezone)
            warehouse = warehouses[telling.timezone]
            left = [mutant for mutant in self.unsettled() if any(map(warehouse.is_tested, self.swaps[mutant.key]))]
            if not left:
                return
            warehouse.load(telling.rows)
            caught = 0
            for mutant in left:
                swaps = {model: sql for model, sql in self.swaps[mutant.key].items() if warehouse.is_tested(model)}
                invariant = warehouse.told_by(swaps, has_invariants=telling.kind == "data set")
                if invariant is not None:
                    caught += 1
                    name = f"{invariant} on {telling.name}" if invariant else telling.name
                    self.settle(mutant, "invariant" if invariant else telling.kind, name)
            self.say(f"{telling.kind} “{telling.name[:60]}”: {caught} of {len(left)} caught")

    def run_unit_tests_of_macros(self) -> None:
        """Of macros that no data set tells of, see whether a unit test of a model does."""
        for mutant in self.unsettled():
            if mutant.is_macro:
                self.project.make_empty_tables()
                failing = self.project.failing_unit_tests(sorted(self.swaps[mutant.key]), [mutant])
                for model, names in sorted(failing.items())[:1]:
                    self.settle(mutant, "unit test", f"{model}: {names[0]}")


def rounds_of(mutants: list[Mutant]) -> Iterator[list[Mutant]]:
    """The mutants of each file one after the other; what is in a macro changes many models, and stands alone."""
    by_path: dict[str, list[Mutant]] = {}
    for mutant in mutants:
        if not mutant.is_macro:
            by_path.setdefault(mutant.path, []).append(mutant)
    for number in count():
        together = [found[number] for found in by_path.values() if number < len(found)]
        if not together:
            break
        yield together
    yield from ([mutant] for mutant in mutants if mutant.is_macro)


def by_model(compiled: dict[str, str]) -> dict[str, str]:
    """The SQL of models by name, that of tests left out."""
    return {key.split(".")[-1]: sql for key, sql in compiled.items() if key.startswith("model.")}


def fingerprint(root: Path, mutant: Mutant) -> str:
    return digest(mutant.applied((root / mutant.path).read_text()))


def kept_results(work: Path, root: Path, mutants: list[Mutant], known: Container[str]) -> dict[str, Result]:
    """What runs before found out of mutants whose files are the same since; `known` are those that are equivalent."""
    path = work / "results.json"
    if not path.exists():
        return {}
    found = {key: Result(**result) for key, result in json.loads(path.read_text()).items()}
    return {
        mutant.key: found[mutant.key]
        for mutant in mutants
        if mutant.key in found
        and found[mutant.key].fingerprint == fingerprint(root, mutant)
        and (found[mutant.key].by != EQUIVALENT or mutant.key in known)
    }


def main(arguments: list[str] | None = None) -> int:
    """Run the command; 1 where a mutant is alive that is not known to be equivalent, or caught and said to be it."""
    parser = argparse.ArgumentParser(prog="python -m mutation.run", description=__doc__)
    parser.add_argument("--layer", help="only the mutants of files below this folder, such as models/marts/kpis")
    parser.add_argument("--model", action="append", help="only the mutants of a model, or of a file of macros")
    parser.add_argument("--mutant", help="only mutants whose key holds this text")
    parser.add_argument("--sample", type=int, help="only so many mutants, drawn by chance")
    parser.add_argument("--seed", type=int, default=0, help="of the sample")
    parser.add_argument("--data-sets", type=int, help="meet only the first so many cases and data sets")
    parser.add_argument("--fresh", action="store_true", help="run again what is known to be caught")
    parser.add_argument("--work", type=Path, default=WORK, help="folder of what a run writes")
    parser.add_argument("--proofs", type=Path, default=PROOFS, help="the file that says which are equivalent")
    parser.add_argument("--no-page", action="store_true", help="leave docs/mutants.md as it is")
    options = parser.parse_args(arguments)

    todays = todays_mutants(PROJECT_ROOT)
    known = equivalents(todays, options.proofs)
    mutants = [
        mutant
        for mutant in todays
        if (not options.layer or mutant.path.startswith(options.layer))
        and (not options.model or mutant.model in options.model)
        and (not options.mutant or options.mutant in mutant.key)
    ]
    if options.sample:
        mutants = random.Random(options.seed).sample(mutants, min(options.sample, len(mutants)))
    options.work.mkdir(parents=True, exist_ok=True)
    results = {} if options.fresh else kept_results(options.work, PROJECT_ROOT, todays, known)
    run = Run(mutants, PROJECT_ROOT, options.work.resolve(), results)
    run.run(options.data_sets)
    # Equivalent mutants are run too: one that is caught is none.
    survivors = [mutant for mutant in run.unsettled() if mutant.key in known]
    if options.data_sets is None:
        for mutant in survivors:
            run.settle(mutant, EQUIVALENT, "")
    wrong = [
        mutant
        for mutant in mutants
        if mutant.key in known and mutant not in survivors and run.results[mutant.key].by != EQUIVALENT
    ]
    alive = [mutant for mutant in run.unsettled() if mutant.key not in known]
    found = {key: (result.by, result.name) for key, result in run.results.items()}
    found |= {mutant.key: ("nothing", "") for mutant in alive}
    fates = fates_of(todays, found, known)
    (options.work / "list.md").write_text(listing(todays, fates))
    is_whole = len(mutants) == len(todays) and options.data_sets is None
    if is_whole and not options.no_page:
        PAGE.write_text(page(todays, count_places(PROJECT_ROOT), fates, known))
    for mutant in alive:
        print(f"ALIVE  {mutant.path}:{mutant.line}  {mutant.operator}\n       {mutant.change}")
    for mutant in wrong:
        print(f"NOT EQUIVALENT  {mutant.key}: {run.results[mutant.key]}")
    run.say(f"{len(mutants)} mutants, {len(alive)} alive")
    return 1 if alive or wrong else 0


if __name__ == "__main__":
    sys.exit(main())
